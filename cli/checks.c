#include "cli/checks.h"

#include "cli/checkup.h"
#include "cli/interrupts.h"
#include "cli/scan_options.h"

int wgo_checks_run(struct wgo_cli *cli, const struct wgo_checks *checks)
{
    struct wgo_session *session = NULL;
    struct wgo_error error = {0};
    struct wgo_scan_setup setup;
    struct wgo_json_writer w;
    bool json = wgo_settings_choice(&cli->settings, WGO_OPT_LIST_FORMAT) == 1;
    if (wgo_scan_setup(cli, &setup, &error) != WGO_OK) {
        return wgo_cli_fail(cli, &error);
    }
    setup.session.output_file = NULL;
    setup.session.looks_only = true;
    if (checks->wait_ns > 0) {
        wgo_checkup_prepare(&setup.session.scan, setup.selection.providers, setup.selection.count,
                            checks->wait_ns);
    }
    if (wgo_interrupts_session(&setup.session, &session, &error) != WGO_OK) {
        return wgo_cli_fail(cli, &error);
    }
    wgo_json_writer_init(&w, &cli->out);
    if (json) {
        wgo_json_open_array(&w);
    }
    for (size_t i = 0; i < setup.selection.count && !wgo_interrupted(); i++) {
        checks->each(checks->state, cli, session, i, json ? &w : NULL);
    }
    if (json) {
        wgo_json_close_array(&w);
        wgo_buf_char(&cli->out, '\n');
    }
    wgo_interrupts_forget();
    wgo_session_free(session);
    return wgo_interrupted() ? WGO_INTERRUPTED : 0;
}
