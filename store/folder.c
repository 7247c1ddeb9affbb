#include "store/folder.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void wgo_folder_warn(char warning[WGO_STORE_WARNING], const char *format, ...)
{
    va_list args;
    size_t used = strlen(warning);
    const char *separator = used ? "; " : "";
    used += (size_t)snprintf(warning + used, WGO_STORE_WARNING - used, "%s", separator);
    used = used < WGO_STORE_WARNING ? used : WGO_STORE_WARNING - 1;
    va_start(args, format);
    vsnprintf(warning + used, WGO_STORE_WARNING - used, format, args);
    va_end(args);
}

char *wgo_folder_path(const char *dir, const char *name)
{
    char *path;
    return asprintf(&path, "%s/%s", dir, name) < 0 ? NULL : path;
}

static const char *environment(const struct wgo_store_options *options, const char *name)
{
    const char *value = options->getenv ? options->getenv(name) : getenv(name);
    return value && value[0] ? value : NULL;
}

/* NULL also when nothing says where. */
static char *choose(const struct wgo_store_options *options)
{
    const char *given = options->state_dir && options->state_dir[0]
                            ? options->state_dir
                            : environment(options, "WGO_STATE_DIR");
    if (given) {
        return strdup(given);
    }
    /* The XDG base directory specification: a path that is not absolute is to be ignored. */
    const char *xdg = environment(options, "XDG_STATE_HOME");
    if (xdg && xdg[0] == '/') {
        return wgo_folder_path(xdg, "wgo");
    }
    const char *home = environment(options, "HOME");
    return home ? wgo_folder_path(home, ".local/state/wgo") : NULL;
}

char *wgo_folder_open(const struct wgo_store_options *options, char warning[WGO_STORE_WARNING])
{
    struct wgo_error err = {0};
    char *path = choose(options);
    if (!path) {
        wgo_folder_warn(warning, "no state folder: neither --state-dir nor HOME says where");
        return NULL;
    }
    if (wgo_dir_make(path, &err) != WGO_OK) {
        wgo_folder_warn(warning, "no state folder: %s", err.message);
        free(path);
        return NULL;
    }
    return path;
}
