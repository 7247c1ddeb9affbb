/* embedded.h: the files put in at build time. Private to azure. */
#ifndef WGO_AZURE_EMBEDDED_H
#define WGO_AZURE_EMBEDDED_H

#include "model/collector.h"

/* WGO_AZURE_CATALOGS_COUNT of them. */
extern const struct wgo_embedded_file wgo_azure_catalogs[];

#endif
