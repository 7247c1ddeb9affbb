#include "merger/facets.h"

#include "base/json.h"
#include "base/json_write.h"
#include "merger/encode.h"
#include "merger/unite.h"

#include <stdlib.h>

enum { ARENA_KEPT = 1024 * 1024 };

void wgo_facets_fini(struct wgo_facets *facets)
{
    if (facets) {
        wgo_arena_fini(&facets->arena);
        free(facets->items);
        wgo_buf_fini(&facets->configuration);
        wgo_buf_fini(&facets->tags);
        wgo_buf_fini(&facets->dependencies);
        wgo_buf_fini(&facets->sources);
        wgo_buf_fini(&facets->conflicts);
        *facets = (struct wgo_facets){0};
    }
}

void wgo_facets_reset(struct wgo_facets *facets)
{
    facets->count = 0;
    facets->borrowed = false;
    facets->records = 0;
    facets->parts = 0;
    facets->last_round = 0;
    if (facets->arena.used > ARENA_KEPT) {
        wgo_arena_fini(&facets->arena);
    } else {
        wgo_arena_reset(&facets->arena);
    }
}

static struct wgo_facet *new_facet(struct wgo_facets *facets)
{
    if (facets->count == facets->room) {
        size_t room = facets->room ? facets->room * 2 : 16;
        struct wgo_facet *items = realloc(facets->items, room * sizeof(*items));
        if (!items) {
            return NULL;
        }
        facets->items = items;
        facets->room = room;
    }
    return &facets->items[facets->count];
}

bool wgo_record_same_source(const struct wgo_record *a, const struct wgo_record *b)
{
    return wgo_str_eq(a->part, b->part) && wgo_str_eq(wgo_record_source(a), wgo_record_source(b)) &&
           wgo_str_eq(a->source_type, b->source_type) && wgo_str_eq(a->account, b->account) &&
           wgo_str_eq(a->region, b->region) && wgo_str_eq(a->state_file, b->state_file) &&
           wgo_str_eq(a->state_address, b->state_address);
}

/* A list that began anew gave a later copy: what this one says may no longer be so. Later rounds
 * sort first, so that copy is here already. */
static bool superseded(const struct wgo_facets *facets, const struct wgo_record *record)
{
    if (record->round >= facets->last_round) {
        return false;
    }
    for (size_t i = 0; i < facets->count; i++) {
        const struct wgo_record *kept = &facets->items[i].record;
        if (kept->round > record->round && wgo_record_same_source(kept, record)) {
            return true;
        }
    }
    return false;
}

/* A part named "x[]" holds one element of the list x: all of them are kept, but for repeats. */
static bool is_element(const struct wgo_record *record)
{
    return wgo_str_ends(record->part, WGO_STR("[]"));
}

static bool adds_nothing(const struct wgo_facets *facets, const struct wgo_facet *last,
                         const struct wgo_record *record, struct wgo_str bytes)
{
    bool same = wgo_str_eq(last->bytes, bytes);
    if (is_element(record)) {
        same = same && wgo_str_eq(last->record.configuration, record->configuration);
    }
    return same || superseded(facets, record);
}

bool wgo_facets_keep(struct wgo_facets *facets)
{
    if (!facets->borrowed) {
        return true;
    }
    struct wgo_facet *first = &facets->items[0];
    size_t size = wgo_encoded_head(first->bytes.ptr).size;
    char *copy = wgo_arena_bytes(&facets->arena, size);
    if (!copy) {
        return false;
    }
    memcpy(copy, first->bytes.ptr, size);
    wgo_decode(copy, &first->record);
    first->bytes.ptr = copy;
    facets->borrowed = false;
    return true;
}

/* What all copies know but the configuration, which is the last field. */
static struct wgo_str bytes_of(const char *encoded, const struct wgo_record *record)
{
    return wgo_str_from(encoded, wgo_encoded_head(encoded).size - record->configuration.len);
}

