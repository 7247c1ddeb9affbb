/* The signer as others see it, who know nothing of Google Cloud but the names of settings and
 * facts. */
#include "auth/registry.h"
#include "gcp/signer.h"

#include <criterion/criterion.h>
#include <stdio.h>

static const char *variables[8][2];
static size_t variable_count;
static char asked[512]; /* the last URL */
static struct wgo_auth_registry *registry;
static struct wgo_arena arena;
static struct wgo_error error;

static const char *fake_env(const char *name)
{
    for (size_t i = 0; i < variable_count; i++) {
        if (strcmp(variables[i][0], name) == 0) {
            return variables[i][1];
        }
    }
    return NULL;
}

static void set(const char *name, const char *value)
{
    variables[variable_count][0] = name;
    variables[variable_count++][1] = value;
}

static struct wgo_gcp_signer_context context = {.getenv = fake_env};

static void set_up(void)
{
    variable_count = 0;
    asked[0] = '\0';
    cr_assert_eq(wgo_auth_registry_new(&registry), WGO_OK);
    cr_assert_eq(wgo_auth_register(registry, &wgo_gcp_signer, &context, NULL), WGO_OK);
}

static void tear_down(void)
{
    wgo_auth_registry_free(registry);
    wgo_arena_fini(&arena);
}

TestSuite(signer, .init = set_up, .fini = tear_down);

static struct wgo_signer *open_with(const char *name, const char *value)
{
    struct wgo_signer *signer = NULL;
    const struct wgo_signer_setting settings[] = {{wgo_str(name), wgo_str(value)}};
    enum wgo_status status =
        wgo_auth_signer(registry, WGO_STR("gcp"), settings, 1, &signer, &error);
    cr_assert_eq(status, WGO_OK, "%s", error.message);
    return signer;
}

static const char *fact(struct wgo_signer *signer, const char *name)
{
    return wgo_str_cstr(&arena, wgo_signer_said(signer, name, &arena));
}

/* ---- where services are ---- */

Test(signer, says_where_a_service_is)
{
    struct wgo_signer *signer = open_with("access_token", "t");
    cr_expect_str_eq(fact(signer, "url/storage"), "https://storage.googleapis.com");
    cr_expect_str_eq(fact(signer, "bare/storage"), "");
    cr_expect_str_eq(fact(signer, "url/"), "");
    cr_expect_str_eq(fact(signer, "elsewhere/storage"), "");
    set("WGO_GCP_ENDPOINT", "http://127.0.0.1:1/{service}/");
    cr_expect_str_eq(fact(signer, "url/storage"), "http://127.0.0.1:1/storage");
    set("STORAGE_EMULATOR_HOST", "127.0.0.1:2");
    cr_expect_str_eq(fact(signer, "url/storage"), "http://127.0.0.1:2");
    cr_expect_str_eq(fact(signer, "bare/storage"), "true");
    set("WGO_GCP_ENDPOINT_STORAGE", "http://127.0.0.1:3");
    cr_expect_str_eq(fact(signer, "url/storage"), "http://127.0.0.1:3");
    cr_expect_str_eq(fact(signer, "bare/storage"), "");
}

/* ---- which scope ---- */

static enum wgo_status fake_fetch(void *engine, const struct wgo_request *request,
                                  struct wgo_response *out_response, struct wgo_error *err)
{
    (void)engine;
    (void)err;
    snprintf(asked, sizeof(asked), "%.*s", WGO_FMT(request->url));
    wgo_response_init(out_response);
    out_response->http_status = 200;
    wgo_buf_cstr(&out_response->body,
                 "{\"access_token\":\"t\",\"expires_in\":3600,\"token_type\":\"Bearer\"}");
    return WGO_OK;
}

Test(signer, asks_for_the_scope_that_is_wanted)
{
    static const struct {
        const char *said, *wanted;
    } cases[] = {
        {"storage", "?scopes=https://www.googleapis.com/auth/devstorage.read_only"},
        {"read-only", "?scopes=https://www.googleapis.com/auth/cloud-platform.read-only"},
        {"whole", "?scopes=https://www.googleapis.com/auth/cloud-platform"},
    };
    const struct wgo_services services = {.clock = wgo_clock_system(), .fetch = fake_fetch};
    set("GCE_METADATA_HOST", "127.0.0.1:9");
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_signer *signer = open_with("scope", cases[i].said);
        cr_assert_eq(wgo_signer_refresh(signer, &services, &error), WGO_OK, "%s", error.message);
        cr_expect(wgo_str_ends(wgo_str(asked), wgo_str(cases[i].wanted)), "%s", asked);
    }
}
