/* Credentials through the collector's contract: stale(), refresh(), prepare(), classify(). */
#include "fake.h"

#include "base/file.h"
#include "base/process.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <unistd.h>

static struct fake fake;

static void setup(void)
{
    fake_init(&fake);
}

static void teardown(void)
{
    fake_fini(&fake);
}

TestSuite(credentials, .init = setup, .fini = teardown);

/* ---- asking ---- */

static const struct wgo_task *task(void)
{
    size_t at = 0;
    if (fake.task_count == 0) {
        cr_assert_eq(wgo_kubernetes_collector.plan(fake.self, &fake.emitter, &fake.error), WGO_OK);
    }
    return fake_task(&fake, "cluster", &at);
}

static bool stale(void)
{
    return wgo_kubernetes_collector.stale(fake.self, task(), false).len > 0;
}

static enum wgo_status refresh(void)
{
    struct wgo_str key = wgo_kubernetes_collector.stale(fake.self, task(), false);
    cr_assert_gt(key.len, 0);
    fake.error = (struct wgo_error){0};
    return wgo_kubernetes_collector.refresh(fake.self, key, &fake.error);
}

static struct wgo_request request(void)
{
    struct wgo_request r = {.method = "GET", .url = WGO_STR("/api/v1/pods?limit=500")};
    enum wgo_status status =
        wgo_kubernetes_collector.prepare(fake.self, task(), &fake.arena, &r, &fake.error);
    cr_assert_eq(status, WGO_OK, "%s", fake.error.message);
    return r;
}

static const char *header(const struct wgo_request *r, const char *name)
{
    for (unsigned i = 0; i < r->header_count; i++) {
        if (wgo_str_is(r->headers[i].name, name)) {
            return wgo_str_cstr(&fake.arena, r->headers[i].value);
        }
    }
    return "";
}

static const char *authorization(void)
{
    struct wgo_request r = request();
    return header(&r, "Authorization");
}

/* A 401 to a request that left 'age_ns' ago. */
static enum wgo_verdict_kind refused(int64_t age_ns)
{
    struct wgo_verdict verdict = {0};
    struct wgo_response response;
    wgo_response_init(&response);
    response.http_status = 401;
    response.total_ns = age_ns;
    wgo_kubernetes_collector.classify(fake.self, task(), &response, &verdict);
    wgo_response_fini(&response);
    return verdict.kind;
}

static void open_context(const char *context)
{
    enum wgo_status status = fake_open(&fake, fake_fixture("everything.yaml"), context);
    cr_assert_eq(status, WGO_OK, "%s", fake.error.message);
}

/* A kubeconfig whose user is 'user', in YAML. */
static void open_user(const char *user)
{
    char text[4096];
    snprintf(
        text, sizeof(text),
        "current-context: x\nclusters: [{name: c, cluster: {server: 'https://c.test'}}]\n"
        "contexts: [{name: x, context: {cluster: c, user: u}}]\nusers:\n- name: u\n  user: %s\n",
        user);
    enum wgo_status status = fake_open(&fake, fake_file(text), NULL);
    cr_assert_eq(status, WGO_OK, "%s", fake.error.message);
}

static char count_file[64];

/* A user with the plugin 'script'; 'env' and 'args' in YAML, or "". */
static void open_plugin(const char *script, const char *args, const char *env)
{
    char user[2048];
    snprintf(count_file, sizeof(count_file), "%s", fake_file(""));
    snprintf(user, sizeof(user),
             "{exec: {apiVersion: client.authentication.k8s.io/v1, command: '%s', args: [%s], "
             "env: [{name: WGO_PLUGIN_COUNT, value: '%s'}%s%s]}}",
             fake_fixture(script), args, count_file, env[0] ? ", " : "", env);
    open_user(user);
}

static size_t runs(void)
{
    struct wgo_buf bytes = {0};
    cr_assert_eq(wgo_file_read(count_file, 4096, &bytes, NULL), WGO_OK);
    size_t count = bytes.len / 2; /* "x\n" each */
    wgo_buf_fini(&bytes);
    return count;
}

/* ---- static ones ---- */

Test(credentials, a_token_goes_into_every_request)
{
    open_context("plain");
    cr_assert_not(stale());
    struct wgo_request r = request();
    cr_assert(wgo_str_is(r.url, "https://c.example.test:6443/api/v1/pods?limit=500"));
    cr_assert_str_eq(header(&r, "Authorization"), "Bearer t0ken");
    cr_assert_null(r.endpoint->user);
    cr_assert_eq(refused(0), WGO_VERDICT_FAILED, "nothing can renew it");
}

