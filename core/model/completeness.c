#include "model/completeness.h"

#include "base/arena.h"
#include "base/lock.h"
#include "model/completeness_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

/* Open addressing with linear probing; 'slots' is a power of two or zero, at most half full. */
struct table {
    void **entries;
    size_t slots, used;
};

struct wgo_rows {
    struct wgo_lock lock; /* Guards 'synced' and nothing else. */
    struct {
        struct wgo_arena arena; /* rows and texts */
        struct table rows, texts;
        bool failed;
    } synced WGO_GUARDED;
};

/* How bad a status is when several lists make one row. Each word may only be replaced by one that
 * promises less: what was left out on purpose; what patience mends (a limit of ours, a throttle, a
 * timeout); what the provider must mend; what somebody must grant; and last what nobody has
 * explained yet. So a row never looks easier to mend than its worst part. */
static const unsigned char badness[] = {
    [WGO_SEEN_OK] = 0,        [WGO_SEEN_SKIPPED] = 1, [WGO_SEEN_LIMITED] = 2,
    [WGO_SEEN_THROTTLED] = 3, [WGO_SEEN_TIMEOUT] = 4, [WGO_SEEN_UNAVAILABLE] = 5,
    [WGO_SEEN_DENIED] = 6,    [WGO_SEEN_ERROR] = 7,
};

static unsigned badness_of(enum wgo_completeness seen)
{
    return (size_t)seen < WGO_COUNT(badness) ? badness[seen] : badness[WGO_SEEN_ERROR];
}

struct wgo_rows *wgo_rows_new(void)
{
    struct wgo_rows *rows = calloc(1, sizeof(*rows));
    if (rows) {
        wgo_lock_init(&rows->lock);
    }
    return rows;
}

WGO_UNCHECKED_LOCKS void wgo_rows_free(struct wgo_rows *rows)
{
    if (!rows) {
        return;
    }
    wgo_arena_fini(&rows->synced.arena);
    free(rows->synced.rows.entries);
    free(rows->synced.texts.entries);
    wgo_lock_fini(&rows->lock);
    free(rows);
}

static uint64_t row_hash(const struct wgo_rows_row *row)
{
    /* The texts' hashes are good already; rotating keeps (a, b) apart from (b, a). */
    uint64_t hash = row->provider->hash;
    hash = (hash << 13 | hash >> 51) ^ row->account->hash;
    hash = (hash << 13 | hash >> 51) ^ row->region->hash;
    hash = (hash << 13 | hash >> 51) ^ row->type->hash;
    return hash;
}

static uint64_t text_hash(const void *entry)
{
    return ((const struct wgo_rows_text *)entry)->hash;
}

static uint64_t entry_row_hash(const void *entry)
{
    return row_hash(entry);
}

/* Room for one entry more. */
static bool table_grow(struct table *table, uint64_t (*hash_of)(const void *))
{
    if (table->used * 2 < table->slots) {
        return true;
    }
    size_t slots = table->slots ? table->slots * 2 : 64;
    void **entries = calloc(slots, sizeof(*entries));
    if (!entries) {
        return false;
    }
    for (size_t i = 0; i < table->slots; i++) {
        if (table->entries[i]) {
            size_t at = (size_t)hash_of(table->entries[i]) & (slots - 1);
            while (entries[at]) {
                at = (at + 1) & (slots - 1);
            }
            entries[at] = table->entries[i];
        }
    }
    free(table->entries);
    table->entries = entries;
    table->slots = slots;
    return true;
}

/* The set's own copy of 's'; NULL when out of memory. */
static const struct wgo_rows_text *text_locked(struct wgo_rows *rows, struct wgo_str s)
    WGO_REQUIRES(rows->lock)
{
    struct table *table = &rows->synced.texts;
    if (!table_grow(table, text_hash)) {
        return NULL;
    }
    uint64_t hash = XXH3_64bits(s.len ? s.ptr : "", s.len);
    size_t at = (size_t)hash & (table->slots - 1);
    for (; table->entries[at]; at = (at + 1) & (table->slots - 1)) {
        const struct wgo_rows_text *text = table->entries[at];
        if (text->hash == hash && wgo_str_eq(wgo_rows_str(text), s)) {
            return text;
        }
    }
    struct wgo_rows_text *text = wgo_arena_alloc(&rows->synced.arena, sizeof(*text) + s.len + 1);
    if (text) {
        text->hash = hash;
        text->len = s.len;
        if (s.len > 0) {
            memcpy(text->bytes, s.ptr, s.len);
        }
        table->entries[at] = text;
        table->used++;
    }
    return text;
}

