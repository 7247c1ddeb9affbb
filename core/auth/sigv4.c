#include "auth/sigv4.h"

#include "auth/sigv4_canonical.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#define ALGORITHM "AWS4-HMAC-SHA256"
#define DATE_HEADER "X-Amz-Date"
#define TOKEN_HEADER "X-Amz-Security-Token"
#define DIGEST_HEADER "X-Amz-Content-Sha256"

enum { DIGEST_LEN = 32, HEX_LEN = 2 * DIGEST_LEN, PRESIGNED_FOR_S = 60 };

/* One signature in the making. 'request' is a copy: the caller's changes when all went well. */
struct signing {
    const struct wgo_sigv4_options *options;
    struct wgo_arena *arena;
    struct wgo_request request;
    struct wgo_sigv4_url url;
    char stamp[WGO_SIGV4_STAMP]; /* 20150830T123600Z */
    struct wgo_str scope;        /* 20150830/us-east-1/service/aws4_request */
    struct wgo_str payload;      /* digest of the body in hex, or what stands for it */
    struct wgo_sigv4_headers headers;
    struct wgo_sigv4_proof proof;
};

static enum wgo_status no_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory while signing");
}

static struct wgo_str hex(const unsigned char digest[DIGEST_LEN], struct wgo_arena *arena)
{
    char text[HEX_LEN + 1];
    wgo_str_hex(digest, DIGEST_LEN, text);
    return wgo_str_dup(arena, wgo_str_from(text, HEX_LEN));
}

static struct wgo_str hex_digest(struct wgo_str bytes, struct wgo_arena *arena)
{
    unsigned char digest[DIGEST_LEN];
    const char *start = bytes.len ? bytes.ptr : "";
    bool made = EVP_Digest(start, bytes.len, digest, NULL, EVP_sha256(), NULL);
    return made ? hex(digest, arena) : (struct wgo_str){0};
}

/* ---- the request's headers ---- */

static void remove_header(struct wgo_request *request, struct wgo_str name)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < request->header_count; i++) {
        if (!wgo_str_eq_nocase(request->headers[i].name, name)) {
            request->headers[kept++] = request->headers[i];
        }
    }
    request->header_count = kept;
}

static void forget_signature(struct wgo_request *request)
{
    remove_header(request, WGO_STR("Authorization"));
    remove_header(request, WGO_STR(DATE_HEADER));
    remove_header(request, WGO_STR(TOKEN_HEADER));
    remove_header(request, WGO_STR(DIGEST_HEADER));
}

static enum wgo_status add_header(struct signing *s, struct wgo_str name, struct wgo_str value,
                                  struct wgo_error *err)
{
    if (wgo_request_header(&s->request, name, value) == WGO_OK) {
        return WGO_OK;
    }
    return wgo_fail(err, WGO_E_TOO_LARGE, "no room for a signature beside %u headers",
                    s->request.header_count);
}

/* ---- what both ways share ---- */

static enum wgo_status begin(struct signing *s, const struct wgo_request *request,
                             struct wgo_error *err)
{
    const struct wgo_sigv4_options *options = s->options;
    if (options->credentials->access_key_id.len == 0 ||
        options->credentials->secret_access_key.len == 0) {
        return wgo_fail(err, WGO_E_AUTH, "there is no AWS access key to sign with");
    }
    s->request = *request;
    forget_signature(&s->request);
    if (!wgo_sigv4_url_split(request->url, &s->url)) {
        return wgo_fail(
            err, WGO_E_CONFIG,
            "a URL without scheme and host, or with control characters, cannot be signed");
    }
    wgo_sigv4_stamp(options->now, s->stamp);
    s->scope = wgo_str_format(s->arena, "%.*s/%.*s/%.*s/aws4_request", WGO_SIGV4_DAY, s->stamp,
                              WGO_FMT(options->region), WGO_FMT(options->service));
    if (options->flags & WGO_SIGV4_UNSIGNED_PAYLOAD) {
        s->payload = WGO_STR("UNSIGNED-PAYLOAD");
    } else if (options->payload_sha256.len > 0) {
        s->payload = options->payload_sha256;
    } else {
        s->payload = hex_digest(request->body, s->arena);
    }
    return s->scope.ptr && s->payload.ptr ? WGO_OK : no_memory(err);
}

