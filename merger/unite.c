#include "merger/unite.h"

#include "base/json.h"
#include "base/json_write.h"
#include "merger/encode.h"
#include "merger/render.h"

#include <stdlib.h>

/* A text and which facet said it; 'key' is a tag's. */
struct saying {
    struct wgo_str key, value;
    struct wgo_str source;
    size_t order; /* of precedence */
};

struct sayings {
    struct saying *items;
    size_t count, room;
};

static bool say(struct sayings *sayings, struct wgo_arena *arena, struct saying saying)
{
    if (sayings->count == sayings->room) {
        size_t room = sayings->room ? sayings->room * 2 : 16;
        struct saying *items = WGO_NEW_ARRAY(arena, struct saying, room);
        if (!items) {
            return false;
        }
        if (sayings->count) {
            memcpy(items, sayings->items, sayings->count * sizeof(*items));
        }
        sayings->items = items;
        sayings->room = room;
    }
    saying.order = sayings->count;
    sayings->items[sayings->count++] = saying;
    return true;
}

static void sort(struct sayings *sayings, int (*cmp)(const void *, const void *))
{
    if (sayings->count > 1) {
        qsort(sayings->items, sayings->count, sizeof(*sayings->items), cmp);
    }
}

/* qsort need not be stable. */
static int cmp_by_order(const struct saying *a, const struct saying *b)
{
    return (a->order > b->order) - (a->order < b->order);
}

static int cmp_by_key(const void *a, const void *b)
{
    const struct saying *one = a, *other = b;
    int order = wgo_str_cmp(one->key, other->key);
    return order ? order : cmp_by_order(one, other);
}

static int cmp_by_value(const void *a, const void *b)
{
    const struct saying *one = a, *other = b;
    int order = wgo_str_cmp(one->value, other->value);
    return order ? order : cmp_by_order(one, other);
}

static enum wgo_status malformed(const struct wgo_record *record, const char *what,
                                 struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_INTERNAL, "%.*s: %s are malformed", WGO_FMT(record->id), what);
}

/* ---- conflicts ---- */

/* 'items' are about one thing, the best first. */
static bool differ(const struct saying *items, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        if (!wgo_str_eq(items[i].value, items[0].value)) {
            return true;
        }
    }
    return false;
}

static bool said_before(const struct saying *items, size_t i)
{
    for (size_t j = 0; j < i; j++) {
        if (wgo_str_eq(items[j].value, items[i].value) &&
            wgo_str_eq(items[j].source, items[i].source)) {
            return true;
        }
    }
    return false;
}

/* 'key' is empty but for tags. */
static void put_conflict(struct wgo_json_writer *w, const char *field, const struct wgo_str *key,
                         const struct saying *items, size_t count)
{
    if (!differ(items, count)) {
        return;
    }
    wgo_json_open_object(w);
    wgo_json_key(w, "field");
    wgo_json_put_cstr(w, field);
    if (key) {
        wgo_json_key(w, "key");
        wgo_json_put_str(w, *key);
    }
    wgo_json_key(w, "values");
    wgo_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        if (!said_before(items, i)) {
            wgo_json_open_object(w);
            wgo_json_key(w, "provider");
            wgo_json_put_str(w, items[i].source);
            wgo_json_key(w, "value");
            wgo_json_put_str(w, items[i].value);
            wgo_json_close_object(w);
        }
    }
    wgo_json_close_array(w);
    wgo_json_close_object(w);
}

static enum wgo_status conflicts_of_field(struct wgo_facets *facets, size_t copies,
                                          const char *field, size_t offset,
                                          struct wgo_json_writer *w)
{
    struct sayings sayings = {0};
    for (size_t i = 0; i < copies; i++) {
        const struct wgo_record *record = &facets->items[i].record;
        struct saying saying = {.source = wgo_record_source(record)};
        memcpy(&saying.value, (const char *)record + offset, sizeof(saying.value));
        if (saying.value.len && !say(&sayings, &facets->arena, saying)) {
            return WGO_E_NOMEM;
        }
    }
    put_conflict(w, field, NULL, sayings.items, sayings.count);
    return WGO_OK;
}

/* ---- tags ---- */

static bool is_empty_json(struct wgo_str json)
{
    return json.len <= 2; /* {} and [] */
}

/* The JSON under 'offset' when all facets that know it say the same, which needs no uniting. */
static bool all_the_same(const struct wgo_facets *facets, size_t offset, struct wgo_str *out)
{
    struct wgo_str same = {0};
    for (size_t i = 0; i < facets->count; i++) {
        struct wgo_str json;
        memcpy(&json, (const char *)&facets->items[i].record + offset, sizeof(json));
        if (is_empty_json(json)) {
            continue;
        }
        if (same.len && !wgo_str_eq(same, json)) {
            return false;
        }
        same = json;
    }
    *out = same;
    return true;
}

