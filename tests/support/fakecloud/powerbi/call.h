/* call.h: the operations: each answers a request that was admitted.
 *
 * Ownership: they fill the reply.
 * Threads:   any.
 * Failure:   they answer with Power BI's error. */
#ifndef FC_POWERBI_CALL_H
#define FC_POWERBI_CALL_H

#include "core/request.h"
#include "powerbi/world.h"

void pbi_modified(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply);
void pbi_get_info(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply);
void pbi_scan_status(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply);
void pbi_scan_result(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply);
void pbi_capacities(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply);
void pbi_groups(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply);
void pbi_gateways(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply);
void pbi_gateway_sources(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply);
void pbi_activity(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply);

/* A query parameter that is a truth value; absent: false. False: it is neither, and the reply says
 * so. */
bool pbi_flag(const struct fc_request *rq, const char *key, bool *out, struct fc_reply *reply);
/* The address of this API as the client called it, up to "/v1.0/myorg". */
void pbi_base(const struct fc_request *rq, struct fc_text *out);

#endif
