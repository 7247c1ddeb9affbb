#include "store/cache.h"

#include "store/database.h"

/* Of another process's clock reading that came a little before ours. */
#define SLACK_NS (5 * WGO_S)
/* Pages may take so much in all; the oldest go first. */
#define PAGES_MOST (INT64_C(256) << 20)

static void close_locked(struct wgo_store_cache *cache) WGO_REQUIRES(cache->lock)
{
    sqlite3_finalize(cache->synced.get);
    sqlite3_finalize(cache->synced.put);
    sqlite3_close(cache->synced.db);
    cache->synced.db = NULL;
    cache->synced.get = NULL;
    cache->synced.put = NULL;
}

/* Another process that holds the file will let it go; anything else stays wrong. */
static void judge_locked(struct wgo_store_cache *cache, int result) WGO_REQUIRES(cache->lock)
{
    int primary = result & 0xFF;
    if (primary != SQLITE_BUSY && primary != SQLITE_LOCKED && primary != SQLITE_TOOBIG &&
        primary != SQLITE_NOMEM) {
        cache->synced.damaged = wgo_database_is_damage(result);
        close_locked(cache);
    }
}

static enum wgo_status status_of(int result)
{
    switch (result & 0xFF) {
    case SQLITE_OK:
    case SQLITE_DONE:
        return WGO_OK;
    case SQLITE_FULL:
        return WGO_E_NO_SPACE;
    case SQLITE_NOMEM:
        return WGO_E_NOMEM;
    case SQLITE_TOOBIG:
        return WGO_E_TOO_LARGE;
    default:
        return WGO_E_IO;
    }
}

static int bind_bytes(sqlite3_stmt *statement, int at, struct wgo_str bytes)
{
    return sqlite3_bind_blob64(statement, at, bytes.len ? bytes.ptr : "", bytes.len, SQLITE_STATIC);
}

/* ---- the port ---- */

static int64_t add_saturating(int64_t a, int64_t b)
{
    return a > INT64_MAX - b ? INT64_MAX : a + b;
}

static enum wgo_status take_value_locked(struct wgo_store_cache *cache, int64_t now,
                                         struct wgo_buf *out, int64_t *out_age_ns)
    WGO_REQUIRES(cache->lock)
{
    sqlite3_stmt *get = cache->synced.get;
    int64_t stored_at = sqlite3_column_int64(get, 1);
    int size = sqlite3_column_bytes(get, 0);
    if (!wgo_buf_append(out, sqlite3_column_blob(get, 0), (size_t)size)) {
        return out->failed;
    }
    if (out_age_ns) {
        *out_age_ns = stored_at < now ? now - stored_at : 0;
    }
    return WGO_OK;
}

static enum wgo_status cache_get(void *self, struct wgo_str key, struct wgo_buf *out,
                                 int64_t *out_age_ns)
{
    struct wgo_store_cache *cache = self;
    enum wgo_status status = WGO_E_ABSENT;
    wgo_lock_acquire(&cache->lock);
    int64_t now = wgo_clock_wall(cache->clock).ns;
    sqlite3_stmt *get = cache->synced.get;
    if (get) {
        int result = bind_bytes(get, 1, key);
        result = result == SQLITE_OK ? sqlite3_bind_int64(get, 2, now) : result;
        result = result == SQLITE_OK ? sqlite3_bind_int64(get, 3, add_saturating(now, SLACK_NS))
                                     : result;
        result = result == SQLITE_OK ? sqlite3_step(get) : result;
        if (result == SQLITE_ROW) {
            status = take_value_locked(cache, now, out, out_age_ns);
        }
        sqlite3_reset(get);
        sqlite3_clear_bindings(get);
        if (result != SQLITE_ROW && result != SQLITE_DONE) {
            judge_locked(cache, result);
        }
    }
    wgo_lock_release(&cache->lock);
    return status;
}

