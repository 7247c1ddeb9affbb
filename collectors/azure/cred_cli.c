/* cred_cli.c: the login of the Azure CLI, asked for as Terraform asks, without a shell.
 *
 * Source: learn.microsoft.com/cli/azure/account, "az account get-access-token". */
#include "azure/credentials.h"

#include "base/json.h"
#include "base/process.h"

#include <string.h>

enum { LARGEST_ANSWER = 1 << 20 };

/* "2026-02-01 13:00:00.000000", in local time; newer versions say expires_on, which has no zone. */
static bool read_local(struct wgo_str text, struct wgo_arena *arena, struct wgo_wall *out)
{
    struct tm tm = {.tm_isdst = -1};
    const char *plain = text.len > 0 ? wgo_str_cstr(arena, text) : NULL;
    const char *end = plain ? strptime(plain, "%Y-%m-%d %H:%M:%S", &tm) : NULL;
    time_t seconds = end ? mktime(&tm) : (time_t)-1;
    if (seconds <= 0 || seconds >= INT64_MAX / WGO_S) {
        return false;
    }
    *out = (struct wgo_wall){(int64_t)seconds * WGO_S};
    return true;
}

enum wgo_status wgo_azure_cli_read(struct wgo_str printed, struct wgo_wall now,
                                   struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_wall expires = {0};
    int64_t seconds = 0;
    enum wgo_status status = WGO_OK;
    if (wgo_json_check(printed, NULL) != WGO_OK) {
        return wgo_fail(err, WGO_E_AUTH, "az did not print JSON");
    }
    struct wgo_str raw = wgo_json_get(printed, WGO_STR("accessToken"));
    struct wgo_str token =
        wgo_json_kind_of(raw) == WGO_JSON_STRING ? wgo_json_text(raw, &arena) : (struct wgo_str){0};
    struct wgo_str on = wgo_json_text(wgo_json_get(printed, WGO_STR("expires_on")), &arena);
    struct wgo_str local = wgo_json_text(wgo_json_get(printed, WGO_STR("expiresOn")), &arena);
    if (wgo_str_to_i64(on, &seconds) && seconds > 0 && seconds < INT64_MAX / WGO_S) {
        expires = (struct wgo_wall){seconds * WGO_S};
    } else if (!read_local(local, &arena, &expires)) {
        expires = (struct wgo_wall){0};
    }
    if (token.len == 0) {
        status = wgo_fail(err, WGO_E_AUTH, "az printed no accessToken");
    } else if (expires.ns != 0 && expires.ns <= now.ns) {
        status = wgo_fail(err, WGO_E_AUTH, "az printed a token that has expired");
        wgo_error_hint(err, "az login");
    } else {
        struct wgo_oauth2_token fresh = {.token_type = "Bearer", .expires = expires};
        status = wgo_secret_set(&fresh.access_token, token) == WGO_OK
                     ? WGO_OK
                     : wgo_fail(err, WGO_E_NOMEM, "out of memory");
        if (status == WGO_OK) {
            wgo_oauth2_token_fini(out_token);
            *out_token = fresh;
        }
    }
    wgo_arena_wipe(&arena);
    return status;
}

static enum wgo_status refused(enum wgo_status status, struct wgo_error *why)
{
    if (status == WGO_E_NOT_FOUND) {
        wgo_fail(why, WGO_E_AUTH, "az is not there");
        wgo_error_hint(why, "install the Azure CLI, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and "
                            "AZURE_CLIENT_SECRET");
        return WGO_E_AUTH;
    }
    if (status != WGO_E_REJECTED) {
        return status;
    }
    wgo_azure_explain(why);
    wgo_error_hint(why, "az login");
    why->status = WGO_E_AUTH;
    return WGO_E_AUTH;
}

enum wgo_status wgo_azure_cli_token(const struct wgo_azure_config *config,
                                    const struct wgo_services *services, int64_t timeout_ns,
                                    struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_buf out = {.secret = true};
    struct wgo_error why = {0};
    const char *argv[10] = {"az", "account", "get-access-token", "--output", "json", "--resource"};
    argv[6] = wgo_str_cstr(&arena, config->resource);
    if (config->tenant.len > 0) {
        argv[7] = "--tenant";
        argv[8] = wgo_str_cstr(&arena, config->tenant);
    }
    const struct wgo_process_options options = {
        .argv = argv,
        .timeout_ns = timeout_ns,
        .max_output = LARGEST_ANSWER,
        .cancelled = services->cancelled,
        .cancelled_state = services->engine,
    };
    enum wgo_status status = argv[6] && (config->tenant.len == 0 || argv[8])
                                 ? wgo_process_run(&options, &out, &why)
                                 : wgo_fail(&why, WGO_E_NOMEM, "out of memory");
    status = status == WGO_OK ? wgo_azure_cli_read(wgo_buf_view(&out),
                                                   wgo_clock_wall(services->clock), out_token, &why)
                              : refused(status, &why);
    wgo_buf_fini(&out);
    wgo_arena_fini(&arena);
    if (status != WGO_OK && err) {
        *err = why;
        err->status = status;
    }
    return status;
}
