/* Results of Power BI's scanner. Whatever it is: what is emitted is JSON and has an id of ours, and
 * nothing is emitted of what is no whole document. */
#include "fuzz.h"
#include "powerbi/scan_result.h"

struct bag {
    struct wgo_emitter base; /* first: handed to the reader */
    struct wgo_arena arena;
    int64_t records, rows;
};

static enum wgo_status on_record(struct wgo_emitter *emitter, const struct wgo_record *record,
                                 struct wgo_error *err)
{
    struct bag *bag = (struct bag *)emitter;
    require(wgo_json_check(record->configuration, err) == WGO_OK);
    require(record->dependencies.len == 0 || wgo_json_check(record->dependencies, err) == WGO_OK);
    require(wgo_str_starts(record->id, WGO_STR("powerbi://t/")) && record->type.len > 0);
    bag->records++;
    return WGO_OK;
}

static void on_row(struct wgo_emitter *emitter, const struct wgo_row *row)
{
    struct bag *bag = (struct bag *)emitter;
    bag->rows += row->count;
}

static void on_keep_group(struct wgo_emitter *emitter, struct wgo_str group)
{
    (void)emitter;
    require(group.len > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_redactor redactor = {0};
    struct wgo_powerbi_reader *reader = NULL;
    struct wgo_error err = {0};
    struct bag bag = {.base = {.record = on_record,
                               .row = on_row,
                               .keep_group = on_keep_group,
                               .redactor = &redactor}};
    const struct wgo_powerbi_reader_options options = {.tenant = WGO_STR("t"),
                                                       .redactor = &redactor};
    struct wgo_str document = wgo_str_from((const char *)data, size);
    bag.base.arena = &bag.arena;
    require(wgo_powerbi_reader_new(&options, &reader, &err) == WGO_OK);
    enum wgo_status status =
        wgo_powerbi_read_result(reader, document, &bag.base, NULL, NULL, NULL, &err);
    require(bag.records == bag.rows);
    require(status != WGO_E_PARSE || bag.records == 0);
    require(wgo_json_check(document, NULL) == WGO_OK || bag.records == 0);
    wgo_powerbi_reader_free(reader);
    wgo_arena_fini(&bag.arena);
    return 0;
}
