/* login.h: where tokens come from: Entra ID and the endpoints of managed identities.
 *
 * Ownership, failure: they fill the reply.
 * Threads:   any. */
#ifndef FC_AZURE_LOGIN_H
#define FC_AZURE_LOGIN_H

#include "azure/access.h"

void az_login_token(const struct az_world *w, struct fc_request *rq, struct fc_reply *reply);
/* What MSAL asks before it asks for a token. */
void az_login_openid(const struct az_world *w, struct fc_request *rq, struct fc_reply *reply);
void az_login_instance(const struct az_world *w, struct fc_request *rq, struct fc_reply *reply);
void az_login_keys(const struct az_world *w, struct fc_request *rq, struct fc_reply *reply);
/* Managed identity on a virtual machine, in App Service and on an Arc machine. */
void az_login_imds(const struct az_world *w, struct fc_request *rq, struct fc_reply *reply);
void az_login_app_service(const struct az_world *w, struct fc_request *rq, struct fc_reply *reply);
void az_login_arc(const struct az_world *w, struct fc_request *rq, struct fc_reply *reply);
/* Removes the challenge file of Arc. */
void az_login_close(const struct az_world *w);

#endif
