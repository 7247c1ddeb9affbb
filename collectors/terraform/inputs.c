#include "terraform/inputs.h"

#include "terraform/discover.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A list that grows, of C strings in the arena. */
struct list {
    const char **items;
    size_t count, cap;
};

static bool push(struct list *list, struct wgo_arena *arena, const char *item)
{
    const char **items =
        wgo_arena_grow(arena, list->items, list->count, &list->cap, 8, sizeof(*items));
    if (!items) {
        return false;
    }
    list->items = items;
    list->items[list->count++] = item;
    return item != NULL;
}

static enum wgo_status fail_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* 'path' seen from the working folder. */
static const char *place(const char *directory, struct wgo_str path, struct wgo_arena *arena)
{
    bool absolute = path.len && path.ptr[0] == '/';
    if (absolute || !directory[0] || wgo_str_is(path, "-")) {
        return wgo_str_cstr(arena, path);
    }
    return wgo_str_cstr(arena, wgo_str_format(arena, "%s/%.*s", directory, WGO_FMT(path)));
}

/* 'errno' says why a named input cannot be used. */
static enum wgo_status fail_input(struct wgo_error *err, const char *kind, const char *path)
{
    char text[128];
    bool missing = errno == ENOENT || errno == ENOTDIR;
    enum wgo_status status = missing ? WGO_E_NOT_FOUND : WGO_E_CONFIG;
    const char *hint = missing           ? "check the name; it is seen from the working folder"
                       : errno == EACCES ? "run wgo as a user who may read it"
                                         : NULL;
    wgo_fail(err, status, "%s %s: %s", kind, path, strerror_r(errno, text, sizeof(text)));
    if (hint) {
        wgo_error_hint(err, "%s", hint);
    }
    return status;
}

static enum wgo_status check_file(const char *path, struct wgo_error *err)
{
    struct stat info;
    if (strcmp(path, "-") == 0) {
        return WGO_OK;
    }
    if (stat(path, &info) != 0) {
        return fail_input(err, "state file", path);
    }
    if (S_ISDIR(info.st_mode)) {
        wgo_fail(err, WGO_E_CONFIG, "state file %s: is a folder, not a file", path);
        wgo_error_hint(err, "name a folder with --path");
        return WGO_E_CONFIG;
    }
    if (S_ISCHR(info.st_mode) || S_ISBLK(info.st_mode)) {
        return wgo_fail(err, WGO_E_CONFIG, "state file %s: is a device, not a file", path);
    }
    return access(path, R_OK) == 0 ? WGO_OK : fail_input(err, "state file", path);
}

static enum wgo_status add_files(struct list *list, const char *pattern, struct wgo_arena *arena,
                                 struct wgo_error *err)
{
    struct stat info;
    if (!wgo_str_has_glob(wgo_str(pattern)) || stat(pattern, &info) == 0) {
        enum wgo_status status = check_file(pattern, err);
        return status != WGO_OK || push(list, arena, pattern) ? status : fail_memory(err);
    }
    glob_t found = {0};
    int result = glob(pattern, GLOB_BRACE, NULL, &found);
    enum wgo_status status = WGO_OK;
    if (result == GLOB_NOMATCH) {
        status = wgo_fail(err, WGO_E_NOT_FOUND, "state file %s: nothing matches", pattern);
    } else if (result != 0) {
        status = wgo_fail(err, WGO_E_CONFIG, "state file %s: cannot look for matches", pattern);
    }
    for (size_t i = 0; status == WGO_OK && i < found.gl_pathc; i++) {
        status = check_file(found.gl_pathv[i], err);
        if (status == WGO_OK &&
            !push(list, arena, wgo_str_cstr(arena, wgo_str(found.gl_pathv[i])))) {
            status = fail_memory(err);
        }
    }
    globfree(&found);
    return status;
}

static enum wgo_status check_folder(const char *path, struct wgo_error *err)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return fail_input(err, "folder", path);
    }
    if (!S_ISDIR(info.st_mode)) {
        wgo_fail(err, WGO_E_CONFIG, "folder %s: is not a folder", path);
        wgo_error_hint(err, "name a file with --state-file");
        return WGO_E_CONFIG;
    }
    return access(path, R_OK | X_OK) == 0 ? WGO_OK : fail_input(err, "folder", path);
}

struct gathering {
    struct list files, folders;
    const char *directory;
    struct wgo_arena *arena;
};

static enum wgo_status add_file(struct gathering *g, struct wgo_str path, struct wgo_error *err)
{
    const char *placed = place(g->directory, path, g->arena);
    return placed ? add_files(&g->files, placed, g->arena, err) : fail_memory(err);
}

static enum wgo_status add_folder(struct gathering *g, struct wgo_str path, struct wgo_error *err)
{
    const char *placed = place(g->directory, path, g->arena);
    if (!placed) {
        return fail_memory(err);
    }
    enum wgo_status status = check_folder(placed, err);
    return status != WGO_OK || push(&g->folders, g->arena, placed) ? status : fail_memory(err);
}

typedef enum wgo_status add_fn(struct gathering *g, struct wgo_str path, struct wgo_error *err);

static enum wgo_status add_list(struct gathering *g, const struct wgo_str_list *list, add_fn *add,
                                struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; status == WGO_OK && i < list->count; i++) {
        status = add(g, list->items[i], err);
    }
    return status;
}

