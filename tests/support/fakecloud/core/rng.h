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

/* Hides 32 bits behind others, one to one: odd factors and shifts can be undone. */
#define FC_HIDE_FACTOR UINT32_C(0x9e3779b1)
#define FC_FIND_FACTOR UINT32_C(0x0e8b2f51) /* Their product is 1 modulo 2^32. */

static inline uint32_t fc_hide(uint32_t x, uint64_t key)
{
    x ^= (uint32_t)key;
    x *= FC_HIDE_FACTOR;
    x ^= x >> 16;
    x *= FC_HIDE_FACTOR;
    return x ^ (uint32_t)(key >> 32);
}

static inline uint32_t fc_find(uint32_t x, uint64_t key)
{
    x ^= (uint32_t)(key >> 32);
    x *= FC_FIND_FACTOR;
    x ^= x >> 16;
    x *= FC_FIND_FACTOR;
    return x ^ (uint32_t)key;
}

#endif
