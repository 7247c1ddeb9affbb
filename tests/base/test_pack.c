/* Numbers and texts in a row, and sets of digests. */
#include "base/digests.h"
#include "base/pack.h"

#include <criterion/criterion.h>

Test(pack, what_is_packed_is_unpacked)
{
    const uint64_t numbers[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX};
    struct wgo_buf bytes = {0};
    for (size_t i = 0; i < WGO_COUNT(numbers); i++) {
        wgo_pack_number(&bytes, numbers[i]);
        wgo_pack_text(&bytes, WGO_STR("between"));
    }
    wgo_pack_text(&bytes, WGO_STR(""));
    struct wgo_unpack in = {.rest = wgo_buf_view(&bytes)};
    for (size_t i = 0; i < WGO_COUNT(numbers); i++) {
        cr_assert_eq(wgo_unpack_number(&in), numbers[i]);
        cr_assert(wgo_str_is(wgo_unpack_text(&in), "between"));
    }
    cr_assert_eq(wgo_unpack_text(&in).len, 0);
    cr_assert(!in.bad && in.rest.len == 0);
    wgo_buf_fini(&bytes);
}

Test(pack, small_numbers_take_a_byte)
{
    struct wgo_buf bytes = {0};
    wgo_pack_number(&bytes, 127);
    cr_assert_eq(bytes.len, 1);
    wgo_pack_number(&bytes, 128);
    cr_assert_eq(bytes.len, 3);
    wgo_buf_fini(&bytes);
}

Test(pack, what_is_cut_short_is_bad_and_stays_bad)
{
    struct wgo_buf bytes = {0};
    wgo_pack_text(&bytes, WGO_STR("a text"));
    for (size_t len = 0; len < bytes.len; len++) {
        struct wgo_unpack in = {.rest = wgo_str_slice(wgo_buf_view(&bytes), 0, len)};
        cr_assert_eq(wgo_unpack_text(&in).len, 0);
        cr_assert(in.bad, "%zu bytes", len);
        cr_assert_eq(wgo_unpack_number(&in), 0);
        cr_assert(in.bad);
    }
    wgo_buf_fini(&bytes);
}

Test(pack, numbers_of_more_than_64_bits_are_bad)
{
    struct wgo_unpack in = {.rest = WGO_STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02")};
    cr_assert_eq(wgo_unpack_number(&in), 0);
    cr_assert(in.bad);
    in = (struct wgo_unpack){.rest = WGO_STR("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01")};
    cr_assert_eq(wgo_unpack_number(&in), 0);
    cr_assert(in.bad);
}

static struct wgo_digest digest_of(uint64_t n)
{
    struct wgo_digest digest = {0};
    wgo_digest_add(&digest, wgo_str_from((const char *)&n, sizeof(n)));
    return digest;
}

Test(digests, members_are_found_and_nothing_else)
{
    struct wgo_digests set = {0};
    cr_assert(!wgo_digests_has(&set, digest_of(1)));
    for (uint64_t n = 0; n < 10000; n += 2) {
        cr_assert(wgo_digests_add(&set, digest_of(n)));
        cr_assert(wgo_digests_add(&set, digest_of(n)));
    }
    cr_assert_eq(set.count, 5000);
    for (uint64_t n = 0; n < 10000; n++) {
        cr_assert_eq(wgo_digests_has(&set, digest_of(n)), n % 2 == 0, "%llu",
                     (unsigned long long)n);
    }
    wgo_digests_fini(&set);
}

Test(digests, the_digest_of_zeros_is_a_member_like_others)
{
    struct wgo_digests set = {0};
    struct wgo_digest zero = {0};
    cr_assert(!wgo_digests_has(&set, zero));
    cr_assert(wgo_digests_add(&set, zero));
    cr_assert(wgo_digests_has(&set, zero));
    cr_assert_eq(set.count, 1);
    wgo_digests_fini(&set);
}
