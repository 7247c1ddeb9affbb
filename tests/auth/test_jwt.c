/* Signed tokens: the examples of RFC 7515, keys of every form, and what goes into claims. */
#include "auth/jwt.h"

#include "base/arena.h"
#include "base/base64.h"
#include "base/json.h"
#include "keys.h"

#include <criterion/criterion.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

static struct wgo_buf token;
static struct wgo_arena arena;

static void teardown(void)
{
    wgo_buf_fini(&token);
    wgo_arena_fini(&arena);
}

TestSuite(jwt, .fini = teardown);

/* RFC 7519, 3.1: the claims, line ends and all, that both RFCs sign. */
static const char rfc_claims[] = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n "
                                 "\"http://example.com/is_root\":true}";
#define RFC_PAYLOAD                                                                                \
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVl" \
    "fQ"

static struct wgo_str view(void)
{
    return wgo_buf_view(&token);
}

static struct wgo_str part(unsigned n)
{
    struct wgo_str rest = view(), piece = {0};
    for (unsigned i = 0; i <= n; i++) {
        cr_assert_not_null(rest.ptr, "fewer parts than %u", n + 1);
        piece = wgo_str_split(&rest, '.');
    }
    return piece;
}

static struct wgo_str decoded(struct wgo_str text)
{
    struct wgo_buf buf = {0};
    cr_assert(wgo_base64_decode(&buf, text));
    struct wgo_str copy = wgo_str_dup(&arena, wgo_buf_view(&buf));
    wgo_buf_fini(&buf);
    return copy;
}

static EVP_PKEY *key_of(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    cr_assert_not_null(key);
    return key;
}

static struct wgo_str pem_of(EVP_PKEY *key, bool pkcs8, const char *passphrase)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *bytes;
    const EVP_CIPHER *cipher = passphrase ? EVP_aes_128_cbc() : NULL;
    int len = passphrase ? (int)strlen(passphrase) : 0;
    cr_assert_eq(pkcs8
                     ? PEM_write_bio_PKCS8PrivateKey(bio, key, cipher, passphrase, len, NULL, NULL)
                     : PEM_write_bio_PrivateKey_traditional(
                           bio, key, cipher, (const unsigned char *)passphrase, len, NULL, NULL),
                 1);
    size_t size = (size_t)BIO_get_mem_data(bio, &bytes);
    struct wgo_str copy = wgo_str_dup(&arena, wgo_str_from(bytes, size));
    BIO_free(bio);
    return copy;
}

/* Whether 'jws' holds for 'key', as its reader would find out. */
static bool verifies_with(struct wgo_str jws, EVP_PKEY *key, bool pss)
{
    size_t dot = jws.len;
    while (dot > 0 && jws.ptr[dot - 1] != '.') {
        dot--;
    }
    struct wgo_str text = wgo_str_slice(jws, 0, dot - 1);
    struct wgo_str signature = decoded(wgo_str_slice(jws, dot, jws.len));
    unsigned char *der = NULL;
    size_t len = signature.len;
    if (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC) {
        cr_assert_eq(signature.len, 64, "R and S");
        const unsigned char *raw = (const unsigned char *)signature.ptr;
        ECDSA_SIG *sig = ECDSA_SIG_new();
        cr_assert_eq(ECDSA_SIG_set0(sig, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL)),
                     1);
        len = (size_t)i2d_ECDSA_SIG(sig, &der);
        ECDSA_SIG_free(sig);
    }
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_PKEY_CTX *padding = NULL;
    cr_assert_eq(EVP_DigestVerifyInit(context, &padding, EVP_sha256(), NULL, key), 1);
    if (pss) {
        cr_assert_eq(EVP_PKEY_CTX_set_rsa_padding(padding, RSA_PKCS1_PSS_PADDING), 1);
        cr_assert_eq(EVP_PKEY_CTX_set_rsa_pss_saltlen(padding, 32), 1, "and no other salt");
    }
    int good = EVP_DigestVerify(context, der ? der : (const unsigned char *)signature.ptr, len,
                                (const unsigned char *)text.ptr, text.len);
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    return good == 1;
}

static bool verifies(struct wgo_str jws, EVP_PKEY *key)
{
    return verifies_with(jws, key, false);
}

