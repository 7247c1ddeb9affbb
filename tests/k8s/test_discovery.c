/* What is read of a cluster before anything is listed, and which lists follow from it. */
#include "fake.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define KUBE_SYSTEM                                                                                \
    "{\"kind\":\"Namespace\",\"metadata\":{\"name\":\"kube-system\",\"uid\":\"u-1-d\"}}"

static struct fake fake;

static void setup(void)
{
    fake_init(&fake);
}

static void teardown(void)
{
    fake_fini(&fake);
}

TestSuite(discovery, .init = setup, .fini = teardown);

static const char *document(const char *name)
{
    char path[128];
    struct wgo_buf bytes = {0};
    snprintf(path, sizeof(path), "discovery/%s", name);
    cr_assert_eq(wgo_file_read(fake_fixture(path), 1 << 20, &bytes, &fake.error), WGO_OK, "%s",
                 fake.error.message);
    const char *text = wgo_str_cstr(&fake.arena, wgo_buf_view(&bytes));
    wgo_buf_fini(&bytes);
    return text;
}

static void open_and_plan(const char *globs)
{
    struct wgo_str rest = wgo_str(globs), *items = WGO_NEW_ARRAY(&fake.arena, struct wgo_str, 16);
    size_t count = 0;
    while (rest.len > 0) {
        items[count++] = wgo_str_split(&rest, ' ');
    }
    fake.options.resource_types = (struct wgo_str_list){items, count};
    cr_assert_eq(fake_open(&fake, fake_kubeconfig(), NULL), WGO_OK, "%s", fake.error.message);
    cr_assert_eq(wgo_kubernetes_collector.plan(fake.self, &fake.emitter, &fake.error), WGO_OK);
    cr_assert_eq(fake.task_count, 3);
}

static enum wgo_status answer(const struct wgo_task *task, int status, const char *body)
{
    enum wgo_status result = fake_answer(&fake, task, status, body, false, NULL);
    cr_assert_eq(result, WGO_OK, "%s", fake.error.message);
    return result;
}

