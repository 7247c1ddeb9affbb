/* Lists and their pages: every page of every list, each once, or a row that says why not. */
#include "rig.h"

#include <criterion/criterion.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

static struct rig rig;

static const struct shop_task one[] = {{.entry = "list", .type = "thing", .list = "things"}};

static struct rig_options over(http_script_fn *script)
{
    return (struct rig_options){.script = script, .tasks = one, .task_count = 1};
}

static void assert_row(const char *type, enum wgo_completeness seen, int64_t count)
{
    struct wgo_row row = rig_row(&rig, type);
    cr_assert_eq(row.seen, seen, "%s: %s: %.*s", type, wgo_completeness_name(row.seen),
                 WGO_FMT(row.error));
    cr_assert_eq(row.count, count, "%s: %lld items", type, (long long)row.count);
}

static bool says(struct wgo_str text, const char *part)
{
    return wgo_str_find(text, wgo_str(part)) < text.len;
}

/* ---- paging ---- */

/* Seven pages; the third and fourth hold nothing and go on all the same. */
static void seven_pages(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    unsigned page = rig_page_of(request);
    char next[16];
    snprintf(next, sizeof(next), "%u", page + 1);
    bool empty = page == 2 || page == 3;
    answer_page(answer, page * 10, empty ? 0 : 10, page < 6 ? next : NULL);
}

