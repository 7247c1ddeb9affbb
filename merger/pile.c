#include "merger/pile.h"

#include <stdlib.h>

enum {
    READ_AHEAD_LEAST = 8 * 1024, /* less would be more calls than bytes */
    READ_AHEAD_MOST = 128 * 1024,
    FAN_IN_LEAST = 8,
    RUN_USUAL = 10 * 1024 * 1024,
    SPARED = 20 * 1024 * 1024,
};

/* So many bytes of sealed segments become a run: half of the budget, while the other half fills.
 * Writing out is quick, and gains little by being done later: so of a budget as nobody asks for not
 * all is used, and what was read long ago costs no memory. Whoever asks for much shall have it
 * used. */
static uint64_t ripe_bytes(const struct wgo_pile *pile)
{
    uint64_t half = pile->budget / 2;
    if (half <= RUN_USUAL) {
        return half;
    }
    return half > RUN_USUAL + SPARED ? half - SPARED : RUN_USUAL;
}

void wgo_pile_init(struct wgo_pile *pile, uint64_t budget, size_t segment_size)
{
    *pile = (struct wgo_pile){.budget = budget,
                              .usual_size = wgo_segment_size_for(segment_size, 0),
                              .spilled = {.file = WGO_SPILL_INIT}};
    wgo_lock_init(&pile->lock);
    wgo_cond_init(&pile->changed);
}

static void free_segments(struct wgo_segment *segment)
{
    while (segment) {
        struct wgo_segment *next = segment->next;
        wgo_segment_free(segment);
        segment = next;
    }
}

void wgo_pile_fini(struct wgo_pile *pile)
{
    wgo_lock_acquire(&pile->lock);
    struct wgo_segment *sealed = pile->synced.sealed, *empty = pile->synced.empty;
    wgo_lock_release(&pile->lock);
    free_segments(sealed);
    free_segments(empty);
    free(pile->spilled.runs);
    wgo_spill_fini(&pile->spilled.file);
    wgo_cond_fini(&pile->changed);
    wgo_lock_fini(&pile->lock);
}

/* ---- writing runs ---- */

/* All of 'merge' becomes one run. What lies in segments stays there: records that follow one
 * another in memory too are written as one piece. */
static enum wgo_status write_run(struct wgo_spill *spill, struct wgo_merge *merge,
                                 struct wgo_run *out_run, struct wgo_error *err)
{
    struct wgo_spill_writer writer = {0};
    struct wgo_str piece = {0};
    enum wgo_status status = wgo_merge_start(merge, err);
    if (status == WGO_OK) {
        status = wgo_spill_begin(spill, &writer, err);
    }
    while (status == WGO_OK && wgo_merge_first(merge)->record) {
        const struct wgo_cursor *first = wgo_merge_first(merge);
        if (piece.len == 0 || !first->segment || first->record != piece.ptr + piece.len) {
            status = wgo_spill_put(&writer, piece, err);
            piece = wgo_str_from(first->record, 0);
        }
        piece.len += wgo_encoded_head(first->record).size;
        if (status == WGO_OK) {
            status = wgo_merge_next(merge, err); /* what comes of a file stays for one step */
        }
    }
    if (status == WGO_OK) {
        status = wgo_spill_put(&writer, piece, err);
    }
    if (status == WGO_OK) {
        status = wgo_spill_finish(&writer, out_run, err);
    }
    wgo_spill_abandon(&writer);
    return status;
}

static enum wgo_status write_segments(struct wgo_spill *spill, const struct wgo_segment *first,
                                      size_t count, struct wgo_run *out_run, struct wgo_error *err)
{
    struct wgo_merge merge;
    enum wgo_status status = wgo_merge_new(count, &merge, err);
    if (status != WGO_OK) {
        return status;
    }
    size_t i = 0;
    for (const struct wgo_segment *segment = first; segment; segment = segment->next) {
        wgo_cursor_open_segment(&merge.cursors[i++], segment);
    }
    status = write_run(spill, &merge, out_run, err);
    wgo_merge_fini(&merge);
    return status;
}

/* ---- spilling: plan under the lock, write without it, book the result under it ---- */

