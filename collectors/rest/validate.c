/* validate.c: one call of each server with each key. */
#include "rest/session.h"

#include "model/ratelimit.h"

#include <stdio.h>

/* ---- what is asked ---- */

static bool has_holes(struct wgo_str text)
{
    return wgo_str_find_char(text, '{') < text.len || wgo_str_find_char(text, '}') < text.len;
}

/* The parameters of 'query' that need nothing to be known, but for those that 'nearer' has. */
static void put_query(struct wgo_buf *out, const struct wgo_yaml *query,
                      const struct wgo_yaml *nearer, struct wgo_arena *arena)
{
    for (const struct wgo_yaml *at = query ? query->first : NULL; at; at = at->next) {
        const char *name = wgo_str_cstr(arena, at->key);
        bool again = !name || (nearer && wgo_yaml_get(nearer, name));
        if (at->kind == WGO_YAML_SCALAR && at->text.len > 0 && !has_holes(at->text) && !again) {
            struct wgo_str so_far = wgo_buf_view(out);
            wgo_buf_char(out, wgo_str_find_char(so_far, '?') < so_far.len ? '&' : '?');
            wgo_buf_str(out, at->key);
            wgo_buf_char(out, '=');
            wgo_url_escape(out, at->text, WGO_URL_VALUE);
        }
    }
}

static enum wgo_status put_headers(struct wgo_request *request, const struct wgo_yaml *headers)
{
    enum wgo_status status = WGO_OK;
    for (const struct wgo_yaml *at = headers ? headers->first : NULL; at && status == WGO_OK;
         at = at->next) {
        if (at->kind == WGO_YAML_SCALAR && at->text.len > 0 && !has_holes(at->text)) {
            status = wgo_request_header(request, at->key, at->text);
        }
    }
    return status;
}

/* The first list that needs nothing to be known; NULL when there is none. */
static const struct wgo_yaml *first_list(const struct wgo_rest *rest)
{
    const struct wgo_yaml *entries = wgo_yaml_get(rest->file.tree, "entries");
    for (const struct wgo_yaml *at = entries ? entries->first : NULL; at; at = at->next) {
        const struct wgo_yaml *request = wgo_yaml_get(at, "request");
        struct wgo_str path = wgo_yaml_text(request, "path");
        struct wgo_str method = wgo_yaml_text(request, "method");
        if (path.len > 0 && path.ptr[0] == '/' && !has_holes(path) &&
            (method.len == 0 || wgo_str_is(method, "GET"))) {
            return request;
        }
    }
    return NULL;
}

/* `check`, else that list. */
static enum wgo_status ask_for(const struct wgo_rest *rest, struct wgo_arena *arena,
                               struct wgo_request *request, struct wgo_error *err)
{
    const struct wgo_yaml *list = rest->check.len > 0 ? NULL : first_list(rest);
    const struct wgo_yaml *defaults =
        wgo_yaml_get(wgo_yaml_get(rest->file.tree, "defaults"), "request");
    struct wgo_buf url = {0};
    enum wgo_status status = WGO_OK;
    wgo_url_escape(&url, list ? wgo_yaml_text(list, "path") : rest->check, WGO_URL_TARGET);
    if (list) {
        const struct wgo_yaml *query = wgo_yaml_get(list, "query");
        put_query(&url, query, NULL, arena);
        put_query(&url, wgo_yaml_get(defaults, "query"), query, arena);
        status = put_headers(request, wgo_yaml_get(list, "headers"));
    }
    request->url = wgo_str_dup(arena, wgo_buf_view(&url));
    bool good = url.failed == WGO_OK && (request->url.ptr || url.len == 0);
    wgo_buf_fini(&url);
    return good ? status : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* ---- asking ---- */

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
                            unsigned lane, wgo_finding_fn *each, void *state, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_str path = {0};
    struct wgo_response response;
    struct wgo_request request = {.method = "GET", .operation = WGO_STR("check"), .lane = lane};
    char detail[512];
    wgo_response_init(&response);
    enum wgo_status status = ask_for(session->rest, &arena, &request, err);
    path = wgo_str_slice(request.url, 0, wgo_str_find_char(request.url, '?'));
    if (status == WGO_OK) {
        status = wgo_rest_prepare(session, NULL, &arena, &request, err);
    }
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
    enum wgo_status worst = WGO_OK;
    if (rest->check.len == 0 && !first_list(rest)) {
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
            status = look(session, services, lane, each, state, err);
        } else {
            say(session, each, state, lane, why.status, why.message, why.hint);
            *err = why;
            status = why.status;
        }
        worst = status != WGO_OK ? status : worst;
    }
    return worst;
}
