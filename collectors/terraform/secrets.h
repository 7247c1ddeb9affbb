/* secrets.h: which attributes of which types hold secrets although nobody marked them.
 *
 * Old states, and providers that forget to, leave passwords unmarked. Names that mean a secret
 * wherever they stand are model/secret_names.h's; here are attributes of particular types, and
 * those that are only called so.
 *
 * Ownership: static tables.
 * Threads:   read-only.
 * Failure:   none. */
#ifndef WGO_TERRAFORM_SECRETS_H
#define WGO_TERRAFORM_SECRETS_H

#include "base/str.h"

/* Paths of attributes of 'type' that are WGO_SECRECY_DEEP: members joined by '.', "*" for any
 * member or element. The 'at'th one, or NULL behind the last. */
const char *wgo_tf_secret_path(struct wgo_str type, size_t at);

/* The attribute of 'type' that is called like a secret and only refers to one, or NULL. */
const char *wgo_tf_open_name(struct wgo_str type);

#endif
