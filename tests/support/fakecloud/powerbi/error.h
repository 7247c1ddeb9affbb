/* error.h: Power BI's error documents.
 *
 * Ownership, threads, failure: they fill the reply. */
#ifndef FC_POWERBI_ERROR_H
#define FC_POWERBI_ERROR_H

#include "core/request.h"
#include "powerbi/world.h"

#define PBI_JSON "application/json; charset=utf-8"

/* {"error":{"code":...,"message":...}}; the message is printed. */
void pbi_error(struct fc_reply *reply, unsigned status, const char *code, const char *fmt, ...)
    FC_PRINTF(4, 5);
/* {"error":{"code":...,"pbi.error":{...}}}, as the service answers what has no message. */
void pbi_error_bare(struct fc_reply *reply, unsigned status, const char *code);
/* Not found: no such object, or not any more. */
void pbi_error_missing(struct fc_reply *reply);
/* 429; without Retry-After. */
void pbi_error_throttled(const struct pbi_world *w, struct fc_reply *reply, int64_t wait_s);
/* The headers of every answer. */
void pbi_headers(const struct pbi_world *w, const struct fc_request *rq, struct fc_reply *reply);

#endif
