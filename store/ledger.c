#include "store/ledger.h"

#include "store/database.h"

#include <stdio.h>
#include <stdlib.h>

/* A call that has not been answered by then never will be. */
#define LOST_NS (600 * WGO_S)
/* Other processes' clock readings are ours, a little earlier or later. */
#define SLACK_NS (5 * WGO_S)
/* What was answered is of interest for so long. */
#define HOUR_NS (3600 * WGO_S)
/* Between two looks at a window in which a call is still out. */
#define LEAST_WAIT_NS (10 * WGO_MS)
/* Old charges are removed once in so many. */
enum { PRUNE_EVERY = 64 };

static const char *const SQL[WGO_LEDGER_STATEMENTS] = {
    [WGO_LEDGER_BEGIN] = "BEGIN IMMEDIATE",
    [WGO_LEDGER_COMMIT] = "COMMIT",
    [WGO_LEDGER_ROLLBACK] = "ROLLBACK",
    [WGO_LEDGER_DESCRIBE] = "INSERT INTO quota (key, windows, share) VALUES (?1, ?2, ?3)"
                            " ON CONFLICT (key) DO UPDATE SET windows = ?2, share = ?3"
                            " WHERE windows <> ?2 OR share <> ?3",
    [WGO_LEDGER_SHARE] = "SELECT ordered FROM quota WHERE key = ?1",
    [WGO_LEDGER_SOBER] = "UPDATE charge SET made_at = ?2, counts_from = ?2"
                         " WHERE key = ?1 AND counts_from > ?3",
    [WGO_LEDGER_COUNT] = "SELECT count(*) FROM charge WHERE key = ?1 AND counts_from > ?2",
    [WGO_LEDGER_NTH] = "SELECT counts_from FROM charge WHERE key = ?1 AND counts_from > ?2"
                       " ORDER BY counts_from LIMIT 1 OFFSET ?3",
    [WGO_LEDGER_LAST] = "SELECT max(made_at) FROM charge WHERE key = ?1 AND counts_from > ?2",
    [WGO_LEDGER_CHARGE] = "INSERT INTO charge (key, made_at, counts_from) VALUES (?1, ?2, ?3)",
    [WGO_LEDGER_SETTLE] = "UPDATE charge SET counts_from = ?2, answer = ?3 WHERE id = ?1",
    [WGO_LEDGER_FORGET] = "DELETE FROM charge WHERE id = ?1",
    [WGO_LEDGER_PRUNE] = "DELETE FROM charge WHERE key = ?1 AND counts_from < ?2",
};

static enum wgo_status status_of(int result)
{
    switch (result & 0xFF) {
    case SQLITE_OK:
    case SQLITE_DONE:
    case SQLITE_ROW:
        return WGO_OK;
    case SQLITE_FULL:
        return WGO_E_NO_SPACE;
    case SQLITE_NOMEM:
        return WGO_E_NOMEM;
    default:
        return WGO_E_IO;
    }
}

static enum wgo_status fail_locked(struct wgo_store_ledger *ledger, int result,
                                   struct wgo_error *err) WGO_REQUIRES(ledger->lock)
{
    (void)ledger;
    return wgo_fail(err, status_of(result), "the quota ledger: %s", sqlite3_errstr(result));
}

/* One argument of a statement: a number, or the text when it has one. */
struct argument {
    struct wgo_str text;
    int64_t number;
    double real;
    bool is_real;
};