static enum wgo_status cache_put(void *self, struct wgo_str key, struct wgo_str value,
                                 int64_t lifetime_ns)
{
    struct wgo_store_cache *cache = self;
    int result = SQLITE_OK;
    if (lifetime_ns <= 0) {
        return WGO_OK; /* would be too old at once */
    }
    wgo_lock_acquire(&cache->lock);
    int64_t now = wgo_clock_wall(cache->clock).ns;
    sqlite3_stmt *put = cache->synced.put;
    bool page = wgo_str_starts(key, WGO_STR("page/"));
    if (page && (int64_t)value.len > cache->pages_most - cache->synced.pages) {
        result = SQLITE_FULL;
    } else if (put) {
        cache->synced.pages += page ? (int64_t)value.len : 0;
        result = bind_bytes(put, 1, key);
        result = result == SQLITE_OK ? bind_bytes(put, 2, value) : result;
        result = result == SQLITE_OK ? sqlite3_bind_int64(put, 3, now) : result;
        result = result == SQLITE_OK ? sqlite3_bind_int64(put, 4, add_saturating(now, lifetime_ns))
                                     : result;
        result = result == SQLITE_OK ? sqlite3_step(put) : result;
        sqlite3_reset(put);
        sqlite3_clear_bindings(put);
        wgo_database_waited(cache->synced.db, result);
        if (result != SQLITE_DONE) {
            judge_locked(cache, result);
        }
    }
    wgo_lock_release(&cache->lock);
    return status_of(result);
}

/* ---- making and ending it ---- */

static int prepare(sqlite3 *db, const char *sql, sqlite3_stmt **out)
{
    return sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, out, NULL);
}

static int forget_old(sqlite3 *db, int64_t now)
{
    sqlite3_stmt *statement = NULL;
    int result =
        sqlite3_prepare_v2(db, "DELETE FROM cache WHERE expires_at <= ?1", -1, &statement, NULL);
    if (result == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, now);
        result = sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    return result;
}

int wgo_store_cache_bound(sqlite3 *db, int64_t most)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(
        db,
        "DELETE FROM cache WHERE substr(key, 1, 5) = x'706167652f' AND stored_at <"
        " (SELECT MIN(stored_at) FROM (SELECT stored_at, SUM(LENGTH(value))"
        " OVER (ORDER BY stored_at DESC) AS total FROM cache"
        " WHERE substr(key, 1, 5) = x'706167652f') WHERE total <= ?1)",
        -1, &statement, NULL);
    if (result == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, most);
        result = sqlite3_step(statement);
    }
    sqlite3_finalize(statement);
    return result;
}

bool wgo_store_cache_init(struct wgo_store_cache *cache, sqlite3 *db, const struct wgo_clock *clock)
{
    *cache = (struct wgo_store_cache){.port = {.self = cache, .get = cache_get, .put = cache_put},
                                      .clock = clock,
                                      .pages_most = PAGES_MOST};
    wgo_lock_init(&cache->lock);
    wgo_lock_acquire(&cache->lock);
    cache->synced.db = db;
    /* What was stored in the future is from a clock that was wrong. */
    int result = prepare(db,
                         "SELECT value, stored_at FROM cache"
                         " WHERE key = ?1 AND expires_at > ?2 AND stored_at <= ?3",
                         &cache->synced.get);
    if (result == SQLITE_OK) {
        result = prepare(db,
                         "INSERT OR REPLACE INTO cache (key, value, stored_at, expires_at)"
                         " VALUES (?1, ?2, ?3, ?4)",
                         &cache->synced.put);
    }
    if (result == SQLITE_OK) {
        result = forget_old(db, wgo_clock_wall(clock).ns);
    }
    if (result == SQLITE_DONE) {
        result = wgo_store_cache_bound(db, PAGES_MOST);
    }
    if (result != SQLITE_OK && result != SQLITE_DONE) {
        judge_locked(cache, result);
    }
    bool good = cache->synced.db != NULL;
    wgo_lock_release(&cache->lock);
    return good;
}

bool wgo_store_cache_fini(struct wgo_store_cache *cache)
{
    wgo_lock_acquire(&cache->lock);
    if (cache->synced.db && cache->synced.pages > 0) {
        (void)wgo_store_cache_bound(cache->synced.db, cache->pages_most); /* or the next one does */
    }
    close_locked(cache);
    bool damaged = cache->synced.damaged;
    wgo_lock_release(&cache->lock);
    wgo_lock_fini(&cache->lock);
    return damaged;
}

/* ---- looking and clearing ---- */

/* The prefix is ?1, its length ?2: keys are bytes. */
#define BEGINS " substr(key, 1, ?2) = ?1"

