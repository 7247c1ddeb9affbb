/* scan.h: what getInfo was asked for; the job's payload.
 *
 * Ownership, threads, failure: plain data. */
#ifndef FC_POWERBI_SCAN_H
#define FC_POWERBI_SCAN_H

#include "core/job.h"
#include "powerbi/world.h"

#define PBI_SCAN_MAX 100 /* Workspaces of a scan. */

struct pbi_scan {
    size_t count;
    uint32_t workspaces[PBI_SCAN_MAX];
    bool lineage, datasource_details, schema, expressions, users;
};

#endif