/* Runs a statement; '*out' is the first column of its first row, untouched when there is none. */
static int run_locked(struct wgo_store_ledger *ledger, enum wgo_ledger_statement which,
                      const struct argument *arguments, int count, int64_t *out)
    WGO_REQUIRES(ledger->lock)
{
    sqlite3_stmt *statement = ledger->synced.statements[which];
    int result = SQLITE_OK;
    for (int i = 0; i < count && result == SQLITE_OK; i++) {
        const struct argument *a = &arguments[i];
        result = a->text.ptr  ? sqlite3_bind_blob64(statement, i + 1, a->text.ptr, a->text.len,
                                                    SQLITE_STATIC)
                 : a->is_real ? sqlite3_bind_double(statement, i + 1, a->real)
                              : sqlite3_bind_int64(statement, i + 1, a->number);
    }
    result = result == SQLITE_OK ? sqlite3_step(statement) : result;
    if (result == SQLITE_ROW && out && sqlite3_column_type(statement, 0) != SQLITE_NULL) {
        *out = sqlite3_column_int64(statement, 0);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    wgo_database_waited(ledger->synced.db, result);
    return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : result;
}

/* The share that `wgo quota set` ordered; the quota's own when nobody did. */
static int share_locked(struct wgo_store_ledger *ledger, struct wgo_str key, double *in_out)
    WGO_REQUIRES(ledger->lock)
{
    sqlite3_stmt *statement = ledger->synced.statements[WGO_LEDGER_SHARE];
    int result = sqlite3_bind_blob64(statement, 1, key.ptr, key.len, SQLITE_STATIC);
    result = result == SQLITE_OK ? sqlite3_step(statement) : result;
    if (result == SQLITE_ROW && sqlite3_column_type(statement, 0) == SQLITE_FLOAT) {
        *in_out = sqlite3_column_double(statement, 0);
    }
    sqlite3_reset(statement);
    sqlite3_clear_bindings(statement);
    return result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_OK : result;
}

/* "500/3600s 10000/86400s", as the table keeps them. */
static void describe(const struct wgo_quota *quota, char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (unsigned i = 0; i < quota->window_count; i++) {
        const struct wgo_quota_window *window = &quota->windows[i];
        int more =
            snprintf(out + len, size - len, "%s%llu/%llds", i ? " " : "",
                     (unsigned long long)window->limit, (long long)(window->length_ns / WGO_S));
        len += more > 0 && (size_t)more < size - len ? (size_t)more : 0;
    }
}

/* How long this window keeps the call out; 0 = there is room. Calls that are spread have their
 * times: one that comes a little late is taken for '*in_out_made', when it was due, so that those
 * after it are not late as well. */
static int window_locked(struct wgo_store_ledger *ledger, struct wgo_str key,
                         const struct wgo_quota_window *window, double share, bool even,
                         int64_t now, int64_t *in_out_made, int64_t *out_wait)
    WGO_REQUIRES(ledger->lock)
{
    uint64_t allowed = wgo_quota_allowed(window->limit, share);
    int64_t since = now - window->length_ns, used = 0, from = now, last = INT64_MIN;
    const struct argument count[] = {{.text = key}, {.number = since}};
    *out_wait = 0;
    int result = run_locked(ledger, WGO_LEDGER_COUNT, count, 2, &used);
    if (result == SQLITE_OK && (uint64_t)used >= allowed) {
        const struct argument nth[] = {
            {.text = key}, {.number = since}, {.number = used - (int64_t)allowed}};
        result = run_locked(ledger, WGO_LEDGER_NTH, nth, 3, &from);
        *out_wait = from + window->length_ns - now;
        /* A call that is out counts from its answer on, which comes before that. */
        *out_wait = *out_wait > window->length_ns ? window->length_ns : *out_wait;
        *out_wait = *out_wait < LEAST_WAIT_NS ? LEAST_WAIT_NS : *out_wait;
    } else if (result == SQLITE_OK && even) {
        int64_t gap = window->length_ns / (int64_t)allowed;
        result = run_locked(ledger, WGO_LEDGER_LAST, count, 2, &last);
        if (last > now - gap && last != INT64_MIN) {
            *out_wait = last + gap - now;
        } else if (last > now - 2 * gap && last != INT64_MIN && last + gap < *in_out_made) {
            *in_out_made = last + gap;
        }
    }
    return result;
}

static int look_locked(struct wgo_store_ledger *ledger, struct wgo_str key,
                       const struct wgo_quota *quota, int64_t now, int64_t *in_out_made,
                       int64_t *out_wait) WGO_REQUIRES(ledger->lock)
{
    char windows[200];
    double share = quota->share;
    describe(quota, windows, sizeof(windows));
    const struct argument described[] = {
        {.text = key}, {.text = wgo_str(windows)}, {.real = share, .is_real = true}};
    const struct argument future[] = {
        {.text = key}, {.number = now}, {.number = now + LOST_NS + SLACK_NS}};
    int result = run_locked(ledger, WGO_LEDGER_DESCRIBE, described, 3, NULL);
    result = result == SQLITE_OK ? share_locked(ledger, key, &share) : result;
    if (result == SQLITE_OK) {
        int before = sqlite3_total_changes(ledger->synced.db);
        result = run_locked(ledger, WGO_LEDGER_SOBER, future, 3, NULL);
        ledger->synced.put_back |= sqlite3_total_changes(ledger->synced.db) != before;
    }
    *out_wait = 0;
    for (unsigned i = 0; i < quota->window_count && result == SQLITE_OK; i++) {
        int64_t wait;
        result = window_locked(ledger, key, &quota->windows[i], share, quota->even, now,
                               in_out_made, &wait);
        *out_wait = wait > *out_wait ? wait : *out_wait;
    }
    return result;
}

static int take_locked(struct wgo_store_ledger *ledger, struct wgo_str key,
                       const struct wgo_quota *quota, int64_t now, int64_t made,
                       int64_t *out_charge) WGO_REQUIRES(ledger->lock)
{
    const struct argument charge[] = {{.text = key}, {.number = made}, {.number = now + LOST_NS}};
    int64_t longest = HOUR_NS;
    int result = run_locked(ledger, WGO_LEDGER_CHARGE, charge, 3, NULL);
    *out_charge = sqlite3_last_insert_rowid(ledger->synced.db);
    for (unsigned i = 0; i < quota->window_count; i++) {
        longest = quota->windows[i].length_ns > longest ? quota->windows[i].length_ns : longest;
    }
    if (result == SQLITE_OK && *out_charge % PRUNE_EVERY == 0) {
        const struct argument old[] = {{.text = key}, {.number = now - longest - WGO_S}};
        result = run_locked(ledger, WGO_LEDGER_PRUNE, old, 2, NULL);
    }
    return result;
}

static enum wgo_status ledger_charge(void *self, struct wgo_str key, const struct wgo_quota *quota,
                                     int64_t *out_charge, int64_t *out_wait_ns,
                                     struct wgo_error *err)
{
    struct wgo_store_ledger *ledger = self;
    enum wgo_status status = WGO_OK;
    *out_wait_ns = 0;
    wgo_lock_acquire(&ledger->lock);
    int result = run_locked(ledger, WGO_LEDGER_BEGIN, NULL, 0, NULL);
    if (result == SQLITE_OK) {
        int64_t now = wgo_clock_wall(ledger->clock).ns; /* once it is our turn */
        int64_t made = now;
        result = look_locked(ledger, key, quota, now, &made, out_wait_ns);
        if (result == SQLITE_OK && *out_wait_ns == 0) {
            result = take_locked(ledger, key, quota, now, made, out_charge);
        }
        int ended =
            result == SQLITE_OK ? run_locked(ledger, WGO_LEDGER_COMMIT, NULL, 0, NULL) : result;
        if (ended != SQLITE_OK) {
            (void)run_locked(ledger, WGO_LEDGER_ROLLBACK, NULL, 0, NULL);
        }
        result = ended;
    }
    if (result != SQLITE_OK) {
        status = fail_locked(ledger, result, err);
    } else if (*out_wait_ns > 0) {
        status = wgo_fail(err, WGO_E_LIMITED, "the quota's share is used up");
    }
    wgo_lock_release(&ledger->lock);
    return status;
}

static void ledger_settle(void *self, int64_t charge, enum wgo_quota_answer answer)
{
    struct wgo_store_ledger *ledger = self;
    wgo_lock_acquire(&ledger->lock);
    const struct argument settled[] = {
        {.number = charge}, {.number = wgo_clock_wall(ledger->clock).ns}, {.number = answer}};
    (void)run_locked(ledger, WGO_LEDGER_SETTLE, settled, 3, NULL);
    wgo_lock_release(&ledger->lock);
}

static void ledger_forget(void *self, int64_t charge)
{
    struct wgo_store_ledger *ledger = self;
    const struct argument gone[] = {{.number = charge}};
    wgo_lock_acquire(&ledger->lock);
    (void)run_locked(ledger, WGO_LEDGER_FORGET, gone, 1, NULL);
    wgo_lock_release(&ledger->lock);
}

static bool ledger_put_back(void *self)
{
    struct wgo_store_ledger *ledger = self;
    wgo_lock_acquire(&ledger->lock);
    bool put_back = ledger->synced.put_back;
    ledger->synced.put_back = false;
    wgo_lock_release(&ledger->lock);
    return put_back;
}

/* ---- making and ending it ---- */

bool wgo_store_ledger_init(struct wgo_store_ledger *ledger, sqlite3 *db,
                           const struct wgo_clock *clock)
{
    *ledger = (struct wgo_store_ledger){.clock = clock};
    ledger->port = (struct wgo_ledger){.self = ledger,
                                       .charge = ledger_charge,
                                       .settle = ledger_settle,
                                       .forget = ledger_forget,
                                       .put_back = ledger_put_back};
    wgo_lock_init(&ledger->lock);
    wgo_lock_acquire(&ledger->lock);
    int result = SQLITE_OK;
    ledger->synced.db = db;
    for (int i = 0; i < WGO_LEDGER_STATEMENTS && result == SQLITE_OK; i++) {
        result = sqlite3_prepare_v3(db, SQL[i], -1, SQLITE_PREPARE_PERSISTENT,
                                    &ledger->synced.statements[i], NULL);
    }
    wgo_lock_release(&ledger->lock);
    if (result != SQLITE_OK) {
        wgo_store_ledger_fini(ledger);
    }
    return result == SQLITE_OK;
}

void wgo_store_ledger_fini(struct wgo_store_ledger *ledger)
{
    wgo_lock_acquire(&ledger->lock);
    for (int i = 0; i < WGO_LEDGER_STATEMENTS; i++) {
        sqlite3_finalize(ledger->synced.statements[i]);
        ledger->synced.statements[i] = NULL;
    }
    sqlite3_close(ledger->synced.db);
    ledger->synced.db = NULL;
    wgo_lock_release(&ledger->lock);
    wgo_lock_fini(&ledger->lock);
}

/* ---- for those who ask ---- */

/* "500/3600s 10000/86400s"; what is not ours gives no window. */
static void read_windows(const char *text, struct wgo_quota *out)
{
    while (out->window_count < WGO_QUOTA_WINDOWS) {
        char *slash = NULL, *end = NULL;
        unsigned long long limit = strtoull(text, &slash, 10);
        long long seconds = *slash == '/' ? strtoll(slash + 1, &end, 10) : 0;
        if (seconds <= 0 || *end != 's') {
            return;
        }
        out->windows[out->window_count++] =
            (struct wgo_quota_window){limit, (int64_t)seconds * WGO_S};
        text = end + 1;
    }
}

static int count_one_locked(struct wgo_store_ledger *ledger, struct wgo_quota_kept *kept,
                            int64_t now) WGO_REQUIRES(ledger->lock)
{
    int64_t used = 0, first = now;
    int64_t length = kept->quota.window_count ? kept->quota.windows[0].length_ns : 0;
    const struct argument count[] = {{.text = kept->key}, {.number = now - length}, {.number = 0}};
    int result = run_locked(ledger, WGO_LEDGER_COUNT, count, 2, &used);
    result = result == SQLITE_OK ? run_locked(ledger, WGO_LEDGER_NTH, count, 3, &first) : result;
    kept->calls = (uint64_t)used;
    kept->elapsed_ns = first < now ? now - first : 0;
    return result;
}

enum wgo_status wgo_store_ledger_list(struct wgo_store_ledger *ledger, struct wgo_arena *arena,
                                      struct wgo_quota_kept **out_items, size_t *out_count,
                                      struct wgo_error *err)
{
    static const char sql[] = "SELECT key, windows, share, ordered FROM quota ORDER BY key";
    enum { MOST = 1000 };
    struct wgo_quota_kept *items = WGO_NEW_ARRAY(arena, struct wgo_quota_kept, MOST);
    sqlite3_stmt *statement = NULL;
    size_t count = 0;
    if (!items) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_lock_acquire(&ledger->lock);
    int64_t now = wgo_clock_wall(ledger->clock).ns;
    int result = sqlite3_prepare_v2(ledger->synced.db, sql, -1, &statement, NULL);
    while (result == SQLITE_OK && count < MOST &&
           (result = sqlite3_step(statement)) == SQLITE_ROW) {
        struct wgo_quota_kept *kept = &items[count++];
        struct wgo_str key = wgo_str_from(sqlite3_column_blob(statement, 0),
                                          (size_t)sqlite3_column_bytes(statement, 0));
        *kept = (struct wgo_quota_kept){.key = wgo_str_dup(arena, key)};
        read_windows((const char *)sqlite3_column_text(statement, 1), &kept->quota);
        kept->quota.share = sqlite3_column_double(statement, 2);
        kept->ordered = sqlite3_column_type(statement, 3) == SQLITE_FLOAT;
        if (kept->ordered) {
            kept->quota.share = sqlite3_column_double(statement, 3);
        }
        result = kept->key.ptr ? SQLITE_OK : SQLITE_NOMEM;
    }
    sqlite3_finalize(statement);
    result = result == SQLITE_DONE ? SQLITE_OK : result;
    for (size_t i = 0; i < count && result == SQLITE_OK; i++) {
        result = count_one_locked(ledger, &items[i], now);
    }
    enum wgo_status status = result == SQLITE_OK ? WGO_OK : fail_locked(ledger, result, err);
    wgo_lock_release(&ledger->lock);
    *out_items = items;
    *out_count = status == WGO_OK ? count : 0;
    return status;
}

/* Keys begin with their provider's name: "codescan", "codescan/second", "powerbi:getInfo". */
static int count_answers_locked(struct wgo_store_ledger *ledger, sqlite3_stmt *statement,
                                struct wgo_str provider, struct wgo_quota_answers *out)
    WGO_REQUIRES(ledger->lock)
{
    int64_t now = wgo_clock_wall(ledger->clock).ns;
    int result =
        sqlite3_bind_text64(statement, 1, provider.ptr, provider.len, SQLITE_STATIC, SQLITE_UTF8);
    result = result == SQLITE_OK ? sqlite3_bind_int64(statement, 2, now - HOUR_NS) : result;
    result = result == SQLITE_OK ? sqlite3_bind_int64(statement, 3, now + SLACK_NS) : result;
    while (result == SQLITE_OK && (result = sqlite3_step(statement)) == SQLITE_ROW) {
        uint64_t count = (uint64_t)sqlite3_column_int64(statement, 1);
        switch (sqlite3_column_int(statement, 0)) {
        case WGO_QUOTA_GOOD:
            out->good = count;
            break;
        case WGO_QUOTA_THROTTLED:
            out->throttled = count;
            break;
        case WGO_QUOTA_OTHER:
            out->other = count;
            break;
        default:
            break;
        }
        result = SQLITE_OK;
    }
    return result == SQLITE_DONE ? SQLITE_OK : result;
}

enum wgo_status wgo_store_ledger_answers(struct wgo_store_ledger *ledger, struct wgo_str provider,
                                         struct wgo_quota_answers *out, struct wgo_error *err)
{
    static const char sql[] =
        "SELECT answer, count(*) FROM charge WHERE key IN (SELECT key FROM quota WHERE"
        " CAST(key AS TEXT) = ?1 OR substr(CAST(key AS TEXT), 1, length(?1) + 1)"
        " IN (?1 || '/', ?1 || ':'))"
        " AND counts_from > ?2 AND counts_from <= ?3 AND answer IS NOT NULL GROUP BY answer";
    struct wgo_quota_answers answers = {0};
    sqlite3_stmt *statement = NULL;
    wgo_lock_acquire(&ledger->lock);
    int result = sqlite3_prepare_v2(ledger->synced.db, sql, -1, &statement, NULL);
    if (result == SQLITE_OK) {
        result = count_answers_locked(ledger, statement, provider, &answers);
    }
    sqlite3_finalize(statement);
    enum wgo_status status = result == SQLITE_OK ? WGO_OK : fail_locked(ledger, result, err);
    wgo_lock_release(&ledger->lock);
    if (status == WGO_OK) {
        *out = answers;
    }
    return status;
}

enum wgo_status wgo_store_ledger_order(struct wgo_store_ledger *ledger, struct wgo_str glob,
                                       double share, uint64_t *out_count, struct wgo_error *err)
{
    static const char sql[] = "UPDATE quota SET ordered = ?1 WHERE CAST(key AS TEXT) GLOB ?2";
    sqlite3_stmt *statement = NULL;
    wgo_lock_acquire(&ledger->lock);
    int result = sqlite3_prepare_v2(ledger->synced.db, sql, -1, &statement, NULL);
    if (result == SQLITE_OK && share > 0) {
        result = sqlite3_bind_double(statement, 1, share);
    }
    if (result == SQLITE_OK) {
        result = sqlite3_bind_text64(statement, 2, glob.ptr, glob.len, SQLITE_STATIC, SQLITE_UTF8);
    }
    result = result == SQLITE_OK ? sqlite3_step(statement) : result;
    *out_count = result == SQLITE_DONE ? (uint64_t)sqlite3_changes(ledger->synced.db) : 0;
    sqlite3_finalize(statement);
    enum wgo_status status = result == SQLITE_DONE ? WGO_OK : fail_locked(ledger, result, err);
    wgo_lock_release(&ledger->lock);
    return status;
}
