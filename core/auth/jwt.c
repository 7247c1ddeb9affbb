#include "auth/jwt.h"

#include "base/base64.h"
#include "base/json.h"
#include "base/json_write.h"

#include <limits.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

enum { SHORTEST_RSA_BITS = 2048, LONGEST_RSA_BITS = 8192, ES256_HALF = 32 };

struct algorithm {
    const char *name;
    int key_type; /* EVP_PKEY_RSA ... */
    const char *key_wanted;
    bool pss; /* RSA with a random salt as long as the digest (RFC 7518 3.5) */
};

static const struct algorithm algorithms[] = {
    [WGO_JWT_RS256] = {"RS256", EVP_PKEY_RSA, "an RSA key of 2048 to 8192 bits", false},
    [WGO_JWT_ES256] = {"ES256", EVP_PKEY_EC, "an elliptic curve key on P-256", false},
    [WGO_JWT_PS256] = {"PS256", EVP_PKEY_RSA, "an RSA key of 2048 to 8192 bits", true},
};

static enum wgo_status no_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory while signing a token");
}

/* ---- base64url ---- */

static bool put_base64url(struct wgo_buf *out, struct wgo_str bytes)
{
    size_t start = out->len;
    if (!wgo_base64_encode(out, bytes)) {
        return false;
    }
    while (out->len > start && out->ptr[out->len - 1] == '=') {
        out->len--;
    }
    for (size_t i = start; i < out->len; i++) {
        char c = out->ptr[i];
        out->ptr[i] = (char)(c == '+' ? '-' : c == '/' ? '_' : c);
    }
    return true;
}

/* ---- keys ---- */

/* A pem_password_cb. Without a passphrase it says so: libcrypto would ask at the terminal. */
static int give_passphrase(char *out, int size, int writing, void *state)
{
    const struct wgo_str *passphrase = state;
    (void)writing;
    if (passphrase->len == 0 || passphrase->len > (size_t)size) {
        return -1;
    }
    memcpy(out, passphrase->ptr, passphrase->len);
    return (int)passphrase->len;
}

static bool key_suits(const EVP_PKEY *key, const struct algorithm *algorithm)
{
    if (EVP_PKEY_get_base_id(key) != algorithm->key_type) {
        return false;
    }
    if (algorithm->key_type == EVP_PKEY_RSA) {
        int bits = EVP_PKEY_get_bits(key);
        return bits >= SHORTEST_RSA_BITS && bits <= LONGEST_RSA_BITS;
    }
    char group[32] = "";
    return EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) == 1 &&
           strcmp(group, "prime256v1") == 0;
}

static BIO *bio_of(struct wgo_str text)
{
    return text.len > 0 && text.len <= INT_MAX ? BIO_new_mem_buf(text.ptr, (int)text.len) : NULL;
}

static EVP_PKEY *read_key(struct wgo_str pem, struct wgo_str passphrase,
                          const struct algorithm *algorithm, struct wgo_error *err)
{
    BIO *bio = bio_of(pem);
    EVP_PKEY *key = bio ? PEM_read_bio_PrivateKey(bio, NULL, give_passphrase, &passphrase) : NULL;
    BIO_free(bio);
    ERR_clear_error(); /* this thread's queue: whoever looks there next should not find ours */
    if (!key) {
        wgo_fail(err, WGO_E_AUTH, "the private key cannot be read%s",
                 passphrase.len > 0 ? " with the passphrase given" : "");
        wgo_error_hint(err, "it should be PEM text that says BEGIN PRIVATE KEY; `openssl pkey -in "
                            "FILE -noout` tells whether it is");
    } else if (!key_suits(key, algorithm)) {
        wgo_fail(err, WGO_E_AUTH, "the private key is of the wrong kind: %s wants %s",
                 algorithm->name, algorithm->key_wanted);
        EVP_PKEY_free(key);
        key = NULL;
    }
    return key;
}

/* ---- signatures ---- */

/* libcrypto gives an ECDSA signature in DER; JWS wants R and S, 32 bytes each (RFC 7518 3.4). */
static bool put_raw_ecdsa(struct wgo_buf *out, const unsigned char *der, size_t len)
{
    unsigned char raw[2 * ES256_HALF];
    ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);
    bool made = sig && BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, ES256_HALF) == ES256_HALF &&
                BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + ES256_HALF, ES256_HALF) == ES256_HALF;
    ECDSA_SIG_free(sig);
    return made && put_base64url(out, wgo_str_from((const char *)raw, sizeof(raw)));
}

static bool begin_signature(EVP_MD_CTX *context, EVP_PKEY *key, bool pss)
{
    EVP_PKEY_CTX *padding = NULL; /* the context's */
    return EVP_DigestSignInit(context, &padding, EVP_sha256(), NULL, key) == 1 &&
           (!pss || (EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING) == 1 &&
                     EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, RSA_PSS_SALTLEN_DIGEST) == 1));
}

static bool put_signature(struct wgo_buf *out, EVP_PKEY *key, bool pss, struct wgo_str text)
{
    unsigned char bytes[LONGEST_RSA_BITS / 8];
    size_t len = sizeof(bytes);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool made =
        context && begin_signature(context, key, pss) &&
        EVP_DigestSign(context, bytes, &len, (const unsigned char *)text.ptr, text.len) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    if (!made) {
        return false;
    }
    return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC
               ? put_raw_ecdsa(out, bytes, len)
               : put_base64url(out, wgo_str_from((const char *)bytes, len));
}