Test(credentials, a_password_is_the_transport_s_business)
{
    open_context("basic");
    struct wgo_request r = request();
    cr_assert_str_eq(header(&r, "Authorization"), "");
    cr_assert_str_eq(r.endpoint->user, "u");
    cr_assert_str_eq(r.endpoint->password, "p:w");
}

Test(credentials, a_certificate_and_where_to_use_it)
{
    open_context("cert");
    struct wgo_request r = request();
    cr_assert_str_eq(r.endpoint->cert_file, fake_fixture("certs/bob.pem"));
    cr_assert_str_eq(r.endpoint->key_pem, "no key at all");
    cr_assert_str_eq(r.endpoint->tls_server_name, "kubernetes.default.svc");
    cr_assert_str_eq(r.endpoint->proxy_url, "socks5://proxy.example.test:1080");
    cr_assert_not(r.endpoint->insecure_skip_verify);
}

Test(credentials, insecure_is_honoured_with_a_warning)
{
    open_context("insecure");
    cr_assert(request().endpoint->insecure_skip_verify);
    cr_assert_eq(fake.warning_count, 1);
    cr_holds(fake.warnings[0], "context insecure: the server's certificate is not verified");
}

Test(credentials, nothing_secret_in_the_clear)
{
    open_context("clear");
    cr_assert_str_eq(authorization(), "");
    cr_holds(fake.warnings[0], "http://clear.example.test is plain http: no credentials");
}

Test(credentials, contexts_never_share_an_identity)
{
    open_context("*user"); /* matches no-user only */
    const char *first = request().endpoint->identity;
    fake_close(&fake);
    open_context("plain");
    cr_assert_str_neq(request().endpoint->identity, first);
}

Test(credentials, impersonation)
{
    open_context("other");
    struct wgo_request r = request();
    cr_assert_str_eq(header(&r, "Impersonate-User"), "robot");
    cr_assert_str_eq(header(&r, "Impersonate-Extra-team%2Fsub"), "x");
    cr_assert_leq(r.header_count + 3, WGO_REQUEST_HEADERS);
}

Test(credentials, an_auth_provider_that_is_no_more)
{
    cr_assert_eq(fake_open(&fake, fake_fixture("everything.yaml"), "gcp"), WGO_E_CONFIG);
    cr_holds(fake.error.message, "auth-provider \"gcp\" was removed from Kubernetes");
}

/* ---- token files ---- */

Test(credentials, a_token_file_goes_before_a_token)
{
    open_context("files");
    cr_assert(stale());
    cr_assert_eq(refresh(), WGO_OK);
    cr_assert_str_eq(authorization(), "Bearer token-from-a-file");
    cr_assert_not(stale());
}

Test(credentials, a_token_file_is_read_again_every_minute_and_when_refused)
{
    char user[256];
    const char *path = fake_file("one\n");
    snprintf(user, sizeof(user), "{tokenFile: '%s'}", path);
    open_user(user);
    cr_assert_eq(refresh(), WGO_OK);
    cr_assert_str_eq(authorization(), "Bearer one");
    wgo_clock_advance(&fake.clock, 30 * WGO_S);
    cr_assert_not(stale());
    wgo_clock_advance(&fake.clock, 31 * WGO_S);
    cr_assert(stale());
    FILE *file = fopen(path, "w");
    cr_assert(file && fputs("two", file) >= 0 && fclose(file) == 0);
    cr_assert_eq(refresh(), WGO_OK);
    cr_assert_str_eq(authorization(), "Bearer two");
    cr_assert_eq(refused(0), WGO_VERDICT_REFRESH);
    cr_assert(stale());
}

Test(credentials, a_token_file_that_vanishes_leaves_its_last_token)
{
    char user[256];
    const char *path = fake_file("one\n");
    snprintf(user, sizeof(user), "{token: zero, tokenFile: '%s'}", path);
    open_user(user);
    cr_assert_eq(refresh(), WGO_OK);
    unlink(path);
    wgo_clock_advance(&fake.clock, 61 * WGO_S);
    cr_assert_eq(refresh(), WGO_OK);
    cr_assert_str_eq(authorization(), "Bearer one");
    cr_holds(fake.warnings[0], "going on with the last token");
    cr_assert_not(stale(), "not before another minute");
}

