/* Long lists that are read in several at once: what is asked for, and what is left of a page. */
#include "fake.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define RESOURCE(plural, kind, scope)                                                              \
    "{\"resource\":\"" plural "\",\"responseKind\":{\"kind\":\"" kind "\"},\"scope\":\"" scope     \
    "\",\"verbs\":[\"list\"]}"
#define DISCOVERY                                                                                  \
    "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{\"name\":\"\"},\"versions\":["  \
    "{\"version\":\"v1\",\"resources\":[" RESOURCE("pods", "Pod", "Namespaced") "," RESOURCE(      \
        "secrets", "Secret", "Namespaced") "," RESOURCE("nodes", "Node", "Cluster") "]}]}]}"
#define NO_GROUPS "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[]}"
#define PAGE(left, items)                                                                          \
    "{\"metadata\":{\"resourceVersion\":\"77\",\"continue\":\"bmV4dA\","                           \
    "\"remainingItemCount\":" left "},\"items\":[" items "]}"
#define POD(space, name) "{\"metadata\":{\"name\":\"" name "\",\"namespace\":\"" space "\"}}"
#define SPACE(name) "{\"metadata\":{\"name\":\"" name "\"}}"

static struct fake fake;

static void answer(const struct wgo_task *task, int status, const char *body, enum wgo_status want)
{
    struct wgo_verdict verdict;
    enum wgo_status got = fake_answer(&fake, task, status, body, false, &verdict);
    cr_assert_eq(got, want, "%d: %s", (int)got, fake.error.message);
}

/* The first task of that entry which is not spoken of yet. */
static const struct wgo_task *next(const char *entry, size_t *at)
{
    return fake_task(&fake, entry, at);
}

static const struct wgo_task *list_of(const char *entry, const char *plural)
{
    size_t at = 0;
    const struct wgo_task *task;
    while ((task = next(entry, &at)) != NULL && strcmp(fake_var(task, "plural"), plural) != 0) {
    }
    cr_assert_not_null(task, "no list of %s", plural);
    return task;
}

static void setup(void)
{
    fake_init(&fake);
    cr_assert_eq(fake_open(&fake, fake_kubeconfig(), NULL), WGO_OK, "%s", fake.error.message);
    cr_assert_eq(wgo_kubernetes_collector.plan(fake.self, &fake.emitter, &fake.error), WGO_OK);
    answer(fake.tasks[0], 200, "{\"metadata\":{\"uid\":\"u\"}}", WGO_OK);
    answer(fake.tasks[1], 200, DISCOVERY, WGO_OK);
    answer(fake.tasks[2], 200, NO_GROUPS, WGO_OK);
}

static void teardown(void)
{
    fake_fini(&fake);
}

TestSuite(split, .init = setup, .fini = teardown);

/* Answers the first page of pods; the question for namespaces that comes of it, or NULL. */
static const struct wgo_task *split(const char *page)
{
    size_t at = 0;
    answer(list_of("list", "pods"), 200, page, WGO_OK);
    return next("spaces", &at);
}

static const struct wgo_task *split_well(void)
{
    const struct wgo_task *spaces = split(PAGE("9000", POD("a", "x") "," POD("b", "x")));
    cr_assert_not_null(spaces);
    return spaces;
}

/* The lists that came of the namespaces, all behind 'first'. */
static size_t lists_after(size_t first, const struct wgo_task *out[8])
{
    size_t count = 0;
    for (size_t i = first; i < fake.task_count; i++) {
        cr_assert(wgo_str_is(fake.tasks[i]->entry, "list"));
        cr_assert(wgo_str_is(fake.tasks[i]->type, "kubernetes_pod"));
        cr_assert_lt(count, 8);
        out[count++] = fake.tasks[i];
    }
    return count;
}

static void assert_whole(const struct wgo_task *task)
{
    cr_assert(wgo_str_is(task->token, "bmV4dA"));
    cr_assert_str_eq(fake_var(task, "until"), "");
    cr_assert_str_eq(fake_var(task, "in_namespace"), "");
    cr_assert_str_eq(fake_var(task, "at"), "");
}

/* ---- the first page ---- */

Test(split, a_long_list_asks_for_namespaces_and_reads_its_page)
{
    const struct wgo_task *spaces = split_well();
    cr_assert(wgo_str_is(spaces->type, "kubernetes_pod"), "its row is the list's");
    cr_assert(spaces->alone);
    cr_assert_str_eq(fake_var(spaces, "until"), "b");
    cr_assert_str_eq(fake_var(spaces, "at"), "77");
    cr_assert_eq(fake.last_calls, 1, "no page follows this one");
    cr_assert_eq(fake.items_calls, 1);
    cr_holds(fake.items, "\"namespace\":\"a\"");
}

