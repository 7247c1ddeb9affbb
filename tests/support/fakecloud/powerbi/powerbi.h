/* powerbi.h: Power BI's admin API: workspaces, scans, capacities, gateways and activity events. */
#ifndef FC_POWERBI_H
#define FC_POWERBI_H

#include "core/request.h"

extern const struct fc_module fc_powerbi_module;

#endif
