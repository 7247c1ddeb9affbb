/* classify.c: what an answer of Google's means. */
#include "gcp/error_answer.h"
#include "gcp/session.h"

#include "base/json.h"

#include <stdio.h>

enum meaning {
    MEANS_NOTHING,
    MEANS_THROTTLED,
    MEANS_SKIPPED,
    MEANS_OFF,
    MEANS_DENIED,
    MEANS_STALE,
    MEANS_ABSENT,
};

static const struct {
    const char *reason;
    enum meaning meaning;
} CODES[] = {
#define WGO_GCP_CODE(reason, meaning) {#reason, MEANS_##meaning},
#include "gcp/codes.def"
#undef WGO_GCP_CODE
};

static enum meaning meaning_of(const char *reason)
{
    for (size_t i = 0; i < WGO_COUNT(CODES); i++) {
        if (strcmp(CODES[i].reason, reason) == 0) {
            return CODES[i].meaning;
        }
    }
    return MEANS_NOTHING;
}

static bool is_absent(const struct wgo_entry_view *entry, const struct wgo_gcp_error *error)
{
    return entry && (wgo_str_list_has(&entry->absent, wgo_str(error->reason)) ||
                     wgo_str_list_has(&entry->absent, wgo_str(error->status)));
}

/* Whether what is off is off in the project that is read, so that there is nothing there. Google
 * asks for the services of the project that a call is charged to, which is the credentials' own
 * more often than not, and says nothing then of an organisation, or of another project. */
static bool is_off_there(struct wgo_gcp *gcp, const struct wgo_task *task,
                         const struct wgo_entry_view *entry, const struct wgo_gcp_error *error)
{
    const struct wgo_gcp_project *project = wgo_gcp_project_find(gcp, task->account);
    struct wgo_str consumer = wgo_str(error->consumer);
    bool same = project && (consumer.len == 0 || wgo_str_eq(project->number, consumer) ||
                            wgo_str_eq(project->id, consumer));
    return same || (project && entry && !wgo_gcp_service_is_on(gcp, project->id, entry->service));
}

static void hint_for(const struct wgo_entry_view *entry, const struct wgo_gcp_error *error,
                     struct wgo_verdict *out)
{
    if (strcmp(error->reason, "SECURITY_POLICY_VIOLATED") == 0) {
        snprintf(out->hint, sizeof(out->hint),
                 "a VPC Service Controls perimeter keeps this machine out");
    } else if (strcmp(error->reason, "USER_PROJECT_DENIED") == 0) {
        snprintf(out->hint, sizeof(out->hint),
                 "the quota project wants roles/serviceusage.serviceUsageConsumer, or name another "
                 "in GOOGLE_CLOUD_QUOTA_PROJECT");
    } else if (meaning_of(error->reason) == MEANS_OFF) {
        snprintf(out->hint, sizeof(out->hint),
                 "calls are charged to that project: switch the API on there, or name another one "
                 "in GOOGLE_CLOUD_QUOTA_PROJECT");
    } else if (error->permission[0] || (entry && entry->permission.len > 0)) {
        snprintf(
            out->hint, sizeof(out->hint), "grant %.*s",
            WGO_FMT(wgo_str_slice(
                error->permission[0] ? wgo_str(error->permission) : entry->permission, 0, 120)));
    }
}

/* A database server that its owner has stopped, or that is still being made: what is in it is
 * there, and cannot be read. Its reason is that of any request that is wrong. */
static bool is_stopped(const struct wgo_gcp_error *error)
{
    return strcmp(error->reason, "invalid") == 0 &&
           strstr(error->message, "instance is not running") != NULL;
}

