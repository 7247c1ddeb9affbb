#include "auth/oauth2_private.h"

#include "base/base64.h"

#include <stddef.h>

#define ASSERTION_IS_JWT "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

enum { LONGEST_ANSWER = 1 << 20 };

static const char *const grant_types[] = {
    [WGO_OAUTH2_CLIENT_CREDENTIALS] = "client_credentials",
    [WGO_OAUTH2_REFRESH_TOKEN] = "refresh_token",
    [WGO_OAUTH2_JWT_BEARER] = "urn:ietf:params:oauth:grant-type:jwt-bearer",
    [WGO_OAUTH2_TOKEN_EXCHANGE] = "urn:ietf:params:oauth:grant-type:token-exchange",
};

#define MEMBER(name) offsetof(struct wgo_oauth2_grant, name)
#define KIND(kind) (1U << WGO_OAUTH2_##kind)

/* The members of a grant that go into the body under their own names, but for the client's proof.
 */
static const struct parameter {
    const char *name;
    size_t offset;
    unsigned required; /* by these kinds */
    unsigned sent;     /* by these kinds; the others leave it out */
} parameters[] = {
    {"scope", MEMBER(scope), 0, ~0U},
    {"resource", MEMBER(resource), 0, ~0U},
    {"audience", MEMBER(audience), 0, ~0U},
    {"refresh_token", MEMBER(refresh_token), KIND(REFRESH_TOKEN), KIND(REFRESH_TOKEN)},
    {"assertion", MEMBER(assertion), KIND(JWT_BEARER), KIND(JWT_BEARER)},
    {"subject_token", MEMBER(subject_token), KIND(TOKEN_EXCHANGE), KIND(TOKEN_EXCHANGE)},
    {"subject_token_type", MEMBER(subject_token_type), KIND(TOKEN_EXCHANGE), KIND(TOKEN_EXCHANGE)},
    {"requested_token_type", MEMBER(requested_token_type), 0, KIND(TOKEN_EXCHANGE)},
    {"actor_token", MEMBER(actor_token), 0, KIND(TOKEN_EXCHANGE)},
    {"actor_token_type", MEMBER(actor_token_type), 0, KIND(TOKEN_EXCHANGE)},
};

static const size_t secrets[WGO_OAUTH2_SECRETS] = {
    MEMBER(client_secret), MEMBER(client_assertion), MEMBER(refresh_token),
    MEMBER(assertion),     MEMBER(subject_token),    MEMBER(actor_token),
};

static struct wgo_str member_at(const struct wgo_oauth2_grant *grant, size_t offset)
{
    return *(const struct wgo_str *)(const void *)((const char *)grant + offset);
}

struct wgo_str wgo_oauth2_secret_at(const struct wgo_oauth2_grant *grant, size_t i)
{
    return member_at(grant, secrets[i]);
}

static enum wgo_status no_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory while asking for a token");
}

static enum wgo_status check(const struct wgo_oauth2_grant *grant, struct wgo_error *err)
{
    if (grant->token_url.len == 0) {
        return wgo_fail(err, WGO_E_CONFIG, "there is no token URL to ask");
    }
    for (size_t i = 0; i < WGO_COUNT(parameters); i++) {
        const struct parameter *parameter = &parameters[i];
        if (parameter->required & 1U << grant->kind &&
            member_at(grant, parameter->offset).len == 0) {
            return wgo_fail(err, WGO_E_CONFIG, "a token cannot be asked for without %s",
                            parameter->name);
        }
    }
    bool proof = grant->client_secret.len > 0 || grant->client_assertion.len > 0;
    if (grant->kind == WGO_OAUTH2_CLIENT_CREDENTIALS && !proof) {
        return wgo_fail(err, WGO_E_CONFIG,
                        "a token cannot be asked for without client_secret or client_assertion");
    }
    if (grant->basic_auth && grant->client_id.len == 0) {
        return wgo_fail(err, WGO_E_CONFIG, "a token cannot be asked for without client_id");
    }
    return WGO_OK;
}

static void put_parameter(struct wgo_buf *out, const char *name, struct wgo_str value)
{
    if (value.len > 0) {
        wgo_buf_cstr(out, out->len > 0 ? "&" : "");
        wgo_url_encode(out, wgo_str(name), false);
        wgo_buf_char(out, '=');
        wgo_url_encode(out, value, false);
    }
}

static bool in_header(const struct wgo_oauth2_grant *grant)
{
    return grant->basic_auth && grant->client_assertion.len == 0;
}

static void put_client(struct wgo_buf *out, const struct wgo_oauth2_grant *grant)
{
    if (in_header(grant)) {
        return;
    }
    put_parameter(out, "client_id", grant->client_id);
    if (grant->client_assertion.len > 0) {
        put_parameter(out, "client_assertion_type", WGO_STR(ASSERTION_IS_JWT));
        put_parameter(out, "client_assertion", grant->client_assertion);
    } else {
        put_parameter(out, "client_secret", grant->client_secret);
    }
}

