/* What a scan asks that knows an earlier one: versions of all objects, and what they lead to. */
#include "fake.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define RESOURCE(plural, kind, scope, verbs)                                                       \
    "{\"resource\":\"" plural "\",\"responseKind\":{\"kind\":\"" kind "\"},\"scope\":\"" scope     \
    "\",\"verbs\":[" verbs "]}"
#define WATCHED "\"get\",\"list\",\"watch\""
#define GROUP(name, version, resources)                                                            \
    "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{\"name\":\"" name               \
    "\"},\"versions\":[{\"version\":\"" version "\",\"resources\":[" resources "]}]}]}"
#define CORE                                                                                       \
    GROUP("", "v1",                                                                                \
          RESOURCE("pods", "Pod", "Namespaced", WATCHED) "," RESOURCE(                             \
              "secrets", "Secret", "Namespaced",                                                   \
              WATCHED) "," RESOURCE("nodes", "Node", "Cluster",                                    \
                                    WATCHED) "," RESOURCE("bindings", "Binding", "Namespaced",     \
                                                          "\"list\""))
#define CARTS(version)                                                                             \
    GROUP("shop.example.test", version, RESOURCE("carts", "Cart", "Namespaced", WATCHED))

#define LIST(metadata, items)                                                                      \
    "{\"kind\":\"PartialObjectMetadataList\",\"apiVersion\":\"meta.k8s.io/v1\",\"metadata\":"      \
    "{" metadata "},\"items\":[" items "]}"
#define AT "\"resourceVersion\":\"90\""
#define OBJECT(ns, name, version)                                                                  \
    "{\"kind\":\"PartialObjectMetadata\",\"metadata\":{\"name\":\"" name "\",\"namespace\":\"" ns  \
    "\",\"resourceVersion\":\"" version "\"}}"
#define NODE(name, version)                                                                        \
    "{\"metadata\":{\"name\":\"" name "\",\"resourceVersion\":\"" version "\"}}"

static struct fake fake;

static const struct wgo_task *task_of(const char *plural)
{
    for (size_t i = fake.task_count; i-- > 0;) {
        if (fake.tasks[i]->type.len > 0 && strcmp(fake_var(fake.tasks[i], "plural"), plural) == 0) {
            return fake.tasks[i];
        }
    }
    return NULL;
}

static const char *entry_of(const char *plural)
{
    const struct wgo_task *task = task_of(plural);
    cr_assert_not_null(task, "%s", plural);
    return task->entry.ptr;
}

static enum wgo_verdict_kind answer(const struct wgo_task *task, int status, const char *body)
{
    struct wgo_verdict verdict;
    enum wgo_status result = fake_answer(&fake, task, status, body, false, &verdict);
    cr_assert_eq(result, WGO_OK, "%s", fake.error.message);
    return verdict.kind;
}

/* What the server says of its schemas. */
static struct {
    int status;
    const char *body;
    bool fails;
} schemas = {404, "{}", false};

/* Begins a scan that knows of one at 'since'; what is in the cache stays. */
static void begin(int64_t since, const char *core, const char *custom)
{
    fake_close(&fake);
    fake.since = since;
    cr_assert_eq(fake_open(&fake, fake_kubeconfig(), NULL), WGO_OK, "%s", fake.error.message);
    cr_assert_eq(wgo_kubernetes_collector.plan(fake.self, &fake.emitter, &fake.error), WGO_OK);
    answer(fake.tasks[0], 200, "{\"metadata\":{\"uid\":\"u\"}}");
    answer(fake.tasks[1], 200, core);
    answer(fake.tasks[2], 200, custom);
    if (fake.begun > 0) { /* what it finds is kept */
        cr_assert(wgo_str_is(fake.tasks[3]->entry, "schemas"));
        cr_assert_eq(fake.task_count, 4, "no list before the schemas are known");
        struct wgo_verdict verdict;
        enum wgo_status status =
            fake_answer(&fake, fake.tasks[3], schemas.status, schemas.body, true, &verdict);
        cr_assert_eq(status, schemas.fails ? WGO_E_SKIPPED : WGO_OK);
    }
}

