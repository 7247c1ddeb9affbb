/* Calls that go out before the task that needs them: each is asked once, and what is said of it is
 * what its task says. */
#include "rig.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>

static struct rig rig;

/* `first` says who owns the things; only then can they be named. */
static const char owned[] = "provider: shop\n"
                            "service: shop\n"
                            "entries:\n"
                            "  - name: first\n"
                            "    request: { path: /first }\n"
                            "    decode: first\n"
                            "    failures: decode\n"
                            "  - name: list\n"
                            "    request: { path: '/{+list}', query: { token: '{token|}' } }\n"
                            "    page: { token_out: next }\n"
                            "    items: 'items[]'\n"
                            "    id: 'shop://{owner}/{item.id}'\n"
                            "    type: '{type}'\n"
                            "    limits: ['shop/things']\n"
                            "    expected_bytes: 200\n";

static const struct shop_task first = {.entry = "first", .list = ""};
static const struct shop_task things = {"list", "thing", "things", NULL};

static enum wgo_status ask_owned(struct shop *shop, struct wgo_str decoder,
                                 const struct wgo_page *page, struct wgo_emitter *emitter,
                                 struct wgo_error *err)
{
    struct wgo_task task = {.entry = WGO_STR("list"), .type = WGO_STR("thing"), .priority = 1};
    (void)decoder;
    if (page->fallback || shop->state) {
        return WGO_OK; /* nobody needs the things */
    }
    wgo_task_set(&task, WGO_STR("list"), WGO_STR("things"));
    wgo_task_set(&task, WGO_STR("owner"), WGO_STR("acme"));
    return emitter->task(emitter, &task, err);
}

/* What the server does, besides answering three pages of ten things. */
struct plot {
    const char *hold;     /* requests that stand at the gate */
    int things_fail_with; /* the first time */
    int first_fails_with;
};

static void script(void *state, const struct http_request *request, struct http_answer *answer)
{
    const struct plot *plot = state;
    answer->hold = plot->hold && wgo_str_starts(request->target, wgo_str(plot->hold));
    if (wgo_str_is(request->path, "/first")) {
        answer_text(answer, plot->first_fails_with ? plot->first_fails_with : 200, "{}");
    } else if (plot->things_fail_with && wgo_str_is(request->target, "/things") &&
               request->nth_target == 0) {
        answer_text(answer, plot->things_fail_with, "{\"message\":\"not now\"}");
    } else {
        answer_next_page(answer, rig_page_of(request), 3);
    }
}

static void start(struct plot *plot, struct rig_options *options)
{
    shop_use(&rig.shop, owned);
    rig.shop.on_decode = ask_owned;
    options->script = script;
    options->state = plot;
    options->tasks = &first;
    options->task_count = 1;
    rig.shop.ahead = &things;
    rig.shop.ahead_count = 1;
    rig_start(&rig, options);
}

static void wait_calls(uint64_t calls)
{
    struct wgo_run_stats stats = {0};
    while (stats.calls < calls) {
        poll(NULL, 0, 1);
        wgo_run_stats(rig.run, &stats);
    }
}

/* As far as 'calls' answers that are settled, with one request at the gate. */
static void start_until(struct plot *plot, struct rig_options *options, uint64_t calls)
{
    rig_init(&rig);
    start(plot, options);
    http_script_wait_held(rig.http, 1);
    wait_calls(calls);
}

/* All things, each page asked for as often as it says, named by what the first answer said. */
static void assert_all(unsigned first_page_calls)
{
    rig_end(&rig);
    rig_assert_seen(&rig, "thing", WGO_SEEN_OK);
    cr_assert_eq(rig_row(&rig, "thing").count, 30);
    cr_assert_eq(rig_rows(&rig), 1);
    cr_assert_eq(rig.problems, 0);
    rig_assert_counts_agree(&rig);
    cr_assert_not_null(basket_find(&rig.basket, "shop://acme/0", ""));
    cr_assert_not_null(basket_find(&rig.basket, "shop://acme/29", ""));
    cr_assert_eq(http_script_count(rig.http, "/first"), 1);
    cr_assert_eq(http_script_count(rig.http, "/things?token=1"), 1);
    cr_assert_eq(http_script_count(rig.http, "/things?token=2"), 1);
    cr_assert_eq(http_script_count(rig.http, "/things"), first_page_calls + 2);
    rig_free(&rig);
}

