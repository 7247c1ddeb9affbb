/* Collectors that do everything themselves: what they may call, and what becomes of those that do
 * not come back. */
#include "rig.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static struct rig rig;

static void nobody(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    (void)request;
    answer_text(answer, 404, "");
}

static const struct rig_options alone = {.script = nobody, .without_plan = true};

static enum wgo_status emit(const struct wgo_services *services, const char *id,
                            struct wgo_error *err)
{
    struct wgo_record record = {.id = wgo_str(id),
                                .type = WGO_STR("thing"),
                                .provider = WGO_STR("shop"),
                                .configuration = WGO_STR("{}")};
    return services->emit(services->engine, &record, err);
}

static void add_row(const struct wgo_services *services, int64_t count)
{
    struct wgo_row row = {.provider = WGO_STR("shop"), .type = WGO_STR("thing"), .count = count};
    wgo_rows_add(services->rows, &row);
}

static enum wgo_status emit_some(struct shop *shop, const struct wgo_services *services,
                                 struct wgo_error *err)
{
    int wanted = *(int *)shop->state;
    for (int i = 0; i < wanted; i++) {
        char id[32];
        snprintf(id, sizeof(id), "shop://%d", i);
        enum wgo_status status = emit(services, id, err);
        if (status != WGO_OK) {
            return status;
        }
    }
    services->warn(services->engine, "%d things", wanted);
    add_row(services, wanted);
    return WGO_OK;
}

Test(collect, records_rows_and_warnings_arrive)
{
    int wanted = 1000;
    rig_init(&rig);
    rig.shop.on_collect = emit_some;
    rig.shop.state = &wanted;
    rig_start(&rig, &alone);
    rig_end(&rig);
    cr_assert_eq(rig.basket.count, 1000);
    cr_assert_eq(rig_row(&rig, "thing").count, 1000);
    cr_assert_eq(rig.warnings, 1);
    cr_assert_eq(rig.stats.workers, 0, "no workers for who makes no calls through them");
    rig_free(&rig);
}

Test(collect, a_full_disk_is_its_error_too)
{
    int wanted = 1000;
    rig_init(&rig);
    rig.shop.on_collect = emit_some;
    rig.shop.state = &wanted;
    rig.basket.fail_after = 10;
    rig_start(&rig, &alone);
    rig_end(&rig);
    struct wgo_row row = rig_row(&rig, "");
    cr_assert_eq(row.seen, WGO_SEEN_ERROR);
    cr_assert(wgo_str_is(row.error, "the basket is full"), "%.*s", WGO_FMT(row.error));
    cr_assert_eq(rig.problem.status, WGO_E_NO_SPACE);
    rig_free(&rig);
}

static enum wgo_status fail_quietly(struct shop *shop, const struct wgo_services *services,
                                    struct wgo_error *err)
{
    (void)shop;
    (void)services;
    (void)err;
    return WGO_E_IO;
}

Test(collect, a_failure_without_a_word_is_a_failure)
{
    rig_init(&rig);
    rig.shop.on_collect = fail_quietly;
    rig_start(&rig, &alone);
    rig_end(&rig);
    cr_assert_eq(rig_row(&rig, "").seen, WGO_SEEN_ERROR);
    cr_assert_eq(rig.problem.status, WGO_E_IO);
    cr_assert_gt(strlen(rig.problem.message), 0);
    rig_free(&rig);
}

/* ---- fetching ---- */

struct fetched {
    const char *path;
    enum wgo_status status;
    int http_status;
    char body[64];
    struct wgo_error error;
};

static enum wgo_status fetch_it(struct shop *shop, const struct wgo_services *services,
                                struct wgo_error *err)
{
    struct fetched *fetched = shop->state;
    struct wgo_response response;
    char url[128];
    snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", shop->port, fetched->path);
    struct wgo_request request = {.method = "GET", .url = wgo_str(url)};
    fetched->status = services->fetch(services->engine, &request, &response, &fetched->error);
    if (fetched->status == WGO_OK) {
        fetched->http_status = response.http_status;
        snprintf(fetched->body, sizeof(fetched->body), "%.*s",
                 WGO_FMT(wgo_buf_view(&response.body)));
    }
    wgo_response_fini(&response); /* as often as one likes */
    wgo_response_fini(&response);
    if (fetched->status == WGO_E_CANCELLED) {
        *err = fetched->error;
    }
    return fetched->status == WGO_E_CANCELLED ? WGO_E_CANCELLED : WGO_OK;
}

