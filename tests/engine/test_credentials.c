/* Credentials that end while a run is under way. */
#include "rig.h"

#include <criterion/criterion.h>
#include <stdio.h>

static struct rig rig;

static const struct shop_task one[] = {{"list", "thing", "things", NULL}};

/* What the till must say. The first calls with an old number wait for each other. */
struct till {
    const char *wanted;
    unsigned old_calls; /* that are held until all are there */
};

static void guarded(void *state, const struct http_request *request, struct http_answer *answer)
{
    const struct till *till = state;
    struct wgo_str said = http_request_header(request, "authorization");
    if (wgo_str_is(said, till->wanted)) {
        answer_next_page(answer, rig_page_of(request), 3);
    } else {
        answer_text(answer, 401, "{\"message\":\"who are you?\"}");
        answer->hold = till->old_calls > 0;
    }
}

static struct shop_task many[30];
static char many_types[30][16];

static struct rig_options guarded_lists(struct till *till)
{
    for (int i = 0; i < 30; i++) {
        snprintf(many_types[i], sizeof(many_types[i]), "t%d", i);
        many[i] = (struct shop_task){"list", many_types[i], many_types[i], "acme"};
    }
    static const struct wgo_limit_rule rules[] = {{.match = {"*", 1}, .start_in_flight = 8}};
    struct rig_options options = {.script = guarded, .tasks = many, .task_count = 30};
    options.state = till;
    options.limits = rules;
    options.limit_count = 1;
    return options;
}

Test(credentials, credentials_are_renewed_once_for_all_calls)
{
    struct till till = {.wanted = "2", .old_calls = 8};
    rig_init(&rig);
    rig.shop.has_credentials = true;
    struct rig_options options = guarded_lists(&till);
    rig_start(&rig, &options);
    http_script_wait_held(rig.http, till.old_calls);
    http_script_release(
        rig.http); /* eight answers of the old till, some before and some after the renewal */
    rig_end(&rig);
    for (int i = 0; i < 30; i++) {
        rig_assert_seen(&rig, many_types[i], WGO_SEEN_OK);
    }
    cr_assert_eq(rig.shop.refreshes, 2,
                 "%d: one before the first call, one for all that were refused",
                 rig.shop.refreshes);
    cr_assert_eq(rig.problems, 0);
    unsigned requests = http_script_count(rig.http, "/");
    cr_assert(requests >= 8 + 30 * 3 && requests <= 2 * 30 + 30 * 3, "%u requests", requests);
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

Test(credentials, while_they_are_renewed_their_calls_wait)
{
    struct till till = {.wanted = "1"};
    rig_init(&rig);
    rig.shop.has_credentials = rig.shop.hold_refresh = true;
    struct rig_options options = guarded_lists(&till);
    rig_start(&rig, &options);
    shop_wait_held(&rig.shop);
    cr_assert_eq(http_script_count(rig.http, "/"), 0);
    shop_release(&rig.shop);
    rig_end(&rig);
    for (int i = 0; i < 30; i++) {
        rig_assert_seen(&rig, many_types[i], WGO_SEEN_OK);
    }
    cr_assert_eq(rig.shop.refreshes, 1);
    rig_free(&rig);
}

Test(credentials, a_renewal_that_fails_fails_its_calls_and_is_not_repeated_for_each)
{
    struct till till = {.wanted = "1"};
    struct wgo_clock still;
    wgo_clock_init_manual(&still, (struct wgo_wall){0});
    rig_init(&rig);
    rig.shop.has_credentials = true;
    rig.shop.refresh_status = WGO_E_AUTH;
    struct rig_options options = guarded_lists(&till);
    options.clock = &still;
    rig_start(&rig, &options);
    rig_end(&rig);
    for (int i = 0; i < 30; i++) {
        rig_assert_seen(&rig, many_types[i], WGO_SEEN_DENIED);
    }
    cr_assert_eq(rig.shop.refreshes, 1);
    cr_assert_eq(http_script_count(rig.http, "/"), 0);
    cr_assert_eq(rig.problem.status, WGO_E_AUTH);
    cr_assert_not_null(strstr(rig.problem.message, "the till is stuck"));
    rig_free(&rig);
}

Test(credentials, credentials_that_are_refused_when_new_are_wrong)
{
    struct till till = {.wanted = "never"};
    rig_init(&rig);
    rig.shop.has_credentials = true;
    struct rig_options options = guarded_lists(&till);
    options.task_count = 1;
    rig_start(&rig, &options);
    rig_end(&rig);
    rig_assert_seen(&rig, "t0", WGO_SEEN_DENIED);
    cr_assert_eq(rig.problem.status, WGO_E_AUTH);
    cr_assert_eq(rig.problem.http_status, 401);
    cr_assert_eq(http_script_count(rig.http, "/"), 2, "asked once, and once with new ones");
    rig_free(&rig);
}

/* The till changes with every second page. */
static void changing_till(void *state, const struct http_request *request,
                          struct http_answer *answer)
{
    (void)state;
    unsigned page = rig_page_of(request);
    uint64_t said = 0;
    cr_assert(wgo_str_to_u64(http_request_header(request, "authorization"), &said));
    if (said < page / 2 + 1) {
        answer_text(answer, 401, "expired");
    } else {
        answer_next_page(answer, page, 12);
    }
}

Test(credentials, a_long_list_outlives_its_credentials)
{
    rig_init(&rig);
    rig.shop.has_credentials = true;
    struct rig_options options = {.script = changing_till, .tasks = one, .task_count = 1};
    rig_start(&rig, &options);
    rig_end(&rig);
    rig_assert_seen(&rig, "thing", WGO_SEEN_OK);
    cr_assert_eq(rig.shop.refreshes, 6);
    cr_assert_eq(basket_ids(&rig.basket), 120);
    rig_free(&rig);
}

static void ten_pages(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    answer_next_page(answer, rig_page_of(request), 10);
}

Test(credentials, credentials_that_are_always_stale_do_not_go_round_for_ever)
{
    rig_init(&rig);
    rig.shop.has_credentials = rig.shop.always_stale = true;
    struct rig_options options = {.script = ten_pages, .tasks = one, .task_count = 1};
    rig_start(&rig, &options);
    rig_end(&rig);
    rig_assert_seen(&rig, "thing", WGO_SEEN_OK);
    cr_assert_eq(rig.shop.refreshes, 10, "one for each page");
    rig_free(&rig);
}
