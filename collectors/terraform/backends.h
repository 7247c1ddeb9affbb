/* backends.h: the drivers, one file each (backend_NAME.c). See backend.h for what they are given.
 *
 * Ownership: static const. Threads: read-only. Failure: none here. */
#ifndef WGO_TERRAFORM_BACKENDS_H
#define WGO_TERRAFORM_BACKENDS_H

#include "terraform/backend.h"

extern const struct wgo_tf_backend_type wgo_tf_backend_local;

#endif
