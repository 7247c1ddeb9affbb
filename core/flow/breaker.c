#include "flow/breaker.h"

enum { DEFAULT_THRESHOLD = 5, DEFAULT_COOLDOWN_S = 60 };

void wgo_breaker_init(struct wgo_breaker *breaker, unsigned threshold, int64_t cooldown_ns)
{
    *breaker = (struct wgo_breaker){
        .state = WGO_BREAKER_CLOSED,
        .threshold = threshold ? threshold : DEFAULT_THRESHOLD,
        .cooldown_ns = cooldown_ns > 0 ? cooldown_ns : DEFAULT_COOLDOWN_S * WGO_S,
    };
}

int64_t wgo_breaker_wait_ns(const struct wgo_breaker *breaker, struct wgo_mono now)
{
    switch (breaker->state) {
    case WGO_BREAKER_CLOSED:
        return 0;
    case WGO_BREAKER_OPEN:
        return wgo_mono_before(now, breaker->retry_at) ? wgo_mono_sub(breaker->retry_at, now) : 0;
    case WGO_BREAKER_HALF_OPEN:
        return breaker->probing ? INT64_MAX : 0;
    }
    return 0;
}

bool wgo_breaker_admit(struct wgo_breaker *breaker, struct wgo_mono now)
{
    if (wgo_breaker_wait_ns(breaker, now) != 0) {
        return false;
    }
    if (breaker->state != WGO_BREAKER_CLOSED) {
        breaker->state = WGO_BREAKER_HALF_OPEN;
        breaker->probing = true;
    }
    return true;
}

static void open_until(struct wgo_breaker *breaker, struct wgo_mono retry_at)
{
    breaker->state = WGO_BREAKER_OPEN;
    breaker->probing = false;
    breaker->failures = 0;
    breaker->retry_at = retry_at;
}

void wgo_breaker_record(struct wgo_breaker *breaker, enum wgo_breaker_verdict verdict,
                        struct wgo_mono now)
{
    switch (breaker->state) {
    case WGO_BREAKER_CLOSED:
        if (verdict == WGO_BREAKER_GOOD) {
            breaker->failures = 0;
        } else if (verdict == WGO_BREAKER_BAD && ++breaker->failures >= breaker->threshold) {
            open_until(breaker, wgo_mono_add(now, breaker->cooldown_ns));
        }
        break;
    case WGO_BREAKER_OPEN:
        break; /* a late answer: the probe decides */
    case WGO_BREAKER_HALF_OPEN:
        if (verdict == WGO_BREAKER_BAD) {
            open_until(breaker, wgo_mono_add(now, breaker->cooldown_ns));
        } else if (verdict == WGO_BREAKER_GOOD) {
            breaker->state = WGO_BREAKER_CLOSED;
            breaker->failures = 0;
        }
        breaker->probing = false;
        break;
    }
}
