/* buckets_key.c: customer-supplied encryption keys. */
#include <openssl/sha.h>
#include <string.h>

#include "gcp/buckets.h"

#define KEY_BYTES 32

static struct gcp_trouble wrong(const char *reason, const char *message)
{
    return (struct gcp_trouble){.problem = GCP_BAD_PARAMETER, .code = reason, .message = message};
}

bool gcp_key_digest(const char *key, struct fc_text *out)
{
    unsigned char bytes[KEY_BYTES + 2], digest[SHA256_DIGEST_LENGTH];
    size_t n = 0;

    if (strlen(key) != 44 || !fc_base64_decode(fc_str_of(key), bytes, sizeof(bytes), &n) ||
        n != KEY_BYTES) {
        return false;
    }
    SHA256(bytes, n, digest);
    fc_text_base64(out, digest, sizeof(digest), false);
    return true;
}

struct gcp_trouble gcp_object_unlock(const struct gcp_store *store, const struct fc_request *rq)
{
    const char *algorithm = fc_request_header(rq, "x-goog-encryption-algorithm");
    const char *key = fc_request_header(rq, "x-goog-encryption-key");
    const char *said = fc_request_header(rq, "x-goog-encryption-key-sha256");
    struct fc_text digest = {0};
    struct gcp_trouble t = {.problem = GCP_OK};

    if (algorithm == NULL && key == NULL && said == NULL) {
        return store->key == NULL
                   ? t
                   : wrong("resourceIsEncryptedWithCustomerEncryptionKey",
                           "The target object is encrypted by a customer-supplied encryption key.");
    }
    if (algorithm == NULL || strcmp(algorithm, "AES256") != 0) {
        return wrong("customerEncryptionAlgorithmIsInvalid",
                     "Missing an encryption algorithm, or the provided algorithm is not "
                     "\"AES256.\"");
    }
    if (key == NULL || !gcp_key_digest(key, &digest)) {
        return wrong("customerEncryptionKeyFormatIsInvalid",
                     "Missing an encryption key, or it is not base64 encoded, or it does not meet "
                     "the required length of the encryption algorithm.");
    }
    if (said == NULL || strcmp(said, digest.data) != 0) {
        t = wrong("customerEncryptionKeySha256IsInvalid",
                  "Missing a SHA256 hash of the encryption key, or it is not base64 encoded, or it "
                  "does not match the encryption key.");
    } else if (store->key == NULL) {
        t = wrong("resourceNotEncryptedWithCustomerEncryptionKey",
                  "The target object is not encrypted by a customer-supplied encryption key.");
    } else if (strcmp(store->key, key) != 0) {
        t = wrong("customerEncryptionKeyIsIncorrect", "The provided encryption key is incorrect.");
    }
    fc_text_fini(&digest);
    return t;
}
