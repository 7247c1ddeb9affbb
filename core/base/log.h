/* log.h: the debug log: key=value lines, silent unless somebody installed a sink.
 *
 * core and collectors log at debug only; the program decides where lines go (WGO_DEBUG=true:
 * stderr). A line is put together whole and written with one call, so lines of several threads
 * never mix.
 *
 * Ownership: the sink's state is the caller's and must outlive its installation.
 * Threads:   any; installing is for start-up only, before threads exist.
 * Failure:   none; a line over 2 KB is cut. */
#ifndef WGO_BASE_LOG_H
#define WGO_BASE_LOG_H

#include "base/compiler.h"
#include "base/str.h"

#include <stdbool.h>

/* 'line' is "event key=value ..." with a newline at its end and no other control character. */
typedef void wgo_log_fn(void *state, struct wgo_str line);

void wgo_log_set_sink(wgo_log_fn *sink, void *state);
bool wgo_log_enabled(void);
/* 'event' is a word; 'format' gives "key=value key=value". */
void wgo_log_debug(const char *event, const char *format, ...) WGO_PRINTF(2, 3);

#endif
