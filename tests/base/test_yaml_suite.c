/* The YAML test suite: 351 files of valid and invalid documents, read from WGO_SHARED_DIR.
 *
 * We agree with it on what is an error, and on the tree where it gives one as JSON, but for the
 * cases listed here with the reason. A listed case that agrees after all fails too, so that the
 * list stays true. */
#include "base/file.h"
#include "base/yaml.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

enum reason {
    NONE,
    LENIENT,   /* libyaml takes what YAML 1.2 forbids */
    STRICT,    /* libyaml is a YAML 1.1 parser and refuses what YAML 1.2 allows */
    MANY,      /* valid, but more than one document */
    KEY,       /* valid, but a key is not a scalar */
    DIFFERENT, /* both valid, read differently: YAML 1.1 against 1.2, or numbers, whose text we keep
                */
};

static const char *const reason_names[] = {"agreed",         "libyaml lenient", "libyaml strict",
                                           "many documents", "keys not scalar", "read differently"};

static const struct {
    const char *id; /* file, and "/n" for the n-th case after the first */
    enum reason reason;
} deviations[] = {
    {"9C9N", LENIENT},     {"9JBA", LENIENT},     {"CVW2", LENIENT},   {"DK95/1", LENIENT},
    {"G5U8", LENIENT},     {"MUS6", LENIENT},     {"QB6E", LENIENT},   {"S98Z", LENIENT},
    {"SU5Z", LENIENT},     {"X4QW", LENIENT},     {"Y79Y/3", LENIENT}, {"YJV2", LENIENT},
    {"2JQS", STRICT},      {"2LFX", STRICT},      {"2SXE", STRICT},    {"4ABK", STRICT},
    {"4MUZ", STRICT},      {"4MUZ/1", STRICT},    {"4MUZ/2", STRICT},  {"58MP", STRICT},
    {"5MUD", STRICT},      {"5T43", STRICT},      {"6BCT", STRICT},    {"6CA3", STRICT},
    {"6LVF", STRICT},      {"6M2F", STRICT},      {"7Z25", STRICT},    {"8XYN", STRICT},
    {"96NN", STRICT},      {"96NN/1", STRICT},    {"9SA2", STRICT},    {"A2M4", STRICT},
    {"BEC7", STRICT},      {"CFD4", STRICT},      {"DBG4", STRICT},    {"DK3J", STRICT},
    {"DK95", STRICT},      {"DK95/3", STRICT},    {"DK95/4", STRICT},  {"FP8R", STRICT},
    {"FRK4", STRICT},      {"HM87", STRICT},      {"HWV9", STRICT},    {"K3WX", STRICT},
    {"M2N8", STRICT},      {"M7A3", STRICT},      {"MUS6/5", STRICT},  {"MUS6/6", STRICT},
    {"NHX8", STRICT},      {"NJ66", STRICT},      {"NKF9", STRICT},    {"Q5MG", STRICT},
    {"QT73", STRICT},      {"R4YG", STRICT},      {"S3PD", STRICT},    {"SM9W/1", STRICT},
    {"UKK6", STRICT},      {"UT92", STRICT},      {"VJP3/1", STRICT},  {"W4TN", STRICT},
    {"W5VH", STRICT},      {"Y79Y/1", STRICT},    {"Y79Y/10", STRICT}, {"ZYU8/1", STRICT},
    {"ZYU8/2", STRICT},    {"ZYU8/3", STRICT},    {"35KP", MANY},      {"5TYM", MANY},
    {"6WLZ", MANY},        {"6XDY", MANY},        {"6ZKB", MANY},      {"9DXL", MANY},
    {"9KAX", MANY},        {"9WXW", MANY},        {"JHB9", MANY},      {"KSS4", MANY},
    {"L383", MANY},        {"PUW8", MANY},        {"RZT7", MANY},      {"U9NS", MANY},
    {"4FJ6", KEY},         {"6BFJ", KEY},         {"6PBE", KEY},       {"9MMW", KEY},
    {"KK5P", KEY},         {"LX3P", KEY},         {"M2N8/1", KEY},     {"M5DY", KEY},
    {"Q9WF", KEY},         {"RZP5", KEY},         {"SBG9", KEY},       {"V9D5", KEY},
    {"X38W", KEY},         {"XW4D", KEY},         {"652Z", DIFFERENT}, {"C4HZ", DIFFERENT},
    {"HM87/1", DIFFERENT}, {"L24T/1", DIFFERENT}, {"UGM3", DIFFERENT}, {"UKK6/2", DIFFERENT},
    {"Y2GN", DIFFERENT},
};

