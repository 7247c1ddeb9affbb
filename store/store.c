#include "store/store.h"

#include "base/log.h"
#include "store/cache.h"
#include "store/database.h"
#include "store/folder.h"
#include "store/key.h"
#include "store/ledger.h"

#include <stdlib.h>

struct wgo_store {
    char *dir;           /* NULL: none */
    char *database_path; /* NULL: no cache */
    const struct wgo_clock *clock;
    const char *(*getenv)(const char *name);
    bool cached;
    struct wgo_store_cache cache; /* when 'cached' */
    bool ledgered;
    struct wgo_store_ledger ledger; /* when 'ledgered' */
};

static const char *process_environment(const char *name)
{
    return getenv(name);
}

static bool open_cache(struct wgo_store *store, char warning[WGO_STORE_WARNING])
{
    store->database_path = wgo_folder_path(store->dir, "wgo.db");
    if (!store->database_path) {
        return false;
    }
    sqlite3 *db = wgo_database_open(store->database_path, wgo_clock_wall(store->clock), warning);
    if (!db) {
        return true; /* and the warning says so */
    }
    store->cached = wgo_store_cache_init(&store->cache, db, store->clock);
    if (!store->cached) {
        wgo_folder_warn(warning, "no cache: %s cannot be used", store->database_path);
        if (wgo_store_cache_fini(&store->cache)) {
            (void)wgo_database_set_aside(store->database_path, wgo_clock_wall(store->clock),
                                         warning);
        }
    }
    return true;
}

