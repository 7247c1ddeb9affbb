#include "engine/fresh.h"

#include "base/seal.h"
#include "engine/replay.h"

#include <stdio.h>
#include <xxhash.h>

/* A page that has a name of its own is worth asking about for so long. */
#define KEPT_NS (30 * 24 * 3600 * WGO_S)
/* Nobody's answer is fresh for longer than this. */
#define FRESH_MOST_NS (7 * 24 * 3600 * WGO_S)
#define LARGEST_PAGE ((size_t)4 << 20)
/* Longer lists are asked for. */
enum { MOST_PAGES = 1000 };

/* What is kept of an answer, before the page: a digest of all that follows, fresh until, then texts
 * with their lengths. */
struct kept {
    int64_t fresh_until;
    struct wgo_str etag, modified, token; /* the token is sealed */
    struct wgo_str page;
    int64_t age_ns; /* since it was kept */
};

/* ---- what the server says ---- */

/* The value of a directive of Cache-Control; '*out' stays when it has none. */
static bool directive(struct wgo_str header, const char *name, struct wgo_str *out)
{
    while (header.ptr) {
        struct wgo_str one = wgo_str_trim(wgo_str_split(&header, ','));
        size_t equals = wgo_str_find_char(one, '=');
        if (wgo_str_eq_nocase(wgo_str_slice(one, 0, equals), wgo_str(name))) {
            struct wgo_str value = wgo_str_slice(one, equals + 1, one.len);
            bool quoted = value.len > 1 && value.ptr[0] == '"';
            *out = quoted ? wgo_str_slice(value, 1, value.len - 1) : value;
            return true;
        }
    }
    return false;
}

/* For how long the answer is fresh from now on; -1: it may not be kept at all. */
static int64_t lifetime(const struct wgo_call *call, const struct wgo_response *response)
{
    struct wgo_str control = wgo_response_header(response, "cache-control"), value = {0};
    uint64_t seconds = 0, age = 0;
    if (call->entry->cache_ns > 0) {
        return call->entry->cache_ns;
    }
    if (directive(control, "no-store", &value)) {
        return -1;
    }
    if (directive(control, "no-cache", &value) || !directive(control, "max-age", &value) ||
        !wgo_str_to_u64(value, &seconds)) {
        return 0;
    }
    if (!wgo_str_to_u64(wgo_response_header(response, "age"), &age) || age > seconds) {
        age = age > seconds ? seconds : 0;
    }
    seconds -= age;
    return seconds < (uint64_t)(FRESH_MOST_NS / WGO_S) ? (int64_t)seconds * WGO_S : FRESH_MOST_NS;
}

/* ---- keys ---- */

static bool may(const struct wgo_call *call)
{
    const struct wgo_entry *entry = call->entry;
    return call->run->o.cache && call->run->redactor.keyed &&
           wgo_str_is(wgo_str(entry->method), "GET") && entry->poll.status.len == 0 &&
           (entry->decode.len == 0 || entry->replay);
}

static bool is_known(const struct wgo_call *call)
{
    struct wgo_run *run = call->run;
    if (!may(call)) {
        return false;
    }
    if (call->entry->cache_ns > 0) {
        return true;
    }
    wgo_lock_acquire(&run->lock);
    const struct wgo_meter *meter = run->synced.meters.items[wgo_entry_index(run, call->entry)];
    bool known = meter && meter->keeps;
    wgo_lock_release(&run->lock);
    return known;
}

enum { KEY_LEN = 128 };

/* Where it is not known whose page it is, nobody is given it whom the server has not told that it
 * is what it was. */
static struct wgo_str cache_key(const struct wgo_call *call, char text[KEY_LEN])
{
    const struct wgo_run *run = call->run;
    struct wgo_page_key key;
    (void)wgo_replay_key(call, run->o.kind, &key);
    int length =
        snprintf(text, KEY_LEN, "page/%s/%s/%016llx%016llx", run->o.type->name,
                 run->redactor.key_id, (unsigned long long)key.high, (unsigned long long)key.low);
    return wgo_str_from(text, (size_t)length);
}