static enum wgo_status say_tags(struct wgo_facets *facets, const struct wgo_record *record,
                                struct sayings *sayings, struct wgo_error *err)
{
    struct wgo_json json;
    struct wgo_str key;
    wgo_json_init(&json, record->tags);
    wgo_json_enter_object(&json);
    while (wgo_json_next_member(&json, &key)) {
        struct saying saying = {.source = wgo_record_source(record)};
        saying.key = wgo_json_text(wgo_str_from(key.ptr - 1, key.len + 2), &facets->arena);
        if (!wgo_json_string(&json, &facets->arena, &saying.value)) {
            break;
        }
        if (!saying.key.ptr || !say(sayings, &facets->arena, saying)) {
            return wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
    }
    return wgo_json_finish(&json) ? WGO_OK : malformed(record, "the tags", err);
}

static enum wgo_status unite_tags(struct wgo_facets *facets, struct wgo_resource *resource,
                                  struct wgo_json_writer *conflicts, struct wgo_error *err)
{
    if (all_the_same(facets, offsetof(struct wgo_record, tags), &resource->record.tags)) {
        return WGO_OK;
    }
    struct sayings sayings = {0};
    for (size_t i = 0; i < facets->count; i++) {
        const struct wgo_record *record = &facets->items[i].record;
        enum wgo_status status =
            is_empty_json(record->tags) ? WGO_OK : say_tags(facets, record, &sayings, err);
        if (status != WGO_OK) {
            return status;
        }
    }
    sort(&sayings, cmp_by_key);

    struct wgo_json_writer w;
    wgo_buf_reset(&facets->tags);
    wgo_json_writer_init(&w, &facets->tags);
    wgo_json_open_object(&w);
    for (size_t i = 0, next; i < sayings.count; i = next) {
        const struct saying *best = &sayings.items[i];
        for (next = i + 1;
             next < sayings.count && wgo_str_eq(sayings.items[next].key, best->key);) {
            next++;
        }
        wgo_json_key_str(&w, best->key);
        wgo_json_put_str(&w, best->value);
        put_conflict(conflicts, "tags", &best->key, best, next - i);
    }
    wgo_json_close_object(&w);
    resource->record.tags = wgo_buf_view(&facets->tags);
    return facets->tags.failed ? wgo_fail(err, facets->tags.failed, "out of memory") : WGO_OK;
}

/* ---- dependencies ---- */

static enum wgo_status unite_dependencies(struct wgo_facets *facets, struct wgo_resource *resource,
                                          struct wgo_error *err)
{
    if (all_the_same(facets, offsetof(struct wgo_record, dependencies),
                     &resource->record.dependencies)) {
        return WGO_OK;
    }
    struct sayings sayings = {0};
    for (size_t i = 0; i < facets->count; i++) {
        const struct wgo_record *record = &facets->items[i].record;
        struct wgo_json json;
        struct saying saying = {0};
        if (is_empty_json(record->dependencies)) {
            continue;
        }
        wgo_json_init(&json, record->dependencies);
        wgo_json_enter_array(&json);
        while (wgo_json_next_item(&json) && wgo_json_string(&json, &facets->arena, &saying.value)) {
            if (!say(&sayings, &facets->arena, saying)) {
                return wgo_fail(err, WGO_E_NOMEM, "out of memory");
            }
        }
        if (!wgo_json_finish(&json)) {
            return malformed(record, "the dependencies", err);
        }
    }
    sort(&sayings, cmp_by_value);

