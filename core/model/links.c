#include "model/links.h"

#include "base/json.h"
#include "base/json_write.h"

#include <stdlib.h>

void wgo_links_add(struct wgo_links *links, struct wgo_str id)
{
    if (id.len == 0) {
        return;
    }
    struct wgo_str *items =
        wgo_arena_grow(links->arena, links->items, links->count, &links->room, 4, sizeof(*items));
    if (!items) {
        links->failed = true;
        return;
    }
    links->items = items;
    links->items[links->count++] = id;
}

static bool add_one(void *state, struct wgo_str raw)
{
    struct wgo_links *links = state;
    wgo_links_add(links, wgo_json_text(raw, links->arena));
    return true;
}

void wgo_links_add_json(struct wgo_links *links, struct wgo_str array)
{
    if (array.len > 0) {
        (void)!wgo_json_each(array, WGO_STR("[]"), add_one, links);
    }
}

enum wgo_status wgo_links_write(struct wgo_links *links, struct wgo_str *out, struct wgo_error *err)
{
    struct wgo_buf text = {0};
    struct wgo_json_writer w;
    size_t written = 0;
    *out = (struct wgo_str){0};
    if (links->failed || links->count == 0) {
        return links->failed ? wgo_fail(err, WGO_E_NOMEM, "out of memory") : WGO_OK;
    }
    if (links->count > 1) {
        qsort(links->items, links->count, sizeof(*links->items), wgo_str_cmp_ptr);
    }
    size_t size = sizeof("[]");
    for (size_t i = 0; i < links->count; i++) {
        size += links->items[i].len + sizeof("\"\",");
    }
    (void)!wgo_buf_reserve(&text, size); /* most ids need nothing escaped */
    wgo_json_writer_init(&w, &text);
    wgo_json_open_array(&w);
    for (size_t i = 0; i < links->count; i++) {
        struct wgo_str id = links->items[i];
        if (!wgo_str_eq(id, links->own) && (i == 0 || !wgo_str_eq(id, links->items[i - 1]))) {
            wgo_json_put_str(&w, id);
            written++;
        }
    }
    wgo_json_close_array(&w);
    if (written > 0) {
        *out = wgo_str_dup(links->arena, wgo_buf_view(&text));
    }
    bool good = text.failed == WGO_OK && (out->ptr || written == 0);
    wgo_buf_fini(&text);
    return good ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}
