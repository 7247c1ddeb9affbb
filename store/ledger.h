/* ledger.h: the calls that all processes of this machine have made of their quotas. Private to
 * store/.
 *
 * A charge is made before its call and counts from the answer on, for the length of each window.
 * One that was never settled (its process died) counts from ten minutes after it was made. Every
 * charge is one transaction, so that processes never take the same place.
 *
 * What was answered stays with the charge, for an hour at least: so long it tells how the provider
 * bears calls.
 *
 * A clock that jumps back leaves charges in the future: they count from now then.
 *
 * Ownership: takes the connection.
 * Threads:   any; the lock guards the connection across its system calls, as the cache's does.
 * Failure:   charge: LIMITED, or what SQLite says: IO, NO_SPACE, NOMEM. */
#ifndef WGO_STORE_LEDGER_H
#define WGO_STORE_LEDGER_H

#include "base/lock.h"
#include "store/store.h"

#include <sqlite3.h>

enum wgo_ledger_statement {
    WGO_LEDGER_BEGIN,
    WGO_LEDGER_COMMIT,
    WGO_LEDGER_ROLLBACK,
    WGO_LEDGER_DESCRIBE, /* the quota, for who asks */
    WGO_LEDGER_SHARE,
    WGO_LEDGER_SOBER, /* charges of the future */
    WGO_LEDGER_COUNT,
    WGO_LEDGER_NTH, /* when the charge that stands in the way began to count */
    WGO_LEDGER_LAST,
    WGO_LEDGER_CHARGE,
    WGO_LEDGER_SETTLE,
    WGO_LEDGER_FORGET,
    WGO_LEDGER_PRUNE,
    WGO_LEDGER_STATEMENTS
};

struct wgo_store_ledger {
    struct wgo_ledger port;
    const struct wgo_clock *clock;

    struct wgo_lock lock;
    struct {
        sqlite3 *db;   /* NULL: not open */
        bool put_back; /* the clock was, and nobody has been told yet */
        sqlite3_stmt *statements[WGO_LEDGER_STATEMENTS];
    } synced WGO_GUARDED;
};

/* False: 'db' cannot be used and is closed. */
bool wgo_store_ledger_init(struct wgo_store_ledger *ledger, sqlite3 *db,
                           const struct wgo_clock *clock);
void wgo_store_ledger_fini(struct wgo_store_ledger *ledger);
WGO_NODISCARD enum wgo_status wgo_store_ledger_list(struct wgo_store_ledger *ledger,
                                                    struct wgo_arena *arena,
                                                    struct wgo_quota_kept **out_items,
                                                    size_t *out_count, struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_store_ledger_answers(struct wgo_store_ledger *ledger,
                                                       struct wgo_str provider,
                                                       struct wgo_quota_answers *out,
                                                       struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_store_ledger_order(struct wgo_store_ledger *ledger,
                                                     struct wgo_str glob, double share,
                                                     uint64_t *out_count, struct wgo_error *err);

#endif
