/* Who comes before whom, one rule a case; each is tried both ways round. */
#include "merger/precedence.h"
#include "records.h"

#include <criterion/criterion.h>
#include <criterion/parameterized.h>

static void encoded(const struct wgo_record *record, uint16_t preferred, char *out, size_t size)
{
    size_t need = 0;
    cr_assert_eq(wgo_encode_size(record, &need, NULL), WGO_OK);
    cr_assert_leq(need, size);
    wgo_encode(record, preferred, out);
    cr_assert_eq(wgo_encoded_head(out).size, need);
}

static int order(const struct wgo_record *a, uint16_t a_preferred, const struct wgo_record *b,
                 uint16_t b_preferred)
{
    char one[1024], other[1024];
    encoded(a, a_preferred, one, sizeof(one));
    encoded(b, b_preferred, other, sizeof(other));
    int forth = wgo_precedence_cmp(one, other), back = wgo_precedence_cmp(other, one);
    cr_assert_eq((forth > 0) - (forth < 0), (back < 0) - (back > 0), "not antisymmetric");
    return forth;
}

#define FIRST(a, b) cr_assert_lt(order(&(a), 0, &(b), 0), 0)

Test(merger_precedence, ids_then_parts)
{
    struct wgo_record a = RECORD(ID("a")), b = RECORD(ID("b")), aa = RECORD(ID("a/")),
                      part = RECORD(ID("a"));
    struct wgo_record other_part = part;
    part.part = WGO_STR("policy");
    other_part.part = WGO_STR("tags");
    FIRST(a, b);
    FIRST(a, aa);
    FIRST(a, part);
    FIRST(part, other_part);
    FIRST(other_part, aa);
    cr_assert_eq(order(&a, 0, &a, 0), 0);
}

Test(merger_precedence, ids_compare_as_bytes)
{
    struct wgo_record ascii = RECORD(ID("z")), accented = RECORD(ID("\xC3\xA9"));
    FIRST(ascii, accented);
}

Test(merger_precedence, preferred_order_beats_everything)
{
    struct wgo_record live = RECORD(ID("a")), state = RECORD(ID("a"), .rank = 9);
    state.live = false;
    cr_assert_lt(order(&state, 0, &live, 1), 0);
    cr_assert_gt(order(&state, 0, &live, 0), 0);
}

Test(merger_precedence, live_before_state_then_rank)
{
    struct wgo_record good = RECORD(ID("a"), .rank = 0), worse = RECORD(ID("a"), .rank = 1);
    FIRST(good, worse);
    good.live = false;
    FIRST(worse, good);
}

Test(merger_precedence, account_then_region_known_first)
{
    struct wgo_record unknown = RECORD(ID("a")), one = RECORD(ID("a"), .account = WGO_STR("1"));
    struct wgo_record two = RECORD(ID("a"), .account = WGO_STR("2"), .region = WGO_STR("a"));
    struct wgo_record west = RECORD(ID("a"), .account = WGO_STR("2"), .region = WGO_STR("b"));
    FIRST(one, unknown);
    FIRST(one, two);
    FIRST(two, west);
}

Test(merger_precedence, times_compare_as_times)
{
    struct wgo_record early = RECORD(ID("a"), .updated_at = WGO_STR("2026-01-01T00:00:00Z"));
    struct wgo_record late = RECORD(ID("a"), .updated_at = WGO_STR("2026-01-01T00:00:00.5Z"));
    struct wgo_record east = RECORD(ID("a"), .updated_at = WGO_STR("2026-01-01T01:00:00+02:00"));
    struct wgo_record never = RECORD(ID("a")),
                      garbage = RECORD(ID("a"), .updated_at = WGO_STR("soon"));
    FIRST(late, early);
    FIRST(early, east);
    FIRST(early, never);
    FIRST(early, garbage);
}

Test(merger_precedence, then_the_smaller_configuration)
{
    struct wgo_record small = RECORD(ID("a"), .configuration = WGO_STR("{\"a\":1}"));
    struct wgo_record large = RECORD(ID("a"), .configuration = WGO_STR("{\"a\":2}"));
    FIRST(small, large);
    large = small;
    large.name = WGO_STR("x");
    cr_assert_neq(order(&small, 0, &large, 0), 0, "only equal bytes may be equal");
}

