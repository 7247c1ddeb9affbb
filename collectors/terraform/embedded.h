/* embedded.h: files of this folder that are part of the program; made by the build.
 *
 * Ownership: static. Threads: read-only. Failure: none. */
#ifndef WGO_TERRAFORM_EMBEDDED_H
#define WGO_TERRAFORM_EMBEDDED_H

#include "model/collector.h"

extern const struct wgo_embedded_file wgo_terraform_identities_yaml;

#endif
