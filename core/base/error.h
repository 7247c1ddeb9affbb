/* error.h: what went wrong, where, and how to mend it.
 *
 * Functions that can fail return enum wgo_status and, where a reader would want to know more, fill
 * a struct wgo_error that the caller owns. The struct holds no pointers: it is copied freely and
 * travels with a task from thread to thread. A function that fails sets every field it knows; a
 * caller further up adds what only it knows (provider, scope, operation) with wgo_error_at().
 *
 * Ownership: caller-allocated; nothing to free. Zeroed is "no error".
 * Threads:   none of its own.
 * Failure:   nothing here fails; texts that do not fit are cut at a character's edge, and control
 *            characters become spaces, so that a server's words can be shown. */
#ifndef WGO_BASE_ERROR_H
#define WGO_BASE_ERROR_H

#include "base/compiler.h"

#include <stdarg.h>
#include <stdbool.h>

enum wgo_retry_class {
    WGO_RETRY_NEVER,
    WGO_RETRY_BACKOFF,
    WGO_RETRY_SOON,
};

/* The words a completeness row may use; see docs/snapshot.md. */
enum wgo_completeness {
    WGO_SEEN_OK,
    WGO_SEEN_DENIED,
    WGO_SEEN_THROTTLED,
    WGO_SEEN_TIMEOUT,
    WGO_SEEN_UNAVAILABLE,
    WGO_SEEN_ERROR,
    WGO_SEEN_SKIPPED,
    WGO_SEEN_LIMITED,
};

enum wgo_status {
#define WGO_STATUS(name, exit_code, retry, seen, text) WGO_E_##name,
#include "base/status.def"
#undef WGO_STATUS
    WGO_STATUS_COUNT
};
#define WGO_OK WGO_E_OK

struct wgo_error {
    enum wgo_status status;
    int http_status;     /* 0 when the failure is not an HTTP answer */
    char provider[32];   /* canonical provider name, "" when unknown */
    char scope[160];     /* account, context, state file ... */
    char operation[128]; /* list call, backend, file ... */
    char message[512];   /* one line, no trailing dot or newline */
    char hint[640];      /* what the user can do about it, "" when we do not know */
};

/* Facts about a status, all from status.def. The strings are static. */
const char *wgo_status_name(enum wgo_status status);
const char *wgo_status_text(enum wgo_status status);
int wgo_status_exit_code(enum wgo_status status);
/* That of no status: there is a result, and it says what is missing. */
#define WGO_EXIT_PARTIAL 3
enum wgo_retry_class wgo_status_retry(enum wgo_status status);
enum wgo_completeness wgo_status_seen(enum wgo_status status);
const char *wgo_completeness_name(enum wgo_completeness seen);
/* The status that speaks of such a row, where nothing more is known of it. */
enum wgo_status wgo_completeness_status(enum wgo_completeness seen);

/* Fills 'err' (which may be NULL) with 'status' and the formatted message, forgetting what it held,
 * and returns 'status', so that `return wgo_fail(err, WGO_E_PARSE, "...")` reads as it should. */
enum wgo_status wgo_fail(struct wgo_error *err, enum wgo_status status, const char *format, ...)
    WGO_PRINTF(3, 4);
enum wgo_status wgo_fail_v(struct wgo_error *err, enum wgo_status status, const char *format,
                           va_list args) WGO_PRINTF(3, 0);

/* Adds a hint to an error that has none yet. */
void wgo_error_hint(struct wgo_error *err, const char *format, ...) WGO_PRINTF(2, 3);

/* Puts "prefix: " before the message: what was being done when it failed. */
void wgo_error_prefix(struct wgo_error *err, const char *format, ...) WGO_PRINTF(2, 3);

/* Fills the provider, scope and operation that are still empty; each may be NULL. */
void wgo_error_at(struct wgo_error *err, const char *provider, const char *scope,
                  const char *operation);

/* Writes "provider: scope: operation: message (hint)" without the empty parts into 'out'. */
void wgo_error_format(const struct wgo_error *err, char *out, unsigned long out_size);

#endif
