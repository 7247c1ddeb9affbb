/* cred_process.c: keys that were written down, and a program that prints some.
 *
 * Source: docs.aws.amazon.com/cli, "Sourcing credentials with an external process". */
#include "aws/cred_private.h"

#include "base/json.h"
#include "base/process.h"

enum wgo_status wgo_aws_fetch_fixed(struct wgo_aws_provider *provider,
                                    const struct wgo_services *services, struct wgo_aws_grant *out,
                                    struct wgo_error *err)
{
    const struct wgo_aws_credentials *fixed = &provider->fixed.credentials;
    struct wgo_wall expires = provider->fixed.expires;
    if (expires.ns > 0 && expires.ns <= wgo_clock_wall(services->clock).ns) {
        char when[WGO_WALL_TEXT];
        wgo_wall_format(expires, false, when);
        wgo_fail(err, WGO_E_AUTH, "expired at %s", when);
        wgo_error_hint(err, "set new ones");
        return WGO_E_AUTH;
    }
    if (wgo_aws_credentials_set(&out->credentials, wgo_secret_reveal(&fixed->access_key_id),
                                wgo_secret_reveal(&fixed->secret_access_key),
                                wgo_secret_reveal(&fixed->session_token)) != WGO_OK) {
        return wgo_aws_no_memory(err);
    }
    out->expires = expires;
    return WGO_OK;
}

/* ---- credential_process ---- */

static enum wgo_status read_printed(struct wgo_str text, struct wgo_wall now,
                                    struct wgo_aws_grant *out, struct wgo_error *err)
{
    static const struct wgo_aws_members members = {
        .id = "AccessKeyId",
        .key = "SecretAccessKey",
        .token = "SessionToken",
        .expires = "Expiration",
    };
    struct wgo_error why = {0};
    if (text.len == 0) {
        return wgo_fail(err, WGO_E_AUTH, "it printed nothing");
    }
    if (wgo_json_check(text, &why) != WGO_OK) {
        /* What it printed may be a secret: only the place of the fault is told. */
        return wgo_fail(err, WGO_E_AUTH, "it did not print JSON (%.120s)", why.message);
    }
    if (!wgo_str_is(wgo_json_get(text, WGO_STR("Version")), "1")) {
        return wgo_fail(err, WGO_E_AUTH, "it printed something else than credentials of Version 1");
    }
    enum wgo_status status = wgo_aws_take_members(text, &members, out, err);
    if (status == WGO_OK && out->expires.ns > 0 && out->expires.ns <= now.ns) {
        wgo_aws_credentials_fini(&out->credentials);
        return wgo_fail(err, WGO_E_AUTH, "it printed credentials that have expired");
    }
    return status;
}

enum wgo_status wgo_aws_fetch_process(struct wgo_aws_provider *provider,
                                      const struct wgo_services *services,
                                      struct wgo_aws_grant *out, struct wgo_error *err)
{
    struct wgo_buf printed = {0};
    const struct wgo_process_options options = {
        .argv = provider->command,
        .timeout_ns = provider->process_timeout_ns,
        .cancelled = services->cancelled,
        .cancelled_state = services->engine,
    };
    enum wgo_status status = wgo_process_run(&options, &printed, err);
    if (status == WGO_OK) {
        status = read_printed(wgo_str_trim(wgo_buf_view(&printed)), wgo_clock_wall(services->clock),
                              out, err);
    }
    wgo_aws_wipe(&printed);
    if (status == WGO_OK || status == WGO_E_CANCELLED || status == WGO_E_NOMEM) {
        return status;
    }
    if (status == WGO_E_TIMEOUT) {
        wgo_error_hint(err, "run `%.120s` by hand: it may be waiting for somebody to log in",
                       provider->command[0]);
    } else {
        wgo_error_hint(err, "run `%.200s` by hand to see what it says", provider->command[0]);
    }
    return WGO_E_AUTH; /* there are no credentials to be had */
}
