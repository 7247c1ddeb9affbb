#include "cli/checks.h"
#include "cli/interrupts.h"

/* What the checks of one provider said. */
struct checking {
    struct wgo_cli *cli;
    struct wgo_json_writer *json; /* NULL: text */
    const char *provider;
    size_t good, bad, refused, misconfigured;
};

static void write_text(const struct checking *c, const struct wgo_finding *finding)
{
    struct wgo_buf *out = &c->cli->out;
    bool color = c->cli->console.out_color, good = finding->status == WGO_OK;
    wgo_buf_format(out, "%s%-6s%s  %s%s%s%s%s\n", wgo_style(color, good ? WGO_GREEN : WGO_RED),
                   good ? "ok" : "failed", wgo_style_end(color), c->provider,
                   finding->subject[0] ? ": " : "", finding->subject,
                   finding->detail[0] ? ": " : "", finding->detail);
    if (finding->hint[0]) {
        wgo_buf_format(out, "        %shint:%s %s\n", wgo_style(color, WGO_CYAN),
                       wgo_style_end(color), finding->hint);
    }
}

static void write_json(const struct checking *c, const struct wgo_finding *finding)
{
    struct wgo_json_writer *w = c->json;
    wgo_json_open_object(w);
    wgo_json_member_str(w, "provider", wgo_str(c->provider));
    wgo_json_key(w, "ok");
    wgo_json_put_bool(w, finding->status == WGO_OK);
    wgo_json_member_str(w, "status", wgo_str(wgo_status_name(finding->status)));
    wgo_json_member_str(w, "subject", wgo_str(finding->subject));
    wgo_json_member_str(w, "detail", wgo_str(finding->detail));
    wgo_json_member_str(w, "hint", wgo_str(finding->hint));
    wgo_json_close_object(w);
}

static void on_finding(void *state, const struct wgo_finding *finding)
{
    struct checking *c = state;
    c->good += finding->status == WGO_OK;
    c->bad += finding->status != WGO_OK;
    c->refused += finding->status == WGO_E_AUTH;
    c->misconfigured += finding->status != WGO_OK && wgo_status_exit_code(finding->status) == 2;
    if (c->json) {
        write_json(c, finding);
    } else {
        write_text(c, finding);
    }
}

/* A check that could not be made is a finding too. */
static void on_failure(struct checking *c, const struct wgo_error *error)
{
    struct wgo_finding finding = {.status = error->status};
    struct wgo_error plain = *error;
    plain.provider[0] = plain.hint[0] = '\0';
    wgo_error_format(&plain, finding.detail, sizeof(finding.detail));
    memcpy(finding.hint, error->hint,
           sizeof(finding.hint) < sizeof(error->hint) ? sizeof(finding.hint) : sizeof(error->hint));
    on_finding(c, &finding);
}

/* What the providers' checks come to. */
struct tally {
    size_t providers, failed, refused, misconfigured;
};

static void add(struct tally *tally, const struct checking *c)
{
    tally->providers++;
    tally->failed += c->bad > 0;
    tally->refused += c->bad > 0 && c->good == 0 && c->refused == c->bad;
    tally->misconfigured += c->bad > 0 && c->good == 0 && c->misconfigured == c->bad;
}

static int exit_code(const struct tally *tally)
{
    if (tally->failed == 0) {
        return 0;
    }
    if (tally->refused == tally->providers) {
        return wgo_status_exit_code(WGO_E_AUTH);
    }
    return tally->misconfigured == tally->providers ? wgo_status_exit_code(WGO_E_CONFIG)
                                                    : WGO_EXIT_PARTIAL;
}

static void check(void *state, struct wgo_cli *cli, struct wgo_session *session, size_t index,
                  struct wgo_json_writer *json)
{
    struct tally *tally = state;
    struct wgo_scanner *scanner = wgo_session_scanner(session);
    struct wgo_provider_result provider;
    struct wgo_error error = {0};
    wgo_scanner_provider(scanner, index, &provider);
    struct checking c = {.cli = cli, .json = json, .provider = provider.label};
    enum wgo_status status = wgo_scanner_validate(scanner, index, on_finding, &c, &error);
    if (status != WGO_OK && c.bad == 0) {
        on_failure(&c, &error); /* else a finding has said it already */
    }
    add(tally, &c);
}

static int run(struct wgo_cli *cli)
{
    struct tally tally = {0};
    const struct wgo_checks checks = {.state = &tally, .each = check};
    int code = wgo_checks_run(cli, &checks);
    return code ? code : exit_code(&tally);
}

static const struct wgo_example examples[] = {
    {"Is everything that is configured here in reach?", "wgo validate --all"},
    {"Who are we at AWS, which regions are read, what is our organisation?",
     "wgo validate --provider aws --profile prod --region all"},
    {"One cluster", "wgo validate --provider kubernetes --context prod"},
    {NULL, NULL},
};

const struct wgo_command wgo_command_validate = {
    .name = "validate",
    .bit = WGO_CMD_VALIDATE,
    .summary = "check configuration, identity and reach without collecting",
    .synopsis = "--all | --provider NAME ... [FLAGS]",
    .description = "Checks each provider's configuration, who it says we are, whether it can be "
                   "reached and when credentials expire, and collects nothing. One line per "
                   "finding.\n\n"
                   "The exit code is 0 when all is well, 4 when every provider refused the "
                   "credentials, 2 when the configuration is wrong, 3 for anything else.",
    .examples = examples,
    .configured = true,
    .begin = wgo_interrupts_heed,
    .run = run,
};
