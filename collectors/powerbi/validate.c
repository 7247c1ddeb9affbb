/* validate.c: whose token it is, whether the admin API answers, and what a scan would take. */
#include "powerbi/session.h"

#include <stdio.h>

struct asking {
    struct wgo_powerbi *powerbi;
    struct wgo_arena arena;
    wgo_finding_fn *each;
    void *state;
};

static void find_calls(struct asking *a, const char *subject, enum wgo_status status,
                       const char *detail, const char *hint, uint64_t calls)
{
    struct wgo_finding finding = {.status = status, .calls = calls};
    snprintf(finding.subject, sizeof(finding.subject), "%.150s", subject);
    snprintf(finding.detail, sizeof(finding.detail), "%s", detail);
    snprintf(finding.hint, sizeof(finding.hint), "%.310s", hint);
    a->each(a->state, &finding);
}

static void find(struct asking *a, const char *subject, enum wgo_status status, const char *detail,
                 const char *hint)
{
    find_calls(a, subject, status, detail, hint, 0);
}

static void say_caller(struct asking *a)
{
    struct wgo_signer *signer = a->powerbi->signer;
    struct wgo_str caller = wgo_signer_said(signer, "caller", &a->arena);
    struct wgo_str until = wgo_signer_said(signer, "expires", &a->arena);
    struct wgo_str source = wgo_signer_said(signer, "source", &a->arena);
    char detail[512], subject[160];
    snprintf(subject, sizeof(subject), "%.*s", WGO_FMT(wgo_str_slice(source, 0, 150)));
    snprintf(detail, sizeof(detail), "%.*s%stenant %.*s%s%.*s",
             WGO_FMT(wgo_str_slice(caller, 0, 200)), caller.len > 0 ? ", " : "",
             WGO_FMT(wgo_str_slice(a->powerbi->tenant, 0, 80)), until.len > 0 ? ", until " : "",
             WGO_FMT(until));
    find(a, subject, WGO_OK, detail, "");
}

/* The list of capacities: the cheapest of the admin API's. */
static enum wgo_status say_reach(struct asking *a, struct wgo_error *err)
{
    struct wgo_powerbi *powerbi = a->powerbi;
    const struct wgo_services *services = powerbi->services;
    struct wgo_task task = wgo_powerbi_task(powerbi, "capacities.list");
    struct wgo_request request = {.method = "GET", .url = WGO_STR("/v1.0/myorg/admin/capacities")};
    struct wgo_response response;
    struct wgo_verdict verdict;
    enum wgo_status status = wgo_powerbi_prepare(powerbi, &task, &a->arena, &request, err);
    if (status == WGO_OK) {
        status = services->fetch(services->engine, &request, &response, err);
    }
    if (status != WGO_OK) {
        find(a, "admin API", status, err ? err->message : "", err ? err->hint : "");
        return status;
    }
    wgo_powerbi_classify(powerbi, &task, &response, &verdict);
    if (verdict.kind == WGO_VERDICT_GOOD) {
        find(a, "admin API", WGO_OK, "answers: workspaces can be scanned", "");
    } else {
        status =
            wgo_fail(err, verdict.status, "HTTP %d: %s", response.http_status, verdict.message);
        wgo_error_hint(err, "%s", verdict.hint);
        find(a, "admin API", status, err ? err->message : verdict.message, verdict.hint);
    }
    wgo_response_fini(&response);
    return status;
}

/* ---- what a scan takes ---- */

/* Workspaces that are named, or that the last scan counted; 0 = nobody knows. */
static uint64_t known_workspaces(struct wgo_powerbi *powerbi, struct wgo_arena *arena,
                                 const char **out_how)
{
    uint64_t counted = 0;
    struct wgo_buf value = {0};
    *out_how = "named";
    if (powerbi->named_count > 0) {
        return powerbi->named_count;
    }
    *out_how = "at the last scan";
    const struct wgo_services *services = powerbi->services;
    if (!wgo_powerbi_choosy(powerbi) && powerbi->config.modified_since.len == 0 &&
        services->cache_get(services->engine, wgo_powerbi_count_key(powerbi, arena), &value) ==
            WGO_OK) {
        (void)wgo_str_to_u64(wgo_buf_view(&value), &counted);
    }
    wgo_buf_fini(&value);
    return counted;
}

