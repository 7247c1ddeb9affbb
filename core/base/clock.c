#include "base/clock.h"

enum { MANUAL_POLL_MS = 10 };

static struct wgo_clock system_clock;

static int64_t read_ns(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (int64_t)now.tv_sec * WGO_S + now.tv_nsec;
}

static int64_t add_saturating(int64_t a, int64_t b)
{
    if (b > 0 && a > INT64_MAX - b) {
        return INT64_MAX;
    }
    if (b < 0 && a < INT64_MIN - b) {
        return INT64_MIN;
    }
    return a + b;
}

static int64_t scale_of(const struct wgo_clock *clock)
{
    return clock->scale > 1 ? clock->scale : 1;
}

struct wgo_clock *wgo_clock_system(void)
{
    return &system_clock;
}

static void init(struct wgo_clock *clock, bool manual, int64_t scale, int64_t start, int64_t wall)
{
    clock->manual = manual;
    clock->scale = scale;
    clock->start.ns = start;
    clock->wall_start.ns = wall;
    atomic_init(&clock->offset_ns, 0);
}

void wgo_clock_init_scaled(struct wgo_clock *clock, int64_t scale)
{
    init(clock, false, scale, read_ns(CLOCK_MONOTONIC), read_ns(CLOCK_REALTIME));
}

void wgo_clock_init_manual(struct wgo_clock *clock, struct wgo_wall wall)
{
    /* Not zero, so that a zeroed moment lies before every moment the clock shows. */
    init(clock, true, 0, WGO_S, wall.ns);
}

void wgo_clock_advance(struct wgo_clock *clock, int64_t ns)
{
    atomic_fetch_add(&clock->offset_ns, ns);
}

/* Nanoseconds of the clock's own time since 'start'. */
static int64_t elapsed_ns(const struct wgo_clock *clock)
{
    int64_t elapsed = 0;
    if (!clock->manual) {
        int64_t scale = scale_of(clock);
        elapsed = read_ns(CLOCK_MONOTONIC) - clock->start.ns;
        elapsed = elapsed > INT64_MAX / scale ? INT64_MAX : elapsed * scale;
    }
    return add_saturating(elapsed, atomic_load(&clock->offset_ns));
}

struct wgo_mono wgo_clock_mono(const struct wgo_clock *clock)
{
    return (struct wgo_mono){add_saturating(clock->start.ns, elapsed_ns(clock))};
}

struct wgo_wall wgo_clock_wall(const struct wgo_clock *clock)
{
    if (clock == &system_clock) { /* wall time may be set while we run, and we follow */
        int64_t wall = read_ns(CLOCK_REALTIME);
        return (struct wgo_wall){add_saturating(wall, atomic_load(&clock->offset_ns))};
    }
    return (struct wgo_wall){add_saturating(clock->wall_start.ns, elapsed_ns(clock))};
}

int64_t wgo_clock_real_wait_ns(const struct wgo_clock *clock, struct wgo_mono due)
{
    if (due.ns == INT64_MAX) {
        return INT64_MAX;
    }
    int64_t now = wgo_clock_mono(clock).ns;
    if (due.ns <= now) {
        return 0;
    }
    if (clock->manual) {
        return MANUAL_POLL_MS * WGO_MS;
    }
    int64_t scale = scale_of(clock);
    int64_t left = now < 0 && due.ns > INT64_MAX + now ? INT64_MAX : due.ns - now;
    return left / scale + (left % scale ? 1 : 0);
}

struct wgo_mono wgo_mono_add(struct wgo_mono t, int64_t ns)
{
    return t.ns == INT64_MAX ? t : (struct wgo_mono){add_saturating(t.ns, ns)};
}
