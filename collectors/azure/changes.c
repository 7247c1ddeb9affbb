/* changes.c: what changed in a group, and how it ends. */
#include "azure/changes.h"

#include <ctype.h>

/* ---- since when ---- */

bool wgo_azure_changes_known(const struct wgo_azure *azure,
                             const struct wgo_azure_subscription *subscription, int64_t *out_since)
{
    const struct wgo_services *services = azure->services;
    int64_t now = wgo_clock_wall(services->clock).ns;
    int64_t since = services->since(services->engine, subscription->id, (struct wgo_str){0},
                                    WGO_AZURE_PLACE, subscription->login->whose);
    if (since <= 0 || since - WGO_AZURE_INDEX_LAG < now - WGO_AZURE_HISTORY) {
        return false;
    }
    *out_since = since - WGO_AZURE_INDEX_LAG;
    return true;
}

/* ---- the changes ---- */

static unsigned slot_of(struct wgo_str id)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < id.len; i++) {
        hash = (hash ^ (unsigned char)tolower((unsigned char)id.ptr[i])) * UINT64_C(0x100000001b3);
    }
    return (unsigned)((hash ^ hash >> 32) % WGO_AZURE_CHANGE_SLOTS);
}

static struct wgo_azure_change *find(struct wgo_azure_changes *changes, struct wgo_str id)
{
    struct wgo_azure_change *at = changes->slots[slot_of(id)];
    while (at && !wgo_str_eq_nocase(at->id, id)) {
        at = at->next_in_slot;
    }
    return at;
}

static struct wgo_azure_change *copy_of(struct wgo_arena *arena,
                                        const struct wgo_azure_change *change)
{
    struct wgo_azure_change *copy = WGO_NEW(arena, struct wgo_azure_change);
    if (!copy) {
        return NULL;
    }
    *copy = *change;
    copy->id = wgo_str_lower(arena, change->id);
    copy->type = wgo_str_lower(arena, change->type);
    copy->next = copy->next_in_slot = NULL;
    return copy->id.ptr && copy->type.ptr ? copy : NULL;
}

static bool is_later(const struct wgo_azure_change *one, const struct wgo_azure_change *other)
{
    return one->at > other->at || (one->at == other->at && !one->deleted);
}

bool wgo_azure_change_add(struct wgo_azure *azure, struct wgo_azure_changes *changes,
                          const struct wgo_azure_change *change)
{
    wgo_lock_acquire(&azure->lock);
    struct wgo_azure_change *at = find(changes, change->id);
    bool good = true;
    if (at) {
        if (is_later(change, at)) {
            at->at = change->at;
            at->deleted = change->deleted;
        }
    } else {
        at = copy_of(&azure->synced.arena, change);
        good = at != NULL;
        if (good) {
            struct wgo_azure_change **slot = &changes->slots[slot_of(at->id)];
            at->next_in_slot = *slot;
            *slot = at;
            *(changes->last ? &changes->last->next : &changes->first) = at;
            changes->last = at;
        }
    }
    wgo_lock_release(&azure->lock);
    return good;
}

void wgo_azure_change_found(struct wgo_azure *azure, struct wgo_azure_changes *changes,
                            struct wgo_str id, bool *out_first)
{
    wgo_lock_acquire(&azure->lock);
    struct wgo_azure_change *at = find(changes, id);
    *out_first = at && !at->found;
    if (at) {
        at->found = true;
    }
    wgo_lock_release(&azure->lock);
}

/* ---- beginning and end ---- */

