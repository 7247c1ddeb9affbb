/* powerbi.h: the Power BI collector, for lib's array of providers. */
#ifndef WGO_POWERBI_POWERBI_H
#define WGO_POWERBI_POWERBI_H

#include "model/collector.h"

extern const struct wgo_collector_type wgo_powerbi_collector;

#endif