static int64_t now(void)
{
    return wgo_clock_wall(&fake.clock).ns;
}

static void setup(void)
{
    fake_init(&fake);
    begin(0, CORE, CARTS("v1"));
}

static void teardown(void)
{
    fake_fini(&fake);
}

TestSuite(changes, .init = setup, .fini = teardown);

/* ---- whether ---- */

Test(changes, without_a_base_lists_are_whole)
{
    cr_assert_str_eq(entry_of("pods"), "list");
    cr_assert_str_eq(entry_of("secrets"), "secrets");
    cr_assert_eq(fake_count_tasks(&fake, "changes"), 0);
}

Test(changes, with_one_versions_are_asked_for)
{
    begin(now(), CORE, CARTS("v1"));
    cr_assert_str_eq(entry_of("pods"), "changes");
    cr_assert_str_eq(entry_of("secrets"), "changes");
    cr_assert_str_eq(entry_of("nodes"), "changes");
    cr_assert_str_eq(entry_of("carts"), "changes");
    cr_assert_str_eq(entry_of("bindings"), "others", "whose objects cannot be watched");
    cr_assert(wgo_str_is(task_of("pods")->type, "kubernetes_pod"), "the row is the list's");
}

Test(changes, another_version_of_an_api_shows_other_objects)
{
    int64_t base = now();
    wgo_clock_advance(&fake.clock, WGO_S);
    begin(base, CORE, CARTS("v2"));
    cr_assert_str_eq(entry_of("carts"), "others");
    cr_assert_str_eq(entry_of("pods"), "changes");
    begin(base, CORE, CARTS("v2"));
    cr_assert_str_eq(entry_of("carts"), "others", "what the base has is of before");
    wgo_clock_advance(&fake.clock, WGO_S);
    begin(now(), CORE, CARTS("v2"));
    cr_assert_str_eq(entry_of("carts"), "changes");
}

Test(changes, a_new_kind_outside_of_namespaces_may_own_anything)
{
    int64_t base = now();
    wgo_clock_advance(&fake.clock, WGO_S);
    begin(base, CORE,
          GROUP("shop.example.test", "v1",
                RESOURCE("carts", "Cart", "Namespaced", WATCHED) "," RESOURCE("malls", "Mall",
                                                                              "Cluster", WATCHED)));
    cr_assert_str_eq(entry_of("pods"), "list");
    begin(base, CORE,
          GROUP("shop.example.test", "v1",
                RESOURCE("carts", "Cart", "Namespaced",
                         WATCHED) "," RESOURCE("bags", "Bag", "Namespaced", WATCHED)));
    cr_assert_str_eq(entry_of("pods"), "list", "and may have owned what the base has");
}

#define SCHEMAS(carts)                                                                             \
    "{\"paths\":{\"api/v1\":{\"serverRelativeURL\":\"/openapi/v3/api/v1?hash=1\"},"                \
    "\"apis/shop.example.test/v1\":{\"serverRelativeURL\":\"/openapi/v3/x?hash=" carts "\"}}}"

static void begin_kept(int64_t since, const char *body)
{
    schemas.status = 200, schemas.body = body, fake.begun = now();
    begin(since, CORE, CARTS("v1"));
}

Test(changes, another_schema_shows_other_objects)
{
    wgo_clock_advance(&fake.clock, WGO_S);
    begin_kept(now() - 1, SCHEMAS("A"));
    cr_assert_str_eq(entry_of("carts"), "others", "of what schema the base was is not known");
    wgo_clock_advance(&fake.clock, WGO_S);
    int64_t base = now();
    begin_kept(base, SCHEMAS("A"));
    cr_assert_str_eq(entry_of("carts"), "changes");
    wgo_clock_advance(&fake.clock, WGO_S);
    begin_kept(base, SCHEMAS("B"));
    cr_assert_str_eq(entry_of("carts"), "others");
    cr_assert_str_eq(entry_of("pods"), "changes");
    wgo_clock_advance(&fake.clock, WGO_S);
    base = now();
    fake.begun = 0;
    begin(base, CORE, CARTS("v1"));
    cr_assert_str_eq(entry_of("carts"), "changes", "who does not ask leaves it as it is");
    begin_kept(base, SCHEMAS("B"));
    cr_assert_str_eq(entry_of("carts"), "changes");
}

