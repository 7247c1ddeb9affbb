#include "base/json_kernel.h"

#if WGO_JSON_KERNEL_X86

const struct wgo_json_kernel *wgo_json_kernel(void)
{
    if (wgo_json_kernel_has_avx512()) {
        return &wgo_json_kernel_avx512;
    }
    return wgo_json_kernel_has_avx2() ? &wgo_json_kernel_avx2 : &wgo_json_kernel_sse2;
}

const struct wgo_json_kernel *wgo_json_kernel_at(unsigned index)
{
    switch (index) {
    case 0:
        return &wgo_json_kernel_plain;
    case 1:
        return &wgo_json_kernel_sse2;
    case 2:
        return wgo_json_kernel_has_avx2() ? &wgo_json_kernel_avx2 : NULL;
    case 3:
        return wgo_json_kernel_has_avx512() ? &wgo_json_kernel_avx512 : NULL;
    default:
        return NULL;
    }
}

#elif WGO_JSON_KERNEL_NEON

const struct wgo_json_kernel *wgo_json_kernel(void)
{
    return &wgo_json_kernel_neon;
}

const struct wgo_json_kernel *wgo_json_kernel_at(unsigned index)
{
    return index == 0 ? &wgo_json_kernel_plain : index == 1 ? &wgo_json_kernel_neon : NULL;
}

#else

const struct wgo_json_kernel *wgo_json_kernel(void)
{
    return &wgo_json_kernel_plain;
}

const struct wgo_json_kernel *wgo_json_kernel_at(unsigned index)
{
    return index == 0 ? &wgo_json_kernel_plain : NULL;
}

#endif
