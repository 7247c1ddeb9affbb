/* reading.h: an entry while it is read from YAML. Private to the room.
 *
 * What an entry does not say itself is looked for in what it extends, then in the file's
 * `defaults:`, then in the provider's. The first failure sticks in 'status', and everything after
 * it does nothing.
 *
 * Ownership: borrows the loader; strings are kept in its arena. Threads: one.
 * Failure:   WGO_E_CONFIG with file and line, NOMEM. */
#ifndef WGO_CATALOG_READING_H
#define WGO_CATALOG_READING_H

#include "catalog/load.h"

/* Picks are shared out here: an item path asked for twice takes one slot. */
struct wgo_pick_set {
    struct wgo_str paths[WGO_JSON_PICKS];
    unsigned count;
};

#define WGO_READING_CHAIN 6

struct wgo_reading {
    struct wgo_loader *loader;
    const struct wgo_yaml *chain[WGO_READING_CHAIN]; /* the entry's own node first */
    size_t chain_count;
    struct wgo_entry *entry;
    struct wgo_pick_set picks;
    enum wgo_status status;
};

void wgo_refuse(struct wgo_reading *r, const struct wgo_yaml *node, const char *format, ...)
    WGO_PRINTF(3, 4);
/* The value under 'key'; NULL when it is absent or said to be nothing (`key: ~`). */
const struct wgo_yaml *wgo_member(const struct wgo_yaml *map, const char *key);
/* The nearest value of 'key' along the chain; NULL when there is none or it is taken back by
 * `key: ~`. */
const struct wgo_yaml *wgo_field(const struct wgo_reading *r, const char *key);
struct wgo_str wgo_keep(struct wgo_reading *r, struct wgo_str text);
struct wgo_str wgo_text_of(struct wgo_reading *r, const struct wgo_yaml *node);
struct wgo_str wgo_text_field(struct wgo_reading *r, const char *key);
bool wgo_truth_of(struct wgo_reading *r, const struct wgo_yaml *node);
/* The first element of the list 'node'; NULL when it is absent or empty. */
const struct wgo_yaml *wgo_elements(struct wgo_reading *r, const struct wgo_yaml *node);
/* A list of texts. */
struct wgo_str_list wgo_texts_of(struct wgo_reading *r, const struct wgo_yaml *list);
void wgo_check_members(struct wgo_reading *r, const struct wgo_yaml *map, const char *const *known,
                       size_t count);
/* The slot that holds the item's value at 'path'. */
int wgo_pick(struct wgo_reading *r, const struct wgo_yaml *node, struct wgo_str path);
void wgo_read_template(struct wgo_reading *r, const struct wgo_yaml *node,
                       struct wgo_template *out);
/* A duration of nothing or more. */
int64_t wgo_duration_of(struct wgo_reading *r, const struct wgo_yaml *node, int64_t otherwise);
/* A map of name -> template. */
struct wgo_entry_query *wgo_read_pairs(struct wgo_reading *r, const struct wgo_yaml *map,
                                       size_t *out_count);

/* load_request.c */
void wgo_read_request(struct wgo_reading *r);
/* load_token.c */
/* The names under which the next request takes a page's token or number; NULL: there are none. */
const struct wgo_yaml *wgo_token_places(const struct wgo_reading *r);
/* Whether the request that was read says where a page's token goes. */
bool wgo_takes_token(const struct wgo_entry *entry);
/* Adds them to the parameters 'map', which may be changed, or to the JSON body that it is. */
void wgo_add_tokens(struct wgo_reading *r, struct wgo_yaml *map, bool is_body);
/* load_page.c */
void wgo_read_paging(struct wgo_reading *r);
/* What stands in the first request where the next page's number will. */
struct wgo_str wgo_page_first(struct wgo_reading *r);
void wgo_read_job(struct wgo_reading *r);
/* load_item.c */
void wgo_read_fields(struct wgo_reading *r);
/* After all that may say what the type is otherwise. */
void wgo_read_types(struct wgo_reading *r);
void wgo_read_tags(struct wgo_reading *r);
void wgo_read_dependencies(struct wgo_reading *r);
void wgo_read_children(struct wgo_reading *r);
void wgo_read_kinds(struct wgo_reading *r);
void wgo_read_finish(struct wgo_reading *r);
void wgo_read_keep(struct wgo_reading *r);
void wgo_make_plans(struct wgo_reading *r);
void wgo_make_veil(struct wgo_reading *r);
/* described.c */
/* What an entry of a described provider has although it does not say it. */
void wgo_read_described(struct wgo_reading *r);
/* What stands for the types of a list whose items alone know them. */
void wgo_read_list_type(struct wgo_reading *r);
/* What says that an answer is not whole. */
void wgo_read_partial(struct wgo_reading *r);
/* What it says of requests, else its API. */
void wgo_read_manners(struct wgo_reading *r);

#endif
