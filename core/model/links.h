/* links.h: the ids of what a record depends on, while a finisher adds to them.
 *
 * Ownership: everything lives in the arena given. Threads: one. Failure: remembered; write says
 * NOMEM. */
#ifndef WGO_MODEL_LINKS_H
#define WGO_MODEL_LINKS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

struct wgo_links {
    struct wgo_arena *arena;
    struct wgo_str own; /* the record's id: nothing depends on itself; read by write */
    struct wgo_str *items;
    size_t count, room;
    bool failed;
};

/* An empty id is left out. */
void wgo_links_add(struct wgo_links *links, struct wgo_str id);
/* The ids in a JSON array, as a record has them. */
void wgo_links_add_json(struct wgo_links *links, struct wgo_str array);
/* As a record has them: a JSON array, sorted, each id once, without its own; empty when there are
 * none. */
WGO_NODISCARD enum wgo_status wgo_links_write(struct wgo_links *links, struct wgo_str *out,
                                              struct wgo_error *err);

#endif
