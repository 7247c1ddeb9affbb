#include "lib/catalog_dir.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>

#define LARGEST_CATALOG (8u << 20)

static int is_catalog(const struct dirent *entry)
{
    struct wgo_str name = wgo_str(entry->d_name);
    return wgo_str_ends(name, WGO_STR(".yaml")) || wgo_str_ends(name, WGO_STR(".yml"));
}

static enum wgo_status read_one(const char *folder, const char *name, struct wgo_arena *arena,
                                struct wgo_embedded_file *out, struct wgo_error *err)
{
    struct wgo_buf bytes = {0};
    struct wgo_str path = wgo_str_format(arena, "%s/%s", folder, name);
    const char *path_text = wgo_str_cstr(arena, path);
    if (!path_text) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    enum wgo_status status = wgo_file_read(path_text, LARGEST_CATALOG, &bytes, err);
    if (status == WGO_OK) {
        const char *kept = wgo_str_cstr(arena, wgo_buf_view(&bytes));
        if (!kept) {
            status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
        } else {
            *out = (struct wgo_embedded_file){.name = path_text, .bytes = kept, .len = bytes.len};
        }
    }
    wgo_buf_fini(&bytes);
    if (status != WGO_OK && status != WGO_E_NOMEM) {
        status = WGO_E_CONFIG; /* however it is wrong, it is what was configured */
        if (err) {
            err->status = status;
        }
    }
    return status;
}

enum wgo_status wgo_catalog_dir_read(const char *path, struct wgo_arena *arena,
                                     const struct wgo_embedded_file **out_files, size_t *out_count,
                                     struct wgo_error *err)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_catalog, alphasort);
    if (count < 0) {
        char text[128];
        return wgo_fail(err, errno == ENOENT ? WGO_E_NOT_FOUND : WGO_E_CONFIG,
                        "%s: cannot read the folder: %s", path,
                        strerror_r(errno, text, sizeof(text)));
    }
    enum wgo_status status = WGO_OK;
    struct wgo_embedded_file *files = NULL;
    if (count == 0) {
        status = wgo_fail(err, WGO_E_CONFIG, "%s: no catalog there", path);
        wgo_error_hint(err, "a catalog is a file that ends in .yaml");
    } else {
        files = WGO_NEW_ARRAY(arena, struct wgo_embedded_file, (size_t)count);
        status = files ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (int i = 0; i < count && status == WGO_OK; i++) {
        status = read_one(path, entries[i]->d_name, arena, &files[i], err);
    }
    for (int i = 0; i < count; i++) {
        free(entries[i]);
    }
    free(entries);
    if (status == WGO_OK) {
        *out_files = files;
        *out_count = (size_t)count;
    }
    return status;
}
