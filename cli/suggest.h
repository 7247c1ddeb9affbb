/* suggest.h: "did you mean".
 *
 * Ownership: returned texts are static, or of the thread until its next call. Threads: any.
 * Failure:   NULL when nothing is near enough to be worth saying. */
#ifndef WGO_CLI_SUGGEST_H
#define WGO_CLI_SUGGEST_H

#include "lib/builtin.h"

/* "--max-workers" for "maxworkers", among the flags of 'command'. */
const char *wgo_suggest_option(unsigned command, struct wgo_str name);
/* A command's name for a mistyped one. */
const char *wgo_suggest_command(struct wgo_str name);
/* A key of the configuration file for a mistyped one. */
const char *wgo_suggest_key(struct wgo_str key);
/* "wgo scan and wgo validate" for the bits. */
const char *wgo_suggest_commands(unsigned commands);
const char *wgo_suggest_command_name(unsigned command);
/* "--context, --namespace" : what a provider takes. */
void wgo_suggest_scoped(const struct wgo_builtin *builtin, char *out, size_t out_size);

/* The nearest word so far; see wgo_suggest_consider(). */
struct wgo_suggestion {
    struct wgo_str word; /* mistyped */
    const char *nearest;
    unsigned distance;
};
void wgo_suggest_begin(struct wgo_suggestion *suggestion, struct wgo_str word);
void wgo_suggest_consider(struct wgo_suggestion *suggestion, const char *candidate);

#endif