Test(changes, without_schemas_all_else_counts)
{
    static const int statuses[] = {403, 404, 500};
    fake.begun = now();
    for (size_t i = 0; i < WGO_COUNT(statuses); i++) {
        schemas.status = statuses[i];
        schemas.fails = statuses[i] == 500;
        begin(now(), CORE, CARTS("v1"));
        cr_assert_str_eq(entry_of("carts"), "changes", "%d", statuses[i]);
    }
}

Test(changes, a_cache_that_was_lost_makes_no_promise)
{
    fake.cache_count = 0;
    int64_t base = now();
    wgo_clock_advance(&fake.clock, WGO_S);
    begin(base, CORE, CARTS("v1"));
    cr_assert_str_eq(entry_of("pods"), "list");
    wgo_clock_advance(&fake.clock, WGO_S);
    begin(now(), CORE, CARTS("v1"));
    cr_assert_str_eq(entry_of("pods"), "changes");
}

Test(changes, kinds_that_share_ids_are_not_compared)
{
    static const char shared[] =
        GROUP("shop.example.test", "v1",
              RESOURCE("carts", "Thing", "Namespaced",
                       WATCHED) "," RESOURCE("orders", "Thing", "Namespaced", WATCHED));
    fake.cache_count = 0;
    begin(0, CORE, shared);
    begin(now(), CORE, shared);
    cr_assert_str_eq(entry_of("carts"), "others");
    cr_assert_str_eq(entry_of("orders"), "others");
    cr_assert_str_eq(entry_of("pods"), "changes");
}

/* ---- what is asked for then ---- */

static const char *const BASE[] = {"k8s://u/core/Pod/a/one 11", "k8s://u/core/Pod/a/two 12",
                                   "k8s://u/core/Pod/b/one 13", "k8s://u/core/Node/-/n1 14", NULL};

static struct wgo_task pods_task(const char *token)
{
    struct wgo_task task = {0};
    fake.known = BASE;
    begin(now(), CORE, CARTS("v1"));
    task = *task_of("pods");
    task.token = wgo_str(token);
    return task;
}

Test(changes, what_is_known_is_kept)
{
    const struct wgo_task pods = pods_task("");
    size_t before = fake.task_count;
    answer(&pods, 200,
           LIST(AT, OBJECT("a", "one", "11") "," OBJECT("a", "two", "12") "," OBJECT("b", "one",
                                                                                     "13")));
    cr_assert_eq(fake.task_count, before);
    cr_assert_eq(fake.kept_count, 3);
    cr_assert_str_eq(fake.kept[0], "k8s://u/core/Pod/a/one");
    cr_assert_str_eq(fake.kept[2], "k8s://u/core/Pod/b/one");
    cr_assert_eq(fake.items_calls, 1, "for the next page");
}

Test(changes, what_changed_is_read_by_name_at_the_lists_moment)
{
    const struct wgo_task pods = pods_task("");
    size_t before = fake.task_count;
    answer(&pods, 200, LIST(AT, OBJECT("a", "one", "11") "," OBJECT("a", "two", "77")));
    cr_assert_eq(fake.task_count, before + 1);
    cr_assert_eq(fake.kept_count, 1);
    const struct wgo_task *task = task_of("pods");
    cr_assert(wgo_str_is(task->entry, "list"));
    cr_assert(wgo_str_is(task->type, "kubernetes_pod"));
    cr_assert_str_eq(fake_var(task, "only"), "metadata.name=two");
    cr_assert_str_eq(fake_var(task, "in"), "namespaces/");
    cr_assert_str_eq(fake_var(task, "in_namespace"), "a");
    cr_assert_str_eq(fake_var(task, "slash"), "/");
    cr_assert_str_eq(fake_var(task, "at"), "90");
    cr_assert_str_eq(fake_var(task, "match"), "Exact");
    cr_assert_eq(task->token.len, 0);
    cr_assert_not(task->alone);
}

