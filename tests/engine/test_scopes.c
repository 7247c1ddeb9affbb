/* Scopes: they become calls when there is room for more, and rows when the run is stopped. */
#include "wire.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct rig rig;

static const char places[] =
    "provider: shop\ndefaults: { items: 'items[]', id: '{account}/{type}/{item.id}',\n"
    "  scope: place, limits: ['shop/{account}'] }\nentries:\n"
    "  - { name: a, request: { path: '/{account}/a' }, type: shop_a }\n"
    "  - { name: b, request: { path: '/{account}/b' }, type: shop_b }\n"
    "  - { name: c, request: { path: '/{account}/c', query: { x: '{x|}' } }, type: shop_c,\n"
    "      children: [{ entry: d }] }\n"
    "  - { name: d, request: { path: '/{account}/d' }, type: shop_d }\n"
    "  - { name: e, request: { path: '/{account}/e' }, type: shop_e, scope: planet }\n"
    "  - { name: f, request: { path: '/{account}/f' }, type: shop_f, noise: true }\n";
enum { ENTRIES = 3 }; /* of the kind "place", asked for by themselves and needed: a, b, c */

enum { MANY = 1000, WORKERS = 2, CALLS = 3 };
static struct wgo_scope scopes[MANY];
static char accounts[MANY][16];

static void add_scopes(unsigned count, const char *kind)
{
    for (unsigned i = 0; i < count; i++) {
        snprintf(accounts[i], sizeof(accounts[i]), "acc-%u", i);
        scopes[i] = (struct wgo_scope){.kind = wgo_str(kind), .account = wgo_str(accounts[i])};
    }
    rig.shop.scopes = scopes;
    rig.shop.scope_count = count;
}

static void set_up(const char *catalog, unsigned count)
{
    rig_init(&rig);
    shop_use(&rig.shop, catalog);
    add_scopes(count, "place");
}

static struct rig_options narrow(http_script_fn *script, void *state)
{
    return (struct rig_options){
        .script = script, .state = state, .workers = WORKERS, .calls = CALLS};
}

/* ---- expanded lazily ---- */

struct watch {
    size_t most; /* calls that were made and had not ended */
};

/* Every call ends in one row, and a scope that waits counts as a call. From both, and from how many
 * rows there are, it follows how many scopes have become calls. Rows are counted first: those that
 * come in between make the estimate smaller, never larger. */
static void watch_calls(void *state, const struct http_request *request, struct http_answer *answer)
{
    struct watch *watch = state;
    struct wgo_run_stats stats;
    (void)request;
    int64_t rows = (int64_t)wgo_rows_count(rig.rows);
    wgo_run_stats(rig.run, &stats);
    int64_t open = (int64_t)stats.open_calls;
    int64_t expanded = (open - MANY + rows) / (ENTRIES - 1);
    int64_t calls = open - (MANY - expanded);
    watch->most = calls > (int64_t)watch->most ? (size_t)calls : watch->most;
    answer_page(answer, 0, 1, NULL);
}

