/* Arenas and buffers. */
#include "base/arena.h"
#include "base/buf.h"

#include <criterion/criterion.h>
#include <stddef.h>
#include <stdio.h>

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif
#ifdef WITH_ASAN
#include <sanitizer/asan_interface.h>
#endif

Test(arena, gives_zeroed_aligned_memory)
{
    struct wgo_arena arena = {0};
    for (size_t size = 0; size < 3000; size += 7) {
        char *text = wgo_arena_bytes(&arena, 3); /* knocks the next one off alignment */
        cr_assert_not_null(text);
        memset(text, 0x55, 3);
        unsigned char *bytes = wgo_arena_alloc(&arena, size);
        cr_assert_not_null(bytes);
        cr_assert_eq((uintptr_t)bytes % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) {
            cr_assert_eq(bytes[i], 0);
        }
        memset(bytes, 0xaa, size);
    }
    wgo_arena_fini(&arena);
}

Test(arena, allocations_never_overlap)
{
    enum { COUNT = 2000 };
    struct wgo_arena arena = {0};
    struct {
        unsigned char *bytes;
        size_t size;
    } given[COUNT];
    for (size_t i = 0; i < COUNT; i++) {
        /* now and then one that is larger than any block */
        given[i].size = i % 97 == 96 ? 400000 : i % 131;
        given[i].bytes = i % 2 ? wgo_arena_alloc(&arena, given[i].size)
                               : (unsigned char *)wgo_arena_bytes(&arena, given[i].size);
        cr_assert_not_null(given[i].bytes);
        memset(given[i].bytes, (int)(i % 251), given[i].size);
    }
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < given[i].size; j++) {
            cr_assert_eq(given[i].bytes[j], i % 251);
        }
    }
    wgo_arena_fini(&arena);
}

Test(arena, keeps_to_its_limit)
{
    for (size_t limit = 1; limit < 20000; limit = limit * 3 + 1) {
        struct wgo_arena arena;
        wgo_arena_init(&arena, limit);
        while (wgo_arena_alloc(&arena, 40)) {
            cr_assert_leq(arena.used, limit);
        }
        cr_assert_leq(arena.used, limit);
        cr_assert_null(wgo_arena_alloc(&arena, limit));
        wgo_arena_fini(&arena);
        cr_assert_eq(arena.limit, limit);
    }
}

Test(arena, refuses_sizes_that_overflow)
{
    struct wgo_arena arena = {0};
    cr_assert_null(wgo_arena_array(&arena, SIZE_MAX / 8, 16));
    cr_assert_null(wgo_arena_alloc(&arena, SIZE_MAX));
    cr_assert_null(wgo_arena_bytes(&arena, SIZE_MAX - 8));
    cr_assert_not_null(wgo_arena_array(&arena, 0, 16));
    cr_assert_not_null(wgo_arena_alloc(&arena, 8));
    wgo_arena_fini(&arena);
}

Test(arena, reset_keeps_one_block_and_reuses_it)
{
    struct wgo_arena arena = {0};
    wgo_arena_reset(&arena); /* of nothing */
    for (int i = 0; i < 500; i++) {
        cr_assert_not_null(wgo_arena_alloc(&arena, 100));
    }
    wgo_arena_reset(&arena);
    size_t kept = arena.used;
    for (int round = 0; round < 50; round++) {
        unsigned char *bytes = wgo_arena_alloc(&arena, 64);
        cr_assert_eq(bytes[0], 0, "zeroed again");
        memset(bytes, 0xff, 64);
        wgo_arena_reset(&arena);
        cr_assert_eq(arena.used, kept);
    }
    wgo_arena_fini(&arena);
    wgo_arena_fini(&arena);
    wgo_arena_fini(NULL);
}

Test(arena, overruns_trap)
{
#ifdef WITH_ASAN
    struct wgo_arena arena = {0};
    for (size_t size = 1; size < 40; size++) {
        char *text = wgo_arena_bytes(&arena, size);
        cr_assert_not(__asan_address_is_poisoned(text + size - 1));
        cr_assert(__asan_address_is_poisoned(text + size));
        char *thing = wgo_arena_alloc(&arena, size);
        cr_assert_not(__asan_address_is_poisoned(thing + size - 1));
        cr_assert(__asan_address_is_poisoned(thing + size));
    }
    char *gone = wgo_arena_alloc(&arena, 8);
    wgo_arena_reset(&arena);
    cr_assert(__asan_address_is_poisoned(gone));
    wgo_arena_fini(&arena);
#else
    printf("SKIPPED: only AddressSanitizer sees the gaps\n");
    cr_skip("no AddressSanitizer");
#endif
}

