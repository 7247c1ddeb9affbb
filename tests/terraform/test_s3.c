/* The s3 backend against a script: what is asked for, how it is signed, and what comes of the
 * answers. The signer here is a stand-in that writes down what it was given. */
#include "helper.h"

#include "auth/registry.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct scratch s;
static struct fake_answer answers[32];

/* ---- a signer ---- */

static struct {
    char settings[2048]; /* "name=value;" of the last one opened, sorted as they came */
    const char *region;  /* facts */
    const char *url;     /* NULL: AWS's own */
    unsigned refreshed;  /* credentials' generation */
    enum wgo_status refresh_status;
    struct wgo_clock *clock; /* moves on by 'takes_ns' with every signature */
    int64_t takes_ns;
} signer;

static enum wgo_status signer_open(void *context, const struct wgo_signer_setting *settings,
                                   size_t count, void **out_self, struct wgo_error *err)
{
    (void)err;
    size_t len = 0;
    signer.settings[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        len += (size_t)snprintf(signer.settings + len, sizeof(signer.settings) - len, "%.*s=%.*s;",
                                WGO_FMT(settings[i].name), WGO_FMT(settings[i].value));
    }
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
    if (signer.clock) {
        wgo_clock_advance(signer.clock, signer.takes_ns);
    }
    struct wgo_str proof = wgo_str_format(what->arena, "%.*s/%.*s/%u", WGO_FMT(what->service),
                                          WGO_FMT(what->region), signer.refreshed);
    return wgo_request_header(what->request, WGO_STR("Authorization"), proof);
}

static enum wgo_status signer_refresh(void *self, const struct wgo_services *services,
                                      struct wgo_wall *out_expires, struct wgo_error *err)
{
    (void)self;
    (void)services;
    if (signer.refresh_status != WGO_OK) {
        return wgo_fail(err, signer.refresh_status, "no credentials for profile p");
    }
    signer.refreshed++;
    *out_expires = (struct wgo_wall){0};
    return WGO_OK;
}

static enum wgo_status signer_fact(void *self, struct wgo_str name, struct wgo_arena *arena,
                                   struct wgo_str *out_value, struct wgo_error *err)
{
    (void)self;
    if (wgo_str_is(name, "region") && signer.region) {
        *out_value = wgo_str(signer.region);
        return WGO_OK;
    }
    if (wgo_str_starts(name, WGO_STR("url/s3/"))) {
        struct wgo_str region = wgo_str_slice(name, 7, name.len);
        *out_value = signer.url
                         ? wgo_str(signer.url)
                         : wgo_str_format(arena, "https://s3.%.*s.amazonaws.com", WGO_FMT(region));
        return WGO_OK;
    }
    return wgo_fail(err, WGO_E_ABSENT, "not said");
}

static const struct wgo_signer_type stand_in = {
    .name = "aws",
    .open = signer_open,
    .close = signer_close,
    .sign = signer_sign,
    .refresh = signer_refresh,
    .fact = signer_fact,
};

/* ---- setting up ---- */

static void setup(void)
{
    scratch_init(&s);
    memset(answers, 0, sizeof(answers));
    memset(&signer, 0, sizeof(signer));
    signer.region = "eu-west-1";
    s.fake.answers = answers;
    cr_assert_eq(wgo_auth_registry_new(&s.fake.auth), WGO_OK);
    cr_assert_eq(wgo_auth_register(s.fake.auth, &stand_in, &signer, NULL), WGO_OK);
}

static void teardown(void)
{
    wgo_auth_registry_free(s.fake.auth);
    scratch_fini(&s);
}

TestSuite(s3, .init = setup, .fini = teardown);

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

static const char *error_of(const char *code, const char *message)
{
    return wgo_str_cstr(&s.arena,
                        wgo_str_format(&s.arena,
                                       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>%s"
                                       "</Code><Message>%s</Message></Error>",
                                       code, message));
}