Test(split, what_goes_on_as_it_is)
{
    static const char *const pages[] = {
        PAGE("1999", POD("a", "x") "," POD("b", "x")),
        "{\"metadata\":{\"resourceVersion\":\"77\",\"continue\":\"t\"},\"items\":[" POD("a",
                                                                                        "x") "]}",
        "{\"metadata\":{\"continue\":\"t\",\"remainingItemCount\":9000},\"items\":[" POD("a",
                                                                                         "x") "]}",
        PAGE("9000", POD("b", "x") "," POD("a", "x")),    /* not sorted */
        PAGE("9000", POD("a", "x") "," POD("a-b", "x")),  /* nor as keys are */
        PAGE("9000", POD("a", "x") ",{\"metadata\":{}}"), /* not all in namespaces */
        PAGE("9000", ""),
    };
    for (size_t i = 0; i < WGO_COUNT(pages); i++) {
        cr_assert_null(split(pages[i]), "%s", pages[i]);
        cr_assert_eq(fake.last_calls, 0);
        cr_assert_eq(fake.items_calls, i + 1);
    }
}

Test(split, what_lives_in_no_namespace)
{
    size_t at = 0;
    answer(list_of("nodes", "nodes"), 200, PAGE("9000", POD("a", "x")), WGO_OK);
    cr_assert_null(next("spaces", &at));
}

Test(split, a_page_that_is_no_json)
{
    answer(list_of("list", "pods"), 200,
           "{\"metadata\":{\"continue\":\"t\",\"remainingItemCount\":9000},\"items\":[",
           WGO_E_PARSE);
    cr_assert_eq(fake.items_calls, 0);
}

/* ---- the namespaces ---- */

Test(split, namespaces_that_were_not_reached_are_read_by_themselves)
{
    const struct wgo_task *lists[8], *spaces = split_well();
    size_t before = fake.task_count;
    answer(spaces, 200,
           "{\"items\":[" SPACE("a") "," SPACE("b") "," SPACE("b-2") "," SPACE("b0") "," SPACE(
               "c") "]}",
           WGO_OK);
    cr_assert_eq(lists_after(before, lists), 3);
    cr_assert(wgo_str_is(lists[0]->token, "bmV4dA"), "the list itself goes on");
    cr_assert_eq(lists[0]->page, 1);
    cr_assert_str_eq(fake_var(lists[0], "until"), "b");
    cr_assert_str_eq(fake_var(lists[0], "at"), "", "a token says which moment it is of");
    cr_assert_str_eq(fake_var(lists[1], "in_namespace"), "b0", "b-2 stands before b in the store");
    cr_assert_str_eq(fake_var(lists[1], "in"), "namespaces/");
    cr_assert_str_eq(fake_var(lists[1], "at"), "77");
    cr_assert_str_eq(fake_var(lists[1], "match"), "Exact");
    cr_assert_str_eq(fake_var(lists[1], "cluster"), fake_var(list_of("list", "pods"), "cluster"));
    cr_assert_eq(lists[1]->token.len, 0);
    cr_assert(!lists[1]->alone);
    cr_assert_str_eq(fake_var(lists[2], "in_namespace"), "c");
}

Test(split, secrets_stay_secrets)
{
    size_t at = 0;
    answer(list_of("secrets", "secrets"), 200, PAGE("9000", POD("a", "x")), WGO_OK);
    size_t before = fake.task_count;
    const struct wgo_task *spaces = next("spaces", &at);
    cr_assert_not_null(spaces);
    answer(spaces, 200, "{\"items\":[" SPACE("c") "]}", WGO_OK);
    cr_assert_eq(fake.task_count, before + 2);
    for (size_t i = before; i < fake.task_count; i++) {
        cr_assert(wgo_str_is(fake.tasks[i]->entry, "secrets"));
        cr_assert(wgo_str_is(fake.tasks[i]->type, "kubernetes_secret"));
    }
}

Test(split, where_namespaces_do_not_help_the_list_goes_on)
{
    static const struct {
        int status;
        const char *body;
    } answers[] = {
        {403, "{\"message\":\"namespaces is forbidden\"}"},
        {200, "{\"items\":[" SPACE("a") "," SPACE("b") "]}"}, /* none is left */
        {200, "{\"metadata\":{\"continue\":\"t\"},\"items\":[" SPACE("c") "]}"},
        {200, "no JSON"},
        {200, "{}"},
    };
    for (size_t i = 0; i < WGO_COUNT(answers); i++) {
        const struct wgo_task *lists[8], *spaces = split_well();
        size_t before = fake.task_count;
        answer(spaces, answers[i].status, answers[i].body, WGO_OK);
        cr_assert_eq(lists_after(before, lists), 1, "%s", answers[i].body);
        assert_whole(lists[0]);
        teardown();
        setup();
    }
}

