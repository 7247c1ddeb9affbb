/* k8s_cluster.c: one cluster's answers read by many threads at once, as the engine's workers do.
 *
 * Refused lists and reviewed namespaces meet from both sides while another thread renews the
 * credentials that all of them put into requests. However they interleave, each refused resource
 * must be listed once in each namespace that allows it, and get its final row once. Then pages of
 * all lists turn out to be forgotten, to all threads at once: each list is begun anew once. Ends
 * with 1 when not. */
#include "k8s/k8s.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 6, SPACES = 60, PLURALS = 24, ROUNDS = 20 };

struct race {
    void *self;
    struct wgo_services services;
    pthread_mutex_t lock;
    /* guarded by 'lock' */
    struct wgo_task *tasks[SPACES * PLURALS + SPACES + PLURALS + 16];
    size_t count, taken, busy;
    unsigned listed[PLURALS][SPACES];
    unsigned final_rows[PLURALS];
    unsigned anew[PLURALS];
    bool failed;
};

struct hand {
    struct wgo_emitter emitter; /* first: handed to the collector */
    struct race *race;
    struct wgo_arena arena;
};

static struct wgo_clock clock_;
static char token_path[] = "/tmp/wgo-race-token-XXXXXX";
static char config_path[] = "/tmp/wgo-race-config-XXXXXX";

static void fail(struct race *race, const char *what)
{
    fprintf(stderr, "%s\n", what);
    pthread_mutex_lock(&race->lock);
    race->failed = true;
    pthread_mutex_unlock(&race->lock);
}

/* ---- the other side ---- */

static const char *environment(const char *name)
{
    return strcmp(name, "KUBECONFIG") == 0 ? config_path : NULL;
}

static int64_t on_begun(void *engine)
{
    (void)engine;
    return 0; /* nothing is kept */
}

static void on_warn(void *engine, const char *format, ...) WGO_PRINTF(2, 3);
static void on_warn(void *engine, const char *format, ...)
{
    (void)engine;
    (void)format;
}

static void on_fits(void *engine, const struct wgo_str_list *patterns, size_t at)
{
    (void)engine;
    (void)patterns;
    (void)at;
}

static void on_report(void *engine, const struct wgo_error *error)
{
    (void)engine;
    (void)error;
}

static unsigned number(const struct wgo_task *task, const char *name)
{
    struct wgo_str value = wgo_task_var(task, wgo_str(name));
    uint64_t n = 0;
    return value.len > 1 && wgo_str_to_u64(wgo_str_slice(value, 1, value.len), &n) ? (unsigned)n
                                                                                   : 0;
}

static enum wgo_status on_task(struct wgo_emitter *emitter, const struct wgo_task *task,
                               struct wgo_error *err)
{
    struct race *race = ((struct hand *)emitter)->race;
    if (task->ahead) {
        return WGO_OK; /* an engine may leave them out */
    }
    struct wgo_task *copy = wgo_task_copy(task);
    pthread_mutex_lock(&race->lock);
    bool room = copy && race->count < WGO_COUNT(race->tasks);
    if (room) {
        race->tasks[race->count++] = copy;
        race->anew[number(task, "plural")] += task->restarts > 0;
        if (wgo_task_var(task, WGO_STR("in")).len > 0) {
            race->listed[number(task, "plural")][number(task, "in_namespace")]++;
        }
    }
    pthread_mutex_unlock(&race->lock);
    return room ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "more tasks than there can be");
}

static void on_row(struct wgo_emitter *emitter, const struct wgo_row *row)
{
    struct race *race = ((struct hand *)emitter)->race;
    uint64_t plural = 0;
    size_t slash = wgo_str_find_char(row->type, '/');
    if (wgo_str_starts(row->error, WGO_STR("cluster-wide")) &&
        wgo_str_to_u64(wgo_str_slice(row->type, slash + 2, row->type.len), &plural)) {
        pthread_mutex_lock(&race->lock);
        race->final_rows[plural]++;
        pthread_mutex_unlock(&race->lock);
    }
}

static enum wgo_status on_items(struct wgo_emitter *emitter, struct wgo_str document,
                                struct wgo_error *err)
{
    (void)emitter;
    (void)document;
    (void)err;
    return WGO_OK;
}

static void init_hand(struct hand *hand, struct race *race)
{
    *hand = (struct hand){.race = race};
    hand->emitter = (struct wgo_emitter){
        .engine = race, .arena = &hand->arena, .task = on_task, .row = on_row, .items = on_items};
}

/* ---- answers ---- */

