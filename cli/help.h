/* help.h: the table of options and the commands' texts as help, manual pages and completions.
 *
 * Ownership: appends to the caller's buffer. Threads: any. Failure: the buffer's 'failed'. */
#ifndef WGO_CLI_HELP_H
#define WGO_CLI_HELP_H

#include "cli/command.h"

void wgo_help_overview(struct wgo_buf *out);
void wgo_help_command(const struct wgo_command *command, struct wgo_buf *out);
/* roff with the man macros; NULL is the page of wgo itself. */
void wgo_help_man(const struct wgo_command *command, struct wgo_buf *out);
/* False when there is no such shell. */
bool wgo_help_completion(struct wgo_str shell, struct wgo_buf *out);

/* Texts that several of them use. */
struct wgo_exit_code {
    int code;
    const char *text;
};
extern const struct wgo_exit_code wgo_scan_exit_codes[];
extern const size_t wgo_scan_exit_code_count;
struct wgo_variable {
    const char *name, *text;
};
/* Environment variables that are no option's own. */
extern const struct wgo_variable wgo_variables[];
extern const size_t wgo_variable_count;

/* "-o, --output-file FILE", or "--no-cache". */
void wgo_help_flag(const struct wgo_option *option, struct wgo_buf *out);
/* The default as it is shown, or NULL. */
const char *wgo_help_fallback(const struct wgo_option *option);

#endif
