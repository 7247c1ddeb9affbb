#include "terraform/backend.h"

#include "base/file.h"
#include "terraform/backends.h"
#include "terraform/discover.h"

#include <stdio.h>
#include <string.h>

const struct wgo_tf_backend_type *const wgo_tf_backend_types[] = {
    &wgo_tf_backend_local,   &wgo_tf_backend_http, &wgo_tf_backend_kubernetes,
    &wgo_tf_backend_consul,  &wgo_tf_backend_pg,   &wgo_tf_backend_remote,
    &wgo_tf_backend_cloud,   &wgo_tf_backend_s3,   &wgo_tf_backend_gcs,
    &wgo_tf_backend_azurerm,
};
const size_t wgo_tf_backend_type_count = WGO_COUNT(wgo_tf_backend_types);

bool wgo_tf_is_fatal(enum wgo_status status)
{
    return status == WGO_E_NOMEM || status == WGO_E_NO_SPACE || status == WGO_E_CANCELLED;
}

static const struct wgo_tf_backend_type *find_type(struct wgo_str name)
{
    for (size_t i = 0; i < wgo_tf_backend_type_count; i++) {
        if (wgo_str_is(name, wgo_tf_backend_types[i]->name)) {
            return wgo_tf_backend_types[i];
        }
    }
    return NULL;
}

static void fail_unknown(struct wgo_str type, struct wgo_error *err)
{
    const char *nearest = NULL;
    unsigned least = 4;
    wgo_fail(err, WGO_E_UNSUPPORTED, "backend \"%.*s\" is not known", WGO_FMT(type));
    for (size_t i = 0; i < wgo_tf_backend_type_count; i++) {
        unsigned distance = wgo_str_distance(type, wgo_str(wgo_tf_backend_types[i]->name));
        if (distance < least) {
            least = distance;
            nearest = wgo_tf_backend_types[i]->name;
        }
    }
    if (nearest) {
        wgo_error_hint(err, "did you mean \"%s\"?", nearest);
    } else {
        wgo_error_hint(err, "give wgo the state itself: terraform state pull | wgo scan "
                            "--provider terraform --state-file -");
    }
}

static enum wgo_status read_backend(struct wgo_tf_backend *backend, struct wgo_str type,
                                    struct wgo_error *err)
{
    const struct wgo_tf_backend_type *driver = find_type(type);
    if (!driver) {
        fail_unknown(type, err);
        return WGO_E_UNSUPPORTED;
    }
    return driver->read(backend, err);
}

enum wgo_status wgo_tf_backend_read(struct wgo_tf_session *session,
                                    const char *(*getenv)(const char *name), const char *directory,
                                    struct wgo_str type, const struct wgo_yaml *config,
                                    struct wgo_error *err)
{
    struct wgo_tf_backend backend = {
        .session = session, .getenv = getenv, .directory = directory, .config = config};
    struct wgo_error why = {0};
    snprintf(backend.identity, sizeof(backend.identity), "terraform/%u", ++session->backends);
    enum wgo_status status = read_backend(&backend, type, &why);
    if (wgo_tf_is_fatal(status)) {
        if (err) {
            *err = why;
        }
    } else if (status != WGO_OK) {
        struct wgo_str place = backend.place;
        if (!place.len) {
            place = wgo_str_format(&backend.arena, "%.*s backend%s%s", WGO_FMT(type),
                                   directory[0] ? " of " : "", directory);
        }
        status = wgo_tf_session_note(session, place, WGO_TF_FAILED, &why, err);
    }
    wgo_arena_fini(&backend.arena);
    return status;
}

/* The folder that holds the .terraform folder of 'path'. */
static struct wgo_str folder_of(const char *path)
{
    struct wgo_str folder = wgo_str(path);
    folder.len -= strlen(".terraform/terraform.tfstate");
    if (folder.len > 1) {
        folder.len--;
    }
    return folder;
}

