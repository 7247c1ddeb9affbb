/* encode.h: a record as one run of bytes, in memory and in the spill file. Private to merger/.
 *
 * A fixed head, the lengths of all fields but the id as varints, then the fields' bytes in the
 * order of the table in encode.c. The encoding of a record depends on nothing but the record and
 * the rank of its source in the preferred order, so equal records are equal bytes. Numbers are the
 * machine's own: nobody else reads the file.
 *
 * Ownership: views borrow the bytes. Threads: values.
 * Failure:   wgo_encode_size() says what is wrong with a record; nothing else fails. */
#ifndef WGO_MERGER_ENCODE_H
#define WGO_MERGER_ENCODE_H

#include "base/error.h"
#include "model/record.h"

struct wgo_encoded_head {
    uint32_t size; /* of the whole record, this head included */
    uint32_t id_len;
    uint64_t fingerprint;
    uint16_t preferred; /* of the source, by the user's order; 0 is the best */
    uint16_t rank;
    uint16_t round;
    uint16_t id_at; /* where the id begins */
    uint8_t live;
    uint8_t part_first; /* first byte of the part's length: 0 for a main facet */
    uint8_t zero[6];    /* no padding: equal records are equal bytes */
};
_Static_assert(sizeof(struct wgo_encoded_head) == 32, "the head has padding");

/* Bytes that 'record' takes. PARSE when it breaks the contract of record.h (no id, type or
 * provider, configuration of a main facet that is no object), TOO_LARGE beyond 1 GB. */
WGO_NODISCARD enum wgo_status wgo_encode_size(const struct wgo_record *record, size_t *out_size,
                                              struct wgo_error *err);
/* 'out' has room for what wgo_encode_size() said. */
void wgo_encode(const struct wgo_record *record, uint16_t preferred, char *out);

static inline struct wgo_encoded_head wgo_encoded_head(const char *bytes)
{
    struct wgo_encoded_head head;
    memcpy(&head, bytes, sizeof(head));
    return head;
}
static inline struct wgo_str wgo_encoded_id(const char *bytes)
{
    struct wgo_encoded_head head = wgo_encoded_head(bytes);
    return wgo_str_from(bytes + head.id_at, head.id_len);
}
/* Views into 'bytes'. */
void wgo_decode(const char *bytes, struct wgo_record *out);

/* Who said it: the record's source_provider, or its provider when nothing else is known. */
static inline struct wgo_str wgo_record_source(const struct wgo_record *record)
{
    return record->source_provider.len ? record->source_provider : record->provider;
}

#endif