static void say_quota(struct asking *a)
{
    const struct wgo_powerbi_config *config = &a->powerbi->config;
    double hourly = wgo_powerbi_hourly(config, 0);
    char detail[512];
    if (config->per_endpoint) {
        snprintf(detail, sizeof(detail),
                 "each endpoint by itself: %.0f of 500 scans an hour (%.1f%%), %.0f workspaces an "
                 "hour",
                 hourly, hourly / 5, hourly * WGO_POWERBI_BATCH);
    } else {
        snprintf(detail, sizeof(detail), "one for all calls: %.0f of %llu calls an hour (%.1f%%)",
                 hourly, (unsigned long long)config->hour_most,
                 hourly * 100 / (double)config->hour_most);
    }
    find(a, "quota", WGO_OK, detail, "");
}

static void say_estimate(struct asking *a)
{
    struct wgo_powerbi *powerbi = a->powerbi;
    const char *how = "";
    size_t elsewhere = powerbi->options->scan_ids.count;
    uint64_t count = known_workspaces(powerbi, &a->arena, &how);
    uint64_t scans = (count + WGO_POWERBI_BATCH - 1) / WGO_POWERBI_BATCH;
    uint64_t calls = elsewhere > 0 ? elsewhere * 2 : count > 0 ? scans * 4 + 2 : 0;
    char detail[512];
    if (elsewhere > 0) {
        snprintf(detail, sizeof(detail), "%zu scans made elsewhere: %llu calls or a few more",
                 elsewhere, (unsigned long long)calls);
    } else if (count == 0) {
        snprintf(detail, sizeof(detail),
                 "how many there are is found out when they are listed; a hundred of them take a "
                 "scan and about four calls");
    } else {
        snprintf(detail, sizeof(detail),
                 "%llu %s: %llu scans, about %llu calls, %.1f hours within the share of the quota "
                 "(with two looks at each scan)",
                 (unsigned long long)count, how, (unsigned long long)scans,
                 (unsigned long long)calls, wgo_powerbi_hours(&powerbi->config, count, 2, 0));
    }
    find_calls(a, "workspaces", WGO_OK, detail, "", calls);
}

enum wgo_status wgo_powerbi_foresee(struct wgo_powerbi *powerbi, wgo_finding_fn *each, void *state,
                                    struct wgo_error *err)
{
    struct asking a = {.powerbi = powerbi, .each = each, .state = state};
    (void)err;
    if (powerbi->offline) {
        find(&a, "files", WGO_OK, "results of scans are read; nobody is asked", "");
        return WGO_OK;
    }
    say_quota(&a);
    say_estimate(&a);
    wgo_arena_fini(&a.arena);
    return WGO_OK;
}

enum wgo_status wgo_powerbi_validate(struct wgo_powerbi *powerbi, wgo_finding_fn *each, void *state,
                                     struct wgo_error *err)
{
    struct asking a = {.powerbi = powerbi, .each = each, .state = state};
    struct wgo_error error = {0};
    if (powerbi->offline) {
        return wgo_powerbi_foresee(powerbi, each, state, err);
    }
    enum wgo_status status = wgo_powerbi_login(powerbi, &error);
    if (status == WGO_OK) {
        say_caller(&a);
        status = say_reach(&a, &error);
    } else {
        find(&a, "token", status, error.message, error.hint);
    }
    if (status == WGO_OK) {
        say_quota(&a);
    }
    if (status != WGO_OK && err) {
        *err = error;
        err->status = status;
    }
    wgo_arena_fini(&a.arena);
    return status;
}
