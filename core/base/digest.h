/* digest.h: a short name for a list of texts, by xxHash: not for secrets, nor against an enemy.
 *
 * Each text's digest is the seed of the next one's, with its length, so that no two lists of texts
 * run into each other.
 *
 * Ownership: values. Threads: none. Failure: none. */
#ifndef WGO_BASE_DIGEST_H
#define WGO_BASE_DIGEST_H

#include "base/str.h"

#include <stdint.h>

struct wgo_digest {
    uint64_t high, low;
};

#define WGO_DIGEST_TEXT 33 /* hex digits and NUL */

void wgo_digest_add(struct wgo_digest *digest, struct wgo_str text);
void wgo_digest_text(const struct wgo_digest *digest, char out[WGO_DIGEST_TEXT]);
/* Both halves in one number. */
static inline uint64_t wgo_digest_fold(const struct wgo_digest *digest)
{
    return digest->high ^ digest->low;
}

#endif