struct spill_plan {
    struct wgo_segment *segments;
    size_t count;
    uint64_t bytes;
    struct wgo_segment *empty; /* once it was written: those to be kept */
    uint64_t freed;            /* bytes of the others */
};

/* Takes all sealed segments, and 'spilled' with them. */
static struct spill_plan plan_spill_locked(struct wgo_pile *pile) WGO_REQUIRES(pile->lock)
{
    struct spill_plan plan = {.segments = pile->synced.sealed,
                              .count = pile->synced.sealed_count,
                              .bytes = pile->synced.sealed_bytes};
    pile->synced.sealed = NULL;
    pile->synced.sealed_count = 0;
    pile->synced.sealed_bytes = 0;
    pile->synced.spilling = true;
    return plan;
}

static enum wgo_status make_room_for_run(struct wgo_pile *pile, struct wgo_error *err)
{
    if (pile->spilled.count < pile->spilled.room) {
        return WGO_OK;
    }
    size_t room = pile->spilled.room ? pile->spilled.room * 2 : 16;
    struct wgo_run *runs = realloc(pile->spilled.runs, room * sizeof(*runs));
    if (!runs) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    pile->spilled.runs = runs;
    pile->spilled.room = room;
    return WGO_OK;
}

/* What they held is in the file: those of the usual size are used again. */
static void empty_segments(const struct wgo_pile *pile, struct spill_plan *plan)
{
    while (plan->segments) {
        struct wgo_segment *segment = plan->segments;
        plan->segments = segment->next;
        if (segment->mapped == pile->usual_size) {
            wgo_segment_clear(segment);
            segment->next = plan->empty;
            plan->empty = segment;
        } else {
            plan->freed += segment->mapped;
            wgo_segment_free(segment);
        }
    }
}

static enum wgo_status execute_spill(struct wgo_pile *pile, struct spill_plan *plan,
                                     struct wgo_error *err)
{
    struct wgo_run run;
    enum wgo_status status = make_room_for_run(pile, err);
    if (status == WGO_OK) {
        status = write_segments(&pile->spilled.file, plan->segments, plan->count, &run, err);
    }
    if (status == WGO_OK) {
        pile->spilled.runs[pile->spilled.count++] = run;
        empty_segments(pile, plan);
    }
    return status;
}

/* Puts 'first' and what follows it before '*list'. */
static void put_before(struct wgo_segment **list, struct wgo_segment *first)
{
    struct wgo_segment **end = &first;
    while (*end) {
        end = &(*end)->next;
    }
    *end = *list;
    *list = first;
}

static void book_spill_locked(struct wgo_pile *pile, const struct spill_plan *plan,
                              const struct wgo_error *failure) WGO_REQUIRES(pile->lock)
{
    pile->synced.spilling = false;
    if (failure->status == WGO_OK) {
        pile->synced.memory -= plan->freed;
        put_before(&pile->synced.empty, plan->empty);
    } else {
        put_before(&pile->synced.sealed, plan->segments);
        pile->synced.sealed_count += plan->count;
        pile->synced.sealed_bytes += plan->bytes;
        pile->synced.failure = *failure;
    }
    wgo_cond_broadcast(&pile->changed);
}

/* Called with the lock, which it lets go while it writes. */
static void spill_locked(struct wgo_pile *pile) WGO_REQUIRES(pile->lock)
{
    struct wgo_error failure = {0};
    struct spill_plan plan = plan_spill_locked(pile);
    wgo_lock_release(&pile->lock);
    (void)execute_spill(pile, &plan, &failure);
    wgo_lock_acquire(&pile->lock);
    book_spill_locked(pile, &plan, &failure);
}

static bool ripe_locked(const struct wgo_pile *pile, bool full) WGO_REQUIRES(pile->lock)
{
    return !pile->synced.spilling && pile->synced.sealed &&
           (full || pile->synced.sealed_bytes >= ripe_bytes(pile));
}

/* ---- empty segments ---- */

