/* item_tags.c: an item's tags, from a map or a list, sorted and each key once. */
#include "base/json_write.h"
#include "engine/item.h"

#include <stdlib.h>

static int by_key(const void *a, const void *b)
{
    return wgo_str_cmp(((const struct wgo_item_tag *)a)->key,
                       ((const struct wgo_item_tag *)b)->key);
}

struct tag_list {
    struct wgo_item_tag *items;
    size_t count, cap;
};

/* Many servers sort them. */
static bool in_order(const struct tag_list *list)
{
    size_t i = 1;
    while (i < list->count && wgo_str_cmp(list->items[i - 1].key, list->items[i].key) <= 0) {
        i++;
    }
    return i >= list->count;
}

static bool add_tag(struct wgo_arena *arena, struct tag_list *list, struct wgo_str key,
                    struct wgo_str value)
{
    struct wgo_item_tag *items =
        wgo_arena_grow(arena, list->items, list->count, &list->cap, 16, sizeof(*items));
    if (!items) {
        return false;
    }
    list->items = items;
    list->items[list->count++] = (struct wgo_item_tag){key, value};
    return true;
}

/* Several values of one tag have commas between them. */
static struct wgo_str joined_text(struct wgo_str raw, struct wgo_arena *arena)
{
    struct wgo_json json;
    struct wgo_str one, all = WGO_STR("");
    wgo_json_init(&json, raw);
    for (bool more = wgo_json_enter_array(&json);
         more && wgo_json_next_item(&json) && wgo_json_skip(&json, &one);) {
        struct wgo_str text = wgo_json_text(one, arena);
        if (text.len > 0) {
            all = all.len == 0 ? text
                               : wgo_str_format(arena, "%.*s,%.*s", WGO_FMT(all), WGO_FMT(text));
        }
    }
    return all.ptr ? all : WGO_STR("");
}

static struct wgo_str value_text(struct wgo_str raw, struct wgo_arena *arena)
{
    if (raw.ptr && wgo_json_kind_of(raw) == WGO_JSON_ARRAY) {
        return joined_text(raw, arena);
    }
    struct wgo_str text = wgo_json_text(raw, arena);
    return text.ptr ? text : WGO_STR("");
}

static bool tags_from_map(struct wgo_str raw, struct wgo_arena *arena, struct tag_list *list)
{
    struct wgo_json json;
    struct wgo_str key, value;
    wgo_json_init(&json, raw);
    if (wgo_json_peek(&json) != WGO_JSON_OBJECT || !wgo_json_enter_object(&json)) {
        return true; /* null, or a shape that holds no tags */
    }
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &value)) {
        /* The key is a raw span: with its quotes it is a JSON string. */
        struct wgo_str quoted = wgo_str_from(key.ptr - 1, key.len + 2);
        if (!add_tag(arena, list, wgo_json_text(quoted, arena), value_text(value, arena))) {
            return false;
        }
    }
    return true;
}

static bool tags_from_list(const struct wgo_entry *entry, struct wgo_str raw,
                           struct wgo_arena *arena, struct tag_list *list)
{
    struct wgo_json json;
    struct wgo_str item;
    wgo_json_init(&json, raw);
    if (wgo_json_peek(&json) != WGO_JSON_ARRAY || !wgo_json_enter_array(&json)) {
        return true;
    }
    while (wgo_json_next_item(&json) && wgo_json_skip(&json, &item)) {
        bool plain = wgo_json_kind_of(item) == WGO_JSON_STRING; /* a tag that is a word */
        struct wgo_str key =
            wgo_json_text(plain ? item : wgo_json_get(item, entry->tag_key), arena);
        struct wgo_str value = wgo_json_get(item, entry->tag_value);
        if (key.ptr && !add_tag(arena, list, key, value_text(value, arena))) {
            return false;
        }
    }
    return true;
}

/* The item's tags, sorted, each key once. */
bool wgo_item_read_tags(struct wgo_item_view *view)
{
    const struct wgo_entry *entry = view->entry;
    struct wgo_worker *worker = view->worker;
    struct tag_list list = {0};
    struct wgo_str raw =
        entry->tags_slot >= 0 ? view->picks[entry->tags_slot] : (struct wgo_str){0};
    if (!raw.ptr) {
        return true;
    }
    bool good = entry->tags_form == WGO_TAGS_MAP ? tags_from_map(raw, &worker->item, &list)
                                                 : tags_from_list(entry, raw, &worker->item, &list);
    if (!good) {
        return false;
    }
    worker->tagless = worker->tagless || (list.count == 0 && !wgo_json_is_bare(raw));
    if (!in_order(&list)) {
        qsort(list.items, list.count, sizeof(*list.items), by_key);
    }
    view->tags = list.items;
    for (size_t i = 0; i < list.count; i++) {
        if (i == 0 || !wgo_str_eq(list.items[i].key, list.items[view->tag_count - 1].key)) {
            list.items[view->tag_count++] = list.items[i];
        }
    }
    return true;
}

void wgo_item_tell_tags(struct wgo_worker *worker, struct wgo_call *call)
{
    const struct wgo_entry *entry = call->entry;
    bool tells = worker->tagless && entry->described && !wgo_entry_is_bulk(entry);
    worker->tagless = false;
    if (tells && wgo_run_tells(call, WGO_TOLD_TAGS)) {
        bool list = entry->tags_form == WGO_TAGS_LIST;
        call->run->services.warn(
            call->run, "`tags` of %.*s (%.*s, line %u) find none in what is there: %s",
            WGO_FMT(entry->name), WGO_FMT(entry->file), entry->line,
            list ? "`key` and `value` name an element's members, and `map` is for an object"
                 : "`map` is for an object, and `list` for a list");
    }
}

bool wgo_item_write_tags(const struct wgo_item_view *view, struct wgo_str *out)
{
    struct wgo_worker *worker = view->worker;
    struct wgo_json_writer w;
    if (view->tag_count == 0) {
        return true;
    }
    wgo_buf_reset(&worker->tags);
    wgo_json_writer_init(&w, &worker->tags);
    wgo_json_open_object(&w);
    for (size_t i = 0; i < view->tag_count; i++) {
        wgo_json_key_str(&w, view->tags[i].key);
        wgo_json_put_str(&w, view->tags[i].value);
    }
    wgo_json_close_object(&w);
    *out = wgo_buf_view(&worker->tags);
    return worker->tags.failed == WGO_OK;
}
