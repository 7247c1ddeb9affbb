/* validate.c: one call of each server with each key. */
#include "rest/session.h"

#include "model/ratelimit.h"

#include <stdio.h>

/* `check`, else the path of the first list that needs nothing to be known. */
static struct wgo_str path_of(const struct wgo_rest *rest)
{
    const struct wgo_yaml *entries = wgo_yaml_get(rest->file.tree, "entries");
    if (rest->check.len > 0) {
        return rest->check;
    }
    for (const struct wgo_yaml *at = entries ? entries->first : NULL; at; at = at->next) {
        const struct wgo_yaml *request = wgo_yaml_get(at, "request");
        struct wgo_str path = wgo_yaml_text(request, "path");
        struct wgo_str method = wgo_yaml_text(request, "method");
        if (path.len > 0 && path.ptr[0] == '/' && wgo_str_find_char(path, '{') == path.len &&
            (method.len == 0 || wgo_str_is(method, "GET"))) {
            return path;
        }
    }
    return (struct wgo_str){0};
}

static void say(struct wgo_rest_session *session, wgo_finding_fn *each, void *state, unsigned lane,
                enum wgo_status status, const char *detail, const char *hint)
{
    const struct wgo_rest *rest = session->rest;
    const struct wgo_rest_auth *auth = &rest->auth;
    struct wgo_str base = rest->bases[lane / auth->key_count].name;
    struct wgo_finding finding = {.status = status};
    snprintf(finding.subject, sizeof(finding.subject),
             auth->kind == WGO_REST_AUTH_NONE ? "%.*s" : "%.*s, key %.*s", WGO_FMT(base),
             WGO_FMT(auth->keys[lane % auth->key_count].name));
    snprintf(finding.detail, sizeof(finding.detail), "%s", detail);
    snprintf(finding.hint, sizeof(finding.hint), "%s", hint);
    wgo_rest_scrub(session, finding.detail);
    each(state, &finding);
}

static enum wgo_status look(struct wgo_rest_session *session, const struct wgo_services *services,
                            unsigned lane, struct wgo_str path, wgo_finding_fn *each, void *state,
                            struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_response response;
    struct wgo_request request = {
        .method = "GET", .url = path, .operation = WGO_STR("check"), .lane = lane};
    char detail[512];
    wgo_response_init(&response);
    enum wgo_status status = wgo_rest_prepare(session, NULL, &arena, &request, err);
    if (status == WGO_OK) {
        status = services->fetch(services->engine, &request, &response, err);
    }
    if (status != WGO_OK) {
        say(session, each, state, lane, status, err->message, err->hint);
    } else {
        struct wgo_verdict verdict;
        struct wgo_wall now = wgo_clock_wall(services->clock);
        int64_t reset, left = wgo_ratelimit_left(&response, now, &reset);
        wgo_classify_http(&response, now, &verdict);
        status = verdict.kind == WGO_VERDICT_GOOD ? WGO_OK : verdict.status;
        snprintf(detail, sizeof(detail), left < 0 ? "%.*s: %s" : "%.*s: %s, %lld calls left",
                 WGO_FMT(path), status == WGO_OK ? "answers" : verdict.message, (long long)left);
        if (status != WGO_OK) {
            wgo_fail(err, status, "%s", verdict.message);
            wgo_rest_scrub(session, err->message);
        }
        say(session, each, state, lane, status, detail, verdict.hint);
    }
    wgo_response_fini(&response);
    wgo_arena_fini(&arena);
    return status;
}

enum wgo_status wgo_rest_validate(struct wgo_rest_session *session,
                                  const struct wgo_services *services, wgo_finding_fn *each,
                                  void *state, struct wgo_error *err)
{
    const struct wgo_rest *rest = session->rest;
    const struct wgo_rest_auth *auth = &rest->auth;
    struct wgo_str path = path_of(rest);
    enum wgo_status worst = WGO_OK;
    if (path.len == 0) {
        wgo_fail(err, WGO_E_CONFIG, "%s: no list can be asked for without knowing more",
                 rest->file.name);
        wgo_error_hint(err, "name a path under `api: check:`");
        return WGO_E_CONFIG;
    }
    if (wgo_rest_stale(session)) {
        enum wgo_status status = wgo_rest_refresh(session, err);
        if (status != WGO_OK) {
            return status;
        }
    }
    for (unsigned lane = 0; lane < rest->base_count * auth->key_count; lane++) {
        struct wgo_error why = {0};
        enum wgo_status status;
        if (wgo_rest_usable(session, lane % auth->key_count, &why)) {
            status = look(session, services, lane, path, each, state, err);
        } else {
            say(session, each, state, lane, why.status, why.message, why.hint);
            *err = why;
            status = why.status;
        }
        worst = status != WGO_OK ? status : worst;
    }
    return worst;
}
