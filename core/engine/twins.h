/* twins.h: items of one page that differ and have one id. Private to engine.
 *
 * To wgo they are one resource, and all but one of them are lost: an id that leaves the namespace
 * out, say. Across pages a list may have moved, and the same item comes twice; within one it is the
 * description's mistake. Items that are equal in all are left alone.
 *
 * Ownership: in the page's arena. Threads: the worker's. Failure: none; without memory nobody is
 * told. */
#ifndef WGO_ENGINE_TWINS_H
#define WGO_ENGINE_TWINS_H

#include "engine/run.h"

struct wgo_twin {
    uint64_t id, content;
};

struct wgo_twins {
    struct wgo_twin *items;
    size_t count, room;
};

/* A record of a described API's page. */
void wgo_twins_add(struct wgo_twins *twins, struct wgo_arena *arena,
                   const struct wgo_record *record);
/* Of the ids of the page's items, in whatever order they came; 0: there are none. */
uint64_t wgo_twins_ids(const struct wgo_twins *twins);
/* The page was read: warns, once for each entry. */
void wgo_twins_tell(struct wgo_twins *twins, struct wgo_call *call);

#endif
