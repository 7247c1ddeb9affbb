/* The kernels for x86-64: SSE2, which every such processor has, and AVX2, chosen at run time; the
 * one for AVX-512 has a file of its own. */
#include "base/json_kernel_shared.h"

#if WGO_JSON_KERNEL_X86

#include <immintrin.h>

/* ---- SSE2 ---- */

struct bytes_sse2 {
    __m128i part[4];
};

KERNEL_INLINE struct bytes_sse2 load_sse2(const char *at)
{
    struct bytes_sse2 bytes;
    for (unsigned i = 0; i < 4; i++) {
        bytes.part[i] = _mm_loadu_si128((const __m128i *)(const void *)(at + 16 * i));
    }
    return bytes;
}

KERNEL_INLINE uint64_t gather_sse2(__m128i a, __m128i b, __m128i c, __m128i d)
{
    uint64_t low = (uint32_t)_mm_movemask_epi8(a) | (uint32_t)_mm_movemask_epi8(b) << 16;
    uint64_t high = (uint32_t)_mm_movemask_epi8(c) | (uint32_t)_mm_movemask_epi8(d) << 16;
    return low | high << 32;
}

KERNEL_INLINE uint64_t eq_sse2(struct bytes_sse2 bytes, char c)
{
    const __m128i *p = bytes.part;
    __m128i want = _mm_set1_epi8(c);
    return gather_sse2(_mm_cmpeq_epi8(p[0], want), _mm_cmpeq_epi8(p[1], want),
                       _mm_cmpeq_epi8(p[2], want), _mm_cmpeq_epi8(p[3], want));
}

KERNEL_INLINE uint64_t below_sse2(struct bytes_sse2 bytes, char c)
{
    const __m128i *p = bytes.part;
    __m128i bound = _mm_set1_epi8(c);
    return gather_sse2(_mm_cmplt_epi8(p[0], bound), _mm_cmplt_epi8(p[1], bound),
                       _mm_cmplt_epi8(p[2], bound), _mm_cmplt_epi8(p[3], bound));
}

KERNEL_INLINE uint64_t high_sse2(struct bytes_sse2 bytes)
{
    const __m128i *p = bytes.part;
    return gather_sse2(p[0], p[1], p[2], p[3]);
}

KERNEL_INLINE struct bytes_sse2 fold_sse2(struct bytes_sse2 bytes)
{
    for (unsigned i = 0; i < 4; i++) {
        bytes.part[i] = _mm_or_si128(bytes.part[i], _mm_set1_epi8(0x20));
    }
    return bytes;
}

KERNEL_INLINE uint64_t prefix_xor_sse2(uint64_t mask)
{
    return prefix_xor(mask);
}

#define FN KERNEL_INLINE
#define NAME(x) x##_sse2
#include "base/json_kernel_body.h"
#undef FN
#undef NAME

const struct wgo_json_kernel wgo_json_kernel_sse2 = {
    .name = "sse2",
    .sound = sound_sse2,
    .hop = hop_sse2,
    .squeeze = squeeze_sse2,
    .mark = mark_sse2,
};

/* ---- AVX2 ---- */

#define FN_AVX2 KERNEL_INLINE __attribute__((target("avx2,bmi,bmi2,pclmul,popcnt")))

struct bytes_avx2 {
    __m256i part[2];
};

FN_AVX2 struct bytes_avx2 load_avx2(const char *at)
{
    struct bytes_avx2 bytes;
    bytes.part[0] = _mm256_loadu_si256((const __m256i *)(const void *)at);
    bytes.part[1] = _mm256_loadu_si256((const __m256i *)(const void *)(at + 32));
    return bytes;
}

FN_AVX2 uint64_t gather_avx2(__m256i a, __m256i b)
{
    uint64_t low = (uint32_t)_mm256_movemask_epi8(a);
    uint64_t high = (uint32_t)_mm256_movemask_epi8(b);
    return low | high << 32;
}

FN_AVX2 uint64_t eq_avx2(struct bytes_avx2 bytes, char c)
{
    __m256i want = _mm256_set1_epi8(c);
    return gather_avx2(_mm256_cmpeq_epi8(bytes.part[0], want),
                       _mm256_cmpeq_epi8(bytes.part[1], want));
}

FN_AVX2 uint64_t below_avx2(struct bytes_avx2 bytes, char c)
{
    __m256i bound = _mm256_set1_epi8(c);
    return gather_avx2(_mm256_cmpgt_epi8(bound, bytes.part[0]),
                       _mm256_cmpgt_epi8(bound, bytes.part[1]));
}

FN_AVX2 uint64_t high_avx2(struct bytes_avx2 bytes)
{
    return gather_avx2(bytes.part[0], bytes.part[1]);
}

FN_AVX2 struct bytes_avx2 fold_avx2(struct bytes_avx2 bytes)
{
    bytes.part[0] = _mm256_or_si256(bytes.part[0], _mm256_set1_epi8(0x20));
    bytes.part[1] = _mm256_or_si256(bytes.part[1], _mm256_set1_epi8(0x20));
    return bytes;
}

FN_AVX2 uint64_t prefix_xor_avx2(uint64_t mask)
{
    __m128i product =
        _mm_clmulepi64_si128(_mm_set_epi64x(0, (long long)mask), _mm_set1_epi8(-1), 0);
    return (uint64_t)_mm_cvtsi128_si64(product);
}

#define FN FN_AVX2
#define NAME(x) x##_avx2
#include "base/json_kernel_body.h"

const struct wgo_json_kernel wgo_json_kernel_avx2 = {
    .name = "avx2",
    .sound = sound_avx2,
    .hop = hop_avx2,
    .squeeze = squeeze_avx2,
    .mark = mark_avx2,
};

bool wgo_json_kernel_has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul") &&
           __builtin_cpu_supports("popcnt");
}

#endif
