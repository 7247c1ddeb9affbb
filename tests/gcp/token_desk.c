#include "token_desk.h"

#include <stdio.h>
#include <stdlib.h>

struct desk desk;

const char *desk_env(const char *name)
{
    bool metadata = strcmp(name, "GCE_METADATA_HOST") == 0;
    bool programs = strcmp(name, "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES") == 0;
    return metadata ? "127.0.0.1:99" : programs ? desk.allowed : NULL;
}

static enum wgo_status fetch(void *engine, const struct wgo_request *request,
                             struct wgo_response *out, struct wgo_error *why)
{
    (void)engine;
    unsigned at = desk.count++;
    wgo_buf_format(&desk.asked, "%s %.*s\n", request->method, WGO_FMT(request->url));
    for (unsigned i = 0; i < request->header_count; i++) {
        wgo_buf_format(&desk.asked, "%.*s: %.*s\n", WGO_FMT(request->headers[i].name),
                       WGO_FMT(request->headers[i].value));
    }
    wgo_buf_format(&desk.asked, "\n%.*s\n", WGO_FMT(request->body));
    desk.plain_http = request->endpoint->plain_http_allowed;
    if (desk.failure != WGO_OK) {
        return wgo_fail(why, desk.failure, "nobody answers");
    }
    while (at > 0 && (at >= MOST_ANSWERS || !desk.answers[at].body)) {
        at--;
    }
    wgo_response_init(out);
    out->status = WGO_OK;
    out->http_status = desk.answers[at].http_status ? desk.answers[at].http_status : 200;
    wgo_buf_cstr(&out->body, desk.answers[at].body);
    out->body_size = out->body.len;
    return WGO_OK;
}

static bool cancelled(void *engine)
{
    (void)engine;
    return false;
}

void desk_set_up(void)
{
    struct wgo_wall now;
    memset(&desk, 0, sizeof(desk));
    desk.answers[0].body = "{\"access_token\":\"of-google\",\"expires_in\":3599,"
                           "\"token_type\":\"Bearer\"}";
    cr_assert(wgo_wall_parse(WGO_STR("2026-02-01T12:00:00Z"), &now));
    wgo_clock_init_manual(&desk.clock, now);
    desk.services =
        (struct wgo_services){.clock = &desk.clock, .fetch = fetch, .cancelled = cancelled};
    snprintf(desk.home, sizeof(desk.home), "/tmp/wgo-gcp-XXXXXX");
    cr_assert_not_null(mkdtemp(desk.home));
}

void desk_tear_down(void)
{
    char command[128];
    wgo_gcp_config_free(desk.config);
    wgo_oauth2_token_fini(&desk.token);
    wgo_buf_fini(&desk.asked);
    wgo_arena_fini(&desk.arena);
    snprintf(command, sizeof(command), "rm -r '%s'", desk.home);
    cr_assert_eq(system(command), 0);
}

void desk_opens(const char *json)
{
    const struct wgo_gcp_wishes wishes = {.credentials = wgo_str(json)};
    wgo_gcp_config_free(desk.config);
    desk.config = NULL;
    enum wgo_status status = wgo_gcp_config_new(desk_env, &wishes, &desk.config, &desk.err);
    cr_assert_eq(status, WGO_OK, "%s", desk.err.message);
}

enum wgo_status desk_ask(void)
{
    wgo_buf_fini(&desk.asked);
    desk.count = 0;
    desk.err = (struct wgo_error){0};
    wgo_oauth2_token_fini(&desk.token);
    desk.token = (struct wgo_oauth2_token){.token_type = ""};
    return wgo_gcp_token(desk.config, desk_env, &desk.services, WGO_STR(WGO_GCP_SCOPE), &desk.token,
                         &desk.err);
}

void desk_gives(const char *expected)
{
    cr_assert_eq(desk_ask(), WGO_OK, "%s", desk.err.message);
    struct wgo_str got = wgo_secret_reveal(&desk.token.access_token);
    cr_assert(wgo_str_is(got, expected), "%.*s", WGO_FMT(got));
}

void desk_fails(enum wgo_status status, const char *message, const char *hint)
{
    enum wgo_status said = desk_ask();
    cr_assert_eq(said, status, "%s: %s", wgo_status_name(said), desk.err.message);
    cr_assert(strstr(desk.err.message, message), "%s", desk.err.message);
    cr_assert(strstr(desk.err.hint, hint), "%s", desk.err.hint);
    cr_assert_null(strstr(desk.err.message, "TOPSECRET"), "%s", desk.err.message);
    cr_assert_eq(desk.token.access_token.len, 0, "something was given out");
}

bool desk_sent(const char *text)
{
    return wgo_str_find(wgo_buf_view(&desk.asked), wgo_str(text)) < desk.asked.len;
}

const char *desk_put(const char *name, const char *text, mode_t mode)
{
    const char *path = wgo_str_format(&desk.arena, "%s/%s", desk.home, name).ptr;
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
    cr_assert_eq(chmod(path, mode), 0);
    return path;
}
