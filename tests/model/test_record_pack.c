/* A record as bytes: every field comes back. */
#include "base/compiler.h"
#include "model/record_pack.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define TEXT(name) offsetof(struct wgo_record, name)
static const size_t TEXTS[] = {
    TEXT(id),           TEXT(part),           TEXT(type),          TEXT(name),
    TEXT(provider),     TEXT(account),        TEXT(region),        TEXT(namespace_name),
    TEXT(native_id),    TEXT(native_type),    TEXT(created_at),    TEXT(updated_at),
    TEXT(version),      TEXT(configuration),  TEXT(tags),          TEXT(dependencies),
    TEXT(source_type),  TEXT(listed_account), TEXT(listed_region), TEXT(listed_type),
    TEXT(listed_group), TEXT(state_file),     TEXT(state_address), TEXT(source_provider),
};

static struct wgo_str text_of(const struct wgo_record *record, size_t at)
{
    struct wgo_str text;
    memcpy(&text, (const char *)record + at, sizeof(text));
    return text;
}

Test(record_pack, every_field_comes_back)
{
    static char names[WGO_COUNT(TEXTS)][8];
    struct wgo_record record = {.fingerprint = UINT64_MAX, .rank = 7, .round = 65535, .live = true};
    for (size_t i = 0; i < WGO_COUNT(TEXTS); i++) {
        snprintf(names[i], sizeof(names[i]), "text %zu", i);
        struct wgo_str text = wgo_str(names[i]);
        memcpy((char *)&record + TEXTS[i], &text, sizeof(text));
    }
    struct wgo_buf bytes = {0};
    wgo_record_pack(&bytes, &record);
    wgo_record_pack(&bytes, &(struct wgo_record){0});
    struct wgo_unpack in = {.rest = wgo_buf_view(&bytes)};
    struct wgo_record again, empty;
    wgo_record_unpack(&in, &again);
    for (size_t i = 0; i < WGO_COUNT(TEXTS); i++) {
        cr_assert(wgo_str_is(text_of(&again, TEXTS[i]), names[i]), "%s", names[i]);
    }
    cr_assert(again.fingerprint == UINT64_MAX && again.rank == 7 && again.round == 65535 &&
              again.live);
    wgo_record_unpack(&in, &empty);
    cr_assert(empty.id.len == 0 && !empty.live && !in.bad && in.rest.len == 0);
    /* All fields are here: a new one would change the size. */
    cr_assert_eq(sizeof(struct wgo_record), WGO_COUNT(TEXTS) * sizeof(struct wgo_str) + 16);
    wgo_buf_fini(&bytes);
}

Test(record_pack, what_is_cut_short_is_bad)
{
    struct wgo_record record = {.id = WGO_STR("an id"), .configuration = WGO_STR("{}")}, again;
    struct wgo_buf bytes = {0};
    wgo_record_pack(&bytes, &record);
    for (size_t len = 0; len < bytes.len; len++) {
        struct wgo_unpack in = {.rest = wgo_str_slice(wgo_buf_view(&bytes), 0, len)};
        wgo_record_unpack(&in, &again);
        cr_assert(in.bad, "%zu bytes", len);
    }
    wgo_buf_fini(&bytes);
}