static bool borrow_first(struct wgo_facets *facets, const char *encoded)
{
    struct wgo_facet *facet = new_facet(facets);
    if (!facet) {
        return false;
    }
    wgo_decode(encoded, &facet->record);
    facet->bytes = bytes_of(encoded, &facet->record);
    facets->borrowed = true;
    facets->last_round = facet->record.round;
    facets->count = 1;
    facets->records = 1;
    facets->parts = facet->record.part.len > 0;
    return true;
}

bool wgo_facets_add(struct wgo_facets *facets, const char *encoded)
{
    if (facets->count == 0) {
        return borrow_first(facets, encoded);
    }
    struct wgo_facet *facet = new_facet(facets);
    if (!facet || !wgo_facets_keep(facets)) {
        return false;
    }
    const struct wgo_facet *last = facet - 1;
    struct wgo_record record;
    wgo_decode(encoded, &record);
    struct wgo_str bytes = bytes_of(encoded, &record);
    bool best = !wgo_str_eq(last->record.part, record.part);
    if (!best && adds_nothing(facets, last, &record, bytes)) {
        facets->records++; /* it adds nothing */
        return true;
    }
    /* A copy that knows the configuration stands in for better ones that do not. */
    bool whole = best || is_element(&record) || !last->record.configuration.len;
    size_t kept = whole ? wgo_encoded_head(encoded).size : bytes.len;
    char *copy = wgo_arena_bytes(&facets->arena, kept);
    if (!copy) {
        return false;
    }
    memcpy(copy, encoded, kept);
    wgo_decode(copy, &facet->record);
    facet->bytes = wgo_str_from(copy, bytes.len);
    if (!whole) {
        facet->record.configuration = (struct wgo_str){0};
    }
    facets->last_round = record.round > facets->last_round ? record.round : facets->last_round;
    facets->count++;
    facets->records++;
    facets->parts += (best || is_element(&record)) && record.part.len;
    return true;
}

/* ---- joining ---- */

static void fill(struct wgo_str *field, struct wgo_str value)
{
    if (!field->len) {
        *field = value;
    }
}

static void fill_from_copy(struct wgo_record *winner, const struct wgo_record *copy)
{
    fill(&winner->name, copy->name);
    fill(&winner->native_id, copy->native_id);
    fill(&winner->native_type, copy->native_type);
    if (!winner->configuration.len) {
        winner->configuration = copy->configuration;
        winner->fingerprint = copy->fingerprint;
    }
}

static void fill_from_any(struct wgo_record *winner, const struct wgo_record *facet)
{
    fill(&winner->account, facet->account);
    fill(&winner->region, facet->region);
    fill(&winner->namespace_name, facet->namespace_name);
    fill(&winner->created_at, facet->created_at);
    fill(&winner->updated_at, facet->updated_at);
}

/* 'key' is a member's as json.h gives it: escapes and all, without the quotes. */
static bool key_is(struct wgo_str key, struct wgo_str name, struct wgo_arena *arena)
{
    if (key.len == 0 || !memchr(key.ptr, '\\', key.len)) {
        return wgo_str_eq(key, name);
    }
    /* The quotes stand on either side of the key. */
    return wgo_str_eq(wgo_json_text(wgo_str_from(key.ptr - 1, key.len + 2), arena), name);
}

/* The member of the configuration that a part becomes. */
static struct wgo_str member_of(const struct wgo_record *part)
{
    size_t len = part->part.len;
    return is_element(part) ? wgo_str_slice(part->part, 0, len - 2) : part->part;
}

static bool is_part(struct wgo_facets *facets, size_t first_part, struct wgo_str key)
{
    for (size_t i = first_part; i < facets->count; i++) {
        const struct wgo_record *part = &facets->items[i].record;
        if (part->configuration.len && key_is(key, member_of(part), &facets->arena)) {
            return true;
        }
    }
    return false;
}

