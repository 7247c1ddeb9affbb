#include "lib/metrics_file.h"

#include "base/file.h"

#include <stddef.h>
#include <stdlib.h>

/* One labelled set of values: a call of a provider, or a limit key. */
struct line {
    const char *provider;
    struct wgo_scan_call call;
};

struct lines {
    struct line *items;
    size_t count, cap;
    const char *provider; /* whose calls are being told of */
    bool failed;
};

static void add_call(void *state, const struct wgo_scan_call *call)
{
    struct lines *lines = state;
    if (lines->count == lines->cap) {
        size_t cap = lines->cap ? lines->cap * 2 : 64;
        struct line *more = realloc(lines->items, cap * sizeof(*more));
        if (!more) {
            lines->failed = true;
            return;
        }
        lines->items = more;
        lines->cap = cap;
    }
    lines->items[lines->count++] = (struct line){lines->provider, *call};
}

/* A label's value: backslash, quote and newline are escaped. */
static void put_label(struct wgo_buf *out, const char *name, struct wgo_str value)
{
    wgo_buf_format(out, "%s=\"", name);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == '\n') {
            wgo_buf_cstr(out, "\\n");
            continue;
        }
        if (c == '\\' || c == '"') {
            wgo_buf_char(out, '\\');
        }
        wgo_buf_char(out, c);
    }
    wgo_buf_char(out, '"');
}

static void put_family(struct wgo_buf *out, const char *name, const char *kind, const char *help)
{
    wgo_buf_format(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, kind);
}

/* ---- calls ---- */

static const struct {
    const char *name, *help;
    size_t at;
} COUNTERS[] = {
    {"wgo_calls_total", "Answers received.", offsetof(struct wgo_scan_call, calls)},
    {"wgo_call_failures_total", "Calls that failed.", offsetof(struct wgo_scan_call, failures)},
    {"wgo_call_throttles_total", "Calls that were refused as too many.",
     offsetof(struct wgo_scan_call, throttles)},
    {"wgo_call_retries_total", "Calls that were made once more.",
     offsetof(struct wgo_scan_call, retries)},
    {"wgo_cache_hits_total", "Calls that the cache spared.",
     offsetof(struct wgo_scan_call, cache_hits)},
    {"wgo_received_bytes_total", "Bytes received, as they came over the wire.",
     offsetof(struct wgo_scan_call, wire_bytes)},
};

static void open_labels(struct wgo_buf *out, const char *name, const struct line *line)
{
    wgo_buf_format(out, "%s{", name);
    put_label(out, "provider", wgo_str(line->provider));
    wgo_buf_char(out, ',');
    put_label(out, "operation", line->call.name);
}

static void put_counters(struct wgo_buf *out, const struct lines *lines)
{
    for (size_t c = 0; c < WGO_COUNT(COUNTERS); c++) {
        put_family(out, COUNTERS[c].name, "counter", COUNTERS[c].help);
        for (size_t i = 0; i < lines->count; i++) {
            const char *call = (const char *)&lines->items[i].call;
            open_labels(out, COUNTERS[c].name, &lines->items[i]);
            wgo_buf_format(
                out, "} %llu\n",
                (unsigned long long)*(const uint64_t *)(const void *)(call + COUNTERS[c].at));
        }
    }
}

static double seconds(int64_t ns)
{
    return (double)ns / (double)WGO_S;
}

static void put_durations(struct wgo_buf *out, const struct lines *lines)
{
    static const char name[] = "wgo_call_duration_seconds";
    put_family(out, name, "summary", "From a request's start to the last byte of its answer.");
    for (size_t i = 0; i < lines->count; i++) {
        const struct line *line = &lines->items[i];
        const struct wgo_latency *latency = &line->call.latency;
        const struct {
            const char *part;
            int64_t ns;
        } parts[] = {
            {"0.5", latency->p50_ns}, {"0.95", latency->p95_ns}, {"0.99", latency->p99_ns}};
        for (size_t p = 0; p < WGO_COUNT(parts); p++) {
            open_labels(out, name, line);
            wgo_buf_format(out, ",quantile=\"%s\"} %.6f\n", parts[p].part, seconds(parts[p].ns));
        }
        open_labels(out, "wgo_call_duration_seconds_sum", line);
        wgo_buf_format(out, "} %.6f\n", seconds(latency->mean_ns) * (double)line->call.calls);
        open_labels(out, "wgo_call_duration_seconds_count", line);
        wgo_buf_format(out, "} %llu\n", (unsigned long long)line->call.calls);
    }
}

