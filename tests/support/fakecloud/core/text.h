/* text.h: a growable byte buffer with printing, string slices, globs and small encoders.
 *
 * Ownership: a struct fc_text owns its heap; fc_text_fini() frees it, or the caller takes 'data'.
 * Threads:   none of its own; a buffer belongs to one thread at a time.
 * Failure:   running out of memory ends the program: this is a test server. */
#ifndef FC_TEXT_H
#define FC_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define FC_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define FC_NORETURN __attribute__((noreturn))
#else
#define FC_PRINTF(fmt, args)
#define FC_NORETURN
#endif

/* Bytes that belong to somebody else; not NUL-terminated. */
struct fc_str {
    const char *p;
    size_t n;
};

struct fc_text {
    char *data; /* NUL-terminated once anything was added. */
    size_t len;
    size_t cap;
};

void *fc_alloc(size_t bytes);           /* Zeroed. */
void *fc_grow(void *old, size_t bytes); /* realloc that cannot fail. */
char *fc_strdup(const char *s);
char *fc_strndup(const char *s, size_t n);
void fc_die(const char *fmt, ...) FC_PRINTF(1, 2) FC_NORETURN; /* Prints and exits with 2. */

void fc_text_fini(struct fc_text *t);
void fc_text_add(struct fc_text *t, const void *p, size_t n);
void fc_text_puts(struct fc_text *t, const char *s);
void fc_text_printf(struct fc_text *t, const char *fmt, ...) FC_PRINTF(2, 3);
/* Adds 's' as a JSON string, with its quotes. What is no UTF-8 becomes U+FFFD. */
void fc_text_json(struct fc_text *t, struct fc_str s);
/* Base64 of 'n' bytes: the standard alphabet with padding, or the URL alphabet without. */
void fc_text_base64(struct fc_text *t, const void *p, size_t n, bool url);

struct fc_str fc_str_of(const char *s);
bool fc_str_eq(struct fc_str a, const char *b);
/* True when 's' is a decimal number that fits; sets 'out'. */
bool fc_str_u64(struct fc_str s, uint64_t *out);
/* '*' matches any run of bytes (also none, also '/'), '?' one byte. */
bool fc_glob(const char *pattern, struct fc_str s);
/* Decodes either base64 alphabet, padded or not, into 'out' (cap bytes). False when it is not one.
 */
bool fc_base64_decode(struct fc_str s, void *out, size_t cap, size_t *out_len);
/* Percent-decodes 's' into 'dst' (at least s.n bytes) and returns the length. */
size_t fc_percent_decode(struct fc_str s, char *dst, bool plus_is_space);

#endif
