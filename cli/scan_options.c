#include "cli/scan_options.h"

#include "catalog/quotas.h"
#include "cli/catalogs.h"
#include "cli/outputs.h"
#include "cli/types.h"

/* "wgo-20260131T090500Z.json" in the working directory. */
static const char *default_output(struct wgo_cli *cli, bool ndjson)
{
    char when[WGO_WALL_TEXT], compact[WGO_WALL_TEXT];
    size_t len = 0;
    wgo_wall_format(wgo_clock_wall(wgo_clock_system()), false, when);
    for (const char *at = when; *at; at++) {
        if (*at != '-' && *at != ':') {
            compact[len++] = *at;
        }
    }
    compact[len] = '\0';
    return wgo_str_cstr(
        &cli->arena, wgo_str_format(&cli->arena, "wgo-%s.%s", compact, ndjson ? "ndjson" : "json"));
}

static bool was_said(const struct wgo_settings *settings, enum wgo_option_id id)
{
    return settings->items[id].origin != WGO_FROM_DEFAULT;
}

/* 0 when nobody said anything. */
static unsigned number_said(const struct wgo_settings *settings, enum wgo_option_id id)
{
    return was_said(settings, id) ? (unsigned)wgo_settings_number(settings, id) : 0;
}

/* --max-workers by either name; two different numbers are a mistake. */
static enum wgo_status workers_said(const struct wgo_settings *settings, unsigned *out,
                                    struct wgo_error *err)
{
    unsigned workers = number_said(settings, WGO_OPT_MAX_WORKERS);
    unsigned threads = number_said(settings, WGO_OPT_MAX_BUILD_THREADS);
    bool both = settings->items[WGO_OPT_MAX_WORKERS].origin == WGO_FROM_FLAG && threads > 0;
    *out = threads ? threads : workers;
    if (both && threads != workers) {
        wgo_fail(err, WGO_E_USAGE, "--max-build-threads %u: --max-workers says %u", threads,
                 workers);
        wgo_error_hint(err, "they are two names of one thing: leave one out");
        return WGO_E_USAGE;
    }
    return WGO_OK;
}

static void fill_scan(const struct wgo_settings *settings, struct wgo_scan_options *scan)
{
    int64_t timeout = wgo_settings_ns(settings, WGO_OPT_SCAN_TIMEOUT);
    /* What nobody said is left to the scan, which knows better for an organisation. */
    scan->concurrent = wgo_settings_on(settings, WGO_OPT_CONCURRENT);
    scan->calls_per_worker = number_said(settings, WGO_OPT_CALLS_PER_WORKER);
    scan->most_jobs = number_said(settings, WGO_OPT_MAX_PARALLEL_SCANS);
    if (was_said(settings, WGO_OPT_SCAN_TIMEOUT)) {
        scan->timeout_ns = timeout > 0 ? timeout : -1;
    }
    scan->dry = wgo_settings_on(settings, WGO_OPT_DRY_RUN);
    scan->fail_on_error = wgo_settings_on(settings, WGO_OPT_FAIL_ON_ERROR);
    scan->net.host_connections = number_said(settings, WGO_OPT_HOST_CONNECTIONS);
    scan->memory_budget = wgo_settings_number(settings, WGO_OPT_MEMORY_BUDGET);
    if (settings->config.has_retry) {
        scan->retry = settings->config.retry;
    }
    scan->limits = settings->config.limits;
    scan->limit_count = settings->config.limit_count;
}

static enum wgo_status flag_status(enum wgo_status status, const char *flag, struct wgo_error *err)
{
    if (status != WGO_OK) {
        wgo_error_prefix(err, "--%s", flag);
    }
    return status;
}

/* A share without a quota is one of those that providers know: whether any of these does. */
static bool share_known(struct wgo_selection *selection, double share, struct wgo_arena *arena)
{
    bool any = false;
    for (size_t i = 0; i < selection->count; i++) {
        struct wgo_scan_provider *provider = &selection->providers[i];
        size_t count = provider->quota_count;
        struct wgo_quota *own = count > 0 ? WGO_NEW_ARRAY(arena, struct wgo_quota, count) : NULL;
        for (size_t q = 0; own && q < count; q++) {
            own[q] = provider->quotas[q];
            own[q].share = share;
        }
        provider->quotas = own ? own : provider->quotas;
        provider->options.quota_share = share;
        any = any || own || provider->type->quotas;
    }
    return any;
}

