/* azure.h: the Azure collector, for lib's array of providers. */
#ifndef WGO_AZURE_AZURE_H
#define WGO_AZURE_AZURE_H

#include "model/collector.h"

extern const struct wgo_collector_type wgo_azure_collector;

#endif
