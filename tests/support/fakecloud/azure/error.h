/* error.h: the error documents of Resource Manager, Resource Graph and Entra ID.
 *
 * Ownership, threads, failure: they fill the reply. */
#ifndef FC_AZURE_ERROR_H
#define FC_AZURE_ERROR_H

#include "azure/world.h"
#include "core/request.h"

#define AZ_JSON "application/json; charset=utf-8"

/* {"error":{"code":...,"message":...}}; the message is printed. */
void az_error(struct fc_reply *reply, unsigned status, const char *code, const char *fmt, ...)
    FC_PRINTF(4, 5);
/* Resource Graph's: the reasons stand in 'details', a JSON array. */
void az_graph_error(const struct fc_request *rq, struct fc_reply *reply, unsigned status,
                    const char *code, const char *details);
/* Entra ID's: {"error":...,"error_description":"AADSTS...: ..."}. */
void az_login_error(const struct az_world *w, const struct fc_request *rq, struct fc_reply *reply,
                    unsigned status, const char *error, unsigned number, const char *fmt, ...)
    FC_PRINTF(7, 8);
/* The headers that every answer of Resource Manager has. */
void az_headers(const struct az_world *w, const struct fc_request *rq, struct fc_reply *reply);
/* "2026-11-28 12:00:00Z", or "2026-11-28T12:00:00.0000000Z". */
void az_put_now(struct fc_text *out, bool precise);

#endif