Test(split, too_many_namespaces)
{
    struct wgo_buf body = {0};
    const struct wgo_task *lists[8];
    const struct wgo_task *spaces = split(PAGE("2000", POD("a", "x"))); /* four pages */
    cr_assert_not_null(spaces);
    wgo_buf_cstr(&body, "{\"items\":[");
    for (int i = 0; i < 17; i++) {
        wgo_buf_format(&body, "%s{\"metadata\":{\"name\":\"n%d\"}}", i ? "," : "", i);
    }
    wgo_buf_cstr(&body, "]}");
    size_t before = fake.task_count;
    answer(spaces, 200, wgo_buf_terminated(&body), WGO_OK);
    wgo_buf_fini(&body);
    cr_assert_eq(lists_after(before, lists), 1, "seventeen lists for four pages");
    assert_whole(lists[0]);
}

Test(split, a_server_that_fails_at_namespaces)
{
    struct wgo_verdict verdict;
    const struct wgo_task *lists[8], *spaces = split_well();
    size_t before = fake.task_count;
    cr_assert_eq(fake_answer(&fake, spaces, 500, "", true, &verdict), WGO_E_SKIPPED,
                 "it was told of in other words");
    cr_assert_eq(lists_after(before, lists), 1);
    assert_whole(lists[0]);
}

/* ---- where the list itself ends ---- */

static const struct wgo_task *going_on(void)
{
    const struct wgo_task *spaces = split_well();
    size_t before = fake.task_count;
    answer(spaces, 200, "{\"items\":[" SPACE("b0") "," SPACE("c") "]}", WGO_OK);
    fake.last_calls = fake.items_calls = 0;
    return fake.tasks[before];
}

Test(split, it_ends_with_its_namespace)
{
    const struct wgo_task *list = going_on();
    answer(list, 200, PAGE("8000", POD("a", "z") "," POD("b", "y")), WGO_OK);
    cr_assert_eq(fake.last_calls, 0, "it has more of b, perhaps");
    answer(list, 200, PAGE("7500", POD("b", "z") "," POD("b0", "x") "," POD("c", "x")), WGO_OK);
    cr_assert_eq(fake.last_calls, 1);
    cr_assert_str_eq(fake.items,
                     "{\"metadata\":{\"continue\":\"bmV4dA\"},\"items\":[" POD("b", "z") "]}");
    answer(list, 200, PAGE("7500", POD("c", "x")), WGO_OK);
    cr_assert_eq(fake.last_calls, 2);
    cr_assert_str_eq(fake.items, "{\"metadata\":{\"continue\":\"bmV4dA\"},\"items\":[]}");
    answer(list, 200, "{\"metadata\":{},\"items\":[]}", WGO_OK);
    cr_assert_eq(fake.last_calls, 2);
    cr_assert_eq(fake.items_calls, 4);
}

Test(split, a_page_that_is_not_sorted_is_read_as_a_whole_and_what_follows_it)
{
    const struct wgo_task *list = going_on();
    answer(list, 200, PAGE("8000", POD("c", "z") "," POD("b", "y") "," POD("c", "y")), WGO_OK);
    cr_assert_eq(fake.last_calls, 0);
    cr_holds(fake.items, "\"name\":\"z\"");
}

Test(split, one_that_begins_anew_has_its_first_page_behind_it)
{
    struct wgo_task again = *going_on();
    again.restarts = 1;
    answer(&again, 200, PAGE("8500", POD("a", "x") "," POD("b", "w") "," POD("b", "x")), WGO_OK);
    cr_assert_eq(fake.last_calls, 0);
    cr_assert_str_eq(fake.items, "{\"metadata\":{\"continue\":\"bmV4dA\"},\"items\":[]}");
    answer(&again, 200, PAGE("8000", POD("b", "x") "," POD("b", "y") "," POD("b0", "x")), WGO_OK);
    cr_assert_eq(fake.last_calls, 1);
    cr_assert_str_eq(fake.items,
                     "{\"metadata\":{\"continue\":\"bmV4dA\"},\"items\":[" POD("b", "y") "]}");
}

/* ---- moments that the server has forgotten ---- */

Test(split, a_namespace_of_a_forgotten_moment_is_read_as_it_is_now)
{
    const struct wgo_task *lists[8], *spaces = split_well();
    size_t before = fake.task_count;
    answer(spaces, 200, "{\"items\":[" SPACE("c") "]}", WGO_OK);
    cr_assert_eq(lists_after(before, lists), 2);
    before = fake.task_count;
    answer(lists[1], 410, "gone", WGO_OK);
    cr_assert_eq(lists_after(before, lists), 1);
    cr_assert_str_eq(fake_var(lists[0], "in_namespace"), "c");
    cr_assert_str_eq(fake_var(lists[0], "at"), "");
    cr_assert(lists[0]->inconsistent);
}
