#include "base/digest.h"

#include <stdio.h>
#include <xxhash.h>

void wgo_digest_add(struct wgo_digest *digest, struct wgo_str text)
{
    uint64_t seed = digest->low ^ (digest->high << 32 | digest->high >> 32);
    XXH128_hash_t hash = XXH3_128bits_withSeed(text.ptr, text.len, seed + text.len);
    *digest = (struct wgo_digest){hash.high64, hash.low64};
}

void wgo_digest_text(const struct wgo_digest *digest, char out[WGO_DIGEST_TEXT])
{
    snprintf(out, WGO_DIGEST_TEXT, "%016llx%016llx", (unsigned long long)digest->high,
             (unsigned long long)digest->low);
}
