/* gcp.h: Google Cloud: an organisation of any number of projects at one port.
 *
 * Ownership, threads, failure: see struct fc_module. */
#ifndef FC_GCP_GCP_H
#define FC_GCP_GCP_H

#include "core/request.h"

extern const struct fc_module fc_gcp_module;

#endif
