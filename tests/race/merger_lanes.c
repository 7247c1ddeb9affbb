/* Eight lanes append at once under a budget so small that somebody is always spilling, and lanes
 * come and go meanwhile. Every record must be there in the end. */
#include "merger/merger.h"

#include <pthread.h>
#include <stdio.h>

enum { LANES = 8, ROUNDS = 6, RECORDS = 400 };

struct worker {
    struct wgo_sink sink;
    int number;
    int failures;
};

static void append_some(struct worker *worker, struct wgo_sink_lane *lane, int round)
{
    static const char filler[] = "{\"filler\":\"0123456789012345678901234567890123456789\"}";
    for (int i = 0; i < RECORDS; i++) {
        char id[64];
        struct wgo_error err = {0};
        /* Half of the ids are every lane's, half are its own. */
        snprintf(id, sizeof(id), "id/%d/%d/%d", i % 2 ? worker->number : -1, round, i);
        struct wgo_record record = {.id = wgo_str(id),
                                    .type = WGO_STR("t"),
                                    .provider = WGO_STR("p"),
                                    .configuration = wgo_str(filler),
                                    .fingerprint = 1};
        worker->failures += worker->sink.append(lane, &record, &err) != WGO_OK;
    }
}

static void *work(void *state)
{
    struct worker *worker = state;
    for (int round = 0; round < ROUNDS; round++) {
        struct wgo_error err = {0};
        struct wgo_sink_lane *lane;
        if (worker->sink.open_lane(worker->sink.self, &lane, &err) != WGO_OK) {
            worker->failures++;
            return NULL;
        }
        append_some(worker, lane, round);
        worker->sink.close_lane(worker->sink.self, lane);
    }
    return NULL;
}

int main(void)
{
    struct wgo_merger_options options = {.memory_budget = 64 << 10, .segment_size = 8 << 10};
    struct wgo_merger *merger;
    struct wgo_merge_stats stats = {0};
    struct wgo_error err = {0};
    struct worker workers[LANES];
    pthread_t threads[LANES];
    int failures = 0;
    if (wgo_merger_new(&options, &merger, &err) != WGO_OK) {
        return 1;
    }
    for (int i = 0; i < LANES; i++) {
        workers[i] = (struct worker){.sink = wgo_merger_sink(merger), .number = i};
        pthread_create(&threads[i], NULL, work, &workers[i]);
    }
    for (int i = 0; i < LANES; i++) {
        pthread_join(threads[i], NULL);
        failures += workers[i].failures;
    }
    enum wgo_status status = wgo_merger_each(merger, WGO_STR(""), NULL, NULL, &stats, &err);
    wgo_merger_free(merger);
    uint64_t own = (uint64_t)LANES * ROUNDS * RECORDS / 2, shared = (uint64_t)ROUNDS * RECORDS / 2;
    printf(
        "%llu records, %llu resources, %llu bytes spilled, %llu bytes of memory, %d failures%s%s\n",
        (unsigned long long)stats.records, (unsigned long long)stats.resources,
        (unsigned long long)stats.spilled_bytes, (unsigned long long)stats.most_memory_bytes,
        failures, status ? ": " : "", err.message);
    return status != WGO_OK || failures || stats.records != (uint64_t)LANES * ROUNDS * RECORDS ||
           stats.resources != own + shared || stats.spilled_bytes == 0;
}
