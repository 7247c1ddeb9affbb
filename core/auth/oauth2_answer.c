#include "auth/oauth2_private.h"

#include "base/json.h"
#include "model/collector.h"
#include "model/scrub.h"

#include <stdio.h>

enum { LONGEST_S = 10 * 366 * 86400 };

/* What OAuth's error codes mean to us (RFC 6749 5.2, RFC 8628 3.5, RFC 8693 2.2.2). */
static const struct error_code {
    const char *code;
    enum wgo_status status;
    const char *hint;
} error_codes[] = {
    {"invalid_client", WGO_E_AUTH,
     "the client's id, secret or certificate is wrong, or has expired"},
    {"invalid_grant", WGO_E_AUTH,
     "the login, key or assertion has expired or was revoked, or this machine's clock is wrong"},
    {"unauthorized_client", WGO_E_AUTH, "this client may not ask for a token in this way"},
    {"access_denied", WGO_E_AUTH, ""},
    {"interaction_required", WGO_E_AUTH, "a person has to log in again"},
    {"invalid_scope", WGO_E_AUTH, "the scope asked for does not exist or is not granted"},
    {"invalid_target", WGO_E_AUTH, "the audience or resource asked for is not known there"},
    {"invalid_request", WGO_E_AUTH, ""},
    {"unsupported_grant_type", WGO_E_AUTH, "check the address of the token endpoint"},
    {"slow_down", WGO_E_THROTTLED, ""},
    {"server_error", WGO_E_SERVER, ""},
    {"temporarily_unavailable", WGO_E_UNAVAILABLE, ""},
};

static const struct error_code *find_code(struct wgo_str code)
{
    for (size_t i = 0; i < WGO_COUNT(error_codes); i++) {
        if (wgo_str_is(code, error_codes[i].code)) {
            return &error_codes[i];
        }
    }
    return NULL;
}

static enum wgo_status no_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory while reading a token");
}

/* ---- what must not be quoted ---- */

static void add_secrets(struct wgo_scrub *scrub, const struct wgo_oauth2_grant *grant)
{
    for (size_t i = 0; grant && i < WGO_OAUTH2_SECRETS; i++) {
        wgo_scrub_add(scrub, wgo_oauth2_secret_at(grant, i));
    }
    if (grant) {
        wgo_scrub_add_basic(scrub, grant->client_id, grant->client_secret);
    }
}

/* Appends 'text' with *** for every secret of 'grant'. */
static void put_scrubbed(struct wgo_buf *out, struct wgo_str text,
                         const struct wgo_oauth2_grant *grant)
{
    struct wgo_scrub scrub = {.failed = false};
    size_t from = out->len;
    add_secrets(&scrub, grant);
    if (text.len > 0 && wgo_buf_str(out, text)) {
        out->len = from + wgo_scrub_bytes(&scrub, out->ptr + from, text.len);
    }
    wgo_scrub_fini(&scrub);
}

/* The same of a message that was cut: the beginning of a secret may be left of it. */
static void put_message(struct wgo_buf *out, const struct wgo_verdict *verdict,
                        const struct wgo_oauth2_grant *grant)
{
    char message[sizeof(verdict->message)];
    struct wgo_scrub scrub = {.failed = false};
    memcpy(message, verdict->message, sizeof(message));
    add_secrets(&scrub, grant);
    wgo_scrub_line(&scrub, message);
    wgo_buf_cstr(out, message);
    wgo_scrub_fini(&scrub);
}

/* ---- refusals ---- */

struct refusal {
    struct wgo_str code, description;
};

static struct wgo_str text_at(struct wgo_str document, const char *path, struct wgo_arena *arena)
{
    struct wgo_str raw = wgo_json_get(document, wgo_str(path));
    return wgo_json_kind_of(raw) == WGO_JSON_STRING ? wgo_json_text(raw, arena)
                                                    : (struct wgo_str){0};
}

/* OAuth's own form, and Google's, where "error" is an object. */
static struct refusal refusal_of(struct wgo_str document, struct wgo_arena *arena)
{
    struct refusal refusal = {text_at(document, "error", arena),
                              text_at(document, "error_description", arena)};
    if (refusal.code.len == 0) {
        refusal.code = text_at(document, "error.status", arena);
        refusal.description = text_at(document, "error.message", arena);
    }
    return refusal;
}

static enum wgo_status refused_status(const struct wgo_verdict *verdict, struct wgo_str code,
                                      const struct error_code *known)
{
    if (verdict->kind == WGO_VERDICT_RETRY || verdict->kind == WGO_VERDICT_THROTTLED) {
        return verdict->status;
    }
    if (known) {
        return known->status;
    }
    /* A code that we do not know, or a door that stays shut: either way there is no token. */
    return code.len > 0 || verdict->status == WGO_E_DENIED ? WGO_E_AUTH : verdict->status;
}