static enum wgo_status sign_with(EVP_PKEY *key, bool pss, struct wgo_str header,
                                 struct wgo_str payload, struct wgo_buf *token,
                                 struct wgo_error *err)
{
    struct wgo_buf signature = {0};
    enum wgo_status status = WGO_OK;
    if (!put_base64url(token, header) || !wgo_buf_char(token, '.') ||
        !put_base64url(token, payload)) {
        status = no_memory(err);
    } else if (!put_signature(&signature, key, pss, wgo_buf_view(token))) {
        status = wgo_fail(err, WGO_E_AUTH, "the private key cannot sign: it is damaged");
    } else if (!wgo_buf_char(token, '.') || !wgo_buf_str(token, wgo_buf_view(&signature))) {
        status = no_memory(err);
    }
    wgo_buf_fini(&signature);
    return status;
}

enum wgo_status wgo_jws_sign(enum wgo_jwt_algorithm algorithm, struct wgo_str key_pem,
                             struct wgo_str passphrase, struct wgo_str header,
                             struct wgo_str payload, struct wgo_buf *out, struct wgo_error *err)
{
    struct wgo_buf token = {.secret = true};
    EVP_PKEY *key = read_key(key_pem, passphrase, &algorithms[algorithm], err);
    if (!key) {
        return WGO_E_AUTH;
    }
    enum wgo_status status =
        sign_with(key, algorithms[algorithm].pss, header, payload, &token, err);
    if (status == WGO_OK && !wgo_buf_str(out, wgo_buf_view(&token))) {
        status = no_memory(err);
    }
    EVP_PKEY_free(key);
    wgo_buf_fini(&token);
    return status;
}

/* ---- tokens ---- */

static bool write_header(const struct wgo_jwt_options *options, struct wgo_buf *out)
{
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, out);
    wgo_json_open_object(&w);
    wgo_json_member_str(&w, "alg", wgo_str(algorithms[options->algorithm].name));
    wgo_json_member_str(&w, "typ", WGO_STR("JWT"));
    wgo_json_member_str(&w, "kid", options->kid);
    wgo_json_member_str(&w, "x5t", options->x5t);
    wgo_json_member_str(&w, "x5t#S256", options->x5t_s256);
    wgo_json_close_object(&w);
    return !out->failed;
}

/* The claims with our dates before them. */
static bool write_claims(const struct wgo_jwt_options *options, struct wgo_buf *out)
{
    int64_t now_s = options->now.ns / WGO_S;
    struct wgo_json_writer w;
    struct wgo_str claims = wgo_str_trim(options->claims), members;
    if (options->lifetime_s == 0) {
        return wgo_buf_str(out, claims);
    }
    wgo_json_writer_init(&w, out);
    wgo_json_open_object(&w);
    wgo_json_key(&w, "iat");
    wgo_json_put_i64(&w, now_s);
    if (options->not_before) {
        wgo_json_key(&w, "nbf");
        wgo_json_put_i64(&w, now_s);
    }
    wgo_json_key(&w, "exp");
    wgo_json_put_i64(&w, now_s + options->lifetime_s);
    members = wgo_str_trim(wgo_str_slice(claims, 1, claims.len - 1)); /* between the braces */
    wgo_buf_cstr(out, members.len > 0 ? "," : "");
    wgo_buf_str(out, members);
    wgo_json_close_object(&w);
    return !out->failed;
}

static enum wgo_status check_claims(const struct wgo_jwt_options *options, struct wgo_error *err)
{
    static const char *const dates[] = {"iat", "nbf", "exp"};
    if (wgo_json_check(options->claims, NULL) != WGO_OK ||
        wgo_json_kind_of(wgo_str_trim(options->claims)) != WGO_JSON_OBJECT) {
        return wgo_fail(err, WGO_E_CONFIG, "the claims of a token are not a JSON object");
    }
    for (size_t i = 0; options->lifetime_s > 0 && i < WGO_COUNT(dates); i++) {
        if (wgo_json_get(options->claims, wgo_str(dates[i])).ptr) {
            return wgo_fail(err, WGO_E_CONFIG, "the claims of a token say \"%s\" already",
                            dates[i]);
        }
    }
    return WGO_OK;
}

enum wgo_status wgo_jwt_sign(const struct wgo_jwt_options *options, struct wgo_buf *out,
                             struct wgo_error *err)
{
    struct wgo_buf header = {0}, claims = {0};
    enum wgo_status status = check_claims(options, err);
    if (status == WGO_OK && !(write_header(options, &header) && write_claims(options, &claims))) {
        status = no_memory(err);
    }
    if (status == WGO_OK) {
        status = wgo_jws_sign(options->algorithm, options->key_pem, options->passphrase,
                              wgo_buf_view(&header), wgo_buf_view(&claims), out, err);
    }
    wgo_buf_fini(&header);
    wgo_buf_fini(&claims);
    return status;
}

enum wgo_status wgo_jwt_thumbprint(struct wgo_str pem, enum wgo_jwt_digest digest,
                                   struct wgo_buf *out, struct wgo_error *err)
{
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    struct wgo_str none = {0};
    BIO *bio = bio_of(pem);
    X509 *certificate = bio ? PEM_read_bio_X509(bio, NULL, give_passphrase, &none) : NULL;
    const EVP_MD *kind = digest == WGO_JWT_SHA1 ? EVP_sha1() : EVP_sha256();
    bool made = certificate && X509_digest(certificate, kind, bytes, &len) == 1;
    X509_free(certificate);
    BIO_free(bio);
    ERR_clear_error();
    if (!made) {
        wgo_fail(err, WGO_E_AUTH, "there is no certificate that can be read");
        wgo_error_hint(err, "it should be PEM text that says BEGIN CERTIFICATE");
        return WGO_E_AUTH;
    }
    return put_base64url(out, wgo_str_from((const char *)bytes, len)) ? WGO_OK : no_memory(err);
}
