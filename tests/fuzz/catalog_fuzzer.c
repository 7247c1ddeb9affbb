/* Catalog files: whatever comes in is refused with a line, or gives entries that keep their
 * promises. */
#include "catalog/catalog.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
    if (!true_always) {
        abort();
    }
}

static void check_template(const struct wgo_template *template_)
{
    for (size_t i = 0; i < template_->count; i++) {
        const struct wgo_template_part *part = &template_->parts[i];
        require(!part->is_item || (part->slot >= 0 && part->slot < WGO_JSON_PICKS));
    }
}

static void check_entry(const struct wgo_catalog *catalog, const struct wgo_entry *entry)
{
    require(entry->name.len > 0 && entry->method && entry->page_plan && entry->item_plan);
    require(wgo_catalog_find(catalog, entry->name) == entry);
    require(entry->items.len > 0 || entry->decode.len > 0);
    require(entry->items.len == 0 || !wgo_template_empty(&entry->fields[WGO_FIELD_ID]));
    for (size_t i = 0; i < WGO_FIELD_COUNT; i++) {
        check_template(&entry->fields[i]);
    }
    for (size_t i = 0; i < entry->child_count; i++) {
        require(wgo_catalog_find(catalog, entry->children[i].entry));
        for (size_t k = 0; k < entry->children[i].var_count; k++) {
            check_template(&entry->children[i].vars[k].value);
        }
    }
    require(entry->tags_slot >= -1 && entry->tags_slot < WGO_JSON_PICKS);
    require(entry->limit_count <= WGO_LIMIT_KEYS && entry->rank <= UINT16_MAX);

    /* And the compiled paths run over something. */
    static const char page[] = "{\"items\":[{\"id\":\"1\",\"metadata\":{\"name\":\"n\"}},2,null]}";
    struct wgo_arena arena = {0};
    struct wgo_json_page found;
    struct wgo_error err = {0};
    enum wgo_status status =
        wgo_json_plan_page(entry->page_plan, wgo_str(page), &arena, &found, &err);
    for (size_t i = 0; status == WGO_OK && i < found.item_count; i++) {
        struct wgo_str picks[WGO_JSON_PICKS] = {0};
        struct wgo_redactor none = {0};
        struct wgo_buf out = {0};
        status = wgo_json_plan_item(entry->item_plan, found.items[i], picks, wgo_redact_json, &none,
                                    &out, &err);
        wgo_buf_fini(&out);
    }
    wgo_arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_embedded_file file = {"fuzz.yaml", (const char *)data, size};
    struct wgo_catalog *catalog = NULL;
    struct wgo_error err = {0};
    enum wgo_status status = wgo_catalog_load(&file, 1, NULL, 0, &catalog, &err);
    if (status == WGO_OK) {
        for (size_t i = 0; i < wgo_catalog_count(catalog); i++) {
            check_entry(catalog, wgo_catalog_at(catalog, i));
        }
    } else {
        require(!catalog && err.status == status && err.message[0]);
    }
    wgo_catalog_free(catalog);
    return 0;
}
