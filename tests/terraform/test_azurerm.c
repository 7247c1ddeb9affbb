/* The azurerm backend against a script: what is asked for, with which proof, and what comes of the
 * answers. */
#include "helper.h"

#include "terraform/backend_azurerm.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct scratch s;
static struct fake_answer answers[16];
static unsigned signed_count;

/* ---- a signer ---- */

static enum wgo_status signer_open(void *context, const struct wgo_signer_setting *settings,
                                   size_t count, void **out_self, struct wgo_error *err)
{
    (void)err;
    cr_assert_eq(count, 1);
    cr_assert(wgo_str_is(settings[0].name, "resource"));
    cr_assert(wgo_str_is(settings[0].value, "https://storage.azure.com"));
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
    signed_count++;
    return wgo_request_header(what->request, WGO_STR("Authorization"), WGO_STR("Bearer token"));
}

static enum wgo_status signer_refresh(void *self, const struct wgo_services *services,
                                      struct wgo_wall *out_expires, struct wgo_error *err)
{
    (void)self;
    (void)services;
    (void)err;
    *out_expires = (struct wgo_wall){0};
    return WGO_OK;
}

static const struct wgo_signer_type stand_in = {
    .name = "azure",
    .open = signer_open,
    .close = signer_close,
    .sign = signer_sign,
    .refresh = signer_refresh,
};

static void setup(void)
{
    scratch_init(&s);
    memset(answers, 0, sizeof(answers));
    signed_count = 0;
    s.fake.answers = answers;
    cr_assert_eq(wgo_auth_registry_new(&s.fake.auth), WGO_OK);
    cr_assert_eq(wgo_auth_register(s.fake.auth, &stand_in, &signed_count, NULL), WGO_OK);
}

static void teardown(void)
{
    wgo_auth_registry_free(s.fake.auth);
    scratch_fini(&s);
}

TestSuite(azurerm, .init = setup, .fini = teardown);

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

#define HOST "https://acct.blob.core.windows.net/c"
#define LIST HOST "?restype=container&comp=list&prefix=app%2Ftfstateenv%3A"
#define NOTHING "<EnumerationResults><Blobs /><NextMarker /></EnumerationResults>"
#define NAMED "type: azurerm, storage_account_name: acct, container_name: c, key: app/tfstate"

/* Made by an independent HMAC over the text that Azure's documentation spells out. */
Test(azurerm, shared_key)
{
    struct wgo_str out = {0};
    struct wgo_error err = {0};
    cr_assert_eq(
        wgo_tf_blob_shared_key(WGO_STR("acct"), WGO_STR("a2V5"),
                               WGO_STR(HOST "?restype=container&comp=list&prefix=app%2Fenv%3A"),
                               "Sun, 01 Feb 2026 12:00:00 GMT", &s.arena, &out, &err),
        WGO_OK);
    cr_assert_str_eq(wgo_str_cstr(&s.arena, out),
                     "SharedKey acct:cIaRPb4Ap+Eq0+d6Ylng9WyZdBXaQjFh2KsG/qVj3f4=");
    cr_assert_eq(wgo_tf_blob_shared_key(WGO_STR("acct"), WGO_STR("*"), WGO_STR(HOST), "", &s.arena,
                                        &out, &err),
                 WGO_E_CONFIG);
}

Test(azurerm, workspaces_over_pages_with_a_token)
{
    serve(HOST "/app/tfstate", state("l0", "default"), "Authorization: Bearer token");
    serve(LIST,
          "\xEF\xBB\xBF<EnumerationResults><Blobs><Blob><Name>app/tfstateenv:dev</Name></Blob></"
          "Blobs>"
          "<NextMarker>m/1</NextMarker></EnumerationResults>",
          "Authorization: Bearer token");
    serve(LIST "&marker=m%2F1",
          "<EnumerationResults><Blobs><Blob><Name>app/tfstateenv:p q</Name></Blob>"
          "<Blob><Name>app/tfstateenv:</Name></Blob></Blobs></EnumerationResults>",
          NULL);
    serve(HOST "/app/tfstateenv%3Adev", state("l1", "dev"), NULL);
    serve(HOST "/app/tfstateenv%3Ap%20q", state("l2", "pq"), NULL);
    backend("{" NAMED ", use_azuread_auth: true, resource_group_name: rg}");
    collect();
    cr_expect_eq(s.fake.record_count, 3);
    cr_expect_eq(signed_count, 5);
    struct wgo_str r = scratch_record(&s, "native_id", "pq");
    cr_expect_str_eq(scratch_text(&s, r, "source_type"), "azurerm");
    cr_expect_str_eq(scratch_text(&s, r, "state_file"), "azurerm://acct/c/app/tfstateenv:p q");
    scratch_record(&s, "native_id", "default");
    scratch_record(&s, "native_id", "dev");
}

Test(azurerm, a_sas_goes_into_the_address)
{
    serve(HOST "/app/tfstate?sv=1&sig=x%3D", state("l0", "default"), NULL);
    serve(LIST "&sv=1&sig=x%3D", NOTHING, NULL);
    backend("{" NAMED ", sas_token: '?sv=1&sig=x%3D'}");
    collect();
    cr_expect_eq(s.fake.record_count, 1);
    cr_expect_eq(signed_count, 0);
}

Test(azurerm, keys_are_not_looked_up)
{
    backend("{" NAMED ", resource_group_name: rg}");
    collect();
    struct scratch_row row = scratch_row(&s, "app/tfstate");
    cr_expect(strstr(row.error, "listKeys"), "%s", row.error);
    cr_expect(strstr(row.hint, "ARM_USE_AZUREAD"), "%s", row.hint);
    cr_expect_eq(s.fake.requests.len, 0);
}

Test(azurerm, refusals_say_what_to_do)
{
    static const struct {
        int http;
        const char *code, *status, *error, *hint;
    } cases[] = {
        {404, "BlobNotFound", "skipped", "there is no state yet", ""},
        {404, "ContainerNotFound", "error", "no such container", "container_name"},
        {403, "AuthorizationPermissionMismatch", "denied", "access was denied", "Data Reader"},
        {403, "KeyBasedAuthenticationNotPermitted", "denied", "no access keys", "use_azuread_auth"},
        {403, "AuthenticationFailed", "denied", "the proof was refused", "access_key"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        teardown();
        setup();
        struct wgo_str body = wgo_str_format(
            &s.arena, "<?xml version=\"1.0\"?><Error><Code>%s</Code></Error>", cases[i].code);
        answer((struct fake_answer){.url = HOST "/app/tfstate",
                                    .http_status = cases[i].http,
                                    .body = wgo_str_cstr(&s.arena, body)});
        serve(LIST, NOTHING, NULL);
        backend("{" NAMED ", access_key: a2V5}");
        collect();
        struct scratch_row row = scratch_row(&s, "app/tfstate");
        cr_expect_str_eq(row.status, cases[i].status, "%s: %s", cases[i].code, row.status);
        cr_expect(strstr(row.error, cases[i].error), "%s: %s", cases[i].code, row.error);
        cr_expect(strstr(row.hint, cases[i].hint), "%s: %s", cases[i].code, row.hint);
    }
}
