/* Lists: what their answers mean, the way round refused ones, and what becomes of an item's owners.
 */
#include "fake.h"

#include <criterion/criterion.h>
#include <stdio.h>

#define KUBE_SYSTEM "{\"metadata\":{\"uid\":\"u-1-d\"}}"
#define RESOURCE(plural, kind, scope)                                                              \
    "{\"resource\":\"" plural "\",\"responseKind\":{\"kind\":\"" kind "\"},\"scope\":\"" scope     \
    "\",\"verbs\":[\"list\"]}"
#define GROUP(name, resources)                                                                     \
    "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{\"name\":\"" name               \
    "\"},\"versions\":[{\"version\":\"v1\",\"resources\":[" resources "]}]}]}"
#define FORBIDDEN "{\"kind\":\"Status\",\"message\":\"pods is forbidden: User \\\"x\\\" cannot\"}"

static struct fake fake;

static const struct wgo_task *list_of(const char *plural, const char *namespace_name)
{
    for (size_t i = fake.task_count; i-- > 0;) {
        const struct wgo_task *task = fake.tasks[i];
        if (task->type.len > 0 && strcmp(fake_var(task, "plural"), plural) == 0 &&
            strcmp(fake_var(task, "in_namespace"), namespace_name) == 0) {
            return task;
        }
    }
    return NULL;
}

static enum wgo_verdict_kind answer(const struct wgo_task *task, int status, const char *body)
{
    struct wgo_verdict verdict;
    enum wgo_status result = fake_answer(&fake, task, status, body, false, &verdict);
    cr_assert_eq(result, WGO_OK, "%s", fake.error.message);
    return verdict.kind;
}

static void discover(void)
{
    cr_assert_eq(wgo_kubernetes_collector.plan(fake.self, &fake.emitter, &fake.error), WGO_OK);
    answer(fake.tasks[0], 200, KUBE_SYSTEM);
    answer(
        fake.tasks[1], 200,
        GROUP("", RESOURCE("pods", "Pod", "Namespaced") "," RESOURCE(
                      "secrets", "Secret", "Namespaced") "," RESOURCE("nodes", "Node", "Cluster")));
    answer(fake.tasks[2], 200,
           GROUP("shop.example.test", RESOURCE("carts", "Thing", "Namespaced") "," RESOURCE(
                                          "orders", "Thing", "Namespaced")));
    cr_assert_eq(fake.task_count, 8);
}

static void setup(void)
{
    fake_init(&fake);
    cr_assert_eq(fake_open(&fake, fake_kubeconfig(), NULL), WGO_OK, "%s", fake.error.message);
    discover();
}

static void teardown(void)
{
    fake_fini(&fake);
}

TestSuite(lists, .init = setup, .fini = teardown);

/* ---- verdicts ---- */

static struct wgo_verdict verdict_on(const struct wgo_task *task, const char *token, int status,
                                     const char *body)
{
    struct wgo_task with = *task;
    struct wgo_verdict verdict;
    struct wgo_response response;
    with.token = wgo_str(token);
    wgo_response_init(&response);
    response.http_status = status;
    wgo_buf_cstr(&response.body, body);
    wgo_kubernetes_collector.classify(fake.self, &with, &response, &verdict);
    verdict.token = wgo_str_dup(&fake.arena, verdict.token);
    wgo_response_fini(&response);
    return verdict;
}

