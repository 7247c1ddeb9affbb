#include "merger/lane.h"

#include "base/json.h"
#include "merger/encode.h"

#include <stdlib.h>

enum { FIRST_SEGMENT = 64 * 1024 };

struct wgo_lane {
    struct wgo_lane_options options;
    struct wgo_segment *open;
    size_t next_size;
    uint64_t records;
};

struct wgo_lane *wgo_lane_new(const struct wgo_lane_options *options)
{
    struct wgo_lane *lane = calloc(1, sizeof(*lane));
    if (lane) {
        lane->options = *options;
        lane->next_size =
            options->segment_size < FIRST_SEGMENT ? options->segment_size : FIRST_SEGMENT;
    }
    return lane;
}

static void hand_over(struct wgo_lane *lane)
{
    if (lane->open) {
        size_t given_back = wgo_segment_seal(lane->open);
        wgo_pile_add(lane->options.pile, lane->open, given_back);
        lane->open = NULL;
    }
}

/* A new segment with room for a record of 'record_size' bytes. */
static enum wgo_status open_segment(struct wgo_lane *lane, size_t record_size,
                                    struct wgo_error *err)
{
    hand_over(lane);
    enum wgo_status status =
        wgo_pile_take(lane->options.pile, lane->next_size, record_size, &lane->open, err);
    if (status != WGO_OK) {
        return status;
    }
    size_t most = lane->options.segment_size;
    lane->next_size = lane->next_size < most / 2 ? lane->next_size * 2 : most;
    return WGO_OK;
}

/* Position in the user's order; whoever is not named there comes after all who are. */
static uint16_t preference(const struct wgo_str_list *order, struct wgo_str source)
{
    size_t i = 0;
    while (i < order->count && i < UINT16_MAX && !wgo_str_eq(order->items[i], source)) {
        i++;
    }
    return (uint16_t)i;
}

enum wgo_status wgo_lane_append(struct wgo_lane *lane, const struct wgo_record *record,
                                struct wgo_error *err)
{
    struct wgo_record known = *record;
    if (!known.fingerprint && known.configuration.len) {
        known.fingerprint = wgo_json_fingerprint(known.configuration);
    }
    size_t size;
    enum wgo_status status = wgo_encode_size(&known, &size, err);
    if (status != WGO_OK) {
        return status;
    }
    char *at = lane->open ? wgo_segment_take(lane->open, size) : NULL;
    if (!at) {
        status = open_segment(lane, size, err);
        if (status != WGO_OK) {
            return status;
        }
        at = wgo_segment_take(lane->open, size);
    }
    struct wgo_str source = wgo_record_source(record);
    wgo_encode(&known, preference(&lane->options.preferred_order, source), at);
    lane->records++;
    return WGO_OK;
}

uint64_t wgo_lane_close(struct wgo_lane *lane)
{
    uint64_t records = lane->records;
    hand_over(lane);
    free(lane);
    return records;
}
