/* classify.c: what an answer of Azure means. */
#include "azure/error_answer.h"
#include "azure/session.h"

#include <stdio.h>

enum meaning {
    MEANS_NOTHING,
    MEANS_ABSENT,
    MEANS_DENIED,
    MEANS_SKIPPED,
    MEANS_STALE,
    MEANS_VERSION,
    MEANS_OFFERED,
    MEANS_CLOSED,
    MEANS_RETRY,
    MEANS_RESTART,
};

static const struct {
    const char *code;
    enum meaning meaning;
} CODES[] = {
#define WGO_AZURE_CODE(code, meaning) {#code, MEANS_##meaning},
#include "azure/codes.def"
#undef WGO_AZURE_CODE
};

static enum meaning meaning_of(const char *code)
{
    for (size_t i = 0; i < WGO_COUNT(CODES); i++) {
        if (strcmp(CODES[i].code, code) == 0) {
            return CODES[i].meaning;
        }
    }
    return MEANS_NOTHING;
}

static void hint(struct wgo_verdict *out, const char *text)
{
    snprintf(out->hint, sizeof(out->hint), "%s", text);
}

static bool is_absent(const struct wgo_entry_view *entry, const char *code)
{
    return entry && wgo_str_list_has(&entry->absent, wgo_str(code));
}

/* ---- what is left of a quota ---- */

/* Whole numbers of headers; -1 when there is none. */
static double number_at(const struct wgo_response *response, const char *header)
{
    uint64_t left = 0;
    return wgo_str_to_u64(wgo_response_header(response, header), &left) ? (double)left : -1;
}

/* The least of what the headers tell. Azure's own numbers are those of one of its front ends, so
 * what counts for all of a subscription is less telling than what is ours. */
static void read_left(const struct wgo_response *response, struct wgo_verdict *out)
{
    static const char *const headers[] = {
        "x-ms-ratelimit-remaining-subscription-reads",
        "x-ms-ratelimit-remaining-subscription-global-reads",
        "x-ms-ratelimit-remaining-tenant-reads",
    };
    double quota = number_at(response, "x-ms-user-quota-remaining");
    out->left = -1;
    out->left_reset_ns = -1;
    if (quota >= 0) {
        int64_t reset_ns = -1;
        out->left = quota;
        if (wgo_azure_read_span(wgo_response_header(response, "x-ms-user-quota-resets-after"),
                                &reset_ns)) {
            out->left_reset_ns = reset_ns;
        }
        return;
    }
    for (size_t i = 0; i < WGO_COUNT(headers); i++) {
        double left = number_at(response, headers[i]);
        if (left >= 0 && (out->left < 0 || left < out->left)) {
            out->left = left;
        }
    }
}

/* Answers say in whole seconds, rounded up, when the quota comes back: the least of what those of
 * one window say is nearer to the truth. */
static int64_t window_left(struct wgo_azure *azure, struct wgo_azure_login *login, int64_t said_ns)
{
    struct wgo_mono now = wgo_clock_mono(azure->services->clock);
    struct wgo_mono end = wgo_mono_add(now, said_ns);
    wgo_lock_acquire(&azure->lock);
    bool passed = !wgo_mono_before(now, login->window_end);
    if (passed || wgo_mono_before(end, login->window_end)) {
        login->window_end = end;
    }
    int64_t left_ns = wgo_mono_sub(login->window_end, now);
    wgo_lock_release(&azure->lock);
    return left_ns;
}

/* ---- refusals ---- */

static void denied(const struct wgo_entry_view *entry, const struct wgo_azure_error *error,
                   struct wgo_verdict *out)
{
    struct wgo_str action = wgo_azure_refused_action(wgo_str(error->message));
    action = action.len > 0 ? action : entry ? entry->permission : action;
    out->kind = WGO_VERDICT_FAILED;
    out->status = WGO_E_DENIED;
    if (action.len > 0) {
        snprintf(out->hint, sizeof(out->hint), "needs %.*s; wgo permissions azure prints a role",
                 WGO_FMT(wgo_str_slice(action, 0, 150)));
    }
}

/* A continuous access evaluation: the token is good, but not any more here. */
static bool is_challenged(const struct wgo_response *response)
{
    struct wgo_str challenge = wgo_response_header(response, "www-authenticate");
    return wgo_str_find(challenge, WGO_STR("claims=")) < challenge.len ||
           wgo_str_find(challenge, WGO_STR("insufficient_claims")) < challenge.len;
}

static void refused_token(const struct wgo_response *response, struct wgo_verdict *out)
{
    out->kind = WGO_VERDICT_REFRESH;
    out->status = WGO_E_AUTH;
    if (is_challenged(response)) {
        hint(out, "the tenant asks for a new login (continuous access evaluation): az logout, az "
                  "login, or a policy that knows where this machine is");
    } else {
        hint(out, "wgo validate --provider azure says whose token it is, and of which tenant");
    }
}

/* Asked with 'version' it was refused: the message names it before it lists those there are. */
static bool was_asked_with(struct wgo_str message, struct wgo_str version)
{
    size_t list = wgo_str_find(message, WGO_STR("supported"));
    struct wgo_str head = wgo_str_slice(message, 0, list);
    return wgo_str_find(head, version) < head.len;
}

/* 'otherwise' is what it is when there is no other version to ask with. */
static void other_version(struct wgo_azure *azure, const struct wgo_task *task,
                          const struct wgo_azure_error *error, enum wgo_status otherwise,
                          struct wgo_verdict *out)
{
    struct wgo_str message = wgo_str(error->message);
    struct wgo_str version = wgo_azure_version_offered(message);
    bool other = version.len > 0 && !was_asked_with(message, version);
    if (other) {
        wgo_azure_version_correct(azure, task, version);
    }
    /* Perhaps it was learnt from another call while this one was out. The server is well: to begin
     * anew is no failure of its. */
    other = other && wgo_str_eq(wgo_azure_version_corrected(azure, task), version);
    out->kind = other ? WGO_VERDICT_RESTART : WGO_VERDICT_FAILED;
    out->status = other ? WGO_E_EXPIRED : otherwise;
}

