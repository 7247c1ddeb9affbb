/* embedded.h: the files put in at build time. Private to gcp. */
#ifndef WGO_GCP_EMBEDDED_H
#define WGO_GCP_EMBEDDED_H

#include "model/collector.h"

/* WGO_GCP_CATALOGS_COUNT of them. */
extern const struct wgo_embedded_file wgo_gcp_catalogs[];

#endif
