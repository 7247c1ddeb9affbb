/* versions.c: which version of an API a type is read with.
 *
 * From the table of well-known ones; from the cache, where a former scan has put what the list of
 * providers said; else from that list, which is asked for once a scan, whichever subscription first
 * needs it: every subscription's has all types. */
#include "azure/session.h"

#include "base/json.h"
#include "base/json_write.h"

#include <ctype.h>

#define KEPT_NS (7 * 24 * 3600 * WGO_S)
#define PHASE "version lookup"

static const struct {
    const char *type, *version;
} WELL_KNOWN[] = {
#define WGO_AZURE_VERSION(type, version) {type, version},
#include "azure/well_known.def"
#undef WGO_AZURE_VERSION
};

static unsigned slot_of(struct wgo_str text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < text.len; i++) {
        hash =
            (hash ^ (unsigned char)tolower((unsigned char)text.ptr[i])) * UINT64_C(0x100000001b3);
    }
    return (unsigned)(hash % WGO_AZURE_SLOTS);
}

static const struct wgo_azure_version *find_locked(struct wgo_azure *azure, struct wgo_str type)
    WGO_REQUIRES(azure->lock)
{
    const struct wgo_azure_version *at = azure->synced.versions[slot_of(type)];
    while (at && !wgo_str_eq_nocase(at->type, type)) {
        at = at->next;
    }
    return at;
}

static void add_locked(struct wgo_azure *azure, struct wgo_str type, struct wgo_str version)
    WGO_REQUIRES(azure->lock)
{
    struct wgo_azure_version *fresh = WGO_NEW(&azure->synced.arena, struct wgo_azure_version);
    if (!fresh || find_locked(azure, type)) {
        return; /* the first one holds; without memory it is asked for again */
    }
    struct wgo_azure_version **slot = &azure->synced.versions[slot_of(type)];
    *fresh = (struct wgo_azure_version){.type = wgo_str_dup(&azure->synced.arena, type),
                                        .version = wgo_str_dup(&azure->synced.arena, version),
                                        .next = *slot};
    *slot = fresh;
}

struct wgo_str wgo_azure_version_of(struct wgo_azure *azure, struct wgo_str type)
{
    for (size_t i = 0; i < WGO_COUNT(WELL_KNOWN); i++) {
        if (wgo_str_eq_nocase(type, wgo_str(WELL_KNOWN[i].type))) {
            return wgo_str(WELL_KNOWN[i].version);
        }
    }
    wgo_lock_acquire(&azure->lock);
    const struct wgo_azure_version *found = find_locked(azure, type);
    struct wgo_str version = found ? found->version : (struct wgo_str){0};
    wgo_lock_release(&azure->lock);
    return version;
}

/* ---- the cache ---- */

#define CACHE_KEY WGO_STR("azure/versions")

void wgo_azure_versions_load(struct wgo_azure *azure)
{
    const struct wgo_services *services = azure->services;
    struct wgo_buf text = {0};
    struct wgo_arena arena = {0};
    struct wgo_json json;
    struct wgo_str key, value;
    if (services->cache_get(services->engine, CACHE_KEY, &text) == WGO_OK &&
        wgo_json_check(wgo_buf_view(&text), NULL) == WGO_OK) {
        wgo_json_init(&json, wgo_buf_view(&text));
        bool object = wgo_json_enter_object(&json);
        wgo_lock_acquire(&azure->lock);
        while (object && wgo_json_next_member(&json, &key) &&
               wgo_json_string(&json, &arena, &value)) {
            add_locked(azure, key, value);
        }
        wgo_lock_release(&azure->lock);
        services->phase_note(services->engine, PHASE, object, 0);
    }
    wgo_arena_fini(&arena);
    wgo_buf_fini(&text);
}

/* ---- the list of providers ---- */

struct reading {
    struct wgo_azure *azure;
    struct wgo_arena *arena;
    struct wgo_str provider, type, chosen;
    struct wgo_buf *listed;
};

