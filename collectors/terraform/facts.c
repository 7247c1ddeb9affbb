#include "terraform/facts.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/json_write.h"
#include "terraform/attribute.h"

#include <stdlib.h>

struct source {
    struct wgo_str type, attributes;
    bool flat;
    struct wgo_arena *arena;
};

static struct wgo_str text(const struct source *source, const char *path)
{
    return wgo_tf_attribute_text(source->attributes, source->flat, wgo_str(path), source->arena);
}

static bool of(const struct source *source, const char *prefix)
{
    return wgo_str_starts(source->type, wgo_str(prefix));
}

/* arn:PARTITION:SERVICE:REGION:ACCOUNT:REST */
static void read_arn(struct wgo_str arn, struct wgo_tf_facts *facts)
{
    struct wgo_str rest = arn, parts[5];
    uint64_t number;
    for (size_t i = 0; i < WGO_COUNT(parts); i++) {
        parts[i] = wgo_str_split(&rest, ':');
    }
    if (!wgo_str_is(parts[0], "arn") || !rest.ptr) {
        return;
    }
    if (parts[4].len == 12 && wgo_str_to_u64(parts[4], &number)) {
        facts->account = parts[4];
    }
    facts->region = parts[3];
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
    bool looks = n > 3 && is_letter(zone.ptr[n - 1]) && is_digit(zone.ptr[n - 2]) &&
                 zone.ptr[n - 3] == '-';
    return looks ? wgo_str_slice(zone, 0, n - 1) : WGO_STR("");
}

static struct wgo_str first_of(const struct source *source, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct wgo_str found = text(source, names[i]);
        if (found.len) {
            return found;
        }
    }
    return WGO_STR("");
}

static void read_region(const struct source *source, struct wgo_tf_facts *facts)
{
    struct wgo_str said = text(source, "region");
    if (!said.len && facts->region.len) {
        return;
    }
    if (!said.len && (of(source, "azurerm_") || of(source, "google_"))) {
        said = text(source, "location");
    }
    if (!said.len && of(source, "google_")) {
        said = region_of_zone(text(source, "zone"));
    }
    if (!said.len && of(source, "aws_")) {
        said = region_of_availability_zone(text(source, "availability_zone"));
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

struct wgo_tf_facts wgo_tf_facts(struct wgo_str type, struct wgo_str own_name,
                                 struct wgo_str attributes, bool flat, struct wgo_arena *arena)
{
    static const char *const names[] = {"name", "tags.Name", "metadata.0.name"};
    static const char *const times[] = {"created_at", "creation_timestamp", "create_date"};
    static const char *const namespaces[] = {"metadata.0.namespace", "namespace"};
    const struct source source = {type, attributes, flat, arena};
    struct wgo_tf_facts facts = {
        .name = first_of(&source, names, WGO_COUNT(names)),
        .native_id = text(&source, "id"),
        .namespace_name = first_of(&source, namespaces, WGO_COUNT(namespaces)),
    };
    struct wgo_wall time;
    if (!facts.name.len) {
        facts.name = own_name;
    }
    read_arn(text(&source, "arn"), &facts);
    read_region(&source, &facts);
    if (!facts.account.len) {
        facts.account = of(&source, "google_")    ? text(&source, "project")
                        : of(&source, "azurerm_") ? subscription_of(facts.native_id)
                                                  : WGO_STR("");
    }
    for (size_t i = 0; i < WGO_COUNT(times) && !facts.created_at.len; i++) {
        struct wgo_str said = text(&source, times[i]);
        facts.created_at = wgo_wall_parse(said, &time) && time.ns > 0 ? said : WGO_STR("");
    }
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

void wgo_tf_tags(struct wgo_str attributes, bool flat, struct wgo_arena *arena,
                 struct wgo_buf *out)
{
    static const struct {
        const char *path, *prefix;
    } places[] = {
        {"tags_all", "tags_all."},
        {"tags", "tags."},
        {"effective_labels", "effective_labels."},
        {"labels", "labels."},
        {"metadata.0.labels", "metadata.0.labels."},
    };
    for (size_t i = 0; i < WGO_COUNT(places); i++) {
        struct tag *tags = NULL;
        size_t count = 0;
        struct wgo_str found = attributes;
        if (!flat) {
            found = wgo_tf_attribute(attributes, false, wgo_str(places[i].path));
        }
        if (found.ptr && wgo_json_kind_of(found) == WGO_JSON_OBJECT) {
            count = gather(found, flat ? wgo_str(places[i].prefix) : WGO_STR(""), arena, &tags);
        }
        if (count) {
            write_tags(tags, count, out);
            return;
        }
    }
}
