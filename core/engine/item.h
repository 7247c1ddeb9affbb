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
    const struct wgo_entry *entry; /* by whose rules it is read: the call's, or that of its kind */
    struct wgo_str item;           /* as it lies in the page */
    bool from_bulk;                /* an item of a bulk list */
    bool unwanted;                 /* its type is one that nobody asked for */
    struct wgo_str account;        /* of such an item; NULL ptr = the call's */
    struct wgo_str picks[WGO_JSON_PICKS];
    struct wgo_json_finds finds; /* values that dependencies are made of */
    struct wgo_str id;
    struct wgo_str value; /* of the dependency at hand */
    struct wgo_item_tag *tags;
    size_t tag_count;
};

/* What the item is told from others by: of its id, or of all of it where it has none. */
uint64_t wgo_item_digest(struct wgo_worker *worker, const struct wgo_call *call,
                         struct wgo_str item);
/* The expansion in the item's arena; empty when a hole has nothing to fill it. */
struct wgo_str wgo_item_expand(struct wgo_item_view *view, const struct wgo_template *template_,
                               struct wgo_str *out_missing);
/* Reads the item's tags, from its picks. False: out of memory. */
bool wgo_item_read_tags(struct wgo_item_view *view);
/* The page was read: warns of tags that were not, once for each entry of a described API. */
void wgo_item_tell_tags(struct wgo_worker *worker, struct wgo_call *call);
/* As JSON, in the worker's buffers; '*out' stays as it is when there are none. False: likewise. */
bool wgo_item_write_tags(const struct wgo_item_view *view, struct wgo_str *out);
bool wgo_item_write_dependencies(struct wgo_item_view *view, struct wgo_str *out);
/* Queues what the entry's `children` ask for; batch.h gathers those that go together. */
WGO_NODISCARD enum wgo_status wgo_children_add(struct wgo_item_view *view,
                                               struct wgo_batches *batches,
                                               struct wgo_emitter *emitter, struct wgo_error *err);

#endif
