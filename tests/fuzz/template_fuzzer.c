/* Templates: whatever is taken expands, and braces that are doubled come out as they went in. */
#include "catalog/template.h"
#include "fuzz.h"

/* Holes that belong together end with the one that may have a fallback, and filters give text that
 * was there or their own. */
static void check_parts(const struct wgo_template *template_)
{
    for (size_t i = 0; i < template_->count; i++) {
        const struct wgo_template_part *part = &template_->parts[i];
        require(!part->has_other || (part->is_hole && !part->has_fallback));
        require(!part->has_other || (i + 1 < template_->count && part[1].is_hole));
        char scratch[WGO_TEMPLATE_SCRATCH];
        struct wgo_str text = wgo_template_filter(part, template_->source, scratch);
        require(text.len <= template_->source.len || text.ptr == scratch);
    }
}

static struct wgo_str odd_value(void *state, const struct wgo_template_part *part)
{
    require(part->name.len > 0 || (part->is_item && !part->is_tag));
    require(!part->is_item || !part->is_tag);
    unsigned *turn = state;
    static const struct wgo_str values[] = {{"", 0},           {"a/b c%41%", 9},
                                            {"\"\\\n\xff", 4}, {"1700000000.5", 12},
                                            {"-1e300", 6},     {"2026-01-01T00:00:00+14:00", 25},
                                            {"arn:x:y/z:", 10}};
    return values[(*turn)++ % WGO_COUNT(values)];
}

/* 'text' as a template that means just itself. */
static void check_literal(struct wgo_str text)
{
    struct wgo_arena arena = {0};
    struct wgo_template template_;
    struct wgo_buf source = {0}, out = {0};
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '{' || text.ptr[i] == '}') {
            wgo_buf_char(&source, text.ptr[i]);
        }
        wgo_buf_char(&source, text.ptr[i]);
    }
    require(wgo_template_parse(&arena, wgo_buf_view(&source), &template_, NULL) == WGO_OK);
    require(wgo_template_expand(&template_, odd_value, NULL, WGO_TEMPLATE_URL, &out, NULL));
    require(wgo_str_eq(wgo_buf_view(&out), text));
    wgo_buf_fini(&out);
    wgo_buf_fini(&source);
    wgo_arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_arena arena = {0};
    struct wgo_template template_;
    struct wgo_error err = {0};
    struct wgo_str source = wgo_str_from((const char *)data, size);
    enum wgo_status status = wgo_template_parse(&arena, source, &template_, &err);
    if (status == WGO_OK) {
        require(wgo_str_eq(template_.source, source));
        require(wgo_template_empty(&template_) == (size == 0));
        check_parts(&template_);
        for (int mode = WGO_TEMPLATE_PLAIN; mode <= WGO_TEMPLATE_JSON; mode++) {
            unsigned turn = size & 7;
            struct wgo_buf out = {0};
            struct wgo_str missing = {0};
            bool whole = wgo_template_expand(&template_, odd_value, &turn,
                                             (enum wgo_template_mode)mode, &out, &missing);
            require(whole == (missing.len == 0));
            wgo_buf_fini(&out);
        }
    } else {
        require(status == WGO_E_CONFIG && err.status == status && err.message[0]);
    }
    wgo_arena_fini(&arena);
    check_literal(source);
    return 0;
}
