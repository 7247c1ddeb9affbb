/* A scan that goes on where an interrupted one was: what that had read is not asked for again. */
#include "engine/replay.h"
#include "wire.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct rig rig;

/* ---- pages in memory ---- */

struct shelf_page {
    struct wgo_page_key key;
    struct wgo_buf page, token;
    bool lost;
};

static struct {
    struct wgo_lock lock;
    struct shelf_page pages[64]; /* guarded by 'lock' */
    unsigned count, given;
    bool forgetful; /* it has what it cannot give */
} shelf;

static struct shelf_page *find(struct wgo_page_key key)
{
    for (unsigned i = 0; i < shelf.count; i++) {
        if (shelf.pages[i].key.high == key.high && shelf.pages[i].key.low == key.low) {
            return &shelf.pages[i];
        }
    }
    return NULL;
}

static bool shelf_has(void *self, struct wgo_page_key key)
{
    (void)self;
    wgo_lock_acquire(&shelf.lock);
    const struct shelf_page *page = find(key);
    bool has = page && !page->lost;
    wgo_lock_release(&shelf.lock);
    return has;
}

static enum wgo_status shelf_get(void *self, struct wgo_page_key key, struct wgo_buf *out_page,
                                 struct wgo_buf *out_token, int64_t *out_wall_ns)
{
    (void)self;
    *out_wall_ns = 1; /* long ago */
    wgo_lock_acquire(&shelf.lock);
    const struct shelf_page *page = find(key);
    bool good = page && !shelf.forgetful && wgo_buf_str(out_page, wgo_buf_view(&page->page)) &&
                wgo_buf_str(out_token, wgo_buf_view(&page->token));
    shelf.given += good;
    wgo_lock_release(&shelf.lock);
    return good ? WGO_OK : WGO_E_ABSENT;
}

static void shelf_put(void *self, struct wgo_page_key key, struct wgo_str page,
                      struct wgo_str token)
{
    (void)self;
    wgo_lock_acquire(&shelf.lock);
    struct shelf_page *place = find(key);
    place = place ? place : &shelf.pages[shelf.count++];
    wgo_buf_fini(&place->page);
    wgo_buf_fini(&place->token);
    *place = (struct shelf_page){.key = key};
    cr_assert(wgo_buf_str(&place->page, page) && wgo_buf_str(&place->token, token));
    wgo_lock_release(&shelf.lock);
    cr_assert_lt(shelf.count, 64);
}

static const struct wgo_pages pages = {NULL, shelf_has, shelf_get, shelf_put, true};

static void set_up(void)
{
    wgo_lock_init(&shelf.lock);
}

static void tear_down(void)
{
    for (unsigned i = 0; i < shelf.count; i++) {
        wgo_buf_fini(&shelf.pages[i].page);
        wgo_buf_fini(&shelf.pages[i].token);
    }
    wgo_lock_fini(&shelf.lock);
}

TestSuite(replay, .init = set_up, .fini = tear_down);

/* ---- a shop with pages, children, parts, a decoder, and something that is not there ---- */

static const char catalog[] =
    "provider: shop\nentries:\n"
    "  - { name: list, scope: place, request: { path: /list }, items: 'items[]', type: shop_disk,\n"
    "      page: { token_out: next, token_in: token }, id: 'disk/{item.id}',\n"
    "      resource_name: '{item.name|}', tags: { map: tags }, sensitive: [key], rank: 3,\n"
    "      children: [{ entry: policy, vars: { n: '{item.id}' } }] }\n"
    "  - { name: policy, part: policy, request: { path: '/policy/{n}' }, items: ., id: '{parent}' "
    "}\n"
    "  - { name: told, scope: place, request: { path: /told }, items: 'items[]', decode: told,\n"
    "      id: 'told/{item.id}', type: shop_told }\n"
    "  - { name: bulk, scope: place, request: { path: /bulk }, items: 'items[]', decode: told,\n"
    "      replay: true, id: 'bulk/{item.id}', type: shop_bulk }\n";

static unsigned decoded;

