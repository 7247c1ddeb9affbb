/* Backends, each against a script: what is asked, with which credentials, and what comes of the
 * answers. */
#include "helper.h"

#include "base/base64.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

static struct scratch s;
static struct fake_answer answers[32];

static void setup(void)
{
    scratch_init(&s);
    memset(answers, 0, sizeof(answers));
    s.fake.answers = answers;
}

static void teardown(void)
{
    scratch_fini(&s);
}

TestSuite(backends, .init = setup, .fini = teardown);

static const char *state(const char *lineage, const char *id)
{
    return wgo_str_cstr(
        &s.arena, wgo_str_format(
                      &s.arena,
                      "{\"version\": 4, \"lineage\": \"%s\", \"serial\": 1, \"resources\": "
                      "[{\"mode\": \"managed\", \"type\": \"t_t\", \"name\": \"n\", \"instances\": "
                      "[{\"attributes\": {\"id\": \"%s\"}}]}]}",
                      lineage, id));
}

static void answer(struct fake_answer made)
{
    cr_assert_lt(s.fake.answer_count, WGO_COUNT(answers));
    answers[s.fake.answer_count++] = made;
}

/* GET 'url' gives 'body'. */
static void serve(const char *url, const char *body)
{
    answer((struct fake_answer){.url = url, .body = body});
}

static void backend(const char *yaml)
{
    struct wgo_str text =
        wgo_str_format(&s.arena, "providers:\n  terraform:\n    backends:\n      - %s\n", yaml);
    scratch_configure(&s, wgo_str_cstr(&s.arena, text));
}

static void collect(void)
{
    cr_assert_eq(scratch_collect(&s), WGO_OK, "%s", s.err.message);
}

static struct wgo_buf packed(const char *text)
{
    struct wgo_buf out = {0};
    z_stream z = {.next_in = (Bytef *)(uintptr_t)text, .avail_in = (uInt)strlen(text)};
    cr_assert_eq(deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY), Z_OK);
    char *at = wgo_buf_reserve(&out, 4096);
    z.next_out = (Bytef *)at;
    z.avail_out = 4096;
    cr_assert_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    out.len = 4096 - z.avail_out;
    deflateEnd(&z);
    return out;
}

static bool was_asked(const char *line)
{
    struct wgo_str all = wgo_buf_view(&s.fake.requests);
    return wgo_str_find(all, wgo_str(line)) < all.len;
}

/* ---- http ---- */

Test(backends, http)
{
    serve("https://h/state", state("l", "one"));
    backend("{type: http, address: 'https://h/state', username: u, password: p}");
    collect();
    struct wgo_str r = scratch_record(&s, "native_id", "one");
    cr_expect_str_eq(scratch_text(&s, r, "source_type"), "http");
    cr_expect_str_eq(scratch_text(&s, r, "state_file"), "https://h/state");
    cr_expect_str_eq(scratch_row(&s, "https://h/state").status, "ok");
}

Test(backends, http_from_the_environment)
{
    static const char *variables[] = {"TF_HTTP_ADDRESS=https://u:geheim@h/s?token=geheim", NULL};
    serve("https://u:geheim@h/s?token=geheim", state("l", "one"));
    scratch_environment(variables);
    backend("{type: http}");
    collect();
    struct wgo_str r = scratch_record(&s, "native_id", "one");
    cr_expect_str_eq(scratch_text(&s, r, "state_file"), "https://h/s", "no credentials are shown");
}

struct http_case {
    int status;
    const char *body, *seen, *error;
};