    struct wgo_json_writer w;
    wgo_buf_reset(&facets->dependencies);
    wgo_json_writer_init(&w, &facets->dependencies);
    wgo_json_open_array(&w);
    for (size_t i = 0; i < sayings.count; i++) {
        if (i == 0 || !wgo_str_eq(sayings.items[i].value, sayings.items[i - 1].value)) {
            wgo_json_put_str(&w, sayings.items[i].value);
        }
    }
    wgo_json_close_array(&w);
    resource->record.dependencies = wgo_buf_view(&facets->dependencies);
    return facets->dependencies.failed ? wgo_fail(err, facets->dependencies.failed, "out of memory")
                                       : WGO_OK;
}

/* ---- sources ---- */

struct copy {
    const struct wgo_record *record;
};

static int cmp_sources(const void *a, const void *b)
{
    const struct wgo_record *one = ((const struct copy *)a)->record;
    const struct wgo_record *other = ((const struct copy *)b)->record;
    int order = wgo_str_cmp(wgo_record_source(one), wgo_record_source(other));
    order = order ? order : wgo_str_cmp(one->source_type, other->source_type);
    order = order ? order : wgo_str_cmp(one->state_file, other->state_file);
    order = order ? order : wgo_str_cmp(one->state_address, other->state_address);
    return order
               ? order
               : (one->fingerprint > other->fingerprint) - (one->fingerprint < other->fingerprint);
}

/* All keys and braces, and some. */
enum { AROUND_SOURCE_MOST = 64 + WGO_CHECKSUM_MOST };

static size_t most_of_source(const struct wgo_record *record)
{
    return AROUND_SOURCE_MOST + wgo_put_most(wgo_record_source(record)) +
           wgo_put_most(record->source_type) + wgo_put_most(record->state_file) +
           wgo_put_most(record->state_address);
}

static void put_source(struct wgo_put *put, const struct wgo_record *record)
{
    char *opened = wgo_put_open(put);
    wgo_put_member(put, WGO_STR(",\"provider\":"), wgo_record_source(record));
    wgo_put_member(put, WGO_STR(",\"type\":"), record->source_type);
    wgo_put_member(put, WGO_STR(",\"state_file\":"), record->state_file);
    wgo_put_member(put, WGO_STR(",\"state_address\":"), record->state_address);
    wgo_render_checksum(put, record->fingerprint);
    wgo_put_close(put, opened);
}

/* 'sorted' without repeats. */
static void put_sources(struct wgo_buf *out, const struct copy *sorted, size_t count)
{
    struct wgo_put put;
    size_t most = 2;
    for (size_t i = 0; i < count; i++) {
        most += 1 + most_of_source(sorted[i].record);
    }
    if (!wgo_put_begin(&put, out, most)) {
        return;
    }
    wgo_put_raw(&put, WGO_STR("["));
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || cmp_sources(&sorted[i], &sorted[i - 1]) != 0) {
            wgo_put_raw(&put, i > 0 ? WGO_STR(",") : WGO_STR(""));
            put_source(&put, sorted[i].record);
        }
    }
    wgo_put_raw(&put, WGO_STR("]"));
    wgo_put_end(&put);
}

void wgo_unite_source_of(const struct wgo_record *record, struct wgo_buf *out)
{
    put_sources(out, &(struct copy){record}, 1);
}

static enum wgo_status unite_sources(struct wgo_facets *facets, size_t copies,
                                     struct wgo_error *err)
{
    wgo_buf_reset(&facets->sources);
    if (copies == 1) {
        wgo_unite_source_of(&facets->items[0].record, &facets->sources);
        return WGO_OK;
    }
    struct copy *sorted = WGO_NEW_ARRAY(&facets->arena, struct copy, copies);
    if (!sorted) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < copies; i++) {
        sorted[i].record = &facets->items[i].record;
    }
    qsort(sorted, copies, sizeof(*sorted), cmp_sources);
    put_sources(&facets->sources, sorted, copies);
    return WGO_OK;
}

/* ---- all of it ---- */

/* There is nobody to unite with or to differ from. */
static enum wgo_status unite_alone(struct wgo_facets *facets, struct wgo_resource *resource,
                                   struct wgo_error *err)
{
    wgo_buf_reset(&facets->sources);
    wgo_unite_source_of(&facets->items[0].record, &facets->sources);
    resource->sources = wgo_buf_view(&facets->sources);
    return facets->sources.failed ? wgo_fail(err, facets->sources.failed, "out of memory") : WGO_OK;
}

enum wgo_status wgo_unite(struct wgo_facets *facets, size_t copies, struct wgo_resource *resource,
                          struct wgo_error *err)
{
    if (facets->count == 1) {
        return unite_alone(facets, resource, err);
    }
    struct wgo_json_writer w;
    wgo_buf_reset(&facets->conflicts);
    wgo_json_writer_init(&w, &facets->conflicts);
    wgo_json_open_array(&w);
    enum wgo_status status = unite_sources(facets, copies, err);
    if (status == WGO_OK && copies > 1) {
        status = conflicts_of_field(facets, copies, "name", offsetof(struct wgo_record, name), &w);
        if (status == WGO_OK) {
            status = conflicts_of_field(facets, copies, "region",
                                        offsetof(struct wgo_record, region), &w);
        }
        if (status != WGO_OK) {
            wgo_fail(err, status, "out of memory");
        }
    }
    if (status == WGO_OK) {
        status = unite_tags(facets, resource, &w, err);
    }
    if (status == WGO_OK) {
        status = unite_dependencies(facets, resource, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    wgo_json_close_array(&w);
    if (facets->conflicts.failed || facets->sources.failed) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    resource->sources = wgo_buf_view(&facets->sources);
    resource->conflicts = wgo_buf_view(&facets->conflicts);
    if (is_empty_json(resource->conflicts)) {
        resource->conflicts = (struct wgo_str){0};
    }
    return WGO_OK;
}