static enum wgo_status decode(struct shop *shop, struct wgo_str decoder,
                              const struct wgo_page *page, struct wgo_emitter *emitter,
                              struct wgo_error *err)
{
    (void)shop;
    (void)decoder;
    decoded++;
    struct wgo_row row = {.account = WGO_STR("acme"),
                          .region = WGO_STR("there"),
                          .type = WGO_STR("shop_bulk"),
                          .seen = WGO_SEEN_UNAVAILABLE,
                          .error = WGO_STR("unreachable")};
    if (wgo_str_is(page->task->entry, "bulk")) {
        emitter->row(emitter, &row);
    }
    return emitter->items(emitter, page->document, err);
}

static void serve(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    static const struct {
        const char *target;
        int status;
        const char *body;
    } answers[] = {
        {"/list", 200,
         "{\"items\":[{\"id\":1,\"name\":\"a\",\"tags\":{\"k\":\"v\"},\"key\":\"hunter2\"},"
         "{\"id\":2}],\"next\":\"two\"}"},
        {"/list?token=two", 200, "{\"items\":[{\"id\":3}],\"next\":\"three\"}"},
        {"/list?token=three", 200, "{\"items\":[{\"id\":4}]}"},
        {"/policy/1", 200, "{\"allow\":\"all\"}"},
        {"/policy/2", 404, "{}"},
        {"/policy/3", 200, "{\"allow\":\"some\"}"},
        {"/policy/4", 404, "{}"},
        {"/told", 200, "{\"items\":[{\"id\":1}]}"},
        {"/bulk", 200, "{\"items\":[{\"id\":1}]}"},
    };
    for (size_t i = 0; i < WGO_COUNT(answers); i++) {
        if (wgo_str_is(request->target, answers[i].target)) {
            answer_text(answer, answers[i].status, answers[i].body);
            return;
        }
    }
    answer_text(answer, 400, "{}");
}

static void begin(const char *text, http_script_fn *script)
{
    rig_init(&rig);
    shop_use(&rig.shop, text);
    rig.shop.scopes = &wire_place;
    rig.shop.scope_count = 1;
    rig.shop.on_decode = decode;
    struct rig_options options = {.script = script, .pages = &pages};
    rig_start(&rig, &options);
    rig_end(&rig);
}

static void count_unreachable(void *state, const struct wgo_row *row)
{
    *(size_t *)state += row->seen == WGO_SEEN_UNAVAILABLE && wgo_str_is(row->region, "there") &&
                        wgo_str_is(row->error, "unreachable");
}

static void assert_whole(void)
{
    wire_row(&rig, "shop_disk", WGO_SEEN_OK, 4, "");
    cr_assert_eq(basket_ids(&rig.basket), 6);
    cr_assert_eq(basket_count(&rig.basket, "", "policy"), 2);
    const struct basket_record *disk = basket_find(&rig.basket, "disk/1", "");
    cr_assert(disk && strstr(disk->tags, "\"v\"") && !strstr(disk->configuration, "hunter2"));
    cr_assert_str_eq(basket_find(&rig.basket, "disk/3", "policy")->configuration,
                     "{\"allow\":\"some\"}");
    size_t unreachable = 0;
    wgo_rows_each(rig.rows, count_unreachable, &unreachable);
    cr_assert_eq(unreachable, 1);
    cr_assert_eq(rig.problems, 1, "a row that fails is told of, also when it was read before");
    cr_assert_str_eq(rig.problem.message, "unreachable");
    rig_assert_counts_agree(&rig);
}

Test(replay, what_was_read_is_not_asked_for_again)
{
    begin(catalog, serve);
    assert_whole();
    cr_assert_eq(http_script_count(rig.http, "/"), 9);
    cr_assert_eq(rig.stats.replayed, 0);
    cr_assert_eq(shelf.count, 8, "all but what the decoder has to see: %u", shelf.count);
    rig_free(&rig);

    decoded = 0;
    begin(catalog, serve);
    assert_whole();
    cr_assert_eq(http_script_count(rig.http, "/"), 1);
    cr_assert_eq(http_script_count(rig.http, "/told"), 1);
    cr_assert_eq(decoded, 1);
    cr_assert_eq(rig.stats.replayed, 8);
    cr_assert_gt(rig_row(&rig, "shop_disk").age_ns, 0);
    cr_assert_eq(rig_row(&rig, "shop_told").age_ns, 0);
    cr_assert_eq(rig.stats.calls, 1);
    rig_free(&rig);
}

