#include "base/json_walk.h"

/* What happens to the values below a point. */
enum mode {
    COPY,
    REDACT, /* scalars are replaced */
    DROP,   /* nothing is written; picks are still taken */
};

struct item_walk {
    struct wgo_json_walk walk;
    struct wgo_str picks[WGO_JSON_PICKS];
    struct wgo_json_finds *finds;
    wgo_json_redact_fn *redact;
    void *redact_state;
    struct wgo_buf *out;
    const char *from; /* what lies before it is written or left out */
    enum wgo_status failed;
};

/* Writes what is still pending before 'to'. */
static bool flush(struct item_walk *w, const char *to)
{
    struct wgo_str pending = {w->from, (size_t)(to - w->from)};
    if (w->from < to) {
        w->from = to;
        if (w->walk.spaced) {
            return wgo_json_compact(pending, w->out);
        }
        return wgo_buf_append(w->out, pending.ptr, pending.len);
    }
    return true;
}

static bool redact_scalar(struct item_walk *w, struct wgo_str raw)
{
    if (!flush(w, raw.ptr)) {
        return false;
    }
    w->from = raw.ptr + raw.len;
    if (!w->redact) {
        return wgo_buf_str(w->out, WGO_STR("null"));
    }
    if (!w->redact(w->redact_state, raw, w->out)) {
        w->failed = w->out->failed != WGO_OK ? w->out->failed : WGO_E_INTERNAL;
        return false;
    }
    return w->out->failed == WGO_OK;
}

/* Replaces every scalar in 'raw', at any depth: a string that a colon follows is a name. */
static bool redact_all(struct item_walk *w, struct wgo_str raw)
{
    const char *at = raw.ptr, *end = raw.ptr + raw.len;
    while (at < end) {
        const char *start = at;
        bool escaped;
        switch (wgo_json_class_of(*at)) {
        case WGO_JSON_C_QUOTE:
            at = wgo_json_hop_string(at + 1, end, &escaped);
            break;
        case WGO_JSON_C_NUMBER:
        case WGO_JSON_C_WORD:
            at = wgo_json_hop_bare(at, end);
            break;
        default:
            at++;
            continue;
        }
        if (!at) {
            return false;
        }
        const char *next = wgo_json_past_space(at, end);
        bool name = next < end && *next == ':';
        if (!name && !redact_scalar(w, wgo_str_from(start, (size_t)(at - start)))) {
            return false;
        }
    }
    return true;
}

static bool add_find(struct item_walk *w, struct wgo_str span, unsigned slot)
{
    struct wgo_json_finds *finds = w->finds;
    struct wgo_json_found *items =
        wgo_arena_grow(finds->arena, finds->items, finds->count, &finds->cap, 16, sizeof(*items));
    if (!items) {
        w->failed = WGO_E_NOMEM;
        return false;
    }
    finds->items = items;
    finds->items[finds->count++] = (struct wgo_json_found){.span = span, .slot = slot};
    return true;
}

static bool add_finds(struct item_walk *w, struct wgo_str span, uint64_t slots)
{
    for (; slots; slots &= slots - 1) {
        if (!add_find(w, span, (unsigned)__builtin_ctzll(slots))) {
            return false;
        }
    }
    return true;
}

static bool item_value(struct item_walk *w, const struct wgo_json_node *node, enum mode mode);

/* One container's elements, as its loop goes through them. */
struct elements {
    const char *gap; /* behind the element before, or the bracket; the comma comes after it */
    bool kept;       /* some element was written */
    bool cut;        /* some element was not */
};

/* The element that starts at 'start', whose value is at the cursor, goes the way of 'node', which
 * may be NULL. */
static bool element(struct item_walk *w, struct elements *all, const char *start,
                    const struct wgo_json_node *node, enum mode mode)
{
    bool good;
    if (node && node->cut && mode != DROP) {
        good = flush(w, all->gap) && item_value(w, node, DROP); /* the comma before it goes too */
        w->from = w->walk.at;
        all->cut = true;
    } else {
        if (all->cut && !all->kept) {
            w->from = start; /* all before it were cut, but not the comma after them */
        }
        all->kept = true;
        good = node || mode == REDACT ? item_value(w, node, mode)
                                      : wgo_json_walk_past(&w->walk, wgo_json_walk_token(&w->walk));
    }
    all->gap = w->walk.at;
    return good;
}