/* The segment, or NULL. One that is somewhat larger than wanted serves as well. */
static struct wgo_segment *take_empty_locked(struct wgo_pile *pile, size_t size)
    WGO_REQUIRES(pile->lock)
{
    struct wgo_segment *segment = pile->synced.empty;
    if (!segment || size > pile->usual_size || size < pile->usual_size / 2) {
        return NULL;
    }
    pile->synced.empty = segment->next;
    segment->next = NULL;
    return segment;
}

/* Frees so many that segments are 'most' bytes at most, or all; called with the lock, which it lets
 * go. */
static void free_empty_locked(struct wgo_pile *pile, uint64_t most) WGO_REQUIRES(pile->lock)
{
    struct wgo_segment *freed = NULL;
    while (pile->synced.empty && pile->synced.memory > most) {
        struct wgo_segment *segment = pile->synced.empty;
        pile->synced.empty = segment->next;
        pile->synced.memory -= segment->mapped;
        segment->next = freed;
        freed = segment;
    }
    wgo_lock_release(&pile->lock);
    free_segments(freed);
    wgo_lock_acquire(&pile->lock);
}

/* Admits 'size' bytes more, or finds an empty segment for them. Called with the lock, which it may
 * let go. */
static struct wgo_segment *reserve_locked(struct wgo_pile *pile, size_t size)
    WGO_REQUIRES(pile->lock)
{
    struct wgo_segment *segment = NULL;
    while (!segment && pile->synced.failure.status == WGO_OK) {
        bool full = pile->synced.memory + size > pile->budget;
        if (ripe_locked(pile, full && !pile->synced.empty)) {
            spill_locked(pile);
            continue;
        }
        segment = take_empty_locked(pile, size);
        if (segment) {
            break;
        }
        if (full && pile->synced.empty) {
            free_empty_locked(pile, pile->budget > size ? pile->budget - size : 0);
        } else if (full && pile->synced.spilling) {
            wgo_cond_wait(&pile->changed, &pile->lock);
        } else {
            pile->synced.memory += size;
            break;
        }
    }
    if (pile->synced.memory > pile->synced.most_memory) {
        pile->synced.most_memory = pile->synced.memory;
    }
    return segment;
}

static void cancel(struct wgo_pile *pile, size_t size)
{
    wgo_lock_acquire(&pile->lock);
    pile->synced.memory -= size;
    wgo_lock_release(&pile->lock);
}

enum wgo_status wgo_pile_take(struct wgo_pile *pile, size_t wanted, size_t record_size,
                              struct wgo_segment **out_segment, struct wgo_error *err)
{
    size_t size = wgo_segment_size_for(wanted, record_size);
    wgo_lock_acquire(&pile->lock);
    struct wgo_segment *segment = reserve_locked(pile, size);
    struct wgo_error failure = pile->synced.failure;
    wgo_lock_release(&pile->lock);
    if (failure.status != WGO_OK && !segment) {
        if (err) {
            *err = failure;
        }
        return failure.status;
    }
    if (!segment) {
        segment = wgo_segment_new(size);
    }
    if (!segment) {
        cancel(pile, size);
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    *out_segment = segment;
    return WGO_OK;
}

void wgo_pile_add(struct wgo_pile *pile, struct wgo_segment *segment, size_t given_back)
{
    wgo_lock_acquire(&pile->lock);
    segment->next = pile->synced.sealed;
    pile->synced.sealed = segment;
    pile->synced.sealed_count++;
    pile->synced.sealed_bytes += segment->mapped;
    pile->synced.memory -= given_back;
    wgo_lock_release(&pile->lock);
}

/* ---- reading it all back ---- */

/* Bytes of segments; and no lane is open, so they do not change. */
static uint64_t memory_in_use(struct wgo_pile *pile)
{
    wgo_lock_acquire(&pile->lock);
    uint64_t memory = pile->synced.memory;
    wgo_lock_release(&pile->lock);
    return memory;
}

static uint64_t room_for_reading(const struct wgo_pile *pile, uint64_t memory)
{
    return memory < pile->budget ? pile->budget - memory : 0;
}

static size_t fan_in(uint64_t room)
{
    size_t runs = (size_t)(room / READ_AHEAD_LEAST / 2);
    return runs > FAN_IN_LEAST ? runs : FAN_IN_LEAST;
}

static size_t read_ahead(uint64_t room, size_t runs)
{
    uint64_t each = runs ? room / runs / 2 : 0; /* there are two buffers to each */
    each = each > READ_AHEAD_LEAST ? each : READ_AHEAD_LEAST;
    return (size_t)(each < READ_AHEAD_MOST ? each : READ_AHEAD_MOST);
}

/* The oldest 'count' runs become one, which is then the newest. */
static enum wgo_status merge_runs(struct wgo_pile *pile, size_t count, size_t buffer,
                                  struct wgo_error *err)
{
    struct wgo_merge merge;
    struct wgo_run *runs = pile->spilled.runs;
    struct wgo_run run;
    enum wgo_status status = wgo_merge_new(count, &merge, err);
    if (status != WGO_OK) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        wgo_cursor_open_run(&merge.cursors[i], &pile->spilled.file, runs[i], buffer);
    }
    status = write_run(&pile->spilled.file, &merge, &run, err);
    wgo_merge_fini(&merge);
    if (status != WGO_OK) {
        return status;
    }
    for (size_t i = 0; i < count; i++) {
        wgo_spill_release(&pile->spilled.file, runs[i]);
    }
    pile->spilled.count -= count;
    memmove(runs, runs + count, pile->spilled.count * sizeof(*runs));
    runs[pile->spilled.count++] = run;
    return WGO_OK;
}

