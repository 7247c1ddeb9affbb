/* What a token endpoint says: a first line with the HTTP status, then the body. Whatever it is, a
 * token can travel in a header, an error fits on a line, and neither holds the grant's secret. */
#include "auth/oauth2.h"
#include "fuzz.h"

#define SECRET "hunter2+hunter2"

static void check_token(const struct wgo_oauth2_token *token)
{
    require(token->access_token.len > 0);
    for (size_t i = 0; i < token->access_token.len; i++) {
        require(token->access_token.bytes[i] > ' ' && token->access_token.bytes[i] < 0x7f);
    }
    for (size_t i = 0; i < token->refresh_token.len; i++) {
        require(token->refresh_token.bytes[i] > ' ' && token->refresh_token.bytes[i] < 0x7f);
    }
    require(memchr(token->token_type, '\0', sizeof(token->token_type)) != NULL);
    require(token->token_type[0] != '\0' && !strpbrk(token->token_type, "\r\n"));
    require(token->expires.ns >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct wgo_wall now = {INT64_C(1769860800) * WGO_S};
    const struct wgo_oauth2_grant grant = {.client_secret = WGO_STR(SECRET)};
    struct wgo_str input = wgo_str_from((const char *)data, size), rest = input;
    struct wgo_oauth2_token token = {.expires = {-7}};
    struct wgo_error err = {0};
    struct wgo_response response;
    int64_t code;
    wgo_response_init(&response);
    if (!wgo_str_to_i64(wgo_str_split(&rest, '\n'), &code) || code < 0 || code > 999) {
        code = 200;
        rest = input;
    }
    response.http_status = (int)code;
    wgo_buf_str(&response.body, rest);
    enum wgo_status status = wgo_oauth2_read(&grant, &response, now, &token, &err);
    if (status == WGO_OK) {
        require(code >= 200 && code < 300);
        check_token(&token);
    } else {
        require(err.status == status && err.message[0] != '\0');
        require(!strpbrk(err.message, "\r\n") && !strstr(err.message, SECRET));
        require(token.access_token.len == 0 && token.expires.ns == -7);
    }
    require(response.body.len == 0);
    wgo_oauth2_token_fini(&token);
    wgo_response_fini(&response);
    return 0;
}
