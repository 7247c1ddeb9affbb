#include "merger/precedence.h"

#include "base/clock.h"

static int cmp_u64(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int cmp_known_first(struct wgo_str a, struct wgo_str b)
{
    if (!a.len || !b.len) {
        return (a.len == 0) - (b.len == 0);
    }
    return wgo_str_cmp(a, b);
}

/* Later first; what is no time comes last. */
static int cmp_later_first(struct wgo_str a, struct wgo_str b)
{
    struct wgo_wall at_a = {INT64_MIN}, at_b = {INT64_MIN};
    if (wgo_str_eq(a, b)) {
        return 0;
    }
    (void)wgo_wall_parse(a, &at_a);
    (void)wgo_wall_parse(b, &at_b);
    return (at_a.ns < at_b.ns) - (at_a.ns > at_b.ns);
}

static int cmp_contents(const char *a, const char *b)
{
    struct wgo_record one, other;
    wgo_decode(a, &one);
    wgo_decode(b, &other);
    int order = cmp_known_first(one.account, other.account);
    order = order ? order : cmp_known_first(one.region, other.region);
    order = order ? order : cmp_later_first(one.updated_at, other.updated_at);
    return order ? order : wgo_str_cmp(one.configuration, other.configuration);
}

static int cmp_parts(const char *a, const char *b)
{
    struct wgo_record one, other;
    wgo_decode(a, &one);
    wgo_decode(b, &other);
    return wgo_str_cmp(one.part, other.part);
}

int wgo_precedence_cmp_copies(const char *a, const char *b)
{
    struct wgo_encoded_head one = wgo_encoded_head(a), other = wgo_encoded_head(b);
    int order = one.part_first || other.part_first ? cmp_parts(a, b) : 0;
    order = order ? order : cmp_u64(one.preferred, other.preferred);
    order = order ? order : cmp_u64(other.live, one.live);
    order = order ? order : cmp_u64(one.rank, other.rank);
    order = order ? order : cmp_u64(other.round, one.round);
    order = order ? order : cmp_contents(a, b);
    return order ? order : wgo_str_cmp(wgo_str_from(a, one.size), wgo_str_from(b, other.size));
}

int wgo_precedence_cmp(const char *a, const char *b)
{
    int order = wgo_str_cmp(wgo_encoded_id(a), wgo_encoded_id(b));
    return order ? order : wgo_precedence_cmp_copies(a, b);
}