/* The winner's members but for those that a part replaces. */
static bool copy_members(struct wgo_facets *facets, size_t first_part, struct wgo_str object,
                         struct wgo_json_writer *w)
{
    struct wgo_json json;
    struct wgo_str key, value;
    wgo_json_init(&json, object.len ? object : WGO_STR("{}"));
    if (!wgo_json_enter_object(&json)) {
        return false;
    }
    while (wgo_json_next_member(&json, &key)) {
        if (!wgo_json_skip(&json, &value)) {
            return false;
        }
        if (!is_part(facets, first_part, key)) {
            struct wgo_str member = {key.ptr - 1, (size_t)(value.ptr + value.len - key.ptr) + 1};
            wgo_json_put_raw(w, member);
        }
    }
    return wgo_json_finish(&json);
}

/* The elements of one list, which begin at 'first', in the order of their bytes. */
static void put_elements(struct wgo_facets *facets, size_t first, struct wgo_json_writer *w)
{
    size_t count = 0;
    struct wgo_str name = facets->items[first].record.part;
    while (first + count < facets->count &&
           wgo_str_eq(facets->items[first + count].record.part, name)) {
        count++;
    }
    struct wgo_str *elements = WGO_NEW_ARRAY(&facets->arena, struct wgo_str, count);
    if (!elements) {
        facets->configuration.failed = WGO_E_NOMEM;
        return;
    }
    for (size_t i = 0; i < count; i++) {
        elements[i] = facets->items[first + i].record.configuration;
    }
    qsort(elements, count, sizeof(*elements), wgo_str_cmp_ptr);
    wgo_json_open_array(w);
    for (size_t i = 0; i < count; i++) {
        bool repeats = i > 0 && wgo_str_eq(elements[i], elements[i - 1]); /* another source's */
        if (elements[i].len > 0 && !repeats) {
            wgo_json_put_raw(w, elements[i]);
        }
    }
    wgo_json_close_array(w);
}

static enum wgo_status join_parts(struct wgo_facets *facets, size_t first_part,
                                  struct wgo_record *winner, struct wgo_error *err)
{
    struct wgo_json_writer w;
    wgo_buf_reset(&facets->configuration);
    wgo_json_writer_init(&w, &facets->configuration);
    wgo_json_open_object(&w);
    if (!copy_members(facets, first_part, winner->configuration, &w)) {
        return wgo_fail(err, WGO_E_INTERNAL, "%.*s: the configuration is malformed",
                        WGO_FMT(winner->id));
    }
    struct wgo_str before = {0};
    for (size_t i = first_part; i < facets->count; i++) {
        const struct wgo_record *part = &facets->items[i].record;
        if (!part->configuration.len || (before.ptr && wgo_str_eq(member_of(part), before))) {
            continue; /* also "x[]" behind "x": there is one member of that name */
        }
        before = member_of(part);
        wgo_json_key_str(&w, member_of(part));
        if (is_element(part)) {
            put_elements(facets, i, &w);
        } else {
            wgo_json_put_raw(&w, part->configuration);
        }
    }
    wgo_json_close_object(&w);
    if (facets->configuration.failed) {
        return wgo_fail(err, facets->configuration.failed, "out of memory");
    }
    winner->configuration = wgo_buf_view(&facets->configuration);
    winner->fingerprint = wgo_json_fingerprint(winner->configuration);
    return WGO_OK;
}

enum wgo_status wgo_facets_join(struct wgo_facets *facets, struct wgo_resource *out_resource,
                                struct wgo_error *err)
{
    struct wgo_resource resource = {.record = facets->items[0].record};
    size_t copies = 0;
    for (size_t i = 0; i < facets->count; i++) {
        const struct wgo_record *facet = &facets->items[i].record;
        if (!facet->part.len) {
            fill_from_copy(&resource.record, facet);
            copies++;
        }
        fill_from_any(&resource.record, facet);
    }
    enum wgo_status status = WGO_OK;
    if (copies < facets->count) {
        status = join_parts(facets, copies, &resource.record, err);
    }
    if (status == WGO_OK) {
        status = wgo_unite(facets, copies, &resource, err);
    }
    if (status == WGO_OK) {
        *out_resource = resource;
    }
    return status;
}
