/* merger.h: all records in, one sorted, deduplicated sequence of resources out.
 *
 * Workers append records to lanes: append-only segments of encoded bytes. A sealed segment is a run
 * sorted by id; past the memory budget runs are merged into larger ones and spilled to an unnamed
 * temporary file. Writing merges the runs: records of one id come together, facets are joined,
 * copies are reduced to one resource.
 *
 * Winner among copies of one id (docs/snapshot.md): preferred order; live before Terraform;
 * source's rank; account; region; greater updated_at; smaller bytes. Tags and sources are united;
 * differing name, region or tags are recorded in conflicts. Who arrived first changes nothing.
 *
 * A record's source is its source_provider: who said it. Preferred order and the 'provider' of
 * wgo_merger_each() mean the source, so what a Terraform state says of a Kubernetes object belongs
 * to "terraform". A record that names no source is its provider's.
 *
 * Ownership: wgo_merger_new/_free. The sink borrows the merger; all lanes must be closed before it
 *            is freed.
 * Threads:   lanes: one thread each; opening and closing from any. each: one thread, while no lane
 *            is open.
 * Failure:   NOMEM, IO, NO_SPACE (spill file) stay: the sink goes on failing, and what it took
 * before can still be written. PARSE for a record that breaks its contract, which harms nothing
 *            else. Records read = written + merged + left out, else wgo_merger_each() fails with
 *            INTERNAL. */
#ifndef WGO_MERGER_MERGER_H
#define WGO_MERGER_MERGER_H

#include "base/clock.h"
#include "model/collector.h"
#include "model/ports.h"

struct wgo_merger;

struct wgo_merger_options {
    uint64_t memory_budget;              /* for segments, in bytes; 0 = 64 MB */
    size_t segment_size;                 /* 0 = chosen from the budget */
    struct wgo_str_list preferred_order; /* provider names, best first; copied */
};

WGO_NODISCARD enum wgo_status wgo_merger_new(const struct wgo_merger_options *options,
                                             struct wgo_merger **out_merger, struct wgo_error *err);
void wgo_merger_free(struct wgo_merger *merger);
struct wgo_sink wgo_merger_sink(struct wgo_merger *merger);

struct wgo_merge_stats {
    uint64_t records;    /* appended */
    uint64_t parts;      /* of them, facets that joined a resource */
    uint64_t duplicates; /* copies, of main facets and parts, that were merged into another */
    uint64_t orphans;    /* parts whose resource never came: left out */
    uint64_t resources;  /* written */
    uint64_t conflicts;  /* resources with differing name, region or tags */
    uint64_t spilled_bytes, most_memory_bytes;
};

/* One merged resource, rendered: "{...}" compact, without newline. 'provider' and 'type' for
 * counting. */
typedef enum wgo_status wgo_merger_each_fn(void *state, struct wgo_str resource,
                                           struct wgo_str provider, struct wgo_str type,
                                           struct wgo_error *err);
/* Gives every resource in order of id; may be called again and gives the same again. Records of the
 * source 'provider' only, unless it is empty. Without 'each' resources are only counted. A status
 * other than WGO_OK from 'each' ends it and is returned. 'out_stats' may be NULL. */
WGO_NODISCARD enum wgo_status wgo_merger_each(struct wgo_merger *merger, struct wgo_str provider,
                                              wgo_merger_each_fn *each, void *state,
                                              struct wgo_merge_stats *out_stats,
                                              struct wgo_error *err);

/* Every record as it was appended, sorted by id, then as precedence ranks them (the main facet's
 * copies first); exact repeats, and what a source said before its list began anew, are left out.
 * The record is good for the call. */
typedef enum wgo_status wgo_merger_record_fn(void *state, const struct wgo_record *record,
                                             struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_merger_records(struct wgo_merger *merger,
                                                 wgo_merger_record_fn *each, void *state,
                                                 struct wgo_error *err);

/* One record as a resource of its own, before any merging, appended to 'out': for streams and
 * callbacks. A part is the one member of its configuration. False: out of memory. */
bool wgo_record_render(const struct wgo_record *record, struct wgo_buf *out);

#endif
