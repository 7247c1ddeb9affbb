/* The kernel for x86-64 with AVX-512, chosen at run time: a block is one register. */
#include "base/json_kernel_shared.h"

#if WGO_JSON_KERNEL_X86

#include <immintrin.h>

#define FN                                                                                         \
    KERNEL_INLINE __attribute__((target("avx512f,avx512bw,avx512vbmi2,bmi,bmi2,pclmul,popcnt")))
#define NAME(x) x##_avx512
#define OWN_WAYS

struct bytes_avx512 {
    __m512i all;
};

FN struct bytes_avx512 load_avx512(const char *at)
{
    return (struct bytes_avx512){_mm512_loadu_si512(at)};
}

/* The masks leave the mask registers at once: few instructions work there, one at a time. */
FN uint64_t eq_avx512(struct bytes_avx512 bytes, char c)
{
    return fixed(_mm512_cmpeq_epi8_mask(bytes.all, _mm512_set1_epi8(c)));
}

FN uint64_t below_avx512(struct bytes_avx512 bytes, char c)
{
    return fixed(_mm512_cmplt_epi8_mask(bytes.all, _mm512_set1_epi8(c)));
}

FN uint64_t high_avx512(struct bytes_avx512 bytes)
{
    return fixed(_mm512_movepi8_mask(bytes.all));
}

FN struct bytes_avx512 fold_avx512(struct bytes_avx512 bytes)
{
    return (struct bytes_avx512){_mm512_or_si512(bytes.all, _mm512_set1_epi8(0x20))};
}

FN uint64_t prefix_xor_avx512(uint64_t mask)
{
    __m128i product =
        _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)mask), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

FN struct bytes_avx512 load_part_avx512(const char *at, uint64_t valid)
{
    return (struct bytes_avx512){_mm512_mask_loadu_epi8(_mm512_set1_epi8(' '), valid, at)};
}

/* Sixteen are written at once: the numbers of the bits, moved together, and the offset added. */
FN uint32_t *write_bits_avx512(uint64_t mask, uint32_t offset, uint32_t *out)
{
    static const unsigned char numbers[BLOCK] = {
        0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
        22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
        44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63};
    const __m512i base = _mm512_set1_epi32((int)offset);
    __m512i found = _mm512_maskz_compress_epi8(mask, _mm512_loadu_si512(numbers));
    uint32_t *next = out + count_bits(mask);
    for (; out < next; out += SPARE) {
        __m512i wide = _mm512_cvtepu8_epi32(_mm512_castsi512_si128(found));
        _mm512_storeu_si512(out, _mm512_add_epi32(base, wide));
        found = _mm512_shuffle_i64x2(found, found, 0x39); /* the next sixteen */
    }
    return next;
}

/* To a register first: storing while compressing is very slow on Zen 4. */
FN char *copy_kept_avx512(struct bytes_avx512 bytes, uint64_t keep, const char *at, size_t left,
                          char *out)
{
    (void)at;
    __m512i kept = _mm512_maskz_compress_epi8(keep, bytes.all);
    uint64_t count = count_bits(keep);
    if (WGO_LIKELY(left >= BLOCK)) {
        _mm512_storeu_si512(out, kept);
    } else {
        _mm512_mask_storeu_epi8(out, (UINT64_C(1) << count) - 1, kept);
    }
    return out + count;
}

#include "base/json_kernel_body.h"

const struct wgo_json_kernel wgo_json_kernel_avx512 = {
    .name = "avx512",
    .sound = sound_avx512,
    .hop = hop_avx512,
    .squeeze = squeeze_avx512,
    .mark = mark_avx512,
};

/* Asks for VBMI2 not only to use it: processors without it, before Ice Lake, slow their clock down
 * when they see 512 bits. simdjson's kernel ("icelake") has the same condition. */
bool wgo_json_kernel_has_avx512(void)
{
    return wgo_json_kernel_has_avx2() && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi2");
}

#endif