/* The statement over a prefix, bound; the lock must be held until it is finalized. */
static int over_prefix_locked(struct wgo_store_cache *cache, const char *sql, struct wgo_str prefix,
                              sqlite3_stmt **out) WGO_REQUIRES(cache->lock)
{
    int result = sqlite3_prepare_v2(cache->synced.db, sql, -1, out, NULL);
    result = result == SQLITE_OK ? bind_bytes(*out, 1, prefix) : result;
    return result == SQLITE_OK ? sqlite3_bind_int64(*out, 2, (int64_t)prefix.len) : result;
}

/* A row becomes an item at the end of a list that doubles. */
static bool add_kept(sqlite3_stmt *row, struct wgo_arena *arena, struct wgo_kept **items,
                     size_t *count)
{
    if ((*count & (*count - 1)) == 0) { /* full: lists have room for the next power of two */
        struct wgo_kept *more = WGO_NEW_ARRAY(arena, struct wgo_kept, *count ? *count * 2 : 1);
        if (!more) {
            return false;
        }
        if (*count > 0) {
            memcpy(more, *items, *count * sizeof(*more));
        }
        *items = more;
    }
    struct wgo_kept kept = {
        .key = wgo_str_dup(
            arena, wgo_str_from(sqlite3_column_blob(row, 0), (size_t)sqlite3_column_bytes(row, 0))),
        .value = wgo_str_dup(
            arena, wgo_str_from(sqlite3_column_blob(row, 1), (size_t)sqlite3_column_bytes(row, 1))),
        .stored_at = {.ns = sqlite3_column_int64(row, 2)},
        .expires_at = {.ns = sqlite3_column_int64(row, 3)},
    };
    (*items)[(*count)++] = kept;
    return kept.key.ptr && kept.value.ptr;
}

enum wgo_status wgo_store_cache_kept(struct wgo_store_cache *cache, struct wgo_str prefix,
                                     struct wgo_arena *arena, struct wgo_kept **out_items,
                                     size_t *out_count, struct wgo_error *err)
{
    struct wgo_kept *items = NULL;
    size_t count = 0;
    int result = SQLITE_DONE;
    wgo_lock_acquire(&cache->lock);
    int64_t now = wgo_clock_wall(cache->clock).ns;
    if (cache->synced.db) {
        sqlite3_stmt *rows = NULL;
        result =
            over_prefix_locked(cache,
                               "SELECT key, value, stored_at, expires_at FROM cache WHERE" BEGINS
                               " AND expires_at > ?3 AND stored_at <= ?4 ORDER BY key",
                               prefix, &rows);
        result = result == SQLITE_OK ? sqlite3_bind_int64(rows, 3, now) : result;
        result = result == SQLITE_OK ? sqlite3_bind_int64(rows, 4, add_saturating(now, SLACK_NS))
                                     : result;
        result = result == SQLITE_OK ? sqlite3_step(rows) : result;
        while (result == SQLITE_ROW) {
            result = add_kept(rows, arena, &items, &count) ? sqlite3_step(rows) : SQLITE_NOMEM;
        }
        sqlite3_finalize(rows);
    }
    wgo_lock_release(&cache->lock);
    if (result != SQLITE_DONE) {
        return wgo_fail(err, status_of(result), "cannot read the cache: %s",
                        sqlite3_errstr(result));
    }
    *out_items = items;
    *out_count = count;
    return WGO_OK;
}

enum wgo_status wgo_store_cache_forget(struct wgo_store_cache *cache, struct wgo_str prefix,
                                       uint64_t *out_count, struct wgo_error *err)
{
    int result = SQLITE_DONE;
    wgo_lock_acquire(&cache->lock);
    if (cache->synced.db) {
        sqlite3_stmt *statement = NULL;
        result = over_prefix_locked(cache, "DELETE FROM cache WHERE" BEGINS, prefix, &statement);
        result = result == SQLITE_OK ? sqlite3_step(statement) : result;
        sqlite3_finalize(statement);
    }
    if (result == SQLITE_DONE && cache->synced.db) {
        *out_count = (uint64_t)sqlite3_changes64(cache->synced.db);
        /* The room goes back to the system; where that fails the file is merely larger. */
        (void)sqlite3_exec(cache->synced.db, "VACUUM; PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL,
                           NULL);
    }
    wgo_lock_release(&cache->lock);
    return result == SQLITE_DONE ? WGO_OK
                                 : wgo_fail(err, status_of(result), "cannot clear the cache: %s",
                                            sqlite3_errstr(result));
}
