/* The catalogs that are built in: they load, with the others of their provider. */
#include "base/file.h"
#include "catalog/catalog.h"

#include <criterion/criterion.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_FILES = 512 };

static struct wgo_error error;

enum kind {
    NO_CATALOG, /* a table of a collector's own */
    SPEAKS_FOR_ALL,
    CATALOG,
};

static enum kind kind_of(const char *path, struct wgo_buf *bytes)
{
    struct wgo_arena arena = {0};
    struct wgo_yaml *root = NULL;
    enum wgo_status status =
        wgo_yaml_parse(&arena, path, wgo_buf_view(bytes), 200000, &root, &error);
    cr_assert_eq(status, WGO_OK, "%s", error.message);
    enum kind kind = wgo_yaml_get(root, "entries")    ? CATALOG
                     : wgo_yaml_get(root, "defaults") ? SPEAKS_FOR_ALL
                                                      : NO_CATALOG;
    bool has_provider = wgo_yaml_text(root, "provider").len > 0;
    wgo_arena_fini(&arena);
    cr_assert(kind == NO_CATALOG || has_provider, "%s: no provider:", path);
    return kind;
}

static void check_entry(const struct wgo_entry *entry)
{
    cr_assert_gt(entry->summary.len, 0, "%.*s: %.*s has no summary", WGO_FMT(entry->file),
                 WGO_FMT(entry->name));
    cr_assert_gt(entry->limit_count, 0, "%.*s: %.*s is under no limit", WGO_FMT(entry->file),
                 WGO_FMT(entry->name));
}

/* The catalogs of one collector, as it embeds them: who speaks for all comes first. */
static size_t check_provider(const char *folder)
{
    static struct wgo_buf contents[MOST_FILES];
    static struct wgo_embedded_file files[MOST_FILES];
    char pattern[4096];
    glob_t found;
    size_t count = 0;
    snprintf(pattern, sizeof(pattern), "%s/*.yaml", folder);
    cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "%s: no catalogs", pattern);
    cr_assert_lt(found.gl_pathc, MOST_FILES);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        const char *path = found.gl_pathv[i];
        cr_assert_eq(wgo_file_read(path, 8 << 20, &contents[i], &error), WGO_OK);
        enum kind kind = kind_of(path, &contents[i]);
        struct wgo_embedded_file file = {
            .name = path, .bytes = contents[i].ptr, .len = contents[i].len};
        if (kind == SPEAKS_FOR_ALL) {
            memmove(files + 1, files, count++ * sizeof(files[0]));
            files[0] = file;
        } else if (kind == CATALOG) {
            files[count++] = file;
        }
    }
    struct wgo_catalog *catalog = NULL;
    enum wgo_status status = wgo_catalog_load(files, count, NULL, 0, &catalog, &error);
    cr_assert_eq(status, WGO_OK, "%s", error.message);
    size_t entries = wgo_catalog_count(catalog);
    cr_assert_gt(entries, 0, "%s", folder);
    for (size_t k = 0; k < entries; k++) {
        check_entry(wgo_catalog_at(catalog, k));
    }
    wgo_catalog_free(catalog);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        wgo_buf_fini(&contents[i]);
    }
    globfree(&found);
    return entries;
}

Test(embedded, every_catalog_of_the_tree_loads)
{
    const char *source = getenv("WGO_SOURCE_DIR");
    char pattern[4096];
    glob_t found;
    size_t entries = 0;
    cr_assert_not_null(source, "run by ctest, which says where the sources are");
    snprintf(pattern, sizeof(pattern), "%s/collectors/*/catalog", source);
    cr_assert_eq(glob(pattern, 0, NULL, &found), 0, "%s: no catalogs", pattern);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        entries += check_provider(found.gl_pathv[i]);
    }
    cr_assert_gt(entries, 0);
    globfree(&found);
}
