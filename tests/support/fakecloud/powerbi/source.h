/* source.h: data sources: which an item uses, what they connect to, through which gateway.
 *
 * Ownership, threads, failure: pure; they add to a text. */
#ifndef FC_POWERBI_SOURCE_H
#define FC_POWERBI_SOURCE_H

#include "powerbi/world.h"

#define PBI_MAX_USES 3

/* The sources that an item uses; those of a workspace whose connections changed are others. */
unsigned pbi_sources_of(const struct pbi_world *w, enum pbi_kind kind, uint64_t index,
                        uint64_t workspace, uint64_t out[PBI_MAX_USES]);
/* Whether it uses a misconfigured one, and which. */
bool pbi_bad_source_of(const struct pbi_world *w, enum pbi_kind kind, uint64_t index,
                       uint64_t *out);
const char *pbi_source_type(const struct pbi_world *w, uint64_t source);
/* Adds the members of its connectionDetails, each value 'quote'd: "\"" or "\\\"". */
void pbi_put_connection(const struct pbi_world *w, uint64_t source, const char *quote,
                        struct fc_text *out);
/* The gateway it is bound to; false: it needs none. */
bool pbi_source_gateway(const struct pbi_world *w, uint64_t source, uint64_t *out_gateway);
/* Adds {"datasourceType":...}, as scans have it. */
void pbi_put_source(const struct pbi_world *w, enum pbi_kind kind, uint64_t source,
                    struct fc_text *out);

#endif
