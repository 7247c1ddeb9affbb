#include "base/json_walk.h"

/* Containers that are remembered from the check; what comes after them is hopped over. */
enum { MOST_SPANS = 2048 };

struct page_walk {
    struct wgo_json_walk walk;
    const struct wgo_json_node *root;
    const char *first;
    struct wgo_json_spans spans; /* offsets are from 'first' */
    uint32_t span;               /* the first one that is not behind the cursor */
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

/* Past the value at the cursor: the check knows where the outermost ones end. */
static bool pass(struct page_walk *w, enum wgo_json_class class)
{
    if (class == WGO_JSON_C_OPEN_OBJECT || class == WGO_JSON_C_OPEN_ARRAY) {
        size_t at = (size_t)(w->walk.at - w->first);
        const struct wgo_json_span *spans = w->spans.items;
        while (w->span < w->spans.count && spans[w->span].from < at) {
            w->span++;
        }
        if (w->span < w->spans.count && spans[w->span].from == at) {
            w->walk.at = w->first + spans[w->span].to;
            return true;
        }
    }
    return wgo_json_walk_past(&w->walk, class);
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
            !(child ? page_value(w, child) : pass(w, wgo_json_walk_token(walk)))) {
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

/* Whether the node, or one below it, is an item. */
static bool leads_to_items(const struct wgo_json_node *node)
{
    bool found = node && node->item;
    if (node && !found) {
        found = leads_to_items(node->any) || leads_to_items(node->each);
        for (const struct wgo_json_node *at = node->members; at && !found; at = at->sibling) {
            found = leads_to_items(at);
        }
    }
    return found;
}

/* Whether the plan goes on in this value and cannot. A whole document is no empty list. */
static bool is_misfit(const struct page_walk *w, const struct wgo_json_node *node,
                      struct wgo_str value)
{
    bool ends = node->item || !(node->members || node->any || node->each);
    bool is_empty = node != w->root && wgo_json_is_bare(value);
    return !ends && !is_empty && leads_to_items(node);
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
        good = pass(w, class);
        w->page.misfit |=
            good && is_misfit(w, node, wgo_str_from(start, (size_t)(w->walk.at - start)));
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
    struct wgo_json_span spans[MOST_SPANS]; /* filled as far as they count */
    struct page_walk w = {
        .root = plan->root,
        .arena = arena,
        .spans = {.items = spans, .room = document.len < UINT32_MAX ? MOST_SPANS : 0}};
    enum wgo_status status = wgo_json_check_spans(document, &w.spans, err);
    if (status != WGO_OK) {
        return status;
    }
    wgo_json_walk_init(&w.walk, document);
    w.first = w.walk.at;
    if (!page_value(&w, plan->root)) {
        return w.out_of_memory ? wgo_fail(err, WGO_E_NOMEM, "out of memory")
                               : wgo_fail(err, WGO_E_INTERNAL, "a checked document is broken");
    }
    *out_page = w.page;
    return WGO_OK;
}
