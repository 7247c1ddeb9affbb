/* sigv4_key.c: credentials, and the signing key that is derived from them. */
#include "auth/sigv4.h"

#include "auth/sigv4_canonical.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { DIGEST_LEN = 32 };

enum wgo_status wgo_aws_credentials_set(struct wgo_aws_credentials *credentials,
                                        struct wgo_str access_key_id,
                                        struct wgo_str secret_access_key,
                                        struct wgo_str session_token)
{
    struct wgo_aws_credentials made = {0};
    enum wgo_status status = wgo_secret_set(&made.access_key_id, access_key_id);
    if (status == WGO_OK) {
        status = wgo_secret_set(&made.secret_access_key, secret_access_key);
    }
    if (status == WGO_OK) {
        status = wgo_secret_set(&made.session_token, session_token);
    }
    if (status != WGO_OK) {
        wgo_aws_credentials_fini(&made);
        return status;
    }
    wgo_aws_credentials_fini(credentials);
    *credentials = made;
    return WGO_OK;
}

void wgo_aws_credentials_fini(struct wgo_aws_credentials *credentials)
{
    if (credentials) {
        wgo_secret_fini(&credentials->access_key_id);
        wgo_secret_fini(&credentials->secret_access_key);
        wgo_secret_fini(&credentials->session_token);
    }
}

static bool hmac(struct wgo_str key, struct wgo_str text, unsigned char out[DIGEST_LEN])
{
    unsigned len = DIGEST_LEN;
    const unsigned char *bytes = (const unsigned char *)(text.len ? text.ptr : "");
    return HMAC(EVP_sha256(), key.len ? key.ptr : "", (int)key.len, bytes, text.len, out, &len);
}

static struct wgo_str digest_view(const unsigned char digest[DIGEST_LEN])
{
    return wgo_str_from((const char *)digest, DIGEST_LEN);
}

/* Names have no newline, so that lines tell one set of inputs from another. */
static bool origin_of(const struct wgo_sigv4_options *options, unsigned char out[DIGEST_LEN])
{
    char stamp[WGO_SIGV4_STAMP];
    struct wgo_buf text = {0};
    wgo_sigv4_stamp(options->now, stamp);
    wgo_buf_format(&text, "%.*s\n%.*s\n%.*s", WGO_SIGV4_DAY, stamp, WGO_FMT(options->region),
                   WGO_FMT(options->service));
    bool made = !text.failed && hmac(wgo_secret_reveal(&options->credentials->secret_access_key),
                                     wgo_buf_view(&text), out);
    wgo_buf_fini(&text);
    return made;
}

bool wgo_sigv4_key_fits(const struct wgo_sigv4_key *key, const struct wgo_sigv4_options *options)
{
    unsigned char origin[DIGEST_LEN];
    return key && key->ready && origin_of(options, origin) &&
           CRYPTO_memcmp(origin, key->origin, sizeof(origin)) == 0;
}

enum wgo_status wgo_sigv4_key_derive(const struct wgo_sigv4_options *options,
                                     struct wgo_sigv4_key *out_key, struct wgo_error *err)
{
    struct wgo_str secret = wgo_secret_reveal(&options->credentials->secret_access_key);
    struct wgo_sigv4_key made = {.ready = true};
    struct wgo_buf seed = {0};
    char stamp[WGO_SIGV4_STAMP];
    if (secret.len == 0) {
        return wgo_fail(err, WGO_E_AUTH, "there is no AWS secret access key to sign with");
    }
    wgo_sigv4_stamp(options->now, stamp);
    const struct wgo_str steps[] = {wgo_str_from(stamp, WGO_SIGV4_DAY), options->region,
                                    options->service, WGO_STR("aws4_request")};
    /* Room first: growing would leave a copy of the secret behind. */
    bool good = wgo_buf_reserve(&seed, secret.len + 4) && wgo_buf_cstr(&seed, "AWS4") &&
                wgo_buf_str(&seed, secret) && origin_of(options, made.origin) &&
                hmac(wgo_buf_view(&seed), steps[0], made.bytes);
    for (size_t i = 1; good && i < WGO_COUNT(steps); i++) {
        unsigned char previous[DIGEST_LEN];
        memcpy(previous, made.bytes, sizeof(previous));
        good = hmac(digest_view(previous), steps[i], made.bytes);
        wgo_wipe(previous, sizeof(previous));
    }
    wgo_wipe(seed.ptr, seed.len);
    wgo_buf_fini(&seed);
    if (good) {
        *out_key = made;
    }
    wgo_wipe(&made, sizeof(made));
    return good ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "cannot derive the AWS signing key");
}

void wgo_sigv4_key_fini(struct wgo_sigv4_key *key)
{
    if (key) {
        wgo_wipe(key, sizeof(*key));
    }
}
