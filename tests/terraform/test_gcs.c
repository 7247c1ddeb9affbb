/* The gcs backend against a script: what is asked for, by whose credentials and with which key, and
 * what comes of the answers. */
#include "helper.h"

#include "terraform/backend_gcs.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct scratch s;
static struct fake_answer answers[16];

/* ---- a signer ---- */

static struct {
    struct wgo_buf settings; /* "name=value " of the last one that was opened */
    unsigned opened, signs, refreshes;
    bool stale;                    /* the first token says that its time is over */
    const char *url, *bare, *kind; /* facts */
} gcp;

static enum wgo_status signer_open(void *context, const struct wgo_signer_setting *settings,
                                   size_t count, void **out_self, struct wgo_error *err)
{
    (void)err;
    wgo_buf_reset(&gcp.settings);
    for (size_t i = 0; i < count; i++) {
        wgo_buf_format(&gcp.settings, "%.*s=%.*s ", WGO_FMT(settings[i].name),
                       WGO_FMT(settings[i].value));
    }
    gcp.opened++;
    *out_self = context;
    return WGO_OK;
}

static void signer_close(void *self)
{
    (void)self;
}

static enum wgo_status signer_sign(void *self, const struct wgo_signing *what,
                                   struct wgo_error *err)
{
    (void)self;
    (void)err;
    gcp.signs++;
    return wgo_request_header(what->request, WGO_STR("Authorization"),
                              wgo_str_format(what->arena, "Bearer token-%u", gcp.refreshes));
}

static enum wgo_status signer_refresh(void *self, const struct wgo_services *services,
                                      struct wgo_wall *out_expires, struct wgo_error *err)
{
    (void)self;
    (void)services;
    (void)err;
    gcp.refreshes++;
    *out_expires = (struct wgo_wall){gcp.stale && gcp.refreshes == 1};
    return WGO_OK;
}

static enum wgo_status signer_fact(void *self, struct wgo_str name, struct wgo_arena *arena,
                                   struct wgo_str *out_value, struct wgo_error *err)
{
    (void)self;
    (void)arena;
    const char *value = wgo_str_is(name, "url/storage")    ? gcp.url
                        : wgo_str_is(name, "bare/storage") ? gcp.bare
                        : wgo_str_is(name, "kind")         ? gcp.kind
                                                           : NULL;
    if (!value) {
        return wgo_fail(err, WGO_E_ABSENT, "nobody knows");
    }
    *out_value = wgo_str(value);
    return WGO_OK;
}

static const struct wgo_signer_type stand_in = {
    .name = "gcp",
    .open = signer_open,
    .close = signer_close,
    .sign = signer_sign,
    .refresh = signer_refresh,
    .fact = signer_fact,
};

static void setup(void)
{
    scratch_init(&s);
    memset(answers, 0, sizeof(answers));
    memset(&gcp, 0, sizeof(gcp));
    gcp.url = "https://storage.googleapis.com";
    gcp.kind = "user";
    s.fake.answers = answers;
    cr_assert_eq(wgo_auth_registry_new(&s.fake.auth), WGO_OK);
    cr_assert_eq(wgo_auth_register(s.fake.auth, &stand_in, &gcp, NULL), WGO_OK);
}

static void teardown(void)
{
    wgo_auth_registry_free(s.fake.auth);
    wgo_buf_fini(&gcp.settings);
    scratch_fini(&s);
}

TestSuite(gcs, .init = setup, .fini = teardown);

/* ---- the script ---- */

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

static void serve(const char *url, const char *body, const char *header)
{
    answer((struct fake_answer){.url = url, .body = body, .header = header});
}

static void refuse(const char *url, int http, const char *body)
{
    answer((struct fake_answer){.url = url, .http_status = http, .body = body});
}

static void backend(const char *settings)
{
    struct wgo_str text = wgo_str_format(
        &s.arena, "providers:\n  terraform:\n    backends:\n      - {type: gcs%s%s}\n",
        settings[0] ? ", " : "", settings);
    scratch_configure(&s, wgo_str_cstr(&s.arena, text));
}

static void collect(void)
{
    cr_assert_eq(scratch_collect(&s), WGO_OK, "%s", s.err.message);
}

static bool asked(const char *url)
{
    return wgo_str_find(wgo_buf_view(&s.fake.requests), wgo_str(url)) < s.fake.requests.len;
}

