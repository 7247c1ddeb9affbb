/* assertion.h: the signed claims that an application proves itself by (RFC 7523).
 *
 * Ownership: az_cert_read/free.
 * Threads:   read-only once read.
 * Failure:   an unreadable certificate ends the program. */
#ifndef FC_AZURE_ASSERTION_H
#define FC_AZURE_ASSERTION_H

#include "azure/error.h"

struct az_cert;

/* Every certificate of a PEM file is one that is registered. */
struct az_cert *az_cert_read(const char *path);
void az_cert_free(struct az_cert *c);
/* Whether 'jwt' proves 'app': signed by a registered certificate, or a federated token of its
 * subject. False: the reply is Entra ID's refusal. */
bool az_assertion_check(const struct az_world *w, const struct fc_request *rq,
                        const struct az_app *app, struct fc_str jwt, int64_t now_s,
                        struct fc_reply *reply);

#endif