enum wgo_status wgo_store_open(const struct wgo_store_options *options,
                               struct wgo_store **out_store, char warning[512],
                               struct wgo_error *err)
{
    struct wgo_store *store = calloc(1, sizeof(*store));
    warning[0] = '\0';
    if (!store) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    store->clock = options->clock ? options->clock : wgo_clock_system();
    store->getenv = options->getenv ? options->getenv : process_environment;
    store->dir = wgo_folder_open(options, warning);
    if (store->dir && !options->without_cache && !open_cache(store, warning)) {
        wgo_store_close(store);
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    *out_store = store;
    return WGO_OK;
}

void wgo_store_close(struct wgo_store *store)
{
    if (!store) {
        return;
    }
    if (store->cached && wgo_store_cache_fini(&store->cache)) {
        char warning[WGO_STORE_WARNING] = "";
        (void)wgo_database_set_aside(store->database_path, wgo_clock_wall(store->clock), warning);
        wgo_log_debug("store", "warning=\"%s\"", warning);
    }
    if (store->ledgered) {
        wgo_store_ledger_fini(&store->ledger);
    }
    free(store->database_path);
    free(store->dir);
    free(store);
}

const struct wgo_ledger *wgo_store_ledger(struct wgo_store *store, char warning[512])
{
    warning[0] = '\0';
    if (store->ledgered) {
        return &store->ledger.port;
    }
    if (store->dir && !store->database_path) {
        store->database_path = wgo_folder_path(store->dir, "wgo.db");
    }
    if (!store->database_path) {
        wgo_folder_warn(warning, "no quota ledger: there is no state folder to keep it in");
        return NULL;
    }
    sqlite3 *db = wgo_database_open(store->database_path, wgo_clock_wall(store->clock), warning);
    store->ledgered = db && wgo_store_ledger_init(&store->ledger, db, store->clock);
    if (!store->ledgered && warning[0] == '\0') {
        wgo_folder_warn(warning, "no quota ledger: %s cannot be used", store->database_path);
    }
    return store->ledgered ? &store->ledger.port : NULL;
}

enum wgo_status wgo_store_quota_list(struct wgo_store *store, struct wgo_arena *arena,
                                     struct wgo_quota_kept **out_items, size_t *out_count,
                                     struct wgo_error *err)
{
    char warning[WGO_STORE_WARNING];
    *out_items = NULL;
    *out_count = 0;
    return wgo_store_ledger(store, warning)
               ? wgo_store_ledger_list(&store->ledger, arena, out_items, out_count, err)
               : WGO_OK;
}

enum wgo_status wgo_store_quota_answers(struct wgo_store *store, struct wgo_str provider,
                                        struct wgo_quota_answers *out, struct wgo_error *err)
{
    char warning[WGO_STORE_WARNING];
    *out = (struct wgo_quota_answers){0};
    return wgo_store_ledger(store, warning)
               ? wgo_store_ledger_answers(&store->ledger, provider, out, err)
               : WGO_OK;
}

enum wgo_status wgo_store_quota_order(struct wgo_store *store, struct wgo_str glob, double share,
                                      uint64_t *out_count, struct wgo_error *err)
{
    char warning[WGO_STORE_WARNING];
    *out_count = 0;
    return wgo_store_ledger(store, warning)
               ? wgo_store_ledger_order(&store->ledger, glob, share, out_count, err)
               : WGO_OK;
}

const char *wgo_store_dir(const struct wgo_store *store)
{
    return store->dir;
}

const struct wgo_cache *wgo_store_cache(struct wgo_store *store)
{
    return store->cached ? &store->cache.port : NULL;
}

enum wgo_status wgo_store_cache_list(struct wgo_store *store, struct wgo_str prefix,
                                     struct wgo_arena *arena, struct wgo_kept **out_items,
                                     size_t *out_count, struct wgo_error *err)
{
    *out_items = NULL;
    *out_count = 0;
    return store->cached
               ? wgo_store_cache_kept(&store->cache, prefix, arena, out_items, out_count, err)
               : WGO_OK;
}

enum wgo_status wgo_store_cache_clear(struct wgo_store *store, struct wgo_str prefix,
                                      uint64_t *out_count, struct wgo_error *err)
{
    *out_count = 0;
    return store->cached ? wgo_store_cache_forget(&store->cache, prefix, out_count, err) : WGO_OK;
}

/* Appends the user's own key, from a file or the environment, when there is one. */
static enum wgo_status users_key(struct wgo_store *store, const char *key_file, struct wgo_buf *key,
                                 struct wgo_error *err)
{
    if (key_file) {
        enum wgo_status status = wgo_key_of_file(key_file, key, err);
        if (status == WGO_OK || status == WGO_E_NOMEM) {
            return status;
        }
        if (err) {
            err->status = WGO_E_CONFIG;
            wgo_error_prefix(err, "redaction key");
        }
        return WGO_E_CONFIG;
    }
    const char *value = store->getenv("WGO_REDACT_KEY");
    if (!value || !value[0]) {
        return WGO_OK;
    }
    if (strlen(value) < WGO_REDACTION_KEY_LEN / 2) {
        return wgo_fail(err, WGO_E_CONFIG, "WGO_REDACT_KEY: a key needs at least %d bytes",
                        WGO_REDACTION_KEY_LEN / 2);
    }
    return wgo_buf_cstr(key, value) ? WGO_OK : wgo_fail(err, key->failed, "out of memory");
}

enum wgo_status wgo_store_redactor(struct wgo_store *store, const char *key_file,
                                   struct wgo_redactor *out, struct wgo_error *err)
{
    struct wgo_buf key = {0};
    enum wgo_status status = users_key(store, key_file, &key, err);
    if (status == WGO_OK && key.len == 0 && store->dir) {
        struct wgo_error problem = {0};
        enum wgo_status kept = wgo_key_of_folder(store->dir, &key, &problem);
        if (kept == WGO_E_CONFIG || kept == WGO_E_NOMEM) {
            status = kept;
            if (err) {
                *err = problem;
            }
        } else if (kept != WGO_OK) {
            wgo_log_debug("store", "redaction_key=none reason=\"%s\"", problem.message);
        }
    }
    if (status == WGO_OK) {
        status = wgo_redactor_init(out, wgo_buf_view(&key), err);
    }
    wgo_wipe(key.ptr, key.cap);
    wgo_buf_fini(&key);
    return status;
}
