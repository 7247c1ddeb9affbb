#include "base/json_plan.h"
#include "base/json_scan.h"

/* ---- pages ---- */

struct page_walk {
    struct wgo_json json;
    struct wgo_arena *arena;
    struct wgo_json_page page;
    size_t item_cap;
};

static bool out_of_memory(struct wgo_json *json)
{
    json->status = WGO_E_NOMEM;
    json->problem = "out of memory";
    return false;
}

static bool add_item(struct page_walk *walk, struct wgo_str span)
{
    struct wgo_json_page *page = &walk->page;
    if (page->item_count == walk->item_cap) {
        size_t cap = walk->item_cap ? walk->item_cap * 2 : 128;
        struct wgo_str *items = WGO_NEW_ARRAY(walk->arena, struct wgo_str, cap);
        if (!items) {
            return out_of_memory(&walk->json);
        }
        if (page->item_count) {
            memcpy(items, page->items, page->item_count * sizeof(*items));
        }
        page->items = items;
        walk->item_cap = cap;
    }
    page->items[page->item_count++] = span;
    return true;
}

/* Reserves the slots of 'node' that are still free for the value at 'at', so that nothing below it
 * takes them. */
static uint32_t claim_picks(const struct wgo_json_node *node, struct wgo_str *picks, const char *at)
{
    uint32_t claimed = 0;
    for (unsigned slot = 0; slot < WGO_JSON_PICKS && node->picks >> slot; slot++) {
        if (node->picks >> slot & 1 && !picks[slot].ptr) {
            picks[slot].ptr = at;
            claimed |= UINT32_C(1) << slot;
        }
    }
    return claimed;
}

static void fill_picks(uint32_t claimed, struct wgo_str *picks, const char *end)
{
    for (unsigned slot = 0; slot < WGO_JSON_PICKS && claimed >> slot; slot++) {
        if (claimed >> slot & 1) {
            picks[slot].len = (size_t)(end - picks[slot].ptr);
        }
    }
}

static bool page_value(struct page_walk *walk, const struct wgo_json_node *node)
{
    struct wgo_json *json = &walk->json;
    enum wgo_json_kind kind = wgo_json_peek(json);
    const char *start = json->at;
    uint32_t claimed = claim_picks(node, walk->page.picks, start);
    if (kind == WGO_JSON_OBJECT && (node->members || node->any)) {
        struct wgo_str key;
        wgo_json_enter_object(json);
        while (wgo_json_next_member(json, &key)) {
            const struct wgo_json_node *child = wgo_json_plan_member(node, key);
            if (!(child ? page_value(walk, child) : wgo_json_skip(json, NULL))) {
                return false;
            }
        }
    } else if (kind == WGO_JSON_ARRAY && node->each) {
        wgo_json_enter_array(json);
        while (wgo_json_next_item(json)) {
            if (!page_value(walk, node->each)) {
                return false;
            }
        }
    } else {
        wgo_json_skip(json, NULL);
    }
    if (json->status != WGO_OK) {
        return false;
    }
    fill_picks(claimed, walk->page.picks, json->at);
    return !node->item || add_item(walk, wgo_str_from(start, (size_t)(json->at - start)));
}

enum wgo_status wgo_json_plan_page(const struct wgo_json_plan *plan, struct wgo_str document,
                                   struct wgo_arena *arena, struct wgo_json_page *out_page,
                                   struct wgo_error *err)
{
    struct page_walk walk = {.arena = arena};
    wgo_json_init(&walk.json, document);
    if (!page_value(&walk, plan->root) || !wgo_json_finish(&walk.json)) {
        return wgo_json_error(&walk.json, err);
    }
    *out_page = walk.page;
    return WGO_OK;
}

/* ---- items ---- */

/* What happens to the values below a point. */
enum mode {
    COPY,
    REDACT, /* scalars are replaced */
    DROP,   /* nothing is written; picks are still taken */
};

struct item_walk {
    struct wgo_json json;
    struct wgo_str picks[WGO_JSON_PICKS];
    wgo_json_redact_fn *redact;
    void *redact_state;
    struct wgo_buf *out;
    const char *from; /* what lies before it is written or left out */
    enum wgo_status failed;
};

/* Writes what is still pending before 'to'. */
static bool flush(struct item_walk *walk, const char *to)
{
    if (walk->from < to) {
        wgo_json_compact(wgo_str_from(walk->from, (size_t)(to - walk->from)), walk->out);
        walk->from = to;
    }
    return walk->out->failed == WGO_OK;
}

static bool redact_scalar(struct item_walk *walk, struct wgo_str raw)
{
    if (!flush(walk, raw.ptr)) {
        return false;
    }
    walk->from = raw.ptr + raw.len;
    if (!walk->redact) {
        return wgo_buf_str(walk->out, WGO_STR("null"));
    }
    if (!walk->redact(walk->redact_state, raw, walk->out)) {
        walk->failed = walk->out->failed != WGO_OK ? walk->out->failed : WGO_E_INTERNAL;
        return false;
    }
    return walk->out->failed == WGO_OK;
}

