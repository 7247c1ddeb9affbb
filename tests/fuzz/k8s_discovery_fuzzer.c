/* k8s_discovery_fuzzer.c: any bytes as what an API server says before and beside its lists. The
 * first byte chooses the question: the cluster, /api, /apis, one group, the namespaces, what may be
 * listed in one of them, an object with owners, an expired token, the versions of what may have
 * changed, or a watch; the rest is the answer. */
#include "fake.h"
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DISCOVERY                                                                                  \
    "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{},\"versions\":[{\"version\":"  \
    "\"v1\",\"resources\":[{\"resource\":\"pods\",\"responseKind\":{\"kind\":\"Pod\"},\"scope\":"  \
    "\"Namespaced\",\"verbs\":[\"list\"]}]}]}]}"
#define CLASSIC "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}"

enum question {
    CLUSTER,
    API,
    APIS,
    GROUP,
    NAMESPACES,
    RULES,
    OWNERS,
    EXPIRED,
    CHANGES,
    WATCH,
    QUESTIONS
};

static struct fake fake;

static const struct wgo_task *task_of(const char *entry, const char *base)
{
    size_t at = 0;
    const struct wgo_task *task;
    while ((task = fake_task(&fake, entry, &at)) != NULL) {
        if (!base || strcmp(fake_var(task, "base"), base) == 0) {
            return task;
        }
    }
    return NULL;
}

static void answer(const struct wgo_task *task, int http_status, const char *body)
{
    if (task) {
        enum wgo_status status = fake_answer(&fake, task, http_status, body, false, NULL);
        must(status == WGO_OK || fake.error.message[0] != '\0', "a failure without a word");
    }
}

/* Everything known but the answer to 'question'. */
static const struct wgo_task *ask(enum question question)
{
    if (question == CLUSTER) {
        return task_of("cluster", NULL);
    }
    if (question == API || question == APIS) {
        return task_of("discovery", question == API ? "api" : "apis");
    }
    answer(task_of("cluster", NULL), 200, "{\"metadata\":{\"uid\":\"u\"}}");
    answer(task_of("discovery", "apis"), 200, "{\"kind\":\"APIGroupList\",\"groups\":null}");
    answer(task_of("discovery", "api"), 200, question == GROUP ? CLASSIC : DISCOVERY);
    if (question == GROUP) {
        return task_of("group", NULL);
    }
    const struct wgo_task *pods = task_of("list", NULL);
    if (question == OWNERS || question == EXPIRED || question == CHANGES || question == WATCH) {
        return pods;
    }
    answer(pods, 403, "{}");
    if (question == RULES) {
        answer(task_of("namespaces", NULL), 200, "{\"items\":[{\"metadata\":{\"name\":\"a\"}}]}");
        return task_of("rules", NULL);
    }
    return task_of("namespaces", NULL);
}

static void finish(const struct wgo_task *task, struct wgo_str item)
{
    struct wgo_record record = {.namespace_name = WGO_STR("a")};
    if (wgo_json_check(item, NULL) != WGO_OK) {
        return; /* the engine hands out checked items only */
    }
    enum wgo_status status = wgo_kubernetes_collector.finish(
        fake.self, WGO_STR("owners"), task, item, &fake.emitter, &record, &fake.error);
    must(status == WGO_OK, "owners cannot fail");
    must(record.dependencies.len == 0 || wgo_json_check(record.dependencies, NULL) == WGO_OK,
         "dependencies that are no JSON");
}

static char kubeconfig[64];

static void remove_kubeconfig(void)
{
    unlink(kubeconfig);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    if (!kubeconfig[0]) {
        snprintf(kubeconfig, sizeof(kubeconfig), "%s", fake_kubeconfig());
        atexit(remove_kubeconfig);
    }
    char *body = strndup((const char *)data + 1, size - 1);
    enum question question = data[0] % 16 % QUESTIONS;
    fake_init(&fake);
    must(body && fake_open(&fake, kubeconfig, NULL) == WGO_OK, "no collector");
    must(wgo_kubernetes_collector.plan(fake.self, &fake.emitter, &fake.error) == WGO_OK, "no plan");
    const struct wgo_task *task = ask(question);
    must(task != NULL, "no question");
    if (question == OWNERS) {
        finish(task, wgo_str(body));
    } else if (question == EXPIRED) {
        struct wgo_task later = *task;
        later.token = WGO_STR("t");
        answer(&later, 410, body);
    } else if (question == CHANGES) {
        struct wgo_task changes = *task;
        changes.entry = WGO_STR("changes");
        answer(&changes, 200, body);
        for (size_t i = 0; i < fake.task_count; i++) {
            must(!fake.tasks[i]->alone || fake.tasks[i]->type.len > 0, "a page of no list");
        }
    } else if (question == WATCH) {
        struct wgo_task watch = *task;
        watch.entry = WGO_STR("watch");
        must(wgo_task_set(&watch, WGO_STR("at"), WGO_STR("8")) &&
                 wgo_task_set(&watch, WGO_STR("fresh"), WGO_STR("9")),
             "no room");
        size_t before = fake.task_count;
        answer(&watch, 200, body);
        must(fake.retained_count == 1 || (fake.gone_count == 0 && fake.task_count == before + 1),
             "an answer that is half believed");
    } else {
        answer(task, 200, body);
        answer(task, 200, body); /* an answer may come twice: lists that begin anew */
    }
    for (size_t i = 0; i < fake.row_count; i++) {
        must(fake.rows[i].seen == WGO_SEEN_OK || fake.rows[i].error[0], "a row without an error");
    }
    fake_keep_files(&fake);
    free(body);
    return 0;
}
