/* shape_hash.h: the hash of an element's name. Private to shape*.c. */
#ifndef WGO_AWS_SHAPE_HASH_H
#define WGO_AWS_SHAPE_HASH_H

#include "base/str.h"

/* Length and both ends: element names that share all three are rare, and probing tells them apart.
 */
static inline unsigned wgo_aws_name_hash(struct wgo_str name)
{
    uint64_t head = 0, tail = 0;
    if (name.len >= 8) {
        memcpy(&head, name.ptr, 8);
        memcpy(&tail, name.ptr + name.len - 8, 8);
    } else {
        for (size_t i = 0; i < name.len; i++) {
            head = head << 8 | (unsigned char)name.ptr[i];
        }
    }
    uint64_t mixed = (head ^ (tail << 23 | tail >> 41) ^ name.len) * UINT64_C(0x9E3779B97F4A7C15);
    return (unsigned)(mixed >> 40);
}

#endif
