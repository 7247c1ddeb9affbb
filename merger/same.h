/* same.h: how far two ids are the same. Private to merger/.
 *
 * Ownership: nothing. Threads: pure. Failure: none. */
#ifndef WGO_MERGER_SAME_H
#define WGO_MERGER_SAME_H

#include "base/str.h"

#include <endian.h>

/* The first place where they differ, or the end of the shorter; they are known to be the same up to
 * 'from'. */
static inline size_t wgo_same(struct wgo_str a, struct wgo_str b, size_t from)
{
    size_t most = a.len < b.len ? a.len : b.len;
    size_t at = from;
    for (; at + sizeof(uint64_t) <= most; at += sizeof(uint64_t)) {
        uint64_t one, other;
        memcpy(&one, a.ptr + at, sizeof(one));
        memcpy(&other, b.ptr + at, sizeof(other));
        if (one != other) {
            return at + (size_t)__builtin_ctzll(htole64(one ^ other)) / 8;
        }
    }
    while (at < most && a.ptr[at] == b.ptr[at]) {
        at++;
    }
    return at;
}

#endif