Test(scopes, become_calls_when_nothing_else_can_go)
{
    struct watch watch = {0};
    set_up(places, MANY);
    struct wgo_str globs[] = {WGO_STR("shop_a"), WGO_STR("shop_b"), WGO_STR("shop_c")};
    rig.options.resource_types = (struct wgo_str_list){globs, 3}; /* one row of each call */
    struct rig_options options = narrow(watch_calls, &watch);
    rig_start(&rig, &options);
    rig_end(&rig);
    cr_assert_eq(rig_rows(&rig), MANY * ENTRIES);
    cr_assert_eq(basket_ids(&rig.basket), MANY * ENTRIES);
    /* In flight, being read by a worker, or of the scopes that workers expand at the same time. */
    size_t bound = WORKERS * CALLS + WORKERS + (WORKERS + 1) * ENTRIES;
    cr_assert_leq(watch.most, bound, "%zu calls at once", watch.most);
    cr_assert_gt(watch.most, 0);
    cr_assert(wgo_rows_complete(rig.rows));
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

/* ---- which entries ---- */

static void things(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    (void)request;
    answer_page(answer, 0, 2, NULL);
}

static unsigned asked(const char *path)
{
    return http_script_count(rig.http, path);
}

Test(scopes, ask_for_what_is_of_their_kind_and_wanted)
{
    set_up(places, 1);
    scopes[0].vars[0] = (struct wgo_var){WGO_STR("x"), WGO_STR("y z")};
    scopes[0].var_count = 1;
    struct rig_options options = narrow(things, NULL);
    rig_start(&rig, &options);
    rig_end(&rig);
    cr_assert_eq(asked("/acc-0/a"), 1);
    cr_assert_eq(asked("/acc-0/b"), 1);
    cr_assert_eq(asked("/acc-0/c?x=y%20z"), 1);
    cr_assert_eq(asked("/acc-0/d"), 2, "by its parent's two items, not by the scope");
    cr_assert_eq(asked("/acc-0/e"), 0, "another kind of place");
    cr_assert_eq(asked("/acc-0/f"), 0, "noise");
    struct wgo_row row = rig_row(&rig, "shop_a");
    cr_assert(wgo_str_is(row.account, "acc-0"));
    cr_assert_eq(row.count, 2);
    rig_free(&rig);
}

Test(scopes, ask_for_noise_that_was_named)
{
    set_up(places, 2);
    struct wgo_str globs[] = {WGO_STR("shop_f"), WGO_STR("shop_d")};
    rig.options.resource_types = (struct wgo_str_list){globs, 2};
    struct rig_options options = narrow(things, NULL);
    rig_start(&rig, &options);
    rig_end(&rig);
    cr_assert_eq(asked("/acc-1/f"), 1);
    cr_assert_eq(asked("/acc-1/c"), 1, "it leads to d");
    cr_assert_eq(asked("/acc-1/d"), 2);
    cr_assert_eq(asked("/acc-1/a") + asked("/acc-1/b"), 0);
    cr_assert_eq(basket_count(&rig.basket, "acc-1/shop_c/0", NULL), 0);
    rig_free(&rig);
}

Test(scopes, that_nobody_serves_end_at_once)
{
    rig_init(&rig);
    shop_use(&rig.shop, places);
    add_scopes(MANY, "galaxy");
    struct rig_options options = narrow(things, NULL);
    rig_start(&rig, &options);
    rig_end(&rig);
    cr_assert_eq(rig_rows(&rig), 0);
    cr_assert_eq(asked("/"), 0);
    cr_assert_eq(rig.stats.calls, 0);
    rig_free(&rig);
}

/* ---- stopped ---- */

static void held(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    (void)request;
    answer_page(answer, 0, 1, NULL);
    answer->hold = true;
}

struct tally {
    unsigned rows, with_text;
};

static void look(void *state, const struct wgo_row *row)
{
    struct tally *tally = state;
    tally->rows++;
    tally->with_text += row->seen == WGO_SEEN_TIMEOUT && row->account.len > 0 &&
                        row->type.len > 0 && wgo_str_is(row->error, "not in time");
}

static struct tally rows_seen(void)
{
    struct tally tally = {0};
    wgo_rows_each(rig.rows, look, &tally);
    return tally;
}

Test(scopes, that_wait_when_the_run_is_stopped_have_their_rows)
{
    enum { COUNT = 200 };
    set_up(places, COUNT);
    struct rig_options options = narrow(held, NULL);
    rig_start(&rig, &options);
    http_script_wait_held(rig.http, WORKERS * CALLS);
    wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "not in time");
    rig_end(&rig);
    struct tally tally = rows_seen();
    /* Of the scopes that had their turn each list has its row; the others have one for everything.
     */
    cr_assert_gt(tally.rows, COUNT);
    cr_assert_lt(tally.rows, COUNT * ENTRIES);
    cr_assert_eq(tally.with_text, tally.rows, "each says where, what and why");
    cr_assert_eq(rig.problems, 1, "told once");
    cr_assert_eq(rig.basket.count, 0);
    rig_free(&rig);
}

/* The decoder of the first page adds scopes, the last of them after the run was stopped. */
static enum wgo_status add_and_stop(struct shop *shop, struct wgo_str decoder,
                                    const struct wgo_page *page, struct wgo_emitter *emitter,
                                    struct wgo_error *err)
{
    (void)shop;
    (void)decoder;
    (void)page;
    struct wgo_scope scope = {.kind = WGO_STR("inner"), .account = WGO_STR("late")};
    wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "not in time");
    return emitter->scope(emitter, &scope, err);
}

