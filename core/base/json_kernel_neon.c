/* The kernel for 64-bit ARM, where every processor has NEON. */
#include "base/json_kernel_shared.h"

#if WGO_JSON_KERNEL_NEON

#include <arm_neon.h>

struct bytes_neon {
    uint8x16_t part[4];
};

KERNEL_INLINE struct bytes_neon load_neon(const char *at)
{
    struct bytes_neon bytes;
    for (unsigned i = 0; i < 4; i++) {
        bytes.part[i] = vld1q_u8((const uint8_t *)at + (size_t)16 * i);
    }
    return bytes;
}

/* Each part's bytes are all ones or all zeros. A byte stands for one bit of eight; added to its
 * neighbour three times it becomes the byte of the mask. */
KERNEL_INLINE uint64_t gather_neon(const uint8x16_t parts[4])
{
    const uint8x16_t bit = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    uint8x16_t low = vpaddq_u8(vandq_u8(parts[0], bit), vandq_u8(parts[1], bit));
    uint8x16_t high = vpaddq_u8(vandq_u8(parts[2], bit), vandq_u8(parts[3], bit));
    uint8x16_t all = vpaddq_u8(low, high);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

KERNEL_INLINE uint64_t eq_neon(struct bytes_neon bytes, char c)
{
    uint8x16_t want = vdupq_n_u8((uint8_t)c);
    for (unsigned i = 0; i < 4; i++) {
        bytes.part[i] = vceqq_u8(bytes.part[i], want);
    }
    return gather_neon(bytes.part);
}

KERNEL_INLINE uint64_t below_neon(struct bytes_neon bytes, char c)
{
    int8x16_t bound = vdupq_n_s8((int8_t)c);
    for (unsigned i = 0; i < 4; i++) {
        bytes.part[i] = vcltq_s8(vreinterpretq_s8_u8(bytes.part[i]), bound);
    }
    return gather_neon(bytes.part);
}

KERNEL_INLINE uint64_t high_neon(struct bytes_neon bytes)
{
    return below_neon(bytes, 0);
}

KERNEL_INLINE struct bytes_neon fold_neon(struct bytes_neon bytes)
{
    for (unsigned i = 0; i < 4; i++) {
        bytes.part[i] = vorrq_u8(bytes.part[i], vdupq_n_u8(0x20));
    }
    return bytes;
}

KERNEL_INLINE uint64_t prefix_xor_neon(uint64_t mask)
{
    return prefix_xor(mask);
}

#define FN KERNEL_INLINE
#define NAME(x) x##_neon
#include "base/json_kernel_body.h"

const struct wgo_json_kernel wgo_json_kernel_neon = {
    .name = "neon",
    .sound = sound_neon,
    .hop = hop_neon,
    .squeeze = squeeze_neon,
    .mark = mark_neon,
};

#endif
