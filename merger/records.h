/* records.h: the records of one id, as they were appended but for those that say nothing. Private
 * to merger/.
 *
 * Ownership: copies what it is given; wgo_records_fini() frees it. Threads: one.
 * Failure:   NOMEM, and what the callback returns. */
#ifndef WGO_MERGER_RECORDS_H
#define WGO_MERGER_RECORDS_H

#include "base/buf.h"
#include "merger/merger.h"

struct wgo_records {
    struct wgo_buf bytes; /* encoded, one behind the other */
    size_t last;          /* where the last of them begins */
    uint16_t last_round;
};

void wgo_records_fini(struct wgo_records *records);
/* Of the id that the others have; in the order of precedence. */
WGO_NODISCARD enum wgo_status wgo_records_add(struct wgo_records *records, const char *encoded,
                                              struct wgo_error *err);
/* The id that they have; empty when there is none. */
struct wgo_str wgo_records_id(const struct wgo_records *records);
/* Gives them to 'each' and forgets them. */
WGO_NODISCARD enum wgo_status wgo_records_give(struct wgo_records *records,
                                               wgo_merger_record_fn *each, void *state,
                                               struct wgo_error *err);

#endif
