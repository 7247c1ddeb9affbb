/* facets.h: all records of one id on their way to becoming one resource. Private to merger/.
 *
 * Records arrive in the order of precedence.h: copies of the main facet from best to worst, then
 * the parts by name, each from best to worst. Only the best of each keeps its configuration; of the
 * others stays what can be united. Exact repeats, and what a source said before its list began
 * anew, are counted and forgotten.
 *
 * Joining:
 *   - the winner's fields stand; its gaps are filled from the next best copy that knows, account,
 *     region, namespace and times also from parts. The version stays the winner's own: it speaks of
 *     the winner's configuration.
 *   - each part becomes a member of configuration, behind the winner's own members and sorted by
 * name. Where the winner has a member of that name the part's takes its place: whoever asked for
 * the part alone knows it better. Parts named "x[]" are elements of the list x, of which every
 *     different one is kept, sorted by its bytes.
 *   - the checksum is the fingerprint of the configuration as written, parts included.
 *   - the rest is in unite.h.
 *
 * Ownership: copies what it is given, but for the first record of an id, which is nearly always the
 *            only one: its bytes are borrowed until wgo_facets_add() or wgo_facets_keep().
 *            wgo_facets_fini() frees the rest. Threads: one.
 * Failure:   NOMEM. */
#ifndef WGO_MERGER_FACETS_H
#define WGO_MERGER_FACETS_H

#include "base/arena.h"
#include "base/buf.h"
#include "model/record.h"

struct wgo_facet {
    struct wgo_record record; /* without configuration when it is not the best of its part */
    struct wgo_str bytes;     /* encoded, but for the configuration */
};

struct wgo_facets {
    struct wgo_arena arena;
    struct wgo_facet *items;
    size_t count, room;
    bool borrowed;       /* the first one's bytes */
    uint64_t records;    /* taken since the last reset */
    uint64_t parts;      /* of them, the best of each part */
    uint16_t last_round; /* of any of the facets */
    struct wgo_buf configuration, tags, dependencies, sources, conflicts;
};

/* Two statements about one thing by one source: its list began anew between them. */
bool wgo_record_same_source(const struct wgo_record *a, const struct wgo_record *b);

void wgo_facets_fini(struct wgo_facets *facets);
void wgo_facets_reset(struct wgo_facets *facets);
/* The bytes that are borrowed are about to go. False: out of memory. */
WGO_NODISCARD bool wgo_facets_keep(struct wgo_facets *facets);
/* False: out of memory. */
WGO_NODISCARD bool wgo_facets_add(struct wgo_facets *facets, const char *encoded);

static inline bool wgo_facets_are_orphans(const struct wgo_facets *facets)
{
    return facets->items[0].record.part.len > 0;
}

/* One resource, ready to be written; views into the facets until the next reset. */
struct wgo_resource {
    struct wgo_record record; /* 'fingerprint' is that of 'configuration' as it stands here */
    struct wgo_str sources;   /* JSON array */
    struct wgo_str conflicts; /* JSON array, or empty */
};
WGO_NODISCARD enum wgo_status wgo_facets_join(struct wgo_facets *facets,
                                              struct wgo_resource *out_resource,
                                              struct wgo_error *err);

#endif