Test(lists, an_expired_token_leads_on_or_back_to_the_start)
{
    const struct wgo_task *pods = list_of("pods", "");
    struct wgo_verdict v = verdict_on(pods, "t", 410, "{\"metadata\":{\"continue\":\"bmV4dA==\"}}");
    cr_assert_eq(v.kind, WGO_VERDICT_RESTART);
    cr_assert(wgo_str_is(v.token, "bmV4dA=="));
    v = verdict_on(pods, "t", 410, "{\"metadata\":{}}");
    cr_assert_eq(v.kind, WGO_VERDICT_RESTART);
    cr_assert_eq(v.token.len, 0);
    cr_assert_eq(verdict_on(pods, "t", 410, "gone").kind, WGO_VERDICT_RESTART);
    v = verdict_on(pods, "t", 410, "{\"metadata\":{\"continue\":\"a\\u0062\"}}");
    cr_assert_eq(v.token.len, 0, "no half-read token");
    v = verdict_on(pods, "t", 400, "{\"metadata\":{\"continue\":\"bmV4dA==\"}}");
    cr_assert_eq(v.kind, WGO_VERDICT_RESTART, "a token of another version of the server");
    cr_assert_eq(v.token.len, 0);
}

Test(lists, a_first_page_has_no_token_to_expire)
{
    const struct wgo_task *pods = list_of("pods", "");
    cr_assert_eq(verdict_on(pods, "", 410, "gone").kind, WGO_VERDICT_FAILED);
    struct wgo_verdict v = verdict_on(pods, "", 400, "{\"message\":\"bad limit\"}");
    cr_assert_eq(v.kind, WGO_VERDICT_FAILED);
    cr_assert_eq(v.status, WGO_E_REJECTED);
    cr_assert_str_eq(v.message, "HTTP 400: bad limit");
}

Test(lists, what_vanished_is_unavailable)
{
    struct wgo_verdict v = verdict_on(list_of("pods", ""), "", 404, "404 page not found");
    cr_assert_eq(v.kind, WGO_VERDICT_FAILED);
    cr_assert_eq(v.status, WGO_E_UNAVAILABLE);
    cr_holds(v.hint, "removed since");
    cr_assert_eq(verdict_on(list_of("pods", ""), "", 405, "").status, WGO_E_UNAVAILABLE);
}

Test(lists, the_rest_is_as_everywhere)
{
    const struct wgo_task *pods = list_of("pods", "");
    cr_assert_eq(verdict_on(pods, "", 200, "{}").kind, WGO_VERDICT_GOOD);
    cr_assert_eq(verdict_on(pods, "", 429, "").kind, WGO_VERDICT_THROTTLED);
    cr_assert_eq(verdict_on(pods, "", 500, "").kind, WGO_VERDICT_RETRY);
    struct wgo_verdict v = verdict_on(pods, "", 503, "");
    cr_assert_eq(v.kind, WGO_VERDICT_RETRY);
    cr_assert_eq(v.status, WGO_E_UNAVAILABLE);
    v = verdict_on(pods, "", 401, "");
    cr_assert_eq(v.kind, WGO_VERDICT_FAILED, "a static token cannot be renewed");
    cr_assert_eq(v.status, WGO_E_AUTH);
    cr_assert_eq(verdict_on(list_of("nodes", ""), "", 403, "").kind, WGO_VERDICT_FAILED,
                 "nodes live in no namespace: there is no way round");
}

/* What a gateway or a broken server sends with 200 does not say that there are no pods. */
Test(lists, what_has_no_items_is_no_empty_list)
{
    static const struct {
        const char *answer;
        bool list;
    } cases[] = {
        {"{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"9\"},\"items\":[]}", true},
        {"{\"items\":null}", true}, /* how Go writes a list that nobody made */
        {"{\"metadata\":{\"items\":1},\"\\u0069tems\":[]}", true},
        {"{}", false},
        {"{\"kind\":\"PodList\",\"metadata\":{}}", true}, /* not every server is written in Go */
        {"{\"kind\":\"Pod\",\"metadata\":{\"kind\":\"PodList\",\"items\":[]}}", false},
        {"{\"kind\":\"Status\",\"status\":\"Failure\",\"message\":\"etcd\",\"code\":500}", false},
        {"{\"error\":{\"items\":[]},\"Items\":[]}", false},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_verdict verdict;
        enum wgo_status status =
            fake_answer(&fake, list_of("pods", ""), 200, cases[i].answer, false, &verdict);
        cr_assert_eq(status, cases[i].list ? WGO_OK : WGO_E_SERVER, "%s", cases[i].answer);
        if (!cases[i].list) {
            cr_holds(fake.error.message, "the answer has no list at \"items\"");
        }
    }
}

