/* places.h: what became of the places of a scan: which were seen, and which were not. Private to
 * lib.
 *
 * A resource that an earlier scan found and this one did not read is gone if its place was seen,
 * and only then. The place's own row says so; rows that speak of all of an account or a region say
 * it of everything in them when something went wrong there; where no row speaks of a place, those
 * of the lists that would have led to it do. What lists of all accounts have of one that could not
 * be read is not gone either: they may leave it out.
 *
 * Ownership: wgo_places_init/_fini; borrows the rows' set and what the earlier scan says.
 * Threads:   one. Failure: init: NOMEM. */
#ifndef WGO_LIB_PLACES_H
#define WGO_LIB_PLACES_H

#include "lib/earlier.h"
#include "model/completeness.h"

struct wgo_places {
    struct wgo_earlier *earlier;
    struct wgo_arena arena;
    struct wgo_row *rows; /* sorted as places are */
    size_t count;
    size_t *wide; /* those that speak of more than one place */
    size_t wide_count;
    bool failed;
};

struct wgo_place_fate {
    bool known;                 /* some row speaks of it */
    bool own;                   /* and it is its own */
    enum wgo_completeness seen; /* the worst of them; ok and skipped are as good */
    struct wgo_str error, hint;
};

WGO_NODISCARD enum wgo_status wgo_places_init(struct wgo_places *places,
                                              struct wgo_earlier *earlier,
                                              const struct wgo_rows *rows, struct wgo_error *err);
void wgo_places_fini(struct wgo_places *places);
struct wgo_place_fate wgo_places_fate(const struct wgo_places *places,
                                      const struct wgo_place *place);
/* What became of all of an account, wherever it is listed; known only when it was not seen. */
struct wgo_place_fate wgo_places_unseen(const struct wgo_places *places, struct wgo_str provider,
                                        struct wgo_str account);
static inline bool wgo_place_was_seen(const struct wgo_place_fate *fate)
{
    return fate->known && (fate->seen == WGO_SEEN_OK || fate->seen == WGO_SEEN_SKIPPED);
}

#endif