static void put_body(struct wgo_buf *out, const struct wgo_oauth2_grant *grant)
{
    put_parameter(out, "grant_type", wgo_str(grant_types[grant->kind]));
    put_client(out, grant);
    for (size_t i = 0; i < WGO_COUNT(parameters); i++) {
        if (parameters[i].sent & 1U << grant->kind) {
            put_parameter(out, parameters[i].name, member_at(grant, parameters[i].offset));
        }
    }
    for (size_t i = 0; i < WGO_OAUTH2_EXTRAS && grant->extras[i].name; i++) {
        put_parameter(out, grant->extras[i].name, grant->extras[i].value);
    }
}

/* RFC 6749 2.3.1: both are form-encoded first, so a colon in the id does no harm. */
static void put_basic(struct wgo_buf *out, const struct wgo_oauth2_grant *grant)
{
    struct wgo_buf pair = {0};
    wgo_url_encode(&pair, grant->client_id, false);
    wgo_buf_char(&pair, ':');
    wgo_url_encode(&pair, grant->client_secret, false);
    wgo_buf_cstr(out, "Basic ");
    wgo_base64_encode(out, wgo_buf_view(&pair));
    if (pair.failed) {
        out->failed = pair.failed;
    }
    wgo_wipe(pair.ptr, pair.len);
    wgo_buf_fini(&pair);
}

/* What 'put' writes, as the arena's. The buffer is large enough from the start: growing would leave
 * secrets behind in memory that was given back. */
static struct wgo_str written(const struct wgo_oauth2_grant *grant,
                              void (*put)(struct wgo_buf *, const struct wgo_oauth2_grant *),
                              struct wgo_arena *arena)
{
    size_t room = 2048;
    for (size_t i = 0; i < WGO_COUNT(parameters); i++) {
        room += 3 * member_at(grant, parameters[i].offset).len;
    }
    room += 6 * (grant->client_id.len + grant->client_secret.len + grant->client_assertion.len);
    for (size_t i = 0; i < WGO_OAUTH2_EXTRAS && grant->extras[i].name; i++) {
        room += 3 * (strlen(grant->extras[i].name) + grant->extras[i].value.len);
    }
    struct wgo_buf text = {0};
    struct wgo_str copy = {0};
    if (wgo_buf_reserve(&text, room)) {
        put(&text, grant);
    }
    if (!text.failed) {
        copy = wgo_str_dup(arena, wgo_buf_view(&text));
    }
    wgo_wipe(text.ptr, text.len);
    wgo_buf_fini(&text);
    return copy;
}

enum wgo_status wgo_oauth2_request(const struct wgo_oauth2_grant *grant, struct wgo_arena *arena,
                                   struct wgo_request *out_request, struct wgo_error *err)
{
    enum wgo_status status = check(grant, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_request made = {
        .method = "POST",
        .url = wgo_str_dup(arena, grant->token_url),
        .headers = {{WGO_STR("Content-Type"), WGO_STR("application/x-www-form-urlencoded")},
                    {WGO_STR("Accept"), WGO_STR("application/json")}},
        .header_count = 2,
        .body = written(grant, put_body, arena),
        .max_body = LONGEST_ANSWER,
    };
    if (in_header(grant)) {
        made.headers[made.header_count++] =
            (struct wgo_header){WGO_STR("Authorization"), written(grant, put_basic, arena)};
    }
    if (!made.url.ptr || !made.body.ptr || !made.headers[made.header_count - 1].value.ptr) {
        wgo_oauth2_request_wipe(&made);
        return no_memory(err);
    }
    *out_request = made;
    return WGO_OK;
}

/* The arena's memory is ours to write to; the request only borrows it as const. */
static void wipe(struct wgo_str text)
{
    wgo_wipe((char *)text.ptr, text.len);
}

static bool is_authorization(const struct wgo_header *header)
{
    return wgo_str_eq_nocase(header->name, WGO_STR("Authorization"));
}

void wgo_oauth2_request_wipe(struct wgo_request *request)
{
    unsigned kept = 0;
    wipe(request->body);
    request->body = (struct wgo_str){0};
    for (unsigned i = 0; i < request->header_count; i++) {
        if (is_authorization(&request->headers[i])) {
            wipe(request->headers[i].value);
        } else {
            request->headers[kept++] = request->headers[i];
        }
    }
    request->header_count = kept;
}

enum wgo_status wgo_oauth2_authorize(const struct wgo_secret *access_token, struct wgo_arena *arena,
                                     struct wgo_request *request, struct wgo_error *err)
{
    if (access_token->len == 0) {
        return wgo_fail(err, WGO_E_AUTH, "there is no access token");
    }
    struct wgo_str value =
        wgo_str_format(arena, "Bearer %.*s", WGO_FMT(wgo_secret_reveal(access_token)));
    if (!value.ptr) {
        return no_memory(err);
    }
    for (unsigned i = 0; i < request->header_count; i++) {
        if (is_authorization(&request->headers[i])) {
            request->headers[i].value = value;
            return WGO_OK;
        }
    }
    if (wgo_request_header(request, WGO_STR("Authorization"), value) != WGO_OK) {
        return wgo_fail(err, WGO_E_TOO_LARGE, "no room for a token beside %u headers",
                        request->header_count);
    }
    return WGO_OK;
}
