/* access.h: who asks, by which token, and what they may not.
 *
 * Tokens are not stored: they say whose they are and until when, and are sealed.
 *
 * Ownership: az_access_open() fills the world's part, az_access_close() frees it; a principal is
 * the request's. Threads:   read-only once opened. Failure:   a bad scenario ends the program. */
#ifndef FC_AZURE_ACCESS_H
#define FC_AZURE_ACCESS_H

#include "azure/error.h"

struct az_principal {
    char object_id[AZ_GUID];
    char name[80];
};

void az_access_open(struct az_world *w);
void az_access_close(struct az_world *w);
const struct az_app *az_access_app(const struct az_world *w, struct fc_str client_id);
/* A token for 'app' and the audience of 'scope', which lives as long as the world says. */
void az_token_make(const struct az_world *w, const struct az_app *app, struct fc_str scope,
                   int64_t now_s, struct fc_text *out);
/* What the header Authorization brings. */
enum az_token {
    AZ_TOKEN_NONE,    /* No bearer. */
    AZ_TOKEN_BAD,     /* Not from here, where that is wanted. */
    AZ_TOKEN_EXPIRED, /* From here, and too old. */
    AZ_TOKEN_OTHER,   /* For something else than 'audience'. */
    AZ_TOKEN_GOOD,
};
/* Reads it and says who it is, if it is good. What it is for must have 'audience' in it, or be this
 * server. */
enum az_token az_token_read(const struct az_world *w, const struct fc_request *rq,
                            const char *audience, struct az_principal *who);
/* Who asks, by the header Authorization. False: the reply is the refusal. */
bool az_access_who(const struct az_world *w, const struct fc_request *rq, struct az_principal *who,
                   struct fc_reply *reply);
/* Whether some denial forbids 'action' on 'scope'. */
bool az_access_denied(const struct az_world *w, const struct az_principal *who, const char *action,
                      const char *scope);
/* The reply to it. */
void az_access_refuse(const struct az_principal *who, const char *action, const char *scope,
                      struct fc_reply *reply);

#endif
