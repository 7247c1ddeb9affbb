/* backends.h: the drivers, one file each (backend_NAME.c). See backend.h for what they are given.
 *
 * Ownership: static const. Threads: read-only. Failure: none here. */
#ifndef WGO_TERRAFORM_BACKENDS_H
#define WGO_TERRAFORM_BACKENDS_H

#include "terraform/backend.h"

extern const struct wgo_tf_backend_type wgo_tf_backend_azurerm;
extern const struct wgo_tf_backend_type wgo_tf_backend_cloud;
extern const struct wgo_tf_backend_type wgo_tf_backend_consul;
extern const struct wgo_tf_backend_type wgo_tf_backend_gcs;
extern const struct wgo_tf_backend_type wgo_tf_backend_http;
extern const struct wgo_tf_backend_type wgo_tf_backend_kubernetes;
extern const struct wgo_tf_backend_type wgo_tf_backend_local;
extern const struct wgo_tf_backend_type wgo_tf_backend_pg;
extern const struct wgo_tf_backend_type wgo_tf_backend_remote;
extern const struct wgo_tf_backend_type wgo_tf_backend_s3;

#endif
