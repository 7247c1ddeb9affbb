/* secrets.h: texts that may hold a credential.
 *
 * Power Query is free text: who could not use a stored credential has written a key into it.
 * A text gives itself away by a word (password, sig=, bearer ...) or by a run of characters that
 * looks like a key: 32 or more letters and digits together that are no GUID.
 *
 * Ownership: none. Threads: any. Failure: none. */
#ifndef WGO_POWERBI_SECRETS_H
#define WGO_POWERBI_SECRETS_H

#include "base/str.h"

/* A text that somebody has written: an expression, an address. */
bool wgo_powerbi_text_is_secret(struct wgo_str text);

#endif