static void moody(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    unsigned n = request->nth_target;
    if (wgo_str_is(request->path, "/moody")) {
        answer_text(answer, n == 0 ? 503 : n == 1 ? 429 : 200, n < 2 ? "no" : "at last");
        wgo_buf_cstr(&answer->headers, n == 1 ? "retry-after: 120\r\n" : "");
    } else if (wgo_str_is(request->path, "/broken")) {
        answer_text(answer, 500, "never");
    } else if (wgo_str_is(request->path, "/denied")) {
        answer_text(answer, 403, "no");
    } else if (wgo_str_is(request->path, "/tomorrow")) {
        answer_text(answer, 429, "");
        wgo_buf_cstr(&answer->headers, "retry-after: 86400\r\n");
    } else if (wgo_str_is(request->path, "/held")) {
        answer->hold = true;
    } else { /* cut */
        answer_text(answer, 200, "0123456789");
        answer->cut_after = 5;
    }
}

static struct fetched fetch(const char *path)
{
    struct fetched fetched = {.path = path};
    rig_init(&rig);
    rig.shop.on_collect = fetch_it;
    rig.shop.state = &fetched;
    struct rig_options options = alone;
    options.script = moody;
    rig_start(&rig, &options);
    rig_end(&rig);
    return fetched;
}

Test(collect, a_fetch_is_patient)
{
    struct fetched fetched = fetch("/moody");
    cr_assert_eq(fetched.status, WGO_OK);
    cr_assert_eq(fetched.http_status, 200);
    cr_assert_str_eq(fetched.body, "at last");
    cr_assert_geq(wgo_mono_sub(http_script_when(rig.http, "/moody", 2),
                               http_script_when(rig.http, "/moody", 1)),
                  120 * WGO_S);
    cr_assert_eq(rig.stats.calls, 3);
    cr_assert_eq(rig.stats.retries, 2);
    rig_free(&rig);
}

Test(collect, what_an_answer_means_is_the_callers_business)
{
    struct fetched fetched = fetch("/denied");
    cr_assert_eq(fetched.status, WGO_OK);
    cr_assert_eq(fetched.http_status, 403);
    cr_assert_eq(http_script_count(rig.http, "/"), 1);
    rig_free(&rig);
    fetched = fetch("/broken");
    cr_assert_eq(fetched.status, WGO_OK);
    cr_assert_eq(fetched.http_status, 500);
    cr_assert_eq(http_script_count(rig.http, "/"), 4);
    rig_free(&rig);
}

Test(collect, half_an_answer_is_none)
{
    struct fetched fetched = fetch("/cut");
    cr_assert_eq(fetched.status, WGO_E_CUT_SHORT, "%s", wgo_status_name(fetched.status));
    cr_assert_eq(fetched.error.status, WGO_E_CUT_SHORT);
    cr_assert_eq(http_script_count(rig.http, "/"), 4);
    rig_free(&rig);
}

static void assert_fetch_is_cancelled(const char *path)
{
    struct fetched fetched = {.path = path};
    rig_init(&rig);
    rig.shop.on_collect = fetch_it;
    rig.shop.state = &fetched;
    struct rig_options options = alone;
    options.script = moody;
    rig_start(&rig, &options);
    while (http_script_count(rig.http, path) == 0) {
        poll(NULL, 0, 1);
    }
    wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "not finished in time");
    rig_end(&rig);
    cr_assert_eq(fetched.status, WGO_E_CANCELLED);
    struct wgo_row row = rig_row(&rig, "");
    cr_assert_eq(row.seen, WGO_SEEN_TIMEOUT);
    cr_assert(wgo_str_is(row.error, "not finished in time"));
    cr_assert_eq(rig.problems, 1);
    rig_free(&rig);
}

