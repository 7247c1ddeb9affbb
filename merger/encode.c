#include "merger/encode.h"

#define FIELD(name) offsetof(struct wgo_record, name)

/* The order of the fields' bytes. The id is first and its length stands in the head; the part's
 * length comes next, so that sorting reads little. */
static const size_t fields[] = {
    FIELD(id),
    FIELD(part),
    FIELD(type),
    FIELD(name),
    FIELD(provider),
    FIELD(account),
    FIELD(region),
    FIELD(namespace_name),
    FIELD(native_id),
    FIELD(native_type),
    FIELD(created_at),
    FIELD(updated_at),
    FIELD(version),
    FIELD(source_provider),
    FIELD(source_type),
    FIELD(listed_account),
    FIELD(listed_region),
    FIELD(listed_type),
    FIELD(listed_group),
    FIELD(state_file),
    FIELD(state_address),
    FIELD(dependencies),
    FIELD(tags),
    FIELD(configuration),
};

enum { LARGEST = 1 << 30, VARINT_MAX = 5 };

static struct wgo_str field(const struct wgo_record *record, size_t i)
{
    struct wgo_str s;
    memcpy(&s, (const char *)record + fields[i], sizeof(s));
    return s;
}

static size_t varint_size(size_t n)
{
    size_t size = 1;
    for (; n >= 0x80; n >>= 7) {
        size++;
    }
    return size;
}

static char *put_varint(char *at, size_t n)
{
    for (; n >= 0x80; n >>= 7) {
        *at++ = (char)(0x80 | (n & 0x7F));
    }
    *at++ = (char)n;
    return at;
}

static const char *get_varint(const char *at, size_t *out)
{
    size_t n = 0;
    unsigned shift = 0;
    while (*at & 0x80) {
        n |= (size_t)(*at++ & 0x7F) << shift;
        shift += 7;
    }
    *out = n | (size_t)*at++ << shift;
    return at;
}

static bool is_object(struct wgo_str s)
{
    return s.len == 0 || (s.len >= 2 && s.ptr[0] == '{' && s.ptr[s.len - 1] == '}');
}

static enum wgo_status check(const struct wgo_record *record, struct wgo_error *err)
{
    size_t bad_at;
    if (!record->id.len || !wgo_str_is_utf8(record->id, &bad_at)) {
        return wgo_fail(err, WGO_E_PARSE, "a record of type \"%.*s\" has %s id",
                        WGO_FMT(record->type), record->id.len ? "a malformed" : "no");
    }
    if (!record->part.len && (!record->type.len || !record->provider.len)) {
        return wgo_fail(err, WGO_E_PARSE, "%.*s: the record has no %s", WGO_FMT(record->id),
                        record->type.len ? "provider" : "type");
    }
    if ((!record->part.len && !is_object(record->configuration)) || !is_object(record->tags)) {
        return wgo_fail(err, WGO_E_PARSE, "%.*s: the record's %s is no JSON object",
                        WGO_FMT(record->id),
                        is_object(record->tags) ? "configuration" : "set of tags");
    }
    return WGO_OK;
}

enum wgo_status wgo_encode_size(const struct wgo_record *record, size_t *out_size,
                                struct wgo_error *err)
{
    enum wgo_status status = check(record, err);
    if (status != WGO_OK) {
        return status;
    }
    size_t size = sizeof(struct wgo_encoded_head) + WGO_COUNT(fields) * VARINT_MAX;
    for (size_t i = 0; i < WGO_COUNT(fields); i++) {
        size_t len = field(record, i).len;
        if (len > LARGEST - size) {
            return wgo_fail(err, WGO_E_TOO_LARGE, "%.*s: the record is larger than 1 GB",
                            WGO_FMT(record->id));
        }
        size += len;
    }
    size -= WGO_COUNT(fields) * VARINT_MAX;
    for (size_t i = 1; i < WGO_COUNT(fields); i++) {
        size += varint_size(field(record, i).len);
    }
    *out_size = size;
    return WGO_OK;
}

void wgo_encode(const struct wgo_record *record, uint16_t preferred, char *out)
{
    struct wgo_encoded_head head = {
        .id_len = (uint32_t)record->id.len,
        .fingerprint = record->fingerprint,
        .preferred = preferred,
        .rank = record->rank,
        .round = record->round,
        .live = record->live,
    };
    char *at = out + sizeof(head);
    for (size_t i = 1; i < WGO_COUNT(fields); i++) {
        at = put_varint(at, field(record, i).len);
    }
    head.part_first = (uint8_t)out[sizeof(head)];
    head.id_at = (uint16_t)(at - out);
    for (size_t i = 0; i < WGO_COUNT(fields); i++) {
        struct wgo_str s = field(record, i);
        if (s.len) {
            memcpy(at, s.ptr, s.len);
            at += s.len;
        }
    }
    head.size = (uint32_t)(at - out);
    memcpy(out, &head, sizeof(head));
}

void wgo_decode(const char *bytes, struct wgo_record *out)
{
    struct wgo_encoded_head head = wgo_encoded_head(bytes);
    *out = (struct wgo_record){
        .fingerprint = head.fingerprint,
        .rank = head.rank,
        .round = head.round,
        .live = head.live != 0,
    };
    const char *length_at = bytes + sizeof(head);
    const char *at = bytes + head.id_at;
    for (size_t i = 0; i < WGO_COUNT(fields); i++) {
        struct wgo_str s = {at, head.id_len};
        if (i > 0) {
            length_at = get_varint(length_at, &s.len);
            s.ptr = at;
        }
        memcpy((char *)out + fields[i], &s, sizeof(s));
        at += s.len;
    }
}