/* ---- the cache's form ---- */

static void put_text(struct wgo_buf *out, struct wgo_str text)
{
    uint32_t length = (uint32_t)text.len;
    wgo_buf_append(out, &length, sizeof(length));
    wgo_buf_str(out, text);
}

static bool get_text(struct wgo_str *rest, struct wgo_str *out)
{
    uint32_t length;
    if (rest->len < sizeof(length)) {
        return false;
    }
    memcpy(&length, rest->ptr, sizeof(length));
    if (length > rest->len - sizeof(length)) {
        return false;
    }
    *out = wgo_str_slice(*rest, sizeof(length), sizeof(length) + length);
    *rest = wgo_str_slice(*rest, sizeof(length) + length, rest->len);
    return true;
}

/* The cache is of this machine's own making: numbers are as it has them. */
static void write_kept(const struct kept *kept, struct wgo_buf *out)
{
    uint64_t digest = 0;
    wgo_buf_append(out, &digest, sizeof(digest));
    wgo_buf_append(out, &kept->fresh_until, sizeof(kept->fresh_until));
    put_text(out, kept->etag);
    put_text(out, kept->modified);
    put_text(out, kept->token);
    wgo_buf_str(out, kept->page);
    if (out->failed == WGO_OK) {
        digest = XXH3_64bits(out->ptr + sizeof(digest), out->len - sizeof(digest));
        memcpy(out->ptr, &digest, sizeof(digest));
    }
}

/* False: it is not what was written. A page is given piece by piece, so that is found out before.
 */
static bool read_kept(struct wgo_str bytes, struct kept *out)
{
    uint64_t digest;
    if (bytes.len < sizeof(digest) + sizeof(out->fresh_until)) {
        return false;
    }
    memcpy(&digest, bytes.ptr, sizeof(digest));
    bytes = wgo_str_slice(bytes, sizeof(digest), bytes.len);
    if (XXH3_64bits(bytes.ptr, bytes.len) != digest) {
        return false;
    }
    memcpy(&out->fresh_until, bytes.ptr, sizeof(out->fresh_until));
    out->page = wgo_str_slice(bytes, sizeof(out->fresh_until), bytes.len);
    return get_text(&out->page, &out->etag) && get_text(&out->page, &out->modified) &&
           get_text(&out->page, &out->token);
}

/* What is kept of the call's page, in 'bytes'. */
static bool look(const struct wgo_call *call, struct wgo_buf *bytes, struct kept *out)
{
    const struct wgo_cache *cache = call->run->o.cache;
    char text[KEY_LEN];
    return is_known(call) &&
           cache->get(cache->self, cache_key(call, text), bytes, &out->age_ns) == WGO_OK &&
           read_kept(wgo_buf_view(bytes), out);
}

static void store(const struct wgo_call *call, const struct kept *kept)
{
    const struct wgo_cache *cache = call->run->o.cache;
    struct wgo_buf bytes = {0};
    char text[KEY_LEN];
    bool named = kept->etag.len > 0 || kept->modified.len > 0;
    int64_t fresh = kept->fresh_until - wgo_run_wall(call->run).ns;
    write_kept(kept, &bytes);
    if (bytes.failed == WGO_OK) {
        /* A cache that cannot keep something is as good as none. */
        (void)!cache->put(cache->self, cache_key(call, text), wgo_buf_view(&bytes),
                          named ? KEPT_NS : fresh);
    }
    wgo_buf_fini(&bytes);
}

/* ---- before the call ---- */

