/* Catalog files: whatever comes in is refused with a line, or gives entries that keep their
 * promises. */
#include "catalog/catalog.h"
#include "fuzz.h"

static void check_template(const struct wgo_template *template_)
{
    for (size_t i = 0; i < template_->count; i++) {
        const struct wgo_template_part *part = &template_->parts[i];
        require(!part->is_item || (part->slot >= 0 && part->slot < WGO_JSON_PICKS));
    }
}

static struct wgo_str something(void *state, const struct wgo_template_part *part)
{
    static const struct wgo_str values[] = {{NULL, 0}, {"x", 1}, {"[1,\"a\"]", 7}, {"null", 4}};
    unsigned *turn = state;
    bool is_json = part->filters & WGO_FILTER_JSON; /* then it is JSON, or nothing */
    return is_json ? values[2 * (*turn)++ % 4] : values[(*turn)++ % 4];
}

/* A body is JSON, or a hole in it has no value. */
static void check_body(const struct wgo_body *body)
{
    for (unsigned first = 0; body && first < 4; first++) {
        struct wgo_buf out = {0};
        struct wgo_str missing = {0};
        unsigned turn = first;
        if (wgo_body_write(body, something, &turn, &out, &missing)) {
            require(wgo_json_check(wgo_buf_view(&out), NULL) == WGO_OK);
        } else {
            require(missing.len > 0);
        }
        wgo_buf_fini(&out);
    }
}

/* What --resource-type settles: nobody is needed who serves nobody. */
static void check_want(struct wgo_catalog *catalog)
{
    const struct wgo_str glob = {"*a*", 3};
    const struct wgo_str_list globs = {&glob, 1};
    wgo_catalog_want(catalog, &globs);
    for (size_t i = 0; i < wgo_catalog_count(catalog); i++) {
        const struct wgo_entry *entry = wgo_catalog_at(catalog, i);
        bool leads = false;
        for (size_t k = 0; k < entry->child_count; k++) {
            leads = leads || wgo_catalog_find(catalog, entry->children[k].entry)->view.needed;
        }
        require(entry->view.wanted || !entry->view.needed || leads);
    }
    wgo_catalog_want(catalog, NULL);
}

static void check_request(const struct wgo_entry *entry)
{
    require((entry->body.count > 0) + (entry->json != NULL) + (entry->form_count > 0) <= 1);
    bool found = entry->paging == WGO_PAGE_TOKEN || entry->paging == WGO_PAGE_LINK;
    require(found ? entry->token_count > 0 && entry->token_count <= WGO_PAGE_TOKENS
                  : entry->token_count == 0);
    require(!entry->token_json || entry->json);
    require(entry->partial.count <= WGO_PARTIALS);
    require(entry->paging != WGO_PAGE_LINK || entry->token_count == 1);
    for (unsigned i = 0; i < entry->token_count; i++) {
        require(entry->token_out[i].len > 0);
    }
    for (size_t i = 0; i < entry->form_count; i++) {
        check_template(&entry->form[i].value);
    }
    for (size_t i = 0; i < entry->dependency_count; i++) {
        require(entry->dependencies[i].path.len > 0);
        check_template(&entry->dependencies[i].id);
    }
    check_body(entry->json);
}

/* Whatever tells it, a type is a word. */
static void check_types(const struct wgo_entry *entry)
{
    const struct wgo_str_list *types = &entry->view.types, *globs = &entry->type_globs;
    check_template(&entry->types_by);
    require(types->count == globs->count && (types->count > 0) == (entry->types_by.count > 0));
    for (size_t i = 0; i < types->count; i++) {
        require(types->items[i].len > 0);
        require(!wgo_str_eq(globs->items[i], WGO_STR("*")) ||
                wgo_entry_type_of(entry, WGO_STR("anything")).len > 0);
    }
}

static void check_entry(const struct wgo_catalog *catalog, const struct wgo_entry *entry)
{
    require(entry->name.len > 0 && entry->method && entry->page_plan && entry->item_plan);
    require(wgo_catalog_find(catalog, entry->name) == entry);
    require(entry->items.len > 0 || entry->decode.len > 0);
    require(entry->items.len == 0 || !wgo_template_empty(&entry->fields[WGO_FIELD_ID]) ||
            entry->child_count > 0);
    check_request(entry);
    check_types(entry);
    for (size_t i = 0; i < WGO_FIELD_COUNT; i++) {
        check_template(&entry->fields[i]);
    }
    for (size_t i = 0; i < entry->child_count; i++) {
        const struct wgo_entry *child = wgo_catalog_find(catalog, entry->children[i].entry);
        require(child && child->view.is_child && entry->children[i].batch <= 1000);
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
        status = wgo_json_plan_item(entry->item_plan, found.items[i], picks, NULL, wgo_redact_json,
                                    &none, &out, &err);
        wgo_buf_fini(&out);
    }
    wgo_arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_embedded_file file = {.name = "fuzz.yaml", .bytes = (const char *)data, .len = size};
    struct wgo_catalog *catalog = NULL;
    struct wgo_error err = {0};
    enum wgo_status status = wgo_catalog_load(&file, 1, NULL, 0, &catalog, &err);
    if (status == WGO_OK) {
        for (size_t i = 0; i < wgo_catalog_count(catalog); i++) {
            check_entry(catalog, wgo_catalog_at(catalog, i));
        }
        check_want(catalog);
    } else {
        require(!catalog && err.status == status && err.message[0]);
    }
    wgo_catalog_free(catalog);
    return 0;
}
