/* The digest's state is a plain struct with the older interface of libcrypto, which can be copied;
 * EVP and HMAC allocate, lock and look up names for each value: thirty times the digest itself. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/secret.h"

#include "base/arena.h"
#include "base/json.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <stdlib.h>

enum { DIGEST_LEN = 32, BLOCK_LEN = 64, SHOWN_LEN = 16, KEY_ID_LEN = 8, SHORTEST_KEY = 16 };

_Static_assert(SHA256_DIGEST_LENGTH == DIGEST_LEN && SHA256_CBLOCK == BLOCK_LEN, "SHA-256");
_Static_assert(WGO_REDACTION_KEY_LEN == DIGEST_LEN, "a key is a SHA-256 digest");
_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct wgo_sha256_state), "room for the state");
_Static_assert(WGO_REDACTED_TEXT > sizeof("hmac:") + 2 * SHOWN_LEN, "room for the text");

enum wgo_status wgo_secret_set(struct wgo_secret *secret, struct wgo_str value)
{
    /* The copy is made first: 'value' may be what the secret held so far. */
    char *copy = value.len < SIZE_MAX ? malloc(value.len + 1) : NULL;
    if (!copy) {
        return WGO_E_NOMEM;
    }
    if (value.len) {
        memcpy(copy, value.ptr, value.len);
    }
    copy[value.len] = '\0';
    wgo_secret_fini(secret);
    *secret = (struct wgo_secret){copy, value.len};
    return WGO_OK;
}

void wgo_secret_fini(struct wgo_secret *secret)
{
    if (secret) {
        wgo_wipe(secret->bytes, secret->len);
        free(secret->bytes);
        *secret = (struct wgo_secret){0};
    }
}

void wgo_wipe(void *bytes, size_t len)
{
    if (bytes) {
        OPENSSL_cleanse(bytes, len);
    }
}

/* The state after one block: the key, padded with zeros, and every byte of it xored with 'pad'. */
static void begin_half(struct wgo_sha256_state *state, const unsigned char key[DIGEST_LEN],
                       unsigned char pad)
{
    unsigned char block[BLOCK_LEN];
    SHA256_CTX sha;
    memset(block, pad, sizeof(block));
    for (size_t i = 0; i < DIGEST_LEN; i++) {
        block[i] ^= key[i];
    }
    SHA256_Init(&sha);
    SHA256_Update(&sha, block, sizeof(block));
    memcpy(state->bytes, &sha, sizeof(sha));
    wgo_wipe(block, sizeof(block));
    wgo_wipe(&sha, sizeof(sha));
}

/* What SHA-256 gives when 'bytes' follow the state. */
static void end_half(const struct wgo_sha256_state *state, const void *bytes, size_t len,
                     unsigned char out[DIGEST_LEN])
{
    SHA256_CTX sha;
    memcpy(&sha, state->bytes, sizeof(sha));
    if (len > 0) {
        SHA256_Update(&sha, bytes, len);
    }
    SHA256_Final(out, &sha); /* wipes what it held of the bytes */
}

/* HMAC-SHA256 (RFC 2104). */
static void keyed_digest(const struct wgo_redactor *redactor, struct wgo_str value,
                         unsigned char out[DIGEST_LEN])
{
    unsigned char inner[DIGEST_LEN];
    end_half(&redactor->inner, value.ptr, value.len, inner);
    end_half(&redactor->outer, inner, sizeof(inner), out);
}

enum wgo_status wgo_redactor_init(struct wgo_redactor *redactor, struct wgo_str key,
                                  struct wgo_error *err)
{
    struct wgo_redactor made = {.keyed = key.len > 0};
    if (made.keyed) {
        unsigned char name[DIGEST_LEN];
        if (key.len < SHORTEST_KEY) {
            return wgo_fail(err, WGO_E_CONFIG, "the redaction key has fewer than %d bytes",
                            SHORTEST_KEY);
        }
        SHA256((const unsigned char *)key.ptr, key.len, made.key);
        begin_half(&made.inner, made.key, 0x36);
        begin_half(&made.outer, made.key, 0x5c);
        keyed_digest(&made, WGO_STR("wgo redaction key id"), name);
        wgo_str_hex(name, KEY_ID_LEN, made.key_id);
    }
    *redactor = made;
    wgo_wipe(&made, sizeof(made));
    return WGO_OK;
}

void wgo_redactor_fini(struct wgo_redactor *redactor)
{
    if (redactor) {
        wgo_wipe(redactor, sizeof(*redactor));
    }
}

void wgo_redact(const struct wgo_redactor *redactor, struct wgo_str value,
                char out[WGO_REDACTED_TEXT])
{
    unsigned char digest[DIGEST_LEN];
    if (redactor->keyed) {
        keyed_digest(redactor, value, digest);
        memcpy(out, "hmac:", sizeof("hmac:"));
        wgo_str_hex(digest, SHOWN_LEN, out + sizeof("hmac:") - 1);
    } else {
        memcpy(out, "redacted", sizeof("redacted"));
    }
}

bool wgo_redact_json(void *state, struct wgo_str raw, struct wgo_buf *out)
{
    const struct wgo_redactor *redactor = state;
    char text[WGO_REDACTED_TEXT];
    if (wgo_str_eq(raw, WGO_STR("null"))) {
        return wgo_buf_str(out, raw);
    }
    struct wgo_arena arena = {0}; /* used by strings with escapes only */
    struct wgo_str value = wgo_json_text(raw, &arena);
    if (value.ptr) {
        wgo_redact(redactor, value, text);
    }
    wgo_arena_fini(&arena);
    if (!value.ptr) {
        out->failed = out->failed ? out->failed : WGO_E_NOMEM;
        return false;
    }
    return wgo_buf_char(out, '"') && wgo_buf_cstr(out, text) && wgo_buf_char(out, '"');
}
