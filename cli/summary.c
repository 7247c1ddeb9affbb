#include "cli/summary.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_TYPES = 20, MOST_WARNINGS = 10, BAR_WIDTH = 24, LABEL_WIDTH = 14 };
/* Where there are more kinds of failures than may be shown, no provider shows more than a few. */
enum { MOST_GROUPS = 10, MOST_OF_PROVIDER = 5 };

struct summary {
    const struct wgo_console *console;
    const struct wgo_scanner *scanner;
    const struct wgo_session_result *result;
    struct wgo_buf *out;
};

static void styled(const struct summary *s, enum wgo_style style, const char *text)
{
    wgo_buf_format(s->out, "%s%s%s", wgo_style(s->console->color, style), text,
                   wgo_style_end(s->console->color));
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

/* ---- headline ---- */

static void headline(const struct summary *s)
{
    const struct wgo_session_result *result = s->result;
    size_t providers = wgo_scanner_provider_count(s->scanner);
    char count[WGO_SHOWN], time[WGO_SHOWN];
    const char *word = "complete";
    enum wgo_style style = WGO_GREEN;
    if (result->end == WGO_SCAN_STOPPED) {
        word = "interrupted";
        style = WGO_YELLOW;
    } else if (result->end == WGO_SCAN_FAIL_FAST) {
        word = "stopped at the first failure";
        style = WGO_RED;
    } else if (!result->complete) {
        word = result->written || result->merge.resources ? "partial" : "failed";
        style = result->written ? WGO_YELLOW : WGO_RED;
    }
    wgo_buf_char(s->out, '\n');
    char line[128];
    snprintf(line, sizeof(line), "%s resource%s", wgo_show_count(result->merge.resources, count),
             plural(result->merge.resources));
    styled(s, WGO_BOLD, line);
    wgo_buf_format(s->out, " from %zu provider%s in %s: ", providers, plural(providers),
                   wgo_show_time(result->total_ns, time));
    styled(s, style, word);
    wgo_buf_cstr(s->out, "\n\n");
}

/* ---- providers ---- */

static void outcome_cell(const struct summary *s, const struct wgo_provider_result *provider)
{
    static const struct {
        const char *word;
        enum wgo_style style;
    } outcomes[] = {
        [WGO_PROVIDER_WAITING] = {"not read", WGO_YELLOW},
        [WGO_PROVIDER_RUNNING] = {"not read", WGO_YELLOW},
        [WGO_PROVIDER_COMPLETE] = {"complete", WGO_GREEN},
        [WGO_PROVIDER_PARTIAL] = {"partial", WGO_YELLOW},
        [WGO_PROVIDER_FAILED] = {"failed", WGO_RED},
    };
    const char *word = provider->timed_out ? "timed out" : outcomes[provider->outcome].word;
    char cell[32];
    snprintf(cell, sizeof(cell), "%-9s", word);
    styled(s, outcomes[provider->outcome].style, cell);
}

static void provider_table(const struct summary *s)
{
    size_t count = wgo_scanner_provider_count(s->scanner);
    unsigned width = 8;
    struct wgo_provider_result provider;
    for (size_t i = 0; i < count; i++) {
        wgo_scanner_provider(s->scanner, i, &provider);
        unsigned own = wgo_text_width(provider.label);
        width = own > width ? own : width;
    }
    char header[160];
    snprintf(header, sizeof(header), "  %-*s  %-9s  %11s  %9s  %7s  %9s  %10s", (int)width,
             "PROVIDER", "RESULT", "RECORDS", "CALLS", "RETRIES", "THROTTLED", "TIME");
    styled(s, WGO_DIM, header);
    wgo_buf_char(s->out, '\n');
    for (size_t i = 0; i < count; i++) {
        char records[WGO_SHOWN], calls[WGO_SHOWN], retries[WGO_SHOWN], throttles[WGO_SHOWN];
        char time[WGO_SHOWN];
        wgo_scanner_provider(s->scanner, i, &provider);
        wgo_buf_format(s->out, "  %-*s  ", (int)width, provider.label);
        outcome_cell(s, &provider);
        wgo_buf_format(
            s->out, "  %11s  %9s  %7s  %9s  %10s\n", wgo_show_count(provider.records, records),
            wgo_show_count(provider.calls, calls), wgo_show_count(provider.retries, retries),
            wgo_show_count(provider.throttles, throttles),
            wgo_show_time(provider.duration_ns, time));
    }
    wgo_buf_char(s->out, '\n');
}

/* ---- types ---- */

static int by_count(const void *a, const void *b)
{
    const struct wgo_type_count *x = a, *y = b;
    if (x->count != y->count) {
        return x->count < y->count ? 1 : -1;
    }
    int order = wgo_str_cmp(x->type, y->type);
    return order ? order : wgo_str_cmp(x->provider, y->provider);
}

static void bar(const struct summary *s, uint64_t count, uint64_t most)
{
    unsigned length = most ? (unsigned)((double)count / (double)most * BAR_WIDTH + 0.5) : 0;
    length = length ? length : 1;
    wgo_buf_cstr(s->out, wgo_style(s->console->color, WGO_CYAN));
    for (unsigned i = 0; i < length; i++) {
        wgo_buf_cstr(s->out, s->console->utf8 ? "▇" : "#");
    }
    wgo_buf_cstr(s->out, wgo_style_end(s->console->color));
}

static void type_table(const struct summary *s)
{
    size_t count = s->result->type_count;
    struct wgo_type_count *types = s->result->types;
    size_t shown = count < MOST_TYPES ? count : MOST_TYPES, width = 8;
    uint64_t rest = 0;
    for (size_t i = 0; i < count; i++) {
        if (i >= shown) {
            rest += types[i].count;
        } else {
            size_t own = types[i].type.len < 48 ? types[i].type.len : 48;
            width = own > width ? own : width;
        }
    }
    for (size_t i = 0; i < shown; i++) {
        char number[WGO_SHOWN];
        struct wgo_str type = types[i].type;
        wgo_buf_format(s->out, "  %-*.*s  %11s  ", (int)width, (int)(type.len < 48 ? type.len : 48),
                       type.ptr, wgo_show_count(types[i].count, number));
        bar(s, types[i].count, types[0].count);
        wgo_buf_char(s->out, '\n');
    }
    if (count > shown) {
        char number[WGO_SHOWN], label[64];
        snprintf(label, sizeof(label), "and %zu more type%s", count - shown, plural(count - shown));
        wgo_buf_format(s->out, "  %-*s  %11s\n", (int)width, label, wgo_show_count(rest, number));
    }
    if (count > 0) {
        wgo_buf_char(s->out, '\n');
    }
}

/* ---- figures ---- */

static void label(const struct summary *s, const char *text)
{
    char padded[32];
    snprintf(padded, sizeof(padded), "  %-*s", LABEL_WIDTH, text);
    styled(s, WGO_DIM, padded);
}

static void merging(const struct summary *s)
{
    const struct wgo_merge_stats *merge = &s->result->merge;
    char duplicates[WGO_SHOWN], conflicts[WGO_SHOWN], time[WGO_SHOWN], spilled[WGO_SHOWN];
    label(s, "merging");
    if (s->result->streamed) {
        wgo_buf_cstr(s->out, "none: resources were written as they were read\n");
        return;
    }
    wgo_buf_format(s->out, "%s%s duplicate%s merged, %s with conflicts, merged and written in %s",
                   s->result->unmerged ? "each provider for itself: " : "",
                   wgo_show_count(merge->duplicates, duplicates), plural(merge->duplicates),
                   wgo_show_count(merge->conflicts, conflicts),
                   wgo_show_time(s->result->write_ns, time));
    if (merge->orphans > 0) {
        wgo_buf_format(s->out, "; %" PRIu64 " part%s left out", merge->orphans,
                       plural(merge->orphans));
    }
    if (merge->spilled_bytes > 0) {
        wgo_buf_format(s->out, "; %s through a temporary file",
                       wgo_show_bytes(merge->spilled_bytes, spilled));
    }
    wgo_buf_char(s->out, '\n');
}

static void calls(const struct summary *s)
{
    uint64_t made = 0, retries = 0, throttles = 0, wire = 0, body = 0;
    char text[4][WGO_SHOWN], bytes[WGO_SHOWN];
    for (size_t i = 0; i < wgo_scanner_provider_count(s->scanner); i++) {
        struct wgo_provider_result provider;
        wgo_scanner_provider(s->scanner, i, &provider);
        made += provider.calls;
        retries += provider.retries;
        throttles += provider.throttles;
        wire += provider.wire_bytes;
        body += provider.body_bytes;
    }
    label(s, "calls");
    wgo_buf_format(s->out, "%s, %s retried, %s throttled", wgo_show_count(made, text[0]),
                   wgo_show_count(retries, text[1]), wgo_show_count(throttles, text[2]));
    if (body > 0) {
        wgo_buf_format(s->out, "; %s read", wgo_show_bytes(body, bytes));
        wgo_buf_format(s->out, " (%s on the wire)", wgo_show_bytes(wire, bytes));
    }
    wgo_buf_char(s->out, '\n');
}

static void connections(const struct summary *s)
{
    const struct wgo_net_stats *net = &s->result->scan.net;
    char created[WGO_SHOWN], reused[WGO_SHOWN];
    label(s, "connections");
    wgo_buf_format(s->out, "%s created, %s reused, at most %u open\n",
                   wgo_show_count(net->connections_created, created),
                   wgo_show_count(net->connections_reused, reused), net->most_open_sockets);
}

/* What an earlier scan had read: one that was interrupted, or that is young enough. */
static void resumed(const struct summary *s)
{
    uint64_t pages = 0;
    char text[WGO_SHOWN];
    for (size_t i = 0; i < wgo_scanner_provider_count(s->scanner); i++) {
        struct wgo_provider_result provider;
        wgo_scanner_provider(s->scanner, i, &provider);
        pages += provider.replayed;
    }
    if (pages > 0) {
        label(s, "resumed");
        wgo_buf_format(s->out, "%s page%s of an earlier scan\n", wgo_show_count(pages, text),
                       pages == 1 ? "" : "s");
    }
}

/* How it differs from what an earlier scan found. */
static void compared(const struct summary *s)
{
    const struct wgo_renewal *renewal = &s->result->renewal;
    char since[WGO_WALL_TEXT], texts[4][WGO_SHOWN];
    if (!s->result->compared) {
        return;
    }
    wgo_wall_format(s->result->since, false, since);
    label(s, "changes");
    wgo_buf_format(s->out, "%s added, %s changed, %s deleted, %s as they were since %s\n",
                   wgo_show_count(renewal->added, texts[0]),
                   wgo_show_count(renewal->changed, texts[1]),
                   wgo_show_count(renewal->deleted, texts[2]),
                   wgo_show_count(renewal->unchanged, texts[3]), since);
}

static void efficiency(const struct summary *s)
{
    const struct wgo_scan_stats *scan = &s->result->scan;
    char sum[WGO_SHOWN], wall[WGO_SHOWN];
    double ratio =
        scan->elapsed_ns > 0 ? (double)scan->provider_time_ns / (double)scan->elapsed_ns : 1.0;
    label(s, "efficiency");
    wgo_buf_format(s->out, "%.2fx: %s of providers' time in %s\n", ratio,
                   wgo_show_time(scan->provider_time_ns, sum),
                   wgo_show_time(scan->elapsed_ns, wall));
}

static void process(const struct summary *s)
{
    char memory[WGO_SHOWN], cpu[WGO_SHOWN];
    label(s, "process");
    wgo_buf_format(s->out, "%s peak memory, %s CPU\n",
                   wgo_show_bytes(s->result->peak_memory_bytes, memory),
                   wgo_show_time(s->result->cpu_ns, cpu));
}

static void statistics(const struct summary *s)
{
    const struct wgo_scan_stats *scan = &s->result->scan;
    label(s, "scanner");
    wgo_buf_format(s->out,
                   "registered_providers=%u max_workers=%u calls_per_worker=%u "
                   "connection_pool_size=%u threads=%u\n",
                   scan->registered_providers, scan->max_workers, scan->calls_per_worker,
                   scan->connection_pool_size, scan->threads);
}

/* ---- what went wrong ---- */

/* Many messages of one kind differ only in a name: shown as one, the first for an example. */
struct fold {
    const struct wgo_problem_group *first;
    uint64_t count;
};

/* Whether a word names something: "pods", iam:ListRoles, 12, a.tfstate. */
static bool is_name(const char *word, size_t len)
{
    while (len > 0 && strchr(",:;.", word[len - 1])) {
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        if (!((word[i] | 0x20) >= 'a' && (word[i] | 0x20) <= 'z')) {
            return true;
        }
    }
    return false;
}

/* Whether two messages differ in nothing but names. What a message or a part of it begins with may
 * be one, whatever it looks like: "HTTP 403: pods is forbidden". */
static bool is_alike(const char *a, const char *b)
{
    bool begins = true;
    for (;;) {
        size_t a_len = strcspn(a, " "), b_len = strcspn(b, " ");
        bool same = a_len == b_len && memcmp(a, b, a_len) == 0;
        bool named = (begins && a[a_len] != '\0') || (is_name(a, a_len) && is_name(b, b_len));
        begins = a_len > 0 && a[a_len - 1] == ':';
        a += a_len;
        b += b_len;
        if (!same && !named) {
            return false;
        }
        if (*a == '\0' || *b == '\0') {
            return *a == *b;
        }
        a++;
        b++;
    }
}

static size_t fold_groups(const struct wgo_notes *notes, struct fold folds[MOST_GROUPS],
                          uint64_t *out_others)
{
    bool many = notes->problem_count > MOST_GROUPS;
    size_t count = 0;
    *out_others = 0;
    for (size_t i = 0; i < notes->problem_count; i++) {
        const struct wgo_problem_group *group = &notes->problems[i];
        struct fold *fold = NULL;
        unsigned of_provider = 0;
        for (size_t k = 0; k < count && many && !fold; k++) {
            const struct wgo_error *first = &folds[k].first->first;
            bool provider = strcmp(first->provider, group->first.provider) == 0;
            bool same = provider && first->status == group->first.status &&
                        is_alike(first->message, group->first.message) &&
                        is_alike(first->hint, group->first.hint);
            fold = same ? &folds[k] : NULL;
            of_provider += provider;
        }
        if (!fold && count < MOST_GROUPS && of_provider < MOST_OF_PROVIDER) {
            fold = &folds[count++];
            *fold = (struct fold){.first = group};
        }
        *(fold ? &fold->count : out_others) += group->count;
    }
    return count;
}

/* For failures whose own hint is missing. */
static const char *hint_for(const struct wgo_error *error)
{
    static const struct {
        enum wgo_status status;
        const char *text;
    } hints[] = {
        {WGO_E_TIMEOUT, "the server takes too long to answer; try again later"},
        {WGO_E_THROTTLED, "try fewer --max-workers or --calls-per-worker, or try again later"},
        {WGO_E_DENIED, "grant permission to list it, or leave the type out with --resource-type"},
        {WGO_E_AUTH, "log in again; `wgo validate` tells whether the credentials are accepted"},
        {WGO_E_NETWORK, "check the address, the network and HTTPS_PROXY; `wgo validate` tries it"},
        {WGO_E_NO_SPACE, "set TMPDIR to a folder with more room, or raise --memory-budget"},
        {WGO_E_UNAVAILABLE, "the service is down or not there; try again later"},
        {WGO_E_SERVER, "the provider failed; try again later, or see WGO_DEBUG=true"},
        {WGO_E_CUT_SHORT, "answers broke off; look at proxies in between, or try again"},
    };
    for (size_t i = 0; i < WGO_COUNT(hints) && !error->hint[0]; i++) {
        if (hints[i].status == error->status) {
            return hints[i].text;
        }
    }
    return error->hint;
}

static void scopes(const struct summary *s, const struct fold *fold)
{
    const struct wgo_problem_group *group = fold->first;
    unsigned shown = 0;
    for (size_t i = 0; i < WGO_PROBLEM_SCOPES && group->scopes[i][0]; i++) {
        wgo_buf_format(s->out, "%s%s", shown++ ? ", " : "    at ", group->scopes[i]);
    }
    if (shown == 0) {
        return;
    }
    if (fold->count > shown) {
        wgo_buf_format(s->out, " and %" PRIu64 " more", fold->count - shown);
    }
    wgo_buf_char(s->out, '\n');
}

static void problems(const struct summary *s)
{
    const struct wgo_notes *notes = &s->result->notes;
    struct fold folds[MOST_GROUPS];
    uint64_t others;
    size_t count = fold_groups(notes, folds, &others);
    if (count == 0) {
        return;
    }
    wgo_buf_char(s->out, '\n');
    styled(s, WGO_BOLD, "What could not be read");
    wgo_buf_char(s->out, '\n');
    for (size_t i = 0; i < count; i++) {
        const struct wgo_error *error = &folds[i].first->first;
        wgo_buf_cstr(s->out, "  ");
        styled(s, WGO_RED, s->console->utf8 ? "✗" : "x");
        wgo_buf_format(s->out, " %s%s", error->provider, error->provider[0] ? ": " : "");
        if (folds[i].count > 1) {
            wgo_buf_format(s->out, "%" PRIu64 " times: ", folds[i].count);
        }
        wgo_buf_format(s->out, "%s\n", error->message);
        scopes(s, &folds[i]);
        const char *hint = hint_for(error);
        if (hint[0]) {
            wgo_buf_cstr(s->out, "    ");
            styled(s, WGO_CYAN, "hint:");
            wgo_buf_format(s->out, " %s\n", hint);
        }
    }
    if (others > 0) {
        wgo_buf_format(s->out,
                       "  and %" PRIu64 " with other errors; the snapshot's completeness has all "
                       "of them\n",
                       others);
    }
}

static void warnings(const struct summary *s)
{
    const struct wgo_notes *notes = &s->result->notes;
    if (notes->warning_count == 0) {
        return;
    }
    wgo_buf_char(s->out, '\n');
    styled(s, WGO_BOLD, "Warnings");
    wgo_buf_char(s->out, '\n');
    for (size_t i = 0; i < notes->warning_count && i < MOST_WARNINGS; i++) {
        wgo_buf_cstr(s->out, "  ");
        styled(s, WGO_YELLOW, "!");
        wgo_buf_format(s->out, " %s\n", notes->warnings[i]);
    }
    if (notes->warning_count > MOST_WARNINGS) {
        wgo_buf_format(s->out, "  and %zu more, in the snapshot\n",
                       notes->warning_count - MOST_WARNINGS);
    }
}

static void snapshot(const struct summary *s)
{
    char bytes[WGO_SHOWN];
    wgo_buf_char(s->out, '\n');
    if (!s->result->written) {
        wgo_buf_cstr(s->out, "No snapshot was written.\n");
        return;
    }
    bool to_stdout = strcmp(s->result->output_file, "-") == 0;
    wgo_buf_cstr(s->out, "Snapshot: ");
    styled(s, WGO_BOLD, to_stdout ? "standard output" : s->result->output_file);
    wgo_buf_format(s->out, " (%s)\n", wgo_show_bytes(s->result->bytes, bytes));
    if (s->result->resumable) {
        wgo_buf_cstr(s->out, "The same command with --resume goes on from what was read.\n");
    }
}

void wgo_summary_write(const struct wgo_console *console, const struct wgo_scanner *scanner,
                       const struct wgo_session_result *result, struct wgo_buf *out)
{
    struct summary s = {.console = console, .scanner = scanner, .result = result, .out = out};
    if (result->type_count > 0) {
        qsort(result->types, result->type_count, sizeof(*result->types), by_count);
    }
    headline(&s);
    provider_table(&s);
    type_table(&s);
    merging(&s);
    calls(&s);
    resumed(&s);
    compared(&s);
    connections(&s);
    efficiency(&s);
    process(&s);
    statistics(&s);
    problems(&s);
    warnings(&s);
    snapshot(&s);
}
