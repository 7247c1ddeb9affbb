#include "terraform/discover.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { DEEPEST = 64 };

bool wgo_tf_is_state_name(struct wgo_str name)
{
    static const char *const endings[] = {".tfstate", ".tfstate.json"};
    if (wgo_str_ends(name, WGO_STR(".gz"))) {
        name.len -= 3;
    }
    for (size_t i = 0; i < WGO_COUNT(endings); i++) {
        struct wgo_str ending = wgo_str(endings[i]);
        if (name.len > ending.len && wgo_str_ends(name, ending)) {
            return true;
        }
    }
    return false;
}

bool wgo_tf_is_backend_path(struct wgo_str path)
{
    struct wgo_str tail = WGO_STR(".terraform/terraform.tfstate");
    return wgo_str_ends(path, tail) &&
           (path.len == tail.len || path.ptr[path.len - tail.len - 1] == '/');
}

static bool is_entered(const char *name, bool shallow)
{
    static const char *const never[] = {".git", ".hg", ".svn", "node_modules", ".terraform"};
    for (size_t i = 0; i < WGO_COUNT(never); i++) {
        if (strcmp(name, never[i]) == 0) {
            return false;
        }
    }
    return !shallow || strcmp(name, "terraform.tfstate.d") == 0;
}

static int is_no_dot(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

static int compare_names(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static char *join(const char *folder, const char *name)
{
    char *path = NULL;
    size_t len = strlen(folder);
    const char *slash = len && folder[len - 1] == '/' ? "" : "/";
    return asprintf(&path, "%s%s%s", folder, slash, name) < 0 ? NULL : path;
}

static enum wgo_status walk(const struct wgo_tf_discovery *discovery, const char *folder,
                            unsigned depth, bool shallow, struct wgo_error *err);

static bool is_file(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISREG(info.st_mode);
}

static enum wgo_status visit(const struct wgo_tf_discovery *discovery, const char *folder,
                             const char *name, unsigned depth, bool shallow, struct wgo_error *err)
{
    struct stat info;
    char *path = join(folder, name);
    enum wgo_status status = WGO_OK;
    if (!path) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (lstat(path, &info) != 0) {
        /* gone since the folder was listed */
    } else if (S_ISDIR(info.st_mode) && strcmp(name, ".terraform") == 0) {
        char *backend = join(path, "terraform.tfstate");
        status = !backend ? wgo_fail(err, WGO_E_NOMEM, "out of memory")
                 : is_file(backend)
                     ? discovery->found(discovery->state, backend, WGO_TF_FIND_BACKEND, err)
                     : WGO_OK;
        free(backend);
    } else if (S_ISDIR(info.st_mode)) {
        status = is_entered(name, shallow) ? walk(discovery, path, depth + 1, false, err) : WGO_OK;
    } else if (wgo_tf_is_state_name(wgo_str(name)) && is_file(path)) {
        status = discovery->found(discovery->state, path, WGO_TF_FIND_STATE, err);
    }
    free(path);
    return status;
}

static enum wgo_status walk(const struct wgo_tf_discovery *discovery, const char *folder,
                            unsigned depth, bool shallow, struct wgo_error *err)
{
    struct dirent **entries = NULL;
    struct wgo_error why = {0};
    char text[128];
    if (depth > DEEPEST) {
        wgo_fail(&why, WGO_E_TOO_LARGE, "folders are nested too deep");
        return discovery->unreadable(discovery->state, folder, &why, err);
    }
    int count = scandir(folder, &entries, is_no_dot, compare_names);
    if (count < 0) {
        enum wgo_status status = errno == ENOMEM                     ? WGO_E_NOMEM
                                 : errno == EACCES || errno == EPERM ? WGO_E_DENIED
                                                                     : WGO_E_IO;
        wgo_fail(&why, status, "cannot list the folder: %s", strerror_r(errno, text, sizeof(text)));
        return discovery->unreadable(discovery->state, folder, &why, err);
    }
    enum wgo_status status = WGO_OK;
    for (int i = 0; i < count; i++) {
        if (status == WGO_OK) {
            status = visit(discovery, folder, entries[i]->d_name, depth, shallow, err);
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

enum wgo_status wgo_tf_discover(const struct wgo_tf_discovery *discovery, const char *path,
                                struct wgo_error *err)
{
    struct stat info;
    char text[128];
    if (stat(path, &info) != 0) {
        return wgo_fail(err, errno == ENOENT ? WGO_E_NOT_FOUND : WGO_E_CONFIG,
                        "%s: cannot read the folder: %s", path,
                        strerror_r(errno, text, sizeof(text)));
    }
    if (!S_ISDIR(info.st_mode)) {
        wgo_fail(err, WGO_E_CONFIG, "%s: is not a folder", path);
        wgo_error_hint(err, "name a file with --state-file");
        return WGO_E_CONFIG;
    }
    return walk(discovery, path, 0, discovery->shallow, err);
}