static bool is_preview(struct wgo_str version)
{
    return wgo_str_find(version, WGO_STR("-preview")) < version.len ||
           wgo_str_find(version, WGO_STR("-alpha")) < version.len ||
           wgo_str_find(version, WGO_STR("-beta")) < version.len;
}

/* Versions are dates: of two plain ones, or two previews, the greater is the newer. */
static bool is_better(struct wgo_str version, struct wgo_str than)
{
    if (than.len == 0 || is_preview(version) != is_preview(than)) {
        return than.len == 0 || is_preview(than);
    }
    return wgo_str_cmp(version, than) > 0;
}

static bool each_version(void *state, struct wgo_str raw)
{
    struct reading *r = state;
    struct wgo_str version = wgo_json_text(raw, r->arena);
    if (version.len > 0 && is_better(version, r->chosen)) {
        r->chosen = version;
    }
    return true;
}

static bool each_type(void *state, struct wgo_str item)
{
    struct reading *r = state;
    r->type = wgo_json_text(wgo_json_get(item, WGO_STR("resourceType")), r->arena);
    r->chosen = wgo_json_text(wgo_json_get(item, WGO_STR("defaultApiVersion")), r->arena);
    if (r->chosen.len == 0) {
        (void)!wgo_json_each(item, WGO_STR("apiVersions[]"), each_version, r);
    }
    struct wgo_str name =
        wgo_str_format(r->arena, "%.*s/%.*s", WGO_FMT(r->provider), WGO_FMT(r->type));
    name = wgo_str_lower(r->arena, name);
    if (name.len > 0 && r->type.len > 0 && r->chosen.len > 0) {
        wgo_lock_acquire(&r->azure->lock);
        add_locked(r->azure, name, r->chosen);
        wgo_buf_cstr(&r->azure->synced.listed, r->azure->synced.listed.len > 0 ? "," : "");
        wgo_json_quote(&r->azure->synced.listed, name);
        wgo_buf_char(&r->azure->synced.listed, ':');
        wgo_json_quote(&r->azure->synced.listed, r->chosen);
        wgo_lock_release(&r->azure->lock);
    }
    return true;
}

static bool each_provider(void *state, struct wgo_str item)
{
    struct reading *r = state;
    r->provider = wgo_json_text(wgo_json_get(item, WGO_STR("namespace")), r->arena);
    (void)!wgo_json_each(item, WGO_STR("resourceTypes[]"), each_type, r);
    return true;
}

enum wgo_status wgo_azure_versions_serve(struct wgo_azure *azure,
                                         struct wgo_azure_subscription *subscription,
                                         struct wgo_emitter *emitter, struct wgo_error *err)
{
    wgo_lock_acquire(&azure->lock);
    struct wgo_azure_waiting *at = subscription->waiting;
    subscription->waiting = NULL;
    wgo_lock_release(&azure->lock);
    enum wgo_status status = WGO_OK;
    for (; at && status == WGO_OK; at = at->next) {
        struct wgo_str version = wgo_azure_version_of(azure, at->type);
        if (version.len > 0) {
            status = wgo_azure_object_task(subscription, at, version, emitter, err);
            continue;
        }
        struct wgo_row row = {.account = subscription->id,
                              .type = at->type,
                              .seen = WGO_SEEN_SKIPPED,
                              .error = WGO_STR("no provider says with which version the type's "
                                               "properties are read")};
        emitter->row(emitter, &row);
    }
    return status;
}

static enum wgo_status serve_all(struct wgo_azure *azure, struct wgo_emitter *emitter,
                                 struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < azure->login_count && status == WGO_OK; i++) {
        struct wgo_azure_subscription *at = azure->logins[i].first;
        for (; at && status == WGO_OK; at = at->next) {
            status = wgo_azure_versions_serve(azure, at, emitter, err);
        }
    }
    return status;
}

