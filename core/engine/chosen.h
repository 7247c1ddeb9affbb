/* chosen.h: which of the user's patterns have fitted something. Private to engine.
 *
 * --region, --namespace and the like choose among what a provider has. A pattern that nothing fits
 * is a typing mistake, or names what is not there: either way the user is told, since what it left
 * out is missing without a failure.
 *
 * Ownership: lives in the run. Threads: any.
 * Failure:   none; of a list's patterns past the 64th nothing is said. */
#ifndef WGO_ENGINE_CHOSEN_H
#define WGO_ENGINE_CHOSEN_H

#include "base/str.h"

#include <stdatomic.h>

struct wgo_run;
struct wgo_record;
struct wgo_str_list;

enum { WGO_CHOICES = 7 }; /* options that choose places */

struct wgo_chosen {
    _Atomic uint64_t fitted[WGO_CHOICES]; /* a bit for each pattern */
    _Atomic bool looked[WGO_CHOICES];     /* the list was compared with what there is */
    _Atomic bool kept; /* what an earlier scan found stands: it is not compared with anything */
};

/* The pattern at that place of one of the run's lists of options has fitted something; past its
 * end: the list was compared with what there is. */
void wgo_chosen_fits(struct wgo_run *run, const struct wgo_str_list *patterns, size_t at);
/* Where a worker's record lies: its next one most often lies there too, and a page brings hundreds.
 */
struct wgo_chosen_last {
    uint64_t region, space; /* digests; 0 = none yet */
};
void wgo_chosen_record(struct wgo_run *run, struct wgo_chosen_last *last,
                       const struct wgo_record *record);
/* Warns of the patterns that nothing fitted, once the run has come to its end by itself. */
void wgo_chosen_tell(struct wgo_run *run);

#endif
