/* The catalogs that are built in: each loads, alone and with the others of its provider. */
#include "base/file.h"
#include "catalog/catalog.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_FILES = 512 };

static struct wgo_error error;

/* A file that is no catalog (a table of a collector's own) has no entries. */
static bool is_catalog(const char *path, struct wgo_buf *bytes)
{
    struct wgo_arena arena = {0};
    struct wgo_yaml *root = NULL;
    enum wgo_status status =
        wgo_yaml_parse(&arena, path, wgo_buf_view(bytes), 200000, &root, &error);
    cr_assert_eq(status, WGO_OK, "%s", error.message);
    bool has_entries = wgo_yaml_get(root, "entries") != NULL;
    bool has_provider = wgo_yaml_text(root, "provider").len > 0;
    wgo_arena_fini(&arena);
    cr_assert(!has_entries || has_provider, "%s: no provider:", path);
    return has_entries;
}

static void check_entry(const struct wgo_entry *entry)
{
    const char *file = entry->file.ptr;
    cr_assert_gt(entry->summary.len, 0, "%s: %.*s has no summary", file, WGO_FMT(entry->name));
    cr_assert_gt(entry->limit_count, 0, "%s: %.*s is under no limit", file, WGO_FMT(entry->name));
}

Test(embedded, every_catalog_of_the_tree_loads)
{
    static struct wgo_buf contents[MOST_FILES];
    static struct wgo_embedded_file files[MOST_FILES];
    const char *source = getenv("WGO_SOURCE_DIR");
    char pattern[4096];
    glob_t found;
    size_t catalogs = 0;
    cr_assert_not_null(source, "run by ctest, which says where the sources are");
    snprintf(pattern, sizeof(pattern), "%s/collectors/*/catalog/*.yaml", source);
    cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "%s: no catalogs", pattern);
    cr_assert_lt(found.gl_pathc, MOST_FILES);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        cr_assert_eq(wgo_file_read(path, 8 << 20, &contents[i], &error), WGO_OK);
        if (!is_catalog(path, &contents[i])) {
            continue;
        }
        struct wgo_catalog *catalog = NULL;
        files[catalogs] = (struct wgo_embedded_file){path, contents[i].ptr, contents[i].len};
        enum wgo_status status = wgo_catalog_load(&files[catalogs++], 1, NULL, 0, &catalog, &error);
        cr_assert_eq(status, WGO_OK, "%s", error.message);
        cr_assert_gt(wgo_catalog_count(catalog), 0, "%s", path);
        for (size_t k = 0; k < wgo_catalog_count(catalog); k++) {
            check_entry(wgo_catalog_at(catalog, k));
        }
        wgo_catalog_free(catalog);
    }
    cr_assert_gt(catalogs, 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        wgo_buf_fini(&contents[i]);
    }
    globfree(&found);
}
