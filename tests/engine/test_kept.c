/* What is kept from one scan to the next: the same stamp, no call. */
#include "wire.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

/* A cache of a few values. */
struct shelf {
    struct wgo_cache port;
    char keys[8][200], values[8][600];
    unsigned count, puts;
};

static struct shelf shelf;
static struct rig rig;
static struct wire wire;

static enum wgo_status shelf_get(void *self, struct wgo_str key, struct wgo_buf *out, int64_t *age)
{
    const struct shelf *s = self;
    for (unsigned i = 0; i < s->count; i++) {
        if (wgo_str_is(key, s->keys[i])) {
            *age = 0;
            return wgo_buf_cstr(out, s->values[i]) ? WGO_OK : WGO_E_NOMEM;
        }
    }
    return WGO_E_ABSENT;
}

static enum wgo_status shelf_put(void *self, struct wgo_str key, struct wgo_str value,
                                 int64_t lifetime_ns)
{
    struct shelf *s = self;
    unsigned at = 0;
    cr_assert_gt(lifetime_ns, 0);
    while (at < s->count && !wgo_str_is(key, s->keys[at])) {
        at++;
    }
    cr_assert_lt(at, 8);
    s->count += at == s->count;
    s->puts++;
    snprintf(s->keys[at], sizeof(s->keys[at]), "%.*s", WGO_FMT(key));
    snprintf(s->values[at], sizeof(s->values[at]), "%.*s", WGO_FMT(value));
    return WGO_OK;
}

#define CATALOG                                                                                    \
    "provider: shop\nentries:\n"                                                                   \
    "  - { name: all, scope: place, request: { path: /all }, items: 'items[]',\n"                  \
    "      id: 'disk/{item.id}', rank: 1, type: shop_disk,\n"                                      \
    "      children: [{ entry: get, vars: { n: '{item.id}', changed: '{item.at|}' } }] }\n"        \
    "  - { name: get, phase: fetch, request: { path: '/disk/{n}' }, items: ., id: '{parent}',\n"   \
    "      type: shop_disk, resource_name: '{item.name}', tags: { map: tags },\n"                  \
    "      sensitive: [key], keep: { as: '{parent}', while: '{changed}' } }\n"

static const char *const phases[] = {"fetch", NULL};

static void scan(const struct wire_line *lines, size_t count)
{
    wire = (struct wire){.lines = lines, .count = count};
    shelf.port = (struct wgo_cache){.self = &shelf, .get = shelf_get, .put = shelf_put};
    rig_init(&rig);
    rig.shop.type.phases = phases;
    shop_use(&rig.shop, CATALOG);
    rig.shop.scopes = &wire_place;
    rig.shop.scope_count = 1;
    struct rig_options options = {.script = wire_script, .state = &wire, .cache = &shelf.port};
    rig_start(&rig, &options);
    rig_end(&rig);
    wire_check(&wire);
}
#define SCAN(lines) scan(lines, sizeof(lines) / sizeof((lines)[0]))

static const struct wire_line first[] = {
    {"GET /all", "{\"items\":[{\"id\":1,\"at\":\"mon\"},{\"id\":2,\"at\":\"tue\"},{\"id\":3}]}"},
    {"GET /disk/1", "{\"name\":\"one\",\"key\":\"hidden\",\"tags\":{\"a\":\"b\"}}"},
    {"GET /disk/2", "{\"name\":\"two\"}"},
    {"GET /disk/3", "{\"name\":\"three\"}"},
};

static void expect_phase(uint64_t hits, uint64_t misses, uint64_t calls)
{
    cr_assert_eq(rig.stats.phase_count, 1);
    cr_assert_eq(rig.stats.phases[0].cache_hits, hits);
    cr_assert_eq(rig.stats.phases[0].cache_misses, misses);
    cr_assert_eq(rig.stats.phases[0].calls, calls);
}

Test(kept, what_has_not_changed_is_not_asked_for_again)
{
    static const struct wire_line second[] = {
        {"GET /all",
         "{\"items\":[{\"id\":1,\"at\":\"mon\"},{\"id\":2,\"at\":\"wed\"},{\"id\":3}]}"},
        {"GET /disk/2", "{\"name\":\"two again\"}"},
        {"GET /disk/3", "{\"name\":\"three\"}"},
    };
    SCAN(first);
    expect_phase(0, 3, 3);
    cr_assert_eq(shelf.puts, 2, "of the third nobody knows when it changed");
    for (unsigned i = 0; i < shelf.count; i++) {
        cr_assert_null(strstr(shelf.values[i], "hidden"), "%s", shelf.values[i]);
    }
    rig_free(&rig);

    SCAN(second);
    expect_phase(1, 2, 2);
    cr_assert_eq(basket_count(&rig.basket, "disk/1", ""), 2, "as the list has it, and as kept");
    bool found = false;
    for (size_t i = 0; i < rig.basket.count; i++) {
        const struct basket_record *record = &rig.basket.records[i];
        if (strcmp(record->id, "disk/1") == 0 && strstr(record->configuration, "one")) {
            cr_assert_str_eq(record->configuration,
                             "{\"name\":\"one\",\"key\":\"redacted\",\"tags\":{\"a\":\"b\"}}");
            cr_assert_str_eq(record->tags, "{\"a\":\"b\"}");
            cr_assert_str_eq(record->type, "shop_disk");
            found = true;
        }
    }
    cr_assert(found);
    cr_assert(wgo_rows_complete(rig.rows));
    wire_row(&rig, "shop_disk", WGO_SEEN_OK, 6, "");
    rig_free(&rig);
}

Test(kept, garbage_is_asked_for_anew)
{
    SCAN(first);
    rig_free(&rig);
    for (unsigned i = 0; i < shelf.count; i++) {
        snprintf(shelf.values[i], sizeof(shelf.values[i]), "%s",
                 i ? "{\"stamp\":\"mon\",\"records\":7}" : "{\"stamp\":\"mon\",");
    }
    SCAN(first);
    expect_phase(0, 3, 3);
    rig_free(&rig);
}

Test(kept, what_failed_is_not_kept)
{
    static const struct wire_line lines[] = {
        {"GET /all", "{\"items\":[{\"id\":1,\"at\":\"mon\"},{\"id\":2,\"at\":\"mon\"}]}"},
        {"GET /disk/1", "404 {}"},
        {"GET /disk/2", "403 {}"},
    };
    SCAN(lines);
    cr_assert_eq(shelf.puts, 0);
    rig_free(&rig);
}
