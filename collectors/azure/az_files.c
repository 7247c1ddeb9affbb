/* az_files.c: what the Azure CLI keeps in its folder: whether it was used, and which cloud it is
 * set to.
 *
 * Source: learn.microsoft.com/cli/azure/azure-cli-configuration;
 *         learn.microsoft.com/cli/azure/manage-clouds-azure-cli. */
#include "azure/config.h"

#include "base/buf.h"
#include "base/file.h"

#include <unistd.h>

enum { LARGEST_FILE = 1 << 20 };

const char *wgo_azure_az_folder(struct wgo_arena *arena, const char *(*getenv)(const char *))
{
    const char *named = getenv("AZURE_CONFIG_DIR"), *home = getenv("HOME");
    if (named && named[0]) {
        return wgo_str_cstr(arena, wgo_str(named));
    }
    struct wgo_str path = home && home[0] ? wgo_str_format(arena, "%s/.azure", home) : WGO_STR("");
    return path.len > 0 ? wgo_str_cstr(arena, path) : "";
}

/* A file of the folder; NULL when nobody has one. */
static const char *file_of(struct wgo_arena *arena, const char *folder, const char *name)
{
    struct wgo_str path =
        folder && folder[0] ? wgo_str_format(arena, "%s/%s", folder, name) : (struct wgo_str){0};
    return path.ptr ? wgo_str_cstr(arena, path) : NULL;
}

bool wgo_azure_az_is_used(struct wgo_arena *arena, const char *folder)
{
    const char *path = file_of(arena, folder, "azureProfile.json");
    return path && access(path, R_OK) == 0;
}

struct wgo_str wgo_azure_ini_value(struct wgo_str text, struct wgo_str section, struct wgo_str key)
{
    struct wgo_str found = WGO_STR("");
    bool inside = false;
    while (text.ptr) {
        struct wgo_str line = wgo_str_trim(wgo_str_split(&text, '\n'));
        if (line.len > 1 && line.ptr[0] == '[' && line.ptr[line.len - 1] == ']') {
            inside = wgo_str_eq_nocase(wgo_str_slice(line, 1, line.len - 1), section);
        } else if (inside) {
            struct wgo_str rest = line, name = wgo_str_trim(wgo_str_split(&rest, '='));
            found = wgo_str_eq_nocase(name, key) ? wgo_str_trim(rest) : found;
        }
    }
    return found;
}

static void read_file(struct wgo_arena *arena, const char *folder, const char *name,
                      struct wgo_buf *out)
{
    const char *path = file_of(arena, folder, name);
    if (!path || wgo_file_read(path, LARGEST_FILE, out, NULL) != WGO_OK) {
        wgo_buf_reset(out);
    }
}

struct wgo_str wgo_azure_az_cloud(struct wgo_arena *arena, const char *(*getenv)(const char *),
                                  const char *folder)
{
    const char *named = getenv("AZURE_CLOUD_NAME"); /* az lets it come before its file */
    struct wgo_buf text = {0};
    struct wgo_str name = wgo_str(named ? named : "");
    if (name.len == 0) {
        read_file(arena, folder, "config", &text);
        name = wgo_azure_ini_value(wgo_buf_view(&text), WGO_STR("cloud"), WGO_STR("name"));
    }
    name = wgo_str_dup(arena, name);
    wgo_buf_fini(&text);
    return name;
}

bool wgo_azure_az_registered(struct wgo_arena *arena, const char *folder, struct wgo_str name,
                             struct wgo_azure_cloud *out)
{
    struct wgo_buf text = {0};
    struct wgo_azure_cloud cloud = {.name = NULL};
    const struct {
        const char *key;
        const char **to;
    } wanted[] = {
        {"endpoint_resource_manager", &cloud.arm},
        {"endpoint_active_directory", &cloud.login},
        {"endpoint_active_directory_resource_id", &cloud.audience},
        {"suffix_storage_endpoint", &cloud.storage},
    };
    read_file(arena, folder, "clouds.config", &text);
    for (size_t i = 0; i < WGO_COUNT(wanted); i++) {
        *wanted[i].to = wgo_str_cstr(
            arena, wgo_azure_ini_value(wgo_buf_view(&text), name, wgo_str(wanted[i].key)));
    }
    wgo_buf_fini(&text);
    cloud.name = cloud.az = cloud.terraform = wgo_str_cstr(arena, name);
    bool whole = cloud.arm && cloud.arm[0] && cloud.login && cloud.login[0] && cloud.audience &&
                 cloud.storage && cloud.name;
    if (whole) {
        *out = cloud;
    }
    return whole;
}
