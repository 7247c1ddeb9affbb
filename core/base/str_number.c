/* Numbers, durations, sizes and truth values from text. */
#include "base/str.h"

#include "base/clock.h"

bool wgo_str_is_digits(struct wgo_str s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
    }
    return s.len > 0;
}

bool wgo_str_to_u64(struct wgo_str s, uint64_t *out)
{
    uint64_t n = 0;
    if (s.len == 0) {
        return false;
    }
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] < '0' || s.ptr[i] > '9') {
            return false;
        }
        uint64_t digit = (uint64_t)(s.ptr[i] - '0');
        if (n > (UINT64_MAX - digit) / 10) {
            return false;
        }
        n = n * 10 + digit;
    }
    *out = n;
    return true;
}

bool wgo_str_to_i64(struct wgo_str s, int64_t *out)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    uint64_t n;
    if (!wgo_str_to_u64(wgo_str_slice(s, negative, s.len), &n) ||
        n > (uint64_t)INT64_MAX + negative) {
        return false;
    }
    *out = !negative ? (int64_t)n : n == 0 ? 0 : -(int64_t)(n - 1) - 1;
    return true;
}

/* Cuts the digits at the beginning of '*rest' off. */
static struct wgo_str leading_digits(struct wgo_str *rest)
{
    size_t len = 0;
    while (len < rest->len && rest->ptr[len] >= '0' && rest->ptr[len] <= '9') {
        len++;
    }
    struct wgo_str number = wgo_str_slice(*rest, 0, len);
    *rest = wgo_str_slice(*rest, len, rest->len);
    return number;
}

static const struct {
    const char *name;
    int64_t ns;
} duration_units[] = {
    {"ms", WGO_MS}, {"s", WGO_S}, {"m", 60 * WGO_S}, {"h", 3600 * WGO_S}, {"d", 86400 * WGO_S},
};

/* Cuts the unit at the beginning of '*rest' off; 0 when there is none. */
static int64_t leading_unit(struct wgo_str *rest)
{
    for (size_t i = 0; i < WGO_COUNT(duration_units); i++) {
        struct wgo_str name = wgo_str(duration_units[i].name);
        if (wgo_str_starts(*rest, name)) {
            *rest = wgo_str_slice(*rest, name.len, rest->len);
            return duration_units[i].ns;
        }
    }
    return 0;
}

bool wgo_str_to_duration(struct wgo_str s, int64_t *out_ns)
{
    if (wgo_str_eq(s, WGO_STR("0"))) {
        *out_ns = 0;
        return true;
    }
    int64_t total = 0;
    if (s.len == 0) {
        return false;
    }
    while (s.len > 0) {
        int64_t n;
        if (!wgo_str_to_i64(leading_digits(&s), &n)) {
            return false;
        }
        int64_t unit = leading_unit(&s);
        if (unit == 0 || n > (INT64_MAX - total) / unit) {
            return false;
        }
        total += n * unit;
    }
    *out_ns = total;
    return true;
}

bool wgo_str_to_size(struct wgo_str s, uint64_t *out)
{
    static const char units[] = "KMGT";
    uint64_t n;
    if (!wgo_str_to_u64(leading_digits(&s), &n)) {
        return false;
    }
    unsigned shift = 0;
    if (s.len == 1 && s.ptr[0]) {
        const char *unit = strchr(units, s.ptr[0] & ~0x20); /* in either case */
        shift = unit ? 10u * (unsigned)(unit - units + 1) : 0;
    }
    if (s.len > 0 && shift == 0) {
        return false;
    }
    if (n > UINT64_MAX >> shift) {
        return false;
    }
    *out = n << shift;
    return true;
}

bool wgo_str_to_bool(struct wgo_str s, bool *out)
{
    static const struct {
        const char *word;
        bool value;
    } words[] = {
        {"true", true}, {"false", false}, {"yes", true}, {"no", false},
        {"on", true},   {"off", false},   {"1", true},   {"0", false},
    };
    for (size_t i = 0; i < WGO_COUNT(words); i++) {
        if (wgo_str_eq_nocase(s, wgo_str(words[i].word))) {
            *out = words[i].value;
            return true;
        }
    }
    return false;
}