Test(credentials, a_token_file_that_was_never_there_leaves_the_token)
{
    open_user("{token: zero, tokenFile: /nonexistent/token}");
    cr_assert_eq(refresh(), WGO_OK);
    cr_assert_str_eq(authorization(), "Bearer zero");
}

Test(credentials, token_files_of_no_use)
{
    open_user("{tokenFile: /nonexistent/token}");
    cr_assert_eq(refresh(), WGO_E_AUTH);
    cr_holds(fake.error.message, "token file of user \"u\": /nonexistent/token");
    fake_close(&fake);
    char user[1200];
    snprintf(user, sizeof(user), "{tokenFile: '%s'}", fake_fixture("empty-token"));
    open_user(user);
    cr_assert_eq(refresh(), WGO_E_AUTH);
    cr_holds(fake.error.message, "is empty");
    fake_close(&fake);
    snprintf(user, sizeof(user), "{tokenFile: '%s'}", fake_file("a\nb"));
    open_user(user);
    cr_assert_eq(refresh(), WGO_E_AUTH);
    cr_holds(fake.error.message, "several lines");
}

/* ---- plugins ---- */

Test(credentials, a_plugin_runs_once_and_is_told_what_for)
{
    const char *info = fake_file("");
    char env[256];
    snprintf(env, sizeof(env), "{name: WGO_PLUGIN_INFO, value: '%s'}", info);
    open_plugin("plugins/good.sh", "", env);
    cr_assert(stale());
    cr_assert_eq(refresh(), WGO_OK, "%s", fake.error.message);
    cr_assert_str_eq(authorization(), "Bearer token-1");
    wgo_clock_advance(&fake.clock, 3600 * WGO_S);
    cr_assert_not(stale(), "it named no expiry");
    cr_assert_eq(runs(), 1);
    struct wgo_buf told = {0};
    cr_assert_eq(wgo_file_read(info, 4096, &told, NULL), WGO_OK);
    cr_assert(wgo_str_is(wgo_buf_view(&told),
                         "{\"kind\":\"ExecCredential\",\"apiVersion\":"
                         "\"client.authentication.k8s.io/v1\",\"spec\":{\"interactive\":false}}"));
    wgo_buf_fini(&told);
}

Test(credentials, a_plugin_is_told_of_the_cluster_when_it_asks)
{
    open_context("plugin");
    const char *info = fake_file("");
    cr_assert_eq(setenv("WGO_PLUGIN_INFO", info, 1), 0);
    cr_assert_eq(refresh(), WGO_OK, "%s", fake.error.message);
    struct wgo_buf told = {0};
    cr_assert_eq(wgo_file_read(info, 4096, &told, NULL), WGO_OK);
    struct wgo_str text = wgo_buf_view(&told);
    cr_assert_eq(wgo_json_check(text, NULL), WGO_OK);
#define SAYS(path, raw)                                                                            \
    cr_assert(wgo_str_is(wgo_json_get(text, wgo_str("spec.cluster." path)), raw), path)
    SAYS("server", "\"https://data.example.test/k8s/clusters/c-1\"");
    SAYS("tls-server-name", "\"kubernetes.default.svc\"");
    SAYS("proxy-url", "\"socks5://proxy.example.test:1080\"");
    SAYS("config.audience", "\"42\"");
    SAYS("config.depth", "42");
    SAYS(
        "certificate-authority-data",
        "\"LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tClkyRWdabTl5SUhSbGMzUnoKLS0tLS1FTkQgQ0VSVElGSUNBVEUt"
        "LS0tLQo=\"");
    wgo_buf_fini(&told);
}

Test(credentials, a_plugin_runs_again_before_its_token_expires)
{
    /* The clock stands at 2023-11-14T22:13:20Z. */
    open_plugin("plugins/good.sh", "", "{name: WGO_PLUGIN_EXPIRY, value: '2023-11-14T22:23:20Z'}");
    cr_assert_eq(refresh(), WGO_OK);
    wgo_clock_advance(&fake.clock, 569 * WGO_S);
    cr_assert_not(stale());
    wgo_clock_advance(&fake.clock, 2 * WGO_S);
    cr_assert(stale(), "30 s before");
    cr_assert_eq(refresh(), WGO_OK);
    cr_assert_str_eq(authorization(), "Bearer token-2");
    cr_assert_not(stale(), "the same short token again: not for every call");
    wgo_clock_advance(&fake.clock, 11 * WGO_S);
    cr_assert(stale());
    wgo_clock_advance(&fake.clock, 60 * WGO_S);
    cr_assert_eq(refresh(), WGO_OK);
    cr_assert(stale(), "what has expired is of no use at all");
}