static void assert_no_thing(void *state, const struct wgo_row *row)
{
    (void)state;
    cr_assert(!wgo_str_is(row->type, "thing"), "nobody asked for it");
}

static void assert_nothing(void)
{
    cr_assert_eq(basket_count(&rig.basket, "", NULL), 0);
    cr_assert_eq(rig.stats.open_calls, 0);
    wgo_rows_each(rig.rows, assert_no_thing, NULL);
}

Test(ahead, an_answer_waits_for_its_task)
{
    struct plot plot = {.hold = "/first"};
    struct rig_options options = {0};
    start_until(&plot, &options, 1);
    cr_assert_eq(http_script_count(rig.http, "/things"), 1, "one page, until it is needed");
    http_script_release(rig.http);
    assert_all(1);
}

Test(ahead, a_call_that_is_out_is_taken_over)
{
    struct plot plot = {.hold = "/things"};
    struct rig_options options = {0};
    start_until(&plot, &options, 1);
    http_script_release(rig.http);
    assert_all(1);
}

Test(ahead, a_failure_is_tried_again_once_it_is_needed)
{
    struct plot plot = {.hold = "/first", .things_fail_with = 500};
    struct rig_options options = {0};
    start_until(&plot, &options, 1);
    cr_assert_eq(http_script_count(rig.http, "/things"), 1, "not before");
    http_script_release(rig.http);
    assert_all(2);
}

Test(ahead, a_refusal_is_the_task_s)
{
    struct plot plot = {.hold = "/first", .things_fail_with = 403};
    struct rig_options options = {0};
    start_until(&plot, &options, 1);
    http_script_release(rig.http);
    rig_end(&rig);
    rig_assert_seen(&rig, "thing", WGO_SEEN_DENIED);
    cr_assert_eq(rig.problems, 1);
    cr_assert_eq(http_script_count(rig.http, "/things"), 1);
    rig_free(&rig);
}

/* Answers, refusals and failures that nobody has asked for are nobody's business. */
Test(ahead, what_is_not_needed_ends_without_a_word)
{
    static const int failures[] = {0, 404, 403, 500, 429};
    for (size_t i = 0; i < WGO_COUNT(failures); i++) {
        struct plot plot = {.hold = "/first", .things_fail_with = failures[i]};
        struct rig_options options = {0};
        rig_init(&rig);
        rig.shop.state = &rig;
        start(&plot, &options);
        http_script_wait_held(rig.http, 1);
        wait_calls(1);
        http_script_release(rig.http);
        rig_end(&rig);
        assert_nothing();
        cr_assert_eq(rig.problems, 0);
        cr_assert_eq(http_script_count(rig.http, "/things"), 1);
        rig_free(&rig);
    }
}

Test(ahead, a_first_question_that_fails_leaves_nothing_behind)
{
    struct plot plot = {.first_fails_with = 403, .hold = "/things"}; /* for ever */
    struct rig_options options = {0};
    rig_init(&rig);
    start(&plot, &options);
    rig_end(&rig);
    assert_nothing();
    cr_assert_eq(rig.problems, 1);
    http_script_release(rig.http);
    rig_free(&rig);
}

Test(ahead, a_cancellation_ends_what_is_held_and_what_is_out)
{
    static const char *const held[] = {"/first", "/"}; /* or everything */
    for (size_t i = 0; i < WGO_COUNT(held); i++) {
        struct plot plot = {.hold = held[i]};
        struct rig_options options = {0};
        rig_init(&rig);
        rig.shop.state = &rig;
        start(&plot, &options);
        http_script_wait_held(rig.http, 1 + (unsigned)i);
        wait_calls(i == 0);
        wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "not finished in time");
        rig_end(&rig);
        assert_nothing();
        http_script_release(rig.http);
        rig_free(&rig);
    }
}