/* The file's quotas, and before them those that flags and variables name. */
static enum wgo_status fill_quotas(struct wgo_cli *cli, struct wgo_selection *selection,
                                   struct wgo_scan_options *scan, struct wgo_error *err)
{
    const struct wgo_settings *settings = &cli->settings;
    const char *text = wgo_settings_text(settings, WGO_OPT_QUOTA);
    const char *share = wgo_settings_text(settings, WGO_OPT_QUOTA_SHARE);
    unsigned each_hour = number_said(settings, WGO_OPT_MAX_CALLS_PER_HOUR);
    unsigned batches = number_said(settings, WGO_OPT_MAX_BATCHES_PER_HOUR);
    size_t count = 0, from_file = settings->config.quota_count;
    struct wgo_quota *quotas = WGO_NEW_ARRAY(&cli->arena, struct wgo_quota, from_file + 3);
    enum wgo_status status = WGO_OK;
    if (!quotas) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (text) {
        struct wgo_quota *quota = &quotas[count++];
        *quota = (struct wgo_quota){0};
        status = flag_status(wgo_quota_windows_read(wgo_str(text), quota, err), "quota", err);
        if (status == WGO_OK) {
            status = flag_status(wgo_quota_share_parse(wgo_str(share), &quota->share, err),
                                 "quota-share", err);
        }
    } else if (was_said(settings, WGO_OPT_QUOTA_SHARE)) {
        double known = 0;
        status =
            flag_status(wgo_quota_share_parse(wgo_str(share), &known, err), "quota-share", err);
        /* --max-calls-per-hour takes the place of what providers know. */
        if (status == WGO_OK && !(each_hour == 0 && share_known(selection, known, &cli->arena)) &&
            from_file == 0) {
            status = wgo_fail(err, WGO_E_USAGE, "--quota-share %s: a share of what?", share);
            wgo_error_hint(err, "--quota 500/h says what there is to share");
        }
    }
    if (each_hour > 0) {
        quotas[count++] = (struct wgo_quota){
            .windows = {{each_hour, 3600 * WGO_S}}, .window_count = 1, .even = true};
    }
    if (batches > 0) {
        quotas[count++] = (struct wgo_quota){.windows = {{batches, 3600 * WGO_S}},
                                             .window_count = 1,
                                             .per_endpoint = true,
                                             .even = true,
                                             .jobs = true};
    }
    if (from_file > 0) {
        memcpy(quotas + count, settings->config.quotas, from_file * sizeof(*quotas));
    }
    scan->quotas = quotas;
    scan->quota_count = count + from_file;
    return status;
}

static enum wgo_status fill_hours(struct wgo_cli *cli, struct wgo_scan_options *scan,
                                  struct wgo_error *err)
{
    const char *text = wgo_settings_text(&cli->settings, WGO_OPT_WINDOW);
    struct wgo_hours *hours = text ? WGO_NEW(&cli->arena, struct wgo_hours) : NULL;
    if (text && !hours) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    scan->hours = hours;
    return text ? flag_status(wgo_hours_parse(wgo_str(text), hours, err), "window", err) : WGO_OK;
}

/* A stream is ndjson: saying so is not needed, contradicting it is an error. */
static enum wgo_status fill_format(const struct wgo_cli *cli, struct wgo_session_options *session,
                                   struct wgo_error *err)
{
    const struct wgo_settings *settings = &cli->settings;
    bool ndjson = wgo_settings_choice(settings, WGO_OPT_FORMAT) == 1;
    session->stream = wgo_settings_on(settings, WGO_OPT_STREAM);
    if (session->stream && !ndjson && settings->items[WGO_OPT_FORMAT].origin == WGO_FROM_FLAG) {
        wgo_fail(err, WGO_E_USAGE, "--stream: what is written while it is read is ndjson");
        wgo_error_hint(err, "leave out --format json, or leave out --stream");
        return WGO_E_USAGE;
    }
    if (session->stream && wgo_settings_on(settings, WGO_OPT_SKIP_MERGING)) {
        wgo_fail(err, WGO_E_USAGE, "--stream: not together with --skip-merging");
        wgo_error_hint(err, "a stream is one document, and nothing in it is merged: leave one of "
                            "the two out");
        return WGO_E_USAGE;
    }
    session->format = ndjson || session->stream ? WGO_FORMAT_NDJSON : WGO_FORMAT_JSON;
    return WGO_OK;
}

/* A dashboard that was asked for, and nothing that shows. */
static enum wgo_status check_quiet(const struct wgo_settings *settings, struct wgo_error *err)
{
    bool dashboard = settings->items[WGO_OPT_DASHBOARD].origin == WGO_FROM_FLAG &&
                     wgo_settings_on(settings, WGO_OPT_DASHBOARD);
    if (!dashboard || !wgo_settings_on(settings, WGO_OPT_QUIET)) {
        return WGO_OK;
    }
    wgo_fail(err, WGO_E_USAGE, "--dashboard: not together with --quiet");
    wgo_error_hint(err, "with --quiet no progress is shown: leave one of the two out");
    return WGO_E_USAGE;
}

