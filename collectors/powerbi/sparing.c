/* sparing.c: --hash-optimization: only workspaces whose connections may have changed are scanned.
 *
 * Once a week all are. In between, activity events since the last pass say which may have changed;
 * with those that are new, or that an earlier pass was to scan and did not, they are scanned, and
 * all others are told of in a row with their age. What each workspace's connections were is kept as
 * a digest, and compared: a hit is a workspace that was scanned and had not changed.
 *
 *   powerbi/full/TENANT, powerbi/seen/TENANT   when the last full, and the last pass began
 *   powerbi/hash/TENANT/WORKSPACE              "digest seconds", or "pending digest" */
#include "powerbi/session.h"

#include <ctype.h>
#include <stdio.h>

#define DAY_S INT64_C(86400)
#define FULL_EVERY_S (7 * DAY_S)
/* Events come late, up to so much. */
#define LATE_S (2 * INT64_C(3600))
#define KEPT_NS (60 * DAY_S * WGO_S)

static const char *const HARMLESS[] = {
#define WGO_POWERBI_HARMLESS(beginning) beginning,
#include "powerbi/activity.def"
#undef WGO_POWERBI_HARMLESS
};

static int64_t now_s(const struct wgo_powerbi *powerbi)
{
    return wgo_clock_wall(powerbi->services->clock).ns / WGO_S;
}

/* ---- what is kept ---- */

static int64_t get_time(struct wgo_powerbi *powerbi, const char *what, struct wgo_arena *arena)
{
    const struct wgo_services *services = powerbi->services;
    struct wgo_buf value = {0};
    uint64_t seconds = 0;
    struct wgo_str key = wgo_str_format(arena, "powerbi/%s/%.*s", what, WGO_FMT(powerbi->tenant));
    if (services->cache_get(services->engine, key, &value) == WGO_OK) {
        (void)wgo_str_to_u64(wgo_buf_view(&value), &seconds);
    }
    wgo_buf_fini(&value);
    return (int64_t)seconds;
}

static void put_time(struct wgo_powerbi *powerbi, const char *what, struct wgo_arena *arena)
{
    const struct wgo_services *services = powerbi->services;
    struct wgo_str key = wgo_str_format(arena, "powerbi/%s/%.*s", what, WGO_FMT(powerbi->tenant));
    services->cache_put(services->engine, key,
                        wgo_str_format(arena, "%lld", (long long)powerbi->began_s), KEPT_NS);
}

/* What is known of a workspace. */
struct known {
    bool any, pending;
    uint64_t digest;
    int64_t scanned_s;
};

static struct wgo_str hash_key(const struct wgo_powerbi *powerbi, struct wgo_str id, char text[160])
{
    snprintf(text, 160, "powerbi/hash/%.64s/%.*s", powerbi->tenant.ptr,
             WGO_FMT(wgo_str_slice(id, 0, 64)));
    return wgo_str(text);
}

static struct known recall(struct wgo_powerbi *powerbi, struct wgo_str id)
{
    const struct wgo_services *services = powerbi->services;
    struct known known = {.any = false};
    struct wgo_buf value = {0};
    char key[160];
    uint64_t seconds = 0;
    if (services->cache_get(services->engine, hash_key(powerbi, id, key), &value) == WGO_OK) {
        struct wgo_str second = wgo_buf_view(&value), first = wgo_str_split(&second, ' ');
        known.pending = wgo_str_is(first, "pending");
        known.any = wgo_str_to_u64(known.pending ? second : first, &known.digest);
        if (!known.pending && wgo_str_to_u64(second, &seconds)) {
            known.scanned_s = (int64_t)seconds;
        }
    }
    wgo_buf_fini(&value);
    return known;
}

static void keep(struct wgo_powerbi *powerbi, struct wgo_str id, const char *value)
{
    char key[160];
    powerbi->services->cache_put(powerbi->services->engine, hash_key(powerbi, id, key),
                                 wgo_str(value), KEPT_NS);
}

/* It is to be scanned: whoever does not come so far leaves it so for the next pass. */
static void expect(struct wgo_powerbi *powerbi, struct wgo_str id, const struct known *known)
{
    char value[64] = "pending";
    if (known->any) {
        snprintf(value, sizeof(value), "pending %llu", (unsigned long long)known->digest);
    }
    keep(powerbi, id, value);
}

void wgo_powerbi_compare(void *state, struct wgo_str id, uint64_t connections)
{
    struct wgo_powerbi_comparing *c = state;
    char value[64];
    struct wgo_str lower = wgo_str_lower(c->arena, id);
    struct known known = recall(c->powerbi, lower);
    bool same = known.any && known.digest == connections;
    c->hits += same;
    c->misses += !same;
    snprintf(value, sizeof(value), "%llu %lld", (unsigned long long)connections,
             (long long)now_s(c->powerbi));
    keep(c->powerbi, lower, value);
}