enum { READ_LIMIT = 1 << 20, MOST_NODES = 100000 };

static struct {
    size_t cases, trees;
    size_t count[WGO_COUNT(reason_names)];
    size_t wrong;
} tally;

static enum reason reason_for(const char *id)
{
    for (size_t i = 0; i < WGO_COUNT(deviations); i++) {
        if (strcmp(deviations[i].id, id) == 0) {
            return deviations[i].reason;
        }
    }
    return NONE;
}

/* The suite shows what one cannot see by signs. */
static const struct {
    const char *sign, *meaning;
} signs[] = {
    {"\xe2\x90\xa3", " "},  /* open box */
    {"\xe2\x80\x94", ""},   /* dashes that lead to a tab */
    {"\xc2\xbb", "\t"},     /* the tab */
    {"\xe2\x86\xb5", ""},   /* a line's end, made visible */
    {"\xe2\x88\x8e\n", ""}, /* no newline at the end */
    {"\xe2\x86\x90", "\r"}, {"\xe2\x87\x94", "\xef\xbb\xbf"},
};

static void unfold_signs(struct wgo_str text, struct wgo_buf *out)
{
    while (text.len > 0) {
        size_t skip = 0;
        for (size_t i = 0; i < WGO_COUNT(signs) && !skip; i++) {
            if (wgo_str_starts(text, wgo_str(signs[i].sign))) {
                wgo_buf_cstr(out, signs[i].meaning);
                skip = strlen(signs[i].sign);
            }
        }
        if (!skip) {
            wgo_buf_char(out, text.ptr[0]);
            skip = 1;
        }
        text = wgo_str_slice(text, skip, text.len);
    }
}

static bool same(const struct wgo_yaml *node, struct json_object *json);

static bool same_children(const struct wgo_yaml *node, struct json_object *json)
{
    if (node->kind == WGO_YAML_LIST) {
        const struct wgo_yaml *child = node->first;
        size_t count = json_object_array_length(json);
        for (size_t i = 0; i < count && child; i++, child = child->next) {
            if (!same(child, json_object_array_get_idx(json, i))) {
                return false;
            }
        }
        return count == node->count;
    }
    json_object_object_foreach(json, key, value)
    {
        const struct wgo_yaml *child = wgo_yaml_get(node, key);
        if (!child || !same(child, value)) {
            return false;
        }
    }
    return (size_t)json_object_object_length(json) == node->count;
}

static bool same(const struct wgo_yaml *node, struct json_object *json)
{
    switch (json_object_get_type(json)) {
    case json_type_null:
        return node->kind == WGO_YAML_NULL;
    case json_type_array:
        return wgo_yaml_is_list(node) && same_children(node, json);
    case json_type_object:
        return wgo_yaml_is_map(node) && same_children(node, json);
    case json_type_string:
        return node->kind == WGO_YAML_SCALAR &&
               wgo_str_eq(node->text, wgo_str_from(json_object_get_string(json),
                                                   (size_t)json_object_get_string_len(json)));
    default:
        return node->kind == WGO_YAML_SCALAR && !node->quoted &&
               wgo_str_is(node->text, json_object_to_json_string(json));
    }
}

static bool same_tree(const struct wgo_yaml *root, struct wgo_str text)
{
    struct json_tokener *tokener = json_tokener_new();
    struct json_object *json = json_tokener_parse_ex(tokener, text.ptr, (int)text.len);
    bool equal = json_tokener_get_error(tokener) == json_tokener_success && same(root, json);
    json_object_put(json);
    json_tokener_free(tokener);
    tally.trees++;
    return equal;
}

