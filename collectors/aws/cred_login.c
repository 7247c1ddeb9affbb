/* cred_login.c: the AWS CLI's cached logins: those of `aws sso login`, and of `aws login`. */
#include "aws/cred_private.h"
#include "aws/cred_sso.h"

#include "base/file.h"
#include "base/json.h"
#include "base/json_write.h"

#include <openssl/evp.h>

enum { LARGEST_LOGIN = 1 << 20 };

const char *wgo_aws_login_file(struct wgo_arena *arena, const char *home, struct wgo_str name)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    char hex[2 * EVP_MAX_MD_SIZE + 1];
    if (EVP_Digest(name.len ? name.ptr : "", name.len, digest, &len, EVP_sha1(), NULL) != 1) {
        return NULL;
    }
    wgo_str_hex(digest, len, hex);
    return wgo_str_format(arena, "%s/.aws/sso/cache/%s.json", home, hex).ptr;
}

void wgo_aws_login_fini(struct wgo_aws_login *login)
{
    wgo_aws_wipe(&login->bytes);
    wgo_arena_fini(&login->arena);
}

static struct wgo_str text_at(struct wgo_aws_login *login, const char *name)
{
    struct wgo_str raw = wgo_json_get(wgo_buf_view(&login->bytes), wgo_str(name));
    return wgo_json_kind_of(raw) == WGO_JSON_STRING ? wgo_json_text(raw, &login->arena)
                                                    : (struct wgo_str){0};
}

/* RFC 3339, or the CLI's older "2020-06-17T10:02:08UTC". */
static bool time_of(struct wgo_str text, struct wgo_wall *out)
{
    char fixed[64];
    if (!wgo_str_ends(text, WGO_STR("UTC")) || text.len >= sizeof(fixed)) {
        return wgo_wall_parse(text, out);
    }
    memcpy(fixed, text.ptr, text.len - 3);
    fixed[text.len - 3] = 'Z';
    return wgo_wall_parse(wgo_str_from(fixed, text.len - 2), out);
}

enum wgo_status wgo_aws_login_parse(struct wgo_buf *document, struct wgo_aws_login *out,
                                    struct wgo_error *err)
{
    struct wgo_aws_login login = {.bytes = *document};
    *document = (struct wgo_buf){0};
    struct wgo_str bytes = wgo_buf_view(&login.bytes);
    if (wgo_json_check(bytes, NULL) != WGO_OK || wgo_json_kind_of(bytes) != WGO_JSON_OBJECT) {
        wgo_aws_login_fini(&login);
        return wgo_fail(err, WGO_E_AUTH, "the cached login is no JSON object");
    }
    login.access_token = text_at(&login, "accessToken");
    login.refresh_token = text_at(&login, "refreshToken");
    login.client_id = text_at(&login, "clientId");
    login.client_secret = text_at(&login, "clientSecret");
    bool timed = time_of(text_at(&login, "expiresAt"), &login.expires);
    struct wgo_str registration = text_at(&login, "registrationExpiresAt");
    if (registration.len > 0 && !time_of(registration, &login.registration_expires)) {
        login.client_id = WGO_STR(""); /* better asked anew than trusted */
    }
    if (login.access_token.len == 0 || !timed) {
        wgo_aws_login_fini(&login);
        return wgo_fail(err, WGO_E_AUTH, "the cached login lacks its token or when that expires");
    }
    for (size_t i = 0; i < login.access_token.len; i++) {
        if ((unsigned char)login.access_token.ptr[i] <= ' ') {
            wgo_aws_login_fini(&login);
            return wgo_fail(err, WGO_E_AUTH, "the cached login's token is malformed");
        }
    }
    *out = login;
    return WGO_OK;
}

enum wgo_status wgo_aws_login_read(const char *path, struct wgo_aws_login *out,
                                   struct wgo_error *err)
{
    struct wgo_buf bytes = {0};
    enum wgo_status status = wgo_file_read(path, LARGEST_LOGIN, &bytes, err);
    if (status == WGO_E_NOT_FOUND) {
        status = wgo_fail(err, WGO_E_AUTH, "nobody has logged in");
    } else if (status == WGO_OK) {
        status = wgo_aws_login_parse(&bytes, out, err);
    } else if (status != WGO_E_NOMEM) {
        status =
            wgo_fail(err, WGO_E_AUTH, "%.300s: cannot be read: %s", path, wgo_status_text(status));
    }
    wgo_aws_wipe(&bytes);
    return status;
}

bool wgo_aws_login_rewrite(const struct wgo_aws_login *login, struct wgo_str access_token,
                           struct wgo_str refresh_token, struct wgo_wall expires,
                           struct wgo_buf *out)
{
    struct wgo_json json;
    struct wgo_json_writer w;
    struct wgo_str key, value;
    char when[WGO_WALL_TEXT];
    wgo_wall_format(expires, false, when);
    wgo_json_init(&json, wgo_buf_view(&login->bytes));
    wgo_json_writer_init(&w, out);
    wgo_json_open_object(&w);
    wgo_json_enter_object(&json);
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &value)) {
        if (wgo_str_is(key, "accessToken") || wgo_str_is(key, "expiresAt") ||
            wgo_str_is(key, "refreshToken")) {
            continue;
        }
        wgo_json_key_str(&w, key); /* the CLI's keys hold nothing to be escaped */
        wgo_json_put_raw(&w, value);
    }
    wgo_json_member_str(&w, "accessToken", access_token);
    wgo_json_member_str(&w, "expiresAt", wgo_str(when));
    wgo_json_member_str(&w, "refreshToken", refresh_token);
    wgo_json_close_object(&w);
    return !out->failed && json.status == WGO_OK;
}

/* ---- `aws login` ---- */

enum wgo_status wgo_aws_fetch_login(struct wgo_aws_provider *provider,
                                    const struct wgo_services *services, struct wgo_aws_grant *out,
                                    struct wgo_error *err)
{
    static const struct wgo_aws_members members = {
        .id = "accessToken.accessKeyId",
        .key = "accessToken.secretAccessKey",
        .token = "accessToken.sessionToken",
        .expires = "accessToken.expiresAt",
        .token_required = true,
    };
    struct wgo_buf bytes = {0};
    enum wgo_status status = wgo_file_read(provider->login_file, LARGEST_LOGIN, &bytes, NULL);
    struct wgo_str document = wgo_buf_view(&bytes);
    if (status != WGO_OK || wgo_json_check(document, NULL) != WGO_OK) {
        status = wgo_fail(err, WGO_E_AUTH, "nobody has logged in");
    } else {
        status = wgo_aws_take_members(document, &members, out, err);
    }
    if (status == WGO_OK && out->expires.ns <= wgo_clock_wall(services->clock).ns) {
        status = wgo_fail(err, WGO_E_AUTH, "the login has expired");
    }
    if (status == WGO_E_AUTH) {
        wgo_error_hint(err, "run `aws login --profile %s`", provider->profile);
    }
    wgo_aws_wipe(&bytes);
    return status;
}