/* The next page's token is appended; false when it is not this page's. */
static bool open_token(const struct wgo_call *call, const struct kept *kept,
                       struct wgo_buf *out_token)
{
    struct wgo_seal seal;
    char owner[KEY_LEN];
    if (!wgo_seal_init(&seal, &call->run->redactor)) {
        return false;
    }
    bool good = kept->token.len == 0 ||
                wgo_seal_open(&seal, cache_key(call, owner), kept->token, out_token);
    wgo_seal_fini(&seal);
    return good;
}

/* Whether the call's page is fresh; its next token is appended. */
static bool is_fresh(const struct wgo_call *call, struct wgo_buf *out_token)
{
    struct wgo_buf bytes = {0};
    struct kept kept;
    int64_t now = wgo_run_wall(call->run).ns;
    /* One that is fresh for longer than any may be is from a clock that was wrong. */
    bool fresh = look(call, &bytes, &kept) && kept.fresh_until > now &&
                 kept.fresh_until - now <= FRESH_MOST_NS && open_token(call, &kept, out_token);
    wgo_buf_fini(&bytes);
    return fresh;
}

/* Pages that are of two moments do not fit together: without a call a list is given as a whole or
 * not at all. All its pages are kept by one scan then. */
static bool is_whole(const struct wgo_call *call, struct wgo_buf *token)
{
    struct wgo_task task = *call->task;
    const struct wgo_call next = {.run = call->run, .entry = call->entry, .task = &task};
    struct wgo_buf held = {0};
    bool whole = true;
    for (unsigned pages = 1; whole && token->len > 0; pages++) {
        wgo_wipe(held.ptr, held.cap);
        wgo_buf_fini(&held);
        held = *token;
        *token = (struct wgo_buf){0};
        task.token = wgo_buf_view(&held);
        whole = pages < MOST_PAGES && is_fresh(&next, token);
    }
    wgo_wipe(held.ptr, held.cap);
    wgo_buf_fini(&held);
    return whole;
}

bool wgo_fresh_is(const struct wgo_call *call)
{
    struct wgo_buf token = {0};
    uint64_t whose;
    bool first = call->task->token.len == 0;
    bool fresh = wgo_replay_whose(call->run, call->task, &whose) && is_fresh(call, &token);
    if (fresh && call->entry->cache_ns == 0) {
        fresh = first ? is_whole(call, &token) : call->oldest_ns > 0;
    }
    wgo_wipe(token.ptr, token.cap);
    wgo_buf_fini(&token);
    return fresh;
}

enum wgo_status wgo_fresh_ask(struct wgo_call *call, struct wgo_request *request,
                              struct wgo_arena *arena)
{
    struct wgo_buf bytes = {0};
    struct kept kept;
    enum wgo_status status = WGO_OK;
    call->conditional = false;
    if (!call->unkept && look(call, &bytes, &kept) && (kept.etag.len || kept.modified.len)) {
        bool etag = kept.etag.len > 0;
        struct wgo_str value = wgo_str_dup(arena, etag ? kept.etag : kept.modified);
        status = value.ptr
                     ? wgo_request_header(
                           request, etag ? WGO_STR("If-None-Match") : WGO_STR("If-Modified-Since"),
                           value)
                     : WGO_E_NOMEM;
        call->conditional = status == WGO_OK;
    }
    wgo_buf_fini(&bytes);
    return status;
}

/* ---- after it ---- */

bool wgo_fresh_may_keep(const struct wgo_call *call, const struct wgo_response *response)
{
    if (!may(call) || response->http_status != 200) {
        return false;
    }
    int64_t fresh = lifetime(call, response);
    return fresh > 0 || (fresh == 0 && (wgo_response_header(response, "etag").len > 0 ||
                                        wgo_response_header(response, "last-modified").len > 0));
}

static void mark(const struct wgo_call *call)
{
    struct wgo_run *run = call->run;
    wgo_lock_acquire(&run->lock);
    struct wgo_meter *meter = wgo_meters_of(&run->synced.meters, wgo_entry_index(run, call->entry));
    if (meter) {
        meter->keeps = true;
    }
    wgo_lock_release(&run->lock);
}

