/* Numbers, durations, sizes and truth values from text. */
#include "base/clock.h"
#include "base/str.h"

#include <criterion/criterion.h>

struct number_case {
    const char *text;
    bool good;
    int64_t want;
};

Test(numbers, i64)
{
    static const struct number_case cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"007", true, 7},
        {"-12", true, -12},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"99999999999999999999999", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {"+1", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"1e3", false, 0},
        {"--1", false, 0},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        int64_t n = 42;
        cr_assert_eq(wgo_str_to_i64(wgo_str(cases[i].text), &n), cases[i].good, "%s",
                     cases[i].text);
        cr_assert_eq(n, cases[i].good ? cases[i].want : 42, "%s", cases[i].text);
    }
}

Test(numbers, u64)
{
    uint64_t n = 42;
    cr_assert(wgo_str_to_u64(WGO_STR("18446744073709551615"), &n));
    cr_assert_eq(n, UINT64_MAX);
    cr_assert_not(wgo_str_to_u64(WGO_STR("18446744073709551616"), &n));
    cr_assert_not(wgo_str_to_u64(WGO_STR("-1"), &n));
    cr_assert_not(wgo_str_to_u64((struct wgo_str){0}, &n));
    cr_assert_eq(n, UINT64_MAX);
}

Test(numbers, durations)
{
    static const struct number_case cases[] = {
        {"0", true, 0},
        {"250ms", true, 250 * WGO_MS},
        {"30s", true, 30 * WGO_S},
        {"5m", true, 300 * WGO_S},
        {"2h", true, 7200 * WGO_S},
        {"1d", true, 86400 * WGO_S},
        {"1h30m", true, 5400 * WGO_S},
        {"1m500ms", true, 60 * WGO_S + 500 * WGO_MS},
        {"0s", true, 0},
        {"106751d", true, 106751 * (86400 * WGO_S)},
        {"106752d", false, 0},
        {"9223372036s9223372036s", false, 0},
        {"5", false, 0},
        {"", false, 0},
        {"s", false, 0},
        {"5 m", false, 0},
        {"-5m", false, 0},
        {"1.5h", false, 0},
        {"5M", false, 0},
        {"1h30", false, 0},
        {"5mm", false, 0},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        int64_t ns = 42;
        cr_assert_eq(wgo_str_to_duration(wgo_str(cases[i].text), &ns), cases[i].good, "%s",
                     cases[i].text);
        cr_assert_eq(ns, cases[i].good ? cases[i].want : 42, "%s", cases[i].text);
    }
}

Test(numbers, sizes)
{
    static const struct number_case cases[] = {
        {"0", true, 0},
        {"1000000", true, 1000000},
        {"512K", true, INT64_C(512) << 10},
        {"96M", true, 96 << 20},
        {"96m", true, 96 << 20},
        {"2G", true, INT64_C(2) << 30},
        {"3T", true, INT64_C(3) << 40},
        {"16777216T", false, 0},
        {"", false, 0},
        {"M", false, 0},
        {"96MB", false, 0},
        {"96 M", false, 0},
        {"-1", false, 0},
        {"1X", false, 0},
        {"1\v", false, 0}, /* 'K' without the bit that makes it a letter */
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        uint64_t size = 42;
        cr_assert_eq(wgo_str_to_size(wgo_str(cases[i].text), &size), cases[i].good, "%s",
                     cases[i].text);
        cr_assert_eq(size, cases[i].good ? (uint64_t)cases[i].want : 42, "%s", cases[i].text);
    }
}

Test(numbers, truth)
{
    static const struct number_case cases[] = {
        {"true", true, 1}, {"TRUE", true, 1},  {"yes", true, 1}, {"on", true, 1},
        {"1", true, 1},    {"false", true, 0}, {"No", true, 0},  {"off", true, 0},
        {"0", true, 0},    {"", false, 0},     {"2", false, 0},  {"truee", false, 0},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        bool value = cases[i].want == 0;
        cr_assert_eq(wgo_str_to_bool(wgo_str(cases[i].text), &value), cases[i].good, "%s",
                     cases[i].text);
        cr_assert_eq(value, cases[i].good ? cases[i].want == 1 : true, "%s", cases[i].text);
    }
}

Test(numbers, digits_alone)
{
    static const char *const good[] = {"0", "007", "123456789012345678901234567890"};
    static const char *const bad[] = {"", "-1", "1 ", "1.0", "0x1", "12a"};
    for (size_t i = 0; i < WGO_COUNT(good); i++) {
        cr_assert(wgo_str_is_digits(wgo_str(good[i])), "%s", good[i]);
    }
    for (size_t i = 0; i < WGO_COUNT(bad); i++) {
        cr_assert_not(wgo_str_is_digits(wgo_str(bad[i])), "%s", bad[i]);
    }
    static const char digits[] = "0123456789abcdef";
    for (int c = 1; c < 256; c++) {
        const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
        cr_assert_eq(wgo_hex_digit((char)c), at ? (int)(at - digits) : -1, "%d", c);
    }
}