/* What is left in segments is read from there, unless runs need the room. The pile's first failure
 * is the appenders'; what they had handed over is read as it is. */
static bool spill_rest(struct wgo_pile *pile)
{
    wgo_lock_acquire(&pile->lock);
    free_empty_locked(pile, 0);
    uint64_t wanted = pile->synced.memory + (uint64_t)pile->spilled.count * 2 * READ_AHEAD_MOST;
    if (pile->synced.failure.status == WGO_OK && pile->spilled.count > 0 && pile->synced.sealed &&
        wanted > pile->budget) {
        spill_locked(pile);
        free_empty_locked(pile, 0);
    }
    bool good = pile->synced.failure.status == WGO_OK;
    wgo_lock_release(&pile->lock);
    return good;
}

void wgo_pile_settle(struct wgo_pile *pile)
{
    struct wgo_error problem = {0};
    bool good = spill_rest(pile);
    uint64_t room = room_for_reading(pile, memory_in_use(pile));
    size_t most = fan_in(room);
    while (good && pile->spilled.count > most) {
        good = merge_runs(pile, most, read_ahead(room, most), &problem) == WGO_OK;
    }
}

enum wgo_status wgo_pile_open(struct wgo_pile *pile, struct wgo_merge *out_merge,
                              struct wgo_error *err)
{
    struct wgo_merge merge;
    size_t runs = pile->spilled.count;
    size_t buffer = read_ahead(room_for_reading(pile, memory_in_use(pile)), runs);
    wgo_lock_acquire(&pile->lock);
    struct wgo_segment *segments = pile->synced.sealed;
    size_t count = runs + pile->synced.sealed_count;
    uint64_t memory = pile->synced.memory + runs * 2 * buffer;
    if (memory > pile->synced.most_memory) {
        pile->synced.most_memory = memory;
    }
    wgo_lock_release(&pile->lock);

    enum wgo_status status = wgo_merge_new(count ? count : 1, &merge, err);
    if (status != WGO_OK) {
        return status;
    }
    size_t at = 0;
    for (; at < runs; at++) {
        wgo_cursor_open_run(&merge.cursors[at], &pile->spilled.file, pile->spilled.runs[at],
                            buffer);
    }
    for (struct wgo_segment *segment = segments; segment; segment = segment->next) {
        wgo_cursor_open_segment(&merge.cursors[at++], segment);
    }
    *out_merge = merge;
    return WGO_OK;
}

struct wgo_pile_use wgo_pile_used(struct wgo_pile *pile)
{
    wgo_lock_acquire(&pile->lock);
    struct wgo_pile_use use = {.most_memory = pile->synced.most_memory};
    wgo_lock_release(&pile->lock);
    use.spilled_bytes = pile->spilled.file.end;
    return use;
}
