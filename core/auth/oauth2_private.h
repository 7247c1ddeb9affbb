/* oauth2_private.h: which members of a grant are secrets; shared by the two halves of oauth2.
 *
 * Ownership, threads, failure: no state. */
#ifndef WGO_AUTH_OAUTH2_PRIVATE_H
#define WGO_AUTH_OAUTH2_PRIVATE_H

#include "auth/oauth2.h"

enum { WGO_OAUTH2_SECRETS = 6 };

/* Calls for every i < WGO_OAUTH2_SECRETS give the grant's secrets; those not set are empty. */
struct wgo_str wgo_oauth2_secret_at(const struct wgo_oauth2_grant *grant, size_t i);

#endif
