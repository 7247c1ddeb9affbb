/* secret_names.h: names that mean a secret wherever they stand, and texts that are one.
 *
 * For what no catalog entry knows: attributes of Terraform states, custom resources, kinds of a
 * bulk list that have no entry. Names are compared without regard to case, '_' and '-'.
 *
 * Ownership: static tables.
 * Threads:   read-only.
 * Failure:   none. */
#ifndef WGO_MODEL_SECRET_NAMES_H
#define WGO_MODEL_SECRET_NAMES_H

#include "base/str.h"

#include <stdbool.h>

enum wgo_secrecy {
    WGO_SECRECY_NONE,
    WGO_SECRECY_VALUE, /* a string or number, or a list of them, is a secret; objects below are not
                        */
    WGO_SECRECY_PAIRS, /* of name and value pairs the values; in a plain map or list, everything */
    WGO_SECRECY_DEEP,  /* everything below */
};

enum wgo_secrecy wgo_secrecy_of(struct wgo_str name);
/* What is below a name that means 'named', in a place of which the names above say 'above'.
 * 'scalar': no object or list stands there. */
enum wgo_secrecy wgo_secrecy_below(enum wgo_secrecy above, enum wgo_secrecy named, bool scalar);

/* Of a pair of name and value, by its name: whether the value is a secret. 'raw' is JSON. */
bool wgo_secret_pair(struct wgo_str raw);

/* True for text that gives itself away: a private key in PEM, a URL with a password in it. */
bool wgo_secret_text(struct wgo_str text);

#endif