Test(replay, what_was_lost_is_asked_for_again_and_nothing_else)
{
    for (unsigned lost = 0; lost < 8; lost++) {
        begin(catalog, serve);
        rig_free(&rig);
        cr_assert_eq(shelf.count, 8);
        shelf.pages[lost].lost = true;
        begin(catalog, serve);
        assert_whole();
        cr_assert_eq(http_script_count(rig.http, "/"), 2, "page %u", lost);
        cr_assert_not(shelf.pages[lost].lost, "it is kept now");
        rig_free(&rig);
    }
}

Test(replay, a_keeper_that_cannot_give_costs_a_call_and_no_more)
{
    begin(catalog, serve);
    rig_free(&rig);
    shelf.forgetful = true;
    begin(catalog, serve);
    assert_whole();
    cr_assert_eq(http_script_count(rig.http, "/"), 9);
    rig_free(&rig);
}

/* ---- tokens that have become too old ---- */

static bool too_late;

static void serve_late(void *state, const struct http_request *request, struct http_answer *answer)
{
    if (too_late && request->nth_target == 0 && wgo_str_is(request->target, "/list?token=three")) {
        answer_text(answer, 400, "{\"message\":\"the token has expired\"}");
    } else {
        serve(state, request, answer);
    }
}

Test(replay, a_list_whose_token_has_become_too_old_begins_anew)
{
    begin(catalog, serve);
    rig_free(&rig);
    for (unsigned i = 0; i < shelf.count; i++) { /* the last page of the list had not been read */
        bool last = shelf.pages[i].token.len == 0 &&
                    wgo_str_find(wgo_buf_view(&shelf.pages[i].page), WGO_STR("disk/4")) <
                        shelf.pages[i].page.len &&
                    shelf.pages[i].page.ptr[0] == 'R';
        shelf.pages[i].lost = last && wgo_str_find(wgo_buf_view(&shelf.pages[i].page),
                                                   WGO_STR("shop_disk")) < shelf.pages[i].page.len;
    }
    too_late = true;
    begin(catalog, serve_late);
    cr_assert_eq(http_script_count(rig.http, "/list"), 4, "the refused page, and three");
    struct wgo_row row = rig_row(&rig, "shop_disk");
    cr_assert_eq(row.seen, WGO_SEEN_OK, "%.*s", WGO_FMT(row.error));
    cr_assert_eq(row.count, 4);
    cr_assert(row.inconsistent);
    rig_free(&rig);
}

/* ---- jobs ---- */

static const char jobs[] =
    "provider: shop\nentries:\n"
    "  - { name: start, scope: place, effect: export, jobs: 1, items: .,\n"
    "      request: { method: POST, path: /start, json: { a: 'b' } },\n"
    "      children: [{ entry: look, vars: { job: '{item.job}' } }] }\n"
    "  - { name: look, request: { path: '/look/{job}' }, items: .,\n"
    "      poll: { status: state, done: [Done], every: 1s },\n"
    "      children: [{ entry: fetch, vars: { job: '{job}' } }] }\n"
    "  - { name: fetch, request: { path: '/fetch/{job}' }, items: 'items[]', type: shop_thing,\n"
    "      id: 'thing/{item.id}' }\n";

static void serve_job(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    bool done = request->nth_target > 1;
    answer_text(answer, 200,
                wgo_str_is(request->target, "/start") ? "{\"job\":7}"
                : wgo_str_is(request->target, "/look/7")
                    ? done ? "{\"state\":\"Done\"}" : "{\"state\":\"Running\"}"
                    : "{\"items\":[{\"id\":1}]}");
}

Test(replay, a_job_that_was_started_is_not_started_again)
{
    begin(jobs, serve_job);
    cr_assert_eq(http_script_count(rig.http, "/look"), 3);
    cr_assert_eq(shelf.count, 3, "looks at what is not done are no pages: %u", shelf.count);
    rig_free(&rig);
    for (unsigned i = 0; i < 3; i++) { /* all but the start */
        shelf.pages[i].lost = wgo_str_find(wgo_buf_view(&shelf.pages[i].page), WGO_STR("look")) ==
                              shelf.pages[i].page.len;
    }
    begin(jobs, serve_job);
    wire_row(&rig, "shop_thing", WGO_SEEN_OK, 1, "");
    cr_assert_eq(http_script_count(rig.http, "/start"), 0);
    cr_assert_eq(http_script_count(rig.http, "/look"), 3);
    cr_assert_eq(http_script_count(rig.http, "/fetch"), 1);
    rig_free(&rig);
}
