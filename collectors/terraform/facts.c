#include "terraform/facts.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/json_write.h"
#include "terraform/attribute.h"
#include "terraform/home.h"

#include <stdlib.h>

/* The members that facts are made of; one walk over the attributes finds them all. */
enum member {
    ARN,
    AVAILABILITY_ZONE,
    CREATE_DATE,
    CREATED_AT,
    CREATION_TIMESTAMP,
    EFFECTIVE_LABELS,
    ID,
    LABELS,
    LOCATION,
    METADATA,
    NAME,
    NAMESPACE,
    PROJECT,
    REGION,
    TAGS,
    TAGS_ALL,
    ZONE,
    FLAT_METADATA_NAME,
    FLAT_METADATA_NAMESPACE,
    FLAT_TAGS_NAME,
    MEMBERS
};

static const struct wgo_str member_names[MEMBERS] = {
    [ARN] = {"arn", 3},
    [AVAILABILITY_ZONE] = {"availability_zone", 17},
    [CREATE_DATE] = {"create_date", 11},
    [CREATED_AT] = {"created_at", 10},
    [CREATION_TIMESTAMP] = {"creation_timestamp", 18},
    [EFFECTIVE_LABELS] = {"effective_labels", 16},
    [ID] = {"id", 2},
    [LABELS] = {"labels", 6},
    [LOCATION] = {"location", 8},
    [METADATA] = {"metadata", 8},
    [NAME] = {"name", 4},
    [NAMESPACE] = {"namespace", 9},
    [PROJECT] = {"project", 7},
    [REGION] = {"region", 6},
    [TAGS] = {"tags", 4},
    [TAGS_ALL] = {"tags_all", 8},
    [ZONE] = {"zone", 4},
    [FLAT_METADATA_NAME] = {"metadata.0.name", 15},
    [FLAT_METADATA_NAMESPACE] = {"metadata.0.namespace", 20},
    [FLAT_TAGS_NAME] = {"tags.Name", 9},
};

struct source {
    struct wgo_str type, attributes;
    bool flat;
    struct wgo_arena *arena;
    struct wgo_str spans[MEMBERS];
};

static void find_members(struct source *source)
{
    struct wgo_json json;
    struct wgo_str key, span;
    wgo_json_init(&json, source->attributes);
    wgo_json_enter_object(&json);
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &span)) {
        for (enum member i = 0; i < MEMBERS; i++) {
            if (wgo_str_eq(key, member_names[i])) {
                source->spans[i] = span;
                break;
            }
        }
    }
}

static struct wgo_str text(const struct source *source, enum member member)
{
    return wgo_tf_text(source->spans[member], source->arena);
}

/* Text of 'path' below a member that is no scalar. */
static struct wgo_str text_below(const struct source *source, enum member member, enum member flat,
                                 const char *path)
{
    struct wgo_str raw = source->spans[member];
    return source->flat ? text(source, flat)
           : raw.ptr    ? wgo_tf_text(wgo_tf_attribute(raw, false, wgo_str(path)), source->arena)
                        : raw;
}

static bool of(const struct source *source, const char *prefix)
{
    return wgo_str_starts(source->type, wgo_str(prefix));
}

static void read_arn(struct wgo_str arn, struct wgo_tf_facts *facts)
{
    struct wgo_str account = wgo_tf_arn_part(arn, 4);
    uint64_t number;
    if (account.len == 12 && wgo_str_to_u64(account, &number)) {
        facts->account = account;
    }
    facts->region = wgo_tf_arn_part(arn, 3);
}

/* /subscriptions/SUBSCRIPTION/... */
static struct wgo_str subscription_of(struct wgo_str id)
{
    struct wgo_str prefix = WGO_STR("/subscriptions/");
    if (id.len <= prefix.len || !wgo_str_eq_nocase(wgo_str_slice(id, 0, prefix.len), prefix)) {
        return WGO_STR("");
    }
    struct wgo_str rest = wgo_str_slice(id, prefix.len, id.len);
    return wgo_str_split(&rest, '/');
}