Test(collect, a_cancellation_ends_a_fetch_wherever_it_is)
{
    assert_fetch_is_cancelled("/held");
    assert_fetch_is_cancelled("/tomorrow");
}

/* ---- a pause must not take the workers' wake-ups ---- */

static void busy(void *state, const struct http_request *request, struct http_answer *answer)
{
    if (wgo_str_is(request->path, "/tomorrow")) {
        moody(state, request, answer);
        return;
    }
    uint64_t page = 0;
    char next[16];
    (void)wgo_str_to_u64(http_request_query(request, "token"), &page);
    snprintf(next, sizeof(next), "%u", (unsigned)page + 1);
    answer_page(answer, (unsigned)page, 1, page < 499 ? next : NULL);
}

Test(collect, calls_go_on_while_a_blocker_pauses)
{
    static const struct shop_task task = {"list", "busy", "busy", NULL};
    struct fetched fetched = {.path = "/tomorrow"};
    rig_init(&rig);
    rig.shop.on_collect = fetch_it;
    rig.shop.state = &fetched;
    struct rig_options options = {.script = busy, .tasks = &task, .task_count = 1};
    rig_start(&rig, &options);
    for (int i = 0; i < 60000 && basket_count(&rig.basket, "", NULL) < 500; i++) {
        poll(NULL, 0, 1);
    }
    cr_assert_eq(basket_count(&rig.basket, "", NULL), 500);
    wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "not finished in time");
    rig_end(&rig);
    cr_assert_eq(rig_row(&rig, "busy").seen, WGO_SEEN_OK);
    cr_assert_eq(rig_row(&rig, "").seen, WGO_SEEN_TIMEOUT);
    rig_free(&rig);
}

/* ---- those that do not listen ---- */

static enum wgo_status stop_without_a_word(struct shop *shop, const struct wgo_services *services,
                                           struct wgo_error *err)
{
    (void)err;
    shop_hold(shop);
    cr_assert(services->cancelled(services->engine));
    return WGO_OK;
}

Test(collect, one_that_stops_early_without_a_word_did_not_see_everything)
{
    rig_init(&rig);
    rig.shop.on_collect = stop_without_a_word;
    rig_start(&rig, &alone);
    shop_wait_held(&rig.shop);
    wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "not finished in time");
    shop_release(&rig.shop);
    rig_end(&rig);
    cr_assert_eq(rig_row(&rig, "").seen, WGO_SEEN_TIMEOUT);
    cr_assert_eq(rig.problems, 1);
    rig_free(&rig);
}

static _Atomic int refused;

static enum wgo_status never_listen(struct shop *shop, const struct wgo_services *services,
                                    struct wgo_error *err)
{
    struct wgo_buf value = {0};
    struct wgo_response response;
    struct wgo_request request = {.method = "GET", .url = WGO_STR("http://127.0.0.1:1/")};
    cr_assert_eq(emit(services, "shop://before", err), WGO_OK);
    shop_hold(shop);
    /* Nothing of this reaches anybody any more. */
    services->warn(services->engine, "too late");
    services->report(services->engine, &(struct wgo_error){.status = WGO_E_IO});
    refused += emit(services, "shop://after", err) == WGO_E_CANCELLED;
    refused += services->cache_get(services->engine, WGO_STR("x"), &value) == WGO_E_ABSENT;
    refused += services->fetch(services->engine, &request, &response, err) == WGO_E_CANCELLED;
    return WGO_E_IO;
}

