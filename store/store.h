/* store.h: what wgo remembers between runs: the state folder, the redaction key, a small cache.
 *
 * The folder is --state-dir, else $WGO_STATE_DIR, else $XDG_STATE_HOME/wgo, else
 * ~/.local/state/wgo; mode 0700, files 0600. The cache is one SQLite file (WAL), safe for several
 * processes at once; a damaged file is set aside with a warning and never blocks a scan. Without a
 * usable folder there is no cache and no made key, and the scan goes on.
 *
 * Ownership: wgo_store_open/_close. Threads: any; SQLite's connection is guarded by a lock.
 * Failure:   wgo_store_open() gives a store in any case but NOMEM; 'warning' says what it lacks. */
#ifndef WGO_STORE_STORE_H
#define WGO_STORE_STORE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/secret.h"
#include "flow/quota.h"
#include "model/ports.h"

struct wgo_store;

struct wgo_store_options {
    const char *state_dir; /* NULL = environment, then XDG */
    const char *(*getenv)(const char *name);
    const struct wgo_clock *clock;
    bool without_cache; /* --no-cache */
};

WGO_NODISCARD enum wgo_status wgo_store_open(const struct wgo_store_options *options,
                                             struct wgo_store **out_store, char warning[512],
                                             struct wgo_error *err);
void wgo_store_close(struct wgo_store *store);
/* The folder in use, or NULL. */
const char *wgo_store_dir(const struct wgo_store *store);
/* NULL when there is no cache. */
const struct wgo_cache *wgo_store_cache(struct wgo_store *store);

/* A value of the cache that is not too old. */
struct wgo_kept {
    struct wgo_str key, value;
    struct wgo_wall stored_at, expires_at;
};

/* What is kept under keys that begin with 'prefix', by key; a copy in 'arena'. None without a
 * cache. IO, NOMEM. */
WGO_NODISCARD enum wgo_status wgo_store_cache_list(struct wgo_store *store, struct wgo_str prefix,
                                                   struct wgo_arena *arena,
                                                   struct wgo_kept **out_items, size_t *out_count,
                                                   struct wgo_error *err);
/* Forgets what is kept under such keys, and says how much that was; "" is everything. */
WGO_NODISCARD enum wgo_status wgo_store_cache_clear(struct wgo_store *store, struct wgo_str prefix,
                                                    uint64_t *out_count, struct wgo_error *err);

/* The quota ledger, opened when it is first asked for; NULL when there is no folder to keep it in,
 * or the file cannot be used, which 'warning' explains. */
const struct wgo_ledger *wgo_store_ledger(struct wgo_store *store, char warning[512]);

/* A quota that some process has charged. */
struct wgo_quota_kept {
    struct wgo_str key;
    struct wgo_quota quota; /* windows and share; the share that was ordered, where one was */
    bool ordered;
    uint64_t calls;     /* in the first window, by now */
    int64_t elapsed_ns; /* since the first of them */
};

/* By key; strings in 'arena'. None without a ledger. */
WGO_NODISCARD enum wgo_status wgo_store_quota_list(struct wgo_store *store, struct wgo_arena *arena,
                                                   struct wgo_quota_kept **out_items,
                                                   size_t *out_count, struct wgo_error *err);
/* What the provider has answered within the last hour; none without a ledger. */
WGO_NODISCARD enum wgo_status wgo_store_quota_answers(struct wgo_store *store,
                                                      struct wgo_str provider,
                                                      struct wgo_quota_answers *out,
                                                      struct wgo_error *err);
/* Orders another share for the quotas whose keys match, also in processes that run; 0 takes the
 * order back. '*out_count': how many there were. */
WGO_NODISCARD enum wgo_status wgo_store_quota_order(struct wgo_store *store, struct wgo_str glob,
                                                    double share, uint64_t *out_count,
                                                    struct wgo_error *err);

/* The redaction key in order: 'key_file' (an unreadable one is an error, CONFIG), $WGO_REDACT_KEY,
 * the folder's key, made now when there is none. With nowhere to keep one the redactor has no key,
 * which is no error. */
WGO_NODISCARD enum wgo_status wgo_store_redactor(struct wgo_store *store, const char *key_file,
                                                 struct wgo_redactor *out, struct wgo_error *err);

#endif