/* The first three questions: the cluster, /api and /apis. */
static const struct wgo_task *first(const char *base)
{
    size_t at = 0;
    const struct wgo_task *task = fake_task(&fake, *base ? "discovery" : "cluster", &at);
    while (task && strcmp(fake_var(task, "base"), base) != 0) {
        task = fake_task(&fake, "discovery", &at);
    }
    cr_assert_not_null(task);
    return task;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Every list task as "base/in_namespace/plural type", sorted, one a line. */
static const char *lists(void)
{
    char *lines[FAKE_MOST];
    size_t count = 0;
    struct wgo_buf text = {0};
    for (size_t i = 0; i < fake.task_count; i++) {
        const struct wgo_task *task = fake.tasks[i];
        if (task->type.len > 0) {
            lines[count++] =
                (char *)(uintptr_t)wgo_str_format(
                    &fake.arena, "%s/%s%s%s%s %.*s", fake_var(task, "base"), fake_var(task, "in"),
                    fake_var(task, "in_namespace"), fake_var(task, "slash"),
                    fake_var(task, "plural"), WGO_FMT(task->type))
                    .ptr;
        }
    }
    qsort(lines, count, sizeof(*lines), by_text);
    for (size_t i = 0; i < count; i++) {
        wgo_buf_format(&text, "%s\n", lines[i]);
    }
    const char *all = wgo_str_cstr(&fake.arena, wgo_buf_view(&text));
    wgo_buf_fini(&text);
    return all ? all : "";
}

/* ---- aggregated ---- */

static const char EVERYTHING[] =
    "api/v1/namespaces kubernetes_namespace\n"
    "api/v1/nodes kubernetes_node\n"
    "api/v1/pods kubernetes_pod\n"
    "api/v1/secrets kubernetes_secret\n"
    "apis/apps/v1/deployments kubernetes_deployment\n"
    "apis/autoscaling/v1/oldthings autoscaling/OldThing\n"
    "apis/autoscaling/v2/horizontalpodautoscalers kubernetes_horizontal_pod_autoscaler\n"
    "apis/down.example.test/v1beta1/ups down.example.test/Up\n"
    "apis/verbs.example.test/v1/mysteries verbs.example.test/mysteries\n";

static void check_aggregated(const char *apis, const int order[3])
{
    open_and_plan("");
    for (int i = 0; i < 3; i++) {
        cr_assert_str_eq(lists(), "", "nothing is listed before all answers are in");
        switch (order[i]) {
        case 0:
            answer(first(""), 200, KUBE_SYSTEM);
            break;
        case 1:
            answer(first("api"), 200, document("api-v2.json"));
            break;
        default:
            answer(first("apis"), 200, document(apis));
            break;
        }
    }
    cr_assert_str_eq(lists(), EVERYTHING);
    const struct fake_row *row = fake_row(&fake, "down.example.test/*");
    cr_assert_not_null(row);
    cr_assert_eq(row->seen, WGO_SEEN_UNAVAILABLE);
    cr_assert_str_eq(row->error, "aggregated API v1.down.example.test is down");
    cr_assert_eq(fake.row_count, 1, "metrics are noise, up or down");
    cr_assert_eq(fake.report_count, 1);
}

Test(discovery, aggregated_v2)
{
    check_aggregated("apis-v2.json", (const int[]){0, 1, 2});
}

Test(discovery, aggregated_v2beta1_in_another_order)
{
    check_aggregated("apis-v2beta1.json", (const int[]){2, 1, 0});
}

Test(discovery, secrets_have_an_entry_of_their_own)
{
    open_and_plan("kubernetes_secret");
    answer(first(""), 200, KUBE_SYSTEM);
    answer(first("api"), 200, document("api-v2.json"));
    answer(first("apis"), 200, document("apis-v2.json"));
    cr_assert_eq(fake_count_tasks(&fake, "list"), 0);
    cr_assert_eq(fake_count_tasks(&fake, "secrets"), 1);
}

/* ---- classic ---- */

static const struct wgo_task *group(const char *base)
{
    size_t at = 0;
    const struct wgo_task *task;
    while ((task = fake_task(&fake, "group", &at)) != NULL) {
        if (strcmp(fake_var(task, "base"), base) == 0) {
            return task;
        }
    }
    cr_assert_fail("no question for %s", base);
    return NULL;
}

#define LIST_OF(name, kind)                                                                        \
    "{\"kind\":\"APIResourceList\",\"resources\":[{\"name\":\"" name                               \
    "\",\"namespaced\":true,\"kind\":\"" kind "\",\"verbs\":[\"list\"]}]}"

Test(discovery, classic_asks_group_by_group)
{
    open_and_plan("");
    answer(first("api"), 200, document("api-classic.json"));
    answer(first("apis"), 200, document("apis-classic.json"));
    answer(first(""), 200, KUBE_SYSTEM);
    cr_assert_eq(fake_count_tasks(&fake, "group"), 5, "no question for metrics");
    answer(group("api/v1"), 200, document("core-v1.json"));
    answer(group("apis/apps/v1"), 200, LIST_OF("deployments", "Deployment"));
    answer(group("apis/autoscaling/v1"), 200,
           LIST_OF("horizontalpodautoscalers", "HorizontalPodAutoscaler"));
    answer(group("apis/autoscaling/v2"), 200,
           LIST_OF("horizontalpodautoscalers", "HorizontalPodAutoscaler"));
    cr_assert_str_eq(lists(), "");
    enum wgo_status status = fake_answer(&fake, group("apis/down.example.test/v1"), 503,
                                         "service unavailable", true, NULL);
    cr_assert_eq(status, WGO_E_SKIPPED, "the group's row stands for the call's");
    cr_assert_str_eq(fake_row(&fake, "down.example.test/*")->error,
                     "aggregated API v1.down.example.test is down");
    cr_assert_str_eq(lists(), "api/v1/nodes kubernetes_node\napi/v1/pods kubernetes_pod\n"
                              "apis/apps/v1/deployments kubernetes_deployment\n"
                              "apis/autoscaling/v2/horizontalpodautoscalers "
                              "kubernetes_horizontal_pod_autoscaler\n");
}

Test(discovery, a_group_that_fails_otherwise_is_an_error)
{
    open_and_plan("");
    answer(first("api"), 200, document("api-classic.json"));
    enum wgo_status status = fake_answer(&fake, group("api/v1"), 500, "no more", true, NULL);
    cr_assert_eq(status, WGO_E_SKIPPED);
    const struct fake_row *row = fake_row(&fake, "core/*");
    cr_assert_eq(row->seen, WGO_SEEN_ERROR);
    cr_assert_str_eq(row->error, "API v1.core: HTTP 500: no more");
}

Test(discovery, a_406_asks_in_the_classic_form)
{
    open_and_plan("");
    answer(first("apis"), 406, "no such form");
    answer(first("api"), 415, "no such form");
    cr_assert_eq(fake_count_tasks(&fake, "classic_discovery"), 2);
    size_t at = 0;
    const struct wgo_task *task = fake_task(&fake, "classic_discovery", &at);
    cr_assert_str_eq(fake_var(task, "base"), "apis");
    answer(task, 200, document("apis-classic.json"));
    cr_assert_eq(fake_count_tasks(&fake, "group"), 4);
}

/* ---- what can go wrong ---- */

Test(discovery, half_of_it_is_listed_when_the_other_is_forbidden)
{
    open_and_plan("");
    answer(first(""), 200, KUBE_SYSTEM);
    answer(first("api"), 200, document("api-v2.json"));
    cr_assert_eq(fake_answer(&fake, first("apis"), 403, "{\"message\":\"forbidden\"}", true, NULL),
                 WGO_OK, "whose row is the engine's");
    cr_assert_str_eq(lists(), "api/v1/namespaces kubernetes_namespace\n"
                              "api/v1/nodes kubernetes_node\napi/v1/pods kubernetes_pod\n"
                              "api/v1/secrets kubernetes_secret\n");
    cr_assert_eq(fake.row_count, 0);
}

Test(discovery, garbage_is_no_document)
{
    static const char *const GARBAGE[] = {
        "",
        "{",
        "<html>",
        "[]",
        "7",
        "{\"kind\":\"Pod\"}",
        "{\"kind\":7}",
        "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{]}",
    };
    open_and_plan("");
    for (size_t i = 0; i < WGO_COUNT(GARBAGE); i++) {
        enum wgo_status status = fake_answer(&fake, first("apis"), 200, GARBAGE[i], false, NULL);
        cr_assert_eq(status, WGO_E_PARSE, "%s", GARBAGE[i]);
    }
    cr_assert_eq(fake.task_count, 3);
}

/* A group of which nothing is known is not one without resources. */
Test(discovery, garbage_is_no_list_of_resources)
{
    static const char *const GARBAGE[] = {
        "{}",
        "{\"kind\":\"Status\",\"status\":\"Failure\",\"code\":500}",
        "{\"error\":\"x\",\"resources\":[]}",
        "{\"kind\":\"APIResourceList\",\"resources\":[",
    };
    open_and_plan("");
    answer(first("api"), 200, document("api-classic.json"));
    answer(first(""), 200, KUBE_SYSTEM);
    answer(first("apis"), 200, "{\"kind\":\"APIGroupList\",\"groups\":[]}");
    for (size_t i = 0; i < WGO_COUNT(GARBAGE); i++) {
        enum wgo_status status = fake_answer(&fake, group("api/v1"), 200, GARBAGE[i], false, NULL);
        cr_assert_eq(status, WGO_E_PARSE, "%s", GARBAGE[i]);
    }
    cr_assert_str_eq(lists(), "", "the group is still to come");
    answer(group("api/v1"), 200, LIST_OF("pods", "Pod"));
    cr_assert_str_eq(lists(), "api/v1/pods kubernetes_pod\n");
}

Test(discovery, a_server_that_offers_nothing_is_an_error)
{
    open_and_plan("");
    answer(first(""), 200, KUBE_SYSTEM);
    answer(first("api"), 200, "{\"kind\":\"APIVersions\",\"versions\":null}");
    answer(first("apis"), 200, "{\"kind\":\"APIGroupList\",\"groups\":[]}");
    cr_assert_eq(fake.row_count, 1);
    cr_assert_eq(fake.rows[0].seen, WGO_SEEN_ERROR);
    cr_assert_str_eq(fake.rows[0].error, "the server offers nothing that can be listed");
}

Test(discovery, without_an_identity_nothing_is_listed)
{
    open_and_plan("");
    answer(first("api"), 200, document("api-v2.json"));
    answer(first("apis"), 200, document("apis-v2.json"));
    cr_assert_eq(fake_answer(&fake, first(""), 500, "broken", true, NULL), WGO_OK);
    cr_assert_str_eq(lists(), "", "ids would change from scan to scan");
}

static const char *cluster_in(const char *kubeconfig)
{
    static char id[64];
    static struct fake other;
    fake_init(&other);
    cr_assert_eq(fake_open(&other, kubeconfig, NULL), WGO_OK, "%s", other.error.message);
    cr_assert_eq(wgo_kubernetes_collector.plan(other.self, &other.emitter, &other.error), WGO_OK);
    for (size_t i = 0; i < 3; i++) {
        const struct wgo_task *task = other.tasks[i];
        const char *base = fake_var(task, "base");
        const char *body = strcmp(base, "api") == 0 ? document("api-v2.json")
                                                    : "{\"kind\":\"APIGroupList\",\"groups\":[]}";
        cr_assert_eq(fake_answer(&other, task, *base ? 200 : 403, *base ? body : "{}", false, NULL),
                     WGO_OK);
    }
    size_t at = 0;
    snprintf(id, sizeof(id), "%s", fake_var(fake_task(&other, "list", &at), "cluster"));
    fake_fini(&other);
    return id;
}

#define HERE(cluster)                                                                              \
    "current-context: x\nclusters: [{name: c, cluster: {" cluster "}}]\n"                          \
    "contexts: [{name: x, context: {cluster: c}}]\n"

Test(discovery, a_cluster_that_hides_is_known_by_authority_and_address)
{
    char by_file[2048], by_data[2048], other[2048];
    snprintf(by_file, sizeof(by_file), HERE("server: 'https://x', certificate-authority: '%s'"),
             fake_fixture("certs/ca.pem"));
    snprintf(
        by_data, sizeof(by_data), HERE("server: 'https://x/', certificate-authority-data: %s"),
        "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tClkyRWdabTl5SUhSbGMzUnoKLS0tLS1FTkQgQ0VSVElGSUNBVEUt"
        "LS0tLQ==");
    snprintf(other, sizeof(other), HERE("server: 'https://y', certificate-authority: '%s'"),
             fake_fixture("certs/ca.pem"));
    char first_id[64];
    snprintf(first_id, sizeof(first_id), "%s", cluster_in(fake_file(by_file)));
    cr_assert_eq(strlen(first_id), 32);
    cr_assert_str_eq(cluster_in(fake_file(by_data)), first_id, "wherever the authority is kept");
    cr_assert_str_neq(cluster_in(fake_file(other)), first_id);
}

/* ---- what was asked for ---- */

static const struct {
    const char *globs, *plurals;
} ASKED[] = {
    {"kubernetes_pod", "pods "},
    {"pods", "pods "},
    {"Pod", "pods "},
    {"POD", "pods "},
    {"core/Pod", "pods "},
    {"core/*", "namespaces nodes pods secrets events "},
    {"pods.core", "pods "},
    {"deployments.apps", "deployments "},
    {"apps/deployment", "deployments "},
    {"*.apps", "deployments "},
    {"Deployment kubernetes_node", "nodes deployments "},
    {"kubernetes_*", "namespaces nodes pods secrets deployments horizontalpodautoscalers "},
    {"!kubernetes_*", "oldthings ups mysteries "},
    {"!secrets !Pod !*.autoscaling", "namespaces nodes deployments ups mysteries "},
    {"* !kubernetes_*", "events oldthings ups mysteries "},
    {"pods !core/*", ""},
    {"events", "events "},
    {"mysteries", "mysteries "},
    {"nothing-of-the-sort", ""},
};

Test(discovery, types_answer_to_their_names_in_kubectl)
{
    for (size_t i = 0; i < WGO_COUNT(ASKED); i++) {
        struct wgo_buf found = {0};
        static const char *const PLURALS[] = {
            "namespaces", "nodes",       "pods",      "secrets",
            "events",     "deployments", "oldthings", "horizontalpodautoscalers",
            "ups",        "mysteries"};
        open_and_plan(ASKED[i].globs);
        answer(first(""), 200, KUBE_SYSTEM);
        answer(first("api"), 200, document("api-v2.json"));
        answer(first("apis"), 200, document("apis-v2.json"));
        for (size_t k = 0; k < WGO_COUNT(PLURALS); k++) {
            for (size_t t = 0; t < fake.task_count; t++) {
                if (fake.tasks[t]->type.len > 0 &&
                    strcmp(fake_var(fake.tasks[t], "plural"), PLURALS[k]) == 0) {
                    wgo_buf_format(&found, "%s ", PLURALS[k]);
                }
            }
        }
        const char *text = wgo_buf_terminated(&found);
        cr_assert_str_eq(text, ASKED[i].plurals, "%s gave %s", ASKED[i].globs, text);
        cr_assert_eq(fake.warning_count, *ASKED[i].plurals == '\0', "%s", ASKED[i].globs);
        for (size_t r = 0; r < fake.row_count; r++) {
            cr_assert_str_eq(fake.rows[r].type, "down.example.test/*", "%s left a row",
                             ASKED[i].globs);
        }
        wgo_buf_fini(&found);
        fake_fini(&fake);
        fake_init(&fake);
    }
}

/* A group nobody knows the contents of matters when something in it may have been asked for. */
static const struct {
    const char *globs;
    bool row;
} LOST[] = {
    {"", true},
    {"down.example.test/*", true},
    {"down.example.test/Widget", true},
    {"widgets.down.example.test", true},
    {"widgets", true},
    {"*", true},
    {"*/Widget", true},
    {"kubernetes_pod", false},
    {"apps/*", false},
    {"deployments.apps", false},
    {"!down.example.test/*", false},
    {"!pods", true},
};

Test(discovery, what_a_lost_group_may_have_held)
{
    for (size_t i = 0; i < WGO_COUNT(LOST); i++) {
        open_and_plan(LOST[i].globs);
        answer(first("apis"), 200, document("apis-v2.json"));
        cr_assert_eq(fake_row(&fake, "down.example.test/*") != NULL, LOST[i].row, "%s",
                     LOST[i].globs);
        fake_fini(&fake);
        fake_init(&fake);
    }
}

static size_t metrics_rows(const char *globs)
{
    open_and_plan(globs);
    answer(first("apis"), 200, document("apis-v2.json"));
    return fake_row(&fake, "metrics.k8s.io/*") != NULL;
}

Test(discovery, metrics_that_are_down_matter_to_who_asks)
{
    cr_assert_eq(metrics_rows("metrics.k8s.io/*"), 1);
    fake_fini(&fake);
    fake_init(&fake);
    cr_assert_eq(metrics_rows("nodes"), 0);
    fake_fini(&fake);
    fake_init(&fake);
    cr_assert_eq(metrics_rows("*"), 0);
}

Test(discovery, the_second_copy_of_events_must_be_asked_for_by_its_group)
{
    static const char EVENTS[] =
        "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{\"name\":\"events.k8s.io\"},"
        "\"versions\":[{\"version\":\"v1\",\"resources\":[{\"resource\":\"events\","
        "\"responseKind\":"
        "{\"kind\":\"Event\"},\"scope\":\"Namespaced\",\"verbs\":[\"list\"]}]}]}]}";
    static const struct {
        const char *globs, *lists;
    } CASES[] = {{"", ""},
                 {"*", "api/v1/events core/Event\n"},
                 {"events", "api/v1/events core/Event\n"},
                 {"Event", "api/v1/events core/Event\n"},
                 {"events.events.k8s.io", "apis/events.k8s.io/v1/events events.k8s.io/Event\n"},
                 {"events.k8s.io/*", "apis/events.k8s.io/v1/events events.k8s.io/Event\n"}};
    for (size_t i = 0; i < WGO_COUNT(CASES); i++) {
        open_and_plan(CASES[i].globs);
        answer(first(""), 200, KUBE_SYSTEM);
        answer(first("apis"), 200, EVENTS);
        answer(first("api"), 200,
               "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{},\"versions\":["
               "{\"version\":\"v1\",\"resources\":[{\"resource\":\"events\",\"responseKind\":"
               "{\"kind\":\"Event\"},\"scope\":\"Namespaced\",\"verbs\":[\"list\"]}]}]}]}");
        cr_assert_str_eq(lists(), CASES[i].lists, "%s", CASES[i].globs);
        fake_fini(&fake);
        fake_init(&fake);
    }
}

/* ---- namespaces that were asked for ---- */

Test(discovery, named_namespaces)
{
    struct wgo_str names[2] = {WGO_STR("a"), WGO_STR("b-2")};
    fake.options.namespaces = (struct wgo_str_list){names, 2};
    open_and_plan("pods nodes");
    answer(first(""), 403, "{}");
    answer(first("api"), 200, document("api-v2.json"));
    answer(first("apis"), 200, document("apis-v2.json"));
    cr_assert_str_eq(lists(), "api/v1/namespaces/a/pods kubernetes_pod\n"
                              "api/v1/namespaces/b-2/pods kubernetes_pod\n");
    const struct fake_row *row = fake_row(&fake, "kubernetes_node");
    cr_assert_eq(row->seen, WGO_SEEN_SKIPPED);
    cr_assert_str_eq(row->error, "lives outside of namespaces");
}

/* ---- what is asked before anything is known ---- */

static const char *aheads(void)
{
    static char text[2048];
    text[0] = '\0';
    for (size_t i = 0; i < fake.ahead_count; i++) {
        const struct wgo_task *task = fake.ahead[i];
        size_t len = strlen(text);
        snprintf(text + len, sizeof(text) - len, "%s%.*s %s/%s%s%s%s", i ? ", " : "",
                 WGO_FMT(task->entry), fake_var(task, "base"), fake_var(task, "in"),
                 fake_var(task, "in_namespace"), fake_var(task, "slash"), fake_var(task, "plural"));
        cr_assert_str_eq(fake_var(task, "cluster"), "", "nobody knows it yet");
    }
    return text;
}

Test(discovery, what_every_cluster_lists_is_asked_for_at_once)
{
    open_and_plan("");
    cr_assert_str_eq(aheads(), "list api/v1/pods, list api/v1/configmaps, "
                               "list api/v1/endpoints, list api/v1/persistentvolumeclaims, "
                               "secrets api/v1/secrets, list api/v1/services, "
                               "list api/v1/serviceaccounts");
}

Test(discovery, of_that_only_what_is_wanted)
{
    open_and_plan("kubernetes_pod nodes !kubernetes_secret");
    cr_assert_str_eq(aheads(), "list api/v1/pods");
}

Test(discovery, and_where_it_is_wanted)
{
    const struct wgo_str namespaces[] = {WGO_STR("a"), WGO_STR("b-2")};
    fake.options.namespaces = (struct wgo_str_list){namespaces, 2};
    open_and_plan("Pod Secret");
    cr_assert_str_eq(aheads(), "list api/v1/namespaces/a/pods, list api/v1/namespaces/b-2/pods, "
                               "secrets api/v1/namespaces/a/secrets, "
                               "secrets api/v1/namespaces/b-2/secrets");
}

static enum wgo_status (*emit)(struct wgo_emitter *, const struct wgo_task *, struct wgo_error *);

/* A server that has answered before the next task is there. */
static enum wgo_status answer_at_once(struct wgo_emitter *emitter, const struct wgo_task *task,
                                      struct wgo_error *err)
{
    cr_assert(task->ahead || task->type.len == 0 || fake.ahead_count == 7,
              "what is listed would be asked ahead after it");
    enum wgo_status status = emit(emitter, task, err);
    if (wgo_str_is(task->entry, "discovery") && strcmp(fake_var(task, "base"), "apis") == 0) {
        answer(first(""), 200, KUBE_SYSTEM);
        answer(first("api"), 200, document("api-v2.json"));
        answer(first("apis"), 200, document("apis-v2.json"));
    }
    return status;
}

Test(discovery, and_before_anything_is_listed)
{
    emit = fake.emitter.task;
    fake.emitter.task = answer_at_once;
    cr_assert_eq(fake_open(&fake, fake_kubeconfig(), NULL), WGO_OK, "%s", fake.error.message);
    cr_assert_eq(wgo_kubernetes_collector.plan(fake.self, &fake.emitter, &fake.error), WGO_OK);
    cr_assert_eq(fake.ahead_count, 7);
    cr_holds(lists(), "api/v1/pods kubernetes_pod");
}

/* ---- contexts that show the same ---- */

Test(discovery, contexts_of_one_cluster_and_user_are_read_once)
{
    struct wgo_str pattern = WGO_STR("{plain,twin-a,basic}");
    fake.options.contexts = (struct wgo_str_list){&pattern, 1};
    cr_assert_eq(fake_open(&fake, fake_fixture("everything.yaml"), NULL), WGO_OK, "%s",
                 fake.error.message);
    cr_assert_eq(wgo_kubernetes_collector.plan(fake.self, &fake.emitter, &fake.error), WGO_OK);
    cr_assert_eq(fake.task_count, 6, "two clusters, not three");
    cr_assert_eq(fake.row_count, 1);
    cr_assert_str_eq(fake.rows[0].account, "twin-a");
    cr_assert_eq(fake.rows[0].seen, WGO_SEEN_SKIPPED);
    cr_assert_str_eq(fake.rows[0].error, "same cluster and user as context plain");
}
