#include "cli/checkup.h"

#include "base/log.h"

#define WAIT_NS (10 * WGO_S)

int64_t wgo_checkup_wait_ns(const struct wgo_settings *settings)
{
    int64_t said = wgo_settings_ns(settings, WGO_OPT_SCAN_TIMEOUT);
    return said > 0 && said < WAIT_NS ? said : WAIT_NS;
}

void wgo_checkup_prepare(struct wgo_scan_options *scan, struct wgo_scan_provider *providers,
                         size_t count, int64_t wait_ns)
{
    for (size_t i = 0; i < count; i++) {
        providers[i].retry = NULL; /* what the file has for it would go before the scan's */
    }
    scan->retry = (struct wgo_backoff){.base_ns = WGO_S, .cap_ns = WGO_S};
    scan->check_ns = wait_ns;
}

struct checking {
    struct wgo_checkup *checkup;
    size_t good; /* findings */
};

/* The first thing that is wrong says why. */
static void on_finding(void *state, const struct wgo_finding *finding)
{
    struct checking *checking = state;
    struct wgo_checkup *checkup = checking->checkup;
    checking->good += finding->status == WGO_OK;
    if (finding->status != WGO_OK && checkup->error.status == WGO_OK) {
        wgo_fail(&checkup->error, finding->status, "%s%s%s", finding->subject,
                 finding->subject[0] && finding->detail[0] ? ": " : "", finding->detail);
        wgo_error_hint(&checkup->error, "%s", finding->hint);
    }
}

/* A ledger that cannot be read tells nothing; the calls that are made now do. */
static struct wgo_quota_answers answers_of(struct wgo_session *session, size_t index)
{
    struct wgo_quota_answers answers = {0};
    struct wgo_error error = {0};
    if (wgo_session_answers(session, index, &answers, &error) != WGO_OK) {
        wgo_log_debug("health", "ledger=\"%s\"", error.message);
    }
    return answers;
}

/* Collectors can go on without some of the answers, and do not tell of those then: here each call
 * that failed is a reason, and is said to be one. */
static void explain(struct wgo_checkup *checkup, unsigned failed, uint64_t failed_lately)
{
    struct wgo_error *error = &checkup->error;
    if (error->status == WGO_OK && failed > 0) {
        wgo_fail(error, WGO_E_SERVER, "%u of %u calls failed", failed, checkup->calls);
    } else if (error->status == WGO_OK && failed_lately > 0) {
        wgo_fail(error, WGO_E_SERVER, "%llu of %llu calls of the last hour failed",
                 (unsigned long long)failed_lately, (unsigned long long)checkup->answers);
    }
}

void wgo_checkup(struct wgo_session *session, size_t index, struct wgo_checkup *out)
{
    struct wgo_scanner *scanner = wgo_session_scanner(session);
    struct wgo_quota_answers lately = answers_of(session, index);
    struct wgo_provider_result provider;
    struct wgo_scan_probes probes;
    struct wgo_error error = {0};
    wgo_scanner_provider(scanner, index, &provider);
    *out = (struct wgo_checkup){.provider = provider.label};
    struct checking checking = {.checkup = out};
    enum wgo_status status = wgo_scanner_validate(scanner, index, on_finding, &checking, &error);
    wgo_scanner_probes(scanner, index, &probes);
    if (probes.cut_short) {
        wgo_error_hint(&error, "%s", out->error.hint); /* what may be wrong is known */
    }
    if (probes.cut_short || (status != WGO_OK && out->error.status == WGO_OK)) {
        out->error = error;
    }
    /* A check that failed without an answer that says so is nothing to be sure of. */
    bool failed = probes.cut_short || (out->error.status != WGO_OK && probes.throttled == 0);
    out->calls = probes.good + probes.throttled + probes.other + probes.cut_short;
    out->answers = lately.good + lately.throttled + lately.other;
    /* Where nobody was to be asked, what was found in files is as good as an answer. */
    bool local = out->calls + out->answers == 0 && checking.good > 0;
    out->health =
        wgo_health_of(lately.good + probes.good + local, lately.throttled + probes.throttled,
                      lately.other + probes.other + failed);
    explain(out, probes.other, lately.other);
}
