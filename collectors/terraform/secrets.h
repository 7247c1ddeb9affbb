/* secrets.h: which attributes hold secrets although nobody marked them.
 *
 * Old states, and providers that forget to, leave passwords unmarked. Two tables know better: names
 * that mean a secret wherever they stand, and attributes of particular types; a third one has the
 * attributes that are only called so. Names are compared without regard to case, '_' and '-'.
 *
 * Ownership: static tables.
 * Threads:   read-only.
 * Failure:   none. */
#ifndef WGO_TERRAFORM_SECRETS_H
#define WGO_TERRAFORM_SECRETS_H

#include "base/str.h"

enum wgo_tf_secrecy {
    WGO_TF_OPEN,
    WGO_TF_VALUE, /* a string or number, or a list of them, is a secret; objects below are not */
    WGO_TF_ENV,   /* of name and value pairs the values; in a plain map or list, everything */
    WGO_TF_DEEP,  /* everything below */
};

enum wgo_tf_secrecy wgo_tf_secret_name(struct wgo_str name);

/* Paths of attributes of 'type' that are WGO_TF_DEEP: members joined by '.', "*" for any member or
 * element. The 'at'th one, or NULL behind the last. */
const char *wgo_tf_secret_path(struct wgo_str type, size_t at);

/* The attribute of 'type' that is called like a secret and only refers to one, or NULL. */
const char *wgo_tf_open_name(struct wgo_str type);

/* True for text that gives itself away: a private key in PEM, a URL with a password in it. */
bool wgo_tf_secret_text(struct wgo_str text);

#endif