Test(changes, outside_of_namespaces_too)
{
    (void)pods_task("");
    answer(task_of("nodes"), 200, LIST(AT, NODE("n1", "14") "," NODE("a\\\\b=c,d:e", "1")));
    cr_assert_eq(fake.kept_count, 1);
    cr_assert_str_eq(fake.kept[0], "k8s://u/core/Node/-/n1");
    const struct wgo_task *task = task_of("nodes");
    cr_assert_str_eq(fake_var(task, "only"), "metadata.name=a\\\\b\\=c\\,d:e", "escaped");
    cr_assert_str_eq(fake_var(task, "in_namespace"), "");
    cr_assert_str_eq(fake_var(task, "slash"), "");
}

Test(changes, an_object_without_a_version_is_no_known_one)
{
    static const char *const empty[] = {"k8s://u/core/Node/-/n2 ", NULL};
    (void)pods_task("");
    fake.known = empty;
    answer(task_of("nodes"), 200, LIST(AT, "{\"metadata\":{\"name\":\"n2\"}}"));
    cr_assert_eq(fake.kept_count, 0);
    cr_assert_str_eq(fake_var(task_of("nodes"), "only"), "metadata.name=n2");
}

Test(changes, secrets_are_read_as_secrets)
{
    (void)pods_task("");
    answer(task_of("secrets"), 200, LIST(AT, OBJECT("a", "s", "1")));
    cr_assert_str_eq(entry_of("secrets"), "secrets");
}

Test(changes, of_many_the_page_is_asked_for_again)
{
    const struct wgo_task pods = pods_task("dG9r");
    answer(&pods, 200,
           LIST(AT, OBJECT("a", "one", "11") "," OBJECT("a", "x", "1") "," OBJECT("a", "y", "2")));
    cr_assert_eq(fake.kept_count, 0, "it will be read");
    const struct wgo_task *task = task_of("pods");
    cr_assert(wgo_str_is(task->entry, "list"));
    cr_assert(task->alone);
    cr_assert(wgo_str_is(task->token, "dG9r"));
    cr_assert_str_eq(fake_var(task, "at"), "", "the token says when");
    cr_assert_str_eq(fake_var(task, "match"), "");
    cr_assert_str_eq(fake_var(task, "only"), "");
}

Test(changes, the_first_page_too)
{
    const struct wgo_task pods = pods_task("");
    answer(&pods, 200, LIST(AT, OBJECT("a", "x", "1") "," OBJECT("a", "y", "2")));
    const struct wgo_task *task = task_of("pods");
    cr_assert(task->alone);
    cr_assert_eq(task->token.len, 0);
    cr_assert_str_eq(fake_var(task, "at"), "90");
    cr_assert_str_eq(fake_var(task, "match"), "Exact");
}

/* 'changed' of fifty objects: as many tasks of one object, or one of the page. */
static size_t tasks_for(unsigned changed)
{
    struct wgo_buf body = {0};
    const struct wgo_task pods = pods_task("");
    size_t before = fake.task_count;
    static char known[64][64];
    static const char *list[65];
    for (unsigned i = 0; i < 50; i++) {
        snprintf(known[i], sizeof(known[0]), "k8s://u/core/Pod/a/p%u %u", i, i < changed ? 0 : i);
        list[i] = known[i];
    }
    list[50] = NULL;
    fake.known = list;
    wgo_buf_cstr(&body,
                 "{\"kind\":\"PartialObjectMetadataList\",\"metadata\":{" AT "},\"items\":[");
    for (unsigned i = 0; i < 50; i++) {
        wgo_buf_format(&body,
                       "%s{\"metadata\":{\"namespace\":\"a\",\"name\":\"p%u\","
                       "\"resourceVersion\":\"%u\"}}",
                       i ? "," : "", i, i + (i < changed ? 1 : 0));
    }
    wgo_buf_cstr(&body, "]}");
    answer(&pods, 200, wgo_buf_terminated(&body));
    wgo_buf_fini(&body);
    return fake.task_count - before;
}