/* ---- the way round ---- */

#define RULES(rules) "{\"status\":{\"incomplete\":false,\"resourceRules\":[" rules "]}}"
#define MAY_LIST(groups, resources)                                                                \
    "{\"verbs\":[\"get\",\"list\"],\"apiGroups\":" groups ",\"resources\":" resources "}"

static const struct wgo_task *rules_of(const char *namespace_name)
{
    size_t at = 0;
    const struct wgo_task *task;
    while ((task = fake_task(&fake, "rules", &at)) != NULL) {
        if (strcmp(fake_var(task, "in_namespace"), namespace_name) == 0) {
            return task;
        }
    }
    return NULL;
}

static const struct wgo_task *namespaces(void)
{
    size_t at = 0;
    cr_assert_eq(fake_count_tasks(&fake, "namespaces"), 1, "asked once");
    return fake_task(&fake, "namespaces", &at);
}

#define NAMESPACES(items) "{\"metadata\":{},\"items\":[" items "]}"
#define NAMED(name) "{\"metadata\":{\"name\":\"" name "\"}}"

Test(lists, long_lists_go_first)
{
    static const char *const order[] = {"pods", "secrets", "carts"};
    size_t found = 0;
    for (size_t i = 0; i < fake.task_count && found < WGO_COUNT(order); i++) {
        found += strcmp(fake_var(fake.tasks[i], "plural"), order[found]) == 0;
    }
    cr_assert_eq(found, WGO_COUNT(order), "%zu in this order", found);
    cr_assert_str_eq(fake_var(fake.tasks[3], "plural"), "pods", "although nodes sort first");
}

Test(lists, refused_lists_go_namespace_by_namespace)
{
    cr_assert_eq(answer(list_of("pods", ""), 403, FORBIDDEN), WGO_VERDICT_FALLBACK);
    cr_assert_eq(fake_row(&fake, "kubernetes_pod")->seen, WGO_SEEN_DENIED, "at once");
    answer(namespaces(), 200, NAMESPACES(NAMED("a") "," NAMED("b")));
    cr_assert_eq(fake.items_calls, 1, "for the next page");
    answer(rules_of("a"), 200, RULES(MAY_LIST("[\"\"]", "[\"pods\"]")));
    cr_assert_not_null(list_of("pods", "a"));
    cr_assert_null(list_of("pods", "b"));
    /* A second one is refused while the reviews come in: it meets those that are there. */
    answer(list_of("secrets", ""), 403, FORBIDDEN);
    cr_assert_null(list_of("secrets", "a"), "not allowed there");
    answer(rules_of("b"), 200, RULES(MAY_LIST("[\"*\"]", "[\"*\"]")));
    cr_assert_not_null(list_of("pods", "b"));
    cr_assert_not_null(list_of("secrets", "b"));
    cr_assert_str_eq(fake_row(&fake, "kubernetes_pod")->error,
                     "cluster-wide list forbidden; looked into 2 of 2 namespaces: a and b");
    cr_assert_str_eq(fake_row(&fake, "kubernetes_secret")->error,
                     "cluster-wide list forbidden; looked into 1 of 2 namespaces: b");
    /* A third when all is known. */
    answer(list_of("carts", ""), 403, FORBIDDEN);
    cr_assert_not_null(list_of("carts", "b"));
    cr_assert_str_eq(fake_row(&fake, "shop.example.test/Thing")->error,
                     "cluster-wide list forbidden; looked into 1 of 2 namespaces: b");
    cr_assert_eq(fake.report_count, 3);
    cr_assert_str_eq(fake.reports[0].message, fake.reports[2].message, "one line in a summary");
}