enum wgo_status wgo_tf_backend_recorded(struct wgo_tf_session *session,
                                        const char *(*getenv)(const char *name), const char *path,
                                        struct wgo_error *err)
{
    /* What init records is small; anything larger is a state that an old Terraform cached here. */
    enum { LARGEST_RECORD = 1 << 20, MOST_NODES = 20000 };
    struct wgo_arena arena = {0};
    struct wgo_buf text = {0};
    struct wgo_yaml *root = NULL;
    struct wgo_error why = {0};
    enum wgo_status status = wgo_file_read(path, LARGEST_RECORD, &text, &why);
    if (status == WGO_OK) {
        /* JSON is YAML too. */
        status = wgo_yaml_parse(&arena, path, wgo_buf_view(&text), MOST_NODES, &root, &why);
    }
    const struct wgo_yaml *record = status == WGO_OK ? wgo_yaml_get(root, "backend") : NULL;
    struct wgo_str type = wgo_yaml_text(record, "type");
    if (type.len) {
        const char *folder = wgo_str_cstr(&arena, folder_of(path));
        status = folder ? wgo_tf_backend_read(session, getenv, folder, type,
                                              wgo_yaml_get(record, "config"), err)
                        : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    } else {
        status = wgo_tf_session_file(session, path, err);
    }
    wgo_buf_fini(&text);
    wgo_arena_fini(&arena);
    return status;
}

enum wgo_status wgo_tf_backend_check(const struct wgo_yaml *backends, struct wgo_error *err)
{
    for (const struct wgo_yaml *at = backends ? backends->first : NULL; at; at = at->next) {
        struct wgo_str type = wgo_yaml_text(at, "type");
        if (!type.len) {
            return wgo_fail(err, WGO_E_CONFIG, "line %u: a backend has no type", at->line);
        }
        if (!find_type(type)) {
            fail_unknown(type, err);
            err->status = WGO_E_CONFIG;
            wgo_error_prefix(err, "line %u", at->line);
            return WGO_E_CONFIG;
        }
    }
    return WGO_OK;
}

/* ---- for drivers ---- */

struct wgo_str wgo_tf_setting(const struct wgo_tf_backend *backend, const char *key,
                              const char *variable)
{
    struct wgo_str text = wgo_yaml_text(backend->config, key);
    if (!text.len && variable && backend->getenv) {
        text = wgo_str(backend->getenv(variable));
    }
    return text.len ? text : WGO_STR("");
}

bool wgo_tf_setting_bool(const struct wgo_tf_backend *backend, const char *key,
                         const char *variable, bool fallback)
{
    bool value;
    return wgo_str_to_bool(wgo_tf_setting(backend, key, variable), &value) ? value : fallback;
}

enum wgo_status wgo_tf_setting_needed(const struct wgo_tf_backend *backend, const char *key,
                                      const char *variable, struct wgo_str *out,
                                      struct wgo_error *err)
{
    struct wgo_str text = wgo_tf_setting(backend, key, variable);
    if (!text.len) {
        wgo_fail(err, WGO_E_CONFIG, "the backend's %s is not known", key);
        if (variable) {
            wgo_error_hint(err, "set %s, or name it under providers.terraform.backends", variable);
        } else {
            wgo_error_hint(err, "name it under providers.terraform.backends");
        }
        return WGO_E_CONFIG;
    }
    *out = text;
    return WGO_OK;
}

const char *wgo_tf_backend_path(struct wgo_tf_backend *backend, struct wgo_str path)
{
    const char *home = backend->getenv ? backend->getenv("HOME") : NULL;
    if (wgo_str_starts(path, WGO_STR("~/")) && home) {
        path = wgo_str_format(&backend->arena, "%s%.*s", home,
                              WGO_FMT(wgo_str_slice(path, 1, path.len)));
    } else if (path.len && path.ptr[0] != '/' && backend->directory[0]) {
        path = wgo_str_format(&backend->arena, "%s/%.*s", backend->directory, WGO_FMT(path));
    }
    return wgo_str_cstr(&backend->arena, path);
}

enum wgo_status wgo_tf_backend_failed(struct wgo_tf_backend *backend, struct wgo_str location,
                                      const struct wgo_error *why, struct wgo_error *err)
{
    if (wgo_tf_is_fatal(why->status)) {
        if (err) {
            *err = *why;
        }
        return why->status;
    }
    bool absent = why->status == WGO_E_ABSENT;
    return wgo_tf_session_note(backend->session, location, absent ? WGO_TF_LEFT_OUT : WGO_TF_FAILED,
                               why, err);
}

void wgo_tf_backend_warn_insecure(const struct wgo_tf_backend *backend)
{
    const struct wgo_services *services = backend->session->services;
    services->warn(services->engine, "%.*s: the server's certificate is not checked",
                   WGO_FMT(backend->place));
}