Test(changes, few_are_one_in_twenty_five)
{
    cr_assert_eq(tasks_for(2), 2);
    cr_assert_not(task_of("pods")->alone);
    cr_assert_eq(tasks_for(3), 1);
    cr_assert(task_of("pods")->alone);
}

/* ---- servers that cannot, and moments that are over ---- */

Test(changes, a_server_without_that_form_is_asked_for_the_list)
{
    const struct wgo_task pods = pods_task("");
    size_t before = fake.task_count;
    cr_assert_eq(answer(&pods, 406, "{}"), WGO_VERDICT_FALLBACK);
    cr_assert_eq(fake.task_count, before + 1);
    const struct wgo_task *task = task_of("pods");
    cr_assert(wgo_str_is(task->entry, "list"));
    cr_assert_not(task->inconsistent);
    cr_assert_str_eq(fake_var(task, "at"), "");
}

Test(changes, or_answers_with_the_list)
{
    static const char *const others[] = {"{\"kind\":\"PodList\",\"metadata\":{" AT
                                         "},\"items\":[]}",
                                         LIST("", OBJECT("a", "one", "11")), "{}"};
    for (size_t i = 0; i < WGO_COUNT(others); i++) {
        const struct wgo_task pods = pods_task("");
        answer(&pods, 200, others[i]);
        cr_assert_str_eq(entry_of("pods"), "list", "%zu", i);
        cr_assert_eq(fake.items_calls, 0, "no page follows this one");
    }
}

Test(changes, a_refusal_is_the_lists)
{
    const struct wgo_task pods = pods_task("");
    cr_assert_eq(answer(&pods, 403, "{\"message\":\"forbidden\"}"), WGO_VERDICT_FALLBACK);
    cr_assert_eq(fake_row(&fake, "kubernetes_pod")->seen, WGO_SEEN_DENIED);
    cr_assert_eq(fake_count_tasks(&fake, "namespaces"), 1);
}

Test(changes, a_forgotten_object_is_read_as_it_is_now)
{
    const struct wgo_task pods = pods_task("");
    answer(&pods, 200, LIST(AT, OBJECT("a", "two", "77")));
    size_t before = fake.task_count;
    cr_assert_eq(answer(task_of("pods"), 410, "{}"), WGO_VERDICT_FALLBACK);
    cr_assert_eq(fake.task_count, before + 1);
    const struct wgo_task *task = task_of("pods");
    cr_assert_str_eq(fake_var(task, "only"), "metadata.name=two");
    cr_assert_str_eq(fake_var(task, "in_namespace"), "a");
    cr_assert_str_eq(fake_var(task, "at"), "");
    cr_assert_str_eq(fake_var(task, "match"), "");
    cr_assert(task->inconsistent);
    cr_assert_eq(answer(task, 410, "{}"), WGO_VERDICT_FAILED, "that has no moment to forget");
}

Test(changes, for_a_forgotten_page_the_list_is_read_anew_once)
{
    const struct wgo_task pods = pods_task("dG9r");
    answer(&pods, 200, LIST(AT, OBJECT("a", "x", "1") "," OBJECT("a", "y", "2")));
    const struct wgo_task *page = task_of("pods");
    size_t before = fake.task_count;
    cr_assert_eq(answer(page, 410, "{\"metadata\":{\"continue\":\"bmV4dA==\"}}"),
                 WGO_VERDICT_FALLBACK, "the fresh token's page may be another one");
    cr_assert_eq(fake.task_count, before + 1);
    const struct wgo_task *list = task_of("pods");
    cr_assert_not(list->alone);
    cr_assert_eq(list->token.len, 0);
    cr_assert_eq(list->restarts, 1, "its objects count before what was read");
    cr_assert(list->inconsistent);
    cr_assert_eq(answer(page, 400, "{}"), WGO_VERDICT_FALLBACK);
    cr_assert_eq(fake.task_count, before + 1, "once");
}

Test(changes, garbage_is_no_page)
{
    const struct wgo_task pods = pods_task("");
    struct wgo_verdict verdict;
    cr_assert_eq(fake_answer(&fake, &pods, 200, "{\"kind\":", false, &verdict), WGO_E_PARSE);
    cr_assert_eq(fake.kept_count, 0);
}