Test(backends, http_answers)
{
    static const struct http_case cases[] = {
        {404, "", "skipped", "there is no state yet (HTTP 404)"},
        {204, "", "skipped", "there is no state yet (HTTP 204)"},
        {200, "", "skipped", "there is no state yet (an empty answer)"},
        {401, "", "denied", "the server refused the credentials (HTTP 401)"},
        {403, "", "denied", "the server denied access (HTTP 403)"},
        {503, "", "unavailable", "the server is not available (HTTP 503)"},
        {500, "", "error", "the server answered HTTP 500"},
        {200, "<html>", "error", "line 1, column 1: expected an object"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        s.fake.answer_count = 0;
        wgo_rows_free(s.fake.services.rows);
        s.fake.services.rows = wgo_rows_new();
        answer((struct fake_answer){
            .url = "https://h/s", .http_status = cases[i].status, .body = cases[i].body});
        backend("{type: http, address: 'https://h/s'}");
        collect();
        cr_expect_str_eq(scratch_row(&s, "https://h/s").status, cases[i].seen);
        cr_expect_str_eq(scratch_row(&s, "https://h/s").error, cases[i].error);
    }
}

Test(backends, redirects)
{
    answer((struct fake_answer){.url = "https://h/s", .http_status = 302, .location = "/t"});
    answer((struct fake_answer){
        .url = "https://h/t", .http_status = 307, .location = "https://other/u"});
    serve("https://other/u", state("l", "one"));
    backend("{type: http, address: 'https://h/s'}");
    collect();
    scratch_record(&s, "native_id", "one");
}

Test(backends, redirects_end)
{
    answer((struct fake_answer){.url = "https://h/s", .http_status = 302, .location = "/s"});
    answer((struct fake_answer){
        .url = "https://h/t", .http_status = 302, .location = "http://h/plain"});
    backend("{type: http, address: 'https://h/s'}\n      - {type: http, address: 'https://h/t'}");
    collect();
    cr_expect_str_eq(scratch_row(&s, "https://h/s").error, "more than 5 redirects");
    cr_expect_str_eq(scratch_row(&s, "https://h/t").error,
                     "the server redirects to nowhere usable");
    cr_expect_not(was_asked("http://h/plain"), "https never becomes http");
}

/* ---- consul ---- */

Test(backends, consul)
{
    struct wgo_buf gz = packed(state("z", "zipped"));
    serve("http://127.0.0.1:8500/v1/kv/tf/net?raw", state("l", "main"));
    answers[0].header = "X-Consul-Token: t0";
    serve("http://127.0.0.1:8500/v1/kv/tf/net-env%3A?keys&separator=%2F",
          "[\"tf/net-env:dev\", \"tf/net-env:big\", \"tf/net-env:big/\", \"tf/net-env:dev/.lock\", "
          "\"tf/net-env:gone\"]");
    answer((struct fake_answer){.url = "http://127.0.0.1:8500/v1/kv/tf/net-env%3Adev?raw",
                                .body = gz.ptr,
                                .body_len = gz.len});
    serve("http://127.0.0.1:8500/v1/kv/tf/net-env%3Abig?raw",
          "{\"current-hash\": \"abc\", \"chunks\": [\"tf/net-env:big/tfstate.abc/0\", "
          "\"tf/net-env:big/tfstate.abc/1\"]}");
    const char *big = state("b", "chunked");
    char first[16];
    snprintf(first, sizeof(first), "%.10s", big);
    serve("http://127.0.0.1:8500/v1/kv/tf/net-env%3Abig/tfstate.abc/0?raw", first);
    serve("http://127.0.0.1:8500/v1/kv/tf/net-env%3Abig/tfstate.abc/1?raw", big + 10);
    static const char *variables[] = {"CONSUL_HTTP_TOKEN=t0", NULL};
    scratch_environment(variables);
    backend("{type: consul, path: tf/net}");
    collect();
    struct wgo_str r = scratch_record(&s, "native_id", "main");
    cr_expect_str_eq(scratch_text(&s, r, "state_file"), "http://127.0.0.1:8500/v1/kv/tf/net");
    cr_expect_str_eq(scratch_text(&s, r, "source_type"), "consul");
    scratch_record(&s, "native_id", "zipped");
    r = scratch_record(&s, "native_id", "chunked");
    cr_expect_str_eq(scratch_text(&s, r, "state_file"),
                     "http://127.0.0.1:8500/v1/kv/tf/net-env:big");
    cr_expect_str_eq(scratch_row(&s, "tf/net-env:gone").status, "skipped");
    wgo_buf_fini(&gz);
}

Test(backends, consul_with_a_missing_piece)
{
    serve("https://c:1/v1/kv/p?raw&dc=d1",
          "{\"current-hash\": \"abc\", \"chunks\": [\"p/tfstate.abc/0\", \"p/tfstate.abc/1\"]}");
    serve("https://c:1/v1/kv/p/tfstate.abc/0?raw&dc=d1", "{");
    backend("{type: consul, path: p, address: 'c:1', scheme: https, datacenter: d1}");
    collect();
    struct scratch_row row = scratch_row(&s, "/v1/kv/p");
    cr_expect_str_eq(row.status, "error");
    cr_expect_str_eq(row.error, "the piece p/tfstate.abc/1 of the state is missing");
}

/* ---- kubernetes ---- */

#define SECRETS "https://k:6443/api/v1/namespaces/tf/secrets"

static const char *secret(const char *name, const char *bytes, size_t len)
{
    struct wgo_buf text = {0};
    wgo_buf_format(&text, "{\"metadata\": {\"name\": \"%s\"}, \"data\": {\"tfstate\": \"", name);
    wgo_base64_encode(&text, wgo_str_from(bytes, len));
    wgo_buf_cstr(&text, "\"}}");
    const char *made = wgo_str_cstr(&s.arena, wgo_buf_view(&text));
    wgo_buf_fini(&text);
    return made;
}

#define ITEM(workspace, suffix, name)                                                              \
    "{\"metadata\": {\"name\": \"" name "\", \"labels\": {\"tfstate\": \"true\", "                 \
    "\"tfstateWorkspace\": \"" workspace "\", \"tfstateSecretSuffix\": \"" suffix "\"}}}"

Test(backends, kubernetes)
{
    struct wgo_buf one = packed(state("a", "one")), two = packed(state("b", "two"));
    serve(SECRETS "?labelSelector=tfstate%3Dtrue&limit=500",
          "{\"metadata\": {\"continue\": \"n+1\"}, \"items\": [" ITEM(
              "default", "net",
              "tfstate-default-net") "," ITEM("default", "other",
                                              "tfstate-default-other") "," ITEM("dev", "net",
                                                                                "tfstate-dev-net-"
                                                                                "part-2") "]}");
    answers[0].header = "Authorization: Bearer t0";
    serve(SECRETS "?labelSelector=tfstate%3Dtrue&limit=500&continue=n%2B1",
          "{\"metadata\": {}, \"items\": [" ITEM("dev", "net", "tfstate-dev-net") "," ITEM(
              "dev", "net", "tfstate-dev-net-part-1") "," ITEM("gap", "net",
                                                               "tfstate-gap-net-part-1") "]}");
    serve(SECRETS "/tfstate-default-net", secret("x", one.ptr, one.len));
    serve(SECRETS "/tfstate-dev-net", secret("x", two.ptr, 20));
    serve(SECRETS "/tfstate-dev-net-part-1", secret("x", two.ptr + 20, 30));
    serve(SECRETS "/tfstate-dev-net-part-2", secret("x", two.ptr + 50, two.len - 50));
    backend("{type: kubernetes, secret_suffix: net, namespace: tf, host: 'k:6443', token: t0}");
    collect();
    struct wgo_str r = scratch_record(&s, "native_id", "one");
    cr_expect_str_eq(scratch_text(&s, r, "state_file"), SECRETS "/tfstate-default-net");
    cr_expect_str_eq(scratch_text(&s, r, "source_type"), "kubernetes");
    scratch_record(&s, "native_id", "two");
    cr_expect_eq(s.fake.record_count, 2);
    cr_expect_str_eq(scratch_row(&s, "/tfstate-gap-net").error, "part 0 of the state is missing");
    wgo_buf_fini(&one);
    wgo_buf_fini(&two);
}

static const char kubeconfig[] =
    "apiVersion: v1\nkind: Config\ncurrent-context: two\n"
    "clusters:\n- name: c\n  cluster: {server: 'https://k:6443/', certificate-authority-data: "
    "Q0EK}\n"
    "users:\n- name: alice\n  user: {tokenFile: TOKENFILE}\n- name: plug\n  user: {exec: {command: "
    "x}}\n"
    "contexts:\n- name: one\n  context: {cluster: c, user: plug}\n"
    "- name: two\n  context: {cluster: c, user: alice}\n";

static void kubeconfig_file(void)
{
    const char *token = scratch_file(&s, "token", WGO_STR("t1\n"));
    const char *mark = strstr(kubeconfig, "TOKENFILE");
    struct wgo_str text = wgo_str_format(&s.arena, "%.*s%s%s", (int)(mark - kubeconfig), kubeconfig,
                                         token, mark + strlen("TOKENFILE"));
    scratch_file(&s, "kube/config", text);
}

Test(backends, kubernetes_by_kubeconfig)
{
    kubeconfig_file();
    serve(SECRETS "?labelSelector=tfstate%3Dtrue&limit=500", "{\"metadata\": {}, \"items\": []}");
    answers[0].header = "Authorization: Bearer t1";
    backend("{type: kubernetes, secret_suffix: net, namespace: tf, config_path: kube/config}");
    collect();
    cr_expect_str_eq(scratch_row(&s, "/namespaces/tf/secrets").status, "skipped");
    cr_expect_eq(answers[0].asked, 1);
}

Test(backends, kubernetes_configurations_that_do_not_work)
{
    static const struct {
        const char *yaml, *error;
    } cases[] = {
        {"{type: kubernetes, namespace: tf}", "the backend's secret_suffix is not known"},
        {"{type: kubernetes, secret_suffix: n, config_path: kube/config, config_context: nine}",
         "there is no context \"nine\""},
        {"{type: kubernetes, secret_suffix: n, config_path: kube/config, config_context: one}",
         "the user's credentials come from a plugin, which is not run for a backend"},
        {"{type: kubernetes, secret_suffix: n, config_path: missing}",
         "cannot open: No such file or directory"},
        {"{type: kubernetes, secret_suffix: n, in_cluster_config: true}",
         "in_cluster_config is set, but this does not run in a cluster"},
        {"{type: kubernetes, secret_suffix: n, host: h, exec: {command: x}}",
         "the backend's credentials come from a plugin (exec), which is not run here"},
    };
    kubeconfig_file();
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        wgo_rows_free(s.fake.services.rows);
        s.fake.services.rows = wgo_rows_new();
        backend(cases[i].yaml);
        collect();
        struct scratch_row row = scratch_row(&s, "");
        cr_expect(wgo_str_ends(wgo_str(row.error), wgo_str(cases[i].error)), "%s", row.error);
    }
}

