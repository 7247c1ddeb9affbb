/* scan.h: the scans that getInfo starts: waiting, running, done or failed, and gone after a day.
 *
 * Ownership: pbi_scans_new/free.
 * Threads:   any; the lock guards all. A scan is copied out.
 * Failure:   none but memory. */
#ifndef FC_POWERBI_SCAN_H
#define FC_POWERBI_SCAN_H

#include "powerbi/world.h"

#define PBI_SCAN_MAX 100 /* Workspaces of a scan. */

struct pbi_scan {
    uint64_t number;
    int64_t created_ns;
    size_t count;
    uint32_t workspaces[PBI_SCAN_MAX];
    bool lineage, datasource_details, schema, expressions, users;
};

enum pbi_scan_state {
    PBI_SCAN_UNKNOWN, /* Or its result was kept long enough. */
    PBI_SCAN_NOT_STARTED,
    PBI_SCAN_RUNNING,
    PBI_SCAN_SUCCEEDED,
    PBI_SCAN_FAILED,
};

struct pbi_scans *pbi_scans_new(const struct pbi_world *w);
void pbi_scans_free(struct pbi_scans *s);
/* Keeps a place among those that may be under way at once. Returns 0, or how long until one is
 * free. What is kept is given back or used by pbi_scans_begin(). */
int64_t pbi_scans_reserve(struct pbi_scans *s);
void pbi_scans_give_back(struct pbi_scans *s);
/* Begins 'scan': sets its number and time. */
void pbi_scans_begin(struct pbi_scans *s, struct pbi_scan *scan);
enum pbi_scan_state pbi_scans_look(struct pbi_scans *s, uint64_t number, struct pbi_scan *out);
/* How many were begun, and the most that were under way at once. */
void pbi_scans_count(struct pbi_scans *s, uint64_t *out_begun, size_t *out_most);

#endif
