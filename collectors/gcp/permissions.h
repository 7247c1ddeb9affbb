/* permissions.h: see model/collector.h, permissions(). Private to gcp. */
#ifndef WGO_GCP_PERMISSIONS_H
#define WGO_GCP_PERMISSIONS_H

#include "model/collector.h"

enum wgo_status wgo_gcp_permissions(const struct wgo_permission_request *request,
                                    struct wgo_buf *out, char note[256], struct wgo_error *err);

#endif
