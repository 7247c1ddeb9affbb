#include "base/json_walk.h"

struct page_walk {
    struct wgo_json_walk walk;
    struct wgo_arena *arena;
    struct wgo_json_page page;
    size_t item_cap;
    bool out_of_memory;
};

static bool add_item(struct page_walk *w, struct wgo_str span)
{
    struct wgo_json_page *page = &w->page;
    struct wgo_str *items =
        wgo_arena_grow(w->arena, page->items, page->item_count, &w->item_cap, 128, sizeof(*items));
    if (!items) {
        w->out_of_memory = true;
        return false;
    }
    page->items = items;
    page->items[page->item_count++] = span;
    return true;
}

static bool page_value(struct page_walk *w, const struct wgo_json_node *node);

static bool page_object(struct page_walk *w, const struct wgo_json_node *node)
{
    struct wgo_json_walk *walk = &w->walk;
    bool first = true;
    enum wgo_json_more more;
    walk->at++;
    while ((more = wgo_json_walk_next(walk, WGO_JSON_C_CLOSE_OBJECT, &first)) == WGO_JSON_MORE) {
        const struct wgo_json_node *child;
        if (!wgo_json_walk_member(walk, node, &child) ||
            !(child ? page_value(w, child) : wgo_json_walk_past(walk, wgo_json_walk_token(walk)))) {
            return false;
        }
    }
    return more == WGO_JSON_NO_MORE;
}

static bool page_array(struct page_walk *w, const struct wgo_json_node *node)
{
    struct wgo_json_walk *walk = &w->walk;
    bool first = true;
    enum wgo_json_more more;
    walk->at++;
    while ((more = wgo_json_walk_next(walk, WGO_JSON_C_CLOSE_ARRAY, &first)) == WGO_JSON_MORE) {
        if (!page_value(w, node->each)) {
            return false;
        }
    }
    return more == WGO_JSON_NO_MORE;
}

static bool page_value(struct page_walk *w, const struct wgo_json_node *node)
{
    enum wgo_json_class class = wgo_json_walk_token(&w->walk);
    const char *start = w->walk.at;
    uint32_t claimed = wgo_json_claim_picks(node, w->page.picks, start);
    bool good;
    if (class == WGO_JSON_C_OPEN_OBJECT && (node->members || node->any)) {
        good = page_object(w, node);
    } else if (class == WGO_JSON_C_OPEN_ARRAY && node->each) {
        good = page_array(w, node);
    } else {
        good = wgo_json_walk_past(&w->walk, class);
    }
    if (!good) {
        return false;
    }
    wgo_json_fill_picks(claimed, w->page.picks, w->walk.at);
    return !node->item || add_item(w, wgo_str_from(start, (size_t)(w->walk.at - start)));
}

enum wgo_status wgo_json_plan_page(const struct wgo_json_plan *plan, struct wgo_str document,
                                   struct wgo_arena *arena, struct wgo_json_page *out_page,
                                   struct wgo_error *err)
{
    enum wgo_status status = wgo_json_check(document, err);
    if (status != WGO_OK) {
        return status;
    }
    struct page_walk w = {.arena = arena};
    wgo_json_walk_init(&w.walk, document);
    if (!page_value(&w, plan->root)) {
        return w.out_of_memory ? wgo_fail(err, WGO_E_NOMEM, "out of memory")
                               : wgo_fail(err, WGO_E_INTERNAL, "a checked document is broken");
    }
    *out_page = w.page;
    return WGO_OK;
}