/* ---- Terraform Cloud ---- */

#define CLOUD "https://tfe.example.com"
#define API CLOUD "/api/v2/"

static void serve_cloud(void)
{
    serve(CLOUD "/.well-known/terraform.json", "{\"tfe.v2\": \"/api/v2/\", \"state.v2\": \"/x/\"}");
    serve(API "organizations/acme/workspaces?page%5Bsize%5D=100&page%5Bnumber%5D=1",
          "{\"data\": [{\"id\": \"ws-1\", \"attributes\": {\"name\": \"net\"}}], \"meta\": "
          "{\"pagination\": {\"next-page\": 2}}}");
    serve(API "organizations/acme/workspaces?page%5Bsize%5D=100&page%5Bnumber%5D=2",
          "{\"data\": [{\"id\": \"ws-2\", \"attributes\": {\"name\": \"app\"}}, {\"id\": \"ws-3\", "
          "\"attributes\": {\"name\": \"new\"}}], \"meta\": {\"pagination\": {\"next-page\": "
          "null}}}");
    serve(API "workspaces/ws-1/current-state-version",
          "{\"data\": {\"attributes\": {\"hosted-state-download-url\": "
          "\"https://archive.example.net/s1\"}}}");
    serve(API "workspaces/ws-2/current-state-version",
          "{\"data\": {\"attributes\": {\"hosted-state-download-url\": \"" API
          "state-versions/sv-2/hosted_state\"}}}");
    answer((struct fake_answer){.url = API "state-versions/sv-2/hosted_state",
                                .header = "Authorization: Bearer t0",
                                .http_status = 307,
                                .location = "https://archive.example.net/s2"});
    for (size_t i = 0; i < s.fake.answer_count; i++) {
        answers[i].header = "Authorization: Bearer t0";
    }
    serve("https://archive.example.net/s1", state("a", "one"));
    serve("https://archive.example.net/s2", state("b", "two"));
}

