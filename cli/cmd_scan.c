#include "base/log.h"
#include "cli/command.h"
#include "cli/dry_run.h"
#include "cli/interrupts.h"
#include "cli/preflight.h"
#include "cli/progress.h"
#include "cli/scan_options.h"
#include "cli/summary.h"

#include <stdio.h>
#include <unistd.h>

enum { MOST_EXPLAINED = 5 };

/* ---- events ---- */

struct talk {
    const struct wgo_console *console;
    struct wgo_progress *progress;
    bool quiet;
    struct wgo_dry_run *dry; /* of a dry run */
};

static void on_warning(void *state, const char *provider, const char *text)
{
    struct talk *talk = state;
    char line[1200];
    if (!talk->quiet) {
        snprintf(line, sizeof(line), "%swarning:%s %s%s%s",
                 wgo_style(talk->console->color, WGO_YELLOW), wgo_style_end(talk->console->color),
                 provider ? provider : "", provider ? ": " : "", text);
        wgo_progress_say(talk->progress, line);
    }
}

static void on_notice(void *state, const char *provider, const char *text)
{
    struct talk *talk = state;
    char line[1200];
    if (!talk->quiet) {
        snprintf(line, sizeof(line), "%s%s%s: %s", wgo_style(talk->console->color, WGO_BOLD),
                 provider, wgo_style_end(talk->console->color), text);
        wgo_progress_say(talk->progress, line);
    }
}

static void on_planned(void *state, const char *provider, const struct wgo_planned *planned)
{
    const struct talk *talk = state;
    wgo_dry_run_planned(talk->dry, provider, planned);
}

/* Only somebody who sees the question can answer it. */
static bool ask_resume(void *state, uint64_t pages, struct wgo_wall last_at)
{
    const struct talk *talk = state;
    char question[200], at[WGO_WALL_TEXT], answer[16];
    if (talk->quiet || !talk->console->terminal || !isatty(STDIN_FILENO)) {
        return false;
    }
    wgo_wall_format(last_at, false, at);
    snprintf(question, sizeof(question),
             "A scan like this one was interrupted at %s, after %llu pages. Go on from there? "
             "[Y/n] ",
             at, (unsigned long long)pages);
    wgo_console_write(wgo_str(question));
    return fgets(answer, sizeof(answer), stdin) && answer[0] != 'n' && answer[0] != 'N';
}

/* ---- the command ---- */

/* Nothing could be read and no summary will say why: the most frequent failures do. */
static void explain_failure(struct wgo_cli *cli, const struct wgo_session_result *result)
{
    for (size_t i = 0; i < result->notes.problem_count && i < MOST_EXPLAINED; i++) {
        wgo_cli_fail(cli, &result->notes.problems[i].first);
    }
}

static void show_summary(struct wgo_cli *cli, struct wgo_session *session)
{
    struct wgo_buf text = {0};
    wgo_summary_write(&cli->console, wgo_session_scanner(session), wgo_session_result(session),
                      &text);
    wgo_console_write(wgo_buf_view(&text));
    wgo_buf_fini(&text);
}

/* A plan that leaves out what could not be asked is a plan: the failures stand above it, and the
 * exit code is that of a scan which lacks the same. */
static int show_plan(struct wgo_cli *cli, struct wgo_session *session, struct wgo_dry_run *dry)
{
    const struct wgo_session_result *result = wgo_session_result(session);
    const struct wgo_settings *settings = &cli->settings;
    struct wgo_error error = {0};
    bool json = settings->items[WGO_OPT_FORMAT].origin != WGO_FROM_DEFAULT;
    explain_failure(cli, result);
    if (wgo_dry_run_write(dry, session, &cli->console, json, &cli->out, &error) != WGO_OK) {
        return wgo_cli_fail(cli, &error);
    }
    /* Of a provider that is planned in part nothing has been read: that is no failure here. */
    bool in_part = result->exit_code != 0 && result->end == WGO_SCAN_DONE && wgo_dry_run_any(dry);
    bool allowed = wgo_settings_on(settings, WGO_OPT_ALLOW_PARTIAL);
    return in_part ? (allowed ? 0 : WGO_EXIT_PARTIAL) : result->exit_code;
}