static bool opened_with(const char *setting)
{
    struct wgo_str all = wgo_buf_view(&gcp.settings);
    return wgo_str_find(all, wgo_str(setting)) < all.len;
}

#define HOST "https://storage.googleapis.com/storage/v1/b/states/o"
#define QUERY "?delimiter=%2F&fields=kind%2CnextPageToken%2Citems%2Fname&maxResults=1000&prefix="
#define LIST HOST QUERY "net%2F"
#define OBJECT(name) HOST "/net%2F" name "?alt=media"
#define NAMED "bucket: states, prefix: net"
#define PAGE(items) "{\"kind\":\"storage#objects\",\"items\":[" items "]}"
#define ITEM(name) "{\"name\":\"net/" name "\"}"
#define ONLY_DEFAULT PAGE(ITEM("default.tfstate"))
#define KEY "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define KEY_DIGEST "PrG9Q5lH63YpmOVmzMLgmceREYsvQFecxPfaK1Bht/k="

/* ---- workspaces ---- */

Test(gcs, workspaces_over_pages)
{
    serve(LIST,
          "{\"kind\":\"storage#objects\",\"nextPageToken\":\"t/1=\",\"items\":[" ITEM(
              "default.tfstate") "," ITEM("default.tflock") "," ITEM("dev.tfstate") "]}",
          "Authorization: Bearer token-1");
    serve(LIST "&pageToken=t%2F1%3D",
          PAGE(ITEM("p q\\u00fc.tfstate") "," ITEM(".tfstate") "," ITEM("deep/x.tfstate") "," ITEM(
              "dev.tfstate.backup") ",{\"name\":\"other.tfstate\"}"),
          NULL);
    serve(OBJECT("default.tfstate"), state("l0", "default"), "Authorization: Bearer token-1");
    serve(OBJECT("dev.tfstate"), state("l1", "dev"), NULL);
    serve(OBJECT("p%20q%C3%BC.tfstate"), state("l2", "pq"), NULL);
    backend(NAMED);
    collect();
    cr_expect_eq(s.fake.record_count, 3);
    cr_expect_eq(gcp.signs, 5, "two pages and three states, not %u", gcp.signs);
    struct wgo_str r = scratch_record(&s, "native_id", "pq");
    cr_expect_str_eq(scratch_text(&s, r, "source_type"), "gcs");
    cr_expect_str_eq(scratch_text(&s, r, "state_file"), "gs://states/net/p q\u00fc.tfstate");
    scratch_record(&s, "native_id", "default");
    scratch_record(&s, "native_id", "dev");
    cr_expect(opened_with("scope=storage "));
}

Test(gcs, no_prefix_and_no_state)
{
    serve(HOST QUERY, "{\"kind\":\"storage#objects\"}", NULL);
    backend("bucket: states");
    collect();
    struct scratch_row row = scratch_row(&s, "gs://states/default.tfstate");
    cr_expect_str_eq(row.status, "skipped");
    cr_expect(strstr(row.error, "there is no state yet"), "%s", row.error);
    cr_expect_eq(gcp.signs, 1);
}

Test(gcs, a_state_that_went_meanwhile_is_none)
{
    serve(LIST, PAGE(ITEM("default.tfstate") "," ITEM("old.tfstate")), NULL);
    serve(OBJECT("default.tfstate"), state("l0", "default"), NULL);
    refuse(OBJECT("old.tfstate"), 404, "Not Found");
    backend(NAMED);
    collect();
    cr_expect_eq(s.fake.record_count, 1);
    cr_expect_str_eq(scratch_row(&s, "old.tfstate").status, "skipped");
}

Test(gcs, an_empty_object_is_no_state)
{
    serve(LIST, ONLY_DEFAULT, NULL);
    serve(OBJECT("default.tfstate"), "", NULL);
    backend(NAMED);
    collect();
    cr_expect_str_eq(scratch_row(&s, "default.tfstate").status, "skipped");
}

/* What may not be listed may still be read. */
Test(gcs, without_the_list_the_default_state_is_read)
{
    refuse(LIST, 403,
           "{\"error\":{\"code\":403,\"message\":\"r@x does not have storage.objects.list access\","
           "\"errors\":[{\"reason\":\"forbidden\"}]}}");
    serve(OBJECT("default.tfstate"), state("l0", "default"), NULL);
    backend(NAMED);
    collect();
    cr_expect_eq(s.fake.record_count, 1);
    struct scratch_row row = scratch_row(&s, "net/*.tfstate");
    cr_expect_str_eq(row.status, "denied");
    cr_expect(strstr(row.error, "storage.objects.list access"), "%s", row.error);
    cr_expect(strstr(row.hint, "roles/storage.objectViewer"), "%s", row.hint);
}

