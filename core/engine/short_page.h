/* short_page.h: pages with fewer items than `size`, and nothing else that tells the end. Private to
 * engine.
 *
 * `size` is what is asked for, and a server may have a most of its own: then each of its pages is a
 * short one. So a short page is the last only where the entry's lists had a longer one in this run,
 * or when no server's most is as small. Behind any other the next page is asked for, which costs a
 * call now and then: of a thousand lists few are longer than all that were read before.
 *
 * That page, when it is the second of its list, was asked for in doubt. Servers that have none say
 * so in several ways: an empty page; a refusal (400, 404, 416, 422); the first page once more, by
 * those that do not know pages.
 *
 * Threads: the worker's; what is known of the entry is guarded by the run's lock.
 * Failure: none; without memory it is one call more. */
#ifndef WGO_ENGINE_SHORT_PAGE_H
#define WGO_ENGINE_SHORT_PAGE_H

#include "engine/run.h"

/* Whether a page of 'items' is the last, where only `size` can tell; call->in_doubt likewise. */
bool wgo_short_page_ends(struct wgo_call *call, size_t items);
/* The same doubt about a page that an earlier scan has read. */
bool wgo_short_page_doubted(const struct wgo_call *call);
/* Whether the second page was asked for in doubt and is refused: there is none. */
bool wgo_short_page_refused(const struct wgo_call *call, const struct wgo_verdict *verdict);
/* Remembers what a first page held, if the next one is asked for in doubt. */
void wgo_short_page_remember(struct wgo_worker *worker, struct wgo_call *call,
                             const struct wgo_json_page *page);
/* Whether the next one holds the same, of which the user is told once for each entry. */
bool wgo_short_page_repeats(struct wgo_worker *worker, struct wgo_call *call,
                            const struct wgo_json_page *page);

#endif
