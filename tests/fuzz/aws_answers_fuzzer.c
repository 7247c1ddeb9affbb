/* Answers with AWS credentials: STS's XML and the CLI's cached logins. First line: the HTTP status.
 * Credentials whole or not at all; what is rewritten can be read again. */
#include "aws/cred_sso.h"
#include "aws/sts.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static void require(bool true_always)
{
    if (!true_always) {
        abort();
    }
}

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

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    struct wgo_str rest = wgo_str_from((const char *)data, size), all = rest;
    int64_t code;
    if (!wgo_str_to_i64(wgo_str_split(&rest, '\n'), &code) || code < 100 || code > 599) {
        code = 200;
        rest = all;
    }
    read_sts((int)code, rest);
    read_login(rest);
    return 0;
}
