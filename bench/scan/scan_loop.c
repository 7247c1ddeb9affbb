/* scan_loop.c: scans through libwgo, one after another in one process, and what each took.
 *
 *   bench_scan [OPTIONS] --provider NAME [--set KEY=VALUE ...] ...
 *
 *   --workers N, --calls N, --host-connections N, --budget BYTES, --state-dir DIR, --sequential
 *   --no-cache
 *   --repeat N      scans, at least [1]
 *   --seconds S     and for so long
 *   --output FILE   writes each snapshot there
 *   --any           a scan may end in any way; otherwise one that is not complete ends it all
 *
 * A line of JSON for each scan: how it ended, seconds and CPU seconds of collecting and of writing,
 * apart, and what the process holds afterwards: resident memory and file descriptors. */
#include "wgo.h"

#include <dirent.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { MOST_PROVIDERS = 8, MOST_SETTINGS = 512 };

struct settings {
    struct wgo_options options;
    struct wgo_provider providers[MOST_PROVIDERS];
    struct wgo_setting values[MOST_PROVIDERS][MOST_SETTINGS];
    size_t provider_count;
    unsigned long repeat;
    double seconds;
    const char *output;
    bool any;
};

struct moment {
    double wall_s, cpu_s;
};

static struct moment now(void)
{
    struct timespec time;
    struct rusage usage;
    clock_gettime(CLOCK_MONOTONIC, &time);
    getrusage(RUSAGE_SELF, &usage);
    return (struct moment){.wall_s = (double)time.tv_sec + (double)time.tv_nsec / 1e9,
                           .cpu_s =
                               (double)usage.ru_utime.tv_sec + (double)usage.ru_stime.tv_sec +
                               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6};
}

