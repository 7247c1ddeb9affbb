/* backend_local.c: states in files beside the configuration.
 *
 *   path           the default workspace's state ("terraform.tfstate")
 *   workspace_dir  a folder for each other workspace ("terraform.tfstate.d") */
#include "terraform/backends.h"

#include <sys/stat.h>
#include <unistd.h>

#include <dirent.h>
#include <stdlib.h>

static enum wgo_status read_file(struct wgo_tf_backend *backend, struct wgo_str path,
                                 struct wgo_error *err)
{
    const char *name = wgo_tf_backend_path(backend, path);
    struct wgo_error why = {0};
    if (!name) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (access(name, F_OK) == 0) {
        return wgo_tf_session_file(backend->session, name, err);
    }
    wgo_fail(&why, WGO_E_ABSENT, "there is no state yet");
    return wgo_tf_backend_failed(backend, wgo_str(name), &why, err);
}

static enum wgo_status read_local(struct wgo_tf_backend *backend, struct wgo_error *err)
{
    struct wgo_str path = wgo_tf_setting(backend, "path", NULL);
    struct wgo_str folder = wgo_tf_setting(backend, "workspace_dir", NULL);
    path = path.len ? path : WGO_STR("terraform.tfstate");
    folder = folder.len ? folder : WGO_STR("terraform.tfstate.d");
    const char *workspaces = wgo_tf_backend_path(backend, folder);
    enum wgo_status status = read_file(backend, path, err);
    struct dirent **entries = NULL;
    int count = workspaces && status == WGO_OK ? scandir(workspaces, &entries, NULL, alphasort) : 0;
    for (int i = 0; i < count; i++) {
        if (status == WGO_OK && entries[i]->d_name[0] != '.') {
            struct wgo_str state = wgo_str_format(&backend->arena, "%.*s/%s/terraform.tfstate",
                                                  WGO_FMT(folder), entries[i]->d_name);
            status = read_file(backend, state, err);
        }
        free(entries[i]);
    }
    free(entries);
    return status;
}

const struct wgo_tf_backend_type wgo_tf_backend_local = {
    .name = "local",
    .read = read_local,
};
