/* hours.h: the hours of the week in which work may be done.
 *
 * "Mon-Fri 20:00-06:00,Fri 18:00-Mon 06:00,Sun": days with a time (one that ends before it begins
 * ends the next day), a span from one day's time to another's, whole days, or a time alone, which
 * is every day's. Parts are parted by commas; what any of them has counts.
 *
 * Ownership: values. Threads: none. Failure: USAGE with a hint.
 * Units:     minutes of the local week, which begins on Monday at 0:00. */
#ifndef WGO_FLOW_HOURS_H
#define WGO_FLOW_HOURS_H

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"

#define WGO_WEEK_MINUTES (7 * 24 * 60)

struct wgo_hours {
    unsigned char open[WGO_WEEK_MINUTES / 8]; /* a bit a minute */
};

WGO_NODISCARD enum wgo_status wgo_hours_parse(struct wgo_str text, struct wgo_hours *out,
                                              struct wgo_error *err);
/* How many minutes after 'minute' of the week it is open: 0 = now. */
unsigned wgo_hours_wait_minutes(const struct wgo_hours *hours, unsigned minute);
/* How long from 'now', in the process's time zone, until it is open; 0 = it is. Where clocks are
 * put forward or back it may be off by that: ask again within the hour. */
int64_t wgo_hours_wait_ns(const struct wgo_hours *hours, struct wgo_wall now);
/* When so much work is done that begins 'now'. */
struct wgo_wall wgo_hours_end(const struct wgo_hours *hours, struct wgo_wall now, int64_t work_ns);

#endif