Test(jwt, rfc7515_a2_rs256)
{
    static const char want[] =
        "eyJhbGciOiJSUzI1NiJ9." RFC_PAYLOAD
        ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W"
        "2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSj"
        "tQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh"
        "6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";
    cr_assert_eq(wgo_jws_sign(WGO_JWT_RS256, WGO_STR(RFC7515_RSA), (struct wgo_str){0},
                              WGO_STR("{\"alg\":\"RS256\"}"), wgo_str(rfc_claims), &token, NULL),
                 WGO_OK);
    cr_assert(wgo_str_is(view(), want), "%.*s", WGO_FMT(view()));
}

/* ECDSA signs differently each time: the RFC's signature and ours both hold for its key. */
Test(jwt, rfc7515_a3_es256)
{
    static const char rfc[] =
        "eyJhbGciOiJFUzI1NiJ9." RFC_PAYLOAD
        ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
    EVP_PKEY *key = key_of(RFC7515_EC);
    cr_assert(verifies(wgo_str(rfc), key), "what is checked with must be right itself");
    for (int i = 0; i < 50; i++) { /* R and S that are short are padded */
        wgo_buf_reset(&token);
        cr_assert_eq(wgo_jws_sign(WGO_JWT_ES256, WGO_STR(RFC7515_EC), (struct wgo_str){0},
                                  WGO_STR("{\"alg\":\"ES256\"}"), wgo_str(rfc_claims), &token,
                                  NULL),
                     WGO_OK);
        cr_assert(wgo_str_starts(view(), WGO_STR("eyJhbGciOiJFUzI1NiJ9." RFC_PAYLOAD ".")));
        cr_assert(verifies(view(), key));
    }
    token.ptr[30] ^= 1;
    cr_assert_not(verifies(view(), key));
    EVP_PKEY_free(key);
}

static struct wgo_jwt_options options_with(const char *claims)
{
    return (struct wgo_jwt_options){.algorithm = WGO_JWT_RS256,
                                    .key_pem = WGO_STR(RFC7515_RSA),
                                    .claims = wgo_str(claims),
                                    .now = {INT64_C(1769860800) * WGO_S + 999999999}};
}

struct claims_case {
    const char *claims;
    unsigned lifetime_s;
    bool not_before;
    const char *want;
};

/* RSA-PSS salts by chance: what another library (Python's cryptography) has signed and what we sign
 * hold for the same key. */
Test(jwt, ps256)
{
    static const char theirs[] =
        "eyJhbGciOiJQUzI1NiJ9." RFC_PAYLOAD
        ".jrPozIgQM_USoXIVD2whN1Y86B6hCsI4hl6aU81r1FH9o3GKQYNr6slb6K-3whEJe3uEHkQF_2xpefaN8wG1Ru8j"
        "iLLgFBqNIpLr-S389y-c9YiArODMcLVFqABVoCEF-lK6isySpVxiam75PrWCaPGLY_udDsoC6vilIeCUB0eXUjh-"
        "islYILYBNIxvQBeDX04V2Ae2Gto0yfw9hkHahPR6XPFE0WgV_fGAtw_EIV2-xqBgLcruKe7g9LRPaP9d4iwxZpuj"
        "Vtv9VVQFdfoHtHsmGDQZ-6crma8COg96RPyvs0bOQQYcHGLrZ7hOpy_csqOFcZ8wSHabWJLKJySr9w";
    EVP_PKEY *key = key_of(RFC7515_RSA);
    cr_assert(verifies_with(wgo_str(theirs), key, true), "what is checked with must be right");
    cr_assert_eq(wgo_jws_sign(WGO_JWT_PS256, WGO_STR(RFC7515_RSA), (struct wgo_str){0},
                              WGO_STR("{\"alg\":\"PS256\"}"), wgo_str(rfc_claims), &token, NULL),
                 WGO_OK);
    cr_assert(wgo_str_starts(view(), WGO_STR("eyJhbGciOiJQUzI1NiJ9." RFC_PAYLOAD ".")));
    cr_assert(verifies_with(view(), key, true));
    cr_assert_not(verifies_with(view(), key, false), "it is no RS256");
    struct wgo_str first = wgo_str_dup(&arena, view());
    wgo_buf_reset(&token);
    cr_assert_eq(wgo_jws_sign(WGO_JWT_PS256, WGO_STR(RFC7515_RSA), (struct wgo_str){0},
                              WGO_STR("{\"alg\":\"PS256\"}"), wgo_str(rfc_claims), &token, NULL),
                 WGO_OK);
    cr_assert_not(wgo_str_eq(first, view()), "the salt is another one");
    wgo_buf_reset(&token);
    cr_assert_eq(wgo_jws_sign(WGO_JWT_PS256, WGO_STR(RFC7515_EC), (struct wgo_str){0},
                              WGO_STR("{}"), WGO_STR("{}"), &token, NULL),
                 WGO_E_AUTH);
    EVP_PKEY_free(key);
}