static enum wgo_status check_incremental(const struct wgo_settings *settings, struct wgo_error *err)
{
    const struct {
        bool said;
        const char *name, *hint;
    } others[] = {
        {wgo_settings_on(settings, WGO_OPT_STREAM), "--stream",
         "a stream has only what is read now"},
        {wgo_settings_on(settings, WGO_OPT_SKIP_MERGING), "--skip-merging",
         "what stands of an earlier scan is merged"},
        {wgo_settings_ns(settings, WGO_OPT_MAX_AGE) > 0, "--max-age",
         "--incremental takes what has not changed anyhow"},
    };
    if (!wgo_settings_on(settings, WGO_OPT_INCREMENTAL)) {
        if (wgo_settings_ns(settings, WGO_OPT_SINCE) > 0 && was_said(settings, WGO_OPT_SINCE)) {
            wgo_fail(err, WGO_E_USAGE, "--since goes with --incremental");
            wgo_error_hint(err, "add --incremental");
            return WGO_E_USAGE;
        }
        return WGO_OK;
    }
    for (size_t i = 0; i < WGO_COUNT(others); i++) {
        if (others[i].said) {
            wgo_fail(err, WGO_E_USAGE, "--incremental: not together with %s", others[i].name);
            wgo_error_hint(err, "%s", others[i].hint);
            return WGO_E_USAGE;
        }
    }
    return WGO_OK;
}

enum wgo_status wgo_scan_setup(struct wgo_cli *cli, struct wgo_scan_setup *out,
                               struct wgo_error *err)
{
    const struct wgo_settings *settings = &cli->settings;
    struct wgo_scan_setup setup = {0};
    struct wgo_session_options *session = &setup.session;
    enum wgo_status status =
        wgo_select_providers(&cli->args, settings, &cli->arena, &setup.selection, err);
    if (status == WGO_OK) {
        status = wgo_cli_stock_catalogs(cli, &setup.selection, err);
    }
    if (status == WGO_OK) {
        status = wgo_types_check(cli, &setup.selection, err);
    }
    if (status == WGO_OK) {
        status = fill_format(cli, session, err);
    }
    if (status == WGO_OK) {
        status = check_quiet(settings, err);
    }
    if (status == WGO_OK) {
        status = wgo_outputs_check(settings, err);
    }
    if (status == WGO_OK && wgo_settings_on(settings, WGO_OPT_RESUME) &&
        !wgo_settings_on(settings, WGO_OPT_CHECKPOINTS)) {
        status = wgo_fail(err, WGO_E_USAGE, "--resume: with --no-checkpoints nothing is kept");
        wgo_error_hint(err, "leave one of the two out");
    }
    bool aged = wgo_settings_ns(settings, WGO_OPT_MAX_AGE) > 0;
    if (status == WGO_OK && aged &&
        (wgo_settings_on(settings, WGO_OPT_RESUME) ||
         !wgo_settings_on(settings, WGO_OPT_CHECKPOINTS))) {
        status = wgo_fail(err, WGO_E_USAGE,
                          "--max-age: not together with --resume or "
                          "--no-checkpoints");
        wgo_error_hint(err,
                       "what is young enough is taken anyhow, an interrupted scan's pages too");
    }
    if (status == WGO_OK) {
        status = check_incremental(settings, err);
    }
    if (status == WGO_OK) {
        status = fill_quotas(cli, &setup.selection, &session->scan, err);
    }
    if (status == WGO_OK) {
        status = fill_hours(cli, &session->scan, err);
    }
    if (status == WGO_OK) {
        status = workers_said(settings, &session->scan.max_workers, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    fill_scan(settings, &session->scan);
    session->scan.shelf = &cli->shelf;
    session->scan.providers = setup.selection.providers;
    session->scan.provider_count = setup.selection.count;
    session->preferred_order = setup.selection.preferred_order;
    session->skip_merging = wgo_settings_on(settings, WGO_OPT_SKIP_MERGING);
    session->allow_partial = wgo_settings_on(settings, WGO_OPT_ALLOW_PARTIAL);
    session->output_file = wgo_settings_text(settings, WGO_OPT_OUTPUT_FILE);
    if (session->scan.dry) { /* nothing is collected: nothing is written */
        session->output_file = NULL;
        session->stream = false;
    } else if (!session->output_file) {
        session->output_file = default_output(cli, session->format == WGO_FORMAT_NDJSON);
        session->output_unnamed = true;
    }
    session->state_dir = wgo_settings_text(settings, WGO_OPT_STATE_DIR);
    session->redact_key_file = wgo_settings_text(settings, WGO_OPT_REDACT_KEY_FILE);
    session->catalog_dir = wgo_settings_text(settings, WGO_OPT_CATALOG_DIR);
    session->metrics_file =
        session->scan.dry ? NULL : wgo_settings_text(settings, WGO_OPT_METRICS_FILE);
    session->events_file = wgo_settings_text(settings, WGO_OPT_EVENTS);
    session->without_cache = !wgo_settings_on(settings, WGO_OPT_CACHE);
    session->without_checkpoints = !wgo_settings_on(settings, WGO_OPT_CHECKPOINTS);
    session->max_age_ns = wgo_settings_ns(settings, WGO_OPT_MAX_AGE);
    session->incremental = wgo_settings_on(settings, WGO_OPT_INCREMENTAL);
    session->since_ns = wgo_settings_ns(settings, WGO_OPT_SINCE);
    session->resume = wgo_settings_on(settings, WGO_OPT_RESUME) ? WGO_RESUME_YES
                      : was_said(settings, WGO_OPT_RESUME)      ? WGO_RESUME_NO
                                                                : WGO_RESUME_ASK;
    *out = setup;
    return WGO_OK;
}