Test(collect, one_that_never_listens_is_abandoned)
{
    rig_init(&rig);
    rig.shop.on_collect = never_listen;
    rig_start(&rig, &alone);
    shop_wait_held(&rig.shop);
    wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "not finished in time");
    cr_assert_eq(rig.ended, 0);
    wgo_run_abandon(rig.run);
    wgo_run_join(rig.run);
    wgo_run_stats(rig.run, &rig.stats);
    cr_assert(rig.stats.ended);
    cr_assert_eq(rig.stats.records, 1, "what it gave before is kept");
    cr_assert_eq(rig.basket.lanes, 0, "and the sink can be read");
    struct wgo_row row = rig_row(&rig, "");
    cr_assert_eq(row.seen, WGO_SEEN_TIMEOUT);
    cr_assert(wgo_str_is(row.error, "did not stop when asked to; abandoned"));
    size_t rows = rig_rows(&rig);
    unsigned problems = rig.problems;
    cr_assert_eq(problems, 1, "the deadline");

    shop_release(&rig.shop);
    cr_assert_eq(wgo_blockers_close(rig.blockers, 60 * WGO_S), 0);
    rig.blockers = NULL;
    cr_assert_eq(refused, 3);
    cr_assert_eq(rig.basket.count, 1);
    cr_assert_eq(rig_rows(&rig), rows);
    cr_assert_eq(rig.problems, problems);
    cr_assert_eq(rig.warnings, 0);
    rig_free(&rig); /* it came back after all: nothing is leaked */
}

static enum wgo_status plan_for_ever(void *self, struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct shop *shop = self;
    struct wgo_task task = {.entry = WGO_STR("list"), .type = WGO_STR("late"), .priority = 1};
    struct wgo_record record = {.id = WGO_STR("x"), .configuration = WGO_STR("{}")};
    shop_hold(shop);
    refused += emitter->task(emitter, &task, err) == WGO_E_CANCELLED;
    refused += emitter->record(emitter, &record, err) == WGO_E_CANCELLED;
    emitter->row(emitter, &(struct wgo_row){.type = WGO_STR("late")});
    return WGO_OK;
}

Test(collect, a_plan_that_never_listens_is_abandoned)
{
    rig_init(&rig);
    rig.shop.type.plan = plan_for_ever;
    struct rig_options options = {.script = nobody};
    rig_start(&rig, &options);
    shop_wait_held(&rig.shop);
    wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "not finished in time");
    wgo_run_abandon(rig.run);
    wgo_run_join(rig.run);
    size_t rows = rig_rows(&rig);
    shop_release(&rig.shop);
    cr_assert_eq(wgo_blockers_close(rig.blockers, 60 * WGO_S), 0);
    rig.blockers = NULL;
    cr_assert_eq(refused, 2);
    cr_assert_eq(rig_rows(&rig), rows);
    cr_assert_eq(rig.basket.count, 0);
    rig_free(&rig);
}

Test(collect, abandoning_what_has_ended_changes_nothing)
{
    int wanted = 3;
    rig_init(&rig);
    rig.shop.on_collect = emit_some;
    rig.shop.state = &wanted;
    rig_start(&rig, &alone);
    rig_wait(&rig);
    wgo_run_abandon(rig.run);
    rig_end(&rig);
    cr_assert_eq(rig_rows(&rig), 1);
    cr_assert(wgo_rows_complete(rig.rows));
    rig_free(&rig);
}

/* ---- blockers that are all taken ---- */

Test(collect, a_job_that_never_began_says_so)
{
    rig_init(&rig);
    rig.shop.on_collect = emit_some;
    struct rig_options options = alone;
    options.no_start = true;
    struct wgo_error err = {0};
    rig_start(&rig, &options);
    for (int i = 0; i < 4; i++) { /* as many as there are threads */
        struct wgo_job job = {.run = (void (*)(void *))shop_hold, .state = &rig.shop};
        cr_assert(wgo_blockers_submit(rig.blockers, job));
    }
    cr_assert_eq(wgo_run_start(rig.run, &err), WGO_OK);
    wgo_run_cancel(rig.run, WGO_E_TIMEOUT, "not finished in time");
    shop_release(&rig.shop);
    rig_end(&rig);
    struct wgo_row row = rig_row(&rig, "");
    cr_assert_eq(row.seen, WGO_SEEN_TIMEOUT);
    cr_assert_eq(rig.basket.count, 0, "it was not run after the deadline");
    rig_free(&rig);
}
