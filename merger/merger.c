#include "merger/merger.h"

#include "base/arena.h"
#include "merger/encode.h"
#include "merger/facets.h"
#include "merger/lane.h"
#include "merger/records.h"
#include "merger/render.h"

#include <stdlib.h>

enum {
    SEGMENTS_PER_BUDGET = 64,
    SEGMENT_LEAST = 64 * 1024,
    SEGMENT_MOST = 256 * 1024, /* sorted in the processor's cache; and there is one to each lane */
};

struct wgo_merger {
    struct wgo_arena arena;       /* the preferred order's names */
    struct wgo_lane_options lane; /* set by wgo_merger_new(), then read-only */
    struct wgo_pile pile;

    struct wgo_lock lock; /* guards 'synced' and nothing else */
    struct {
        uint64_t records; /* of closed lanes */
    } synced WGO_GUARDED;
};

static size_t segment_size(const struct wgo_merger_options *options, uint64_t budget)
{
    if (options->segment_size) {
        return options->segment_size;
    }
    uint64_t size = budget / SEGMENTS_PER_BUDGET;
    size = size > SEGMENT_LEAST ? size : SEGMENT_LEAST;
    return (size_t)(size < SEGMENT_MOST ? size : SEGMENT_MOST);
}

static bool copy_order(struct wgo_merger *merger, const struct wgo_str_list *order)
{
    struct wgo_str *names = WGO_NEW_ARRAY(&merger->arena, struct wgo_str, order->count);
    if (order->count && !names) {
        return false;
    }
    for (size_t i = 0; i < order->count; i++) {
        names[i] = wgo_str_dup(&merger->arena, order->items[i]);
        if (order->items[i].len && !names[i].len) {
            return false;
        }
    }
    merger->lane.preferred_order = (struct wgo_str_list){names, order->count};
    return true;
}