Test(pages, every_page_is_read_also_after_empty_ones)
{
    struct rig_options options = over(seven_pages);
    rig_run(&rig, &options);
    assert_row("thing", WGO_SEEN_OK, 50);
    cr_assert_eq(rig.basket.count, 50);
    cr_assert_eq(basket_ids(&rig.basket), 50);
    cr_assert_eq(http_script_count(rig.http, "/"), 7);
    cr_assert_eq(http_script_count(rig.http, "/things?token="), 6);
    cr_assert_eq(rig.stats.calls, 7);
    cr_assert_eq(rig.problems, 0);
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

Test(pages, a_page_that_is_asked_for_alone_is_followed_by_none)
{
    struct rig_options options = over(seven_pages);
    rig_init(&rig);
    rig.shop.alone = "4";
    rig_start(&rig, &options);
    rig_end(&rig);
    assert_row("thing", WGO_SEEN_OK, 10);
    cr_assert_eq(http_script_count(rig.http, "/"), 1);
    cr_assert_eq(http_script_count(rig.http, "/things?token=4"), 1);
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

static void token_forms(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    static const char *const bodies[] = {
        "{\"items\":[{\"id\":\"1\"}],\"next\":17}",
        "{\"items\":[{\"id\":\"2\"}],\"next\":\"a\\u0020b/c\"}",
        "{\"items\":[{\"id\":\"3\"}],\"next\":%s}",
    };
    static const char *const ends[] = {"\"\"", "null", "false", "{}", "[]"};
    struct wgo_str token = http_request_query(request, "token");
    size_t end = 0;
    cr_assert_eq(sscanf(request->path.ptr, "/%zu", &end), 1);
    if (token.len == 0) {
        answer_text(answer, 200, bodies[0]);
    } else if (wgo_str_is(token, "17")) {
        answer_text(answer, 200, bodies[1]);
    } else {
        cr_assert(wgo_str_is(token, "a%20b%2Fc"), "%.*s", WGO_FMT(token));
        wgo_buf_format(&answer->body, "{\"items\":[{\"id\":\"3\"}],\"next\":%s}", ends[end]);
    }
}

Test(pages, tokens_are_text_or_numbers_and_their_ends_have_many_forms)
{
    static const struct shop_task tasks[] = {{"list", "t0", "0", NULL},
                                             {"list", "t1", "1", NULL},
                                             {"list", "t2", "2", NULL},
                                             {"list", "t3", "3", NULL},
                                             {"list", "t4", "4", NULL}};
    struct rig_options options = {.script = token_forms, .tasks = tasks, .task_count = 5};
    rig_run(&rig, &options);
    for (size_t i = 0; i < 5; i++) {
        assert_row(tasks[i].type, WGO_SEEN_OK, 3);
    }
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

static void linked_pages(void *state, const struct http_request *request,
                         struct http_answer *answer)
{
    (void)state;
    if (wgo_str_is(request->target, "/things")) {
        answer_page(answer, 0, 2, "/more?page=2&x=%2F");
    } else {
        cr_assert(wgo_str_is(request->target, "/more?page=2&x=%2F"));
        answer_page(answer, 2, 2, NULL);
    }
}

Test(pages, a_link_is_followed_as_it_is)
{
    static const struct shop_task task = {"linked", "thing", "things", NULL};
    struct rig_options options = {.script = linked_pages, .tasks = &task, .task_count = 1};
    rig_run(&rig, &options);
    assert_row("thing", WGO_SEEN_OK, 4);
    rig_free(&rig);
}

/* ---- tokens that go round ---- */

struct cycle {
    unsigned before, length; /* pages before the cycle, and in it */
};

static void cycling(void *state, const struct http_request *request, struct http_answer *answer)
{
    const struct cycle *cycle = state;
    unsigned page = rig_page_of(request), next = page + 1;
    char token[16];
    if (next >= cycle->before + cycle->length) {
        next = cycle->before;
    }
    snprintf(token, sizeof(token), "%u", next + (next == 0)); /* 0 is the first page's own */
    answer_page(answer, page, 1, token);
}

static void assert_cycle_is_met(unsigned before, unsigned length)
{
    struct cycle cycle = {before, length};
    struct rig_options options = over(cycling);
    options.state = &cycle;
    rig_run(&rig, &options);
    struct wgo_row row = rig_row(&rig, "thing");
    cr_assert_eq(row.seen, WGO_SEEN_ERROR);
    cr_assert(says(row.error, "the server repeats a page token"), "%.*s", WGO_FMT(row.error));
    unsigned most = 4 * (before + length) + 4;
    unsigned requests = http_script_count(rig.http, "/");
    cr_assert_leq(requests, most, "%u requests for %u+%u pages", requests, before, length);
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

Test(pages, a_token_that_repeats_is_an_error_not_a_loop)
{
    assert_cycle_is_met(1, 1); /* A, A */
    assert_cycle_is_met(1, 2); /* A, B, A */
    assert_cycle_is_met(1, 3);
    assert_cycle_is_met(2, 2);
    assert_cycle_is_met(5, 7);
    assert_cycle_is_met(40, 33);
}

struct sparse {
    unsigned pages, each; /* an item on every so many-eth of them */
};

static void sparse_pages(void *state, const struct http_request *request,
                         struct http_answer *answer)
{
    const struct sparse *sparse = state;
    unsigned page = rig_page_of(request);
    char next[16];
    snprintf(next, sizeof(next), "%u", page + 1);
    answer_page(answer, page, page % sparse->each == 0, page + 1 < sparse->pages ? next : NULL);
}

Test(pages, long_lists_are_no_cycles)
{
    struct sparse every = {.pages = 700, .each = 1};
    struct rig_options options = over(sparse_pages);
    options.state = &every;
    rig_run(&rig, &options);
    assert_row("thing", WGO_SEEN_OK, 700);
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

Test(pages, without_items_do_not_go_on_for_ever)
{
    struct sparse sparse = {.pages = 2001, .each = 1000};
    struct rig_options options = over(sparse_pages);
    options.state = &sparse;
    rig_run(&rig, &options);
    assert_row("thing", WGO_SEEN_OK, 3);
    rig_free(&rig);

    sparse.each = 3000; /* tokens that are ever new, and no item after the first */
    rig_run(&rig, &options);
    assert_row("thing", WGO_SEEN_ERROR, 1);
    cr_assert(says(rig_row(&rig, "thing").error, "1000 pages without an item"));
    cr_assert_eq(http_script_count(rig.http, "/"), 1001);
    rig_free(&rig);
}

/* ---- bodies that are no pages ---- */

struct trouble {
    unsigned times;   /* how often the second page goes wrong */
    const char *body; /* what comes instead; NULL = nothing at all */
    size_t cut_after;
    int status;
};

static void troubled(void *state, const struct http_request *request, struct http_answer *answer)
{
    const struct trouble *trouble = state;
    if (rig_page_of(request) == 0) {
        answer_page(answer, 0, 3, "1");
    } else if (request->nth_target < trouble->times) {
        answer_text(answer, trouble->status ? trouble->status : 200,
                    trouble->body ? trouble->body : "");
        answer->cut_after = trouble->cut_after;
    } else {
        answer_page(answer, 3, 3, NULL);
    }
}

static const struct trouble bodies[] = {
    {.body = "{\"items\":[{\"id\":\"4\"},{\"id\":\"5\"}]}", .cut_after = 20}, /* cut short */
    {.body = "{\"items\":[{\"id\":\"4\"}"},     /* whole for HTTP, half a document */
    {.body = "<html>one moment please</html>"}, /* garbage */
    {.body = ""},                               /* nothing where a document is expected */
    {.body = "{\"items\":[]} trailing"},
    {.body = "{\"items\":[{\"id\":\"\xff\"}]}"}, /* not UTF-8 */
    {.body = "oops", .status = 500},
    {.body = "", .status = 502},
};

Test(pages, what_is_no_page_is_asked_for_again)
{
    for (size_t i = 0; i < WGO_COUNT(bodies); i++) {
        struct trouble trouble = bodies[i];
        trouble.times = 3; /* as many as there are retries */
        struct rig_options options = over(troubled);
        options.state = &trouble;
        rig_run(&rig, &options);
        assert_row("thing", WGO_SEEN_OK, 6);
        cr_assert_eq(http_script_count(rig.http, "/things?token="), 4, "body %zu", i);
        cr_assert_eq(rig.stats.retries, 3);
        cr_assert_eq(rig.basket.count, 6, "half a page leaves no records");
        cr_assert_eq(rig.problems, 0);
        rig_assert_counts_agree(&rig);
        rig_free(&rig);
    }
}

Test(pages, and_when_that_does_not_help_it_is_an_error)
{
    for (size_t i = 0; i < WGO_COUNT(bodies); i++) {
        struct trouble trouble = bodies[i];
        trouble.times = 1000;
        struct rig_options options = over(troubled);
        options.state = &trouble;
        rig_run(&rig, &options);
        assert_row("thing", WGO_SEEN_ERROR, 3);
        cr_assert_eq(http_script_count(rig.http, "/things?token="), 4, "body %zu", i);
        cr_assert_eq(rig.problems, 1);
        cr_assert_str_eq(rig.problem.provider, "shop");
        cr_assert_str_eq(rig.problem.operation, "thing");
        rig_assert_counts_agree(&rig);
        rig_free(&rig);
    }
}

Test(pages, retries_are_as_many_as_configured)
{
    struct trouble trouble = {.times = 1000, .body = "", .status = 500};
    struct wgo_backoff never = {.max_retries = 0, .base_ns = WGO_S, .cap_ns = WGO_S};
    struct rig_options options = over(troubled);
    options.state = &trouble;
    options.retry = &never;
    rig_run(&rig, &options);
    assert_row("thing", WGO_SEEN_ERROR, 3);
    cr_assert_eq(http_script_count(rig.http, "/things?token="), 1);
    cr_assert_eq(rig.stats.retries, 0);
    rig_free(&rig);
}

/* ---- items ---- */

static void odd_items(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    (void)request;
    answer_text(answer, 200,
                "{\"items\":[{\"id\":\"1\",\"secret\":\"s3cret\"},{\"id\":2},{\"name\":\"x\"},"
                "{\"id\":\"4\"}]}");
}

Test(pages, an_item_that_cannot_be_named_ends_its_list_with_an_error)
{
    struct rig_options options = over(odd_items);
    rig_run(&rig, &options);
    struct wgo_row row = rig_row(&rig, "thing");
    cr_assert_eq(row.seen, WGO_SEEN_ERROR);
    cr_assert(says(row.error, "an item without id"), "%.*s", WGO_FMT(row.error));
    cr_assert_eq(row.count, 2, "what came before is kept and counted");
    cr_assert_eq(http_script_count(rig.http, "/"), 1, "asking again would bring the same");
    cr_assert_eq(basket_count(&rig.basket, "shop://-/2", ""), 1);
    for (size_t i = 0; i < rig.basket.count; i++) {
        cr_assert_null(strstr(rig.basket.records[i].configuration, "s3cret"));
    }
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

/* ---- children and parts ---- */

static void family(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    if (wgo_str_starts(request->path, WGO_STR("/parents"))) {
        answer_page(answer, 100, 20, NULL);
    } else if (wgo_str_starts(request->path, WGO_STR("/details/119"))) {
        answer_text(answer, 403, "{\"message\":\"not this one\"}");
    } else if (wgo_str_starts(request->path, WGO_STR("/details/"))) {
        answer_text(answer, 200, "{\"colour\":\"green\"}");
    } else {
        unsigned parent = 0;
        cr_assert_eq(sscanf(request->path.ptr, "/children/%u", &parent), 1);
        answer_page(answer, parent * 10, 2, NULL);
    }
}

Test(pages, children_list_and_enrich)
{
    static const struct shop_task task = {"parents", "parent", "parents", "acme"};
    struct rig_options options = {.script = family, .tasks = &task, .task_count = 1};
    rig_run(&rig, &options);
    cr_assert_eq(basket_count(&rig.basket, "", "details"), 19);
    cr_assert_eq(basket_count(&rig.basket, "", ""), 20 + 20 * 2);
    cr_assert_eq(basket_count(&rig.basket, "shop://acme/105", ""), 1);
    cr_assert_eq(basket_count(&rig.basket, "shop://acme/105", "details"), 1);
    cr_assert_eq(basket_count(&rig.basket, "shop://acme/1051", ""), 1);
    /* The calls of one type in one place share a row, and the refused one shows in it. */
    struct wgo_row row = rig_row(&rig, "parent");
    cr_assert_eq(row.seen, WGO_SEEN_DENIED);
    cr_assert_eq(row.count, 60);
    cr_assert(says(row.error, "not this one"));
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

/* ---- several lists ---- */

static void mixed(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    if (wgo_str_is(request->path, "/denied")) {
        answer_text(answer, 403, "{\"message\":\"you may not\"}");
    } else if (wgo_str_is(request->path, "/none")) {
        answer_text(answer, 404, "nothing here");
    } else if (wgo_str_is(request->path, "/broken")) {
        answer_text(answer, 400, "what?");
    } else {
        answer_page(answer, 0, 5, NULL);
    }
}

Test(pages, one_denied_type_does_not_hurt_the_others)
{
    static const struct shop_task tasks[] = {{"list", "a", "a", "1"},
                                             {"list", "denied", "denied", "2"},
                                             {"list", "none", "none", "3"},
                                             {"list", "broken", "broken", "4"},
                                             {"list", "b", "b", "5"}};
    struct rig_options options = {.script = mixed, .tasks = tasks, .task_count = 5};
    rig_run(&rig, &options);
    assert_row("a", WGO_SEEN_OK, 5);
    assert_row("b", WGO_SEEN_OK, 5);
    assert_row("denied", WGO_SEEN_DENIED, 0);
    assert_row("none", WGO_SEEN_OK, 0);
    assert_row("broken", WGO_SEEN_ERROR, 0);
    cr_assert_eq(rig.problems, 2);
    cr_assert_eq(rig.stats.retries, 0, "what is final is not asked again");
    cr_assert_not(wgo_rows_complete(rig.rows));
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

Test(pages, a_plan_without_tasks_ends_at_once)
{
    struct rig_options options = {.script = mixed};
    rig_run(&rig, &options);
    cr_assert_eq(rig_rows(&rig), 0);
    cr_assert_eq(rig.stats.calls, 0);
    rig_free(&rig);
}

Test(pages, a_plan_that_fails_is_told_and_what_it_planned_is_read)
{
    rig_init(&rig);
    rig.shop.plan_status = WGO_E_CONFIG;
    struct rig_options options = over(seven_pages);
    rig_start(&rig, &options);
    rig_end(&rig);
    assert_row("thing", WGO_SEEN_OK, 50);
    assert_row("", WGO_SEEN_ERROR, 0);
    cr_assert_eq(rig.problems, 1);
    cr_assert_eq(rig.problem.status, WGO_E_CONFIG);
    rig_free(&rig);
}

Test(pages, an_unknown_entry_is_a_mistake_of_the_plan)
{
    static const struct shop_task task = {"missing", "thing", "things", NULL};
    struct rig_options options = {.script = mixed, .tasks = &task, .task_count = 1};
    rig_run(&rig, &options);
    struct wgo_row row = rig_row(&rig, "");
    cr_assert_eq(row.seen, WGO_SEEN_ERROR);
    cr_assert(says(row.error, "no catalog entry \"missing\""));
    rig_free(&rig);
}

/* ---- decoders ---- */

static enum wgo_status decoder(struct shop *shop, struct wgo_str name, const struct wgo_page *page,
                               struct wgo_emitter *emitter, struct wgo_error *err)
{
    int *heard = shop->state;
    cr_assert(wgo_str_is(name, "decoded") || name.len == 0);
    if (page->fallback && page->verdict->kind == WGO_VERDICT_FALLBACK) {
        struct wgo_task task = {.entry = WGO_STR("list"), .type = WGO_STR("other"), .priority = 1};
        wgo_task_set(&task, WGO_STR("list"), WGO_STR("other"));
        return emitter->task(emitter, &task, err);
    }
    if (page->fallback) {
        *heard = *heard + 1;
        cr_assert_eq(page->verdict->status, WGO_E_DENIED);
        return WGO_OK;
    }
    return emitter->items(emitter, page->document, err);
}

static void another_way(void *state, const struct http_request *request, struct http_answer *answer)
{
    if (wgo_str_is(request->path, "/teapot")) {
        answer_text(answer, 418, "try elsewhere");
    } else if (wgo_str_is(request->path, "/denied")) {
        answer_text(answer, 403, "{\"message\":\"no\"}");
    } else {
        seven_pages(state, request, answer);
    }
}

Test(pages, a_decoder_reads_pages_finds_other_ways_and_hears_of_failures)
{
    static const struct shop_task tasks[] = {{"decoded", "decoded", "things", NULL},
                                             {"list", "teapot", "teapot", NULL},
                                             {"counted", "denied", "denied", NULL},
                                             {"decoded", "unheard", "denied", NULL}};
    int heard = 0;
    rig_init(&rig);
    rig.shop.on_decode = decoder;
    rig.shop.state = &heard;
    struct rig_options options = {.script = another_way, .tasks = tasks, .task_count = 4};
    rig_start(&rig, &options);
    rig_end(&rig);
    assert_row("decoded", WGO_SEEN_OK, 50);
    assert_row("teapot", WGO_SEEN_OK, 0);
    assert_row("other", WGO_SEEN_OK, 50);
    assert_row("denied", WGO_SEEN_DENIED, 0);
    assert_row("unheard", WGO_SEEN_DENIED, 0);
    cr_assert_eq(heard, 1);
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}

static enum wgo_status silent_failure(struct shop *shop, struct wgo_str name,
                                      const struct wgo_page *page, struct wgo_emitter *emitter,
                                      struct wgo_error *err)
{
    (void)shop;
    (void)name;
    (void)page;
    (void)emitter;
    (void)err;
    return WGO_E_UNSUPPORTED;
}

Test(pages, a_decoder_that_fails_without_a_word_is_no_success)
{
    static const struct shop_task task = {"decoded", "thing", "things", NULL};
    rig_init(&rig);
    rig.shop.on_decode = silent_failure;
    struct rig_options options = {.script = seven_pages, .tasks = &task, .task_count = 1};
    rig_start(&rig, &options);
    rig_end(&rig);
    assert_row("thing", WGO_SEEN_ERROR, 0);
    cr_assert_eq(rig.problem.status, WGO_E_UNSUPPORTED);
    rig_free(&rig);
}

/* ---- large pages ---- */

static void large(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)request;
    unsigned items = *(unsigned *)state;
    char pad[1001];
    memset(pad, 'x', sizeof(pad) - 1);
    pad[sizeof(pad) - 1] = '\0';
    wgo_buf_cstr(&answer->body, "{\"items\":[");
    for (unsigned i = 0; i < items; i++) {
        wgo_buf_format(&answer->body, "%s{\"id\":\"%u\",\"pad\":\"%s\"}", i ? "," : "", i, pad);
    }
    wgo_buf_cstr(&answer->body, "]}");
}

Test(pages, a_server_that_ignores_the_limit_is_read_all_the_same)
{
    unsigned items = 18000; /* more than what is kept in memory */
    struct rig_options options = over(large);
    options.state = &items;
    rig_run(&rig, &options);
    assert_row("thing", WGO_SEEN_OK, 18000);
    cr_assert_eq(basket_ids(&rig.basket), 18000);
    cr_assert_gt(rig.stats.body_bytes, 17 << 20);
    rig_free(&rig);
}

Test(pages, a_small_memory_budget_slows_down_and_stops_nothing)
{
    unsigned items = 50;
    struct shop_task tasks[40];
    char types[40][16];
    for (int i = 0; i < 40; i++) {
        snprintf(types[i], sizeof(types[i]), "t%d", i);
        tasks[i] = (struct shop_task){"list", types[i], types[i], types[i]};
    }
    struct rig_options options = {
        .script = large, .state = &items, .tasks = tasks, .task_count = 40, .budget = 100000};
    rig_run(&rig, &options);
    for (int i = 0; i < 40; i++) {
        assert_row(types[i], WGO_SEEN_OK, 50);
    }
    cr_assert_lt(http_script_most(rig.http), 8, "bodies of 50 KB and 100 KB of memory");
    rig_assert_counts_agree(&rig);
    rig_free(&rig);
}
