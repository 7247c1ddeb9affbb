/* item.h: an item while its record is made. Private to engine.
 *
 * Ownership: a view borrows the page and the worker's arenas. Threads: the worker's. */
#ifndef WGO_ENGINE_ITEM_H
#define WGO_ENGINE_ITEM_H

#include "engine/run.h"

struct wgo_item_tag {
    struct wgo_str key, value;
};

struct wgo_item_view {
    struct wgo_worker *worker;
    const struct wgo_call *call;
    struct wgo_str picks[WGO_JSON_PICKS];
    struct wgo_str id;
    struct wgo_str value; /* of the dependency at hand */
    struct wgo_item_tag *tags;
    size_t tag_count;
};

/* The expansion in the item's arena; empty when a hole has nothing to fill it. */
struct wgo_str wgo_item_expand(struct wgo_item_view *view, const struct wgo_template *template_,
                               struct wgo_str *out_missing);
/* Queues what the entry's `children` ask for; batch.h gathers those that go together. */
WGO_NODISCARD enum wgo_status wgo_children_add(struct wgo_item_view *view,
                                               struct wgo_batches *batches,
                                               struct wgo_emitter *emitter, struct wgo_error *err);

#endif