static unsigned leaked;

static enum wgo_status (*plain_fetch)(void *, const struct wgo_request *, struct wgo_response *,
                                      struct wgo_error *);

static enum wgo_status watching_fetch(void *engine, const struct wgo_request *request,
                                      struct wgo_response *out, struct wgo_error *err)
{
    if (wgo_str_starts(request->url, WGO_STR("https://archive."))) {
        leaked += request->header_count > 0 || request->endpoint != NULL;
    }
    return plain_fetch(engine, request, out, err);
}

Test(backends, cloud)
{
    static const char *variables[] = {"TF_TOKEN_tfe_example_com=t0", NULL};
    serve_cloud();
    plain_fetch = s.fake.services.fetch;
    s.fake.services.fetch = watching_fetch;
    scratch_environment(variables);
    backend("{type: cloud, hostname: tfe.example.com, organization: acme}");
    collect();
    struct wgo_str r = scratch_record(&s, "native_id", "one");
    cr_expect_str_eq(scratch_text(&s, r, "state_file"), CLOUD "/app/acme/workspaces/net");
    cr_expect_str_eq(scratch_text(&s, r, "source_type"), "remote");
    scratch_record(&s, "native_id", "two");
    cr_expect_str_eq(scratch_row(&s, "/workspaces/new").status, "skipped");
    cr_expect_eq(leaked, 0, "the token is for its own host only");
}