static struct wgo_str canonical_request(struct signing *s)
{
    struct wgo_buf text = {0};
    wgo_buf_cstr(&text, s->request.method);
    wgo_buf_char(&text, '\n');
    wgo_sigv4_put_path(&text, s->url.path, s->options->flags);
    wgo_buf_char(&text, '\n');
    bool good = wgo_sigv4_put_query(&text, s->url.query, s->arena);
    wgo_buf_char(&text, '\n');
    for (unsigned i = 0; i < s->headers.count; i++) {
        wgo_buf_str(&text, s->headers.items[i].name);
        wgo_buf_char(&text, ':');
        wgo_buf_str(&text, s->headers.items[i].value);
        wgo_buf_char(&text, '\n');
    }
    wgo_buf_char(&text, '\n');
    wgo_buf_str(&text, s->headers.signed_names);
    wgo_buf_char(&text, '\n');
    wgo_buf_str(&text, s->payload);
    struct wgo_str copy = {0};
    if (good && !text.failed) {
        copy = wgo_str_dup(s->arena, wgo_buf_view(&text));
    }
    wgo_buf_fini(&text);
    return copy;
}

static struct wgo_str signature(const struct wgo_sigv4_key *key, struct wgo_str text,
                                struct wgo_arena *arena)
{
    unsigned char digest[DIGEST_LEN];
    unsigned len = DIGEST_LEN;
    bool made = HMAC(EVP_sha256(), key->bytes, sizeof(key->bytes), (const unsigned char *)text.ptr,
                     text.len, digest, &len);
    return made ? hex(digest, arena) : (struct wgo_str){0};
}

/* Fills the proof; 'url' and 'headers' are as they will be sent. */
static enum wgo_status prove(struct signing *s, struct wgo_error *err)
{
    s->proof.canonical_request = canonical_request(s);
    if (!s->proof.canonical_request.ptr) {
        return no_memory(err);
    }
    struct wgo_str digest = hex_digest(s->proof.canonical_request, s->arena);
    s->proof.string_to_sign = wgo_str_format(s->arena, ALGORITHM "\n%s\n%.*s\n%.*s", s->stamp,
                                             WGO_FMT(s->scope), WGO_FMT(digest));
    if (!digest.ptr || !s->proof.string_to_sign.ptr) {
        return no_memory(err);
    }
    struct wgo_sigv4_key own = {.ready = false};
    const struct wgo_sigv4_key *key = s->options->key;
    if (!wgo_sigv4_key_fits(key, s->options)) {
        enum wgo_status status = wgo_sigv4_key_derive(s->options, &own, err);
        if (status != WGO_OK) {
            return status;
        }
        key = &own;
    }
    s->proof.signature = signature(key, s->proof.string_to_sign, s->arena);
    wgo_sigv4_key_fini(&own);
    return s->proof.signature.ptr ? WGO_OK : no_memory(err);
}

static struct wgo_str copy_of(struct signing *s, const struct wgo_secret *secret)
{
    return wgo_str_dup(s->arena, wgo_secret_reveal(secret));
}

static void finish(struct signing *s, struct wgo_request *request)
{
    *request = s->request;
    if (s->options->out_proof) {
        *s->options->out_proof = s->proof;
    }
}

/* ---- in the headers ---- */

static enum wgo_status add_signed_headers(struct signing *s, struct wgo_error *err)
{
    const struct wgo_aws_credentials *credentials = s->options->credentials;
    struct wgo_str stamp = wgo_str_dup(s->arena, wgo_str(s->stamp));
    if (!stamp.ptr) {
        return no_memory(err);
    }
    enum wgo_status status = add_header(s, WGO_STR(DATE_HEADER), stamp, err);
    if (status == WGO_OK && s->options->flags & WGO_SIGV4_CONTENT_SHA256) {
        status = add_header(s, WGO_STR(DIGEST_HEADER), s->payload, err);
    }
    if (status == WGO_OK && credentials->session_token.len > 0) {
        struct wgo_str token = copy_of(s, &credentials->session_token);
        status = token.ptr ? add_header(s, WGO_STR(TOKEN_HEADER), token, err) : no_memory(err);
    }
    return status;
}