/* The row with the key of 'like', made without items when it is new; NULL when out of memory. */
static struct wgo_rows_row *row_locked(struct wgo_rows *rows, const struct wgo_rows_row *like)
    WGO_REQUIRES(rows->lock)
{
    struct table *table = &rows->synced.rows;
    if (!table_grow(table, entry_row_hash)) {
        return NULL;
    }
    size_t at = (size_t)row_hash(like) & (table->slots - 1);
    for (; table->entries[at]; at = (at + 1) & (table->slots - 1)) {
        struct wgo_rows_row *row = table->entries[at];
        if (row->provider == like->provider && row->account == like->account &&
            row->region == like->region && row->type == like->type) {
            return row;
        }
    }
    struct wgo_rows_row *row = wgo_arena_alloc(&rows->synced.arena, sizeof(*row));
    if (row) {
        *row = *like;
        row->count = row->unread = 0;
        table->entries[at] = row;
        table->used++;
    }
    return row;
}

/* Whether the error of 'new' is to be told instead of that of 'old'. The error belongs to the
 * status; among several the choice must not depend on which thread came first. */
static bool tells_more(const struct wgo_rows_row *new, const struct wgo_rows_row *old)
{
    if (badness_of(new->seen) != badness_of(old->seen)) {
        return badness_of(new->seen) > badness_of(old->seen);
    }
    if (new->error->len == 0 || old->error->len == 0) {
        return old->error->len == 0;
    }
    int order = wgo_rows_text_cmp(new->error, old->error);
    return order ? order < 0 : wgo_rows_text_cmp(new->hint, old->hint) < 0;
}

/* 'unread' and 'error' in one; NULL when out of memory. */
static const struct wgo_rows_text *said_locked(struct wgo_rows *rows, int64_t unread,
                                               const struct wgo_rows_text *error)
    WGO_REQUIRES(rows->lock)
{
    struct wgo_buf text = {0};
    if (unread <= 0) {
        return error;
    }
    wgo_buf_format(&text, "%lld ", (long long)unread);
    wgo_buf_str(&text, wgo_rows_str(error));
    const struct wgo_rows_text *said =
        text.failed == WGO_OK ? text_locked(rows, wgo_buf_view(&text)) : NULL;
    wgo_buf_fini(&text);
    return said;
}

static bool merge_locked(struct wgo_rows *rows, struct wgo_rows_row *row,
                         const struct wgo_rows_row *new) WGO_REQUIRES(rows->lock)
{
    bool more = tells_more(new, row);
    bool same = badness_of(new->seen) == badness_of(row->seen) && new->error == row->error;
    int64_t unread = same ? row->unread + new->unread : more ? new->unread : row->unread;
    if (more) {
        row->error = new->error;
        row->hint = new->hint;
    }
    const struct wgo_rows_text *said = said_locked(rows, unread, row->error);
    row->unread = unread;
    row->said = said ? said : row->error;
    if (badness_of(new->seen) > badness_of(row->seen)) {
        row->seen = new->seen;
    }
    row->inconsistent = row->inconsistent || new->inconsistent;
    row->age_ns = new->age_ns > row->age_ns ? new->age_ns : row->age_ns;
    row->count += new->count;
    row->whose = row->whose == 0 || new->whose == row->whose ? new->whose
                 : new->whose == 0                           ? row->whose
                                                             : WGO_ROW_OF_SEVERAL;
    return said != NULL;
}

static bool add_locked(struct wgo_rows *rows, const struct wgo_row *row) WGO_REQUIRES(rows->lock)
{
    struct wgo_rows_row new = {
        .provider = text_locked(rows, row->provider),
        .account = text_locked(rows, row->account),
        .region = text_locked(rows, row->region),
        .type = text_locked(rows, row->type),
        .error = text_locked(rows, row->error),
        .hint = text_locked(rows, row->hint),
        .count = row->count,
        .unread = row->unread,
        .age_ns = row->age_ns,
        .whose = row->whose,
        .seen = row->seen,
        .inconsistent = row->inconsistent,
    };
    if (!new.provider || !new.account || !new.region || !new.type || !new.error || !new.hint) {
        return false;
    }
    struct wgo_rows_row *kept = row_locked(rows, &new);
    return kept && merge_locked(rows, kept, &new);
}