static bool is_letter(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* europe-west1-b: europe-west1 */
static struct wgo_str region_of_zone(struct wgo_str zone)
{
    size_t n = zone.len;
    bool looks = n > 3 && is_letter(zone.ptr[n - 1]) && zone.ptr[n - 2] == '-' &&
                 is_digit(zone.ptr[n - 3]) && wgo_str_find_char(zone, '/') == n;
    return looks ? wgo_str_slice(zone, 0, n - 2) : WGO_STR("");
}

/* eu-west-1a: eu-west-1 */
static struct wgo_str region_of_availability_zone(struct wgo_str zone)
{
    size_t n = zone.len;
    bool looks =
        n > 3 && is_letter(zone.ptr[n - 1]) && is_digit(zone.ptr[n - 2]) && zone.ptr[n - 3] == '-';
    return looks ? wgo_str_slice(zone, 0, n - 1) : WGO_STR("");
}

static void read_region(const struct source *source, struct wgo_tf_facts *facts)
{
    struct wgo_str said = text(source, REGION);
    if (!said.len && facts->region.len) {
        return;
    }
    if (!said.len && (of(source, "azurerm_") || of(source, "google_"))) {
        said = text(source, LOCATION);
    }
    if (!said.len && of(source, "google_")) {
        said = region_of_zone(text(source, ZONE));
    }
    if (!said.len && of(source, "aws_")) {
        said = region_of_availability_zone(text(source, AVAILABILITY_ZONE));
    }
    /* Google writes a region as the URL of its resource too. */
    for (size_t at = said.len; at > 0; at--) {
        if (said.ptr[at - 1] == '/') {
            said = wgo_str_slice(said, at, said.len);
            break;
        }
    }
    facts->region = said;
}

static struct wgo_str either(struct wgo_str first, struct wgo_str second)
{
    return first.len ? first : second;
}

static void read_tags(const struct source *source, struct wgo_buf *out);

struct wgo_tf_facts wgo_tf_facts(struct wgo_str type, struct wgo_str own_name,
                                 struct wgo_str attributes, bool flat, struct wgo_arena *arena,
                                 struct wgo_buf *out_tags)
{
    static const enum member times[] = {CREATED_AT, CREATION_TIMESTAMP, CREATE_DATE};
    struct source source = {.type = type, .attributes = attributes, .flat = flat, .arena = arena};
    struct wgo_wall time;
    find_members(&source);
    struct wgo_str tag = text_below(&source, TAGS, FLAT_TAGS_NAME, "Name");
    struct wgo_str inner = text_below(&source, METADATA, FLAT_METADATA_NAME, "0.name");
    struct wgo_tf_facts facts = {
        .name = either(text(&source, NAME), either(tag, either(inner, own_name))),
        .native_id = text(&source, ID),
        .namespace_name =
            either(text_below(&source, METADATA, FLAT_METADATA_NAMESPACE, "0.namespace"),
                   text(&source, NAMESPACE)),
    };
    read_arn(text(&source, ARN), &facts);
    read_region(&source, &facts);
    if (!facts.account.len) {
        facts.account = of(&source, "google_")    ? text(&source, PROJECT)
                        : of(&source, "azurerm_") ? subscription_of(facts.native_id)
                                                  : WGO_STR("");
    }
    for (size_t i = 0; i < WGO_COUNT(times) && !facts.created_at.len; i++) {
        struct wgo_str said = text(&source, times[i]);
        facts.created_at = wgo_wall_parse(said, &time) && time.ns > 0 ? said : WGO_STR("");
    }
    read_tags(&source, out_tags);
    return facts;
}

/* ---- tags ---- */

struct tag {
    struct wgo_str key, value;
};

static int compare_tags(const void *a, const void *b)
{
    const struct tag *left = a, *right = b;
    return wgo_str_cmp(left->key, right->key);
}

static void write_tags(struct tag *tags, size_t count, struct wgo_buf *out)
{
    struct wgo_json_writer writer;
    if (!count) {
        return;
    }
    qsort(tags, count, sizeof(*tags), compare_tags);
    wgo_json_writer_init(&writer, out);
    wgo_json_open_object(&writer);
    for (size_t i = 0; i < count; i++) {
        if (i + 1 == count || !wgo_str_eq(tags[i].key, tags[i + 1].key)) {
            wgo_json_key_str(&writer, tags[i].key);
            wgo_json_put_str(&writer, tags[i].value);
        }
    }
    wgo_json_close_object(&writer);
}

/* Members of 'object' whose names begin with 'prefix' and whose values are strings. */
static size_t gather(struct wgo_str object, struct wgo_str prefix, struct wgo_arena *arena,
                     struct tag **out_tags)
{
    struct wgo_json json;
    struct wgo_str key, span;
    size_t count = 0;
    wgo_json_init(&json, object);
    wgo_json_enter_object(&json);
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &span)) {
        count += wgo_str_starts(key, prefix);
    }
    struct tag *tags = WGO_NEW_ARRAY(arena, struct tag, count ? count : 1);
    count = 0;
    wgo_json_init(&json, object);
    wgo_json_enter_object(&json);
    while (tags && wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &span)) {
        struct wgo_str name = wgo_json_text(wgo_str_from(key.ptr - 1, key.len + 2), arena);
        if (!wgo_str_starts(key, prefix) || wgo_json_kind_of(span) != WGO_JSON_STRING ||
            !name.ptr) {
            continue;
        }
        name = wgo_str_slice(name, prefix.len, name.len);
        if (prefix.len && (wgo_str_is(name, "%") || wgo_str_is(name, "#"))) {
            continue;
        }
        tags[count++] = (struct tag){name, wgo_json_text(span, arena)};
    }
    *out_tags = tags;
    return count;
}

static void read_tags(const struct source *source, struct wgo_buf *out)
{
    static const struct {
        enum member member;
        const char *prefix; /* in a flatmap */
    } places[] = {
        {TAGS_ALL, "tags_all."},
        {TAGS, "tags."},
        {EFFECTIVE_LABELS, "effective_labels."},
        {LABELS, "labels."},
        {METADATA, "metadata.0.labels."},
    };
    for (size_t i = 0; i < WGO_COUNT(places); i++) {
        struct tag *tags = NULL;
        size_t count = 0;
        struct wgo_str found = source->flat ? source->attributes : source->spans[places[i].member];
        if (!source->flat && found.ptr && places[i].member == METADATA) {
            found = wgo_tf_attribute(found, false, WGO_STR("0.labels"));
        }
        if (found.ptr && wgo_json_kind_of(found) == WGO_JSON_OBJECT) {
            struct wgo_str prefix = source->flat ? wgo_str(places[i].prefix) : WGO_STR("");
            count = gather(found, prefix, source->arena, &tags);
        }
        if (count) {
            write_tags(tags, count, out);
            return;
        }
    }
}
