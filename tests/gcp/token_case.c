#include "token_case.h"

struct token_case token_case;

void case_set_up(void)
{
    desk_open("{\"access_token\":\"of-google\",\"expires_in\":3599,\"token_type\":\"Bearer\"}");
    desk_set("GCE_METADATA_HOST", "127.0.0.1:99");
}

void case_tear_down(void)
{
    wgo_gcp_config_free(token_case.config);
    wgo_oauth2_token_fini(&token_case.token);
    wgo_arena_fini(&token_case.arena);
    desk_close();
}

void case_opens(const char *json)
{
    const struct wgo_gcp_wishes wishes = {.credentials = wgo_str(json)};
    struct token_case *t = &token_case;
    wgo_gcp_config_free(t->config);
    t->config = NULL;
    enum wgo_status status = wgo_gcp_config_new(desk_env, &wishes, &t->config, &t->err);
    cr_assert_eq(status, WGO_OK, "%s", t->err.message);
}

enum wgo_status case_ask(void)
{
    struct token_case *t = &token_case;
    wgo_buf_fini(&desk.asked);
    desk.count = 0;
    t->err = (struct wgo_error){0};
    wgo_oauth2_token_fini(&t->token);
    t->token = (struct wgo_oauth2_token){.token_type = ""};
    return wgo_gcp_token(t->config, desk_env, &desk.services, WGO_STR(WGO_GCP_SCOPE), &t->token,
                         &t->err);
}

void case_gives(const char *expected)
{
    cr_assert_eq(case_ask(), WGO_OK, "%s", token_case.err.message);
    struct wgo_str got = wgo_secret_reveal(&token_case.token.access_token);
    cr_assert(wgo_str_is(got, expected), "%.*s", WGO_FMT(got));
}

void case_fails(enum wgo_status status, const char *message, const char *hint)
{
    const struct wgo_error *err = &token_case.err;
    enum wgo_status said = case_ask();
    cr_assert_eq(said, status, "%s: %s", wgo_status_name(said), err->message);
    cr_assert(strstr(err->message, message), "%s", err->message);
    cr_assert(strstr(err->hint, hint), "%s", err->hint);
    cr_assert_null(strstr(err->message, "TOPSECRET"), "%s", err->message);
    cr_assert_eq(token_case.token.access_token.len, 0, "something was given out");
}

bool case_sent(const char *text)
{
    return wgo_str_find(wgo_buf_view(&desk.asked), wgo_str(text)) < desk.asked.len;
}
