/* value.c: a credential from the environment, a file or a program. */
#include "base/file.h"
#include "base/process.h"
#include "rest/session.h"

#include <stdio.h>
#include <unistd.h>

enum { LARGEST_VALUE = 64 * 1024 };

static void wipe(struct wgo_buf *bytes)
{
    if (bytes->ptr) {
        wgo_wipe(bytes->ptr, bytes->cap);
    }
    wgo_buf_fini(bytes);
}

static enum wgo_status from_env(const char *name, const char *(*getenv)(const char *name),
                                struct wgo_buf *out, struct wgo_error *err)
{
    const char *value = getenv(name);
    if (!value || value[0] == '\0') {
        return wgo_fail(err, WGO_E_CONFIG, "the variable %.100s is not set", name);
    }
    wgo_buf_cstr(out, value);
    return WGO_OK;
}

static enum wgo_status from_file(const char *path, struct wgo_buf *out, struct wgo_error *err)
{
    enum wgo_status status = wgo_file_read(path, LARGEST_VALUE, out, err);
    if (status != WGO_OK && status != WGO_E_NOMEM) {
        err->status = WGO_E_CONFIG;
    }
    return status == WGO_OK || status == WGO_E_NOMEM ? status : WGO_E_CONFIG;
}

static enum wgo_status from_command(const char *const *argv, const struct wgo_services *services,
                                    struct wgo_buf *out, struct wgo_error *err)
{
    const struct wgo_process_options options = {
        .argv = argv,
        .max_output = LARGEST_VALUE,
        .private_stderr = true,
        .cancelled = services->cancelled,
        .cancelled_state = services->engine,
    };
    enum wgo_status status = wgo_process_run(&options, out, err);
    if (status == WGO_OK || status == WGO_E_CANCELLED || status == WGO_E_NOMEM) {
        return status;
    }
    wgo_error_hint(err, "run `%.100s` by hand%s", argv[0],
                   status == WGO_E_TIMEOUT
                       ? ": it may be waiting for somebody to log in"
                       : " to see what it says; that may be secret and is not repeated here");
    err->status = WGO_E_AUTH; /* there is no credential to offer */
    return WGO_E_AUTH;
}

enum wgo_status wgo_rest_value_get(const struct wgo_rest_value *value,
                                   const char *(*getenv)(const char *name),
                                   const struct wgo_services *services, struct wgo_secret *out,
                                   struct wgo_error *err)
{
    struct wgo_buf bytes = {0};
    struct wgo_error scrap;
    enum wgo_status status = WGO_OK;
    err = err ? err : &scrap;
    switch (value->source) {
    case WGO_REST_NOTHING:
        break;
    case WGO_REST_LITERAL:
        wgo_buf_cstr(&bytes, value->text);
        break;
    case WGO_REST_ENV:
        status = from_env(value->text, getenv, &bytes, err);
        break;
    case WGO_REST_FILE:
        status = from_file(value->text, &bytes, err);
        break;
    case WGO_REST_COMMAND:
        status = from_command(value->argv, services, &bytes, err);
        break;
    }
    struct wgo_str text = wgo_str_trim(wgo_buf_view(&bytes));
    if (status == WGO_OK && bytes.failed != WGO_OK) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (status == WGO_OK && value->source != WGO_REST_NOTHING &&
        (text.len == 0 || !wgo_rest_is_one_line(text))) {
        status = wgo_fail(err, WGO_E_CONFIG, "%.200s holds %s",
                          value->source == WGO_REST_LITERAL ? "a credential"
                          : value->argv                     ? value->argv[0]
                                                            : value->text,
                          text.len == 0 ? "nothing" : "more than one line");
    }
    if (status == WGO_OK) {
        status = wgo_secret_set(out, text);
    }
    wipe(&bytes);
    return status;
}

bool wgo_rest_value_found(const struct wgo_rest_value *value,
                          const char *(*getenv)(const char *name), char *reason, size_t size)
{
    const char *held = value->source == WGO_REST_ENV ? getenv(value->text) : NULL;
    if (value->source == WGO_REST_ENV && (!held || held[0] == '\0')) {
        snprintf(reason, size, "the variable %.100s is not set", value->text);
        return false;
    }
    if (value->source == WGO_REST_FILE && access(value->text, R_OK) != 0) {
        snprintf(reason, size, "%.180s cannot be read", value->text);
        return false;
    }
    return true;
}