static void apply(struct wgo_gcp *gcp, const struct wgo_task *task,
                  const struct wgo_entry_view *entry, const struct wgo_gcp_error *error,
                  int http_status, struct wgo_verdict *out)
{
    enum meaning meaning = meaning_of(error->reason);
    meaning = meaning == MEANS_NOTHING ? meaning_of(error->status) : meaning;
    if (meaning == MEANS_OFF) {
        meaning = is_off_there(gcp, task, entry, error) ? MEANS_SKIPPED : MEANS_DENIED;
    }
    if (is_stopped(error)) {
        meaning = MEANS_SKIPPED;
    }
    if (meaning == MEANS_NOTHING) {
        meaning = http_status == 401   ? MEANS_STALE
                  : http_status == 403 ? MEANS_DENIED
                  : http_status == 404 ? MEANS_ABSENT
                                       : MEANS_NOTHING;
    }
    if (error->message[0]) {
        snprintf(out->message, sizeof(out->message), "%s%s%s",
                 error->status[0] ? error->status : error->reason,
                 error->status[0] || error->reason[0] ? ": " : "", error->message);
    }
    switch (meaning) {
    case MEANS_THROTTLED:
        out->kind = WGO_VERDICT_THROTTLED;
        out->status = WGO_E_THROTTLED;
        break;
    case MEANS_SKIPPED:
        out->kind = WGO_VERDICT_FAILED;
        out->status = WGO_E_SKIPPED;
        break;
    case MEANS_DENIED:
        out->kind = WGO_VERDICT_FAILED;
        out->status = WGO_E_DENIED;
        hint_for(entry, error, out);
        break;
    case MEANS_STALE:
        out->kind = WGO_VERDICT_REFRESH;
        out->status = WGO_E_AUTH;
        break;
    case MEANS_ABSENT:
        /* What was there when its parent was listed may be gone. */
        out->kind = entry && entry->is_child ? WGO_VERDICT_NONE : WGO_VERDICT_FAILED;
        out->status = entry && entry->is_child ? WGO_OK : WGO_E_REJECTED;
        break;
    case MEANS_OFF: /* one of the others by now */
    case MEANS_NOTHING:
        break;
    }
}

/* An error that came with 200 means what it would with its own status. True: there is one. */
static bool is_problem(const struct wgo_entry_view *entry, const struct wgo_response *response,
                       struct wgo_wall now, int *out_http_status, struct wgo_verdict *out)
{
    if (!wgo_classify_instead(response, entry ? entry->items : (struct wgo_str){0}, 0, out)) {
        return false;
    }
    struct wgo_response own = *response;
    struct wgo_verdict verdict;
    uint64_t code = 0;
    struct wgo_str raw = wgo_json_get(wgo_buf_view(&response->body), WGO_STR("error.code"));
    if (wgo_str_to_u64(raw, &code) && code >= 400 && code < 600) {
        *out_http_status = own.http_status = (int)code;
        wgo_classify_http(&own, now, &verdict);
        out->kind = verdict.kind;
        out->status = verdict.status;
        out->retry_after_ns = verdict.retry_after_ns;
    }
    return true;
}

void wgo_gcp_classify(struct wgo_gcp *gcp, const struct wgo_task *task,
                      const struct wgo_response *response, struct wgo_verdict *out)
{
    const struct wgo_entry_view *entry = gcp->services->entry(gcp->services->engine, task->entry);
    struct wgo_wall now = wgo_clock_wall(gcp->services->clock);
    int http_status = response->http_status;
    struct wgo_gcp_error error;
    wgo_classify_http(response, now, out);
    if (response->status != WGO_OK ||
        (out->kind == WGO_VERDICT_GOOD && !is_problem(entry, response, now, &http_status, out))) {
        return;
    }
    if (out->kind == WGO_VERDICT_RETRY) {
        return;
    }
    wgo_gcp_error_read(wgo_buf_view(&response->body), &error);
    if (is_absent(entry, &error)) {
        out->kind = WGO_VERDICT_NONE;
        out->status = WGO_OK;
    } else if (out->kind == WGO_VERDICT_THROTTLED) {
        if (error.message[0]) {
            snprintf(out->message, sizeof(out->message), "%s", error.message);
        }
    } else {
        apply(gcp, task, entry, &error, http_status, out);
    }
}