/* ---- activity ---- */

static enum wgo_status ask_day(struct wgo_powerbi *powerbi, int64_t from_s, int64_t to_s,
                               struct wgo_emitter *emitter, struct wgo_error *err)
{
    char from[WGO_WALL_TEXT], to[WGO_WALL_TEXT];
    struct wgo_task task = wgo_powerbi_task(powerbi, "workspaces.activity");
    wgo_wall_format((struct wgo_wall){from_s * WGO_S}, false, from);
    wgo_wall_format((struct wgo_wall){to_s * WGO_S}, false, to);
    (void)wgo_task_set(&task, WGO_STR("start"), wgo_str_format(emitter->arena, "'%s'", from));
    (void)wgo_task_set(&task, WGO_STR("end"), wgo_str_format(emitter->arena, "'%s'", to));
    return emitter->task(emitter, &task, err);
}

enum wgo_status wgo_powerbi_spare_begin(struct wgo_powerbi *powerbi, struct wgo_emitter *emitter,
                                        bool *out_begun, struct wgo_error *err)
{
    struct wgo_arena *arena = &powerbi->arena;
    int64_t seen = get_time(powerbi, "seen", arena);
    enum wgo_status status = WGO_OK;
    unsigned days = 0;
    *out_begun = false;
    powerbi->began_s = now_s(powerbi);
    powerbi->full_s = get_time(powerbi, "full", arena);
    if (powerbi->full_s == 0 || powerbi->began_s - powerbi->full_s >= FULL_EVERY_S || seen == 0) {
        powerbi->services->notice(powerbi->services->engine, "hash optimization: a full pass, %s",
                                  powerbi->full_s ? "a week after the last" : "the first");
        return WGO_OK;
    }
    int64_t first = seen - LATE_S;
    for (int64_t from = first; from <= powerbi->began_s; from = from / DAY_S * DAY_S + DAY_S) {
        days++;
    }
    wgo_lock_acquire(&powerbi->lock);
    powerbi->synced.days_left = days;
    wgo_lock_release(&powerbi->lock);
    powerbi->sparing = *out_begun = true;
    for (int64_t from = first; from <= powerbi->began_s && status == WGO_OK;
         from = from / DAY_S * DAY_S + DAY_S) {
        status = ask_day(powerbi, from, from / DAY_S * DAY_S + DAY_S - 1, emitter, err);
    }
    return status;
}

static bool is_harmless(struct wgo_str activity)
{
    for (size_t i = 0; i < WGO_COUNT(HARMLESS); i++) {
        if (wgo_str_starts(activity, wgo_str(HARMLESS[i]))) {
            return true;
        }
    }
    return false;
}

struct events {
    struct wgo_powerbi *powerbi;
    struct wgo_arena *arena;
};

static bool each_event(void *state, struct wgo_str event)
{
    const struct events *e = state;
    struct wgo_powerbi *powerbi = e->powerbi;
    struct wgo_str activity = wgo_json_text_at(event, "Activity", e->arena);
    struct wgo_str id = wgo_json_text_at(event, "WorkspaceId", e->arena);
    if (!wgo_powerbi_is_guid(id) || is_harmless(activity)) {
        return true;
    }
    wgo_lock_acquire(&powerbi->lock);
    struct wgo_powerbi_touched *touched =
        WGO_NEW(&powerbi->synced.arena, struct wgo_powerbi_touched);
    if (touched) {
        for (size_t i = 0; i < id.len; i++) {
            touched->id[i] = (char)tolower((unsigned char)id.ptr[i]);
        }
        touched->next = powerbi->synced.touched;
        powerbi->synced.touched = touched;
    }
    powerbi->synced.events_missed = powerbi->synced.events_missed || !touched;
    wgo_lock_release(&powerbi->lock);
    return touched != NULL;
}

/* A day is read, or will not be: after the last one the workspaces are listed. */
static enum wgo_status end_day(struct wgo_powerbi *powerbi, bool missed,
                               struct wgo_emitter *emitter, struct wgo_error *err)
{
    wgo_lock_acquire(&powerbi->lock);
    bool last = --powerbi->synced.days_left == 0;
    powerbi->synced.events_missed = powerbi->synced.events_missed || missed;
    wgo_lock_release(&powerbi->lock);
    return last ? wgo_powerbi_list(powerbi, (struct wgo_str){0}, emitter, err) : WGO_OK;
}

