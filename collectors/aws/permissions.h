/* permissions.h: the least IAM policy for what a scan would call. Private to aws.
 *
 * Ownership: appends to the caller's buffer. Threads: any. Failure: CONFIG, NOMEM. */
#ifndef WGO_AWS_PERMISSIONS_H
#define WGO_AWS_PERMISSIONS_H

#include "model/collector.h"

/* The contract of struct wgo_collector_type's permissions(). */
WGO_NODISCARD enum wgo_status wgo_aws_permissions(const struct wgo_permission_request *request,
                                                  struct wgo_buf *out, char note[256],
                                                  struct wgo_error *err);

#endif