Test(gcs, without_the_list_a_404_must_be_cloud_storages_own)
{
    refuse(LIST, 403, "");
    refuse(OBJECT("default.tfstate"), 404, "<html>nothing here</html>");
    backend(NAMED);
    collect();
    cr_expect_str_eq(scratch_row(&s, "net/default.tfstate").status, "error");
    teardown();
    setup();
    refuse(LIST, 403, "");
    refuse(OBJECT("default.tfstate"), 404, "No such object: states/net/default.tfstate");
    backend(NAMED);
    collect();
    cr_expect_str_eq(scratch_row(&s, "net/default.tfstate").status, "skipped");
}

Test(gcs, lists_that_are_none)
{
    static const struct {
        const char *body, *error;
    } cases[] = {
        {"{}", "did not answer with a list"},
        {"[]", "did not answer with a list"},
        {"<html>", "the list of objects"},
        {"{\"kind\":\"storage#objects\",\"items\":{}}", "did not answer with a list"},
        {"{\"kind\":\"storage#objects\",\"nextPageToken\":1}", "did not answer with a list"},
        {"{\"kind\":\"storage#objects\",\"items\":[{\"size\":\"1\"}]}", "has no name"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        teardown();
        setup();
        serve(LIST, cases[i].body, NULL);
        serve(OBJECT("default.tfstate"), state("l0", "default"), NULL);
        backend(NAMED);
        collect();
        struct scratch_row row = scratch_row(&s, "net/*.tfstate");
        cr_expect_str_eq(row.status, "error", "%s: %s", cases[i].body, row.status);
        cr_expect(strstr(row.error, cases[i].error), "%s: %s", cases[i].body, row.error);
        cr_expect_eq(s.fake.record_count, 1, "the default state is read all the same");
    }
}

Test(gcs, a_list_that_goes_round_in_circles)
{
    serve(LIST, "{\"kind\":\"storage#objects\",\"nextPageToken\":\"t\"}", NULL);
    serve(LIST "&pageToken=t", "{\"kind\":\"storage#objects\",\"nextPageToken\":\"t\"}", NULL);
    backend(NAMED);
    collect();
    struct scratch_row row = scratch_row(&s, "net/*.tfstate");
    cr_expect(strstr(row.error, "circles"), "%s", row.error);
}

/* A later page that fails: what has been read is not asked for again. */
Test(gcs, a_list_that_breaks_off)
{
    static const struct {
        int http;
        const char *first, *status;
        unsigned reads; /* of the default state */
    } cases[] = {
        {403, ITEM("default.tfstate"), "denied", 1},
        {403, ITEM("dev.tfstate"), "denied", 1},
        {401, ITEM("dev.tfstate"), "denied", 0},
        {404, ITEM("default.tfstate"), "error", 1},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        teardown();
        setup();
        struct wgo_str page = wgo_str_format(
            &s.arena, "{\"kind\":\"storage#objects\",\"nextPageToken\":\"t\",\"items\":[%s]}",
            cases[i].first);
        serve(LIST, wgo_str_cstr(&s.arena, page), NULL);
        refuse(LIST "&pageToken=t", cases[i].http, "");
        serve(OBJECT("default.tfstate"), state("l0", "default"), NULL);
        serve(OBJECT("dev.tfstate"), state("l1", "dev"), NULL);
        backend(NAMED);
        collect();
        cr_expect_str_eq(scratch_row(&s, "net/*.tfstate").status, cases[i].status);
        cr_expect_eq(answers[2].asked, cases[i].reads, "case %zu: %u", i, answers[2].asked);
    }
}

/* ---- refusals ---- */

Test(gcs, refusals_say_what_to_do)
{
    static const struct {
        int http;
        const char *body, *status, *error, *hint;
    } cases[] = {
        {404, "{\"error\":{\"code\":404,\"message\":\"The specified bucket does not exist.\"}}",
         "error", "there is no such bucket", "`bucket`"},
        {404, "Not Found", "error", "there is no such bucket", "`bucket`"},
        {401, "{\"error\":{\"code\":401,\"message\":\"Invalid Credentials\"}}", "denied",
         "the credentials were refused", "wgo validate"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        teardown();
        setup();
        refuse(LIST, cases[i].http, cases[i].body);
        backend(NAMED);
        collect();
        struct scratch_row row = scratch_row(&s, "net/default.tfstate");
        cr_expect_str_eq(row.status, cases[i].status, "%s: %s", cases[i].body, row.status);
        cr_expect(strstr(row.error, cases[i].error), "%s: %s", cases[i].body, row.error);
        cr_expect(strstr(row.hint, cases[i].hint), "%s: %s", cases[i].body, row.hint);
        cr_expect(!asked("alt=media"), "nothing more is asked");
    }
}

Test(gcs, refusals_of_a_state)
{
    static const struct {
        int http;
        const char *body, *status, *error, *hint;
    } cases[] = {
        {403, "r@x does not have storage.objects.get access to the object.", "denied",
         "storage.objects.get access", "roles/storage.objectViewer"},
        {403, "Request had insufficient authentication scopes.", "denied", "scopes",
         "devstorage.read_only"},
        {403, "Request is prohibited by organization's policy. vpcServiceControlsUniqueIdentifier",
         "denied", "access was denied", "VPC Service Controls"},
        {400, "Bucket is a requester pays bucket but no user project provided.", "denied",
         "who pays", "GOOGLE_CLOUD_QUOTA_PROJECT"},
        {400, "The target object is encrypted by a customer-supplied encryption key.", "denied",
         "customer-supplied key", "encryption_key"},
        {400,
         "{\"error\":{\"errors\":[{\"reason\":\"customerEncryptionKeyIsIncorrect\"}],\"message\":"
         "\"m\"}}",
         "denied", "another key", "encryption_key"},
        {400, "The target object is not encrypted by a customer-supplied encryption key.", "error",
         "not encrypted", "remove"},
        {429, "{\"error\":{\"errors\":[{\"reason\":\"rateLimitExceeded\"}]}}", "throttled",
         "slow down", ""},
        {403, "{\"error\":{\"errors\":[{\"reason\":\"userRateLimitExceeded\"}]}}", "throttled",
         "slow down", ""},
        {503, "{\"error\":{\"errors\":[{\"reason\":\"backendError\"}],\"message\":\"Try again\"}}",
         "error", "HTTP 503: Try again", ""},
        {418, "\x1b[31mtea\n\npot", "error", "HTTP 418:  [31mtea  pot", ""},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        teardown();
        setup();
        serve(LIST, PAGE(ITEM("default.tfstate") "," ITEM("dev.tfstate")), NULL);
        refuse(OBJECT("default.tfstate"), cases[i].http, cases[i].body);
        serve(OBJECT("dev.tfstate"), state("l1", "dev"), NULL);
        backend(NAMED);
        collect();
        struct scratch_row row = scratch_row(&s, "net/default.tfstate");
        cr_expect_str_eq(row.status, cases[i].status, "%s: %s", cases[i].body, row.status);
        cr_expect(strstr(row.error, cases[i].error), "%s: %s", cases[i].body, row.error);
        cr_expect(strstr(row.hint, cases[i].hint), "%s: %s", cases[i].body, row.hint);
        cr_expect_eq(s.fake.record_count, 1, "the others are read");
    }
}

Test(gcs, a_token_that_went_stale_is_renewed_once)
{
    gcp.stale = true;
    serve(LIST, ONLY_DEFAULT, "Authorization: Bearer token-2");
    serve(OBJECT("default.tfstate"), state("l0", "default"), "Authorization: Bearer token-2");
    backend(NAMED);
    collect();
    cr_expect_eq(s.fake.record_count, 1);
    cr_expect_eq(gcp.refreshes, 2);
    teardown();
    setup();
    gcp.kind = "access token";
    refuse(LIST, 401, "");
    backend(NAMED);
    collect();
    struct scratch_row row = scratch_row(&s, "net/default.tfstate");
    cr_expect(strstr(row.hint, "print-access-token"), "%s", row.hint);
    cr_expect_eq(gcp.signs, 1, "what was got just now is not got again");
}

/* ---- settings ---- */

static void expect_settings(const char *settings, const char *const *environment,
                            const char *wanted)
{
    teardown();
    setup();
    serve(LIST, ONLY_DEFAULT, NULL);
    serve(OBJECT("default.tfstate"), state("l0", "default"), NULL);
    scratch_environment(environment);
    struct wgo_str text = wgo_str_format(&s.arena, NAMED "%s%s", settings[0] ? ", " : "", settings);
    backend(wgo_str_cstr(&s.arena, text));
    collect();
    cr_expect_eq(gcp.opened, 1);
    cr_expect_str_eq(wgo_buf_terminated(&gcp.settings), wanted);
}

Test(gcs, whose_credentials)
{
    static const char *const both[] = {"GOOGLE_BACKEND_CREDENTIALS={\"a\":1}",
                                       "GOOGLE_CREDENTIALS={\"b\":2}", NULL};
    static const char *const general[] = {"GOOGLE_CREDENTIALS= {\"b\":2}\n", NULL};
    static const char *const token[] = {"GOOGLE_OAUTH_ACCESS_TOKEN=tok",
                                        "GOOGLE_CREDENTIALS={\"b\":2}", NULL};
    static const char *const who[] = {"GOOGLE_BACKEND_IMPERSONATE_SERVICE_ACCOUNT=one@x",
                                      "GOOGLE_IMPERSONATE_SERVICE_ACCOUNT=two@x", NULL};
    static const char *const two[] = {"GOOGLE_IMPERSONATE_SERVICE_ACCOUNT=two@x", NULL};
    static const char *const none[] = {NULL};
    expect_settings("", none, "scope=storage ");
    expect_settings("", both, "credentials={\"a\":1} scope=storage ");
    expect_settings("", general, "credentials={\"b\":2} scope=storage ");
    expect_settings("credentials: '{\"c\":3}'", both, "credentials={\"c\":3} scope=storage ");
    /* As in Terraform: a token wins over a key file, wherever they come from. */
    expect_settings("credentials: '{\"c\":3}'", token, "access_token=tok scope=storage ");
    expect_settings("access_token: own", token, "access_token=own scope=storage ");
    expect_settings("", who, "scope=storage impersonate=one@x ");
    expect_settings("", two, "scope=storage impersonate=two@x ");
    expect_settings("impersonate_service_account: me@x, "
                    "impersonate_service_account_delegates: [a@x, projects/-/serviceAccounts/b@x]",
                    two,
                    "scope=storage impersonate=me@x delegates=[\"projects/-/serviceAccounts/a@x\","
                    "\"projects/-/serviceAccounts/b@x\"] ");
    expect_settings("impersonate_service_account_delegates: [a@x]", none, "scope=storage ");
}

Test(gcs, credentials_in_a_file)
{
    const char *path = scratch_file(&s, "key.json", WGO_STR("{}"));
    serve(LIST, ONLY_DEFAULT, NULL);
    serve(OBJECT("default.tfstate"), state("l0", "default"), NULL);
    struct wgo_str text = wgo_str_format(&s.arena, NAMED ", credentials: %s", path);
    backend(wgo_str_cstr(&s.arena, text));
    collect();
    cr_expect(
        opened_with(wgo_str_cstr(&s.arena, wgo_str_format(&s.arena, "credentials=%s ", path))));
}

/* What is wrong is said without what may be a secret. */
Test(gcs, settings_that_are_wrong)
{
    static const struct {
        const char *settings, *error;
    } cases[] = {
        {"", "the backend's bucket is not known"},
        {NAMED ", credentials: geheim", "neither JSON nor a file"},
        {NAMED ", encryption_key: geheim", "neither 32 bytes in base64 nor a file"},
        {NAMED ", encryption_key: Z2VoZWlt", "neither 32 bytes in base64 nor a file"},
        {NAMED ", encryption_key: " KEY ", kms_encryption_key: projects/p", "both set"},
        {NAMED ", impersonate_service_account: a@x, impersonate_service_account_delegates: [null]",
         "no account"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        teardown();
        setup();
        backend(cases[i].settings);
        collect();
        struct wgo_buf rows = {0};
        fake_rows(&s.fake, &rows);
        struct wgo_str said = wgo_buf_view(&rows), problems = wgo_buf_view(&s.fake.problems);
        cr_expect_lt(wgo_str_find(said, wgo_str(cases[i].error)), said.len, "%s: %.*s",
                     cases[i].settings, WGO_FMT(said));
        for (size_t k = 0; k < 3; k++) {
            static const char *const secrets[] = {"geheim", "Z2VoZWlt", KEY};
            cr_expect_eq(wgo_str_find(said, wgo_str(secrets[k])), said.len, "%s", secrets[k]);
            cr_expect_eq(wgo_str_find(problems, wgo_str(secrets[k])), problems.len);
        }
        cr_expect_eq(s.fake.requests.len, 0, "nothing is asked");
        wgo_buf_fini(&rows);
    }
}

/* The digest is Python's hashlib's. */
Test(gcs, a_key_goes_with_what_is_read)
{
    static const char *const headers[] = {
        "x-goog-encryption-algorithm: AES256",
        "x-goog-encryption-key: " KEY,
        "x-goog-encryption-key-sha256: " KEY_DIGEST,
    };
    static const char *const environment[] = {"GOOGLE_ENCRYPTION_KEY=" KEY, NULL};
    static const char *const none[] = {NULL};
    for (size_t i = 0; i < WGO_COUNT(headers) * 3; i++) {
        teardown();
        setup();
        serve(LIST, ONLY_DEFAULT, NULL);
        serve(OBJECT("default.tfstate"), state("l0", "default"), headers[i % 3]);
        const char *file = scratch_file(&s, "key", WGO_STR(KEY "\n"));
        scratch_environment(i / 3 == 1 ? environment : none);
        struct wgo_str text = i / 3 == 1 ? WGO_STR(NAMED)
                                         : wgo_str_format(&s.arena, NAMED ", encryption_key: %s",
                                                          i / 3 == 0 ? KEY : file);
        backend(wgo_str_cstr(&s.arena, text));
        collect();
        cr_expect_eq(s.fake.record_count, 1, "%zu: %s", i, headers[i % 3]);
    }
}

Test(gcs, where_it_is)
{
    static const struct {
        const char *said, *wanted;
    } cases[] = {
        {"https://storage.googleapis.com", "https://storage.googleapis.com/storage/v1"},
        {"https://x.p.googleapis.com/storage/v1/b", "https://x.p.googleapis.com/storage/v1"},
        {"https://x.p.googleapis.com/storage/v1/", "https://x.p.googleapis.com/storage/v1"},
        {"http://127.0.0.1:9/gcp/storage", "http://127.0.0.1:9/gcp/storage/storage/v1"},
        {"x.p.googleapis.com/storage/v1/b/", "https://x.p.googleapis.com/storage/v1"},
        {"https://x/b", "https://x/b/storage/v1"},
        {"b", "https://b/storage/v1"},
    };
    static const struct {
        const char *said, *wanted;
    } prefixes[] = {
        {"", ""},
        {"a", "a/"},
        {"/a/b/", "a/b/"},
        {"//", ""},
        {"a//b/.", "a/b/"},
        {"a/../b", "b/"},
        {"../a", "../a/"},
        {"a/b/../../../c", "../c/"},
        {"../..", "../../"},
        {"..a/b..", "..a/b../"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_str api = wgo_tf_gcs_api(wgo_str(cases[i].said), &s.arena);
        cr_expect(wgo_str_is(api, cases[i].wanted), "%s: %.*s", cases[i].said, WGO_FMT(api));
    }
    for (size_t i = 0; i < WGO_COUNT(prefixes); i++) {
        struct wgo_str prefix = wgo_tf_gcs_prefix(wgo_str(prefixes[i].said), &s.arena);
        cr_expect(wgo_str_is(prefix, prefixes[i].wanted), "%s: %.*s", prefixes[i].said,
                  WGO_FMT(prefix));
    }
}

Test(gcs, an_endpoint_of_its_own)
{
    static const char *const variables[] = {
        "GOOGLE_BACKEND_STORAGE_CUSTOM_ENDPOINT=https://one.example/storage/v1/b",
        "GOOGLE_STORAGE_CUSTOM_ENDPOINT=https://two.example/storage/v1/b", NULL};
    static const char *const hosts[] = {"https://own.example", "https://one.example",
                                        "https://two.example", "https://fact.example"};
    for (size_t i = 0; i < WGO_COUNT(hosts); i++) {
        teardown();
        setup();
        gcp.url = "https://fact.example/";
        gcp.bare = "true"; /* only what is the emulator's own is asked without credentials */
        scratch_environment(i == 3 ? variables + 2 : variables + (i == 2));
        backend(i == 0 ? NAMED ", storage_custom_endpoint: 'https://own.example/storage/v1/b'"
                       : NAMED);
        collect();
        cr_expect(asked(hosts[i]), "%s: %.*s", hosts[i], WGO_FMT(wgo_buf_view(&s.fake.requests)));
        cr_expect_eq(gcp.signs > 0, i < 3, "%s", hosts[i]);
    }
}