Test(lists, final_words_sort_before_those_said_at_once)
{
    answer(list_of("pods", ""), 403, FORBIDDEN);
    struct fake_row at_once = *fake_row(&fake, "kubernetes_pod");
    answer(namespaces(), 200, NAMESPACES(""));
    struct fake_row last = *fake_row(&fake, "kubernetes_pod");
    cr_assert_str_eq(last.error, "cluster-wide list forbidden, and so in each of 0 namespaces");
    cr_assert_lt(strcmp(last.error, at_once.error), 0);
}

Test(lists, two_plurals_of_one_kind_are_two_resources)
{
    answer(list_of("orders", ""), 403, FORBIDDEN);
    answer(namespaces(), 200, NAMESPACES(NAMED("a")));
    answer(rules_of("a"), 200, RULES(MAY_LIST("[\"shop.example.test\"]", "[\"orders\"]")));
    cr_assert_not_null(list_of("orders", "a"));
    cr_assert_null(list_of("carts", "a"));
}

Test(lists, who_may_list_namespaces_and_nothing_else)
{
    answer(list_of("pods", ""), 403, FORBIDDEN);
    answer(namespaces(), 200, NAMESPACES(NAMED("a") "," NAMED("b") "," NAMED("c")));
    size_t before = fake.task_count;
    answer(rules_of("a"), 200, RULES(""));
    answer(rules_of("b"), 200, "{\"status\":{\"resourceRules\":null}}");
    answer(rules_of("c"), 200,
           RULES("{\"verbs\":[\"create\"],\"apiGroups\":[\"\"],\"resources\":"
                 "[\"pods\"]}"
                 ","
                 "{\"verbs\":[\"list\"],\"apiGroups\":[\"\"],\"resources\":["
                 "\"pods\"],\"resourceNames\":[\"just-one\"]}"
                 ","
                 "{\"verbs\":[\"list\"],\"apiGroups\":[\"apps\"],"
                 "\"resources\":[\"pods\"]}"
                 ","
                 "{\"verbs\":[\"list\"],\"apiGroups\":[\"\"],\"resources\":["
                 "\"pods/log\"]}"));
    cr_assert_eq(fake.task_count, before);
    cr_assert_str_eq(fake_row(&fake, "kubernetes_pod")->error,
                     "cluster-wide list forbidden, and so in each of 3 namespaces");
}

Test(lists, pages_of_namespaces_are_all_waited_for)
{
    answer(list_of("pods", ""), 403, FORBIDDEN);
    answer(namespaces(), 200, "{\"metadata\":{\"continue\":\"t\"},\"items\":[" NAMED("a") "]}");
    answer(rules_of("a"), 200, RULES(MAY_LIST("[\"\"]", "[\"pods\"]")));
    cr_holds(fake_row(&fake, "kubernetes_pod")->error, "not all namespaces were asked");
    answer(namespaces(), 200, NAMESPACES(NAMED("b")));
    answer(rules_of("b"), 200, RULES(""));
    cr_assert_str_eq(fake_row(&fake, "kubernetes_pod")->error,
                     "cluster-wide list forbidden; looked into 1 of 2 namespaces: a");
}

Test(lists, a_namespace_reviewed_twice_is_listed_once)
{
    answer(list_of("pods", ""), 403, FORBIDDEN);
    /* The list of namespaces began anew between two pages. */
    answer(namespaces(), 200, "{\"metadata\":{\"continue\":\"t\"},\"items\":[" NAMED("a") "]}");
    answer(namespaces(), 200, NAMESPACES(NAMED("a")));
    size_t before = fake.task_count;
    answer(rules_of("a"), 200, RULES(MAY_LIST("[\"\"]", "[\"pods\"]")));
    answer(rules_of("a"), 200, RULES(MAY_LIST("[\"\"]", "[\"pods\"]")));
    cr_assert_eq(fake.task_count, before + 1);
    cr_assert_str_eq(fake_row(&fake, "kubernetes_pod")->error,
                     "cluster-wide list forbidden; looked into 1 of 1 namespace: a");
}