/* ---- providers, limit keys ---- */

static void put_providers(struct wgo_buf *out, const struct wgo_scanner *scanner)
{
    static const char *const names[] = {"wgo_provider_duration_seconds", "wgo_provider_records",
                                        "wgo_provider_complete"};
    static const char *const helps[] = {"How long the provider was read.",
                                        "Records read, parts of resources included.",
                                        "1 when everything of the provider was seen."};
    for (size_t f = 0; f < WGO_COUNT(names); f++) {
        put_family(out, names[f], "gauge", helps[f]);
        for (size_t i = 0; i < wgo_scanner_provider_count(scanner); i++) {
            struct wgo_provider_result result;
            wgo_scanner_provider(scanner, i, &result);
            const double values[] = {seconds(result.duration_ns), (double)result.records,
                                     result.outcome == WGO_PROVIDER_COMPLETE};
            wgo_buf_format(out, "%s{", names[f]);
            put_label(out, "provider", wgo_str(result.label));
            wgo_buf_format(out, "} %.*f\n", f == 0 ? 6 : 0, values[f]);
        }
    }
}

struct limit_writer {
    struct wgo_buf *out;
    const char *name;
    size_t at;
};

static void put_limit(void *state, const struct wgo_limit_stats *stats)
{
    const struct limit_writer *w = state;
    const char *from = (const char *)stats;
    wgo_buf_format(w->out, "%s{", w->name);
    put_label(w->out, "limit", stats->name);
    wgo_buf_format(w->out, "} %llu\n",
                   (unsigned long long)*(const uint64_t *)(const void *)(from + w->at));
}

static void put_limits(struct wgo_buf *out, const struct wgo_scanner *scanner)
{
    static const struct {
        const char *name, *help;
        size_t at;
    } families[] = {
        {"wgo_limit_calls_total", "Calls that the limit key admitted.",
         offsetof(struct wgo_limit_stats, calls)},
        {"wgo_limit_throttles_total", "Refusals that the key learnt from.",
         offsetof(struct wgo_limit_stats, throttles)},
        {"wgo_limit_failures_total", "Failures under the key.",
         offsetof(struct wgo_limit_stats, failures)},
        {"wgo_limit_breaker_opened_total", "Times the key's breaker opened.",
         offsetof(struct wgo_limit_stats, breaker_opened)},
    };
    for (size_t f = 0; f < WGO_COUNT(families); f++) {
        struct limit_writer w = {out, families[f].name, families[f].at};
        put_family(out, families[f].name, "counter", families[f].help);
        wgo_scanner_limits(scanner, put_limit, &w);
    }
}

bool wgo_metrics_text(const struct wgo_scanner *scanner, bool complete, struct wgo_buf *out)
{
    struct lines lines = {0};
    for (size_t i = 0; i < wgo_scanner_provider_count(scanner); i++) {
        struct wgo_provider_result result;
        wgo_scanner_provider(scanner, i, &result);
        lines.provider = result.label;
        wgo_scanner_calls(scanner, i, add_call, &lines);
    }
    put_counters(out, &lines);
    put_durations(out, &lines);
    put_providers(out, scanner);
    put_limits(out, scanner);
    put_family(out, "wgo_scan_complete", "gauge", "1 when everything that was asked for was seen.");
    wgo_buf_format(out, "wgo_scan_complete %d\n", complete);
    bool good = !lines.failed && out->failed == WGO_OK;
    free(lines.items);
    return good;
}

enum wgo_status wgo_metrics_open(struct wgo_new_file *file, const char *path, struct wgo_error *err)
{
    enum wgo_status status = wgo_new_file_open(file, path, err);
    if (status == WGO_OK || status == WGO_E_NOMEM) {
        return status;
    }
    wgo_error_prefix(err, "metrics file");
    wgo_error_hint(err, "name a file in a folder that exists and may be written");
    if (err) {
        err->status = WGO_E_CONFIG;
    }
    return WGO_E_CONFIG;
}

enum wgo_status wgo_metrics_write(const struct wgo_scanner *scanner, bool complete,
                                  struct wgo_new_file *file, const char *path,
                                  struct wgo_error *err)
{
    struct wgo_buf text = {0};
    enum wgo_status status = wgo_metrics_text(scanner, complete, &text)
                                 ? wgo_fd_write(file->fd, wgo_buf_view(&text), path, err)
                                 : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    if (status == WGO_OK) {
        status = wgo_new_file_commit(file, err);
    }
    wgo_buf_fini(&text);
    return status;
}
