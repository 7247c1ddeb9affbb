#include "cli/checks.h"
#include "cli/checkup.h"
#include "cli/interrupts.h"

static void write_text(struct wgo_cli *cli, const struct wgo_checkup *c)
{
    const struct wgo_health *health = &c->health;
    struct wgo_buf *out = &cli->out;
    bool color = cli->console.out_color;
    wgo_buf_format(out, "%s: %s%s%s; ", c->provider,
                   wgo_style(color, health->safe_to_proceed ? WGO_GREEN : WGO_RED),
                   wgo_health_name(health->state), wgo_style_end(color));
    if (health->safe_to_proceed) {
        wgo_buf_format(out, "safe to proceed, %u in parallel at most",
                       health->recommended_max_parallel);
    } else {
        wgo_buf_cstr(out, "do not scan now");
    }
    wgo_buf_format(out, "; %u call%s", c->calls, c->calls == 1 ? "" : "s");
    if (c->answers > 0) {
        wgo_buf_format(out, ", %llu answer%s of the last hour", (unsigned long long)c->answers,
                       c->answers == 1 ? "" : "s");
    }
    wgo_buf_char(out, '\n');
    if (health->state == WGO_HEALTH_UNKNOWN && c->error.status != WGO_OK) {
        wgo_buf_format(out, "  %s\n", c->error.message);
        if (c->error.hint[0]) {
            wgo_buf_format(out, "  hint: %s\n", c->error.hint);
        }
    }
}

static void write_json(struct wgo_json_writer *w, const struct wgo_checkup *c)
{
    wgo_json_open_object(w);
    wgo_json_member_str(w, "provider", wgo_str(c->provider));
    wgo_json_member_str(w, "status", wgo_str(wgo_health_name(c->health.state)));
    wgo_json_key(w, "safe_to_proceed");
    wgo_json_put_bool(w, c->health.safe_to_proceed);
    wgo_json_key(w, "recommended_max_parallel");
    wgo_json_put_u64(w, c->health.recommended_max_parallel);
    wgo_json_key(w, "calls_used");
    wgo_json_put_u64(w, c->calls);
    wgo_json_key(w, "answers_last_hour");
    wgo_json_put_u64(w, c->answers);
    if (c->error.status != WGO_OK) {
        wgo_json_member_str(w, "error", wgo_str(c->error.message));
    }
    wgo_json_close_object(w);
}

static void check(void *state, struct wgo_cli *cli, struct wgo_session *session, size_t index,
                  struct wgo_json_writer *json)
{
    bool *safe = state;
    struct wgo_checkup checkup;
    wgo_checkup(session, index, &checkup);
    *safe = *safe && checkup.health.safe_to_proceed;
    if (json) {
        write_json(json, &checkup);
    } else {
        write_text(cli, &checkup);
    }
}

static int run(struct wgo_cli *cli)
{
    bool safe = true;
    const struct wgo_checks checks = {
        .state = &safe, .wait_ns = wgo_checkup_wait_ns(&cli->settings), .each = check};
    int code = wgo_checks_run(cli, &checks);
    return code ? code : !safe;
}

static const struct wgo_example examples[] = {
    {"Does the shared cluster bear a scan now?", "wgo health --provider k8s --context shared"},
    {"For a script", "wgo health --provider aws --format json && wgo scan --provider aws"},
    {NULL, NULL},
};

const struct wgo_command wgo_command_health = {
    .name = "health",
    .bit = WGO_CMD_HEALTH,
    .summary = "ask with a few calls whether a provider bears a scan now",
    .synopsis = "--all | --provider NAME ... [FLAGS]",
    .description =
        "Makes the few calls that `wgo validate` makes, none of them twice, and judges by what is "
        "answered, and was answered within the last hour to scans that keep to a quota: clear, "
        "light, moderate or heavy, by how many were throttled; unknown when "
        "anything else came, or nothing. So is a provider that answers nothing for 10 s, "
        "or for --scan-timeout where that is shorter. Of states in files nobody is asked: they "
        "are clear when they can be read. Collects nothing.\n\n"
        "The exit code is 0 when it is safe to proceed, 1 when a provider is heavy or unknown.",
    .examples = examples,
    .configured = true,
    .begin = wgo_interrupts_heed,
    .run = run,
};