static int scan(struct wgo_cli *cli, struct wgo_session *session, struct talk *talk)
{
    struct wgo_error error = {0};
    struct wgo_progress_options progress = {
        .console = &cli->console,
        .scanner = wgo_session_scanner(session),
        .dashboard = cli->console.terminal && wgo_settings_on(&cli->settings, WGO_OPT_DASHBOARD) &&
                     !wgo_log_enabled(),
        .silent = talk->quiet || talk->dry,
    };
    talk->progress = wgo_progress_start(&progress);
    enum wgo_status status = wgo_session_run(session, &error);
    wgo_progress_stop(talk->progress);

    const struct wgo_session_result *result = wgo_session_result(session);
    int code = result->exit_code;
    if (status != WGO_OK && !result->unreported) {
        if (result->resumable) { /* where nothing better is known */
            wgo_error_hint(&error, "the same command with --resume goes on from what was read");
        }
        return wgo_cli_fail(cli, &error);
    }
    if (talk->dry) {
        code = show_plan(cli, session, talk->dry);
    } else if (!talk->quiet) {
        show_summary(cli, session);
    } else if (!result->written) {
        explain_failure(cli, result);
    }
    return status == WGO_OK ? code : wgo_cli_fail(cli, &error);
}

static int run(struct wgo_cli *cli)
{
    struct wgo_session *session = NULL;
    struct wgo_error error = {0};
    struct wgo_scan_setup setup;
    const struct wgo_settings *settings = &cli->settings;
    struct talk talk = {.console = &cli->console,
                        .quiet = wgo_settings_on(settings, WGO_OPT_QUIET)};
    if (wgo_scan_setup(cli, &setup, &error) != WGO_OK) {
        return wgo_cli_fail(cli, &error);
    }
    if (setup.session.scan.dry && !(talk.dry = wgo_dry_run_new(&setup.session.scan))) {
        wgo_fail(&error, WGO_E_NOMEM, "out of memory");
        return wgo_cli_fail(cli, &error);
    }
    setup.session.scan.events = (struct wgo_scan_events){
        .state = &talk, .warning = on_warning, .notice = on_notice, .planned = on_planned};
    setup.session.ask_resume = ask_resume;
    setup.session.ask_state = &talk;
    if (wgo_interrupts_session(&setup.session, &session, &error) != WGO_OK) {
        wgo_dry_run_free(talk.dry);
        return wgo_cli_fail(cli, &error);
    }
    const struct wgo_preflight preflight = {
        .cli = cli,
        .setup = &setup,
        .session = session,
    };
    int code = wgo_preflight(&preflight);
    if (code == 0) {
        code = scan(cli, session, &talk);
    }
    if (wgo_interrupted()) {
        code = WGO_INTERRUPTED;
    }
    wgo_interrupts_forget();
    wgo_session_free(session);
    wgo_dry_run_free(talk.dry);
    return code;
}

static const struct wgo_example examples[] = {
    {"Everything that is configured here, all at once",
     "wgo scan --all --concurrent --max-workers 8"},
    {"One cluster and the states of one folder, to a file",
     "wgo scan --provider k8s --context prod --provider terraform --path infra/ -o prod.json"},
    {"An AWS account: every region that is enabled",
     "wgo scan --provider aws --profile prod --region all"},
    {"Every account of an AWS organisation but for some, by a role in each",
     "wgo scan -p aws --org --org-role Auditor --exclude-account 'sandbox-*' --scan-timeout 2h"},
    {"All deployments of all clusters, by name",
     "wgo scan -p k8s --context all --resource-type kubernetes_deployment -o - -q | jq -r "
     "'.resources[].id'"},
    {"Half an hour at most, and leave secrets out",
     "wgo scan --all --scan-timeout 30m --resource-type '!kubernetes_secret*'"},
    {"How much would that be?", "wgo scan --provider aws --org --dry-run"},
    {"One resource a line, as it is read",
     "wgo scan --all --stream -o - | grep kubernetes_ingress"},
    {NULL, NULL},
};

const struct wgo_command wgo_command_scan = {
    .name = "scan",
    .bit = WGO_CMD_SCAN,
    .summary = "read the providers and write one snapshot",
    .synopsis = "--all | --provider NAME ... [FLAGS]",
    .description =
        "Reads everything the named providers have and writes one deduplicated JSON snapshot, "
        "sorted by id. What could not be seen whole is said in its completeness, and the exit "
        "code agrees.\n\n"
        "Progress and a summary go to standard error, the snapshot to a file or to standard "
        "output. SIGINT and SIGTERM end the scan and write what was collected; a second one exits "
        "at once.",
    .examples = examples,
    .configured = true,
    .scans = true,
    .begin = wgo_interrupts_heed,
    .run = run,
};
