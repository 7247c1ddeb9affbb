#include "engine/meters.h"

#include <stdlib.h>

bool wgo_meters_init(struct wgo_meters *meters, size_t count)
{
    *meters =
        (struct wgo_meters){.items = calloc(count + 1, sizeof(struct wgo_meter *)), .count = count};
    return meters->items != NULL;
}

void wgo_meters_fini(struct wgo_meters *meters)
{
    for (size_t i = 0; i < meters->count && meters->items; i++) {
        free(meters->items[i]);
    }
    free(meters->items);
    *meters = (struct wgo_meters){0};
}

struct wgo_meter *wgo_meters_of(struct wgo_meters *meters, size_t index)
{
    if (index >= meters->count) {
        return NULL;
    }
    if (!meters->items[index]) {
        meters->items[index] = calloc(1, sizeof(struct wgo_meter));
    }
    return meters->items[index];
}

void wgo_meters_answered(struct wgo_meters *meters, size_t index, enum wgo_verdict_kind verdict,
                         const struct wgo_response *response)
{
    struct wgo_meter *meter = wgo_meters_of(meters, index);
    bool cancelled = response->status == WGO_E_CANCELLED;
    if (!meter || cancelled) {
        return;
    }
    meter->stats.calls++;
    meter->stats.throttles += verdict == WGO_VERDICT_THROTTLED;
    meter->stats.failures += verdict == WGO_VERDICT_RETRY || verdict == WGO_VERDICT_FAILED;
    meter->stats.wire_bytes += response->wire_bytes;
    if (response->status == WGO_OK) { /* what never answered has no latency */
        wgo_histogram_add(&meter->latency, response->total_ns);
        wgo_histogram_add(&meters->latency, response->total_ns);
    }
}