static bool item_object(struct item_walk *w, const struct wgo_json_node *node, enum mode mode)
{
    struct wgo_json_walk *walk = &w->walk;
    bool first = true;
    enum wgo_json_more more;
    struct elements all = {.gap = ++walk->at};
    while ((more = wgo_json_walk_next(walk, WGO_JSON_C_CLOSE_OBJECT, &first)) == WGO_JSON_MORE) {
        const char *start = walk->at;
        const struct wgo_json_node *child;
        if (!wgo_json_walk_member(walk, node, &child) || !element(w, &all, start, child, mode)) {
            return false;
        }
    }
    return more == WGO_JSON_NO_MORE;
}

static bool item_array(struct item_walk *w, const struct wgo_json_node *node, enum mode mode)
{
    struct wgo_json_walk *walk = &w->walk;
    bool first = true;
    enum wgo_json_more more;
    struct elements all = {.gap = ++walk->at};
    while ((more = wgo_json_walk_next(walk, WGO_JSON_C_CLOSE_ARRAY, &first)) == WGO_JSON_MORE) {
        if (!element(w, &all, walk->at, node->each, mode)) {
            return false;
        }
    }
    return more == WGO_JSON_NO_MORE;
}

static bool item_value(struct item_walk *w, const struct wgo_json_node *node, enum mode mode)
{
    enum wgo_json_class class = wgo_json_walk_token(&w->walk);
    const char *start = w->walk.at;
    uint32_t claimed = node ? wgo_json_claim_picks(node, w->picks, start) : 0;
    bool good;
    if (node && node->redact && mode == COPY) {
        mode = REDACT;
    }
    if (node && class == WGO_JSON_C_OPEN_OBJECT && (node->members || node->any)) {
        good = item_object(w, node, mode);
    } else if (node && class == WGO_JSON_C_OPEN_ARRAY && node->each) {
        good = item_array(w, node, mode);
    } else {
        good = wgo_json_walk_past(&w->walk, class);
        if (good && mode == REDACT) {
            good = redact_all(w, wgo_str_from(start, (size_t)(w->walk.at - start)));
        }
    }
    wgo_json_fill_picks(claimed, w->picks, w->walk.at);
    if (good && node && node->finds && w->finds) {
        good = add_finds(w, wgo_str_from(start, (size_t)(w->walk.at - start)), node->finds);
    }
    return good;
}

/* What stopped the walk; 'out' gets its length of before back. */
static enum wgo_status item_failure(struct item_walk *w, size_t before, struct wgo_error *err)
{
    struct wgo_buf *out = w->out;
    enum wgo_status status = w->failed != WGO_OK ? w->failed : out->failed;
    if (out->len > before) {
        out->len = before;
    }
    if (status == WGO_OK) {
        return wgo_fail(err, WGO_E_PARSE, "an item is not one JSON value");
    }
    if (status == WGO_E_INTERNAL) {
        return wgo_fail(err, status, "a sensitive value could not be replaced");
    }
    return wgo_fail(err, status, "%s", wgo_status_text(status));
}

enum wgo_status wgo_json_plan_item(const struct wgo_json_plan *plan, struct wgo_str item,
                                   struct wgo_str picks[WGO_JSON_PICKS],
                                   struct wgo_json_finds *finds, wgo_json_redact_fn *redact,
                                   void *redact_state, struct wgo_buf *out, struct wgo_error *err)
{
    struct item_walk w = {
        .finds = finds, .redact = redact, .redact_state = redact_state, .out = out};
    size_t before = out->len;
    wgo_json_walk_init(&w.walk, item);
    w.from = w.walk.at;
    bool good = item_value(&w, plan->root, COPY);
    if (good) {
        wgo_json_walk_token(&w.walk); /* past white space */
    }
    if (!good || w.walk.at != w.walk.end || !flush(&w, w.walk.end)) {
        return item_failure(&w, before, err);
    }
    memcpy(picks, w.picks, sizeof(w.picks));
    return WGO_OK;
}
