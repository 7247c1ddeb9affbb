/* str.h: a string is a pointer and a length.
 *
 * struct wgo_str borrows bytes that somebody else keeps (an arena, a page, a literal); it is passed
 * by value, is not NUL-terminated, and may hold any byte. An empty string has len 0 and any ptr.
 *
 * Ownership: borrows. wgo_str_dup() copies into an arena.
 * Threads:   values; safe wherever the bytes behind them are.
 * Failure:   nothing here fails but wgo_str_dup/_lower/_cstr/_format, which return an empty string
 * with a NULL ptr when the arena is exhausted. */
#ifndef WGO_BASE_STR_H
#define WGO_BASE_STR_H

#include "base/compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct wgo_arena;

struct wgo_str {
    const char *ptr;
    size_t len;
};

#define WGO_STR(literal) ((struct wgo_str){(literal), sizeof(literal) - 1})
/* For printf's "%.*s". */
#define WGO_FMT(s) (int)(s).len, (s).ptr ? (s).ptr : ""

static inline struct wgo_str wgo_str(const char *cstr)
{
    return (struct wgo_str){cstr, cstr ? strlen(cstr) : 0};
}

static inline struct wgo_str wgo_str_from(const char *ptr, size_t len)
{
    return (struct wgo_str){ptr, len};
}

static inline bool wgo_str_eq(struct wgo_str a, struct wgo_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool wgo_str_is(struct wgo_str a, const char *cstr)
{
    return wgo_str_eq(a, wgo_str(cstr));
}

/* Byte order, shorter first when one is the other's beginning: the order of `resources`. */
int wgo_str_cmp(struct wgo_str a, struct wgo_str b);
/* qsort comparator for arrays of struct wgo_str. */
int wgo_str_cmp_ptr(const void *a, const void *b);
bool wgo_str_starts(struct wgo_str s, struct wgo_str prefix);
bool wgo_str_ends(struct wgo_str s, struct wgo_str suffix);
/* ASCII letters only; provider identifiers are compared this way where their API ignores case. */
bool wgo_str_eq_nocase(struct wgo_str a, struct wgo_str b);
/* Order, likewise. */
int wgo_str_cmp_nocase(struct wgo_str a, struct wgo_str b);
/* Position of 'needle', or s.len when absent. */
size_t wgo_str_find(struct wgo_str s, struct wgo_str needle);
size_t wgo_str_find_char(struct wgo_str s, char c);
/* The same outside of "quotes", in which a backslash takes the next byte's meaning. */
size_t wgo_str_find_unquoted(struct wgo_str s, char c);
/* Clamped to the string: never out of range. */
struct wgo_str wgo_str_slice(struct wgo_str s, size_t from, size_t to);
struct wgo_str wgo_str_trim(struct wgo_str s);
/* Cuts the part before 'sep' off '*rest' and returns it; '*rest' becomes empty with a NULL ptr
 * after the last part. Loop while (rest.ptr). */
struct wgo_str wgo_str_split(struct wgo_str *rest, char sep);

/* Shell-like match of the whole string: * any run, ? one byte, [a-z] and [!a-z] sets, {a,b}
 * alternatives, \ quotes; a bracket or brace without its partner stands for itself. Takes time
 * pattern times text at most. A pattern of 1024 bytes or with braces 17 deep matches nothing; one
 * that starts with ! is the caller's business. */
bool wgo_str_glob(struct wgo_str pattern, struct wgo_str s);
/* The same; ASCII letters of either case are alike. */
bool wgo_str_glob_nocase(struct wgo_str pattern, struct wgo_str s);
bool wgo_str_has_glob(struct wgo_str pattern);

/* Decimal, whole string, no sign for the unsigned one. False when malformed or out of range. */
bool wgo_str_to_i64(struct wgo_str s, int64_t *out);
bool wgo_str_to_u64(struct wgo_str s, uint64_t *out);
/* "250ms", "30s", "5m", "2h", "1d", "1h30m", and "0"; nanoseconds. A bare number needs a unit. */
bool wgo_str_to_duration(struct wgo_str s, int64_t *out_ns);
/* "96M", "2G", "512K", "1000000": bytes, powers of 1024. */
bool wgo_str_to_size(struct wgo_str s, uint64_t *out);
bool wgo_str_to_bool(struct wgo_str s, bool *out);
/* True for one decimal digit or more, and nothing else. */
bool wgo_str_is_digits(struct wgo_str s);
/* True when all bytes form valid UTF-8 (RFC 3629: no surrogates, no overlong forms); otherwise
 * '*out_bad_at', when given, is the offset of the first bad byte. */
bool wgo_str_is_utf8(struct wgo_str s, size_t *out_bad_at);

/* Makes one printable line of 'text': control characters become spaces, so that nothing a server
 * says moves a terminal's cursor. */
void wgo_str_flatten(char *text, size_t len);

/* The value of a digit of base 16, or -1. */
static inline int wgo_hex_digit(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

/* Two digits a byte, in lower case, and a NUL: 'out' has room for 2 * len + 1. */
void wgo_str_hex(const unsigned char *bytes, size_t len, char *out);

/* Without the byte order mark that texts in UTF-8 may begin with. */
struct wgo_str wgo_str_past_mark(struct wgo_str text);

/* Edit distance (Damerau-Levenshtein, restricted), for "did you mean". Strings over 63 bytes: 64.
 */
unsigned wgo_str_distance(struct wgo_str a, struct wgo_str b);
/* The distance up to which another word may have been meant: a third of the letters, one at least
 * and three at most. */
unsigned wgo_str_slips(struct wgo_str word);

struct wgo_str wgo_str_dup(struct wgo_arena *arena, struct wgo_str s);
/* A copy with ASCII letters in lower case. */
struct wgo_str wgo_str_lower(struct wgo_arena *arena, struct wgo_str s);
/* The parts one after another; for what is put together for each item of a page, where reading a
 * format would take longer than copying. NULL ptr: the arena is exhausted. */
struct wgo_str wgo_str_concat(struct wgo_arena *arena, const struct wgo_str *parts, size_t count);
/* NUL-terminated copy. Bytes after an embedded NUL are there but C will not see them. */
char *wgo_str_cstr(struct wgo_arena *arena, struct wgo_str s);
struct wgo_str wgo_str_format(struct wgo_arena *arena, const char *format, ...) WGO_PRINTF(2, 3);

#endif
