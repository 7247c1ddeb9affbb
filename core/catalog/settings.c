/* settings.c: `retry:` and `limits:`, which catalogs and the configuration file share. */
#include "catalog/catalog.h"

#include <stdlib.h>

static enum wgo_status bad(const struct wgo_yaml *node, const char *name, const char *what,
                           struct wgo_error *err)
{
    /* The elements of a list have no key. */
    return wgo_fail(err, WGO_E_CONFIG, "%s: line %u: %.*s%s%s", name, node->line,
                    WGO_FMT(node->key), node->key.len ? ": " : "", what);
}

static enum wgo_status read_duration(const struct wgo_yaml *node, const char *name, int64_t *out_ns,
                                     struct wgo_error *err)
{
    if (!wgo_str_to_duration(node->text, out_ns)) {
        enum wgo_status status = bad(node, name, "not a duration", err);
        wgo_error_hint(err, "durations look like 250ms, 30s, 5m or 1h30m");
        return status;
    }
    return WGO_OK;
}

static enum wgo_status read_number(const struct wgo_yaml *node, const char *name, double *out,
                                   struct wgo_error *err)
{
    char *end = NULL;
    double value = node->text.len > 0 ? strtod(node->text.ptr, &end) : -1;
    if (!end || *end != '\0' || !(value >= 0) || value > 1e12) {
        return bad(node, name, "not a number of zero or more", err);
    }
    *out = value;
    return WGO_OK;
}

enum wgo_status wgo_retry_from_yaml(const struct wgo_yaml *node, const char *name,
                                    struct wgo_backoff *in_out, struct wgo_error *err)
{
    if (!wgo_yaml_is_map(node)) {
        return bad(node, name, "must be a map like {max: 3, base: 1s, cap: 20s}", err);
    }
    struct wgo_backoff backoff = *in_out;
    for (const struct wgo_yaml *at = node->first; at; at = at->next) {
        enum wgo_status status = WGO_OK;
        if (wgo_str_is(at->key, "max")) {
            uint64_t max;
            if (!wgo_str_to_u64(at->text, &max) || max > 100) {
                return bad(at, name, "must be a number from 0 to 100", err);
            }
            backoff.max_retries = (unsigned)max;
        } else if (wgo_str_is(at->key, "base")) {
            status = read_duration(at, name, &backoff.base_ns, err);
        } else if (wgo_str_is(at->key, "cap")) {
            status = read_duration(at, name, &backoff.cap_ns, err);
        } else if (wgo_str_is(at->key, "cooldown")) {
            status = read_duration(at, name, &backoff.cooldown_ns, err);
        } else {
            status = bad(at, name, "unknown; retry takes max, base, cap and cooldown", err);
        }
        if (status != WGO_OK) {
            return status;
        }
    }
    *in_out = backoff;
    return WGO_OK;
}

static enum wgo_status read_rule(const struct wgo_yaml *node, const char *name,
                                 struct wgo_arena *arena, struct wgo_limit_rule *rule,
                                 struct wgo_error *err)
{
    if (!wgo_yaml_is_map(node)) {
        return bad(node, name, "each limit must be a map with match: and what it limits", err);
    }
    for (const struct wgo_yaml *at = node->first; at; at = at->next) {
        enum wgo_status status = WGO_OK;
        double number = 0;
        if (wgo_str_is(at->key, "match")) {
            rule->match = wgo_str_dup(arena, at->text);
        } else if (wgo_str_is(at->key, "rate")) {
            status = read_number(at, name, &rule->rate_per_s, err);
        } else if (wgo_str_is(at->key, "burst")) {
            status = read_number(at, name, &rule->burst, err);
        } else if (wgo_str_is(at->key, "max_in_flight")) {
            status = read_number(at, name, &rule->max_in_flight, err);
        } else if (wgo_str_is(at->key, "start_in_flight")) {
            status = read_number(at, name, &rule->start_in_flight, err);
        } else if (wgo_str_is(at->key, "breaker_failures")) {
            status = read_number(at, name, &number, err);
            rule->breaker_failures = (unsigned)number;
        } else if (wgo_str_is(at->key, "breaker_cooldown")) {
            status = read_duration(at, name, &rule->breaker_cooldown_ns, err);
        } else if (!wgo_str_is(at->key, "source")) { /* where a number comes from: for readers */
            status = bad(at, name,
                         "unknown; limits take match, rate, burst, max_in_flight, "
                         "start_in_flight, breaker_failures and breaker_cooldown",
                         err);
        }
        if (status != WGO_OK) {
            return status;
        }
    }
    if (rule->match.len == 0) {
        return bad(node, name, "a limit needs match: with a pattern of limit keys", err);
    }
    return WGO_OK;
}

enum wgo_status wgo_limits_from_yaml(const struct wgo_yaml *node, const char *name,
                                     struct wgo_arena *arena, struct wgo_limit_rule **out_rules,
                                     size_t *out_count, struct wgo_error *err)
{
    if (!wgo_yaml_is_list(node)) {
        return bad(node, name, "must be a list", err);
    }
    struct wgo_limit_rule *rules =
        WGO_NEW_ARRAY(arena, struct wgo_limit_rule, node->count ? node->count : 1);
    if (!rules) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    size_t count = 0;
    for (const struct wgo_yaml *at = node->first; at; at = at->next) {
        enum wgo_status status = read_rule(at, name, arena, &rules[count++], err);
        if (status != WGO_OK) {
            return status;
        }
    }
    *out_rules = rules;
    *out_count = count;
    return WGO_OK;
}
