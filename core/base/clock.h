/* clock.h: two kinds of time that cannot be mixed up, from a clock that tests can replace.
 *
 * struct wgo_mono counts nanoseconds from an arbitrary start and never jumps; struct wgo_wall
 * counts nanoseconds since 1970 UTC and may. A struct wgo_clock gives both; the system's is
 * wgo_clock_system(). A scaled clock runs 'scale' times faster than the world, so that hours pass
 * in milliseconds; a manual one moves only when told.
 *
 * Ownership: the caller keeps the clock alive as long as anything uses it.
 * Threads:   reading is safe everywhere; wgo_clock_advance() too.
 * Failure:   none. */
#ifndef WGO_BASE_CLOCK_H
#define WGO_BASE_CLOCK_H

#include "base/compiler.h"
#include "base/str.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct wgo_mono {
    int64_t ns;
};

struct wgo_wall {
    int64_t ns;
};

#define WGO_MS INT64_C(1000000)
#define WGO_S INT64_C(1000000000)
#define WGO_NEVER ((struct wgo_mono){INT64_MAX})

struct wgo_clock {
    bool manual;           /* time stands still but for wgo_clock_advance() */
    int64_t scale;         /* 0 or 1: as fast as the world */
    struct wgo_mono start; /* system's time when the scaled clock was made */
    struct wgo_wall wall_start;
    _Atomic int64_t offset_ns; /* added by wgo_clock_advance() */
};

struct wgo_clock *wgo_clock_system(void);
void wgo_clock_init_scaled(struct wgo_clock *clock, int64_t scale);
/* Its first moment lies after a zeroed struct wgo_mono. */
void wgo_clock_init_manual(struct wgo_clock *clock, struct wgo_wall wall);
void wgo_clock_advance(struct wgo_clock *clock, int64_t ns);

struct wgo_mono wgo_clock_mono(const struct wgo_clock *clock);
struct wgo_wall wgo_clock_wall(const struct wgo_clock *clock);

/* How long the world must wait until 'clock' shows 'due': 0 when it is past, and for a manual clock
 * a short poll interval (10 ms). INT64_MAX for WGO_NEVER. */
int64_t wgo_clock_real_wait_ns(const struct wgo_clock *clock, struct wgo_mono due);

/* Saturating: WGO_NEVER plus anything is WGO_NEVER. */
struct wgo_mono wgo_mono_add(struct wgo_mono t, int64_t ns);
static inline int64_t wgo_mono_sub(struct wgo_mono a, struct wgo_mono b)
{
    return a.ns - b.ns;
}
static inline bool wgo_mono_before(struct wgo_mono a, struct wgo_mono b)
{
    return a.ns < b.ns;
}

/* RFC 3339 in UTC: "2026-01-31T09:05:00Z", with ".123456789" when 'nanos'. 'out' needs 36 bytes. */
#define WGO_WALL_TEXT 36
void wgo_wall_format(struct wgo_wall t, bool nanos, char out[WGO_WALL_TEXT]);
/* RFC 3339 with any offset and fraction. */
bool wgo_wall_parse(struct wgo_str s, struct wgo_wall *out);
/* What programs send where there is no time: year 1, the first moment of 1970. */
bool wgo_wall_is_none(struct wgo_str s);
/* The three date forms of HTTP (RFC 9110 5.6.7). */
bool wgo_wall_parse_http(struct wgo_str s, struct wgo_wall *out);

#endif
