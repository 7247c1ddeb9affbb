/* Answers with AWS credentials: STS's XML, the JSON of agents and the CLI's cached logins; and
 * addresses. First line: the HTTP status.
 * Credentials whole or not at all; what is rewritten can be read again. */
#include "aws/cred_private.h"
#include "aws/cred_sso.h"
#include "base/json.h"
#include "fuzz.h"

static void read_sts(int code, struct wgo_str body)
{
    struct wgo_aws_credentials got = {0};
    struct wgo_aws_caller caller;
    struct wgo_aws_refusal refusal = {0};
    struct wgo_wall expires = {-7};
    struct wgo_error err = {0};
    enum wgo_status status =
        wgo_aws_sts_read_credentials(code, body, &got, &expires, &refusal, &err);
    if (status == WGO_OK) {
        require(code >= 200 && code < 300);
        require(got.access_key_id.len > 0 && got.secret_access_key.len > 0);
        require(got.session_token.len > 0 && expires.ns != -7);
    } else {
        require(err.status == status && err.message[0] && !got.access_key_id.bytes);
        require(!strpbrk(err.message, "\r\n") && expires.ns == -7);
        require(memchr(refusal.code, '\0', sizeof(refusal.code)) != NULL);
    }
    wgo_aws_credentials_fini(&got);
    err = (struct wgo_error){0};
    if (wgo_aws_sts_read_caller(code, body, &caller, NULL, &err) == WGO_OK) {
        require(caller.account[0] && caller.arn[0]);
        require(memchr(caller.arn, '\0', sizeof(caller.arn)) != NULL);
    } else {
        require(err.message[0] != '\0');
    }
}

static void read_login(struct wgo_str body)
{
    struct wgo_buf bytes = {0}, again = {0};
    struct wgo_aws_login login, reread;
    struct wgo_wall end = {INT64_C(1769860800) * WGO_S};
    wgo_buf_str(&bytes, body);
    if (wgo_aws_login_parse(&bytes, &login, NULL) == WGO_OK) {
        require(login.access_token.len > 0);
        require(wgo_aws_login_rewrite(&login, WGO_STR("new"), WGO_STR("next"), end, &again));
        require(wgo_aws_login_parse(&again, &reread, NULL) == WGO_OK);
        require(wgo_str_is(reread.refresh_token, "next") && reread.expires.ns == end.ns);
        wgo_aws_login_fini(&reread);
        wgo_aws_login_fini(&login);
    }
    require(!bytes.ptr);
    wgo_buf_fini(&again);
}

static void read_agent(struct wgo_str body, bool in_ms)
{
    const struct wgo_aws_members members = {
        .id = "AccessKeyId",
        .key = "SecretAccessKey",
        .token = "Token",
        .expires = "Expiration",
        .token_required = true,
        .expires_ms = in_ms,
    };
    struct wgo_aws_grant grant = {.expires = {-7}};
    struct wgo_error err = {0};
    if (wgo_json_check(body, NULL) != WGO_OK) {
        return;
    }
    if (wgo_aws_take_members(body, &members, &grant, &err) == WGO_OK) {
        require(grant.credentials.access_key_id.len > 0 && grant.credentials.session_token.len > 0);
        require(!memchr(grant.credentials.access_key_id.bytes, '\n',
                        grant.credentials.access_key_id.len));
        require(!in_ms || grant.expires.ns >= 0);
    } else {
        require(err.message[0] && !grant.credentials.access_key_id.bytes);
        require(grant.expires.ns == -7);
    }
    wgo_aws_credentials_fini(&grant.credentials);
}

static void read_url(struct wgo_str text)
{
    struct wgo_aws_url url;
    if (wgo_aws_url_parse(text, &url)) {
        require(url.host.len > 0 && url.host.len < text.len);
        require(wgo_str_starts(text, url.tls ? WGO_STR("https://") : WGO_STR("http://")));
        require(wgo_str_find_char(url.host, '/') == url.host.len);
        require(wgo_str_find_char(url.host, '@') == url.host.len);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_str rest = wgo_str_from((const char *)data, size), all = rest;
    int64_t code;
    if (!wgo_str_to_i64(wgo_str_split(&rest, '\n'), &code) || code < 100 || code > 599) {
        code = 200;
        rest = all;
    }
    read_sts((int)code, rest);
    read_login(rest);
    read_agent(rest, code == 201);
    read_url(rest);
    return 0;
}