static void put_discovery(struct wgo_buf *body)
{
    wgo_buf_cstr(body, "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{\"name\":"
                       "\"r.test\"},\"versions\":[{\"version\":\"v1\",\"resources\":[");
    for (int i = 0; i < PLURALS; i++) {
        wgo_buf_format(body,
                       "%s{\"resource\":\"p%d\",\"responseKind\":{\"kind\":\"K%d\"},\"scope\":"
                       "\"Namespaced\",\"verbs\":[\"list\"]}",
                       i ? "," : "", i, i);
    }
    wgo_buf_cstr(body, "]}]}]}");
}

/* The namespace sN allows the plurals that N divides with the same rest by 3, all when N is 0. */
static bool allows(unsigned space, unsigned plural)
{
    return space == 0 || space % 3 == plural % 3;
}

static void put_rules(struct wgo_buf *body, unsigned space)
{
    wgo_buf_cstr(body,
                 "{\"status\":{\"resourceRules\":[{\"verbs\":[\"list\"],\"apiGroups\":[\"*\"],"
                 "\"resources\":[\"none\"");
    for (unsigned i = 0; i < PLURALS; i++) {
        if (allows(space, i)) {
            wgo_buf_format(body, ",\"p%u\"", i);
        }
    }
    wgo_buf_cstr(body, "]}]}}");
}

static void put_namespaces(struct wgo_buf *body)
{
    wgo_buf_cstr(body, "{\"items\":[");
    for (int i = 0; i < SPACES; i++) {
        wgo_buf_format(body, "%s{\"metadata\":{\"name\":\"s%d\"}}", i ? "," : "", i);
    }
    wgo_buf_cstr(body, "]}");
}

static const char *put_answer(const struct wgo_task *task, struct wgo_response *response)
{
    struct wgo_buf *body = &response->body;
    response->http_status = 200;
    if (wgo_str_is(task->entry, "cluster")) {
        wgo_buf_cstr(body, "{\"metadata\":{\"uid\":\"u\"}}");
        return "cluster";
    }
    if (wgo_str_is(task->entry, "discovery")) {
        if (wgo_str_is(wgo_task_var(task, WGO_STR("base")), "apis")) {
            put_discovery(body);
        } else {
            wgo_buf_cstr(body, "{\"kind\":\"APIVersions\",\"versions\":[]}");
        }
        return "discovery";
    }
    if (wgo_str_is(task->entry, "namespaces")) {
        put_namespaces(body);
        return "namespaces";
    }
    if (wgo_str_is(task->entry, "rules")) {
        put_rules(body, number(task, "in_namespace"));
        return "rules";
    }
    if (wgo_task_var(task, WGO_STR("in")).len == 0) {
        response->http_status = 403;
        return "list";
    }
    response->http_status =
        401; /* what a list in a namespace says matters to the credentials only */
    return NULL;
}

static void handle(struct hand *hand, const struct wgo_task *task)
{
    const struct wgo_collector_type *type = &wgo_kubernetes_collector;
    struct race *race = hand->race;
    struct wgo_request request = {.method = "GET", .url = WGO_STR("/x")};
    struct wgo_response response;
    struct wgo_verdict verdict = {0};
    struct wgo_error error = {0};
    wgo_response_init(&response);
    const char *decoder = put_answer(task, &response);
    (void)type->stale(race->self, task, false);
    if (type->prepare(race->self, task, &hand->arena, &request, &error) != WGO_OK) {
        fail(race, error.message);
    }
    type->classify(race->self, task, &response, &verdict);
    if (decoder) {
        struct wgo_page page = {.task = task,
                                .response = &response,
                                .document = wgo_buf_view(&response.body),
                                .fallback = verdict.kind == WGO_VERDICT_FALLBACK,
                                .verdict = &verdict};
        if (type->decode(race->self, wgo_str(decoder), &page, &hand->emitter, &error) != WGO_OK) {
            fail(race, error.message);
        }
    }
    wgo_response_fini(&response);
    wgo_arena_reset(&hand->arena);
}

/* ---- threads ---- */

/* The next task; NULL when there is none and nobody is at work who could make one. */
static const struct wgo_task *take(struct race *race, bool *out_over)
{
    pthread_mutex_lock(&race->lock);
    const struct wgo_task *task = race->taken < race->count ? race->tasks[race->taken++] : NULL;
    race->busy += task != NULL;
    *out_over = !task && race->busy == 0;
    pthread_mutex_unlock(&race->lock);
    return task;
}

static void *work(void *state)
{
    struct hand hand;
    struct race *race = state;
    bool over = false;
    init_hand(&hand, race);
    while (!over) {
        const struct wgo_task *task = take(race, &over);
        if (!task) {
            continue;
        }
        handle(&hand, task);
        pthread_mutex_lock(&race->lock);
        race->busy--;
        pthread_mutex_unlock(&race->lock);
    }
    wgo_arena_fini(&hand.arena);
    return NULL;
}