static void apply(struct wgo_azure *azure, const struct wgo_task *task,
                  const struct wgo_entry_view *entry, const struct wgo_response *response,
                  const struct wgo_azure_error *error, struct wgo_verdict *out)
{
    enum meaning meaning = meaning_of(error->code);
    meaning = meaning == MEANS_NOTHING ? meaning_of(error->detail_code) : meaning;
    if (error->code[0]) {
        snprintf(out->message, sizeof(out->message), "%.90s%s%.290s", error->code,
                 error->message[0] ? ": " : "", error->message);
    }
    if (meaning == MEANS_NOTHING && response->http_status == 401) {
        meaning = MEANS_STALE;
    } else if (meaning == MEANS_NOTHING && response->http_status == 403) {
        meaning = MEANS_DENIED;
    }
    switch (meaning) {
    case MEANS_ABSENT: {
        /* A list of a subscription is never absent: only what was there before may be gone. */
        bool below = entry && (entry->is_child || wgo_str_is(entry->name, "session.object"));
        out->kind = below ? WGO_VERDICT_NONE : WGO_VERDICT_FAILED;
        out->status = below ? WGO_OK : WGO_E_REJECTED;
        break;
    }
    case MEANS_DENIED:
        denied(entry, error, out);
        break;
    case MEANS_SKIPPED:
        out->kind = WGO_VERDICT_FAILED;
        out->status = WGO_E_SKIPPED;
        break;
    case MEANS_STALE:
        refused_token(response, out);
        break;
    case MEANS_VERSION:
        other_version(azure, task, error, WGO_E_REJECTED, out);
        break;
    case MEANS_OFFERED:
        other_version(azure, task, error, WGO_E_SKIPPED, out);
        break;
    case MEANS_CLOSED:
        out->kind = WGO_VERDICT_FAILED;
        out->status = WGO_E_DENIED;
        hint(out, "the subscription is disabled, deleted or of another tenant (--tenant-id)");
        break;
    case MEANS_RETRY:
        out->kind = WGO_VERDICT_RETRY;
        out->status = WGO_E_SERVER;
        break;
    case MEANS_RESTART:
        out->kind = task->token.len > 0 ? WGO_VERDICT_RESTART : WGO_VERDICT_FAILED;
        out->status = task->token.len > 0 ? WGO_E_EXPIRED : WGO_E_REJECTED;
        break;
    case MEANS_NOTHING:
        break;
    }
}

/* ---- answers of 200 ---- */

/* Lists are always there, empty ones too: of Resource Manager at "value", of Resource Graph at
 * "data", whether the entry says so or a decoder knows. */
static bool is_listless(const struct wgo_entry_view *entry, const struct wgo_response *response,
                        struct wgo_verdict *out)
{
    struct wgo_str items = entry ? entry->items : WGO_STR(".");
    bool graph = entry && wgo_str_is(entry->service, "graph");
    return !wgo_str_is(items, ".") &&
           wgo_classify_listless(response, graph ? WGO_STR("data") : WGO_STR("value"), out);
}

/* An error in place of a list, or no list. */
static bool is_no_list(const struct wgo_entry_view *entry, const struct wgo_response *response,
                       struct wgo_verdict *out)
{
    return wgo_classify_instead(response, entry ? entry->items : (struct wgo_str){0}, 0, out) ||
           is_listless(entry, response, out);
}

void wgo_azure_classify(struct wgo_azure *azure, const struct wgo_task *task,
                        const struct wgo_response *response, struct wgo_verdict *out)
{
    const struct wgo_entry_view *entry =
        azure->services->entry(azure->services->engine, task->entry);
    bool graph = entry && wgo_str_is(entry->service, "graph");
    unsigned out_there = graph ? atomic_fetch_sub(&azure->queries_out, 1) - 1 : 0;
    wgo_classify_http(response, wgo_clock_wall(azure->services->clock), out);
    if (response->status != WGO_OK) {
        return;
    }
    read_left(response, out);
    if (graph && out->left >= 0) { /* what is on its way will be taken from it */
        out->left = out->left > out_there ? out->left - out_there : 0;
    }
    struct wgo_azure_login *login = graph ? wgo_azure_task_login(azure, task) : NULL;
    if (login && out->left_reset_ns > 0) {
        out->left_reset_ns = window_left(azure, login, out->left_reset_ns);
    }
    if (response->http_status == 204) { /* the list is there, and empty */
        out->kind = WGO_VERDICT_NONE;
        out->status = WGO_OK;
        return;
    }
    if (out->kind == WGO_VERDICT_GOOD && !is_no_list(entry, response, out)) {
        return;
    }
    struct wgo_azure_error error;
    wgo_azure_error_read(wgo_buf_view(&response->body), &error);
    if (is_absent(entry, error.code)) {
        out->kind = WGO_VERDICT_NONE;
        out->status = WGO_OK;
    } else if (response->http_status == 429) {
        /* Resource Graph says when its quota comes back, and nothing else. */
        if (out->retry_after_ns < 0 && out->left_reset_ns > 0) {
            out->retry_after_ns = out->left_reset_ns;
        }
        if (error.code[0]) {
            snprintf(out->message, sizeof(out->message), "%.90s: %.290s", error.code,
                     error.message);
        }
    } else {
        apply(azure, task, entry, response, &error, out);
    }
}