void wgo_fresh_keep(struct wgo_call *call, const struct wgo_buf *page, struct wgo_str token)
{
    const struct wgo_response *response = &call->attempt->response;
    struct wgo_buf sealed = {0};
    struct wgo_seal seal;
    char owner[KEY_LEN];
    if (page->failed != WGO_OK || page->len > LARGEST_PAGE ||
        !wgo_seal_init(&seal, &call->run->redactor)) {
        return;
    }
    struct wgo_str key = cache_key(call, owner);
    if (token.len == 0 || wgo_seal_close(&seal, key, token, &sealed)) {
        int64_t fresh = lifetime(call, response);
        struct kept kept = {
            .fresh_until = fresh > 0 ? wgo_run_wall(call->run).ns + fresh : 0,
            .etag = wgo_response_header(response, "etag"),
            .modified = wgo_response_header(response, "last-modified"),
            .token = wgo_buf_view(&sealed),
            .page = wgo_buf_view(page),
        };
        mark(call);
        store(call, &kept);
    }
    wgo_buf_fini(&sealed);
    wgo_seal_fini(&seal);
}

enum wgo_status wgo_fresh_get(const struct wgo_call *call, const struct wgo_response *renewed,
                              struct wgo_buf *out_page, struct wgo_buf *out_token,
                              int64_t *out_wall_ns)
{
    struct wgo_buf bytes = {0};
    struct kept kept;
    bool good = look(call, &bytes, &kept) && open_token(call, &kept, out_token) &&
                wgo_buf_str(out_page, kept.page);
    if (good) {
        *out_wall_ns = renewed ? 0 : wgo_run_wall(call->run).ns - kept.age_ns;
    }
    if (good && renewed && lifetime(call, renewed) > 0) {
        kept.fresh_until = wgo_run_wall(call->run).ns + lifetime(call, renewed);
        store(call, &kept);
    }
    wgo_buf_fini(&bytes);
    return good ? WGO_OK : WGO_E_ABSENT;
}

/* ---- from one scan to the next ---- */

static struct wgo_str memory_key(const struct wgo_run *run, char text[KEY_LEN])
{
    int length = snprintf(text, KEY_LEN, "http/%s", run->o.type->name);
    return wgo_str_from(text, (size_t)length);
}

void wgo_fresh_recall(struct wgo_run *run)
{
    struct wgo_buf names = {0};
    char text[KEY_LEN];
    int64_t age;
    if (run->o.cache &&
        run->o.cache->get(run->o.cache->self, memory_key(run, text), &names, &age) == WGO_OK) {
        struct wgo_str rest = wgo_buf_view(&names);
        while (rest.ptr) {
            const struct wgo_entry *entry =
                wgo_catalog_find(run->catalog, wgo_str_split(&rest, '\n'));
            struct wgo_call call = {.run = run, .entry = entry};
            if (entry) {
                mark(&call);
            }
        }
    }
    wgo_buf_fini(&names);
}

void wgo_fresh_remember(struct wgo_run *run)
{
    struct wgo_buf names = {0};
    char text[KEY_LEN];
    wgo_lock_acquire(&run->lock);
    for (size_t i = 0; i < run->synced.meters.count && run->o.cache; i++) {
        const struct wgo_meter *meter = run->synced.meters.items[i];
        if (meter && meter->keeps) {
            wgo_buf_str(&names, wgo_catalog_at(run->catalog, i)->name);
            wgo_buf_char(&names, '\n');
        }
    }
    wgo_lock_release(&run->lock);
    if (names.len > 0 && names.failed == WGO_OK) {
        (void)!run->o.cache->put(run->o.cache->self, memory_key(run, text), wgo_buf_view(&names),
                                 KEPT_NS);
    }
    wgo_buf_fini(&names);
}