Test(credentials, refusals_of_one_token_make_one_run)
{
    open_plugin("plugins/good.sh", "", "");
    cr_assert_eq(refresh(), WGO_OK);
    wgo_clock_advance(&fake.clock, 100 * WGO_S);
    cr_assert_eq(refused(1 * WGO_S), WGO_VERDICT_REFRESH);
    cr_assert(stale());
    cr_assert_eq(refresh(), WGO_OK);
    /* Five seconds later come the answers to what was sent with the old one. */
    wgo_clock_advance(&fake.clock, 5 * WGO_S);
    cr_assert_eq(refused(6 * WGO_S), WGO_VERDICT_REFRESH);
    cr_assert_not(stale(), "the new token has not been refused");
    cr_assert_eq(refused(4 * WGO_S), WGO_VERDICT_REFRESH);
    cr_assert(stale());
    cr_assert_eq(runs(), 2);
}

Test(credentials, a_plugin_s_certificate_has_an_identity_of_its_own)
{
    open_plugin("plugins/certificate.sh", "", "");
    cr_assert_eq(refresh(), WGO_OK, "%s", fake.error.message);
    struct wgo_request r = request();
    cr_holds(r.endpoint->cert_pem, "-----BEGIN CERTIFICATE-----\nAAAA\n");
    cr_holds(r.endpoint->key_pem, "-----BEGIN PRIVATE KEY-----\nBBBB\n");
    cr_assert_str_eq(header(&r, "Authorization"), "");
    cr_assert_str_eq(r.endpoint->identity, "kubernetes/x#1");
    cr_assert_eq(refused(0), WGO_VERDICT_REFRESH);
    cr_assert_eq(refresh(), WGO_OK);
    cr_assert_str_eq(request().endpoint->identity, "kubernetes/x#1", "the same certificate");
}

Test(credentials, a_plugin_may_have_a_long_environment)
{
    char user[16384];
    int len =
        snprintf(user, sizeof(user),
                 "{exec: {apiVersion: client.authentication.k8s.io/v1, command: sh, args: [-c, "
                 "'echo \"{\\\"kind\\\":\\\"ExecCredential\\\",\\\"apiVersion\\\":"
                 "\\\"client.authentication.k8s.io/v1\\\",\\\"status\\\":{\\\"token\\\":"
                 "\\\"$LAST$KUBERNETES_EXEC_INFO_SEEN\\\"}}\"'], env: [");
    for (int i = 0; i < 300; i++) {
        len += snprintf(user + len, sizeof(user) - (size_t)len, "{name: V%d, value: x},", i);
    }
    snprintf(user + len, sizeof(user) - (size_t)len, "{name: LAST, value: the-last}]}}");
    static char text[20000];
    snprintf(
        text, sizeof(text),
        "current-context: x\nclusters: [{name: c, cluster: {server: 'https://c.test'}}]\n"
        "contexts: [{name: x, context: {cluster: c, user: u}}]\nusers: [{name: u, user: %s}]\n",
        user);
    cr_assert_eq(fake_open(&fake, fake_file(text), NULL), WGO_OK, "%s", fake.error.message);
    cr_assert_eq(refresh(), WGO_OK, "%s", fake.error.message);
    cr_assert_str_eq(authorization(), "Bearer the-last");
}

/* ---- plugins of no use ---- */

static const struct {
    const char *printed, *message;
} USELESS[] = {
    {"", "printed nothing"},
    {"garbage secret-word", "did not print JSON"},
    {"{\"kind\":\"ExecCredential\"", "did not print JSON"},
    {"[]", "something else than an ExecCredential"},
    {"{\"kind\":\"Pod\",\"secret-word\":1}", "something else than an ExecCredential"},
    {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1beta1\"}",
     "an ExecCredential of client.authentication.k8s.io/v1beta1; client.authentication.k8s.io/v1 "
     "was"},
    {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\"}",
     "neither a token nor a certificate"},
    {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
     "\"status\":{\"token\":null}}",
     "neither a token nor a certificate"},
    {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
     "\"status\":{\"clientCertificateData\":\"secret-word\"}}",
     "a certificate without its key"},
    {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
     "\"status\":{\"token\":\"secret-word\\r\\nX: y\"}}",
     "a token of several lines"},
    {"{\"kind\":\"ExecCredential\",\"apiVersion\":\"client.authentication.k8s.io/v1\","
     "\"status\":{\"token\":\"secret-word\",\"expirationTimestamp\":\"tomorrow\"}}",
     "an expirationTimestamp that is no time"},
};