enum wgo_status wgo_azure_decode_providers(struct wgo_azure *azure, const struct wgo_page *page,
                                           struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_services *services = azure->services;
    struct reading r = {.azure = azure, .arena = emitter->arena};
    enum wgo_status status = page->fallback ? WGO_OK : wgo_json_check(page->document, err);
    struct wgo_str whole = {0}, link = {0};
    if (status == WGO_OK && !page->fallback) {
        status = wgo_json_each(page->document, WGO_STR("value[]"), each_provider, &r);
        link = wgo_json_get(page->document, WGO_STR("nextLink"));
    }
    if (status != WGO_OK) {
        return status;
    }
    if (link.ptr && wgo_json_kind_of(link) == WGO_JSON_STRING && link.len > 2) {
        struct wgo_str rest =
            wgo_str_format(emitter->arena, "{\"value\":[],\"nextLink\":%.*s}", WGO_FMT(link));
        return emitter->items(emitter, rest, err);
    }
    wgo_lock_acquire(&azure->lock);
    azure->synced.versions_listed = true;
    if (!page->fallback && azure->synced.listed.failed == WGO_OK) {
        whole =
            wgo_str_format(emitter->arena, "{%.*s}", WGO_FMT(wgo_buf_view(&azure->synced.listed)));
    }
    wgo_lock_release(&azure->lock);
    if (whole.len > 2) {
        services->cache_put(services->engine, CACHE_KEY, whole, KEPT_NS);
    }
    return serve_all(azure, emitter, err);
}

/* ---- what answers teach ---- */

/* Objects go by their type, lists by their entry. */
static struct wgo_str correction_key(const struct wgo_task *task)
{
    struct wgo_str native = wgo_task_var(task, WGO_STR("native"));
    return native.len > 0 ? native : task->entry;
}

static const struct wgo_azure_version *correction_locked(const struct wgo_azure *azure,
                                                         struct wgo_str key)
    WGO_REQUIRES(azure->lock)
{
    const struct wgo_azure_version *at = azure->synced.corrected;
    while (at && !wgo_str_eq(at->type, key)) {
        at = at->next;
    }
    return at;
}

struct wgo_str wgo_azure_version_corrected(struct wgo_azure *azure, const struct wgo_task *task)
{
    struct wgo_str key = correction_key(task);
    wgo_lock_acquire(&azure->lock);
    const struct wgo_azure_version *found = correction_locked(azure, key);
    struct wgo_str version = found ? found->version : (struct wgo_str){0};
    wgo_lock_release(&azure->lock);
    return version;
}

void wgo_azure_version_correct(struct wgo_azure *azure, const struct wgo_task *task,
                               struct wgo_str version)
{
    struct wgo_str key = correction_key(task);
    wgo_lock_acquire(&azure->lock);
    struct wgo_azure_version *fresh = correction_locked(azure, key)
                                          ? NULL
                                          : WGO_NEW(&azure->synced.arena, struct wgo_azure_version);
    if (fresh) {
        *fresh = (struct wgo_azure_version){.type = wgo_str_dup(&azure->synced.arena, key),
                                            .version = wgo_str_dup(&azure->synced.arena, version),
                                            .next = azure->synced.corrected};
        azure->synced.corrected = fresh;
    }
    wgo_lock_release(&azure->lock);
}

static bool is_version_char(char c)
{
    return isalnum((unsigned char)c) || c == '-';
}

struct wgo_str wgo_azure_version_offered(struct wgo_str message)
{
    static const char *const marks[] = {"api-versions", "api versions", "versions are",
                                        "supported"};
    struct wgo_str best = {0};
    size_t from = message.len;
    for (size_t i = 0; i < WGO_COUNT(marks) && from == message.len; i++) {
        from = wgo_str_find(message, wgo_str(marks[i]));
    }
    for (size_t at = from; at + 10 <= message.len; at++) {
        size_t end = at;
        while (end < message.len && is_version_char(message.ptr[end])) {
            end++;
        }
        struct wgo_str word = wgo_str_slice(message, at, end);
        bool date = word.len >= 10 && isdigit((unsigned char)word.ptr[0]) && word.ptr[4] == '-' &&
                    word.ptr[7] == '-' && isdigit((unsigned char)word.ptr[8]);
        if (date && is_better(word, best)) {
            best = word;
        }
        at = end > at ? end : at;
    }
    return best;
}
