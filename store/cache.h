/* cache.h: values with lifetimes in the database's `cache` table. Private to store/.
 *
 * A cache that meets a broken, full or unwritable file switches itself off and says ABSENT from
 * then on: a scan never fails for want of it. A wait that took too long only loses that one call.
 *
 * Pages of answers ("page/") may take so much in all. One scan puts no more than that, the first it
 * reads, so that a larger one finds these again; when it ends the oldest go that are too many.
 *
 * Ownership: takes the connection.
 * Threads:   any; the lock guards the connection, and is the one lock of the house that is held
 * across system calls: SQLite makes them. Failure:   get: ABSENT, NOMEM. put: IO, NO_SPACE, NOMEM,
 * which callers may ignore. */
#ifndef WGO_STORE_CACHE_H
#define WGO_STORE_CACHE_H

#include "base/lock.h"
#include "store/store.h"

#include <sqlite3.h>

struct wgo_store_cache {
    struct wgo_cache port; /* what the engine sees */
    const struct wgo_clock *clock;
    int64_t pages_most; /* bytes that values whose keys begin with "page/" may take */

    struct wgo_lock lock;
    struct {
        sqlite3 *db; /* NULL: off */
        sqlite3_stmt *get, *put;
        int64_t pages; /* bytes that were put so far */
        bool damaged;
    } synced WGO_GUARDED;
};

/* False: 'db' cannot be used as a cache and is closed. Values past their time are forgotten. */
bool wgo_store_cache_init(struct wgo_store_cache *cache, sqlite3 *db,
                          const struct wgo_clock *clock);
/* Returns whether the file turned out to be damaged. */
bool wgo_store_cache_fini(struct wgo_store_cache *cache);
/* Forgets the oldest of the values whose keys begin with "page/" until they take at most so many
 * bytes. As SQLite says. */
int wgo_store_cache_bound(sqlite3 *db, int64_t most);
/* Values whose keys begin with 'prefix'; see store.h. IO, NOMEM. */
WGO_NODISCARD enum wgo_status wgo_store_cache_kept(struct wgo_store_cache *cache,
                                                   struct wgo_str prefix, struct wgo_arena *arena,
                                                   struct wgo_kept **out_items, size_t *out_count,
                                                   struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_store_cache_forget(struct wgo_store_cache *cache,
                                                     struct wgo_str prefix, uint64_t *out_count,
                                                     struct wgo_error *err);

#endif
