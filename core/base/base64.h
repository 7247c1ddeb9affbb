/* base64.h: RFC 4648, standard and URL alphabets.
 *
 * Ownership: appends to the caller's buffer. Threads: no state.
 * Failure:   decoding returns false on a byte outside the alphabet or a wrong length, and appends
 * nothing; white space is skipped. */
#ifndef WGO_BASE_BASE64_H
#define WGO_BASE_BASE64_H

#include "base/buf.h"

bool wgo_base64_encode(struct wgo_buf *out, struct wgo_str bytes);
/* Accepts both alphabets, with or without padding. */
WGO_NODISCARD bool wgo_base64_decode(struct wgo_buf *out, struct wgo_str text);

#endif