Test(credentials, useless_answers_are_told_without_quoting_them)
{
    for (size_t i = 0; i < WGO_COUNT(USELESS); i++) {
        struct wgo_buf arg = {0};
        wgo_buf_char(&arg, '\'');
        wgo_buf_cstr(&arg, USELESS[i].printed);
        wgo_buf_char(&arg, '\'');
        open_plugin("plugins/prints.sh", wgo_buf_terminated(&arg), "");
        cr_assert_eq(refresh(), WGO_E_AUTH);
        cr_assert_eq(fake.error.status, WGO_E_AUTH);
        cr_holds(fake.error.message, "exec plugin of user \"u\": ");
        cr_holds(fake.error.message, USELESS[i].message);
        cr_holds(fake.error.hint, "by hand");
        cr_assert_null(strstr(fake.error.message, "secret-word"), "%s", fake.error.message);
        wgo_buf_fini(&arg);
        fake_close(&fake);
    }
}

Test(credentials, a_plugin_that_fails_says_why_and_is_not_run_for_every_call)
{
    open_plugin("plugins/fails.sh", "", "");
    cr_assert_eq(refresh(), WGO_E_AUTH);
    cr_holds(fake.error.message, "ended with code 3");
    cr_holds(fake.error.message, "login expired; run the-login first");
    cr_assert_null(strstr(fake.error.message, "nobody needs"));
    for (int i = 0; i < 5; i++) {
        cr_assert_eq(refresh(), WGO_E_AUTH);
        cr_holds(fake.error.message, "login expired");
    }
    cr_assert_eq(runs(), 1);
    wgo_clock_advance(&fake.clock, 61 * WGO_S);
    cr_assert_eq(refresh(), WGO_E_AUTH);
    cr_assert_eq(runs(), 2);
}

Test(credentials, a_plugin_that_hangs_is_ended)
{
    struct wgo_yaml *settings = NULL;
    cr_assert_eq(wgo_yaml_parse(&fake.arena, "x", WGO_STR("exec_timeout: 300ms\n"), 9, &settings,
                                &fake.error),
                 WGO_OK);
    fake.options.settings = settings;
    open_plugin("plugins/hangs.sh", "", "");
    cr_assert_eq(refresh(), WGO_E_AUTH);
    cr_holds(fake.error.message, "was not done within 0.3 s");
    cr_holds(fake.error.hint, "exec_timeout");
    cr_assert_eq(runs(), 1);
}

Test(credentials, a_plugin_that_hangs_does_not_hold_up_the_end)
{
    fake.cancelled = true;
    open_plugin("plugins/hangs.sh", "", "");
    cr_assert_eq(refresh(), WGO_E_CANCELLED);
}

Test(credentials, a_plugin_that_never_stops_talking)
{
    open_plugin("plugins/endless.sh", "", "");
    cr_assert_eq(refresh(), WGO_E_AUTH);
    cr_holds(fake.error.message, "prints too much");
}

Test(credentials, a_plugin_that_is_not_there)
{
    open_user("{exec: {apiVersion: client.authentication.k8s.io/v1, command: wgo-no-such-plugin, "
              "installHint: 'get it at\n\n      example.test'}}");
    cr_assert_eq(refresh(), WGO_E_AUTH);
    cr_holds(fake.error.message, "\"wgo-no-such-plugin\" was not found");
    cr_holds(fake.error.hint, "get it at");
    cr_assert_null(strchr(fake.error.hint, '\n'));
    fake_close(&fake);
    open_plugin("token", "", "");
    cr_assert_eq(refresh(), WGO_E_AUTH);
    cr_holds(fake.error.message, "may not be executed");
}

Test(credentials, a_plugin_that_wants_a_terminal)
{
    open_context("path-plugin");
    cr_assert_eq(refresh(), WGO_E_AUTH);
    cr_holds(fake.error.message, "interactiveMode: Always");
    cr_holds(fake.error.hint, "without one");
}
