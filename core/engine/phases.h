/* phases.h: how far a run has come, by the phases that its collector names. Private to engine.
 *
 * A catalog entry may be of a phase. One is over when none of its calls is open, what comes before
 * it is over, and nothing is left that could begin it anew; then the user is told, at once.
 *
 * Ownership: lives in the run. Threads: under the run's lock.
 * Failure:   none; what is no phase of the collector's is not counted. */
#ifndef WGO_ENGINE_PHASES_H
#define WGO_ENGINE_PHASES_H

#include "engine/engine.h"

struct wgo_phase {
    struct wgo_phase_stats stats;
    uint64_t open; /* lists that are not at their end */
    struct wgo_mono began_at;
};

struct wgo_phases {
    struct wgo_phase items[WGO_PHASES_MOST];
    unsigned count;
};

void wgo_phases_init(struct wgo_phases *phases, const char *const *names);
/* A list of that phase begins, an answer has come, the list is at its end. */
void wgo_phases_enter(struct wgo_phases *phases, struct wgo_str name, struct wgo_mono now);
void wgo_phases_asked(struct wgo_phases *phases, struct wgo_str name);
void wgo_phases_leave(struct wgo_phases *phases, struct wgo_str name, uint64_t items,
                      struct wgo_mono now);
void wgo_phases_note(struct wgo_phases *phases, struct wgo_str name, uint64_t hits,
                     uint64_t misses);
/* The phases that have ended since the last time; 'quiet': nothing else can begin one of them. */
unsigned wgo_phases_over(struct wgo_phases *phases, bool quiet,
                         struct wgo_phase_stats out[WGO_PHASES_MOST]);
/* "Property fetch complete: 348 resources in 45.2s (7.7 resources/sec)". */
void wgo_phases_text(const struct wgo_phase_stats *stats, char *out, size_t size);

#endif