#define NOTHING                                                                                    \
    "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><KeyCount>0</KeyCount>"   \
    "<IsTruncated>false</IsTruncated></ListBucketResult>"

#define HOST "https://b.s3.eu-west-1.amazonaws.com"

/* ---- reading ---- */

Test(s3, the_default_workspace)
{
    serve(HOST "/team/app.tfstate", state("l", "one"));
    answers[0].header = "Authorization: s3/eu-west-1/1";
    serve(HOST "/?list-type=2&prefix=env%3A%2F", NOTHING);
    answers[1].header = "Authorization: s3/eu-west-1/1";
    backend("{type: s3, bucket: b, key: team/app.tfstate, region: eu-west-1, encrypt: true, "
            "dynamodb_table: locks, skip_region_validation: true}");
    collect();
    struct wgo_str r = scratch_record(&s, "native_id", "one");
    cr_expect_str_eq(scratch_text(&s, r, "source_type"), "s3");
    cr_expect_str_eq(scratch_text(&s, r, "state_file"), "s3://b/team/app.tfstate");
    cr_expect_str_eq(scratch_row(&s, "s3://b/team/app.tfstate").status, "ok");
    cr_expect_str_eq(signer.settings, "region=eu-west-1;");
    cr_expect_eq(answers[1].asked, 1);
}

Test(s3, workspaces_over_pages)
{
    serve(HOST "/app", state("l0", "default"));
    serve(HOST "/?list-type=2&prefix=ws%2F",
          "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>a+/=</"
          "NextContinuationToken><Contents><Key>ws/dev/app</Key></Contents>"
          "<Contents><Key>ws/dev/other</Key></Contents><Contents><Key>ws/app</Key></Contents>"
          "</ListBucketResult>");
    serve(HOST "/?continuation-token=a%2B%2F%3D&list-type=2&prefix=ws%2F",
          "<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>ws/p &amp; q/app</Key>"
          "</Contents><Contents><Key>ws/x/y/app</Key></Contents></ListBucketResult>");
    serve(HOST "/ws/dev/app", state("l1", "dev"));
    serve(HOST "/ws/p%20%26%20q/app", state("l2", "pq"));
    backend("{type: s3, bucket: b, key: /app, workspace_key_prefix: ws}");
    collect();
    cr_expect_eq(s.fake.record_count, 3);
    scratch_record(&s, "native_id", "default");
    scratch_record(&s, "native_id", "dev");
    struct wgo_str r = scratch_record(&s, "native_id", "pq");
    cr_expect_str_eq(scratch_text(&s, r, "state_file"), "s3://b/ws/p & q/app");
}

Test(s3, workspaces_without_a_prefix)
{
    serve(HOST "/app", state("l0", "default"));
    serve(HOST "/?list-type=2&prefix=",
          "<ListBucketResult><Contents><Key>dev/app</Key></Contents><Contents><Key>app</Key>"
          "</Contents></ListBucketResult>");
    serve(HOST "/dev/app", state("l1", "dev"));
    backend("{type: s3, bucket: b, key: app, workspace_key_prefix: ''}");
    collect();
    cr_expect_eq(s.fake.record_count, 2);
}

Test(s3, a_list_without_end_is_noticed)
{
    const char *page = "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</"
                       "NextContinuationToken></ListBucketResult>";
    serve(HOST "/app", state("l0", "default"));
    serve(HOST "/?list-type=2&prefix=env%3A%2F", page);
    serve(HOST "/?continuation-token=t&list-type=2&prefix=env%3A%2F", page);
    backend("{type: s3, bucket: b, key: app}");
    collect();
    struct scratch_row row = scratch_row(&s, "s3://b/env:/*/app");
    cr_expect_str_eq(row.status, "error");
    cr_expect_str_eq(row.error, "the list of objects goes round in circles");
    cr_expect_eq(s.fake.record_count, 1);
}

