/* permissions.h: what the catalogs say a scan needs, gathered for a collector's permissions().
 *
 * Ownership: words live in the list's arena, or in the catalog. Threads: no state.
 * Failure:   CONFIG for what is no permission of the provider's, NOMEM. */
#ifndef WGO_MODEL_PERMISSIONS_H
#define WGO_MODEL_PERMISSIONS_H

#include "model/collector.h"

struct wgo_permission_words {
    struct wgo_arena arena;
    struct wgo_str *items; /* sorted, each once */
    size_t count, room;
};

struct wgo_permission_rules {
    /* Whether one of the collector's own entries is called; NULL = all are. */
    bool (*own_called)(const struct wgo_entry_view *view,
                       const struct wgo_permission_request *request);
    /* Whether one that scopes or items lead to is; NULL = all are. */
    bool (*called)(const struct wgo_entry_view *view, const struct wgo_permission_request *request);
    bool (*is_word)(struct wgo_str word);
    bool exact;                 /* upper and lower case differ */
    const char *what, *example; /* for the error: "action of Azure's", "as in ..." */
};

WGO_NODISCARD enum wgo_status wgo_permissions_gather(const struct wgo_permission_request *request,
                                                     const struct wgo_permission_rules *rules,
                                                     struct wgo_permission_words *out,
                                                     struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_permission_words_add(struct wgo_permission_words *words,
                                                       struct wgo_str word, struct wgo_error *err);
void wgo_permission_words_fini(struct wgo_permission_words *words);

#endif
