/* dates.h: what stands where a date should, and is none. Private to engine.
 *
 * A snapshot has no time that it could not read: `created` and `updated` are left out then. Whoever
 * described the list is told, for a filter would often have read them.
 *
 * Ownership: the worker's, for a page. Threads: the worker's. Failure: none. */
#ifndef WGO_ENGINE_DATES_H
#define WGO_ENGINE_DATES_H

#include "catalog/catalog.h"

struct wgo_call;

struct wgo_dates {
    size_t unread;   /* how many; the first of them: */
    bool in_updated; /* else in `created` */
    char example[48];
};

/* A page begins. */
void wgo_dates_begin(struct wgo_dates *dates);
/* The value of a record's `created` or `updated`; empty, there is none. */
void wgo_dates_look(struct wgo_dates *dates, enum wgo_entry_field field, struct wgo_str value);
/* The page was read: warns, once for each entry. */
void wgo_dates_tell(struct wgo_dates *dates, struct wgo_call *call);

#endif
