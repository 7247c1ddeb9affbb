/* scan_status.c: how far a scan is; one that failed is asked for again. */
#include "powerbi/session.h"

#include <stdio.h>

/* A scan that fails is rarely its workspaces' fault: the same ones, so many times more. */
enum { AGAIN_MOST = 2 };

static bool has_failed(struct wgo_str document, struct wgo_arena *arena)
{
    struct wgo_str raw = wgo_json_get(document, WGO_STR("status"));
    return raw.ptr && wgo_str_eq_nocase(wgo_json_text(raw, arena), WGO_STR("Failed"));
}

/* What the service says of it; "" = nothing. */
static struct wgo_str reason(struct wgo_str document, struct wgo_arena *arena)
{
    struct wgo_str raw = wgo_json_get(document, WGO_STR("error"));
    struct wgo_str message = raw.ptr ? wgo_json_get(raw, WGO_STR("message")) : raw;
    struct wgo_str said = message.ptr ? wgo_json_text(message, arena) : (struct wgo_str){0};
    return said.len > 0 ? wgo_str_format(arena, "the service says: %.*s",
                                         WGO_FMT(wgo_str_slice(said, 0, 300)))
                        : said;
}

static enum wgo_status ask_again(const struct wgo_task *failed, uint64_t again,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_task task = {.entry = WGO_STR("scan.getInfo"),
                            .account = failed->account,
                            .priority = WGO_PRIORITY_USUAL};
    char number[24];
    snprintf(number, sizeof(number), "%llu", (unsigned long long)again);
    for (unsigned i = 0; i < failed->var_count; i++) {
        bool of_failed = wgo_str_is(failed->vars[i].name, "scan");
        if (!of_failed && !wgo_task_set(&task, failed->vars[i].name, failed->vars[i].value)) {
            return wgo_fail(err, WGO_E_INTERNAL, "no room for a scan's variables");
        }
    }
    if (!wgo_task_set(&task, WGO_STR("again"), wgo_str(number))) {
        return wgo_fail(err, WGO_E_INTERNAL, "no room for a scan's variables");
    }
    return emitter->task(emitter, &task, err);
}

enum wgo_status wgo_powerbi_decode_status(struct wgo_powerbi *powerbi, const struct wgo_page *page,
                                          struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_arena *arena = emitter->arena;
    const struct wgo_task *task = page->task;
    struct wgo_str asked = wgo_task_var(task, WGO_STR("asked"));
    uint64_t again = 0;
    enum wgo_status status = wgo_json_check(page->document, err);
    /* Whose scan it is nobody knows with --scan-id: that cannot be asked for again. */
    if (status != WGO_OK || asked.len == 0 || !has_failed(page->document, arena)) {
        return status == WGO_OK ? emitter->items(emitter, page->document, err) : status;
    }
    (void)wgo_str_to_u64(wgo_task_var(task, WGO_STR("again")), &again);
    if (again < AGAIN_MOST) {
        return ask_again(task, again + 1, emitter, err);
    }
    /* The reason stands apart: of several batches that failed the sum is told. */
    struct wgo_row row = {.account = powerbi->tenant,
                          .type = WGO_STR("fabric_workspace"),
                          .seen = WGO_SEEN_ERROR,
                          .hint = reason(page->document, arena)};
    uint64_t unread = 0;
    (void)wgo_str_to_u64(asked, &unread);
    row.unread = (int64_t)unread;
    row.error =
        wgo_str_format(arena, "workspaces were not read: their scan ended as Failed %llu times",
                       (unsigned long long)again + 1);
    emitter->row(emitter, &row);
    return WGO_OK;
}