/* Every list of the whole cluster, as if a page of it had been asked for again. */
static void *forget(void *state)
{
    struct race *race = state;
    struct hand hand;
    init_hand(&hand, race);
    for (size_t i = 0; i < race->taken; i++) { /* nobody takes any more */
        struct wgo_task page = *race->tasks[i];
        struct wgo_response response;
        struct wgo_verdict verdict = {0};
        struct wgo_error error = {0};
        if (page.type.len == 0 || wgo_task_var(&page, WGO_STR("in")).len > 0) {
            continue;
        }
        wgo_response_init(&response);
        response.http_status = 410;
        page.alone = true;
        page.token = WGO_STR("t");
        wgo_kubernetes_collector.classify(race->self, &page, &response, &verdict);
        struct wgo_page answer = {.task = &page,
                                  .response = &response,
                                  .fallback = verdict.kind == WGO_VERDICT_FALLBACK,
                                  .verdict = &verdict};
        if (!answer.fallback ||
            wgo_kubernetes_collector.decode(race->self, WGO_STR("list"), &answer, &hand.emitter,
                                            &error) != WGO_OK) {
            fail(race, "a forgotten page");
        }
        wgo_response_fini(&response);
    }
    wgo_arena_fini(&hand.arena);
    return NULL;
}

static _Atomic bool done;

static void *renew(void *state)
{
    struct race *race = state;
    struct wgo_error error = {0};
    while (!atomic_load(&done)) {
        if (wgo_kubernetes_collector.refresh(race->self, WGO_STR("x"), &error) != WGO_OK) {
            fail(race, error.message);
        }
    }
    return NULL;
}

static void check(struct race *race)
{
    for (unsigned p = 0; p < PLURALS; p++) {
        for (unsigned s = 0; s < SPACES; s++) {
            if (race->listed[p][s] != allows(s, p)) {
                fprintf(stderr, "p%u in s%u was listed %u times\n", p, s, race->listed[p][s]);
                race->failed = true;
            }
        }
        if (race->anew[p] != 1) {
            fprintf(stderr, "p%u was begun anew %u times\n", p, race->anew[p]);
            race->failed = true;
        }
        if (race->final_rows[p] != 1) {
            fprintf(stderr, "p%u has %u final rows\n", p, race->final_rows[p]);
            race->failed = true;
        }
    }
}

static bool run(void)
{
    static struct race race;
    pthread_t threads[THREADS], renewer;
    struct wgo_provider_options options = {0};
    struct wgo_error error = {0};
    struct hand hand;
    race = (struct race){0};
    pthread_mutex_init(&race.lock, NULL);
    static const struct wgo_redactor without_key;
    race.services = (struct wgo_services){.redactor = &without_key,
                                          .clock = &clock_,
                                          .engine = &race,
                                          .begun = on_begun,
                                          .warn = on_warn,
                                          .report = on_report,
                                          .fits = on_fits};
    struct wgo_collector_env env = {
        .options = &options, .services = &race.services, .getenv = environment};
    init_hand(&hand, &race);
    if (wgo_kubernetes_collector.open(&env, &race.self, &error) != WGO_OK ||
        wgo_kubernetes_collector.plan(race.self, &hand.emitter, &error) != WGO_OK) {
        fprintf(stderr, "%s\n", error.message);
        return false;
    }
    atomic_store(&done, false);
    pthread_create(&renewer, NULL, renew, &race);
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, work, &race);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, forget, &race);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    atomic_store(&done, true);
    pthread_join(renewer, NULL);
    check(&race);
    wgo_kubernetes_collector.close(race.self);
    for (size_t i = 0; i < race.count; i++) {
        free(race.tasks[i]);
    }
    wgo_arena_fini(&hand.arena);
    pthread_mutex_destroy(&race.lock);
    return !race.failed;
}

static bool write_file(char *path, const char *text)
{
    int fd = mkstemp(path);
    ssize_t len = (ssize_t)strlen(text);
    return fd >= 0 && write(fd, text, (size_t)len) == len && close(fd) == 0;
}

int main(void)
{
    char config[512];
    bool good = write_file(token_path, "t\n");
    snprintf(config, sizeof(config),
             "current-context: x\nclusters: [{name: c, cluster: {server: 'https://c.test'}}]\n"
             "users: [{name: u, user: {tokenFile: '%s'}}]\n"
             "contexts: [{name: x, context: {cluster: c, user: u}}]\n",
             token_path);
    good = good && write_file(config_path, config);
    wgo_clock_init_manual(&clock_, (struct wgo_wall){INT64_C(1700000000) * WGO_S});
    for (int i = 0; i < ROUNDS && good; i++) {
        good = run();
    }
    unlink(token_path);
    unlink(config_path);
    printf("%s: %d rounds, %d threads, %d namespaces, %d resources\n", good ? "ok" : "FAILED",
           ROUNDS, THREADS, SPACES, PLURALS);
    return good ? 0 : 1;
}
