/* poll.c: looking at a job until it is done. */
#include "engine/jobs.h"

#include <stdio.h>

/* What is known of a job's length a month from now is worth nothing. */
#define REMEMBERED_NS (30 * 24 * 3600 * WGO_S)

static bool is_one_of(const struct wgo_str_list *list, struct wgo_str word)
{
    for (size_t i = 0; i < list->count; i++) {
        if (wgo_str_cmp_nocase(list->items[i], word) == 0) {
            return true;
        }
    }
    return false;
}

int64_t wgo_poll_first_ns_locked(struct wgo_run *run, const struct wgo_call *call)
{
    if (call->entry->poll.status.len == 0) {
        return 0;
    }
    const struct wgo_meter *meter =
        wgo_meters_of(&run->synced.meters, wgo_entry_index(run, call->entry));
    bool known = call->entry->poll.learn && meter && meter->typical_ns > 0;
    return known ? meter->typical_ns : call->entry->poll.first_ns;
}

/* A job that was done when it was first looked at may have been so for a while: the next one is
 * looked at a little sooner. One that was not is what jobs take. */
static void learn(struct wgo_call *call, int64_t took_ns)
{
    struct wgo_run *run = call->run;
    wgo_lock_acquire(&run->lock);
    struct wgo_meter *meter = wgo_meters_of(&run->synced.meters, wgo_entry_index(run, call->entry));
    if (meter && meter->typical_ns == 0) {
        meter->typical_ns = took_ns;
    } else if (meter && call->looks == 0) {
        meter->typical_ns -= meter->typical_ns / 20;
    } else if (meter) {
        meter->typical_ns += (took_ns - meter->typical_ns) / 4;
    }
    wgo_lock_release(&run->lock);
}

static enum wgo_status failed(const struct wgo_json_page *page, struct wgo_arena *arena,
                              struct wgo_str status, struct wgo_error *err)
{
    struct wgo_str raw = page->picks[WGO_SLOT_POLL_ERROR];
    struct wgo_str why = raw.ptr ? wgo_json_text(raw, arena) : (struct wgo_str){0};
    why = why.ptr ? why : raw;
    return wgo_fail(err, WGO_E_SERVER, "the server's job ended as %.*s%s%.*s", WGO_FMT(status),
                    why.len > 0 ? ": " : "", WGO_FMT(why));
}

enum wgo_status wgo_poll_look(struct wgo_call *call, const struct wgo_json_page *page,
                              struct wgo_arena *arena, bool *out_done, struct wgo_error *err)
{
    const struct wgo_entry_poll *poll = &call->entry->poll;
    struct wgo_str raw = page->picks[WGO_SLOT_POLL_STATUS];
    struct wgo_str status = raw.ptr ? wgo_json_text(raw, arena) : (struct wgo_str){0};
    int64_t took = wgo_mono_sub(wgo_clock_mono(call->run->o.clock), call->born_at);
    *out_done = is_one_of(&poll->done, status);
    if (*out_done) {
        learn(call, took);
        return WGO_OK;
    }
    if (is_one_of(&poll->failed, status)) {
        return failed(page, arena, status, err);
    }
    if (took >= poll->timeout_ns) {
        wgo_fail(err, WGO_E_TIMEOUT, "the server's job is still \"%.*s\" after %lld s",
                 WGO_FMT(status), (long long)(took / WGO_S));
        wgo_error_hint(err, "`timeout` of `poll:` in the catalog says how long a job may take");
        return WGO_E_TIMEOUT;
    }
    call->looks++;
    call->again_ns = poll->every_ns;
    return WGO_OK;
}

/* ---- from one scan to the next ---- */

static struct wgo_str memory_key(const struct wgo_run *run, const struct wgo_entry *entry,
                                 char text[160])
{
    int length = snprintf(text, 160, "duration/%s/%.*s", run->o.type->name, WGO_FMT(entry->name));
    return wgo_str_from(text, length < 160 ? (size_t)length : 159);
}

void wgo_poll_recall(struct wgo_run *run)
{
    char text[160];
    for (size_t i = 0; i < wgo_catalog_count(run->catalog) && run->o.cache; i++) {
        const struct wgo_entry *entry = wgo_catalog_at(run->catalog, i);
        struct wgo_buf value = {0};
        uint64_t typical = 0;
        int64_t age;
        if (entry->poll.status.len > 0 &&
            run->o.cache->get(run->o.cache->self, memory_key(run, entry, text), &value, &age) ==
                WGO_OK &&
            wgo_str_to_u64(wgo_buf_view(&value), &typical) &&
            typical < (uint64_t)entry->poll.timeout_ns) {
            wgo_lock_acquire(&run->lock);
            struct wgo_meter *meter = wgo_meters_of(&run->synced.meters, i);
            if (meter) {
                meter->typical_ns = (int64_t)typical;
            }
            wgo_lock_release(&run->lock);
        }
        wgo_buf_fini(&value);
    }
}

void wgo_poll_remember(struct wgo_run *run)
{
    char text[160], number[32];
    for (size_t i = 0; run->catalog && i < wgo_catalog_count(run->catalog) && run->o.cache; i++) {
        const struct wgo_entry *entry = wgo_catalog_at(run->catalog, i);
        if (entry->poll.status.len == 0) {
            continue;
        }
        wgo_lock_acquire(&run->lock);
        const struct wgo_meter *meter = wgo_meters_of(&run->synced.meters, i);
        int64_t typical = meter ? meter->typical_ns : 0;
        wgo_lock_release(&run->lock);
        if (typical > 0) {
            snprintf(number, sizeof(number), "%lld", (long long)typical);
            (void)!run->o.cache->put(run->o.cache->self, memory_key(run, entry, text),
                                     wgo_str(number), REMEMBERED_NS);
        }
    }
}
