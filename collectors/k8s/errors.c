/* errors.c: what an API server's refusals mean, and what is no answer though it looks like one.
 *
 * Source: kubernetes.io/docs/reference/using-api/api-concepts (410 and continue tokens), and the
 * Status document that comes with every refusal. */
#include "base/json.h"
#include "k8s/cluster.h"

#include <stdio.h>

static void hint(struct wgo_verdict *verdict, const char *text)
{
    snprintf(verdict->hint, sizeof(verdict->hint), "%s", text);
}

static bool is(const struct wgo_task *task, const char *entry)
{
    return wgo_str_is(task->entry, entry);
}

/* The server's fresh token in a 410's Status, or nothing. */
static struct wgo_str fresh_token(const struct wgo_response *response)
{
    struct wgo_str body = wgo_buf_view(&response->body);
    if (wgo_json_check(body, NULL) != WGO_OK) {
        return (struct wgo_str){0};
    }
    struct wgo_str raw = wgo_json_get(body, WGO_STR("metadata.continue"));
    if (wgo_json_kind_of(raw) != WGO_JSON_STRING || raw.len < 2) {
        return (struct wgo_str){0};
    }
    struct wgo_str token = wgo_str_slice(raw, 1, raw.len - 1);
    /* Tokens are base64. One with escapes would have to be decoded: better begin anew. */
    return wgo_str_find_char(token, '\\') < token.len ? (struct wgo_str){0} : token;
}

static void refused(struct wgo_kube_cluster *cluster, const struct wgo_response *response,
                    struct wgo_verdict *out)
{
    const struct wgo_kube_context *context = cluster->context;
    int64_t age_ns = response->queued_ns + response->total_ns;
    if (wgo_kube_credentials_refused(&cluster->credentials, age_ns)) {
        out->kind = WGO_VERDICT_REFRESH;
    }
    out->status = WGO_E_AUTH;
    if (context->withheld) {
        hint(out, "the server is plain http, so no credentials were sent; use https");
    } else {
        hint(out, "the server does not know these credentials; log in again, then try `kubectl "
                  "auth whoami`");
    }
}

static void forbidden(const struct wgo_task *task, struct wgo_verdict *out)
{
    struct wgo_str in = wgo_task_var(task, WGO_STR("in_namespace"));
    bool step =
        is(task, "cluster") || is(task, "namespaces") || is(task, "rules") || is(task, "schemas");
    bool cluster_wide =
        wgo_str_is(wgo_task_var(task, WGO_STR("namespaced")), "true") && in.len == 0;
    if (step || cluster_wide) {
        out->kind = WGO_VERDICT_FALLBACK;
    } else if (in.len > 0) {
        char said[sizeof(out->message)];
        memcpy(said, out->message, sizeof(said));
        snprintf(out->message, sizeof(out->message), "in namespace %.*s: %.320s",
                 WGO_FMT(wgo_str_slice(in, 0, 63)), said);
    }
    hint(out, "ask for a role with the verb list on it; `kubectl auth can-i --list` shows what you "
              "have");
}

/* What is not there, or not in this form. */
static void absent(const struct wgo_task *task, struct wgo_verdict *out)
{
    if (is(task, "cluster") || is(task, "rules") || is(task, "schemas")) {
        out->kind = WGO_VERDICT_FALLBACK;
        return;
    }
    out->kind = WGO_VERDICT_FAILED;
    out->status = WGO_E_UNAVAILABLE;
    if (task->type.len > 0) {
        hint(out, "discovery offered it a moment ago; it may have been removed since");
    }
}

/* A part of a list that was read before, at that list's moment; see changes.c. */
static bool is_of_moment(const struct wgo_task *task)
{
    return task->alone || wgo_task_var(task, WGO_STR("at")).len > 0;
}

/* Who may not watch, or cannot, may still list; a watch that has nothing to say is empty. */
static bool leads_to_list(const struct wgo_response *response)
{
    int status = response->http_status;
    return response->status != WGO_OK || response->body_size == 0 ||
           (status >= 400 && status != 401 && status != 429);
}

void wgo_kube_classify(struct wgo_kube_cluster *cluster, const struct wgo_task *task,
                       const struct wgo_response *response, struct wgo_verdict *out)
{
    wgo_classify_http(response, wgo_clock_wall(cluster->collector->services->clock), out);
    if (is(task, "watch") && leads_to_list(response)) {
        out->kind = WGO_VERDICT_FALLBACK;
        return;
    }
    if (response->status != WGO_OK) {
        return;
    }
    switch (response->http_status) {
    case 401:
        refused(cluster, response, out);
        break;
    case 403:
        forbidden(task, out);
        break;
    case 404:
    case 405:
        absent(task, out);
        break;
    case 406:
    case 415:
        if (is(task, "discovery") || is(task, "schemas") || is(task, WGO_KUBE_CHANGES)) {
            out->kind = WGO_VERDICT_FALLBACK;
        }
        break;
    case 400:
    case 410:
        if (is_of_moment(task) && (task->alone || task->token.len == 0)) {
            out->kind = WGO_VERDICT_FALLBACK;
        } else if (task->token.len > 0) {
            out->kind = WGO_VERDICT_RESTART;
            out->status = WGO_E_EXPIRED;
            out->token = response->http_status == 410 ? fresh_token(response) : (struct wgo_str){0};
        }
        break;
    case 503:
        if (out->kind == WGO_VERDICT_RETRY) {
            out->status = WGO_E_UNAVAILABLE;
            hint(out, "`kubectl get apiservices` shows aggregated APIs that are down");
        }
        break;
    default:
        break;
    }
}

/* ---- answers of 200 that are no lists ---- */

/* Whether the checked object has a member 'items', whatever is in it, or calls itself a list: a
 * server that somebody else wrote may leave out what is empty. */
static bool is_list(struct wgo_str document, struct wgo_arena *arena)
{
    struct wgo_json json;
    struct wgo_str name, value;
    bool list = false;
    wgo_json_init(&json, document);
    wgo_json_enter_object(&json);
    while (!list && wgo_json_next_member(&json, &name)) {
        struct wgo_str quoted = {name.ptr - 1, name.len + 2};
        struct wgo_str member = wgo_json_text(quoted, arena);
        list = wgo_str_is(member, "items");
        if (!list && wgo_json_skip(&json, &value) && wgo_str_is(member, "kind")) {
            list = wgo_str_ends(wgo_json_text(value, arena), WGO_STR("List"));
        }
    }
    return list;
}

enum wgo_status wgo_kube_is_list(struct wgo_str document, struct wgo_arena *arena,
                                 struct wgo_error *err)
{
    return is_list(document, arena)
               ? WGO_OK
               : wgo_fail(err, WGO_E_SERVER, "the answer has no list at \"items\"");
}