static enum wgo_status refused(const struct wgo_oauth2_grant *grant,
                               const struct wgo_response *response,
                               const struct wgo_verdict *verdict, const struct refusal *refusal,
                               struct wgo_error *err)
{
    const struct error_code *known = find_code(refusal->code);
    enum wgo_status status = refused_status(verdict, refusal->code, known);
    struct wgo_buf words = {0};
    if (refusal->code.len > 0) {
        put_scrubbed(&words, refusal->code, grant);
        wgo_buf_cstr(&words, refusal->description.len > 0 ? ": " : "");
        put_scrubbed(&words, refusal->description, grant);
    } else {
        put_message(&words, verdict, grant);
    }
    if (words.failed) {
        status = no_memory(err);
    } else {
        wgo_fail(err, status, "no token: %.*s", WGO_FMT(wgo_buf_view(&words)));
        const char *hint = known ? known->hint : verdict->hint;
        if (hint[0]) {
            wgo_error_hint(err, "%s", hint);
        }
    }
    if (err) {
        err->http_status = response->http_status;
    }
    wgo_buf_fini(&words);
    return status;
}

/* ---- tokens ---- */

/* The first of 'names' that 'document' has, raw. */
static struct wgo_str first_of(struct wgo_str document, const char *const names[2])
{
    struct wgo_str raw = wgo_json_get(document, wgo_str(names[0]));
    return raw.ptr ? raw : wgo_json_get(document, wgo_str(names[1]));
}

/* A secret made of the string 'raw'. Absent and null leave it empty; what cannot travel in a header
 * is malformed. */
static enum wgo_status take_secret(struct wgo_str raw, struct wgo_secret *out, const char *name,
                                   struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    enum wgo_status status = WGO_OK;
    enum wgo_json_kind kind = wgo_json_kind_of(raw);
    if (!raw.ptr || kind == WGO_JSON_NULL) {
        return WGO_OK;
    }
    struct wgo_str text =
        kind == WGO_JSON_STRING ? wgo_json_text(raw, &arena) : (struct wgo_str){0};
    bool clean = true;
    for (size_t i = 0; i < text.len; i++) {
        clean = clean && text.ptr[i] > ' ' && text.ptr[i] < 0x7f;
    }
    if (kind != WGO_JSON_STRING || !clean) {
        status = wgo_fail(err, WGO_E_PARSE, "the token endpoint's %s is not one", name);
    } else if (!text.ptr || wgo_secret_set(out, text) != WGO_OK) {
        status = no_memory(err);
    }
    bool borrowed = text.ptr >= raw.ptr && text.ptr < raw.ptr + raw.len;
    if (text.ptr && !borrowed) {
        wgo_wipe((char *)text.ptr, text.len);
    }
    wgo_arena_fini(&arena);
    return status;
}

/* Whole seconds of a number or of a string that holds one; a fraction is cut off, what is below
 * zero is zero, and more than 'most' is 'most'. */
static bool seconds_of(struct wgo_str raw, int64_t most, int64_t *out)
{
    enum wgo_json_kind kind = wgo_json_kind_of(raw);
    struct wgo_str text = raw;
    if (kind == WGO_JSON_STRING) { /* digits need no escapes */
        text = wgo_str_trim(wgo_str_slice(raw, 1, raw.len - 1));
    } else if (kind != WGO_JSON_NUMBER) {
        return false;
    }
    bool negative = text.len > 0 && text.ptr[0] == '-';
    text = wgo_str_slice(text, negative, text.len);
    size_t dot = wgo_str_find_char(text, '.');
    struct wgo_str whole = wgo_str_slice(text, 0, dot);
    for (size_t i = 0; i < text.len; i++) {
        if (i != dot && (text.ptr[i] < '0' || text.ptr[i] > '9')) {
            return false;
        }
    }
    int64_t seconds = most;
    if (whole.len == 0) {
        return false;
    }
    /* Digits that do not fit are many seconds. */
    bool fits = wgo_str_to_i64(whole, &seconds) && seconds < most;
    *out = negative ? 0 : fits ? seconds : most;
    return true;
}

static struct wgo_wall moment(int64_t ns)
{
    return (struct wgo_wall){ns > 0 ? ns : 1}; /* 0 would say: nothing is known */
}

