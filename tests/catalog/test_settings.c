/* `retry:` and `limits:`, in catalogs and in the configuration file. */
#include "catalog/catalog.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

static struct wgo_arena arena;
static struct wgo_error error;

static const struct wgo_yaml *node_of(const char *text, const char *key)
{
    struct wgo_yaml *root = NULL;
    cr_assert_eq(wgo_yaml_parse(&arena, "c.yaml", wgo_str(text), 1000, &root, &error), WGO_OK);
    const struct wgo_yaml *node = wgo_yaml_get(root, key);
    cr_assert_not_null(node);
    return node;
}

static void tidy(void)
{
    wgo_arena_fini(&arena);
}

TestSuite(settings, .fini = tidy);

Test(settings, what_is_not_said_stays)
{
    struct wgo_backoff backoff = wgo_backoff_default();
    const struct wgo_yaml *node = node_of("retry: { max: 5, cap: 2m }", "retry");
    cr_assert_eq(wgo_retry_from_yaml(node, "c.yaml", &backoff, &error), WGO_OK);
    cr_assert_eq(backoff.max_retries, 5);
    cr_assert_eq(backoff.base_ns, WGO_S);
    cr_assert_eq(backoff.cap_ns, 120 * WGO_S);
    cr_assert_eq(backoff.cooldown_ns, 0);
}

Test(settings, a_rule_with_everything)
{
    struct wgo_limit_rule *rules = NULL;
    size_t count = 0;
    const struct wgo_yaml *node =
        node_of("limits: [{ match: a, rate: 0.25, burst: 3, max_in_flight: 8, start_in_flight: 2,\n"
                "  breaker_failures: 9, breaker_cooldown: 2m, source: the docs }, { match: b }]",
                "limits");
    cr_assert_eq(wgo_limits_from_yaml(node, "c.yaml", &arena, &rules, &count, &error), WGO_OK);
    cr_assert_eq(count, 2);
    cr_assert_eq(rules[0].rate_per_s, 0.25);
    cr_assert_eq(rules[0].burst, 3);
    cr_assert_eq(rules[0].max_in_flight, 8);
    cr_assert_eq(rules[0].start_in_flight, 2);
    cr_assert_eq(rules[0].breaker_failures, 9);
    cr_assert_eq(rules[0].breaker_cooldown_ns, 120 * WGO_S);
    cr_assert_eq(rules[1].rate_per_s, 0);
}

struct mistake {
    char text[64], says[80];
};

ParameterizedTestParameters(settings, retry_mistakes)
{
    static struct mistake mistakes[] = {
        {"retry: 3", "retry: must be a map"},
        {"retry: { max: -1 }", "max: must be a number from 0 to 100"},
        {"retry: { max: 101 }", "max: must be a number from 0 to 100"},
        {"retry: { base: 3 }", "base: not a duration"},
        {"retry: { cooldown: soon }", "cooldown: not a duration"},
        {"retry: { tries: 3 }", "tries: unknown; retry takes max, base"},
    };
    return cr_make_param_array(struct mistake, mistakes, WGO_COUNT(mistakes));
}

ParameterizedTest(struct mistake *mistake, settings, retry_mistakes)
{
    struct wgo_backoff backoff = {.max_retries = 42, .base_ns = 1};
    const struct wgo_yaml *node = node_of(mistake->text, "retry");
    cr_assert_eq(wgo_retry_from_yaml(node, "c.yaml", &backoff, &error), WGO_E_CONFIG);
    cr_assert_not_null(strstr(error.message, mistake->says), "%s", error.message);
    cr_assert_not_null(strstr(error.message, "c.yaml: line 1: "), "%s", error.message);
    cr_assert(backoff.max_retries == 42 && backoff.base_ns == 1, "a failure changes nothing");
}

ParameterizedTestParameters(settings, limit_mistakes)
{
    static struct mistake mistakes[] = {
        {"limits: {}", "limits: must be a list"},
        {"limits: [x]", "line 1: each limit must be a map"},
        {"limits: [{ rate: 1 }]", "line 1: a limit needs match:"},
        {"limits: [{ match: a, rate: fast }]", "rate: not a number of zero or more"},
        {"limits: [{ match: a, rate: -1 }]", "rate: not a number of zero or more"},
        {"limits: [{ match: a, rate: nan }]", "rate: not a number of zero or more"},
        {"limits: [{ match: a, rate: '' }]", "rate: not a number of zero or more"},
        {"limits: [{ match: a, burst: 1e13 }]", "burst: not a number"},
        {"limits: [{ match: a, burst: 3x }]", "burst: not a number"},
        {"limits: [{ match: a, max_in_flight: [1] }]", "max_in_flight: not a number"},
        {"limits: [{ match: a, breaker_cooldown: 1 }]", "breaker_cooldown: not a duration"},
        {"limits: [{ match: a, rates: 1 }]", "rates: unknown; limits take match, rate"},
    };
    return cr_make_param_array(struct mistake, mistakes, WGO_COUNT(mistakes));
}

ParameterizedTest(struct mistake *mistake, settings, limit_mistakes)
{
    struct wgo_limit_rule *rules = NULL;
    size_t count = 77;
    const struct wgo_yaml *node = node_of(mistake->text, "limits");
    cr_assert_eq(wgo_limits_from_yaml(node, "c.yaml", &arena, &rules, &count, &error),
                 WGO_E_CONFIG);
    cr_assert_not_null(strstr(error.message, mistake->says), "%s", error.message);
    cr_assert_null(strstr(error.message, ": : "), "%s", error.message);
    cr_assert(rules == NULL && count == 77, "a failure changes nothing");
}
