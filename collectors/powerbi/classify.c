/* classify.c: what an answer of Power BI means. */
#include "powerbi/session.h"

#include <stdio.h>

#define ALLOW                                                                                      \
    "a Fabric administrator must allow service principals to use read-only admin APIs (admin "     \
    "portal, tenant settings); a user needs the role Fabric Administrator"

struct refusal {
    char code[80], message[300];
};

static void copy(char *out, size_t size, struct wgo_str raw, struct wgo_arena *arena)
{
    struct wgo_str text = raw.ptr ? wgo_json_text(raw, arena) : (struct wgo_str){0};
    snprintf(out, size, "%.*s", WGO_FMT(wgo_str_slice(text, 0, size - 1)));
    wgo_str_flatten(out, strlen(out));
}

/* {"error":{"code","message","pbi.error":{"code"}}}, {"message"}, {"Message"}. */
static void read_refusal(struct wgo_str body, struct refusal *out)
{
    static const char *const codes[] = {"error.\"pbi.error\".code", "error.code", "code"};
    static const char *const messages[] = {"error.message", "message", "Message",
                                           "error.\"pbi.error\".details[].detail.value"};
    struct wgo_arena arena = {0};
    *out = (struct refusal){.code = ""};
    if (wgo_json_check(body, NULL) != WGO_OK) {
        return;
    }
    for (size_t i = 0; i < WGO_COUNT(codes) && !out->code[0]; i++) {
        copy(out->code, sizeof(out->code), wgo_json_get(body, wgo_str(codes[i])), &arena);
    }
    for (size_t i = 0; i < WGO_COUNT(messages) && !out->message[0]; i++) {
        copy(out->message, sizeof(out->message), wgo_json_get(body, wgo_str(messages[i])), &arena);
    }
    wgo_arena_fini(&arena);
}

static bool says(const struct refusal *refusal, const char *word)
{
    struct wgo_str code = wgo_str(refusal->code), message = wgo_str(refusal->message);
    return wgo_str_find(code, wgo_str(word)) < code.len ||
           wgo_str_find(message, wgo_str(word)) < message.len;
}

static void describe(const struct refusal *refusal, const char *otherwise, struct wgo_verdict *out)
{
    snprintf(out->message, sizeof(out->message), "%.80s%s%.300s",
             refusal->code[0] ? refusal->code : otherwise, refusal->message[0] ? ": " : "",
             refusal->message);
}

static void deny(const struct refusal *refusal, struct wgo_verdict *out)
{
    out->kind = WGO_VERDICT_FAILED;
    out->status = WGO_E_DENIED;
    describe(refusal, "the admin API refuses this caller", out);
    snprintf(out->hint, sizeof(out->hint), "%s", ALLOW);
}

/* An answer of 200 that is an error, or a list without its list, which is always there. */
static bool is_no_list(const struct wgo_task *task, const struct wgo_response *response,
                       struct wgo_verdict *out)
{
    static const struct {
        const char *entry, *member;
    } LISTS[] = {{"workspaces.groups", "value"},
                 {"workspaces.activity", "activityEventEntities"},
                 {"capacities.list", "value"}};
    bool listless = wgo_classify_instead(response, (struct wgo_str){0}, 0, out);
    for (size_t i = 0; i < WGO_COUNT(LISTS) && !listless; i++) {
        listless = wgo_str_is(task->entry, LISTS[i].entry) &&
                   wgo_classify_listless(response, wgo_str(LISTS[i].member), out);
    }
    return listless;
}

void wgo_powerbi_classify(struct wgo_powerbi *powerbi, const struct wgo_task *task,
                          const struct wgo_response *response, struct wgo_verdict *out)
{
    struct refusal refusal;
    wgo_classify_http(response, wgo_clock_wall(powerbi->services->clock), out);
    if (response->status != WGO_OK ||
        (out->kind == WGO_VERDICT_GOOD && !is_no_list(task, response, out))) {
        return;
    }
    read_refusal(wgo_buf_view(&response->body), &refusal);
    if (response->http_status == 403 ||
        (response->http_status == 401 &&
         (says(&refusal, "NotAuthorized") || says(&refusal, "not accessible")))) {
        deny(&refusal, out); /* a token that is good, of somebody who may not: 401 as well */
    } else if (response->http_status == 401) {
        out->kind = WGO_VERDICT_REFRESH;
        out->status = WGO_E_AUTH;
        describe(&refusal, "the token was refused", out);
        snprintf(out->hint, sizeof(out->hint), "%s", ALLOW);
    } else if (response->http_status == 404) {
        out->kind = WGO_VERDICT_FAILED;
        out->status = WGO_E_REJECTED;
        describe(&refusal, "there is no such scan", out);
        snprintf(out->hint, sizeof(out->hint), "results of scans are kept for 24 hours");
    } else if (refusal.code[0] || refusal.message[0]) {
        char status[32];
        snprintf(status, sizeof(status), "HTTP %d", response->http_status);
        describe(&refusal, status, out);
    }
}