enum wgo_status wgo_sigv4_sign(const struct wgo_sigv4_options *options, struct wgo_arena *arena,
                               struct wgo_request *request, struct wgo_error *err)
{
    struct signing s = {.options = options, .arena = arena};
    struct wgo_str after =
        options->flags & WGO_SIGV4_TOKEN_AFTER ? WGO_STR(TOKEN_HEADER) : (struct wgo_str){0};
    enum wgo_status status = begin(&s, request, err);
    if (status == WGO_OK) {
        status = add_signed_headers(&s, err);
    }
    if (status == WGO_OK &&
        !wgo_sigv4_headers_of(&s.request, s.url.host, after, arena, &s.headers)) {
        status = no_memory(err);
    }
    if (status == WGO_OK) {
        status = prove(&s, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str value = wgo_str_format(
        arena, ALGORITHM " Credential=%.*s/%.*s, SignedHeaders=%.*s, Signature=%.*s",
        WGO_FMT(wgo_secret_reveal(&options->credentials->access_key_id)), WGO_FMT(s.scope),
        WGO_FMT(s.headers.signed_names), WGO_FMT(s.proof.signature));
    status = value.ptr ? add_header(&s, WGO_STR("Authorization"), value, err) : no_memory(err);
    if (status == WGO_OK) {
        finish(&s, request);
    }
    return status;
}

/* ---- in the query ---- */

static void put_parameter(struct wgo_buf *out, const char *name, struct wgo_str value)
{
    wgo_buf_cstr(out, out->len > 0 ? "&" : "");
    wgo_buf_cstr(out, name);
    wgo_buf_char(out, '=');
    wgo_url_encode(out, value, false);
}

/* The query without what an earlier signature put there. */
static void put_unsigned_query(struct wgo_buf *out, struct wgo_str query)
{
    static const char *const ours[] = {
        "X-Amz-Algorithm",      "X-Amz-Credential", "X-Amz-Date",         "X-Amz-Expires",
        "X-Amz-Security-Token", "X-Amz-Signature",  "X-Amz-SignedHeaders"};
    struct wgo_str rest = query;
    while (rest.ptr) {
        struct wgo_str part = wgo_str_split(&rest, '&');
        struct wgo_str name = wgo_str_slice(part, 0, wgo_str_find_char(part, '='));
        bool keep = part.len > 0;
        for (size_t i = 0; i < WGO_COUNT(ours); i++) {
            keep = keep && !wgo_str_is(name, ours[i]);
        }
        if (keep) {
            wgo_buf_cstr(out, out->len > 0 ? "&" : "");
            wgo_buf_str(out, part);
        }
    }
}

/* 'query' holds the unsigned query and gets all but the signature; the token may come after. */
static void put_proof_parameters(struct signing *s, struct wgo_buf *query)
{
    const struct wgo_sigv4_options *options = s->options;
    struct wgo_str token = wgo_secret_reveal(&options->credentials->session_token);
    struct wgo_buf credential = {0}, expires = {0};
    wgo_buf_str(&credential, wgo_secret_reveal(&options->credentials->access_key_id));
    wgo_buf_char(&credential, '/');
    wgo_buf_str(&credential, s->scope);
    wgo_buf_format(&expires, "%u", options->expires_s ? options->expires_s : PRESIGNED_FOR_S);
    put_parameter(query, "X-Amz-Algorithm", WGO_STR(ALGORITHM));
    put_parameter(query, "X-Amz-Credential", wgo_buf_view(&credential));
    put_parameter(query, DATE_HEADER, wgo_str(s->stamp));
    put_parameter(query, "X-Amz-Expires", wgo_buf_view(&expires));
    put_parameter(query, "X-Amz-SignedHeaders", s->headers.signed_names);
    if (token.len > 0 && !(options->flags & WGO_SIGV4_TOKEN_AFTER)) {
        put_parameter(query, TOKEN_HEADER, token);
    }
    if (credential.failed || expires.failed) {
        query->failed = WGO_E_NOMEM;
    }
    wgo_buf_fini(&credential);
    wgo_buf_fini(&expires);
}

static enum wgo_status presign_query(struct signing *s, struct wgo_buf *query,
                                     struct wgo_error *err)
{
    struct wgo_str token = wgo_secret_reveal(&s->options->credentials->session_token);
    put_unsigned_query(query, s->url.query);
    put_proof_parameters(s, query);
    if (query->failed) {
        return no_memory(err);
    }
    s->url.query = wgo_buf_view(query);
    enum wgo_status status = prove(s, err);
    if (status != WGO_OK) {
        return status;
    }
    if (token.len > 0 && s->options->flags & WGO_SIGV4_TOKEN_AFTER) {
        put_parameter(query, TOKEN_HEADER, token);
    }
    put_parameter(query, "X-Amz-Signature", s->proof.signature);
    if (!query->failed) {
        s->request.url = wgo_str_format(s->arena, "%.*s?%.*s", WGO_FMT(s->url.before_query),
                                        WGO_FMT(wgo_buf_view(query)));
    }
    return !query->failed && s->request.url.ptr ? WGO_OK : no_memory(err);
}

enum wgo_status wgo_sigv4_presign(const struct wgo_sigv4_options *options, struct wgo_arena *arena,
                                  struct wgo_request *request, struct wgo_error *err)
{
    struct signing s = {.options = options, .arena = arena};
    struct wgo_buf query = {0};
    enum wgo_status status = begin(&s, request, err);
    if (status == WGO_OK &&
        !wgo_sigv4_headers_of(&s.request, s.url.host, (struct wgo_str){0}, arena, &s.headers)) {
        status = no_memory(err);
    }
    if (status == WGO_OK) {
        status = presign_query(&s, &query, err);
    }
    wgo_buf_fini(&query);
    if (status == WGO_OK) {
        finish(&s, request);
    }
    return status;
}
