/* Every file of the JSON test suite through every reader, which must agree; and copies beside
 * json-c's reading of the original. */
#include "base/arena.h"
#include "base/json.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

static struct wgo_str read_file(const char *folder, const char *name, struct wgo_arena *arena)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    cr_assert_not_null(file, "%s", path);
    struct wgo_buf bytes = {0};
    char *room;
    size_t got = 0;
    while ((room = wgo_buf_reserve(&bytes, 65536)) && (got = fread(room, 1, 65536, file)) > 0) {
        bytes.len += got;
    }
    fclose(file);
    struct wgo_str text = wgo_str_dup(arena, wgo_buf_view(&bytes));
    wgo_buf_fini(&bytes);
    return text;
}

static struct json_object *json_c(struct wgo_str text)
{
    struct json_tokener *tokener = json_tokener_new_ex(WGO_JSON_DEPTH + 2);
    json_tokener_set_flags(tokener, JSON_TOKENER_ALLOW_TRAILING_CHARS);
    struct json_object *value = json_tokener_parse_ex(tokener, text.ptr, (int)text.len);
    if (json_tokener_get_error(tokener) == json_tokener_continue) {
        value = json_tokener_parse_ex(tokener, " ", 1); /* a number ends only with what follows */
    }
    json_tokener_free(tokener);
    return value;
}

/* The copy of a plan without rules says what the document says. */
static void copy_is_faithful(const char *name, struct wgo_str text)
{
    struct wgo_json_plan *plan;
    struct wgo_str picks[WGO_JSON_PICKS];
    struct wgo_buf copy = {0}, compact = {0};
    cr_assert_eq(wgo_json_plan_new(NULL, 0, &plan, NULL), WGO_OK);
    cr_assert_eq(wgo_json_plan_item(plan, text, picks, NULL, NULL, NULL, &copy, NULL), WGO_OK, "%s",
                 name);
    cr_assert(wgo_json_compact(text, &compact));
    cr_assert(wgo_str_eq(wgo_buf_view(&copy), wgo_buf_view(&compact)), "%s", name);
    cr_assert_eq(wgo_json_fingerprint(text), wgo_json_fingerprint(wgo_buf_view(&copy)), "%s", name);
    struct json_object *before = json_c(text), *after = json_c(wgo_buf_view(&copy));
    cr_assert(json_object_equal(before, after), "%s", name);
    json_object_put(before);
    json_object_put(after);
    wgo_buf_fini(&copy);
    wgo_buf_fini(&compact);
    wgo_json_plan_free(plan);
}

static enum wgo_status as_page(struct wgo_str text, struct wgo_error *err)
{
    static const struct wgo_json_rule rules[] = {
        {{"[]", 2}, WGO_JSON_ITEM, 0},
        {{"*.*[]", 5}, WGO_JSON_PICK, 1},
    };
    struct wgo_json_plan *plan;
    struct wgo_arena arena = {0};
    struct wgo_json_page page;
    cr_assert_eq(wgo_json_plan_new(rules, WGO_COUNT(rules), &plan, NULL), WGO_OK);
    enum wgo_status status = wgo_json_plan_page(plan, text, &arena, &page, err);
    wgo_arena_fini(&arena);
    wgo_json_plan_free(plan);
    return status;
}

static enum wgo_status by_cursor(struct wgo_str text, struct wgo_error *err)
{
    struct wgo_json json;
    wgo_json_init(&json, text);
    if (wgo_json_skip(&json, NULL)) {
        wgo_json_finish(&json);
    }
    return wgo_json_error(&json, err);
}

static void run_file(const char *folder, const char *name)
{
    struct wgo_arena arena = {0};
    struct wgo_str text = read_file(folder, name, &arena);
    struct wgo_error check = {0}, page = {0}, cursor = {0};
    enum wgo_status status = wgo_json_check(text, &check);
    if (name[0] == 'y') {
        cr_assert_eq(status, WGO_OK, "%s: %s", name, check.message);
    } else if (name[0] == 'n') {
        cr_assert_neq(status, WGO_OK, "%s", name);
    }
    cr_assert_eq(as_page(text, &page), status, "%s", name);
    cr_assert_eq(by_cursor(text, &cursor), status, "%s", name);
    cr_assert_str_eq(page.message, check.message, "%s", name);
    cr_assert_str_eq(cursor.message, check.message, "%s", name);
    if (status == WGO_OK) {
        copy_is_faithful(name, text);
    }
    wgo_arena_fini(&arena);
}

Test(json_suite, every_file)
{
    const char *shared = getenv("WGO_SHARED_DIR");
    char folder[2048];
    snprintf(folder, sizeof(folder), "%s/vectors/json-test-suite/test_parsing",
             shared ? shared : "../shared");
    DIR *dir = opendir(folder);
    if (!dir) {
        cr_skip("SKIPPED: no JSON test suite in %s", folder);
    }
    int count = 0;
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (strchr("yni", entry->d_name[0]) && entry->d_name[1] == '_') {
            run_file(folder, entry->d_name);
            count++;
        }
    }
    closedir(dir);
    cr_assert_gt(count, 300, "only %d files in %s", count, folder);
}