/* ---- watches ---- */

#define LONG(version)                                                                              \
    LIST("\"resourceVersion\":\"" version "\",\"continue\":\"dG9r\"", OBJECT("a", "one", "11"))
#define EVENT(type, object) "{\"type\":\"" type "\",\"object\":" object "}\n"
#define BOOKMARK(version)                                                                          \
    EVENT("BOOKMARK", "{\"kind\":\"PartialObjectMetadata\",\"metadata\":{\"resourceVersion\":"     \
                      "\"" version "\",\"creationTimestamp\":null}}")

/* What the first page of a long list leads to, in a scan after one that saw it at version 80. */
static const char *watched(void)
{
    fake.known = BASE;
    fake.begun = now();
    begin(0, CORE, CARTS("v1"));
    answer(task_of("pods"), 200, "{\"metadata\":{\"resourceVersion\":\"80\"},\"items\":[]}");
    int64_t base = fake.begun;
    fake.begun += WGO_S;
    begin(base, CORE, CARTS("v1"));
    fake.items_calls = 0;
    answer(task_of("pods"), 200, LONG("90"));
    return entry_of("pods");
}

Test(changes, a_long_list_is_watched_from_the_version_before)
{
    cr_assert_str_eq(watched(), "watch");
    cr_assert_str_eq(fake_var(task_of("pods"), "at"), "80");
    cr_assert_eq(fake.items_calls, 0, "no page follows");
    cr_assert_eq(fake.kept_count, 0);
    cr_assert(wgo_str_is(task_of("pods")->type, "kubernetes_pod"));
}

Test(changes, without_that_scan_it_is_not)
{
    (void)watched();
    begin(fake.begun - WGO_S, CORE, CARTS("v1"));
    answer(task_of("pods"), 200, LONG("95"));
    cr_assert_str_eq(entry_of("pods"), "changes", "what is remembered is of a later scan");
    begin(fake.begun, CORE, CARTS("v1"));
    answer(task_of("pods"), 200, LIST(AT, OBJECT("a", "one", "11")));
    cr_assert_str_eq(entry_of("pods"), "changes", "a short list is one call as it is");
}

Test(changes, nor_by_versions_that_are_no_numbers)
{
    static const char *const odd[] = {LONG("0x90"), LONG("090"), LONG("79")};
    for (size_t i = 0; i < WGO_COUNT(odd); i++) {
        (void)watched();
        int64_t base = fake.begun;
        fake.begun += WGO_S;
        begin(base, CORE, CARTS("v1"));
        answer(task_of("pods"), 200, odd[i]);
        cr_assert_str_eq(entry_of("pods"), "changes", "%zu", i);
        fake.cache_count = 0;
    }
}

Test(changes, what_a_watch_tells_is_read_at_its_bookmark)
{
    (void)watched();
    size_t before = fake.task_count;
    answer(task_of("pods"), 200,
           EVENT("MODIFIED", OBJECT("a", "two", "81")) EVENT("DELETED", OBJECT("b", "one", "82"))
               EVENT("DELETED", OBJECT("b", "back", "83")) EVENT("ADDED", OBJECT("b", "back", "84"))
                   EVENT("MODIFIED", OBJECT("a", "one", "11")) BOOKMARK("91")
                       EVENT("DELETED", OBJECT("a", "one", "92")));
    cr_assert_eq(fake.retained_count, 1);
    cr_assert_str_eq(fake.retained[0], "kubernetes_pod");
    cr_assert_eq(fake.gone_count, 1, "what came after the bookmark is of another moment");
    cr_assert_str_eq(fake.gone[0], "k8s://u/core/Pod/b/one");
    cr_assert_eq(fake.task_count, before + 2, "what is known needs no word");
    for (size_t i = before; i < fake.task_count; i++) {
        cr_assert(wgo_str_is(fake.tasks[i]->entry, "list"));
        cr_assert_str_eq(fake_var(fake.tasks[i], "at"), "91");
        cr_assert_str_eq(fake_var(fake.tasks[i], "match"), "Exact");
        cr_assert_neq(strcmp(fake_var(fake.tasks[i], "only"), "metadata.name=one"), 0);
    }
}

