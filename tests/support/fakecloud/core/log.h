/* log.h: the request log (JSON lines) and the counters of /_fakecloud/stats.
 *
 * A line is written, whole and with one write(2), before the last byte of its answer leaves, so
 * a test that has its answer finds its line.
 *
 * Ownership: fc_log_new/free.
 * Threads:   all functions from any thread; lines are appended atomically, counters are atomics.
 * Failure:   a log file that cannot be opened ends the program; a failing write is counted. */
#ifndef FC_LOG_H
#define FC_LOG_H

#include <stdint.h>

#include "core/request.h"

struct fc_log;

/* 'path' is the log's file, 'record' takes whole requests with headers and bodies; NULL: none. */
struct fc_log *fc_log_new(const char *path, const char *record);
void fc_log_free(struct fc_log *l);
/* Numbers the request and counts it as in flight. */
void fc_log_begin(struct fc_log *l, struct fc_request *rq);
/* Once per request: the line, and it is no longer in flight. */
void fc_log_end(struct fc_log *l, const struct fc_request *rq, unsigned status, int64_t bytes,
                const char *fault, bool aborted);
uint64_t fc_log_connection_opened(struct fc_log *l); /* Returns its id. */
void fc_log_connection_closed(struct fc_log *l);
/* Leaves the object open: modules add members. */
void fc_log_stats(struct fc_log *l, struct fc_text *out);

#endif
