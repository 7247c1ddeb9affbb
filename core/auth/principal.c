#include "auth/principal.h"

#include "base/base64.h"
#include "base/json.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

/* What stays when a token is renewed: who it speaks of, and what it lets him see. */
static const char *const CLAIMS[] = {"iss", "sub",   "tid",       "oid",   "azp",
                                     "aud", "appid", "client_id", "scope", "scp"};

bool wgo_principal_token(struct wgo_digest *digest, struct wgo_str token)
{
    struct wgo_str rest = token;
    struct wgo_buf payload = {0};
    (void)wgo_str_split(&rest, '.');
    struct wgo_str middle = rest.ptr ? wgo_str_split(&rest, '.') : rest;
    bool good = middle.len > 0 && rest.ptr && wgo_base64_decode(&payload, middle) &&
                wgo_json_check(wgo_buf_view(&payload), NULL) == WGO_OK &&
                wgo_json_get(wgo_buf_view(&payload), WGO_STR("sub")).len > 0;
    for (size_t i = 0; i < WGO_COUNT(CLAIMS) && good; i++) {
        wgo_digest_add(digest, wgo_json_get(wgo_buf_view(&payload), wgo_str(CLAIMS[i])));
    }
    if (payload.ptr) {
        wgo_wipe(payload.ptr, payload.cap);
    }
    wgo_buf_fini(&payload);
    return good;
}

static bool add_name(struct wgo_digest *digest, const X509_NAME *name)
{
    unsigned char *der = NULL;
    int length = i2d_X509_NAME(name, &der);
    if (length > 0) {
        wgo_digest_add(digest, wgo_str_from((const char *)der, (size_t)length));
    }
    OPENSSL_free(der);
    return length > 0;
}

bool wgo_principal_certificate(struct wgo_digest *digest, struct wgo_str pem)
{
    struct wgo_digest more = *digest;
    BIO *text = pem.len > 0 && pem.len <= INT_MAX ? BIO_new_mem_buf(pem.ptr, (int)pem.len) : NULL;
    X509 *certificate = text ? PEM_read_bio_X509(text, NULL, NULL, NULL) : NULL;
    bool good = certificate && add_name(&more, X509_get_subject_name(certificate)) &&
                add_name(&more, X509_get_issuer_name(certificate));
    X509_free(certificate);
    BIO_free(text);
    ERR_clear_error(); /* this thread's queue */
    if (good) {
        *digest = more;
    }
    return good;
}

void wgo_principal_secret(struct wgo_digest *digest, const struct wgo_redactor *redactor,
                          struct wgo_str secret)
{
    char redacted[WGO_REDACTED_TEXT];
    wgo_redact(redactor, secret, redacted);
    wgo_digest_add(digest, wgo_str(redacted));
    wgo_wipe(redacted, sizeof(redacted));
}

bool wgo_principal_random(struct wgo_digest *digest, struct wgo_str secret)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    bool good = EVP_Digest(secret.ptr, secret.len, hash, &length, EVP_sha256(), NULL) == 1;
    if (good) {
        wgo_digest_add(digest, wgo_str_from((const char *)hash, length));
    }
    wgo_wipe(hash, sizeof(hash));
    return good;
}

void wgo_principal_credential(struct wgo_digest *digest, const struct wgo_redactor *redactor,
                              struct wgo_str credential)
{
    if (!wgo_principal_token(digest, credential)) {
        wgo_principal_secret(digest, redactor, credential);
    }
}