enum wgo_status wgo_merger_new(const struct wgo_merger_options *options,
                               struct wgo_merger **out_merger, struct wgo_error *err)
{
    uint64_t budget = options->memory_budget ? options->memory_budget : UINT64_C(64) << 20;
    struct wgo_merger *merger = calloc(1, sizeof(*merger));
    if (!merger) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_lock_init(&merger->lock);
    merger->lane.pile = &merger->pile;
    merger->lane.segment_size = segment_size(options, budget);
    wgo_pile_init(&merger->pile, budget, merger->lane.segment_size);
    if (!copy_order(merger, &options->preferred_order)) {
        wgo_merger_free(merger);
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    *out_merger = merger;
    return WGO_OK;
}

void wgo_merger_free(struct wgo_merger *merger)
{
    if (merger) {
        wgo_pile_fini(&merger->pile);
        wgo_lock_fini(&merger->lock);
        wgo_arena_fini(&merger->arena);
        free(merger);
    }
}

/* ---- the sink: its lanes are struct wgo_lane under ports.h's name ---- */

static enum wgo_status sink_open(void *self, struct wgo_sink_lane **out_lane, struct wgo_error *err)
{
    struct wgo_merger *merger = self;
    struct wgo_lane *lane = wgo_lane_new(&merger->lane);
    if (!lane) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    *out_lane = (struct wgo_sink_lane *)lane;
    return WGO_OK;
}

static enum wgo_status sink_append(struct wgo_sink_lane *lane, const struct wgo_record *record,
                                   struct wgo_error *err)
{
    return wgo_lane_append((struct wgo_lane *)lane, record, err);
}

static void sink_close(void *self, struct wgo_sink_lane *lane)
{
    struct wgo_merger *merger = self;
    uint64_t records = wgo_lane_close((struct wgo_lane *)lane);
    wgo_lock_acquire(&merger->lock);
    merger->synced.records += records;
    wgo_lock_release(&merger->lock);
}

struct wgo_sink wgo_merger_sink(struct wgo_merger *merger)
{
    return (struct wgo_sink){
        .self = merger, .open_lane = sink_open, .append = sink_append, .close_lane = sink_close};
}

/* ---- reading all of it ---- */

struct walk {
    struct wgo_str provider;
    wgo_merger_each_fn *each; /* NULL: count only */
    void *state;
    struct wgo_facets facets; /* of one id */
    struct wgo_buf rendered;
    struct wgo_merge_stats stats;
    uint64_t read; /* records of any provider */
};

static enum wgo_status give(struct walk *walk, const struct wgo_resource *resource,
                            struct wgo_error *err)
{
    wgo_buf_reset(&walk->rendered);
    wgo_render_resource(resource, &walk->rendered);
    if (walk->rendered.failed) {
        return wgo_fail(err, walk->rendered.failed, "out of memory");
    }
    return walk->each(walk->state, wgo_buf_view(&walk->rendered), resource->record.provider,
                      resource->record.type, err);
}

/* All records of one id are together. */
static enum wgo_status finish_id(struct walk *walk, struct wgo_error *err)
{
    struct wgo_facets *facets = &walk->facets;
    if (facets->count == 0) {
        return WGO_OK;
    }
    if (wgo_facets_are_orphans(facets)) {
        walk->stats.orphans += facets->records;
        wgo_facets_reset(facets);
        return WGO_OK;
    }
    struct wgo_resource resource;
    enum wgo_status status = wgo_facets_join(facets, &resource, err);
    if (status != WGO_OK) {
        return status;
    }
    walk->stats.resources++;
    walk->stats.parts += facets->parts;
    walk->stats.duplicates += facets->records - facets->parts - 1;
    walk->stats.conflicts += resource.conflicts.len > 0;
    status = walk->each ? give(walk, &resource, err) : WGO_OK;
    wgo_facets_reset(facets);
    return status;
}

static bool wanted(const struct walk *walk, const char *encoded)
{
    if (!walk->provider.len) {
        return true;
    }
    struct wgo_record record;
    wgo_decode(encoded, &record);
    return wgo_str_eq(wgo_record_source(&record), walk->provider);
}

static enum wgo_status take(struct walk *walk, const struct wgo_cursor *first,
                            struct wgo_error *err)
{
    walk->read++;
    if (!wanted(walk, first->record)) {
        /* One step further what is borrowed need not be there any more. */
        return wgo_facets_keep(&walk->facets) ? WGO_OK
                                              : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (walk->facets.count && !wgo_str_eq(walk->facets.items[0].record.id, first->id)) {
        enum wgo_status status = finish_id(walk, err);
        if (status != WGO_OK) {
            return status;
        }
    }
    walk->stats.records++;
    return wgo_facets_add(&walk->facets, first->record)
               ? WGO_OK
               : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* The merge is one step ahead of the record that the facets borrow. */
static enum wgo_status run(struct walk *walk, struct wgo_merge *merge, struct wgo_error *err)
{
    enum wgo_status status = wgo_merge_start(merge, err);
    while (status == WGO_OK && wgo_merge_first(merge)->record) {
        status = take(walk, wgo_merge_first(merge), err);
        if (status == WGO_OK) {
            status = wgo_merge_next(merge, err);
        }
    }
    return status == WGO_OK ? finish_id(walk, err) : status;
}

/* Items read = written + merged + left out, and all that was appended was read. */
static enum wgo_status check_sum(struct wgo_merger *merger, const struct walk *walk,
                                 struct wgo_error *err)
{
    const struct wgo_merge_stats *stats = &walk->stats;
    wgo_lock_acquire(&merger->lock);
    uint64_t appended = merger->synced.records;
    wgo_lock_release(&merger->lock);
    uint64_t kept = stats->resources + stats->duplicates + stats->parts + stats->orphans;
    if (walk->read == appended && stats->records == kept) {
        return WGO_OK;
    }
    return wgo_fail(err, WGO_E_INTERNAL,
                    "records were lost: %llu appended, %llu read, of them %llu wanted, %llu merged",
                    (unsigned long long)appended, (unsigned long long)walk->read,
                    (unsigned long long)stats->records, (unsigned long long)kept);
}

enum wgo_status wgo_merger_each(struct wgo_merger *merger, struct wgo_str provider,
                                wgo_merger_each_fn *each, void *state,
                                struct wgo_merge_stats *out_stats, struct wgo_error *err)
{
    struct wgo_merge merge = {0};
    struct walk walk = {.provider = provider, .each = each, .state = state};
    wgo_pile_settle(&merger->pile);
    enum wgo_status status = wgo_pile_open(&merger->pile, &merge, err);
    if (status == WGO_OK) {
        status = run(&walk, &merge, err);
    }
    if (status == WGO_OK) {
        status = check_sum(merger, &walk, err);
    }
    if (status == WGO_OK && out_stats) {
        struct wgo_pile_use use = wgo_pile_used(&merger->pile);
        walk.stats.spilled_bytes = use.spilled_bytes;
        walk.stats.most_memory_bytes = use.most_memory;
        *out_stats = walk.stats;
    }
    wgo_merge_fini(&merge);
    wgo_facets_fini(&walk.facets);
    wgo_buf_fini(&walk.rendered);
    return status;
}

/* ---- reading it as it was appended ---- */

static enum wgo_status run_records(struct wgo_merge *merge, struct wgo_records *records,
                                   wgo_merger_record_fn *each, void *state, struct wgo_error *err)
{
    enum wgo_status status = wgo_merge_start(merge, err);
    while (status == WGO_OK && wgo_merge_first(merge)->record) {
        const struct wgo_cursor *first = wgo_merge_first(merge);
        if (!wgo_str_eq(wgo_records_id(records), first->id)) {
            status = wgo_records_give(records, each, state, err);
        }
        if (status == WGO_OK) {
            status = wgo_records_add(records, first->record, err);
        }
        if (status == WGO_OK) {
            status = wgo_merge_next(merge, err);
        }
    }
    return status == WGO_OK ? wgo_records_give(records, each, state, err) : status;
}

enum wgo_status wgo_merger_records(struct wgo_merger *merger, wgo_merger_record_fn *each,
                                   void *state, struct wgo_error *err)
{
    struct wgo_merge merge = {0};
    struct wgo_records records = {0};
    wgo_pile_settle(&merger->pile);
    enum wgo_status status = wgo_pile_open(&merger->pile, &merge, err);
    if (status == WGO_OK) {
        status = run_records(&merge, &records, each, state, err);
    }
    wgo_merge_fini(&merge);
    wgo_records_fini(&records);
    return status;
}