Test(jwt, claims_and_times)
{
    static const struct claims_case cases[] = {
        {"{\"iss\":\"me\"}", 3600, false, "{\"iat\":1769860800,\"exp\":1769864400,\"iss\":\"me\"}"},
        {"{\"iss\":\"me\"}", 600, true,
         "{\"iat\":1769860800,\"nbf\":1769860800,\"exp\":1769861400,\"iss\":\"me\"}"},
        {" { \"a\" : [ 1 , {\"exp\":2}] } \n", 1, false,
         "{\"iat\":1769860800,\"exp\":1769860801,\"a\" : [ 1 , {\"exp\":2}]}"},
        {"{ }", 60, false, "{\"iat\":1769860800,\"exp\":1769860860}"},
        {"{\"exp\":7}", 0, true, "{\"exp\":7}"},
    };
    EVP_PKEY *key = key_of(RFC7515_RSA);
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_jwt_options options = options_with(cases[i].claims);
        struct wgo_error err = {0};
        options.lifetime_s = cases[i].lifetime_s;
        options.not_before = cases[i].not_before;
        wgo_buf_reset(&token);
        cr_assert_eq(wgo_jwt_sign(&options, &token, &err), WGO_OK, "%s", err.message);
        cr_assert(wgo_str_is(decoded(part(0)), "{\"alg\":\"RS256\",\"typ\":\"JWT\"}"));
        cr_assert(wgo_str_is(decoded(part(1)), cases[i].want), "%.*s", WGO_FMT(decoded(part(1))));
        cr_assert(verifies(view(), key));
    }
    EVP_PKEY_free(key);
}

Test(jwt, headers)
{
    struct wgo_jwt_options options = options_with("{}");
    options.algorithm = WGO_JWT_ES256;
    options.key_pem = WGO_STR(RFC7515_EC);
    options.kid = WGO_STR("key \"1\"");
    options.x5t = WGO_STR("dGh1bWI");
    options.x5t_s256 = WGO_STR("cHJpbnQ");
    cr_assert_eq(wgo_jwt_sign(&options, &token, NULL), WGO_OK);
    cr_assert(wgo_str_is(decoded(part(0)),
                         "{\"alg\":\"ES256\",\"typ\":\"JWT\",\"kid\":\"key \\\"1\\\"\","
                         "\"x5t\":\"dGh1bWI\",\"x5t#S256\":\"cHJpbnQ\"}"));
}

Test(jwt, claims_that_cannot_be)
{
    static const char *const claims[] = {"",
                                         "[]",
                                         "\"a\"",
                                         "{",
                                         "{}{}",
                                         "{\"iat\":1}",
                                         "{\"x\":{},\"exp\":1}",
                                         "{\"\\u0065xp\":1}",
                                         "{\"nbf\":null}"};
    for (size_t i = 0; i < WGO_COUNT(claims); i++) {
        struct wgo_jwt_options options = options_with(claims[i]);
        struct wgo_error err = {0};
        options.lifetime_s = 60;
        cr_assert_eq(wgo_jwt_sign(&options, &token, &err), WGO_E_CONFIG, "%s", claims[i]);
        cr_assert_eq(token.len, 0);
    }
}

/* ---- keys ---- */

static enum wgo_status try_key(enum wgo_jwt_algorithm algorithm, struct wgo_str pem,
                               const char *passphrase, struct wgo_error *err)
{
    struct wgo_jwt_options options = options_with("{}");
    options.algorithm = algorithm;
    options.key_pem = pem;
    options.passphrase = wgo_str(passphrase);
    wgo_buf_reset(&token);
    return wgo_jwt_sign(&options, &token, err);
}

