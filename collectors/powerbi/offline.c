/* offline.c: results of scans that somebody has saved; nobody is asked. */
#include "powerbi/session.h"

#include "base/file.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#define LARGEST_RESULT (UINT64_C(1) << 30)

/* A file that cannot be read does not keep the others from it. */
static void say_failed(struct wgo_powerbi *powerbi, const char *path, const struct wgo_error *error,
                       struct wgo_emitter *emitter)
{
    struct wgo_error full = *error;
    wgo_error_prefix(&full, "%.300s", path);
    struct wgo_row row = {.account = powerbi->tenant,
                          .told = true,
                          .seen = wgo_status_seen(full.status),
                          .error = wgo_str(full.message),
                          .hint = wgo_str(full.hint)};
    emitter->row(emitter, &row);
    powerbi->services->report(powerbi->services->engine, &full);
}

static enum wgo_status read_one(struct wgo_powerbi *powerbi, const char *path,
                                struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_error error = {0};
    struct wgo_buf text = {0};
    struct wgo_arena scratch = {0}, *before = emitter->arena;
    enum wgo_status status = wgo_file_read(path, LARGEST_RESULT, &text, &error);
    if (status == WGO_OK) {
        emitter->arena = &scratch; /* of one file at a time */
        status = wgo_powerbi_read_result(powerbi->reader, wgo_buf_view(&text), emitter, NULL, NULL,
                                         NULL, &error);
        emitter->arena = before;
    }
    wgo_arena_fini(&scratch);
    wgo_buf_fini(&text);
    error.status = status;
    bool ours = status == WGO_E_PARSE || status == WGO_E_SERVER || status == WGO_E_IO ||
                status == WGO_E_NOT_FOUND || status == WGO_E_TOO_LARGE;
    if (ours) {
        say_failed(powerbi, path, &error, emitter);
        return WGO_OK;
    }
    if (status != WGO_OK && err) {
        *err = error;
    }
    return status;
}

static int is_result(const struct dirent *entry)
{
    return wgo_str_ends(wgo_str(entry->d_name), WGO_STR(".json"));
}

/* A pipe of that name would be waited for, for ever. */
static bool is_no_file(const char *path)
{
    struct stat what;
    return stat(path, &what) == 0 && !S_ISREG(what.st_mode);
}

static enum wgo_status read_folder(struct wgo_powerbi *powerbi, const char *folder,
                                   struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct dirent **names = NULL;
    int count = scandir(folder, &names, is_result, alphasort);
    enum wgo_status status = WGO_OK;
    if (count < 0) {
        return wgo_fail(err, WGO_E_NOT_FOUND, "--path %.300s cannot be read", folder);
    }
    for (int i = 0; i < count; i++) {
        struct wgo_str path = wgo_str_format(&powerbi->arena, "%s/%s", folder, names[i]->d_name);
        bool goes_on = status == WGO_OK && !powerbi->services->cancelled(powerbi->services->engine);
        if (goes_on && path.ptr && is_no_file(path.ptr)) {
            struct wgo_error error = {0};
            wgo_fail(&error, WGO_E_IO, "not a file");
            say_failed(powerbi, path.ptr, &error, emitter);
        } else if (goes_on && path.ptr) {
            status = read_one(powerbi, path.ptr, emitter, err);
        } else if (goes_on) {
            status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
        free(names[i]);
    }
    free(names);
    if (status == WGO_OK && count == 0) {
        status = wgo_fail(err, WGO_E_NOT_FOUND, "--path %.300s holds no result of a scan (*.json)",
                          folder);
    }
    return status;
}

enum wgo_status wgo_powerbi_check_paths(const struct wgo_powerbi *powerbi, struct wgo_error *err)
{
    const struct wgo_str_list *paths = &powerbi->options->paths;
    for (size_t i = 0; i < paths->count; i++) {
        struct stat what;
        if (stat(paths->items[i].ptr, &what) != 0) {
            return wgo_fail(err, WGO_E_CONFIG, "--path %.300s: there is nothing there",
                            paths->items[i].ptr);
        }
    }
    return WGO_OK;
}

enum wgo_status wgo_powerbi_read_files(struct wgo_powerbi *powerbi, struct wgo_emitter *emitter,
                                       struct wgo_error *err)
{
    const struct wgo_str_list *paths = &powerbi->options->paths;
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < paths->count && status == WGO_OK; i++) {
        const char *path = paths->items[i].ptr; /* ends with a NUL */
        struct stat what;
        bool folder = stat(path, &what) == 0 && S_ISDIR(what.st_mode);
        /* A pipe that is named is meant: --path <(zcat saved.json.gz) */
        status = folder ? read_folder(powerbi, path, emitter, err)
                        : read_one(powerbi, path, emitter, err);
    }
    return status;
}
