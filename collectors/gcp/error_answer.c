#include "gcp/error_answer.h"

#include "base/arena.h"
#include "base/json.h"

#include <stdio.h>

struct details {
    struct wgo_str reason, permission, consumer;
};

static void copy(char *out, size_t size, struct wgo_str raw, struct wgo_arena *arena)
{
    struct wgo_str text = raw.ptr ? wgo_json_text(raw, arena) : (struct wgo_str){0};
    snprintf(out, size, "%.*s", WGO_FMT(wgo_str_slice(text, 0, size - 1)));
    wgo_str_flatten(out, strlen(out));
}

/* "projects/123", or "project_number:123" as older errors have it. */
static void copy_name(char *out, size_t size, struct wgo_str raw, struct wgo_arena *arena)
{
    copy(out, size, raw, arena);
    size_t begin = strcspn(out, "/:");
    if (out[begin] != '\0') {
        memmove(out, out + begin + 1, strlen(out + begin + 1) + 1);
    }
}

/* The first detail that gives a reason. */
static bool look(void *state, struct wgo_str detail)
{
    struct details *found = state;
    if (wgo_json_kind_of(detail) != WGO_JSON_OBJECT) {
        return true;
    }
    struct wgo_str reason = wgo_json_get(detail, WGO_STR("reason"));
    if (reason.ptr && !found->reason.ptr) {
        found->reason = reason;
        found->permission = wgo_json_get(detail, WGO_STR("metadata.permission"));
        found->consumer = wgo_json_get(detail, WGO_STR("metadata.consumer"));
    }
    return true;
}

void wgo_gcp_error_read(struct wgo_str body, struct wgo_gcp_error *out)
{
    struct wgo_arena arena = {0};
    struct details details = {.reason = {0}};
    *out = (struct wgo_gcp_error){.status = ""};
    if (wgo_json_check(body, NULL) != WGO_OK) {
        return;
    }
    /* An aggregated or streamed answer wraps its error in an array. */
    struct wgo_str error = wgo_json_get(body, WGO_STR("error"));
    error = error.ptr ? error : wgo_json_get(body, WGO_STR("[].error"));
    if (!error.ptr || wgo_json_kind_of(error) != WGO_JSON_OBJECT) {
        return;
    }
    (void)!wgo_json_each(error, WGO_STR("details[]"), look, &details);
    copy(out->status, sizeof(out->status), wgo_json_get(error, WGO_STR("status")), &arena);
    copy(out->message, sizeof(out->message), wgo_json_get(error, WGO_STR("message")), &arena);
    copy(out->reason, sizeof(out->reason),
         details.reason.ptr ? details.reason : wgo_json_get(error, WGO_STR("errors[].reason")),
         &arena);
    copy(out->permission, sizeof(out->permission), details.permission, &arena);
    copy_name(out->consumer, sizeof(out->consumer), details.consumer, &arena);
    wgo_arena_fini(&arena);
}
