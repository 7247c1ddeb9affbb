/* rng.h: the only source of chance: hashes of the seed and of what is being decided.
 *
 * There is no generator with a state, so that an answer depends on what was asked and never on
 * which thread asked first. The mixer is the finaliser of splitmix64.
 *
 * Ownership, threads, failure: pure functions. */
#ifndef FC_RNG_H
#define FC_RNG_H

#include <stddef.h>
#include <stdint.h>

static inline uint64_t fc_mix(uint64_t x)
{
    x += UINT64_C(0x9e3779b97f4a7c15);
    x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
    return x ^ (x >> 31);
}

static inline uint64_t fc_hash(uint64_t a, uint64_t b)
{
    return fc_mix(a ^ fc_mix(b));
}

static inline uint64_t fc_hash_bytes(uint64_t seed, const char *p, size_t n)
{
    uint64_t h = UINT64_C(0xcbf29ce484222325) ^ seed;
    size_t i;

    for (i = 0; i < n; i++) {
        h = (h ^ (unsigned char)p[i]) * UINT64_C(0x100000001b3);
    }
    return fc_mix(h);
}

/* 0 <= result < 1 */
static inline double fc_unit(uint64_t h)
{
    return (double)(h >> 11) * 0x1.0p-53;
}

#endif