Test(merger_precedence, every_field_survives_encoding)
{
    struct wgo_record all = {.id = WGO_STR("id"),
                             .part = WGO_STR("part"),
                             .type = WGO_STR("type"),
                             .name = WGO_STR("name"),
                             .provider = WGO_STR("provider"),
                             .account = WGO_STR("account"),
                             .region = WGO_STR("region"),
                             .namespace_name = WGO_STR("namespace"),
                             .native_id = WGO_STR("native id"),
                             .native_type = WGO_STR("native type"),
                             .created_at = WGO_STR("created"),
                             .updated_at = WGO_STR("updated"),
                             .version = WGO_STR("version"),
                             .configuration = WGO_STR("{}"),
                             .tags = WGO_STR("{}"),
                             .dependencies = WGO_STR("[]"),
                             .source_provider = WGO_STR("source"),
                             .source_type = WGO_STR("source type"),
                             .state_file = WGO_STR("file"),
                             .state_address = WGO_STR("address"),
                             .fingerprint = UINT64_MAX,
                             .rank = UINT16_MAX,
                             .live = true};
    char bytes[1024];
    struct wgo_record back;
    encoded(&all, 7, bytes, sizeof(bytes));
    wgo_decode(bytes, &back);
    cr_assert_eq(wgo_encoded_head(bytes).preferred, 7);
    cr_assert_eq(back.fingerprint, all.fingerprint);
    cr_assert_eq(back.rank, all.rank);
    cr_assert_eq(back.live, all.live);
    /* All fields up to the numbers are strings. */
    const struct wgo_str *want = (const struct wgo_str *)&all, *got = (const struct wgo_str *)&back;
    for (size_t i = 0; i < offsetof(struct wgo_record, fingerprint) / sizeof(*want); i++) {
        cr_assert(wgo_str_eq(want[i], got[i]), "field %zu: %.*s", i, WGO_FMT(got[i]));
    }
}

Test(merger_precedence, long_fields_survive_encoding)
{
    static char configuration[300 * 1024], bytes[310 * 1024];
    memset(configuration, ' ', sizeof(configuration));
    configuration[0] = '{';
    configuration[sizeof(configuration) - 1] = '}';
    struct wgo_record record = RECORD(ID("a")), back;
    record.configuration = wgo_str_from(configuration, sizeof(configuration));
    record.name = wgo_str_from(configuration, 200);
    encoded(&record, 0, bytes, sizeof(bytes));
    wgo_decode(bytes, &back);
    cr_assert(wgo_str_eq(record.configuration, back.configuration));
    cr_assert(wgo_str_eq(record.name, back.name));
}

struct broken {
    const char *why;
    struct wgo_record record;
    enum wgo_status want;
};

Test(merger_precedence, broken_records_are_refused)
{
    const struct broken cases[] = {
        {"no id", RECORD(ID("")), WGO_E_PARSE},
        {"an id that is no UTF-8", RECORD(ID("\xFF")), WGO_E_PARSE},
        {"no type", RECORD(ID("a"), .type = NOTHING), WGO_E_PARSE},
        {"no provider", RECORD(ID("a"), .provider = NOTHING), WGO_E_PARSE},
        {"an array", RECORD(ID("a"), .configuration = WGO_STR("[]")), WGO_E_PARSE},
        {"tags that are text", RECORD(ID("a"), .tags = WGO_STR("x")), WGO_E_PARSE},
        {"a part may be any value",
         RECORD(ID("a"), .part = WGO_STR("p"), .configuration = WGO_STR("1")), WGO_OK},
        {"more than 1 GB", RECORD(ID("a"), .name = {"", (size_t)1 << 30}), WGO_E_TOO_LARGE},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        size_t size;
        struct wgo_error err = {0};
        enum wgo_status got = wgo_encode_size(&cases[i].record, &size, &err);
        cr_assert_eq(got, cases[i].want, "%s: %s", cases[i].why, err.message);
    }
}