static bool libyaml_takes(struct wgo_str text)
{
    yaml_parser_t parser;
    yaml_event_t event;
    bool good = true, more = true;
    cr_assert(yaml_parser_initialize(&parser));
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.ptr, text.len);
    while (good && more) {
        good = yaml_parser_parse(&parser, &event);
        more = good && event.type != YAML_STREAM_END_EVENT;
        if (good) {
            yaml_event_delete(&event);
        }
    }
    yaml_parser_delete(&parser);
    return good;
}

static void run_case(const char *id, const struct wgo_yaml *entry)
{
    struct wgo_arena arena = {0};
    struct wgo_buf text = {0};
    struct wgo_yaml *root = NULL;
    struct wgo_error err = {0};
    const struct wgo_yaml *json = wgo_yaml_get(entry, "json");
    bool valid = !wgo_str_is(wgo_yaml_text(entry, "fail"), "true");

    unfold_signs(wgo_yaml_text(entry, "yaml"), &text);
    enum wgo_status status =
        wgo_yaml_parse(&arena, id, wgo_buf_view(&text), MOST_NODES, &root, &err);
    bool agreed = (status == WGO_OK) == valid;
    if (agreed && valid && json && json->text.len > 0) {
        agreed = same_tree(root, json->text);
    }
    enum reason reason = reason_for(id);
    tally.cases++;
    tally.count[reason]++;
    /* The blame is checked as well: what libyaml refuses is its own doing, the rest is ours. */
    bool blamed = reason == NONE || libyaml_takes(wgo_buf_view(&text)) == (reason != STRICT);
    if (agreed != (reason == NONE) || !blamed) {
        tally.wrong++;
        printf("%s: %s, we say: %s%s\n", id, valid ? "valid" : "invalid",
               status ? err.message : "valid", reason ? " (listed as a deviation)" : "");
    }
    wgo_buf_fini(&text);
    wgo_arena_fini(&arena);
}

static void run_file(const char *folder, const char *file_name)
{
    struct wgo_arena arena = {0};
    struct wgo_buf bytes = {0};
    struct wgo_yaml *cases;
    struct wgo_error err;
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, file_name);
    cr_assert_eq(wgo_file_read(path, READ_LIMIT, &bytes, &err), WGO_OK, "%s", err.message);
    cr_assert_eq(wgo_yaml_parse(&arena, path, wgo_buf_view(&bytes), MOST_NODES, &cases, &err),
                 WGO_OK, "%s", err.message);
    int n = 0;
    for (const struct wgo_yaml *entry = cases->first; entry; entry = entry->next, n++) {
        char id[64];
        int stem = (int)(strlen(file_name) - strlen(".yaml"));
        snprintf(id, sizeof(id), n ? "%.*s/%d" : "%.*s", stem, file_name, n);
        if (!wgo_str_is(wgo_yaml_text(entry, "skip"), "true")) {
            run_case(id, entry);
        }
    }
    wgo_buf_fini(&bytes);
    wgo_arena_fini(&arena);
}

Test(yaml_suite, errors_and_trees)
{
    const char *shared = getenv("WGO_SHARED_DIR");
    char folder[2048];
    snprintf(folder, sizeof(folder), "%s/vectors/yaml-test-suite/src", shared ? shared : ".");
    DIR *dir = opendir(folder);
    if (!dir) {
        printf("SKIPPED: the YAML test suite is not at %s\n", folder);
        cr_skip("no YAML test suite");
    }
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (wgo_str_ends(wgo_str(entry->d_name), WGO_STR(".yaml"))) {
            run_file(folder, entry->d_name);
        }
    }
    closedir(dir);
    printf("%zu cases, %zu trees compared\n", tally.cases, tally.trees);
    size_t listed = 0;
    for (size_t i = 0; i < WGO_COUNT(reason_names); i++) {
        printf("  %-17s %zu\n", reason_names[i], tally.count[i]);
        listed += i ? tally.count[i] : 0;
    }
    cr_assert_gt(tally.cases, 300);
    cr_assert_eq(tally.wrong, 0);
    cr_assert_eq(listed, WGO_COUNT(deviations), "a listed case is not in the suite");
}
