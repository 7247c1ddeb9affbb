/* record_pack.h: a record as bytes, for what is kept between runs.
 *
 * Ownership: an unpacked record borrows the bytes. Threads: none.
 * Failure:   as base/pack.h. */
#ifndef WGO_MODEL_RECORD_PACK_H
#define WGO_MODEL_RECORD_PACK_H

#include "base/pack.h"
#include "model/record.h"

void wgo_record_pack(struct wgo_buf *out, const struct wgo_record *record);
/* What is in 'out' is good only if 'in' is. */
void wgo_record_unpack(struct wgo_unpack *in, struct wgo_record *out);

#endif
