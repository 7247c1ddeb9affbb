/* digests.h: a set of digests of texts, for what is too many to be kept whole.
 *
 * Sixteen bytes a member and room to spare: a million take 32 MB. Two different lists of texts are
 * the same member once in 2^64 pairs or so, which is never.
 *
 * Ownership: wgo_digests_fini() frees it. Threads: none. Failure: false when out of memory. */
#ifndef WGO_BASE_DIGESTS_H
#define WGO_BASE_DIGESTS_H

#include "base/compiler.h"
#include "base/digest.h"

#include <stdbool.h>
#include <stddef.h>

struct wgo_digests {
    struct wgo_digest *slots; /* open addressing; all zero = empty */
    size_t slot_count, count;
};

void wgo_digests_fini(struct wgo_digests *set);
WGO_NODISCARD bool wgo_digests_add(struct wgo_digests *set, struct wgo_digest digest);
bool wgo_digests_has(const struct wgo_digests *set, struct wgo_digest digest);

#endif
