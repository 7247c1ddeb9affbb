/* changed.c: a scan that goes on from an earlier one reads the workspaces that have changed.
 *
 * First those are asked for that were modified since, then all: what is in the second list and not
 * in the first stands as it was, what is in neither is gone.
 *
 * Source: learn.microsoft.com/rest/api/power-bi/admin/workspace-info-get-modified-workspaces
 *         (modifiedSince: 30 minutes to 30 days before now) */
#include "powerbi/session.h"

#include <stdlib.h>

#define MINUTE (60 * WGO_S)
/* Of what happened last the list may not know yet. */
#define LATE_NS (30 * MINUTE)
#define LEAST_NS (31 * MINUTE)
#define MOST_NS (29 * 24 * 60 * MINUTE)

struct wgo_str wgo_powerbi_since(struct wgo_powerbi *powerbi, struct wgo_arena *arena)
{
    const struct wgo_services *services = powerbi->services;
    int64_t since = services->since(services->engine, powerbi->tenant, WGO_STR(""), WGO_STR("*"),
                                    powerbi->whose);
    int64_t now = wgo_clock_wall(services->clock).ns;
    char text[WGO_WALL_TEXT];
    if (since == 0 || powerbi->optimize || powerbi->config.modified_since.len > 0) {
        return (struct wgo_str){0};
    }
    since = since - LATE_NS < now - LEAST_NS ? since - LATE_NS : now - LEAST_NS;
    if (now - since > MOST_NS) {
        return (struct wgo_str){0};
    }
    powerbi->asks_changed = true;
    wgo_wall_format((struct wgo_wall){since}, false, text);
    return wgo_str_dup(arena, wgo_str(text));
}

enum wgo_status wgo_powerbi_note_changed(struct wgo_powerbi *powerbi, struct wgo_str *ids,
                                         size_t count, struct wgo_emitter *emitter,
                                         struct wgo_error *err)
{
    struct wgo_arena *arena = &powerbi->arena; /* plan() is done: nobody else uses it now */
    powerbi->changed = WGO_NEW_ARRAY(arena, struct wgo_str, count + 1);
    if (!powerbi->changed) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        powerbi->changed[i] = wgo_str_dup(arena, ids[i]);
        if (!powerbi->changed[i].ptr) {
            return wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
    }
    powerbi->changed_count = count;
    if (count > 1) {
        qsort(powerbi->changed, count, sizeof(*ids), wgo_str_cmp_ptr);
    }
    return wgo_powerbi_list(powerbi, (struct wgo_str){0}, emitter, err);
}

size_t wgo_powerbi_only_changed(struct wgo_powerbi *powerbi, struct wgo_str *ids, size_t count,
                                struct wgo_emitter *emitter)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        bool changed =
            powerbi->changed_count > 0 && bsearch(&ids[i], powerbi->changed, powerbi->changed_count,
                                                  sizeof(*ids), wgo_str_cmp_ptr) != NULL;
        if (changed) {
            ids[kept++] = ids[i];
        } else {
            emitter->keep_group(emitter, ids[i]);
        }
    }
    emitter->keep_group(emitter, WGO_POWERBI_NOBODY);
    /* What neither list has is gone, whatever its type. */
    const struct wgo_row row = {
        .account = powerbi->tenant, .type = WGO_STR("*"), .seen = WGO_SEEN_OK};
    emitter->row(emitter, &row);
    return kept;
}
