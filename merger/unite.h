/* unite.h: what all copies of a resource say together. Private to merger/.
 *
 *   tags          of all facets; where two disagree the better one's value stands. Sorted by key.
 *   dependencies  of all facets, sorted, once each.
 *   sources       of the main facet's copies, sorted, exact repeats once.
 *   conflicts     where main facets differ in name or region, or any facets in a tag's value:
 *                 [{"field": "name", "values": [{"provider": "kubernetes", "value": "a"}, ...]},
 *                  {"field": "tags", "key": "env", "values": [...]}]
 *                 name, region, then tags by key; values in the order of precedence, so that the
 * first is the one that stands; the same value of the same source once. A value that one copy does
 * not know is no conflict.
 *
 * Ownership: results lie in the facets' buffers. Threads: one. Failure: NOMEM, INTERNAL for
 * malformed JSON. */
#ifndef WGO_MERGER_UNITE_H
#define WGO_MERGER_UNITE_H

#include "merger/facets.h"

/* The first 'copies' facets are main. Fills tags, dependencies, sources and conflicts. */
WGO_NODISCARD enum wgo_status wgo_unite(struct wgo_facets *facets, size_t copies,
                                        struct wgo_resource *resource, struct wgo_error *err);

/* The JSON array with the one source of 'record'. */
void wgo_unite_source_of(const struct wgo_record *record, struct wgo_buf *out);

#endif