Test(backends, remote_by_name_prefix_and_tags)
{
    static const char *variables[] = {"TF_TOKEN_tfe_example_com=t0", NULL};
    serve_cloud();
    answer((struct fake_answer){.url = API "organizations/acme/workspaces/net",
                                .header = "Authorization: Bearer t0",
                                .body = "{\"data\": {\"id\": \"ws-1\"}}"});
    serve(API
          "organizations/acme/workspaces?page%5Bsize%5D=100&page%5Bnumber%5D=1&search%5Bname%5D=ap",
          "{\"data\": [{\"id\": \"ws-2\", \"attributes\": {\"name\": \"app\"}}, {\"id\": \"ws-1\", "
          "\"attributes\": {\"name\": \"trap\"}}]}");
    serve(API "organizations/acme/"
              "workspaces?page%5Bsize%5D=100&page%5Bnumber%5D=1&search%5Btags%5D=x%2Cy",
          "{\"data\": []}");
    scratch_environment(variables);
    backend(
        "{type: remote, hostname: tfe.example.com, organization: acme, workspaces: {name: net}}\n"
        "      - {type: remote, hostname: tfe.example.com, organization: acme, workspaces: "
        "{prefix: ap}}\n"
        "      - {type: cloud, hostname: tfe.example.com, organization: acme, workspaces: {tags: "
        "[x, y]}}");
    collect();
    cr_expect_eq(s.fake.record_count, 2);
    scratch_record(&s, "native_id", "one");
    scratch_record(&s, "native_id", "two");
    cr_expect_str_eq(scratch_row(&s, "/app/acme").error, "there are no such workspaces");
}

struct token_case {
    const char *file, *text;
};

Test(backends, cloud_tokens_from_where_terraform_keeps_them)
{
    static const struct token_case cases[] = {
        {".terraform.d/credentials.tfrc.json",
         "{\"credentials\": {\"tfe.example.com\": {\"token\": \"t0\"}}}"},
        {".terraformrc",
         "# credentials \"tfe.example.com\" { token = \"no\" }\nplugin_cache_dir = \"x\"\n"
         "credentials \"app.terraform.io\" {\n  token = \"no\"\n}\n"
         "credentials \"tfe.example.com\" {\n  token = \"t0\" // mine\n}\n"},
    };
    struct wgo_str home = wgo_str_format(&s.arena, "HOME=%s", s.folder);
    const char *variables[] = {wgo_str_cstr(&s.arena, home), NULL};
    serve_cloud();
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        wgo_rows_free(s.fake.services.rows);
        s.fake.services.rows = wgo_rows_new();
        s.fake.record_count = 0;
        const char *path = scratch_file(&s, cases[i].file, wgo_str(cases[i].text));
        scratch_environment(variables);
        backend("{type: cloud, hostname: tfe.example.com, organization: acme}");
        collect();
        cr_expect_eq(s.fake.record_count, 2, "%s", cases[i].file);
        remove(path);
    }
}