static long resident_kb(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (file) {
        if (fscanf(file, "%*d %ld", &pages) != 1) {
            pages = 0;
        }
        fclose(file);
    }
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

static int count_entries(const char *folder)
{
    int count = 0;
    DIR *dir = opendir(folder);
    while (dir && readdir(dir)) {
        count++;
    }
    if (dir) {
        closedir(dir);
    }
    return count - 2; /* "." and ".." */
}

static bool parse(int count, char **arguments, struct settings *s)
{
    for (int i = 1; i < count; i++) {
        const char *name = arguments[i], *value = NULL;
        struct wgo_provider *last = s->provider_count ? &s->providers[s->provider_count - 1] : NULL;
        if (strcmp(name, "--sequential") == 0) {
            s->options.sequential = true;
            continue;
        }
        if (strcmp(name, "--no-cache") == 0) {
            s->options.without_cache = true;
            continue;
        }
        if (strcmp(name, "--any") == 0) {
            s->any = true;
            continue;
        }
        if (++i == count) {
            return false;
        }
        value = arguments[i];
        if (strcmp(name, "--provider") == 0 && s->provider_count < MOST_PROVIDERS) {
            s->providers[s->provider_count] = (struct wgo_provider){
                .name = value, .settings = s->values[s->provider_count], .timeout_ms = -1};
            s->provider_count++;
        } else if (strcmp(name, "--set") == 0 && last && last->setting_count < MOST_SETTINGS) {
            char *equals = strchr(arguments[i], '=');
            if (!equals) {
                return false;
            }
            *equals = '\0';
            s->values[s->provider_count - 1][last->setting_count++] =
                (struct wgo_setting){.key = value, .value = equals + 1};
        } else if (strcmp(name, "--workers") == 0) {
            s->options.max_workers = (unsigned)strtoul(value, NULL, 10);
        } else if (strcmp(name, "--calls") == 0) {
            s->options.calls_per_worker = (unsigned)strtoul(value, NULL, 10);
        } else if (strcmp(name, "--host-connections") == 0) {
            s->options.host_connections = (unsigned)strtoul(value, NULL, 10);
        } else if (strcmp(name, "--budget") == 0) {
            s->options.memory_budget = strtoull(value, NULL, 10);
        } else if (strcmp(name, "--state-dir") == 0) {
            s->options.state_dir = value;
        } else if (strcmp(name, "--output") == 0) {
            s->output = value;
        } else if (strcmp(name, "--repeat") == 0) {
            s->repeat = strtoul(value, NULL, 10);
        } else if (strcmp(name, "--seconds") == 0) {
            s->seconds = strtod(value, NULL);
        } else {
            return false;
        }
    }
    return s->provider_count > 0;
}

/* Adds up what the providers say. */
static struct wgo_report_of_provider total(const struct wgo_result *result)
{
    struct wgo_report_of_provider sum = {.records = 0}, one;
    for (size_t i = 0; wgo_result_provider(result, i, &one); i++) {
        sum.records += one.records;
        sum.calls += one.calls;
        sum.retries += one.retries;
        sum.throttles += one.throttles;
    }
    return sum;
}

static bool scan_once(const struct settings *s, unsigned long number)
{
    struct wgo_problem problem = {.message = ""};
    struct wgo_result *result = NULL;
    struct wgo *wgo = wgo_open(&s->options, &problem);
    bool good = wgo != NULL;
    for (size_t i = 0; good && i < s->provider_count; i++) {
        good = wgo_add(wgo, &s->providers[i], &problem) == WGO_COMPLETE;
    }
    if (!good) {
        fprintf(stderr, "bench_scan: %s\n", problem.message);
        wgo_close(wgo);
        return false;
    }
    struct moment began = now();
    enum wgo_code code = wgo_scan(wgo, NULL, &result, &problem);
    struct moment collected = now();
    struct wgo_report_of_provider sum = {.records = 0};
    double collecting_s = 0;
    unsigned long long resources = 0;
    if (result) {
        collecting_s = (double)wgo_result_duration_ns(result) / 1e9;
        sum = total(result);
        if (s->output && wgo_result_write(result, s->output, WGO_JSON, &problem) > WGO_PARTIAL) {
            code = WGO_FAILED;
        }
    }
    struct moment written = now();
    if (result) {
        resources = wgo_result_resource_count(result);
    }
    wgo_result_free(result);
    wgo_close(wgo);
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"scan\":%lu,\"code\":%d,\"wall_s\":%.6f,\"collection_s\":%.6f,"
           "\"collection_cpu_s\":%.6f,\"write_s\":%.6f,\"write_cpu_s\":%.6f,\"resources\":%llu,"
           "\"records\":%llu,\"calls\":%llu,\"retries\":%llu,\"throttles\":%llu,"
           "\"rss_kb\":%ld,\"heap_bytes\":%zu,\"max_rss_kb\":%ld,\"fds\":%d,\"threads\":%d}\n",
           number, (int)code, written.wall_s - began.wall_s, collecting_s,
           collected.cpu_s - began.cpu_s, written.wall_s - collected.wall_s,
           written.cpu_s - collected.cpu_s, resources, (unsigned long long)sum.records,
           (unsigned long long)sum.calls, (unsigned long long)sum.retries,
           (unsigned long long)sum.throttles, resident_kb(), mallinfo2().uordblks, usage.ru_maxrss,
           count_entries("/proc/self/fd") - 1, /* the folder's own */
           count_entries("/proc/self/task"));
    fflush(stdout);
    if (code != WGO_COMPLETE && !s->any) {
        fprintf(stderr, "bench_scan: code %d: %s\n", (int)code, problem.message);
    }
    return code == WGO_COMPLETE || s->any;
}

int main(int count, char **arguments)
{
    static struct settings s = {.repeat = 1};
    if (!parse(count, arguments, &s)) {
        fprintf(stderr, "usage: bench_scan [OPTIONS] --provider NAME [--set KEY=VALUE ...] ...\n"
                        "options: --workers N, --calls N, --host-connections N, --budget BYTES,\n"
                        "  --state-dir DIR, --sequential, --no-cache, --repeat N, --seconds S,\n"
                        "  --output FILE, --any\n");
        return 2;
    }
    struct moment began = now();
    for (unsigned long i = 1; i <= s.repeat || now().wall_s - began.wall_s < s.seconds; i++) {
        if (!scan_once(&s, i)) {
            return 1;
        }
    }
    return 0;
}