Test(lists, of_many_namespaces_a_row_names_a_few)
{
    static const char *const names[] = {"k", "b", "h", "c", "a", "j", "d", "e", "f"};
    answer(list_of("pods", ""), 403, FORBIDDEN);
    answer(namespaces(), 200,
           NAMESPACES(NAMED("k") "," NAMED("b") "," NAMED("h") "," NAMED("c") "," NAMED(
               "a") "," NAMED("j") "," NAMED("d") "," NAMED("e") "," NAMED("f")));
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        answer(rules_of(names[i]), 200, RULES(MAY_LIST("[\"\"]", "[\"pods\"]")));
    }
    cr_assert_str_eq(
        fake_row(&fake, "kubernetes_pod")->error,
        "cluster-wide list forbidden; looked into 9 of 9 namespaces: a, b, c, d, e, f, "
        "h and 2 more");
}

Test(lists, an_incomplete_review_means_try)
{
    answer(list_of("pods", ""), 403, FORBIDDEN);
    answer(namespaces(), 200, NAMESPACES(NAMED("a")));
    answer(rules_of("a"), 200, "{\"status\":{\"incomplete\":true,\"resourceRules\":[]}}");
    cr_assert_not_null(list_of("pods", "a"));
}

Test(lists, a_review_that_is_refused_means_try)
{
    answer(list_of("pods", ""), 403, FORBIDDEN);
    answer(namespaces(), 200, NAMESPACES(NAMED("a") "," NAMED("b") "," NAMED("c")));
    cr_assert_eq(answer(rules_of("a"), 403, FORBIDDEN), WGO_VERDICT_FALLBACK);
    cr_assert_eq(answer(rules_of("b"), 404, "404 page not found"), WGO_VERDICT_FALLBACK);
    cr_assert_eq(fake_answer(&fake, rules_of("c"), 500, "broken", true, NULL), WGO_E_SKIPPED,
                 "no row: the lists will tell");
    cr_assert_not_null(list_of("pods", "a"));
    cr_assert_not_null(list_of("pods", "b"));
    cr_assert_not_null(list_of("pods", "c"));
    cr_assert_str_eq(fake_row(&fake, "kubernetes_pod")->error,
                     "cluster-wide list forbidden; looked into 3 of 3 namespaces: a, b and c");
    /* Then a list is refused in its namespace, too: that is the end, and says where. */
    struct wgo_verdict v = verdict_on(list_of("pods", "a"), "", 403, FORBIDDEN);
    cr_assert_eq(v.kind, WGO_VERDICT_FAILED);
    cr_assert_eq(v.status, WGO_E_DENIED);
    cr_assert_str_eq(v.message, "in namespace a: HTTP 403: pods is forbidden: User \"x\" cannot");
    cr_assert_gt(strcmp(v.message, fake_row(&fake, "kubernetes_pod")->error), 0);
}

Test(lists, without_the_namespaces_those_of_the_kubeconfig)
{
    answer(list_of("pods", ""), 403, FORBIDDEN);
    cr_assert_eq(answer(namespaces(), 403, FORBIDDEN), WGO_VERDICT_FALLBACK);
    cr_assert_eq(fake_count_tasks(&fake, "rules"), 1);
    answer(rules_of("own"), 200, RULES(MAY_LIST("[\"\"]", "[\"*\"]")));
    cr_assert_not_null(list_of("pods", "own"));
    cr_assert_str_eq(
        fake_row(&fake, "kubernetes_pod")->error,
        "cluster-wide list forbidden; looked into 1 of 1 namespace that the kubeconfig names: own");
}

