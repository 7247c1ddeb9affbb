#include "gcp/key.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdlib.h>

#define KEY_BITS 2048

struct gcp_key {
    EVP_PKEY *pair;
};

struct gcp_key *gcp_key_new(void)
{
    struct gcp_key *key = fc_alloc(sizeof(*key));

    key->pair = EVP_RSA_gen(KEY_BITS);
    if (key->pair == NULL) {
        fc_die("libcrypto makes no RSA key");
    }
    return key;
}

void gcp_key_free(struct gcp_key *key)
{
    if (key != NULL) {
        EVP_PKEY_free(key->pair);
        free(key);
    }
}

void gcp_key_pem(const struct gcp_key *key, struct fc_text *out)
{
    BIO *bio = BIO_new(BIO_s_mem());
    char *data = NULL;
    long n = 0;

    if (bio != NULL && PEM_write_bio_PrivateKey(bio, key->pair, NULL, NULL, 0, NULL, NULL) == 1) {
        n = BIO_get_mem_data(bio, &data);
    }
    if (n <= 0) {
        fc_die("libcrypto prints no RSA key");
    }
    fc_text_add(out, data, (size_t)n);
    BIO_free(bio);
}

bool gcp_key_verifies(const struct gcp_key *key, struct fc_str text, const void *signature,
                      size_t length)
{
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool good =
        ctx != NULL && EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key->pair) == 1 &&
        EVP_DigestVerify(ctx, signature, length, (const unsigned char *)text.p, text.n) == 1;

    EVP_MD_CTX_free(ctx);
    return good;
}