Test(s3, a_list_that_is_denied_is_a_row_of_its_own)
{
    serve(HOST "/app", state("l0", "default"));
    answer((struct fake_answer){.url = HOST "/?list-type=2&prefix=env%3A%2F",
                                .http_status = 403,
                                .body = error_of("AccessDenied", "no")});
    backend("{type: s3, bucket: b, key: app}");
    collect();
    struct scratch_row row = scratch_row(&s, "s3://b/env:/*/app");
    cr_expect_str_eq(row.status, "denied");
    cr_expect(strstr(row.hint, "s3:ListBucket") != NULL, "%s", row.hint);
    cr_expect_str_eq(scratch_row(&s, "s3://b/app").status, "ok");
}

/* ---- where ---- */

struct place_case {
    const char *settings, *url, *state_file;
};

Test(s3, addresses)
{
    static const struct place_case cases[] = {
        {"bucket: b", HOST "/k", "s3://b/k"},
        {"bucket: b, use_path_style: true", "https://s3.eu-west-1.amazonaws.com/b/k", "s3://b/k"},
        {"bucket: b, force_path_style: true", "https://s3.eu-west-1.amazonaws.com/b/k", "s3://b/k"},
        {"bucket: b.c", "https://s3.eu-west-1.amazonaws.com/b.c/k", "s3://b.c/k"},
        {"bucket: b, use_fips_endpoint: true", "https://b.s3-fips.eu-west-1.amazonaws.com/k",
         "s3://b/k"},
        {"bucket: b, endpoint: 'https://minio:9000/'", "https://minio:9000/b/k",
         "https://minio:9000/b/k"},
        {"bucket: b, endpoints: {s3: 'http://127.0.0.1:1'}", "http://127.0.0.1:1/b/k",
         "http://127.0.0.1:1/b/k"},
        {"bucket: b, endpoints: [{s3: 'https://u:geheim@h/x'}]", "https://u:geheim@h/x/b/k",
         "https://h/x/b/k"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        s.fake.answer_count = 0;
        wgo_rows_free(s.fake.services.rows);
        s.fake.services.rows = wgo_rows_new();
        serve(cases[i].url, state("l", "one"));
        backend(wgo_str_cstr(
            &s.arena, wgo_str_format(&s.arena, "{type: s3, key: k, %s}", cases[i].settings)));
        collect();
        struct wgo_str r = scratch_record(&s, "native_id", "one");
        cr_expect_str_eq(scratch_text(&s, r, "state_file"), cases[i].state_file);
    }
}

Test(s3, addresses_of_the_environment_and_the_profile)
{
    static const char *variables[] = {"AWS_S3_ENDPOINT=https://old", NULL};
    serve("https://old/b/k", state("l", "old"));
    backend("{type: s3, bucket: b, key: k}");
    scratch_environment(variables);
    collect();
    scratch_record(&s, "native_id", "old");
    scratch_environment(NULL);
    signer.url = "http://127.0.0.1:4566";
    serve("http://127.0.0.1:4566/b/k", state("l", "new"));
    collect();
    scratch_record(&s, "native_id", "new");
}

Test(s3, a_bucket_elsewhere_is_followed_once)
{
    static const int statuses[] = {301, 400, 307};
    for (size_t i = 0; i < WGO_COUNT(statuses); i++) {
        s.fake.answer_count = 0;
        answer((struct fake_answer){.url = HOST "/k",
                                    .http_status = statuses[i],
                                    .headers = "x-amz-bucket-region: us-west-2\n"});
        serve("https://b.s3.us-west-2.amazonaws.com/k", state("l", "one"));
        answers[1].header = "Authorization: s3/us-west-2/1";
        serve("https://b.s3.us-west-2.amazonaws.com/?list-type=2&prefix=env%3A%2F", NOTHING);
        backend("{type: s3, bucket: b, key: k}");
        collect();
        scratch_record(&s, "native_id", "one");
        cr_expect_eq(answers[0].asked, 1);
        cr_expect_eq(answers[2].asked, 1, "the region is remembered");
        signer.refreshed = 1;
    }
}

Test(s3, the_region_in_the_answer_s_body_counts_too)
{
    answer((struct fake_answer){
        .url = HOST "/k",
        .http_status = 400,
        .body =
            "<Error><Code>AuthorizationHeaderMalformed</Code><Message>the region 'eu-west-1' is "
            "wrong; expecting 'us-west-2'</Message><Region>us-west-2</Region></Error>"});
    serve("https://b.s3.us-west-2.amazonaws.com/k", state("l", "one"));
    backend("{type: s3, bucket: b, key: k}");
    collect();
    scratch_record(&s, "native_id", "one");
}

Test(s3, regions_that_send_each_other_around_end)
{
    answer((struct fake_answer){
        .url = HOST "/k", .http_status = 301, .headers = "x-amz-bucket-region: us-west-2\n"});
    answer((struct fake_answer){.url = "https://b.s3.us-west-2.amazonaws.com/k",
                                .http_status = 301,
                                .body = error_of("PermanentRedirect", "elsewhere"),
                                .headers = "x-amz-bucket-region: eu-west-1\n"});
    backend("{type: s3, bucket: b, key: k}");
    collect();
    struct scratch_row row = scratch_row(&s, "s3://b/k");
    cr_expect_str_eq(row.status, "error");
    cr_expect_str_eq(row.error, "the bucket is in another region (PermanentRedirect, HTTP 301: "
                                "elsewhere)");
    cr_expect_eq(answers[0].asked + answers[1].asked, 2);
}

/* ---- with what ---- */

struct identity_case {
    const char *settings, *want;
};

Test(s3, credentials)
{
    static const struct identity_case cases[] = {
        {"profile: p", "profile=p;"},
        {"access_key: A, secret_key: S, token: T", "access_key=A;secret_key=S;token=T;"},
        {"region: us-east-1, assume_role: {role_arn: R, external_id: E, session_name: N, "
         "duration: 1h, policy: null}",
         "region=us-east-1;role_arn=R;external_id=E;session_name=N;"},
        {"assume_role: [{role_arn: R}], external_id: not mine", "role_arn=R;"},
        {"role_arn: R, external_id: E, session_name: N, assume_role_policy: P",
         "role_arn=R;external_id=E;session_name=N;policy=P;"},
        {"external_id: E, assume_role: null", ""},
        {"shared_config_files: [/c], shared_credentials_files: [/d]",
         "config_file=/c;credentials_file=/d;"},
        {"shared_credentials_file: /d, profile: p", "credentials_file=/d;profile=p;"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        s.fake.answer_count = 0;
        strcpy(signer.settings, "none was opened");
        serve(HOST "/k", state("l", "one"));
        backend(wgo_str_cstr(&s.arena, wgo_str_format(&s.arena, "{type: s3, bucket: b, key: k, %s}",
                                                      cases[i].settings)));
        collect();
        cr_expect_str_eq(signer.settings, cases[i].want);
    }
}

struct refusal_case {
    const char *settings, *error;
};

Test(s3, what_cannot_be_honoured_is_refused)
{
    static const struct refusal_case cases[] = {
        {"sse_customer_key: geheim", "the state is encrypted with a key of one's own "
                                     "(sse_customer_key), which is not sent"},
        {"assume_role_with_web_identity: {role_arn: R, web_identity_token_file: /t}",
         "assume_role_with_web_identity is not read from a backend"},
        {"assume_role: {role_arn: R, tags: {a: b}}",
         "the backend assumes its role with session tags, which are not sent"},
        {"endpoints: {sts: 'http://x'}",
         "the backend has an STS endpoint of its own, which is not read from a backend"},
        {"shared_config_files: [/a, /b]", "shared_config_files names 2 files; one can be read"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        wgo_rows_free(s.fake.services.rows);
        s.fake.services.rows = wgo_rows_new();
        backend(wgo_str_cstr(&s.arena, wgo_str_format(&s.arena, "{type: s3, bucket: b, key: k, %s}",
                                                      cases[i].settings)));
        collect();
        struct scratch_row row = scratch_row(&s, "s3://b/k");
        cr_expect_str_eq(row.status, "error");
        cr_expect_str_eq(row.error, cases[i].error);
        cr_expect(row.hint[0] != '\0');
        cr_expect_null(strstr(row.error, "geheim"));
    }
    cr_expect_eq(s.fake.requests.len, 0, "nothing is sent");
}

Test(s3, without_a_registry_nobody_signs)
{
    wgo_auth_registry_free(s.fake.auth);
    s.fake.auth = NULL;
    backend("{type: s3, bucket: b, key: k}");
    collect();
    cr_expect_str_eq(scratch_row(&s, "s3://b/k").status, "unavailable");
}

Test(s3, no_credentials_is_one_row)
{
    signer.refresh_status = WGO_E_AUTH;
    backend("{type: s3, bucket: b, key: k}");
    collect();
    struct scratch_row row = scratch_row(&s, "s3://b/k");
    cr_expect_str_eq(row.status, "denied");
    cr_expect_str_eq(row.error, "no credentials for profile p");
    cr_expect_not(scratch_row(&s, "s3://b/env:/*/k").found);
    cr_expect_eq(s.fake.requests.len, 0);
}

Test(s3, as_terraform_init_recorded_it)
{
    scratch_file(&s, "proj/.terraform/terraform.tfstate",
                 WGO_STR("{\n  \"version\": 3,\n  \"terraform_version\": \"1.11.0\",\n  "
                         "\"backend\": {\n    \"type\": \"s3\",\n    \"config\": {\n      "
                         "\"access_key\": null,\n      \"assume_role\": {\"role_arn\": \"R\", "
                         "\"tags\": null, \"policy_arns\": null},\n      "
                         "\"assume_role_with_web_identity\": null,\n      \"bucket\": \"b\",\n"
                         "      \"endpoints\": {\"dynamodb\": null, \"s3\": null, \"sts\": null},\n"
                         "      \"insecure\": null,\n      \"key\": \"app\",\n      \"region\": "
                         "\"eu-west-1\",\n      \"skip_credentials_validation\": true,\n      "
                         "\"use_path_style\": null,\n      \"workspace_key_prefix\": null\n    },\n"
                         "    \"hash\": 1\n  }\n}\n"));
    serve(HOST "/app", state("l", "one"));
    serve(HOST "/?list-type=2&prefix=env%3A%2F", NOTHING);
    s.paths[s.options.paths.count++] = WGO_STR("proj");
    collect();
    scratch_record(&s, "native_id", "one");
    cr_expect_str_eq(signer.settings, "region=eu-west-1;role_arn=R;");
    cr_expect_eq(answers[1].asked, 1);
}

/* ---- answers ---- */

struct answer_case {
    int status;
    const char *code, *message, *seen, *error, *hint;
};

Test(s3, error_answers)
{
    static const struct answer_case cases[] = {
        {404, "NoSuchKey", "x", "skipped", "there is no state yet (NoSuchKey)", ""},
        {404, "NoSuchBucket", "gone", "error",
         "there is no such bucket (NoSuchBucket, HTTP 404: gone)", "check `bucket`"},
        {403, "AccessDenied", "User: u is not authorized", "denied",
         "access was denied (AccessDenied, HTTP 403: User: u is not authorized)",
         "need s3:GetObject here"},
        {400, "ExpiredToken", "", "denied", "the credentials have expired (ExpiredToken, HTTP 400)",
         "log in again"},
        {403, "InvalidAccessKeyId", "", "denied",
         "the access key is not known (InvalidAccessKeyId, HTTP 403)", "profile or keys"},
        {403, "SignatureDoesNotMatch", "", "denied",
         "the secret key does not fit the access key (SignatureDoesNotMatch, HTTP 403)", "keys"},
        {403, "InvalidObjectState", "", "error",
         "the state lies in an archive and must be restored (InvalidObjectState, HTTP 403)",
         "state pull"},
        {400, "KMS.DisabledException", "key\nis off", "error",
         "KMS.DisabledException (HTTP 400: key is off)", ""},
        {404, "", "", "error", "the server answered HTTP 404", ""},
        {500, "", "", "error", "the server answered HTTP 500", ""},
        {200, "", "", "skipped", "there is no state yet (an empty object)", ""},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        const struct answer_case *c = &cases[i];
        s.fake.answer_count = 0;
        wgo_rows_free(s.fake.services.rows);
        s.fake.services.rows = wgo_rows_new();
        answer((struct fake_answer){.url = HOST "/k",
                                    .http_status = c->status,
                                    .body = c->code[0] ? error_of(c->code, c->message) : ""});
        serve(HOST "/?list-type=2&prefix=env%3A%2F", NOTHING);
        backend("{type: s3, bucket: b, key: k}");
        collect();
        struct scratch_row row = scratch_row(&s, "s3://b/k");
        cr_expect_str_eq(row.status, c->seen, "%s: %s", c->code, row.status);
        cr_expect_str_eq(row.error, c->error);
        cr_expect(strstr(row.hint, c->hint) != NULL, "%s: %s", c->code, row.hint);
    }
}

static struct wgo_clock test_clock;

/* The first answer says that the credentials have expired; they are 'age_s' old by then. */
static void expire(int64_t age_s)
{
    wgo_clock_init_manual(&test_clock, (struct wgo_wall){1700000000 * WGO_S});
    s.fake.services.clock = &test_clock;
    signer.clock = &test_clock;
    signer.takes_ns = age_s * WGO_S;
    answer((struct fake_answer){
        .url = HOST "/k", .once = true, .http_status = 400, .body = error_of("ExpiredToken", "")});
    serve(HOST "/k", state("l", "one"));
    serve(HOST "/?list-type=2&prefix=env%3A%2F", NOTHING);
    backend("{type: s3, bucket: b, key: k}");
    collect();
}

Test(s3, expired_credentials_are_renewed_once)
{
    expire(60);
    scratch_record(&s, "native_id", "one");
    cr_expect_eq(signer.refreshed, 2);
    cr_expect_eq(answers[1].asked, 1);
}

Test(s3, credentials_that_are_new_are_not_doubted)
{
    expire(0);
    cr_expect_str_eq(scratch_row(&s, "s3://b/k").status, "denied");
    cr_expect_eq(signer.refreshed, 1);
    cr_expect_eq(answers[1].asked, 0);
}

Test(s3, a_clock_that_is_off_is_made_up_for)
{
    answer((struct fake_answer){.url = HOST "/k",
                                .once = true,
                                .http_status = 403,
                                .body = error_of("RequestTimeTooSkewed", ""),
                                .headers = "date: Thu, 01 Jan 2026 00:00:00 GMT\n"});
    serve(HOST "/k", state("l", "one"));
    backend("{type: s3, bucket: b, key: k}");
    collect();
    scratch_record(&s, "native_id", "one");
}

Test(s3, nothing_but_get_is_ever_sent)
{
    serve(HOST "/k", state("l", "one"));
    serve(HOST "/?list-type=2&prefix=env%3A%2F", NOTHING);
    backend("{type: s3, bucket: b, key: k}");
    collect();
    cr_expect_str_eq(wgo_buf_terminated(&s.fake.requests),
                     "GET " HOST "/k\nGET " HOST "/?list-type=2&prefix=env%3A%2F\n");
}
