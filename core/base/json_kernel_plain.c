/* The kernel in plain C: eight bytes in a word. Its answers are the measure for the others. */
#include "base/json_kernel_shared.h"

#define EVERY(byte) (UINT64_C(0x0101010101010101) * (unsigned char)(byte))

struct bytes_plain {
    uint64_t words[BLOCK / 8];
};

KERNEL_INLINE struct bytes_plain load_plain(const char *at)
{
    struct bytes_plain bytes;
    for (size_t i = 0; i < WGO_COUNT(bytes.words); i++) {
        uint64_t word;
        memcpy(&word, at + i * 8, sizeof(word));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap64(word);
#endif
        bytes.words[i] = word;
    }
    return bytes;
}

/* The high bit of each byte of each word, as one mask. */
KERNEL_INLINE uint64_t gather_plain(const uint64_t words[BLOCK / 8])
{
    uint64_t mask = 0;
    for (size_t i = 0; i < BLOCK / 8; i++) {
        uint64_t bits = words[i] >> 7 & EVERY(1);
        mask |= (bits * UINT64_C(0x0102040810204080) >> 56) << (i * 8);
    }
    return mask;
}

KERNEL_INLINE uint64_t eq_plain(struct bytes_plain bytes, char c)
{
    uint64_t found[BLOCK / 8];
    for (size_t i = 0; i < BLOCK / 8; i++) {
        uint64_t word = bytes.words[i] ^ EVERY(c);
        found[i] = ~(((word & EVERY(0x7F)) + EVERY(0x7F)) | word);
    }
    return gather_plain(found);
}

KERNEL_INLINE uint64_t high_plain(struct bytes_plain bytes)
{
    return gather_plain(bytes.words);
}

KERNEL_INLINE uint64_t below_plain(struct bytes_plain bytes, char c)
{
    uint64_t found[BLOCK / 8];
    for (size_t i = 0; i < BLOCK / 8; i++) {
        uint64_t word = bytes.words[i];
        found[i] = word | ~((word | EVERY(0x80)) - EVERY(c)); /* no byte borrows from the next */
    }
    return gather_plain(found);
}

KERNEL_INLINE struct bytes_plain fold_plain(struct bytes_plain bytes)
{
    for (size_t i = 0; i < BLOCK / 8; i++) {
        bytes.words[i] |= EVERY(0x20);
    }
    return bytes;
}

KERNEL_INLINE uint64_t prefix_xor_plain(uint64_t mask)
{
    return prefix_xor(mask);
}

#define FN KERNEL_INLINE
#define NAME(x) x##_plain
#include "base/json_kernel_body.h"

const struct wgo_json_kernel wgo_json_kernel_plain = {
    .name = "plain",
    .sound = sound_plain,
    .hop = hop_plain,
    .squeeze = squeeze_plain,
    .mark = mark_plain,
};
