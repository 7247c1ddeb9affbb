/* creds.h: whose an access key is, and temporary credentials.
 *
 * Nothing is remembered: a session token says whose it is and until when, and bears a seal; the
 * key and the secret of a session follow from the token.
 *
 * Ownership: the strings of a principal are in it.
 * Threads:   pure.
 * Failure:   enum aws_identity says what is wrong with a credential. */
#ifndef FC_AWS_CREDS_H
#define FC_AWS_CREDS_H

#include "aws/world.h"

enum aws_identity {
    AWS_IDENTITY_KNOWN,
    AWS_IDENTITY_UNKNOWN, /* No such key, or the token is not its own. */
    AWS_IDENTITY_EXPIRED,
};

struct aws_principal {
    const struct aws_account *account;
    char arn[256];
    char user_id[96];
    char secret[64];
};

struct aws_session {
    char access_key[24];
    char secret[64];
    struct fc_text token;
    int64_t expires_ms; /* Since 1970. */
};

int64_t aws_now_ms(void); /* Since 1970. */

enum aws_identity aws_creds_find(const struct aws_world *w, struct fc_str access_key,
                                 struct fc_str token, struct aws_principal *out);
/* Credentials of "ROLE/SESSION" in 'account' that live for 'ttl_ms'. The caller frees the token. */
void aws_creds_make(const struct aws_world *w, const struct aws_account *account,
                    struct fc_str role, struct fc_str session, int64_t ttl_ms,
                    struct aws_session *out);

#endif