/* A setting that is one text or a list of them. */
static enum wgo_status add_setting(struct gathering *g, const struct wgo_yaml *settings,
                                   const char *key, add_fn *add, struct wgo_error *err)
{
    const struct wgo_yaml *node = wgo_yaml_get(settings, key);
    if (!node || node->kind == WGO_YAML_NULL) {
        return WGO_OK;
    }
    if (node->kind == WGO_YAML_SCALAR) {
        return add(g, node->text, err);
    }
    for (const struct wgo_yaml *at = wgo_yaml_is_list(node) ? node->first : node; at;
         at = at->next) {
        if (at->kind != WGO_YAML_SCALAR) {
            return wgo_fail(err, WGO_E_CONFIG,
                            "line %u: providers.terraform.%s is not a list of paths", at->line,
                            key);
        }
        enum wgo_status status = add(g, at->text, err);
        if (status != WGO_OK) {
            return status;
        }
    }
    return WGO_OK;
}

static bool has_setting(const struct wgo_yaml *settings, const char *key)
{
    const struct wgo_yaml *node = wgo_yaml_get(settings, key);
    return node && node->kind != WGO_YAML_NULL && (node->kind == WGO_YAML_SCALAR || node->count);
}

static const char *variable(const struct wgo_collector_env *env, const char *name)
{
    const char *value = env->getenv ? env->getenv(name) : NULL;
    return value && value[0] ? value : NULL;
}

/* ---- the working folder ---- */

static enum wgo_status stop_at_first(void *state, const char *path, enum wgo_tf_find what,
                                     struct wgo_error *err)
{
    char *first = state;
    (void)what;
    (void)err;
    const char *slash = strrchr(path, '/');
    bool backend = wgo_tf_is_backend_path(wgo_str(path));
    snprintf(first, 256, "%.200s in the working folder",
             backend ? ".terraform/terraform.tfstate"
             : slash ? slash + 1
                     : path);
    return WGO_E_LIMITED;
}

static enum wgo_status pass_over(void *state, const char *path, const struct wgo_error *why,
                                 struct wgo_error *err)
{
    (void)state;
    (void)path;
    (void)why;
    (void)err;
    return WGO_OK;
}

static bool working_folder_has_any(const char *directory, char reason[256])
{
    const struct wgo_tf_discovery discovery = {
        .state = reason, .found = stop_at_first, .unreadable = pass_over, .shallow = true};
    return wgo_tf_discover(&discovery, directory[0] ? directory : ".", NULL) == WGO_E_LIMITED;
}

static const char *directory_of(const struct wgo_provider_options *options)
{
    return options->working_directory ? options->working_directory : "";
}

bool wgo_tf_inputs_any(const struct wgo_collector_env *env, char reason[256])
{
    const struct wgo_provider_options *options = env->options;
    const struct wgo_yaml *settings = options->settings;
    if (options->state_files.count || options->paths.count) {
        snprintf(reason, 256, "named on the command line");
    } else if (variable(env, "WGO_TERRAFORM_PATH")) {
        snprintf(reason, 256, "WGO_TERRAFORM_PATH");
    } else if (has_setting(settings, "state_files") || has_setting(settings, "paths") ||
               has_setting(settings, "backends")) {
        snprintf(reason, 256, "providers.terraform of the configuration file");
    } else if (!working_folder_has_any(directory_of(options), reason)) {
        snprintf(reason, 256,
                 "no --state-file, no --path, no WGO_TERRAFORM_PATH, no settings, and no state in "
                 "the working folder");
        return false;
    }
    return true;
}

static enum wgo_status gather(const struct wgo_collector_env *env, struct gathering *g,
                              struct wgo_tf_inputs *inputs, struct wgo_error *err)
{
    const struct wgo_provider_options *options = env->options;
    const struct wgo_yaml *settings = options->settings;
    const char *folders = variable(env, "WGO_TERRAFORM_PATH");
    enum wgo_status status = WGO_OK;
    if (options->state_files.count || options->paths.count) {
        status = add_list(g, &options->state_files, add_file, err);
        return status == WGO_OK ? add_list(g, &options->paths, add_folder, err) : status;
    }
    if (folders) {
        struct wgo_str rest = wgo_str(folders);
        while (rest.ptr && status == WGO_OK) {
            struct wgo_str folder = wgo_str_split(&rest, ':');
            status = folder.len ? add_folder(g, folder, err) : WGO_OK;
        }
        if (status != WGO_OK) {
            wgo_error_prefix(err, "WGO_TERRAFORM_PATH");
        }
        return status;
    }
    if (has_setting(settings, "state_files") || has_setting(settings, "paths") ||
        has_setting(settings, "backends")) {
        const struct wgo_yaml *backends = wgo_yaml_get(settings, "backends");
        if (has_setting(settings, "backends") && !wgo_yaml_is_list(backends)) {
            return wgo_fail(err, WGO_E_CONFIG,
                            "line %u: providers.terraform.backends is not a list", backends->line);
        }
        inputs->backends = has_setting(settings, "backends") ? backends : NULL;
        status = add_setting(g, settings, "state_files", add_file, err);
        return status == WGO_OK ? add_setting(g, settings, "paths", add_folder, err) : status;
    }
    inputs->found = true;
    return add_folder(g, WGO_STR("."), err);
}

enum wgo_status wgo_tf_inputs_gather(const struct wgo_collector_env *env, struct wgo_arena *arena,
                                     struct wgo_tf_inputs *out_inputs, struct wgo_error *err)
{
    struct wgo_tf_inputs inputs = {.directory = directory_of(env->options)};
    struct gathering g = {.directory = inputs.directory, .arena = arena};
    enum wgo_status status = gather(env, &g, &inputs, err);
    if (status != WGO_OK) {
        return status;
    }
    inputs.files = g.files.items;
    inputs.file_count = g.files.count;
    inputs.folders = g.folders.items;
    inputs.folder_count = g.folders.count;
    *out_inputs = inputs;
    return WGO_OK;
}