void wgo_rows_add(struct wgo_rows *rows, const struct wgo_row *row)
{
    wgo_lock_acquire(&rows->lock);
    if (!add_locked(rows, row)) {
        rows->synced.failed = true;
    }
    wgo_lock_release(&rows->lock);
}

/* The set is logically unchanged by being looked at; its lock is not. */
static struct wgo_rows *lockable(const struct wgo_rows *rows)
{
    return (struct wgo_rows *)(uintptr_t)rows;
}

bool wgo_rows_complete(const struct wgo_rows *rows)
{
    struct wgo_rows *set = lockable(rows);
    wgo_lock_acquire(&set->lock);
    bool complete = !set->synced.failed;
    for (size_t i = 0; complete && i < set->synced.rows.slots; i++) {
        const struct wgo_rows_row *row = set->synced.rows.entries[i];
        complete = !row || row->seen == WGO_SEEN_OK || row->seen == WGO_SEEN_SKIPPED;
    }
    wgo_lock_release(&set->lock);
    return complete;
}

bool wgo_rows_failed(const struct wgo_rows *rows)
{
    struct wgo_rows *set = lockable(rows);
    wgo_lock_acquire(&set->lock);
    bool failed = set->synced.failed;
    wgo_lock_release(&set->lock);
    return failed;
}

size_t wgo_rows_count(const struct wgo_rows *rows)
{
    struct wgo_rows *set = lockable(rows);
    wgo_lock_acquire(&set->lock);
    size_t count = set->synced.rows.used;
    wgo_lock_release(&set->lock);
    return count;
}

int64_t wgo_rows_items(const struct wgo_rows *rows, struct wgo_str provider)
{
    struct wgo_rows *set = lockable(rows);
    int64_t items = 0;
    wgo_lock_acquire(&set->lock);
    for (size_t i = 0; i < set->synced.rows.slots; i++) {
        const struct wgo_rows_row *row = set->synced.rows.entries[i];
        if (row && (provider.len == 0 || wgo_str_eq(wgo_rows_str(row->provider), provider))) {
            items += row->count;
        }
    }
    wgo_lock_release(&set->lock);
    return items;
}

static bool is_failure(enum wgo_completeness seen)
{
    return badness_of(seen) > badness[WGO_SEEN_SKIPPED];
}

static struct wgo_str text_of(enum wgo_completeness seen)
{
    return seen == WGO_SEEN_ERROR ? WGO_STR("failed without saying why")
                                  : wgo_str(wgo_status_text(wgo_completeness_status(seen)));
}

struct wgo_str wgo_rows_error(const struct wgo_rows_row *row)
{
    bool silent = row->error->len == 0 && is_failure(row->seen);
    return silent ? text_of(row->seen) : wgo_rows_str(row->said);
}

void wgo_row_problem(const struct wgo_row *row, struct wgo_error *out)
{
    char scope[sizeof(out->scope)], operation[sizeof(out->operation)];
    char provider[sizeof(out->provider)], number[32] = "";
    struct wgo_str text = row->error.len > 0 ? row->error : text_of(row->seen);
    *out = (struct wgo_error){0};
    if (!is_failure(row->seen)) {
        return;
    }
    if (row->unread > 0) {
        snprintf(number, sizeof(number), "%lld ", (long long)row->unread);
    }
    wgo_fail(out, wgo_completeness_status(row->seen), "%s%.*s", number, WGO_FMT(text));
    wgo_error_hint(out, "%.*s", WGO_FMT(row->hint));
    snprintf(provider, sizeof(provider), "%.*s", WGO_FMT(row->provider));
    snprintf(scope, sizeof(scope), "%.*s", WGO_FMT(row->account));
    snprintf(operation, sizeof(operation), "%.*s", WGO_FMT(row->type));
    wgo_error_at(out, provider, scope, operation);
}

static struct wgo_row row_of(const struct wgo_rows_row *row)
{
    return (struct wgo_row){
        .provider = wgo_rows_str(row->provider),
        .account = wgo_rows_str(row->account),
        .region = wgo_rows_str(row->region),
        .type = wgo_rows_str(row->type),
        .seen = row->seen,
        .count = row->count,
        .inconsistent = row->inconsistent,
        .age_ns = row->age_ns,
        .whose = row->whose,
        .error = wgo_rows_error(row),
        .hint = wgo_rows_str(row->hint),
    };
}