static struct wgo_wall expiry_of(struct wgo_str document, struct wgo_wall now)
{
    int64_t seconds;
    struct wgo_wall at;
    struct wgo_arena arena = {0};
    if (seconds_of(wgo_json_get(document, WGO_STR("expires_in")), LONGEST_S, &seconds)) {
        int64_t room = now.ns > 0 ? INT64_MAX - now.ns : INT64_MAX;
        int64_t lifetime = seconds * WGO_S;
        return moment(lifetime < room ? now.ns + lifetime : INT64_MAX);
    }
    struct wgo_str on = wgo_json_get(document, WGO_STR("expires_on"));
    if (seconds_of(on, INT64_MAX / WGO_S, &seconds)) {
        return moment(seconds * WGO_S);
    }
    struct wgo_str time = wgo_json_get(document, WGO_STR("expireTime"));
    bool known = wgo_wall_parse(wgo_json_text(time, &arena), &at);
    wgo_arena_fini(&arena);
    return known ? moment(at.ns) : (struct wgo_wall){0};
}

/* "Bearer" for every spelling of it and for none. */
static void take_type(struct wgo_str document, char out[32])
{
    static const char *const names[2] = {"token_type", "tokenType"};
    struct wgo_arena arena = {0};
    struct wgo_str raw = first_of(document, names);
    struct wgo_str text =
        wgo_json_kind_of(raw) == WGO_JSON_STRING ? wgo_json_text(raw, &arena) : (struct wgo_str){0};
    text = wgo_str_slice(text, 0, 31);
    if (text.len == 0 || wgo_str_eq_nocase(text, WGO_STR("Bearer"))) {
        text = WGO_STR("Bearer");
    }
    memset(out, 0, 32);
    memcpy(out, text.ptr, text.len);
    wgo_str_flatten(out, text.len);
    wgo_arena_fini(&arena);
}

static enum wgo_status take_token(struct wgo_str document, struct wgo_wall now,
                                  struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    static const char *const names[2] = {"access_token", "accessToken"};
    struct wgo_oauth2_token made = {.expires = expiry_of(document, now)};
    enum wgo_status status =
        take_secret(first_of(document, names), &made.access_token, "access_token", err);
    if (status == WGO_OK && made.access_token.len == 0) {
        status = wgo_fail(err, WGO_E_PARSE, "the token endpoint's answer holds no access_token");
    }
    if (status == WGO_OK) {
        status = take_secret(wgo_json_get(document, WGO_STR("refresh_token")), &made.refresh_token,
                             "refresh_token", err);
    }
    if (status != WGO_OK) {
        wgo_oauth2_token_fini(&made);
        return status;
    }
    take_type(document, made.token_type);
    wgo_oauth2_token_fini(out_token);
    *out_token = made;
    return WGO_OK;
}

void wgo_oauth2_token_fini(struct wgo_oauth2_token *token)
{
    if (token) {
        wgo_secret_fini(&token->access_token);
        wgo_secret_fini(&token->refresh_token);
        *token = (struct wgo_oauth2_token){0};
    }
}

static enum wgo_status read_answer(const struct wgo_oauth2_grant *grant,
                                   const struct wgo_response *response, struct wgo_wall now,
                                   struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    struct wgo_verdict verdict;
    struct wgo_arena arena = {0};
    struct wgo_error why = {0};
    struct wgo_str body = wgo_str_trim(wgo_buf_view(&response->body));
    bool is_json = wgo_json_check(body, &why) == WGO_OK;
    bool is_object = is_json && wgo_json_kind_of(body) == WGO_JSON_OBJECT;
    struct refusal refusal = {{0}, {0}};
    wgo_classify_http(response, now, &verdict);
    if (is_object && response->status == WGO_OK) {
        refusal = refusal_of(body, &arena);
    }
    enum wgo_status status;
    if (verdict.kind != WGO_VERDICT_GOOD || refusal.code.len > 0) {
        status = refused(grant, response, &verdict, &refusal, err);
    } else if (body.len == 0) {
        status = wgo_fail(err, WGO_E_CUT_SHORT, "the token endpoint sent an empty answer");
    } else if (!is_object) {
        /* The answer itself may hold a token: only the place of the fault is told. */
        status = wgo_fail(err, WGO_E_PARSE, "the token endpoint did not send a JSON object%s%.120s",
                          is_json ? "" : ": ", is_json ? "" : why.message);
    } else {
        status = take_token(body, now, out_token, err);
    }
    wgo_arena_fini(&arena);
    return status;
}

enum wgo_status wgo_oauth2_read(const struct wgo_oauth2_grant *grant, struct wgo_response *response,
                                struct wgo_wall now, struct wgo_oauth2_token *out_token,
                                struct wgo_error *err)
{
    enum wgo_status status = read_answer(grant, response, now, out_token, err);
    wgo_wipe(response->body.ptr, response->body.len);
    response->body.len = 0;
    return status;
}