/* A body that has too much of the budget is given up: what it waits for may need the room. */
Test(ahead, a_small_budget_asks_again)
{
    struct plot plot = {.hold = "/first"};
    struct rig_options options = {.budget = 450};
    start_until(&plot, &options, 1);
    http_script_release(rig.http);
    assert_all(2);
}

/* ---- one that still waits for its turn ---- */

static _Atomic bool asked_two;

static enum wgo_status ask_two(struct shop *shop, struct wgo_str decoder,
                               const struct wgo_page *page, struct wgo_emitter *emitter,
                               struct wgo_error *err)
{
    static const char *const lists[] = {"early/2", "new"};
    enum wgo_status status = WGO_OK;
    (void)shop;
    (void)decoder;
    (void)page;
    for (size_t i = 0; i < WGO_COUNT(lists) && status == WGO_OK; i++) {
        struct wgo_task task = {
            .entry = WGO_STR("list"), .type = WGO_STR("thing"), .priority = WGO_PRIORITY_USUAL};
        wgo_task_set(&task, WGO_STR("list"), wgo_str(lists[i]));
        wgo_task_set(&task, WGO_STR("owner"), WGO_STR("acme"));
        status = emitter->task(emitter, &task, err);
    }
    atomic_store(&asked_two, true);
    return status;
}

struct order {
    char text[64]; /* the lists in the order in which they were asked for */
};

static void note_order(void *state, const struct http_request *request, struct http_answer *answer)
{
    struct order *order = state;
    if (wgo_str_is(request->path, "/first")) {
        answer_text(answer, 200, "{}");
        return;
    }
    size_t len = strlen(order->text);
    snprintf(order->text + len, sizeof(order->text) - len, "%.*s ", WGO_FMT(request->path));
    answer->hold = wgo_str_is(request->path, "/early/1");
    answer_next_page(answer, 0, 1);
}

/* Its turn is then that of the task which has taken it over, not of one that may not be needed. */
Test(ahead, a_call_that_waits_goes_with_its_task)
{
    static const struct shop_task early[] = {{"list", "thing", "early/1", NULL},
                                             {"list", "thing", "early/2", NULL}};
    static const struct wgo_limit_rule one = {
        .match = {"shop/things", 11}, .max_in_flight = 1, .start_in_flight = 1};
    struct order order = {""};
    struct rig_options options = {.script = note_order,
                                  .state = &order,
                                  .tasks = &first,
                                  .task_count = 1,
                                  .limits = &one,
                                  .limit_count = 1};
    rig_init(&rig);
    shop_use(&rig.shop, owned);
    rig.shop.on_decode = ask_two;
    rig.shop.ahead = early;
    rig.shop.ahead_count = WGO_COUNT(early);
    rig_start(&rig, &options);
    http_script_wait_held(rig.http, 1);
    while (!atomic_load(&asked_two)) {
        poll(NULL, 0, 1);
    }
    http_script_release(rig.http);
    rig_end(&rig);
    cr_assert_str_eq(order.text, "/early/1 /early/2 /new ");
    cr_assert_eq(rig_row(&rig, "thing").count, 20);
    rig_free(&rig);
}

/* ---- who does not ask ahead ---- */

static bool has_none(void *self, struct wgo_page_key key)
{
    (void)self;
    (void)key;
    return false;
}

static void put_nowhere(void *self, struct wgo_page_key key, struct wgo_str page,
                        struct wgo_str token)
{
    (void)self;
    (void)key;
    (void)page;
    (void)token;
}

Test(ahead, a_scan_that_resumes_another_asks_for_what_it_needs)
{
    static const struct wgo_pages some = {.has = has_none, .put = put_nowhere, .some = true};
    struct plot plot = {.hold = "/first"};
    struct rig_options options = {.pages = &some};
    rig_init(&rig);
    start(&plot, &options);
    http_script_wait_held(rig.http, 1);
    struct wgo_run_stats stats;
    wgo_run_stats(rig.run, &stats);
    cr_assert_eq(stats.open_calls, 1);
    cr_assert_eq(http_script_count(rig.http, "/things"), 0);
    http_script_release(rig.http);
    assert_all(1);
}
