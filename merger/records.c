#include "merger/records.h"

#include "merger/encode.h"
#include "merger/facets.h"

void wgo_records_fini(struct wgo_records *records)
{
    wgo_buf_fini(&records->bytes);
}

static struct wgo_str bytes_of(const char *encoded)
{
    return wgo_str_from(encoded, wgo_encoded_head(encoded).size);
}

enum wgo_status wgo_records_add(struct wgo_records *records, const char *encoded,
                                struct wgo_error *err)
{
    struct wgo_str bytes = bytes_of(encoded);
    struct wgo_buf *all = &records->bytes;
    if (all->len > 0 && wgo_str_eq(bytes_of(all->ptr + records->last), bytes)) {
        return WGO_OK;
    }
    uint16_t round = wgo_encoded_head(encoded).round;
    records->last_round = round > records->last_round ? round : records->last_round;
    records->last = all->len;
    return wgo_buf_str(all, bytes) ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

struct wgo_str wgo_records_id(const struct wgo_records *records)
{
    return records->bytes.len > 0 ? wgo_encoded_id(records->bytes.ptr) : (struct wgo_str){0};
}

/* Later rounds of one source stand before this one. */
static bool superseded(const struct wgo_records *records, size_t end,
                       const struct wgo_record *record)
{
    struct wgo_record before;
    for (size_t at = 0; record->round < records->last_round && at < end;
         at += bytes_of(records->bytes.ptr + at).len) {
        wgo_decode(records->bytes.ptr + at, &before);
        if (before.round > record->round && wgo_record_same_source(&before, record)) {
            return true;
        }
    }
    return false;
}

enum wgo_status wgo_records_give(struct wgo_records *records, wgo_merger_record_fn *each,
                                 void *state, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    struct wgo_record record;
    for (size_t at = 0; at < records->bytes.len && status == WGO_OK;
         at += bytes_of(records->bytes.ptr + at).len) {
        wgo_decode(records->bytes.ptr + at, &record);
        if (!superseded(records, at, &record)) {
            record.round = 0; /* what a later one would supersede is not there any more */
            status = each(state, &record, err);
        }
    }
    wgo_buf_reset(&records->bytes);
    records->last = 0;
    records->last_round = 0;
    return status;
}
