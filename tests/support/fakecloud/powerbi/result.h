/* result.h: what a scan found, printed as it is read, and the parts that other answers share.
 *
 * Ownership: the caller owns the source; the parts are added to a text.
 * Threads:   pure.
 * Failure:   none. */
#ifndef FC_POWERBI_RESULT_H
#define FC_POWERBI_RESULT_H

#include "core/reply.h"
#include "powerbi/scan.h"

/* Copies the scan. */
struct fc_source pbi_result_source(const struct pbi_world *w, const struct pbi_scan *scan);

/* The index of the k-th item of a workspace. */
uint64_t pbi_item(uint64_t workspace, unsigned k);
/* Adds a GUID and its quotes. */
void pbi_put_guid(const struct pbi_world *w, enum pbi_kind kind, uint64_t index,
                  struct fc_text *out);
/* Adds a day of the last years: "2023-05-06T07:08:09.123"; a touched workspace's is later. */
void pbi_put_time(const struct pbi_world *w, enum pbi_kind kind, uint64_t index, uint64_t workspace,
                  struct fc_text *out);
/* Adds ',"key":"user17@contoso.com"', always the same one. */
void pbi_put_person(const struct pbi_world *w, const char *key, uint64_t chance,
                    struct fc_text *out);
/* Adds ',"users":[...]' of an item or a workspace; 'right' names the right of the schema. */
void pbi_put_users(const struct pbi_world *w, enum pbi_kind kind, uint64_t index, const char *right,
                   struct fc_text *out);
/* The same of a datamart, which has more of them. */
void pbi_put_mart_users(const struct pbi_world *w, uint64_t index, struct fc_text *out);
/* Adds ',"endorsementDetails":...' and ',"sensitivityLabel":...', which some have. */
void pbi_put_marks(const struct pbi_world *w, enum pbi_kind kind, uint64_t index,
                   struct fc_text *out);
/* Adds one dataset of a workspace, without the braces' closing: tables, expressions, roles. */
void pbi_put_schema(const struct pbi_world *w, const struct pbi_scan *scan, uint64_t index,
                    struct fc_text *out);

#endif
