/* gcp.h: the collector for Google Cloud. See docs/providers.md. */
#ifndef WGO_GCP_GCP_H
#define WGO_GCP_GCP_H

#include "model/collector.h"

extern const struct wgo_collector_type wgo_gcp_collector;

#endif
