/* render.h: one resource as JSON. Private to merger/; wgo_record_render() is in merger.h.
 *
 * What is not known is left out: empty fields, empty tags, dependencies and conflicts, and times
 * that are no RFC 3339 time or stand for "never" (the year 1).
 *
 * Ownership: borrows all. Threads: none. Failure: the buffer's 'failed'. */
#ifndef WGO_MERGER_RENDER_H
#define WGO_MERGER_RENDER_H

#include "merger/facets.h"
#include "merger/put.h"

void wgo_render_resource(const struct wgo_resource *resource, struct wgo_buf *out);
/* ,"checksum":"xxh3:<16 hex digits>", or nothing when there is no fingerprint. */
enum { WGO_CHECKSUM_MOST = 40 };
void wgo_render_checksum(struct wgo_put *put, uint64_t fingerprint);

#endif
