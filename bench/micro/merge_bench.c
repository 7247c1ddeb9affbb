/* merge_bench.c: what merging costs: records appended from several threads, merged and written.
 *
 *   bench_merge [--records N] [--size BYTES] [--lanes N] [--budget SIZE] [--copies PERCENT]
 * [--output FILE] [--json]
 *
 * Records have ids as Kubernetes gives them, in the order a list call would, each lane its own
 * types. The snapshot goes to an unnamed file in TMPDIR, or to FILE, and to the disk: writing ends
 * when it is there. Printed: seconds of appending and of writing, bytes spilled, page faults, CPU
 * seconds of appending and of all, and the peak of resident memory (ru_maxrss), of which the
 * generator's own part is a few KB. Times are the machine's; the peak is
 * what must stay flat. */
#include "base/clock.h"
#include "base/file.h"
#include "merger/snapshot.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum { MOST_LANES = 64, PAGE = 500 };

struct settings {
    uint64_t records, size, lanes, budget, copies;
    const char *output; /* NULL: a file without a name */
    bool json;
};

struct worker {
    struct wgo_sink sink;
    const struct settings *settings;
    uint64_t number;
    char *configuration;
    struct wgo_error err;
};

/* Scattered, as names are: neighbours in a list are not neighbours in the order of ids. */
static uint64_t scatter(uint64_t n)
{
    n = (n ^ (n >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    return (n ^ (n >> 27)) * UINT64_C(0x94d049bb133111eb);
}

static void *append_all(void *state)
{
    struct worker *worker = state;
    const struct settings *s = worker->settings;
    struct wgo_sink_lane *lane;
    char id[160], name[64];
    if (worker->sink.open_lane(worker->sink.self, &lane, &worker->err) != WGO_OK) {
        return NULL;
    }
    uint64_t share = s->records / s->lanes + (worker->number < s->records % s->lanes);
    for (uint64_t i = 0; i < share && worker->err.status == WGO_OK; i++) {
        bool copy = i > 0 && scatter(i) % 100 < s->copies;
        uint64_t which = copy ? i - 1 : i;
        snprintf(name, sizeof(name), "app-%016llx", (unsigned long long)scatter(which));
        snprintf(id, sizeof(id),
                 "k8s://6f8a2b1c-0d3e-4f5a-9b7c-8d9e0f1a2b3c/apps/Type%llu/namespace-%llu/%s",
                 (unsigned long long)worker->number, (unsigned long long)(which / PAGE), name);
        struct wgo_record record = {
            .id = wgo_str(id),
            .type = WGO_STR("kubernetes_deployment"),
            .name = wgo_str(name),
            .provider = WGO_STR("kubernetes"),
            .account = WGO_STR("6f8a2b1c-0d3e-4f5a-9b7c-8d9e0f1a2b3c"),
            .native_type = WGO_STR("apps/v1/Deployment"),
            .created_at = WGO_STR("2026-01-01T00:00:00Z"),
            .configuration = wgo_str_from(worker->configuration, s->size),
            .tags = WGO_STR("{\"app\":\"web\",\"tier\":\"front\"}"),
            .source_provider = copy ? WGO_STR("terraform") : WGO_STR("kubernetes"),
            .source_type = copy ? WGO_STR("state") : WGO_STR("list"),
            .fingerprint = scatter(which) | 1,
            .live = !copy,
        };
        (void)worker->sink.append(lane, &record, &worker->err);
    }
    worker->sink.close_lane(worker->sink.self, lane);
    return NULL;
}

static bool append_records(struct wgo_merger *merger, const struct settings *s, char *configuration)
{
    static struct worker workers[MOST_LANES];
    pthread_t threads[MOST_LANES];
    bool good = true;
    for (uint64_t i = 0; i < s->lanes; i++) {
        workers[i] = (struct worker){.sink = wgo_merger_sink(merger),
                                     .settings = s,
                                     .number = i,
                                     .configuration = configuration};
        if (pthread_create(&threads[i], NULL, append_all, &workers[i]) != 0) {
            abort();
        }
    }
    for (uint64_t i = 0; i < s->lanes; i++) {
        pthread_join(threads[i], NULL);
        if (workers[i].err.status != WGO_OK) {
            fprintf(stderr, "append: %s\n", workers[i].err.message);
            good = false;
        }
    }
    return good;
}

static bool write_snapshot(struct wgo_merger *merger, const char *path,
                           struct wgo_snapshot_result *out)
{
    struct wgo_error err = {.message = "the file cannot be written"};
    struct wgo_fd_output *file = NULL;
    struct wgo_rows *rows = wgo_rows_new();
    int fd = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : wgo_temp_fd(&err);
    bool good = false;
    if (rows && fd >= 0 && wgo_fd_output_new(fd, "snapshot", &file, &err) == WGO_OK) {
        struct wgo_output output = wgo_fd_output(file);
        struct wgo_snapshot_head head = {.id = WGO_STR("0"),
                                         .provider = WGO_STR("kubernetes"),
                                         .version = WGO_STR("0"),
                                         .rows = rows};
        good = wgo_snapshot_write(merger, WGO_STR(""), &head, WGO_FORMAT_JSON, &output, out,
                                  &err) == WGO_OK &&
               wgo_fd_output_flush(file, &err) == WGO_OK && fsync(fd) == 0;
    }
    if (!good) {
        fprintf(stderr, "write: %s\n", err.message);
    }
    wgo_fd_output_free(file);
    wgo_rows_free(rows);
    if (fd >= 0) {
        close(fd);
    }
    return good;
}

static double cpu_s_of(const struct rusage *usage)
{
    return (double)usage->ru_utime.tv_sec + (double)usage->ru_stime.tv_sec +
           (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

static struct rusage after_append;

static void print_figures(const struct settings *s, const struct wgo_snapshot_result *result,
                          double append_s, double write_s)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    double cpu_s = cpu_s_of(&usage);
    const char *format =
        s->json ? "{\"records\":%llu,\"size\":%llu,\"lanes\":%llu,\"budget\":%llu,"
                  "\"resources\":%llu,\"append_s\":%.3f,\"write_s\":%.3f,\"cpu_s\":%.3f,"
                  "\"spilled_bytes\":%llu,\"segments_bytes\":%llu,\"snapshot_bytes\":%llu,"
                  "\"max_rss_kb\":%ld,\"faults\":%ld,\"append_cpu_s\":%.3f,"
                  "\"append_faults\":%ld}\n"
                : "%llu records of %llu bytes, %llu lanes, budget %llu: %llu resources\n"
                  "append %.3f s, write %.3f s, cpu %.3f s\n"
                  "spilled %llu, most in segments %llu, snapshot %llu bytes\n"
                  "peak resident %ld KB, %ld page faults; appending: %.3f s of cpu, %ld faults\n";
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    printf(format, (unsigned long long)s->records, (unsigned long long)s->size,
           (unsigned long long)s->lanes, (unsigned long long)s->budget,
           (unsigned long long)result->merge.resources, append_s, write_s, cpu_s,
           (unsigned long long)result->merge.spilled_bytes,
           (unsigned long long)result->merge.most_memory_bytes, (unsigned long long)result->bytes,
           usage.ru_maxrss, usage.ru_minflt, cpu_s_of(&after_append), after_append.ru_minflt);
#pragma GCC diagnostic pop
}

static bool read_settings(int count, char **arguments, struct settings *s)
{
    struct {
        const char *name;
        uint64_t *value, most;
    } numbers[] = {
        {"--records", &s->records, UINT64_C(1) << 32},
        {"--size", &s->size, 1 << 24},
        {"--lanes", &s->lanes, MOST_LANES},
        {"--budget", &s->budget, UINT64_C(1) << 40},
        {"--copies", &s->copies, 100},
    };
    for (int i = 1; i < count; i++) {
        bool known = strcmp(arguments[i], "--json") == 0;
        s->json = s->json || known;
        if (strcmp(arguments[i], "--output") == 0 && i + 1 < count) {
            s->output = arguments[++i];
            known = true;
        }
        for (size_t k = 0; k < WGO_COUNT(numbers) && !known; k++) {
            if (strcmp(arguments[i], numbers[k].name) == 0 && i + 1 < count) {
                known = wgo_str_to_size(wgo_str(arguments[++i]), numbers[k].value) &&
                        *numbers[k].value <= numbers[k].most;
                k = WGO_COUNT(numbers);
            }
        }
        if (!known) {
            return false;
        }
    }
    return s->lanes > 0 && s->size >= 8;
}

int main(int count, char **arguments)
{
    struct settings s = {
        .records = 1000000, .size = 200, .lanes = 8, .budget = UINT64_C(64) << 20, .copies = 5};
    if (!read_settings(count, arguments, &s)) {
        fprintf(stderr, "usage: bench_merge [--records N] [--size BYTES] [--lanes N] "
                        "[--budget SIZE] [--copies PERCENT] [--output FILE] [--json]\n");
        return 2;
    }
    char *configuration = malloc(s.size);
    struct wgo_merger_options options = {.memory_budget = s.budget};
    struct wgo_merger *merger;
    struct wgo_snapshot_result result = {0};
    if (!configuration || wgo_merger_new(&options, &merger, NULL) != WGO_OK) {
        return 1;
    }
    memset(configuration, 'x', s.size);
    memcpy(configuration, "{\"f\":\"", 6);
    memcpy(configuration + s.size - 2, "\"}", 2);
    struct wgo_mono began = wgo_clock_mono(wgo_clock_system());
    bool good = append_records(merger, &s, configuration);
    struct wgo_mono appended = wgo_clock_mono(wgo_clock_system());
    getrusage(RUSAGE_SELF, &after_append);
    good = good && write_snapshot(merger, s.output, &result);
    struct wgo_mono written = wgo_clock_mono(wgo_clock_system());
    if (good) {
        print_figures(&s, &result, (double)wgo_mono_sub(appended, began) / 1e9,
                      (double)wgo_mono_sub(written, appended) / 1e9);
    }
    wgo_snapshot_result_fini(&result);
    wgo_merger_free(merger);
    free(configuration);
    return good ? 0 : 1;
}
