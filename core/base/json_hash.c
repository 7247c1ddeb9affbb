#include "base/json.h"
#include "base/json_kernel.h"
#include "base/json_scan.h"

#define XXH_INLINE_ALL /* most pieces are shorter than a call is long */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* What is hashed is canonical: compact, every string written as wgo_json_quote() would. Most text
 * is canonical as it lies there; of what is not, a canonical copy is hashed. Brackets and commas
 * cut it into pieces: elements, and members with their names, each hashed at once. */
enum {
    SEED_SCALAR = 1, /* in an array, or all there is; the quotes tell strings from numbers */
    SEED_NAME,       /* of a member whose value is a container */
    SEED_MEMBER,
    SEED_ARRAY,
    SEED_OBJECT,
};

/* More than any record has, and what 32 bits can point into. */
static const size_t MOST = (size_t)2 << 30;

/* Hashed as little-endian bytes, so that a fingerprint is the same on every machine. */
static uint64_t little_endian(uint64_t n)
{
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap64(n);
#else
    return n;
#endif
}

/* Flattened: of known length, the hash is a handful of operations. */
__attribute__((flatten)) static uint64_t hash_pair(uint64_t a, uint64_t b, uint64_t seed)
{
    uint64_t pair[2] = {little_endian(a), little_endian(b)};
    return XXH3_64bits_withSeed(pair, sizeof(pair), seed);
}

static uint64_t hash_text(const char *first, const char *past, uint64_t seed)
{
    return XXH3_64bits_withSeed(first, (size_t)(past - first), seed);
}

/* ---- canonical text ---- */

/* The escape at '*at' as it should be; past it in 'out'. What nobody has checked stays as it is, if
 * it would become longer. */
static char *put_escape(const char **at, const char *end, char *out)
{
    const char *from = *at;
    char text[4], escape[6];
    const char *put = text;
    size_t len = wgo_json_decode(at, end, text);
    if (len == 1 && ((unsigned char)text[0] < ' ' || text[0] == '"' || text[0] == '\\')) {
        len = wgo_json_escape(text[0], escape);
        put = escape;
    }
    size_t taken = (size_t)(*at - from);
    if (len > taken) {
        len = taken;
        put = from;
    }
    memcpy(out, put, len);
    return out + len;
}

/* The first byte that is perhaps not copied as it stands. */
static const char *past_same(const char *at, const char *end, bool inside)
{
    if (inside) {
        return wgo_json_past_plain(at, end);
    }
    while (at < end && *at != '"' && wgo_json_class_of(*at) != WGO_JSON_C_SPACE) {
        at++;
    }
    return at;
}

/* Writes canonical text to 'out', which has room for all of 'raw'; its length. */
static size_t make_canonical(struct wgo_str raw, char *out)
{
    const char *at = raw.ptr, *end = raw.ptr + raw.len;
    char *first = out;
    bool inside = false;
    while (at < end) {
        const char *from = at;
        at = past_same(at, end, inside);
        memcpy(out, from, (size_t)(at - from));
        out += at - from;
        if (at < end && inside && *at == '\\') {
            out = put_escape(&at, end, out);
        } else if (at < end) {
            inside ^= *at == '"';
            if (inside || wgo_json_class_of(*at) != WGO_JSON_C_SPACE) {
                *out++ = *at;
            }
            at++;
        }
    }
    return (size_t)(out - first);
}

/* ---- hashing it ---- */

/* A container, and what is known of it so far. */
struct container {
    uint64_t sum; /* of the members, or the chain of elements */
    uint64_t count;
    uint64_t name; /* hash of its own, if it is a member */
    bool object;
};

static struct container open_container(bool object, const char *from, const char *mark)
{
    struct container container = {.object = object};
    if (mark > from) {
        container.name = hash_text(from, mark - 1, SEED_NAME); /* without the colon */
    }
    return container;
}

/* 'from' to 'mark': an element, or a member with its name. */
static void add_piece(struct container *in, const char *from, const char *mark)
{
    in->count++;
    if (in->object) {
        in->sum += hash_text(from, mark, SEED_MEMBER);
    } else {
        in->sum = hash_pair(in->sum, hash_text(from, mark, SEED_SCALAR), SEED_ARRAY);
    }
}

static void add_container(struct container *in, uint64_t name, uint64_t hash)
{
    in->count++;
    if (in->object) {
        in->sum += hash_pair(name, hash, SEED_OBJECT);
    } else {
        in->sum = hash_pair(in->sum, hash, SEED_ARRAY);
    }
}

static uint64_t close_container(const struct container *container)
{
    return hash_pair(container->sum, container->count,
                     container->object ? SEED_OBJECT : SEED_ARRAY);
}

/* The fingerprint of an object or array; 0 when it does not end, or may not be canonical unless
 * 'canonical' says that it is: a control character has no plain form. What stands before a mark is
 * a piece, or the name of the container that opens there; between a closing bracket and a comma
 * stands nothing. */
static uint64_t hash_container(struct wgo_str raw, bool canonical)
{
    struct container levels[1 + WGO_JSON_DEPTH]; /* nothing is in the first one */
    struct wgo_json_marks marks;
    const struct wgo_json_kernel *kernel = wgo_json_kernel();
    const char *from = raw.ptr;
    struct container *in = levels;
    wgo_json_marks_init(&marks, raw.ptr, raw.len);
    while (kernel->mark(&marks) && (canonical || marks.plain)) {
        for (uint32_t i = 0; i < marks.count; i++) {
            const char *mark = raw.ptr + marks.offsets[i];
            if (*mark == '{' || *mark == '[') {
                if (in == &levels[WGO_JSON_DEPTH]) {
                    return 0;
                }
                *++in = open_container(*mark == '{', from, mark);
            } else {
                if (mark > from) {
                    add_piece(in, from, mark);
                }
                if (*mark != ',') {
                    uint64_t hash = close_container(in), name = in->name;
                    if (--in == levels) {
                        return hash;
                    }
                    add_container(in, name, hash);
                }
            }
            from = mark + 1;
        }
    }
    return 0;
}

/* Of canonical text. */
static uint64_t hash_value(struct wgo_str raw)
{
    switch (raw.len ? wgo_json_class_of(*raw.ptr) : WGO_JSON_C_OTHER) {
    case WGO_JSON_C_OPEN_OBJECT:
    case WGO_JSON_C_OPEN_ARRAY:
        return hash_container(raw, true);
    case WGO_JSON_C_QUOTE:
    case WGO_JSON_C_NUMBER:
    case WGO_JSON_C_WORD:
        return hash_text(raw.ptr, raw.ptr + raw.len, SEED_SCALAR);
    default:
        return 0;
    }
}

uint64_t wgo_json_fingerprint(struct wgo_str raw)
{
    if (raw.len == 0 || raw.len > MOST) {
        return 0;
    }
    bool container = *raw.ptr == '{' || *raw.ptr == '[';
    uint64_t hash = container ? hash_container(raw, false) : 0;
    if (hash == 0) {
        char *canonical = malloc(raw.len);
        if (canonical) {
            hash = hash_value(wgo_str_from(canonical, make_canonical(raw, canonical)));
        }
        free(canonical);
    }
    return hash;
}
