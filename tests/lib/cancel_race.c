/* cancel_race.c: wgo_cancel() from other threads, before, during and after scans that come and go.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <wgo.h>

enum { CANCELLERS = 3, SCANS = 40 };

static struct wgo *wgo;
static _Atomic bool over;
static _Atomic unsigned interrupted, completed;

static enum wgo_code collect(struct wgo_context *context, void *user, struct wgo_problem *problem)
{
    (void)user;
    for (int i = 0; i < 200 && !wgo_cancelled(context); i++) {
        char id[32];
        snprintf(id, sizeof(id), "r%d", i);
        struct wgo_resource resource = {.id = id, .type = "thing", .configuration = "{\"a\":1}"};
        enum wgo_code code = wgo_emit(context, &resource, problem);
        if (code != WGO_COMPLETE) {
            return code;
        }
    }
    return wgo_cancelled(context) ? WGO_INTERRUPTED : WGO_COMPLETE;
}

static void *cancel_often(void *state)
{
    unsigned random = (unsigned)(size_t)state * 2654435761u;
    while (!atomic_load(&over)) {
        random = random * 1103515245u + 12345u;
        usleep((random >> 16) % 30000);
        wgo_cancel(wgo);
    }
    return NULL;
}

static void count(void *user, const char *provider, const char *json, size_t len)
{
    (void)provider;
    (void)json;
    *(size_t *)user += len; /* one at a time, says the header */
}

int main(void)
{
    char folder[] = "/tmp/wgo-race-XXXXXX", command[64];
    struct wgo_problem problem = {0};
    struct wgo_options options = {.state_dir = mkdtemp(folder), .without_cache = true};
    struct wgo_collector one = {.name = "one", .collect = collect};
    struct wgo_collector two = {.name = "two", .collect = collect};
    pthread_t threads[CANCELLERS];
    wgo = wgo_open(&options, &problem);
    if (!wgo || wgo_add_collector(wgo, &one, NULL, &problem) != WGO_COMPLETE ||
        wgo_add_collector(wgo, &two, NULL, &problem) != WGO_COMPLETE) {
        fprintf(stderr, "%s\n", problem.message);
        return 1;
    }
    for (size_t i = 0; i < CANCELLERS; i++) {
        if (pthread_create(&threads[i], NULL, cancel_often, (void *)(i + 1)) != 0) {
            return 1;
        }
    }
    int bad = 0;
    for (int i = 0; i < SCANS; i++) {
        size_t bytes = 0;
        struct wgo_events events = {.user = &bytes, .resource = count};
        struct wgo_result *result = NULL;
        enum wgo_code code = wgo_scan(wgo, &events, &result, &problem);
        if (code == WGO_INTERRUPTED) {
            atomic_fetch_add(&interrupted, 1);
        } else if (code == WGO_COMPLETE) {
            atomic_fetch_add(&completed, 1);
            bad += wgo_result_resource_count(result) != 200; /* both emit the same ids */
        } else {
            fprintf(stderr, "scan %d: %d: %s\n", i, (int)code, problem.message);
            bad++;
        }
        wgo_result_free(result);
    }
    atomic_store(&over, true);
    for (size_t i = 0; i < CANCELLERS; i++) {
        pthread_join(threads[i], NULL);
    }
    wgo_close(wgo);
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    bad += system(command) != 0;
    printf("%u scans interrupted, %u completed, %d wrong\n", interrupted, completed, bad);
    return bad != 0;
}
