#include "base/seal.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

enum { NONCE = 12, TAG = 16 };

bool wgo_seal_init(struct wgo_seal *seal, const struct wgo_redactor *redactor)
{
    static const unsigned char purpose[] = "wgo page tokens 1";
    unsigned length = 0;
    return redactor->keyed &&
           HMAC(EVP_sha256(), redactor->key, sizeof(redactor->key), purpose, sizeof(purpose) - 1,
                seal->key, &length) &&
           length == sizeof(seal->key);
}

void wgo_seal_fini(struct wgo_seal *seal)
{
    wgo_wipe(seal, sizeof(*seal));
}

static const unsigned char *bytes(struct wgo_str text)
{
    return (const unsigned char *)text.ptr;
}

/* 'from' becomes 'to', as long; the tag is made, or checked. */
static bool run(const struct wgo_seal *seal, bool closing, const unsigned char *nonce,
                struct wgo_str owner, struct wgo_str from, unsigned char *to, unsigned char *tag)
{
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int length = 0, rest = 0;
    bool good = ctx && from.len < INT32_MAX && owner.len < INT32_MAX &&
                EVP_CipherInit_ex(ctx, EVP_aes_256_gcm(), NULL, seal->key, nonce, closing) == 1 &&
                EVP_CipherUpdate(ctx, NULL, &length, bytes(owner), (int)owner.len) == 1 &&
                EVP_CipherUpdate(ctx, to, &length, bytes(from), (int)from.len) == 1 &&
                (closing || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1) &&
                EVP_CipherFinal_ex(ctx, to + length, &rest) == 1 &&
                (!closing || EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG, tag) == 1);
    EVP_CIPHER_CTX_free(ctx);
    return good;
}

bool wgo_seal_close(const struct wgo_seal *seal, struct wgo_str owner, struct wgo_str plain,
                    struct wgo_buf *out)
{
    unsigned char *to = (unsigned char *)wgo_buf_reserve(out, NONCE + TAG + plain.len);
    if (!to || RAND_bytes(to, NONCE) != 1 ||
        !run(seal, true, to, owner, plain, to + NONCE + TAG, to + NONCE)) {
        return false;
    }
    out->len += NONCE + TAG + plain.len;
    return true;
}

bool wgo_seal_open(const struct wgo_seal *seal, struct wgo_str owner, struct wgo_str sealed,
                   struct wgo_buf *out)
{
    unsigned char tag[TAG];
    if (sealed.len < NONCE + TAG) {
        return false;
    }
    struct wgo_str secret = wgo_str_slice(sealed, NONCE + TAG, sealed.len);
    unsigned char *to = (unsigned char *)wgo_buf_reserve(out, secret.len + 1);
    memcpy(tag, sealed.ptr + NONCE, TAG);
    if (!to || !run(seal, false, bytes(sealed), owner, secret, to, tag)) {
        return false;
    }
    out->len += secret.len;
    return true;
}