Test(backends, a_cloud_hostname_with_a_password_is_refused_and_not_shown)
{
    backend("{type: cloud, hostname: \"me:hunter2@tfe.example.com\", organization: acme}");
    collect();
    struct scratch_row row = scratch_row(&s, "");
    cr_expect_str_eq(row.error, "the backend's hostname has a user in front");
}

Test(backends, cloud_without_a_token_or_with_a_wrong_one)
{
    static const char *variables[] = {"TF_TOKEN_tfe_example_com=wrong", NULL};
    backend("{type: cloud, hostname: tfe.example.com, organization: acme}");
    collect();
    struct scratch_row row = scratch_row(&s, "/app/acme");
    cr_expect_str_eq(row.status, "denied");
    cr_expect_str_eq(row.error, "there is no token for tfe.example.com");
    serve_cloud();
    wgo_rows_free(s.fake.services.rows);
    s.fake.services.rows = wgo_rows_new();
    scratch_environment(variables);
    collect();
    cr_expect_str_eq(scratch_row(&s, "/app/acme").error,
                     "the server refused the credentials (HTTP 401)");
}

/* ---- what the configuration says ---- */

Test(backends, unknown_types_are_refused_at_once)
{
    backend("{type: consol, path: x}");
    cr_expect_eq(scratch_collect(&s), WGO_E_CONFIG);
    cr_expect_str_eq(s.err.message, "line 4: backend \"consol\" is not known");
    cr_expect_str_eq(s.err.hint, "did you mean \"consul\"?");
    backend("{path: x}");
    cr_expect_eq(scratch_collect(&s), WGO_E_CONFIG);
    cr_expect_str_eq(s.err.message, "line 4: a backend has no type");
}

Test(backends, recorded_by_init)
{
    scratch_file(
        &s, "proj/.terraform/terraform.tfstate",
        WGO_STR("{\n  \"version\": 3,\n  \"terraform_version\": \"1.11.4\",\n  \"backend\": "
                "{\n    \"type\": \"consul\",\n    \"config\": {\n      \"access_token\": "
                "\"t0\",\n      \"address\": \"c:8500\",\n      \"gzip\": null,\n      "
                "\"path\": \"tf/net\",\n      \"scheme\": \"https\"\n    },\n    \"hash\": "
                "3734209138\n  }\n}\n"));
    serve("https://c:8500/v1/kv/tf/net?raw", state("l", "main"));
    answers[0].header = "X-Consul-Token: t0";
    s.paths[s.options.paths.count++] = WGO_STR("proj");
    collect();
    struct wgo_str r = scratch_record(&s, "native_id", "main");
    cr_expect_str_eq(scratch_text(&s, r, "state_file"), "https://c:8500/v1/kv/tf/net");
    struct wgo_str all = wgo_buf_view(&s.fake.records);
    cr_expect_eq(wgo_str_find(all, WGO_STR("t0")), all.len);
}

Test(backends, the_same_state_by_two_ways_counts_once)
{
    const char *text = state("l", "main");
    serve("https://h/s", text);
    scratch_file(&s, "copy.tfstate", wgo_str(text));
    scratch_configure(&s,
                      "providers:\n  terraform:\n    paths: .\n    backends:\n      - {type: http, "
                      "address: 'https://h/s'}\n");
    collect();
    cr_expect_eq(s.fake.record_count, 1);
    struct wgo_str r = scratch_record(&s, "native_id", "main");
    cr_expect_str_eq(scratch_text(&s, r, "id"), "terraform://l/t_t.n");
}

Test(backends, nothing_but_get_is_ever_sent)
{
    static const char *variables[] = {"TF_TOKEN_tfe_example_com=t0", NULL};
    serve_cloud();
    scratch_environment(variables);
    backend("{type: cloud, hostname: tfe.example.com, organization: acme}");
    collect();
    struct wgo_str rest = wgo_buf_view(&s.fake.requests);
    while (rest.len) {
        struct wgo_str line = wgo_str_split(&rest, '\n');
        cr_expect(!line.len || wgo_str_starts(line, WGO_STR("GET ")), "%.*s", WGO_FMT(line));
    }
}