static const char nested[] =
    "provider: shop\ndefaults: { items: 'items[]', id: '{account}/{type}/{item.id}' }\nentries:\n"
    "  - { name: outer, scope: place, request: { path: /outer }, decode: outer, id: ~, items: ~ }\n"
    "  - { name: a, scope: inner, request: { path: '/{account}/a' }, type: shop_a }\n"
    "  - { name: b, scope: inner, request: { path: '/{account}/b' }, type: shop_b }\n";

Test(scopes, that_come_after_the_end_was_called_have_their_rows)
{
    set_up(nested, 1);
    rig.shop.on_decode = add_and_stop;
    struct rig_options options = narrow(things, NULL);
    rig_start(&rig, &options);
    rig_end(&rig);
    cr_assert_eq(rig_row(&rig, "*").seen, WGO_SEEN_TIMEOUT);
    cr_assert(wgo_str_is(rig_row(&rig, "*").account, "late"));
    cr_assert_eq(asked("/late"), 0);
    rig_free(&rig);
}

static enum wgo_status add_inner(struct shop *shop, struct wgo_str decoder,
                                 const struct wgo_page *page, struct wgo_emitter *emitter,
                                 struct wgo_error *err)
{
    (void)shop;
    (void)decoder;
    (void)page;
    char name[16];
    enum wgo_status status = WGO_OK;
    for (int i = 0; i < 30 && status == WGO_OK; i++) {
        snprintf(name, sizeof(name), "in-%d", i);
        struct wgo_scope scope = {.kind = WGO_STR("inner"), .account = wgo_str(name)};
        status = emitter->scope(emitter, &scope, err);
        memset(name, '#', sizeof(name)); /* it was copied */
    }
    return status;
}

Test(scopes, that_a_decoder_finds_are_read_before_the_run_ends)
{
    set_up(nested, 4);
    rig.shop.on_decode = add_inner;
    struct rig_options options = narrow(things, NULL);
    rig_start(&rig, &options);
    rig_end(&rig);
    cr_assert_eq(asked("/outer"), 4);
    cr_assert_eq(asked("/in-29/a"), 4);
    cr_assert_eq(basket_ids(&rig.basket), 30 * 2 * 2);
    cr_assert(wgo_rows_complete(rig.rows));
    rig_free(&rig);
}

/* ---- what collectors see of the catalog ---- */

static enum wgo_status look_at_entries(struct shop *shop, const struct wgo_services *services,
                                       struct wgo_error *err)
{
    unsigned *needed = shop->state;
    size_t count = 0;
    const struct wgo_entry_view *view;
    for (; (view = services->entry_at(services->engine, count)); count++) {
        const struct wgo_entry_view *same = services->entry(services->engine, view->name);
        cr_assert_eq(same, view, "%.*s", WGO_FMT(view->name));
        *needed += view->needed;
    }
    cr_assert_eq(count, 6);
    cr_assert_null(services->entry_at(services->engine, count + 100));
    cr_assert_null(services->entry(services->engine, WGO_STR("none")));
    view = services->entry(services->engine, WGO_STR("d"));
    cr_assert(view->is_child && view->wanted && wgo_str_is(view->type, "shop_d"));
    cr_assert(wgo_str_is(view->scope, "place"));
    view = services->entry(services->engine, WGO_STR("f"));
    cr_assert(view->noise && !view->wanted && !view->needed);
    (void)err;
    return WGO_OK;
}

Test(views, are_the_catalogs_in_its_order)
{
    unsigned needed = 0;
    rig_init(&rig);
    shop_use(&rig.shop, places);
    struct wgo_str globs[] = {WGO_STR("shop_d")};
    rig.options.resource_types = (struct wgo_str_list){globs, 1};
    rig.shop.on_collect = look_at_entries;
    rig.shop.state = &needed;
    struct rig_options options = narrow(things, NULL);
    rig_start(&rig, &options);
    rig_end(&rig);
    cr_assert_eq(needed, 2, "d, and c that leads to it");
    rig_free(&rig);
}