Test(lists, contexts_of_one_user_bring_their_namespaces)
{
    fake_fini(&fake);
    fake_init(&fake);
    struct wgo_str pattern = WGO_STR("{plain,twin-a}");
    fake.options.contexts = (struct wgo_str_list){&pattern, 1};
    cr_assert_eq(fake_open(&fake, fake_fixture("everything.yaml"), NULL), WGO_OK);
    discover();
    answer(list_of("pods", ""), 403, FORBIDDEN);
    answer(namespaces(), 403, FORBIDDEN);
    cr_assert_eq(fake_count_tasks(&fake, "rules"), 2);
    cr_assert_not_null(rules_of("ns-1"));
    cr_assert_not_null(rules_of("ns-2"));
}

/* ---- owners ---- */

static const char *owners_of(const char *references, const char *namespace_name)
{
    struct wgo_record record = {.namespace_name = wgo_str(namespace_name)};
    enum wgo_status status =
        wgo_kubernetes_collector.finish(fake.self, WGO_STR("owners"), list_of("pods", ""),
                                        wgo_str(references), &fake.emitter, &record, &fake.error);
    cr_assert_eq(status, WGO_OK);
    return record.dependencies.ptr ? wgo_str_cstr(&fake.arena, record.dependencies) : "";
}

#define OWNED(owners) "[" owners "]"
#define OWNER(version, kind, name)                                                                 \
    "{\"apiVersion\":\"" version "\",\"kind\":\"" kind "\",\"name\":\"" name "\",\"uid\":\"u\"}"

Test(lists, owners_become_dependencies)
{
    cr_assert_str_eq(owners_of("", "a"), "");
    cr_assert_str_eq(owners_of("null", "a"), "");
    cr_assert_str_eq(owners_of(OWNED(""), "a"), "");
    cr_assert_str_eq(owners_of(OWNED("7,{},{\"kind\":\"X\"}"), "a"), "");
    cr_assert_str_eq(owners_of(OWNED(OWNER("apps/v1", "ReplicaSet", "web-1")), "a"),
                     "[\"k8s://u-1-d/apps/ReplicaSet/a/web-1\"]");
    cr_assert_str_eq(owners_of(OWNED(OWNER("v1", "Node", "n1")), "a"),
                     "[\"k8s://u-1-d/core/Node/-/n1\"]", "which lives in no namespace");
    cr_assert_str_eq(owners_of(OWNED(OWNER("v1", "Node", "n1")), ""),
                     "[\"k8s://u-1-d/core/Node/-/n1\"]");
    cr_assert_str_eq(
        owners_of(
            OWNED(OWNER("v1", "Pod", "b") "," OWNER("v1", "Pod", "a") "," OWNER("v1", "Pod", "b")),
            "x"),
        "[\"k8s://u-1-d/core/Pod/x/a\",\"k8s://u-1-d/core/Pod/x/b\"]", "sorted, each once");
}

Test(lists, any_number_of_owners)
{
    struct wgo_buf references = {0};
    wgo_buf_char(&references, '[');
    for (int i = 0; i < 1000; i++) {
        wgo_buf_format(&references, "%s{\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"p%d\"}",
                       i ? "," : "", i);
    }
    wgo_buf_char(&references, ']');
    const char *ids = owners_of(wgo_buf_terminated(&references), "x");
    size_t count = 0;
    for (const char *at = ids; (at = strstr(at, "k8s://")) != NULL; at++) {
        count++;
    }
    cr_assert_eq(count, 1000);
    wgo_buf_fini(&references);
}

/* ---- types ---- */

static size_t types;

static void count_type(void *state, const char *type, const char *summary)
{
    (void)state;
    types++;
    cr_assert_not_null(type);
    cr_assert_neq(*summary, '\0', "%s", type);
}

Test(lists, the_table_of_types)
{
    wgo_kubernetes_collector.types(count_type, NULL);
    cr_assert_gt(types, 40);
}
