#include "model/record_pack.h"

#include "base/compiler.h"

#include <stddef.h>
#include <string.h>

#define TEXT(name) offsetof(struct wgo_record, name)
static const size_t TEXTS[] = {
    TEXT(id),
    TEXT(part),
    TEXT(type),
    TEXT(name),
    TEXT(provider),
    TEXT(account),
    TEXT(region),
    TEXT(namespace_name),
    TEXT(native_id),
    TEXT(native_type),
    TEXT(created_at),
    TEXT(updated_at),
    TEXT(version),
    TEXT(configuration),
    TEXT(tags),
    TEXT(dependencies),
    TEXT(source_provider),
    TEXT(source_type),
    TEXT(listed_account),
    TEXT(listed_region),
    TEXT(listed_type),
    TEXT(listed_group),
    TEXT(state_file),
    TEXT(state_address),
};

void wgo_record_pack(struct wgo_buf *out, const struct wgo_record *record)
{
    for (size_t i = 0; i < WGO_COUNT(TEXTS); i++) {
        struct wgo_str text;
        memcpy(&text, (const char *)record + TEXTS[i], sizeof(text));
        wgo_pack_text(out, text);
    }
    wgo_pack_number(out, record->fingerprint);
    wgo_pack_number(out, record->rank);
    wgo_pack_number(out, record->round);
    wgo_pack_number(out, record->live);
}

void wgo_record_unpack(struct wgo_unpack *in, struct wgo_record *out)
{
    *out = (struct wgo_record){0};
    for (size_t i = 0; i < WGO_COUNT(TEXTS); i++) {
        struct wgo_str text = wgo_unpack_text(in);
        memcpy((char *)out + TEXTS[i], &text, sizeof(text));
    }
    out->fingerprint = wgo_unpack_number(in);
    uint64_t rank = wgo_unpack_number(in), round = wgo_unpack_number(in);
    in->bad = in->bad || rank > UINT16_MAX || round > UINT16_MAX;
    out->rank = (uint16_t)rank;
    out->round = (uint16_t)round;
    out->live = wgo_unpack_number(in) != 0;
}
