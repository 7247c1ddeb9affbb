/* dry_cost.h: what so many calls cost under a quota, and when they would be done.
 *
 * Ownership: values. Threads: none. Failure: none. */
#ifndef WGO_CLI_DRY_COST_H
#define WGO_CLI_DRY_COST_H

#include "base/json_write.h"
#include "scan/scan.h"

/* More than this is better read in parts. */
#define WGO_MANY_CALLS 10000

struct wgo_dry_cost {
    const struct wgo_quota *quota; /* the one that makes it longest; NULL = none is in the way */
    int64_t duration_ns;           /* of work, at our share */
    bool timed;                    /* there is a quota, or hours */
    struct wgo_wall ends_at;       /* with the sleep between the hours */
};

/* How long so many calls take without any quota, as a rule of thumb. */
int64_t wgo_dry_cost_time_ns(uint64_t calls, unsigned may_fly);
/* 'duration_ns': what the calls take without any quota. */
struct wgo_dry_cost wgo_dry_cost_of(const struct wgo_scan_options *scan, struct wgo_str provider,
                                    uint64_t calls, int64_t duration_ns, struct wgo_wall now);
/* Lines of text; nothing when neither quota nor hours count and there are few calls. */
void wgo_dry_cost_text(const struct wgo_dry_cost *cost, uint64_t calls, struct wgo_buf *out);
/* Members of the object that is open. */
void wgo_dry_cost_json(const struct wgo_dry_cost *cost, uint64_t calls, struct wgo_json_writer *w);

#endif