Test(changes, an_object_that_ended_while_its_moment_was_forgotten_is_gone)
{
    (void)watched();
    answer(task_of("pods"), 200, EVENT("MODIFIED", OBJECT("a", "two", "81")) BOOKMARK("90"));
    cr_assert_eq(fake.gone_count, 0);
    cr_assert_eq(answer(task_of("pods"), 410, "{}"), WGO_VERDICT_FALLBACK);
    cr_assert_eq(fake.gone_count, 1);
    cr_assert_str_eq(fake.gone[0], "k8s://u/core/Pod/a/two", "but for what is read now");
    cr_assert_str_eq(fake_var(task_of("pods"), "at"), "");
    cr_assert(task_of("pods")->inconsistent);
}

Test(changes, a_watch_without_proof_is_not_believed)
{
    static const char *const bodies[] = {
        "",
        EVENT("MODIFIED", OBJECT("a", "two", "95")), /* no bookmark */
        BOOKMARK("89"),
        BOOKMARK("9"),
        BOOKMARK("91") BOOKMARK("90"),
        BOOKMARK("x"),
        EVENT("MODIFIED", OBJECT("a", "two", "95")) BOOKMARK("91"),
        EVENT("MODIFIED", OBJECT("a", "two", "")) BOOKMARK("91"),
        EVENT("MODIFIED", "{}") BOOKMARK("91"),
        EVENT("ELSE", OBJECT("a", "two", "81")) BOOKMARK("91"),
        EVENT("ERROR", "{\"kind\":\"Status\",\"metadata\":{},\"code\":410}"),
        BOOKMARK("91") "{\"type\":\"MODIF",
    };
    for (size_t i = 0; i < WGO_COUNT(bodies); i++) {
        fake.cache_count = 0;
        cr_assert_str_eq(watched(), "watch", "%zu", i);
        answer(task_of("pods"), 200, bodies[i]);
        cr_assert_eq(fake.retained_count + fake.gone_count, 0, "%zu", i);
        cr_assert_str_eq(entry_of("pods"), "changes", "%zu", i);
        answer(task_of("pods"), 200, LONG("92"));
        cr_assert_str_eq(entry_of("pods"), "changes", "%zu: not again", i);
        cr_assert_eq(fake.items_calls, 1, "%zu: the next page", i);
    }
}

Test(changes, a_server_that_proves_nothing_is_not_asked_again_soon)
{
    (void)watched();
    answer(task_of("pods"), 200, "");
    int64_t base = fake.begun;
    fake.begun += WGO_S;
    begin(base, CORE, CARTS("v1"));
    answer(task_of("pods"), 200, LONG("99"));
    cr_assert_str_eq(entry_of("pods"), "changes");
}

Test(changes, who_may_not_watch_lists)
{
    static const int refusals[] = {400, 403, 404, 405, 406, 410};
    for (size_t i = 0; i < WGO_COUNT(refusals); i++) {
        (void)watched();
        cr_assert_eq(answer(task_of("pods"), refusals[i], "{}"), WGO_VERDICT_FALLBACK);
        cr_assert_str_eq(entry_of("pods"), "changes");
        cr_assert_str_eq(fake_var(task_of("pods"), "at"), "");
    }
    cr_assert_null(fake_row(&fake, "kubernetes_pod"));
}

Test(changes, of_very_many_changes_nothing_is_read_by_name)
{
    struct wgo_buf body = {0};
    (void)watched();
    for (unsigned i = 0; i < 251; i++) {
        wgo_buf_format(&body,
                       "{\"type\":\"ADDED\",\"object\":{\"metadata\":{\"namespace\":\"a\",\"name\":"
                       "\"p%u\",\"resourceVersion\":\"85\"}}}\n",
                       i);
    }
    wgo_buf_cstr(&body, BOOKMARK("90"));
    answer(task_of("pods"), 200, wgo_buf_terminated(&body));
    wgo_buf_fini(&body);
    cr_assert_str_eq(entry_of("pods"), "changes");
}
