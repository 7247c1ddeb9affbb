/* Quotas: what users write, our share, and what is told of their use. */
#include "flow/quota.h"

#include <criterion/criterion.h>
#include <math.h>

static struct wgo_error error;

Test(quota, windows)
{
    static const struct {
        const char *text;
        uint64_t limit;
        int64_t seconds; /* 0: refused */
    } cases[] = {
        {"500/h", 500, 3600}, {"10000/d", 10000, 86400},
        {"20/m", 20, 60},     {"5/s", 5, 1},
        {"300/5m", 300, 300}, {"500", 0, 0},
        {"0/h", 0, 0},        {"/h", 0, 0},
        {"500/hour", 0, 0},   {"500/", 0, 0},
        {"-5/h", 0, 0},       {"5/0m", 0, 0},
        {"5/9999999d", 0, 0}, {"", 0, 0},
        {"5.5/h", 0, 0},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_quota_window window = {0};
        enum wgo_status status = wgo_quota_window_parse(wgo_str(cases[i].text), &window, &error);
        cr_assert_eq(status == WGO_OK, cases[i].seconds > 0, "%s", cases[i].text);
        cr_assert_eq(window.limit, cases[i].limit, "%s", cases[i].text);
        cr_assert_eq(window.length_ns, cases[i].seconds * WGO_S, "%s", cases[i].text);
        char text[WGO_QUOTA_TEXT];
        if (status == WGO_OK) {
            cr_assert_str_eq(wgo_quota_window_text(&window, text), cases[i].text);
        }
    }
}

Test(quota, shares)
{
    static const struct {
        const char *text;
        double share; /* 0: refused */
    } cases[] = {{"24%", 0.24}, {"0.24", 0.24}, {"100%", 1}, {"1", 1},   {"0.5%", 0.005},
                 {"0", 0},      {"0%", 0},      {"101%", 0}, {"2", 0},   {"x%", 0},
                 {"", 0},       {"%", 0},       {"-1%", 0},  {"1e1", 0}, {"nan", 0}};
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        double share = 0;
        enum wgo_status status = wgo_quota_share_parse(wgo_str(cases[i].text), &share, &error);
        cr_assert_eq(status == WGO_OK, cases[i].share > 0, "%s", cases[i].text);
        cr_assert(fabs(share - cases[i].share) < 1e-12, "%s: %f", cases[i].text, share);
    }
}

Test(quota, our_part)
{
    cr_assert_eq(wgo_quota_allowed(500, 0.24), 120);
    cr_assert_eq(wgo_quota_allowed(100, 0.29), 29);
    cr_assert_eq(wgo_quota_allowed(30, 0.24), 7);
    cr_assert_eq(wgo_quota_allowed(3, 0.01), 1, "one at least");
    cr_assert_eq(wgo_quota_allowed(500, 0), 500);
    cr_assert_eq(wgo_quota_allowed(UINT64_MAX, 1), INT64_MAX, "what a column can hold");
}

/* The vector of those who share a tenant: 150 calls in 25.3 minutes of 500 an hour. */
Test(quota, use_in_numbers)
{
    struct wgo_quota_window window = {500, 3600 * WGO_S};
    struct wgo_quota_use use = wgo_quota_use(150, 1518 * WGO_S, &window, 0.24);
    cr_assert(fabs(use.elapsed_minutes - 25.3) < 1e-9);
    cr_assert_eq(use.rate_per_hour, 356);
    cr_assert(fabs(use.percentage_used - 71.2) < 1e-9, "%f", use.percentage_used);
    cr_assert_eq(use.left_for_others, 144);
    cr_assert_str_eq(use.verdict, "above our share of the quota");
    char text[WGO_QUOTA_USE_TEXT];
    cr_assert_str_eq(wgo_quota_use_text(&use, text),
                     "150 calls in 25.3 min, 356/h: 71.2% of the quota at this rate, 144/h left "
                     "for others");
    use = wgo_quota_use(0, 0, &window, 0.24);
    cr_assert_not(use.has_rate);
    cr_assert_eq(use.left_for_others, 500);
    cr_assert_str_eq(use.verdict, "within our share");
    struct wgo_quota_window day = {2400, 24 * 3600 * WGO_S};
    cr_assert_eq(wgo_quota_use(150, 3600 * WGO_S, &day, 0).left_for_others, 0);
}

/* What was done in seconds says nothing of an hour. */
Test(quota, use_of_a_short_time)
{
    static const struct {
        uint64_t calls;
        int64_t seconds;
        struct wgo_quota_window window;
        double share;
        const char *text, *verdict;
    } cases[] = {
        {90,
         3,
         {5000, 3600 * WGO_S},
         1,
         "90 calls in 3 s: 1.8% of 5000/h, 4910 left for others",
         "within our share"},
        {115,
         299,
         {500, 3600 * WGO_S},
         0.24,
         "115 calls in 5.0 min: 23.0% of 500/h, 385 left for others",
         "our share is in use"},
        {130,
         299,
         {500, 3600 * WGO_S},
         0.24,
         "130 calls in 5.0 min: 26.0% of 500/h, 370 left for others",
         "above our share of the quota"},
        {600,
         10,
         {500, 3600 * WGO_S},
         0,
         "600 calls in 10 s: 120.0% of 500/h, 0 left for others",
         "above the quota: others are kept out"},
        {60,
         300,
         {500, 3600 * WGO_S},
         0,
         "60 calls in 5.0 min, 720/h: 144.0% of the quota at this rate, 0/h left for others",
         "above the quota: others are kept out"},
        {50,
         59,
         {100, 60 * WGO_S},
         0,
         "50 calls in 59 s: 50.0% of 100/m, 50 left for others",
         "within our share"},
        {50,
         60,
         {100, 60 * WGO_S},
         0,
         "50 calls in 1.0 min, 3000/h: 50.0% of the quota at this rate, 3000/h left for others",
         "within our share"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        char text[WGO_QUOTA_USE_TEXT];
        struct wgo_quota_use use = wgo_quota_use(cases[i].calls, cases[i].seconds * WGO_S,
                                                 &cases[i].window, cases[i].share);
        cr_assert_str_eq(wgo_quota_use_text(&use, text), cases[i].text);
        cr_assert_str_eq(use.verdict, cases[i].verdict);
    }
}

Test(quota, how_long_calls_take)
{
    static const struct {
        double share;
        uint64_t calls;
        double hours; /* of the facts about Power BI */
    } cases[] = {{0.24, 19760, 164.7}, {0.5, 19760, 79.0},   {0.2, 19760, 197.6},
                 {0.72, 19760, 54.9},  {0.832, 19760, 47.5}, {0.96, 19760, 41.2},
                 {0.24, 9880, 82.3},   {0.24, 2470, 20.6},   {1, 0, 0}};
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_quota quota = {.windows = {{500, 3600 * WGO_S}, {1000000, 24 * 3600 * WGO_S}},
                                  .window_count = 2,
                                  .share = cases[i].share};
        double hours = (double)wgo_quota_time_ns(&quota, cases[i].calls) / 3600e9;
        cr_assert_float_eq(hours, cases[i].hours, 0.05, "%zu: %f", i, hours);
    }
}
