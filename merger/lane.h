/* lane.h: where one worker's records go. Private to merger/.
 *
 * A lane appends to a segment of its own, small at first, so that an idle lane costs little; each
 * further one is twice as large until the merger's size is reached. A record that is larger than
 * that gets a segment to itself.
 *
 * Ownership: wgo_lane_new(), taken by wgo_lane_close(). Threads: one.
 * Failure:   as wgo_pile_take() and wgo_encode_size(). A malformed record harms nothing else; a
 *            failure of the pile stays. */
#ifndef WGO_MERGER_LANE_H
#define WGO_MERGER_LANE_H

#include "merger/pile.h"
#include "model/collector.h"

struct wgo_lane_options {
    struct wgo_pile *pile;
    size_t segment_size;
    struct wgo_str_list preferred_order; /* borrowed */
};

struct wgo_lane;
WGO_NODISCARD struct wgo_lane *wgo_lane_new(const struct wgo_lane_options *options);
WGO_NODISCARD enum wgo_status
wgo_lane_append(struct wgo_lane *lane, const struct wgo_record *record, struct wgo_error *err);
/* Hands over what is left; returns how many records the lane took in its life. */
uint64_t wgo_lane_close(struct wgo_lane *lane);

#endif
