/* What becomes of a call after its answer: waiting, trying again, beginning anew. */
#include "rig.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

static struct rig rig;

static struct rig_options over(http_script_fn *script, const struct shop_task *tasks, size_t count)
{
    return (struct rig_options){.script = script, .tasks = tasks, .task_count = count};
}

static const struct shop_task one[] = {{"list", "thing", "things", NULL}};

/* ---- throttles ---- */

static void throttled_once(void *state, const struct http_request *request,
                           struct http_answer *answer)
{
    bool limited = wgo_str_starts(request->path, WGO_STR("/limited"));
    if (limited && rig_page_of(request) == 1 && request->nth_target == 0) {
        answer_text(answer, 429, "slow down");
        wgo_buf_cstr(&answer->headers, state);
    } else {
        answer_next_page(answer, rig_page_of(request), 3);
    }
}

Test(answers, retry_after_is_waited_out_by_every_call_of_the_key)
{
    static const struct shop_task tasks[] = {{"list", "a", "limited/a", "limited"},
                                             {"list", "b", "limited/b", "limited"},
                                             {"list", "c", "free", "free"}};
    static const struct wgo_limit_rule rules[] = {
        {.match = {"shop/limited", 12}, .max_in_flight = 1}};
    rig_init(&rig);
    struct rig_options options = over(throttled_once, tasks, 3);
    char header[] = "retry-after: 100\r\n";
    options.state = header;
    options.limits = rules;
    options.limit_count = 1;
    rig_start(&rig, &options);
    rig_end(&rig);
    /* One at a time, so every later request of the key came after the wait, whichever list it is
     * of. */
    unsigned waits = 0, of_key = http_script_count(rig.http, "/limited");
    cr_assert_eq(of_key, 8);
    for (unsigned i = 0; i + 1 < of_key; i++) {
        int64_t gap = wgo_mono_sub(http_script_when(rig.http, "/limited", i + 1),
                                   http_script_when(rig.http, "/limited", i));
        waits += gap >= 100 * WGO_S;
    }
    cr_assert_geq(waits, 2, "%u of two throttles were waited out", waits);
    for (const char *const *path =
             (const char *const[]){"/limited/a?token=1", "/limited/b?token=1", NULL};
         *path; path++) {
        int64_t wait = wgo_mono_sub(http_script_when(rig.http, *path, 1),
                                    http_script_when(rig.http, *path, 0));
        cr_assert_geq(wait, 100 * WGO_S, "%s came again after %lld ms", *path,
                      (long long)(wait / WGO_MS));
    }
    rig_assert_seen(&rig, "a", WGO_SEEN_OK);
    rig_assert_seen(&rig, "b", WGO_SEEN_OK);
    rig_assert_seen(&rig, "c", WGO_SEEN_OK);
    cr_assert_eq(rig.stats.throttles, 2);
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

Test(answers, a_throttle_without_a_time_waits_for_the_cooldown)
{
    static const struct shop_task task = {"list", "a", "limited/a", "limited"};
    struct wgo_backoff retry = wgo_backoff_default();
    retry.cooldown_ns = 90 * WGO_S;
    struct rig_options options = over(throttled_once, &task, 1);
    char none[] = "";
    options.state = none;
    options.retry = &retry;
    rig_run(&rig, &options);
    int64_t wait = wgo_mono_sub(http_script_when(rig.http, "/limited/a?token=1", 1),
                                http_script_when(rig.http, "/limited/a?token=1", 0));
    cr_assert_geq(wait, 90 * WGO_S);
    rig_assert_seen(&rig, "a", WGO_SEEN_OK);
    rig_free(&rig);
}

/* What the window learns of a service that it asks one by one is that it is quick, so Retry-After
 * and not the pace is what it waits for. */
static const struct wgo_limit_rule one_by_one[] = {{.match = {"*", 1}, .max_in_flight = 1}};

static void always_throttled(void *state, const struct http_request *request,
                             struct http_answer *answer)
{
    (void)state;
    if (rig_page_of(request) < 10) {
        answer_next_page(answer, rig_page_of(request), 100);
        return;
    }
    answer_text(answer, 429, "{\"message\":\"quota exceeded\"}");
    wgo_buf_cstr(&answer->headers, "retry-after: 30\r\n");
}

Test(answers, throttles_without_end_end_in_a_row_that_says_so)
{
    struct rig_options options = over(always_throttled, one, 1);
    options.limits = one_by_one;
    options.limit_count = 1;
    rig_run(&rig, &options);
    rig_assert_seen(&rig, "thing", WGO_SEEN_THROTTLED);
    cr_assert_eq(rig_row(&rig, "thing").count, 100, "what came before is kept");
    cr_assert_eq(rig.stats.throttles, http_script_count(rig.http, "/things?token=10"));
    cr_assert_gt(rig.stats.throttles, 20, "patience with a provider that says when to come back");
    cr_assert_not_null(strstr(rig.problem.message, "quota exceeded"));
    rig_free(&rig);
}

static void stumbling(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    unsigned n = request->nth_target;
    if (rig_page_of(request) < 10) {
        answer_next_page(answer, rig_page_of(request), 100);
    } else if (n < 4) {
        answer_text(answer, 429, "");
        wgo_buf_cstr(&answer->headers, "retry-after: 30\r\n");
    } else if (n < 7) {
        answer_text(answer, 500, "");
    } else {
        answer_next_page(answer, 10, 11);
    }
}

Test(answers, throttles_use_up_no_retries)
{
    struct rig_options options = over(stumbling, one, 1);
    options.limits = one_by_one;
    options.limit_count = 1;
    rig_run(&rig, &options);
    rig_assert_seen(&rig, "thing", WGO_SEEN_OK);
    cr_assert_eq(http_script_count(rig.http, "/"), 18);
    cr_assert_eq(rig.stats.throttles, 4);
    cr_assert_eq(rig.stats.retries, 7);
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

static void thrice_broken(void *state, const struct http_request *request,
                          struct http_answer *answer)
{
    (void)state;
    if (request->nth_target < 3) {
        answer_text(answer, 500, "");
    } else {
        answer_next_page(answer, rig_page_of(request), 3);
    }
}

Test(answers, every_page_has_its_own_retries)
{
    struct rig_options options = over(thrice_broken, one, 1);
    rig_run(&rig, &options);
    rig_assert_seen(&rig, "thing", WGO_SEEN_OK);
    cr_assert_eq(http_script_count(rig.http, "/"), 12);
    cr_assert_eq(rig.stats.retries, 9);
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

/* ---- retries ---- */

static void always_broken(void *state, const struct http_request *request,
                          struct http_answer *answer)
{
    (void)request;
    answer_text(answer, *(int *)state, "{\"items\":[");
}

/* 60 lists under one key, each of which would like to try three times more. */
static unsigned requests_to_a_sick_server(int status)
{
    static struct shop_task tasks[60];
    static char types[60][16];
    static const struct wgo_limit_rule rules[] = {
        {.match = {"*", 1}, .breaker_failures = 1000000, .start_in_flight = 8}};
    for (int i = 0; i < 60; i++) {
        snprintf(types[i], sizeof(types[i]), "t%d", i);
        tasks[i] = (struct shop_task){"list", types[i], types[i], "sick"};
    }
    rig_init(&rig);
    struct rig_options options = over(always_broken, tasks, 60);
    options.state = &status;
    options.limits = rules;
    options.limit_count = 1;
    rig_start(&rig, &options);
    rig_end(&rig);
    for (int i = 0; i < 60; i++) {
        rig_assert_seen(&rig, types[i], WGO_SEEN_ERROR);
    }
    unsigned requests = http_script_count(rig.http, "/");
    cr_assert_eq(rig.stats.retries, requests - 60);
    rig_free(&rig);
    return requests;
}

Test(answers, a_sick_service_sees_no_more_retries_than_its_budget)
{
    /* 500 tokens, 5 for each retry. */
    cr_assert_eq(requests_to_a_sick_server(500), 160);
    /* Garbage that looks like success pays as well, and earns nothing. */
    cr_assert_eq(requests_to_a_sick_server(200), 160);
}

Test(answers, a_breaker_opens_and_one_probe_closes_it)
{
    static const struct wgo_limit_rule rules[] = {
        {.match = {"*", 1}, .breaker_failures = 3, .breaker_cooldown_ns = 200 * WGO_S}};
    struct wgo_backoff retry = {.max_retries = 5, .base_ns = WGO_MS, .cap_ns = WGO_MS};
    struct rig_options options = over(thrice_broken, one, 1);
    options.limits = rules;
    options.limit_count = 1;
    options.retry = &retry;
    rig_run(&rig, &options);
    rig_assert_seen(&rig, "thing", WGO_SEEN_OK);
    int64_t wait = wgo_mono_sub(http_script_when(rig.http, "/things", 3),
                                http_script_when(rig.http, "/things", 2));
    cr_assert_geq(wait, 200 * WGO_S);
    rig_free(&rig);
}

/* ---- limits ---- */

static void ten_pages(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    answer_next_page(answer, rig_page_of(request), 10);
}

static void run_many(struct rig_options options)
{
    static struct shop_task tasks[20];
    static char types[20][16];
    for (int i = 0; i < 20; i++) {
        snprintf(types[i], sizeof(types[i]), "t%d", i);
        tasks[i] = (struct shop_task){"list", types[i], types[i], "one"};
    }
    options.script = ten_pages;
    options.tasks = tasks;
    options.task_count = 20;
    rig_run(&rig, &options);
    for (int i = 0; i < 20; i++) {
        rig_assert_seen(&rig, types[i], WGO_SEEN_OK);
    }
    cr_assert_eq(http_script_count(rig.http, "/"), 200);
    rig_assert_counts_agree(&rig);
}

Test(answers, no_more_calls_are_out_than_a_key_admits)
{
    static const struct wgo_limit_rule rules[] = {
        {.match = {"shop/*", 6}, .max_in_flight = 2, .start_in_flight = 2}};
    run_many((struct rig_options){.limits = rules, .limit_count = 1});
    cr_assert_leq(http_script_most(rig.http), 2);
    rig_free(&rig);
}

Test(answers, no_more_calls_are_out_than_workers_times_calls)
{
    static const struct wgo_limit_rule rules[] = {{.match = {"*", 1}, .start_in_flight = 100}};
    run_many((struct rig_options){.limits = rules, .limit_count = 1, .workers = 2, .calls = 3});
    cr_assert_leq(http_script_most(rig.http), 6);
    cr_assert_leq(rig.stats.most_in_flight, 6);
    rig_free(&rig);
}

Test(answers, a_rate_is_kept)
{
    static const struct wgo_limit_rule rules[] = {
        {.match = {"*", 1}, .rate_per_s = 2, .burst = 1, .start_in_flight = 100}};
    run_many((struct rig_options){.limits = rules, .limit_count = 1});
    int64_t took =
        wgo_mono_sub(http_script_when(rig.http, "/", 199), http_script_when(rig.http, "/", 0));
    /* The stamps are the server's: the first may come late by what the network takes. */
    cr_assert_geq(took, 90 * WGO_S, "200 calls at two a second took %lld s",
                  (long long)(took / WGO_S));
    rig_free(&rig);
}

/* ---- tokens that expire ---- */

struct expiry {
    unsigned page;     /* where it happens */
    unsigned times;    /* and how often */
    const char *fresh; /* the token in the 410, or nothing */
};

static void expiring(void *state, const struct http_request *request, struct http_answer *answer)
{
    struct expiry *expiry = state;
    struct wgo_str token = http_request_query(request, "token");
    if (wgo_str_is(token, "fresh")) { /* goes on where the old one stood */
        answer_next_page(answer, expiry->page, 6);
    } else if (rig_page_of(request) == expiry->page && expiry->times > 0) {
        expiry->times--;
        answer_text(answer, 410, expiry->fresh ? expiry->fresh : "gone");
    } else {
        answer_next_page(answer, rig_page_of(request), 6);
    }
}

static void run_expiry(struct expiry expiry)
{
    static struct expiry kept;
    kept = expiry;
    struct rig_options options = over(expiring, one, 1);
    options.state = &kept;
    rig_run(&rig, &options);
}

Test(answers, an_expired_token_goes_on_with_the_fresh_one)
{
    run_expiry((struct expiry){.page = 3, .times = 1, .fresh = "{\"fresh\":\"fresh\"}"});
    struct wgo_row row = rig_row(&rig, "thing");
    cr_assert_eq(row.seen, WGO_SEEN_OK);
    cr_assert(row.inconsistent, "pages of two moments");
    cr_assert_eq(row.count, 60);
    cr_assert_eq(rig.basket.count, 60, "no gap and no duplicate");
    cr_assert_eq(basket_ids(&rig.basket), 60);
    cr_assert_eq(http_script_count(rig.http, "/"), 7);
    rig_free(&rig);
}

Test(answers, or_the_list_begins_anew)
{
    run_expiry((struct expiry){.page = 3, .times = 1});
    struct wgo_row row = rig_row(&rig, "thing");
    cr_assert_eq(row.seen, WGO_SEEN_OK);
    cr_assert(row.inconsistent);
    cr_assert_eq(row.count, 60, "what the last round read");
    cr_assert_eq(basket_ids(&rig.basket), 60);
    cr_assert_eq(rig.basket.count, 90, "the first round's three pages came twice, for the merger");
    cr_assert_eq(http_script_count(rig.http, "/"), 3 + 1 + 6);
    rig_free(&rig);
}

/* Page 2 expires; the new round's first page is refused the same way before it is read. */
static void expiring_twice(void *state, const struct http_request *request,
                           struct http_answer *answer)
{
    (void)state;
    bool again = request->nth_target == 1 && rig_page_of(request) == 0;
    if (again || (rig_page_of(request) == 2 && request->nth_target == 0)) {
        answer_text(answer, 410, "gone");
    } else {
        answer_next_page(answer, rig_page_of(request), 4);
    }
}

Test(answers, what_was_inconsistent_once_stays_so)
{
    struct rig_options options = over(expiring_twice, one, 1);
    rig_run(&rig, &options);
    struct wgo_row row = rig_row(&rig, "thing");
    cr_assert_eq(row.seen, WGO_SEEN_OK);
    cr_assert(row.inconsistent);
    cr_assert_eq(row.count, 40);
    rig_free(&rig);
}

Test(answers, a_list_that_begins_anew_before_its_first_page_is_consistent)
{
    run_expiry((struct expiry){.page = 0, .times = 1});
    struct wgo_row row = rig_row(&rig, "thing");
    cr_assert_eq(row.seen, WGO_SEEN_OK);
    cr_assert_not(row.inconsistent);
    cr_assert_eq(row.count, 60);
    rig_free(&rig);
}

Test(answers, a_token_that_always_expires_ends_the_list)
{
    run_expiry((struct expiry){.page = 3, .times = 1000000});
    struct wgo_row row = rig_row(&rig, "thing");
    cr_assert_eq(row.seen, WGO_SEEN_ERROR);
    cr_assert_lt(http_script_count(rig.http, "/"), 40);
    cr_assert_eq(rig.problem.status, WGO_E_EXPIRED);
    cr_assert_not_null(strstr(rig.problem.message, "the page token expired 6 times"), "%s",
                       rig.problem.message);
    rig_free(&rig);
}

/* A fresh token that leads in a circle must not go unnoticed because the count began anew. */
static void fresh_circle(void *state, const struct http_request *request,
                         struct http_answer *answer)
{
    (void)state;
    struct wgo_str token = http_request_query(request, "token");
    if (wgo_str_is(token, "100") && request->nth_target == 0) {
        answer_text(answer, 410, "{\"fresh\":\"x1\"}");
    } else if (token.len > 0 && token.ptr[0] == 'x') {
        answer_page(answer, 1, 1, wgo_str_is(token, "x1") ? "x2" : "x1");
    } else {
        answer_next_page(answer, rig_page_of(request), 1000);
    }
}

Test(answers, a_circle_behind_a_fresh_token_is_met_soon)
{
    struct rig_options options = over(fresh_circle, one, 1);
    rig_run(&rig, &options);
    rig_assert_seen(&rig, "thing", WGO_SEEN_ERROR);
    cr_assert_lt(http_script_count(rig.http, "/things?token=x"), 10);
    rig_free(&rig);
}

/* ---- nobody there ---- */

Test(answers, a_server_that_is_not_there_is_an_error_after_some_tries)
{
    rig_init(&rig);
    struct rig_options options = {.tasks = one, .task_count = 1};
    rig.shop.port = 1; /* nobody listens there */
    rig_start(&rig, &options);
    rig_end(&rig);
    struct wgo_row row = rig_row(&rig, "thing");
    cr_assert_eq(row.seen, WGO_SEEN_ERROR);
    cr_assert_eq(rig.stats.calls, 4);
    cr_assert_eq(rig.problem.status, WGO_E_NETWORK);
    rig_free(&rig);
}