Test(jwt, keys_in_every_form)
{
    static const char *const keys[] = {RFC7515_RSA, RFC7515_EC};
    static const enum wgo_jwt_algorithm algorithms[] = {WGO_JWT_RS256, WGO_JWT_ES256};
    for (size_t i = 0; i < WGO_COUNT(keys); i++) {
        EVP_PKEY *key = key_of(keys[i]);
        for (int form = 0; form < 4; form++) {
            const char *passphrase = form & 1 ? "open sesame" : NULL;
            struct wgo_str pem = pem_of(key, form & 2, passphrase);
            struct wgo_error err = {0};
            cr_assert_eq(try_key(algorithms[i], pem, passphrase, &err), WGO_OK,
                         "key %zu form %d: %s", i, form, err.message);
            cr_assert(verifies(view(), key));
        }
        EVP_PKEY_free(key);
    }
    cr_assert_eq(try_key(WGO_JWT_ES256, WGO_STR(RFC7515_EC_CERTIFICATE RFC7515_EC), NULL, NULL),
                 WGO_OK, "a file that begins with its certificate");
}

/* With stdin a terminal libcrypto would ask for a passphrase and hang: it must never get so far. */
Test(jwt, keys_that_cannot_be_used)
{
    EVP_PKEY *rsa = key_of(RFC7515_RSA), *weak = EVP_RSA_gen(1024), *p384 = EVP_EC_gen("P-384");
    struct wgo_str locked = pem_of(rsa, true, "open sesame");
    struct wgo_str half = wgo_str_slice(WGO_STR(RFC7515_RSA), 0, 400);
    struct {
        enum wgo_jwt_algorithm algorithm;
        struct wgo_str pem;
        const char *passphrase, *says;
    } cases[] = {
        {WGO_JWT_RS256, (struct wgo_str){0}, NULL, "cannot be read"},
        {WGO_JWT_RS256, WGO_STR("secret text"), NULL, "cannot be read"},
        {WGO_JWT_RS256, half, NULL, "cannot be read"},
        {WGO_JWT_RS256, locked, NULL, "cannot be read"},
        {WGO_JWT_RS256, locked, "hunter2", "cannot be read with the passphrase"},
        {WGO_JWT_ES256, WGO_STR(RFC7515_EC_CERTIFICATE), NULL, "cannot be read"},
        {WGO_JWT_RS256, WGO_STR(RFC7515_EC), NULL, "RS256 wants an RSA key"},
        {WGO_JWT_ES256, WGO_STR(RFC7515_RSA), NULL, "ES256 wants an elliptic curve key"},
        {WGO_JWT_RS256, pem_of(weak, true, NULL), NULL, "2048"},
        {WGO_JWT_ES256, pem_of(p384, true, NULL), NULL, "P-256"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_error err = {0};
        cr_assert_eq(try_key(cases[i].algorithm, cases[i].pem, cases[i].passphrase, &err),
                     WGO_E_AUTH, "case %zu", i);
        cr_assert_eq(token.len, 0);
        cr_assert_eq(err.status, WGO_E_AUTH);
        cr_assert_not_null(strstr(err.message, cases[i].says), "case %zu: %s", i, err.message);
        cr_assert_null(strstr(err.message, "hunter2"));
        cr_assert_null(strstr(err.message, "secret text"));
    }
    EVP_PKEY_free(rsa);
    EVP_PKEY_free(weak);
    EVP_PKEY_free(p384);
}

/* As `openssl x509 -outform der | openssl sha1 -binary | base64` has them. */
Test(jwt, thumbprints)
{
    struct wgo_str pem = WGO_STR(RFC7515_EC RFC7515_EC_CERTIFICATE);
    struct wgo_error err = {0};
    cr_assert_eq(wgo_jwt_thumbprint(pem, WGO_JWT_SHA1, &token, &err), WGO_OK);
    cr_assert(wgo_str_is(view(), "Nj-xvCJ8C1NAZGQP9d83SOOCKVw"), "%.*s", WGO_FMT(view()));
    wgo_buf_reset(&token);
    cr_assert_eq(wgo_jwt_thumbprint(pem, WGO_JWT_SHA256, &token, &err), WGO_OK);
    cr_assert(wgo_str_is(view(), "AdcGcUE8SQ8T2QxLkMk4z5Jf04upyKhId1TaIDdmwy0"), "%.*s",
              WGO_FMT(view()));
    wgo_buf_reset(&token);
    cr_assert_eq(wgo_jwt_thumbprint(WGO_STR(RFC7515_EC), WGO_JWT_SHA1, &token, &err), WGO_E_AUTH);
    cr_assert_eq(token.len, 0);
}