/* Replaces every scalar in 'raw', at any depth: a string that a colon follows is a key. */
static bool redact_all(struct item_walk *walk, struct wgo_str raw)
{
    const char *at = raw.ptr, *end = raw.ptr + raw.len;
    while (at < end) {
        const char *start = at;
        switch (wgo_json_class_of(*at)) {
        case WGO_JSON_C_QUOTE:
            at = wgo_json_hop_string(at + 1, end);
            break;
        case WGO_JSON_C_NUMBER:
        case WGO_JSON_C_WORD:
            at = wgo_json_hop_bare(at, end);
            break;
        default:
            at++;
            continue;
        }
        const char *next = wgo_json_past_space(at, end);
        bool key = next < end && *next == ':';
        if (!key && !redact_scalar(walk, wgo_str_from(start, (size_t)(at - start)))) {
            return false;
        }
    }
    return true;
}

static bool item_value(struct item_walk *walk, const struct wgo_json_node *node, enum mode mode);

/* One container's elements, as its loop goes through them. */
struct elements {
    const char *begin; /* just after the bracket */
    const char *gap;   /* end of the element before; the comma comes after it */
    bool kept;         /* some element was written */
};

/* The element that starts at 'start' goes the way of 'node', which may be NULL. */
static bool element(struct item_walk *walk, struct elements *all, const char *start,
                    const struct wgo_json_node *node, enum mode mode)
{
    if (node && node->cut && mode != DROP) {
        /* The comma before it goes too. */
        if (!flush(walk, all->gap) || !item_value(walk, node, DROP)) {
            return false;
        }
        walk->from = walk->json.at;
    } else {
        if (!all->kept && all->gap > all->begin && mode != DROP) {
            walk->from = start; /* all before it were cut, but not the comma after them */
        }
        all->kept = true;
        if (node || mode == REDACT ? !item_value(walk, node, mode)
                                   : !wgo_json_skip(&walk->json, NULL)) {
            return false;
        }
    }
    all->gap = walk->json.at;
    return true;
}

static bool item_object(struct item_walk *walk, const struct wgo_json_node *node, enum mode mode)
{
    struct wgo_json *json = &walk->json;
    struct wgo_str key;
    wgo_json_enter_object(json);
    struct elements all = {.begin = json->at, .gap = json->at};
    while (wgo_json_next_member(json, &key)) {
        if (!element(walk, &all, key.ptr - 1, wgo_json_plan_member(node, key), mode)) {
            return false;
        }
    }
    return json->status == WGO_OK;
}

static bool item_array(struct item_walk *walk, const struct wgo_json_node *node, enum mode mode)
{
    struct wgo_json *json = &walk->json;
    wgo_json_enter_array(json);
    struct elements all = {.begin = json->at, .gap = json->at};
    while (wgo_json_next_item(json)) {
        if (!element(walk, &all, json->at, node->each, mode)) {
            return false;
        }
    }
    return json->status == WGO_OK;
}

static bool item_value(struct item_walk *walk, const struct wgo_json_node *node, enum mode mode)
{
    struct wgo_json *json = &walk->json;
    enum wgo_json_kind kind = wgo_json_peek(json);
    uint32_t claimed = node ? claim_picks(node, walk->picks, json->at) : 0;
    if (node && node->redact && mode == COPY) {
        mode = REDACT;
    }
    if (node && kind == WGO_JSON_OBJECT && (node->members || node->any)) {
        if (!item_object(walk, node, mode)) {
            return false;
        }
    } else if (node && kind == WGO_JSON_ARRAY && node->each) {
        if (!item_array(walk, node, mode)) {
            return false;
        }
    } else {
        struct wgo_str span;
        if (!wgo_json_skip(json, &span) || (mode == REDACT && !redact_all(walk, span))) {
            return false;
        }
    }
    fill_picks(claimed, walk->picks, json->at);
    return true;
}

static enum wgo_status item_failure(struct item_walk *walk, size_t before, struct wgo_error *err)
{
    struct wgo_buf *out = walk->out;
    enum wgo_status status = walk->failed != WGO_OK ? walk->failed : out->failed;
    if (status == WGO_OK) {
        status = wgo_json_error(&walk->json, err);
    } else if (status == WGO_E_INTERNAL) {
        wgo_fail(err, status, "a sensitive value could not be replaced");
    } else {
        wgo_fail(err, status, "%s", wgo_status_text(status));
    }
    if (out->len > before) {
        out->len = before;
    }
    return status;
}

enum wgo_status wgo_json_plan_item(const struct wgo_json_plan *plan, struct wgo_str item,
                                   struct wgo_str picks[WGO_JSON_PICKS], wgo_json_redact_fn *redact,
                                   void *redact_state, struct wgo_buf *out, struct wgo_error *err)
{
    struct item_walk walk = {.redact = redact, .redact_state = redact_state, .out = out};
    size_t before = out->len;
    wgo_json_init(&walk.json, item);
    walk.from = walk.json.start;
    if (!item_value(&walk, plan->root, COPY) || !wgo_json_finish(&walk.json) ||
        !flush(&walk, walk.json.end)) {
        return item_failure(&walk, before, err);
    }
    memcpy(picks, walk.picks, sizeof(walk.picks));
    return WGO_OK;
}
