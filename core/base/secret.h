/* secret.h: credentials in memory, and what a snapshot shows instead of a sensitive value.
 *
 * struct wgo_secret holds a credential. No formatter takes it; wgo_secret_reveal() is the one way
 * to its bytes and is easy to find by searching. Its memory is wiped when it goes.
 *
 * struct wgo_redactor turns sensitive values into "hmac:" and the first 128 bits, in hex, of
 * HMAC-SHA256(key, value): a change shows, the value does not. Without a key values become
 * "redacted". 'key_id' names the key in the snapshot: it is a digest of the key, 16 hex digits.
 *
 * wgo_name_is_secret() tells by a name that a credential stands behind it.
 *
 * Ownership: wgo_secret owns its bytes; a redactor owns its key.
 * Threads:   a redactor is read-only once made and shared freely.
 * Failure:   out of memory; a key that is too short (WGO_E_CONFIG). */
#ifndef WGO_BASE_SECRET_H
#define WGO_BASE_SECRET_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"

struct wgo_secret {
    char *bytes; /* NUL after the last one */
    size_t len;
};

WGO_NODISCARD enum wgo_status wgo_secret_set(struct wgo_secret *secret, struct wgo_str value);
void wgo_secret_fini(struct wgo_secret *secret);
static inline struct wgo_str wgo_secret_reveal(const struct wgo_secret *secret)
{
    return (struct wgo_str){secret->bytes, secret->len};
}
/* Overwrites memory in a way the compiler must keep. */
void wgo_wipe(void *bytes, size_t len);

#define WGO_REDACTION_KEY_LEN 32
#define WGO_REDACTED_TEXT 40 /* "hmac:" + 32 hex digits + NUL, rounded up */

struct wgo_redactor {
    bool keyed;
    unsigned char key[WGO_REDACTION_KEY_LEN];
    /* The two halves of HMAC that depend on the key alone, digested: a page may hold thousands of
     * values, most of them shorter than a key's setting up is long. As secret as the key. */
    struct wgo_sha256_state {
        _Alignas(8) unsigned char bytes[128];
    } inner, outer;
    char key_id[17];
};

/* 'key' of any length >= 16 is digested to the key's size; an empty one gives a redactor without a
 * key. */
WGO_NODISCARD enum wgo_status wgo_redactor_init(struct wgo_redactor *redactor, struct wgo_str key,
                                                struct wgo_error *err);
void wgo_redactor_fini(struct wgo_redactor *redactor);
/* The text that stands for 'value' (decoded bytes, not JSON). */
void wgo_redact(const struct wgo_redactor *redactor, struct wgo_str value,
                char out[WGO_REDACTED_TEXT]);
/* A wgo_json_redact_fn: 'state' is a const struct wgo_redactor. Strings are digested decoded, other
 * scalars as their text. null stays: there is no value; "" does not: that a password is empty is a
 * secret too. */
bool wgo_redact_json(void *state, struct wgo_str raw, struct wgo_buf *out);

/* "X-Api-Key", "sig", "dbPassword": names of headers, of parameters and of variables, where rather
 * too many are taken for secrets than one too few. */
bool wgo_name_is_secret(struct wgo_str name);
/* Whether one of 'words' is in 'text' anywhere, without regard to case, '-' and '_'; the words are
 * in lower case and have neither. */
bool wgo_text_has_word(struct wgo_str text, const char *const *words, size_t count);

#endif
