/* lanes.h: which of a collector's keys and servers each call goes by. Private to engine.
 *
 * Glossary
 *   lane   one way to send a call: a server and a key, with a quota of its own
 *   left   what the lane's last answer said is left of that quota
 *   parked a call for which no lane has room; it is tried again when a lane's answer comes
 *   scout  a parked call that waits for a moment instead: the earliest at which a lane may have
 * room
 *
 * An attempt takes the lane that has most left, then the one with the fewest calls out, whose limit
 * keys and quotas admit it. What is out counts as gone, since an answer may have been given before
 * or after it: so a lane is emptied to the last call without asking once too often. Of a lane that
 * nothing is known of, one call is out until it is answered. A lane that says that nothing is left
 * rests until its reset; others go on meanwhile.
 *
 * None is forgotten: while calls are parked there is a scout, or a lane's call is out whose answer
 * lets one of them go; and each that is sent lets the next one go. A scout, or
 * one that was let go, that looks for no lane, as its credentials must be renewed or it ends, lets
 * another go in its place.
 *
 * Ownership: a call's hold is its attempt's. Threads: the run's lock guards the lanes.
 * Failure:   NOMEM where they are made. */
#ifndef WGO_ENGINE_LANES_H
#define WGO_ENGINE_LANES_H

#include "engine/run.h"

/* After the collector was opened. */
WGO_NODISCARD enum wgo_status wgo_lanes_init(struct wgo_run *run, struct wgo_error *err);
void wgo_lanes_free_locked(struct wgo_run *run) WGO_REQUIRES(run->lock);

/* Takes a lane and the quotas for the call's attempt. False: there is no room; the attempt is to be
 * dropped and the call to be parked for '*out_wait_ns'. */
WGO_NODISCARD bool wgo_lanes_take(struct wgo_call *call, int64_t *out_wait_ns);
/* INT64_MAX: until an answer has come. The call is no longer the caller's. */
void wgo_lanes_park(struct wgo_call *call, int64_t wait_ns);
/* The call looks for no lane, though it was the scout or let go: another one goes in its place. */
void wgo_lanes_back_locked(struct wgo_run *run, struct wgo_call *call) WGO_REQUIRES(run->lock);
/* The attempt was answered: 'verdict', or it was never sent: NULL. Does nothing without a lane. */
void wgo_lanes_settle(struct wgo_call *call, enum wgo_window_answer answer,
                      const struct wgo_verdict *verdict);
/* What the answer means to the keys that all lanes share: one lane's trouble is not theirs. */
enum wgo_window_answer wgo_lanes_shared_answer(const struct wgo_call *call,
                                               enum wgo_window_answer answer);
/* Takes out every parked call, linked by 'next'. */
struct wgo_call *wgo_lanes_drain_locked(struct wgo_run *run) WGO_REQUIRES(run->lock);

#endif
