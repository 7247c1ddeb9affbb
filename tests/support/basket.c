#include "basket.h"

#include <stdlib.h>

struct wgo_sink_lane {
    struct basket *basket;
};

static char *copy(struct wgo_str s)
{
    char *text = malloc(s.len + 1);
    if (!text) {
        abort();
    }
    if (s.len > 0) {
        memcpy(text, s.ptr, s.len);
    }
    text[s.len] = '\0';
    return text;
}

static enum wgo_status open_lane(void *self, struct wgo_sink_lane **out_lane, struct wgo_error *err)
{
    struct basket *basket = self;
    struct wgo_sink_lane *lane = malloc(sizeof(*lane));
    if (!lane) {
        return wgo_fail(err, WGO_E_NOMEM, "no lane");
    }
    lane->basket = basket;
    atomic_fetch_add(&basket->lanes, 1);
    *out_lane = lane;
    return WGO_OK;
}

static enum wgo_status append(struct wgo_sink_lane *lane, const struct wgo_record *record,
                              struct wgo_error *err)
{
    struct basket *basket = lane->basket;
    if (record->id.len == 0) {
        return wgo_fail(err, WGO_E_PARSE, "a record without id");
    }
    wgo_lock_acquire(&basket->lock);
    bool full = basket->fail_after > 0 && basket->count >= basket->fail_after;
    if (!full) {
        if (basket->count == basket->cap) {
            basket->cap = basket->cap ? basket->cap * 2 : 64;
            basket->records = realloc(basket->records, basket->cap * sizeof(*basket->records));
            if (!basket->records) {
                abort();
            }
        }
        basket->records[basket->count++] = (struct basket_record){
            copy(record->id),   copy(record->part),          copy(record->type),
            copy(record->name), copy(record->configuration), copy(record->tags)};
    }
    wgo_lock_release(&basket->lock);
    return full ? wgo_fail(err, basket->fail_status, "the basket is full") : WGO_OK;
}

static void close_lane(void *self, struct wgo_sink_lane *lane)
{
    struct basket *basket = self;
    atomic_fetch_sub(&basket->lanes, 1);
    free(lane);
}

void basket_init(struct basket *basket)
{
    *basket = (struct basket){.fail_status = WGO_E_NO_SPACE};
    wgo_lock_init(&basket->lock);
}

void basket_fini(struct basket *basket)
{
    for (size_t i = 0; i < basket->count; i++) {
        free(basket->records[i].id);
        free(basket->records[i].part);
        free(basket->records[i].type);
        free(basket->records[i].configuration);
        free(basket->records[i].tags);
        free(basket->records[i].name);
    }
    free(basket->records);
    wgo_lock_fini(&basket->lock);
}

struct wgo_sink basket_sink(struct basket *basket)
{
    return (struct wgo_sink){
        .self = basket, .open_lane = open_lane, .append = append, .close_lane = close_lane};
}

size_t basket_count(struct basket *basket, const char *id, const char *part)
{
    size_t count = 0;
    wgo_lock_acquire(&basket->lock);
    for (size_t i = 0; i < basket->count; i++) {
        const struct basket_record *record = &basket->records[i];
        count +=
            (!id[0] || strcmp(record->id, id) == 0) && (!part || strcmp(record->part, part) == 0);
    }
    wgo_lock_release(&basket->lock);
    return count;
}

const struct basket_record *basket_find(struct basket *basket, const char *id, const char *part)
{
    const struct basket_record *found = NULL;
    unsigned count = 0;
    wgo_lock_acquire(&basket->lock);
    for (size_t i = 0; i < basket->count; i++) {
        const struct basket_record *record = &basket->records[i];
        if (strcmp(record->id, id) == 0 && strcmp(record->part, part) == 0) {
            found = record;
            count++;
        }
    }
    wgo_lock_release(&basket->lock);
    return count == 1 ? found : NULL;
}

static int by_id(const void *a, const void *b)
{
    return strcmp(((const struct basket_record *)a)->id, ((const struct basket_record *)b)->id);
}

size_t basket_ids(struct basket *basket)
{
    size_t ids = 0;
    wgo_lock_acquire(&basket->lock);
    if (basket->count > 0) {
        qsort(basket->records, basket->count, sizeof(*basket->records), by_id);
    }
    for (size_t i = 0; i < basket->count; i++) {
        ids += i == 0 || strcmp(basket->records[i].id, basket->records[i - 1].id) != 0;
    }
    wgo_lock_release(&basket->lock);
    return ids;
}
