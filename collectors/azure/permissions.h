/* permissions.h: the least role definition for what a scan would call.
 *
 * Ownership, threads and failure: as model/collector.h has them. */
#ifndef WGO_AZURE_PERMISSIONS_H
#define WGO_AZURE_PERMISSIONS_H

#include "model/collector.h"

enum wgo_status wgo_azure_permissions(const struct wgo_permission_request *request,
                                      struct wgo_buf *out, char note[256], struct wgo_error *err);

#endif