Test(buf, grows_and_keeps_what_it_was_given)
{
    struct wgo_buf buf = {0};
    for (int i = 0; i < 10000; i++) {
        cr_assert(wgo_buf_char(&buf, (char)('a' + i % 26)));
    }
    cr_assert_eq(buf.len, 10000);
    for (int i = 0; i < 10000; i++) {
        cr_assert_eq(buf.ptr[i], 'a' + i % 26);
    }
    wgo_buf_reset(&buf);
    cr_assert(wgo_buf_cstr(&buf, "one ") && wgo_buf_str(&buf, WGO_STR("two ")) &&
              wgo_buf_format(&buf, "%d %s", 3, "four") && wgo_buf_append(&buf, NULL, 0));
    cr_assert(wgo_str_is(wgo_buf_view(&buf), "one two 3 four"));
    cr_assert_str_eq(wgo_buf_terminated(&buf), "one two 3 four");
    cr_assert_eq(buf.len, 14);
    wgo_buf_fini(&buf);
    wgo_buf_fini(NULL);
}

Test(buf, format_longer_than_the_room)
{
    struct wgo_buf buf = {0};
    char long_text[3000];
    memset(long_text, 'x', sizeof(long_text) - 1);
    long_text[sizeof(long_text) - 1] = '\0';
    cr_assert(wgo_buf_format(&buf, "<%s>", long_text));
    cr_assert_eq(buf.len, sizeof(long_text) + 1);
    cr_assert(wgo_str_ends(wgo_buf_view(&buf), WGO_STR("x>")));
    wgo_buf_fini(&buf);
}

Test(buf, the_limit_sticks)
{
    struct wgo_buf buf;
    wgo_buf_init(&buf, 10);
    cr_assert(wgo_buf_cstr(&buf, "0123456789"));
    cr_assert_str_eq(wgo_buf_terminated(&buf), "0123456789", "the NUL is not counted");
    cr_assert_not(wgo_buf_char(&buf, 'x'));
    cr_assert_eq(buf.failed, WGO_E_TOO_LARGE);
    cr_assert_not(wgo_buf_cstr(&buf, ""));
    cr_assert_not(wgo_buf_format(&buf, "y"));
    cr_assert_null(wgo_buf_reserve(&buf, 0));
    cr_assert_null(wgo_buf_terminated(&buf));
    cr_assert_eq(buf.len, 10);
    wgo_buf_reset(&buf);
    cr_assert(wgo_buf_format(&buf, "%s", "0123456789"));
    cr_assert_eq(buf.len, 10);
    wgo_buf_reset(&buf);
    cr_assert_not(wgo_buf_format(&buf, "%s", "0123456789a"));
    cr_assert_eq(buf.failed, WGO_E_TOO_LARGE);
    cr_assert_eq(buf.len, 0);
    wgo_buf_fini(&buf);
}

Test(buf, sizes_that_cannot_be)
{
    struct wgo_buf buf = {0};
    cr_assert(wgo_buf_char(&buf, 'x'));
    cr_assert_null(wgo_buf_reserve(&buf, SIZE_MAX - 1));
    cr_assert_eq(buf.failed, WGO_E_NOMEM);
    wgo_buf_fini(&buf);
}

Test(arena, grows_an_array)
{
    struct wgo_arena arena = {0}, tight;
    int *items = NULL;
    size_t cap = 0;
    for (int i = 0; i < 100; i++) {
        int *more = wgo_arena_grow(&arena, items, (size_t)i, &cap, 3, sizeof(*items));
        cr_assert_not_null(more);
        cr_assert(i != 1 || more == items, "there is room");
        items = more;
        items[i] = i;
    }
    cr_assert_eq(cap, 192);
    for (int i = 0; i < 100; i++) {
        cr_assert_eq(items[i], i);
    }
    wgo_arena_fini(&arena);

    wgo_arena_init(&tight, 1);
    cap = 0;
    cr_assert_null(wgo_arena_grow(&tight, NULL, 0, &cap, 3, sizeof(*items)));
    cr_assert_eq(cap, 0);
    wgo_arena_fini(&tight);
}