enum wgo_status wgo_powerbi_decode_activity(struct wgo_powerbi *powerbi,
                                            const struct wgo_page *page,
                                            struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct events events = {.powerbi = powerbi, .arena = emitter->arena};
    struct wgo_buf token = {0};
    if (page->fallback) {
        powerbi->services->warn(powerbi->services->engine,
                                "activity events cannot be read (%.200s): every workspace is "
                                "scanned",
                                page->verdict->message);
        enum wgo_status ended = end_day(powerbi, true, emitter, err);
        return ended == WGO_OK ? WGO_E_SKIPPED : ended;
    }
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status != WGO_OK) {
        return status;
    }
    (void)!wgo_json_each(page->document, WGO_STR("activityEventEntities[]"), each_event, &events);
    struct wgo_str next = wgo_json_text_at(page->document, "continuationToken", emitter->arena);
    if (next.len == 0) {
        return end_day(powerbi, false, emitter, err);
    }
    /* It is percent-encoded already, and will be again. */
    if (wgo_url_decode(&token, next)) {
        struct wgo_task task = wgo_powerbi_task(powerbi, "workspaces.activity");
        struct wgo_str quoted =
            wgo_str_format(emitter->arena, "'%.*s'", WGO_FMT(wgo_buf_view(&token)));
        (void)wgo_task_set(&task, WGO_STR("continuation"), quoted);
        status = emitter->task(emitter, &task, err);
    } else {
        status = end_day(powerbi, true, emitter, err);
    }
    wgo_buf_fini(&token);
    return status;
}

/* ---- choosing ---- */

/* Those that events name, for looking up: an open hash that is at most half full. */
struct lookup {
    const char **slots;
    size_t room;
};

static size_t place_of(const struct lookup *lookup, const char *id)
{
    size_t at = 5381;
    for (size_t i = 0; i < sizeof(((struct wgo_powerbi_touched *)0)->id); i++) {
        at = at * 33 ^ (unsigned char)id[i];
    }
    at &= lookup->room - 1;
    while (lookup->slots[at] &&
           memcmp(lookup->slots[at], id, sizeof(((struct wgo_powerbi_touched *)0)->id)) != 0) {
        at = (at + 1) & (lookup->room - 1);
    }
    return at;
}

static bool make_lookup(const struct wgo_powerbi_touched *list, struct wgo_arena *arena,
                        struct lookup *out)
{
    size_t count = 0;
    for (const struct wgo_powerbi_touched *at = list; at; at = at->next) {
        count++;
    }
    for (out->room = 16; out->room < count * 2; out->room *= 2) {
    }
    out->slots = WGO_NEW_ARRAY(arena, const char *, out->room);
    for (; out->slots && list; list = list->next) {
        out->slots[place_of(out, list->id)] = list->id;
    }
    return out->slots != NULL;
}

static void say_skipped(struct wgo_powerbi *powerbi, size_t count, size_t of, int64_t oldest_s,
                        struct wgo_emitter *emitter)
{
    int64_t age_s = powerbi->began_s - oldest_s;
    struct wgo_row row = {.account = powerbi->tenant,
                          .type = WGO_STR("fabric_workspace"),
                          .seen = WGO_SEEN_SKIPPED,
                          .age_ns = (age_s > 0 ? age_s : 1) * WGO_S};
    row.error =
        wgo_str_format(emitter->arena,
                       "%zu of %zu workspaces were not scanned: no activity event says that "
                       "their connections may have changed",
                       count, of);
    row.hint = WGO_STR("without --hash-optimization all are scanned");
    emitter->row(emitter, &row);
}

size_t wgo_powerbi_spare(struct wgo_powerbi *powerbi, struct wgo_str *ids, size_t count,
                         struct wgo_emitter *emitter)
{
    size_t kept = 0, skipped = 0, events = 0;
    int64_t oldest = powerbi->began_s;
    wgo_lock_acquire(&powerbi->lock);
    const struct wgo_powerbi_touched *touched = powerbi->synced.touched;
    bool all = !powerbi->sparing || powerbi->synced.events_missed;
    wgo_lock_release(&powerbi->lock); /* nobody adds to the list any more */
    struct lookup lookup = {.slots = NULL};
    all = !make_lookup(touched, emitter->arena, &lookup) || all;
    for (size_t i = 0; i < count; i++) {
        struct known known = recall(powerbi, ids[i]);
        bool hit = lookup.slots && lookup.slots[place_of(&lookup, ids[i].ptr)] != NULL;
        bool due = !known.any || known.pending || known.scanned_s < powerbi->full_s;
        if (all || hit || due) {
            events += hit;
            expect(powerbi, ids[i], &known);
            ids[kept++] = ids[i];
        } else {
            skipped++;
            emitter->keep_group(emitter, ids[i]);
            oldest = known.scanned_s < oldest ? known.scanned_s : oldest;
        }
    }
    put_time(powerbi, "seen", emitter->arena);
    if (all) {
        put_time(powerbi, "full", emitter->arena);
    } else {
        powerbi->services->notice(powerbi->services->engine,
                                  "hash optimization: %zu of %zu workspaces are scanned: of %zu an "
                                  "activity event says that their connections may have changed, "
                                  "%zu are new or were missed",
                                  kept, count, events, kept - events);
    }
    if (skipped > 0) {
        say_skipped(powerbi, skipped, count, oldest, emitter);
    }
    return kept;
}
