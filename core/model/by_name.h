/* by_name.h: a document as it may be shown when nobody said which of its values are secrets.
 *
 * What stands behind a name that means a secret (secret_names.h) is replaced by what the redactor
 * makes of it, and so are the values of pairs in a list that are named so, and texts that give
 * themselves away. null stays; the rest is copied as it is
 * written, without white space.
 *
 * Threads: any, each with an arena of its own. Failure: false, out of memory or no JSON. */
#ifndef WGO_MODEL_BY_NAME_H
#define WGO_MODEL_BY_NAME_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/secret.h"

/* Appends 'document' to 'out'; the arena is for names that have to be decoded. */
WGO_NODISCARD bool wgo_redact_by_name(const struct wgo_redactor *redactor, struct wgo_str document,
                                      struct wgo_arena *arena, struct wgo_buf *out);

#endif
