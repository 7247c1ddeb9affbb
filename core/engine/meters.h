/* meters.h: what each of the catalog's calls cost. Private to engine.
 *
 * One meter per entry that was called, made at its first answer.
 *
 * Ownership: wgo_meters_init/_fini. Threads: the run's lock. Failure: an answer for which there is
 * no memory is not counted. */
#ifndef WGO_ENGINE_METERS_H
#define WGO_ENGINE_METERS_H

#include "engine/engine.h"
#include "flow/histogram.h"

/* What the user is told of once for each entry. */
enum wgo_told {
    WGO_TOLD_MISNAMED = 1 << 0,
    WGO_TOLD_REPEATS = 1 << 1,
    WGO_TOLD_TWINS = 1 << 2,
    WGO_TOLD_DATES = 1 << 3,
    WGO_TOLD_TAGS = 1 << 4,
};

struct wgo_meter {
    struct wgo_call_stats stats;
    struct wgo_histogram latency;
    bool keeps;            /* some of its answers are kept; see fresh.h */
    uint64_t longest_page; /* see short_page.h */
    unsigned told;         /* enum wgo_told */
    int64_t typical_ns;    /* of the jobs that are waited for; 0 = none has been seen */
};

struct wgo_meters {
    struct wgo_meter **items; /* by the entry's place in the catalog; NULL = not called */
    size_t count;
    struct wgo_histogram latency; /* of all */
};

bool wgo_meters_init(struct wgo_meters *meters, size_t count);
void wgo_meters_fini(struct wgo_meters *meters);
/* The entry's meter, made when it is new; NULL when out of memory. */
struct wgo_meter *wgo_meters_of(struct wgo_meters *meters, size_t index);
/* An answer. */
void wgo_meters_answered(struct wgo_meters *meters, size_t index, enum wgo_verdict_kind verdict,
                         const struct wgo_response *response);

#endif
