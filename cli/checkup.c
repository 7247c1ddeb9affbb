#include "cli/checkup.h"

#include "base/log.h"

const struct wgo_backoff wgo_checkup_retry = {.base_ns = WGO_S, .cap_ns = WGO_S};

/* The first thing that is wrong says why. */
static void on_finding(void *state, const struct wgo_finding *finding)
{
    struct wgo_checkup *checkup = state;
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

void wgo_checkup(struct wgo_session *session, size_t index, struct wgo_checkup *out)
{
    struct wgo_scanner *scanner = wgo_session_scanner(session);
    struct wgo_quota_answers lately = answers_of(session, index);
    struct wgo_provider_result provider;
    struct wgo_scan_probes probes;
    struct wgo_error error = {0};
    wgo_scanner_provider(scanner, index, &provider);
    *out = (struct wgo_checkup){.provider = provider.label};
    enum wgo_status status = wgo_scanner_validate(scanner, index, on_finding, out, &error);
    if (status != WGO_OK && out->error.status == WGO_OK) {
        out->error = error;
    }
    wgo_scanner_probes(scanner, index, &probes);
    /* A check that failed without an answer that says so is nothing to be sure of. */
    bool failed = out->error.status != WGO_OK && probes.throttled == 0;
    out->calls = probes.good + probes.throttled + probes.other;
    out->answers = lately.good + lately.throttled + lately.other;
    out->health = wgo_health_of(lately.good + probes.good, lately.throttled + probes.throttled,
                                lately.other + probes.other + failed);
    if (lately.other > 0 && out->error.status == WGO_OK) {
        wgo_fail(&out->error, WGO_E_SERVER, "%llu of %llu calls of the last hour failed",
                 (unsigned long long)lately.other, (unsigned long long)out->answers);
    }
}
