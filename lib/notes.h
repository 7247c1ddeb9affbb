/* notes.h: what a scan had to say: warnings, and failures that say the same gathered into one.
 *
 * Ownership: caller-allocated, zeroed is empty; copies what it is given.
 * Threads:   one at a time; the scanner calls its events one at a time.
 * Failure:   none to the caller: what memory has no room for is counted as 'lost'. */
#ifndef WGO_LIB_NOTES_H
#define WGO_LIB_NOTES_H

#include "base/buf.h"
#include "base/error.h"

#include <stddef.h>
#include <stdint.h>

#define WGO_PROBLEM_SCOPES 3

/* Failures of one provider with the same status and message. */
struct wgo_problem_group {
    struct wgo_error first;
    uint64_t count;
    char scopes[WGO_PROBLEM_SCOPES][192]; /* where it happened; "" = no more */
};

struct wgo_notes {
    struct wgo_problem_group *problems;
    size_t problem_count, problem_room;
    char **warnings; /* "provider: text", each once */
    size_t warning_count, warning_room;
    uint64_t lost;
};

void wgo_notes_fini(struct wgo_notes *notes);
void wgo_notes_problem(struct wgo_notes *notes, const struct wgo_error *error);
/* 'provider' may be NULL. */
void wgo_notes_warning(struct wgo_notes *notes, const char *provider, const char *text);
/* Problems with the most frequent first, then by text; warnings by text: an order that does not
 * depend on who came first. */
void wgo_notes_sort(struct wgo_notes *notes);
/* The warnings as a JSON array; nothing when there are none. */
bool wgo_notes_write_warnings(const struct wgo_notes *notes, struct wgo_buf *out);

#endif