static int by_key(const void *a, const void *b)
{
    const struct wgo_rows_row *x = *(const struct wgo_rows_row *const *)a;
    const struct wgo_rows_row *y = *(const struct wgo_rows_row *const *)b;
    int order = wgo_rows_text_cmp(x->provider, y->provider);
    order = order ? order : wgo_rows_text_cmp(x->account, y->account);
    order = order ? order : wgo_rows_text_cmp(x->region, y->region);
    return order ? order : wgo_rows_text_cmp(x->type, y->type);
}

/* Every row, sorted. Rows never go and their places never change, so that the list may be read
 * without the lock; what they count may not. */
static const struct wgo_rows_row **list_locked(struct wgo_rows *set, size_t *out_count)
    WGO_REQUIRES(set->lock)
{
    size_t count = 0;
    const struct wgo_rows_row **list = calloc(set->synced.rows.used, sizeof(*list));
    if (!list && set->synced.rows.used > 0) {
        set->synced.failed = true;
    }
    for (size_t i = 0; list && i < set->synced.rows.slots; i++) {
        if (set->synced.rows.entries[i]) {
            list[count++] = set->synced.rows.entries[i];
        }
    }
    if (count > 1) {
        qsort(list, count, sizeof(*list), by_key);
    }
    *out_count = count;
    return list;
}

WGO_UNCHECKED_LOCKS const struct wgo_rows_row **wgo_rows_hold(const struct wgo_rows *rows,
                                                              size_t *out_count)
{
    struct wgo_rows *set = lockable(rows);
    wgo_lock_acquire(&set->lock);
    return list_locked(set, out_count);
}

WGO_UNCHECKED_LOCKS bool wgo_rows_let_go(const struct wgo_rows *rows,
                                         const struct wgo_rows_row **list, bool good)
{
    struct wgo_rows *set = lockable(rows);
    set->synced.failed = set->synced.failed || !good;
    good = !set->synced.failed;
    wgo_lock_release(&set->lock);
    free(list);
    return good;
}

/* Everything 'from' holds goes into 'rows'. */
static bool add_all_locked(struct wgo_rows *rows, const struct table *from) WGO_REQUIRES(rows->lock)
{
    bool good = true;
    for (size_t i = 0; i < from->slots; i++) {
        const struct wgo_rows_row *row = from->entries[i];
        if (row) {
            struct wgo_row copy = row_of(row);
            copy.error = wgo_rows_str(row->error);
            copy.unread = row->unread;
            good = add_locked(rows, &copy) && good;
        }
    }
    return good;
}

WGO_UNCHECKED_LOCKS void wgo_rows_move(struct wgo_rows *rows, struct wgo_rows *from)
{
    struct wgo_rows rest = {0};
    wgo_lock_acquire(&rows->lock);
    wgo_lock_acquire(&from->lock);
    rest.synced = from->synced;
    memset(&from->synced, 0, sizeof(from->synced));
    wgo_lock_release(&from->lock);
    if (rest.synced.rows.used > rows->synced.rows.used) { /* the fewer ones are copied */
        struct wgo_rows larger = {0};
        larger.synced = rest.synced;
        rest.synced = rows->synced;
        rows->synced = larger.synced;
    }
    bool good = add_all_locked(rows, &rest.synced.rows);
    rows->synced.failed = rows->synced.failed || rest.synced.failed || !good;
    wgo_lock_release(&rows->lock);
    wgo_arena_fini(&rest.synced.arena);
    free(rest.synced.rows.entries);
    free(rest.synced.texts.entries);
}

void wgo_rows_each(const struct wgo_rows *rows, wgo_rows_each_fn *each, void *state)
{
    struct wgo_rows *set = lockable(rows);
    size_t count = 0;
    wgo_lock_acquire(&set->lock);
    const struct wgo_rows_row **list = list_locked(set, &count);
    wgo_lock_release(&set->lock);
    for (size_t i = 0; i < count; i++) {
        wgo_lock_acquire(&set->lock);
        struct wgo_row row = row_of(list[i]);
        wgo_lock_release(&set->lock);
        each(state, &row);
    }
    free(list);
}