enum wgo_status wgo_azure_changes_begin(struct wgo_azure *azure, struct wgo_azure_group *group,
                                        int64_t since, struct wgo_emitter *emitter,
                                        struct wgo_error *err)
{
    static const char *const lists[] = {"graph.changes", "graph.containerchanges"};
    char text[WGO_WALL_TEXT];
    bool leads = azure->source != WGO_AZURE_GRAPH;
    wgo_lock_acquire(&azure->lock);
    group->changes = WGO_NEW(&azure->synced.arena, struct wgo_azure_changes);
    if (group->changes) {
        *group->changes = (struct wgo_azure_changes){
            .since = since, .open = (unsigned)WGO_COUNT(lists) + (leads ? 1 : 0)};
    }
    wgo_lock_release(&azure->lock);
    if (!group->changes) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_wall_format((struct wgo_wall){since}, false, text);
    const struct wgo_var from = {WGO_STR("since"), wgo_str(text)};
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < WGO_COUNT(lists) && status == WGO_OK; i++) {
        status = wgo_azure_group_task(group, lists[i], &from, emitter, err);
    }
    return status == WGO_OK && leads ? wgo_azure_group_types(azure, group, emitter, err) : status;
}

void wgo_azure_place_rows(struct wgo_azure *azure, const struct wgo_azure_group *group,
                          const struct wgo_error *error, struct wgo_emitter *emitter)
{
    for (size_t i = 0; i < group->count; i++) {
        const struct wgo_azure_subscription *subscription = group->items[i];
        wgo_lock_acquire(&azure->lock);
        int64_t count = subscription->listed + subscription->picked;
        wgo_lock_release(&azure->lock);
        struct wgo_row row = {.account = subscription->id,
                              .type = WGO_AZURE_PLACE,
                              .told = true,
                              .seen = error ? wgo_status_seen(error->status) : WGO_SEEN_OK,
                              .count = count,
                              .error = wgo_str(error ? error->message : ""),
                              .hint = wgo_str(error ? error->hint : "")};
        emitter->row(emitter, &row);
    }
}

/* A subscription is there as long as it is listed; what is below it tells for itself. */
static bool is_subscription(struct wgo_str id)
{
    struct wgo_str rest = wgo_str_slice(id, WGO_STR("/subscriptions/").len, id.len);
    return wgo_str_find_char(rest, '/') == rest.len;
}

/* Everything has been read: nobody else looks at the changes any more. */
static void say(struct wgo_azure *azure, const struct wgo_azure_group *group,
                struct wgo_emitter *emitter)
{
    for (const struct wgo_azure_change *at = group->changes->first; at; at = at->next) {
        if (!at->found && (at->deleted || at->asked) && !is_subscription(at->id)) {
            emitter->gone(emitter, at->id);
        }
    }
    for (size_t i = 0; i < group->count; i++) {
        struct wgo_str id = group->items[i]->id;
        emitter->retain(emitter, id, (struct wgo_str){0}, WGO_AZURE_PLACE);
        /* Those that were read by themselves, for want of their properties. */
        for (const struct wgo_azure_type *type = group->types; type; type = type->next) {
            emitter->retain(emitter, id, (struct wgo_str){0}, type->name);
        }
    }
    wgo_azure_place_rows(azure, group, NULL, emitter);
}

enum wgo_status wgo_azure_changes_end(struct wgo_azure *azure, struct wgo_azure_group *group,
                                      const struct wgo_error *error, struct wgo_emitter *emitter,
                                      struct wgo_error *err)
{
    struct wgo_azure_changes *changes = group->changes;
    wgo_lock_acquire(&azure->lock);
    if (error && changes->error.status == WGO_OK) {
        changes->error = *error;
    }
    bool last = --changes->open == 0, reading = changes->reading;
    bool failed = changes->error.status != WGO_OK;
    bool doubts = last && !reading && !failed && !changes->first && !changes->doubted;
    changes->reading = reading || (last && !doubts);
    changes->doubted = changes->doubted || doubts;
    changes->open += doubts ? 1 : 0;
    wgo_lock_release(&azure->lock);
    if (!last) {
        return WGO_OK;
    }
    if (doubts) {
        return wgo_azure_group_task(group, "graph.anychange", NULL, emitter, err);
    }
    if (!reading) {
        return failed ? wgo_azure_group_whole(azure, group, emitter, err)
                      : wgo_azure_changes_read(azure, group, emitter, err);
    }
    if (failed) {
        wgo_azure_place_rows(azure, group, &changes->error, emitter);
    } else {
        say(azure, group, emitter);
    }
    return WGO_OK;
}
