/* embedded.h: the files put in at build time. Private to powerbi. */
#ifndef WGO_POWERBI_EMBEDDED_H
#define WGO_POWERBI_EMBEDDED_H

#include "model/collector.h"

/* WGO_POWERBI_CATALOGS_COUNT of them. */
extern const struct wgo_embedded_file wgo_powerbi_catalogs[];

#endif
