#include "base/json_walk.h"

#define XXH_INLINE_ALL /* most strings are shorter than a call is long */
#include <xxhash.h>

/* What is hashed is canonical: compact, every string written as wgo_json_quote() would. Most text
 * is canonical as it lies there, and a member whose value is no container is hashed with its name,
 * in one piece; what is not goes through `struct canonical`, which gives the same bytes. */
enum {
    SEED_SCALAR = 1, /* in an array, or all there is; the quotes tell strings from numbers */
    SEED_NAME,       /* of a member whose value is a container */
    SEED_MEMBER,
    SEED_ARRAY,
    SEED_OBJECT,
};

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

/* ---- text that is not canonical as it lies there ---- */

struct canonical {
    XXH3_state_t state;
    char text[256];
    size_t len;
};

static void put(struct canonical *c, const char *bytes, size_t len)
{
    if (sizeof(c->text) - c->len < len) {
        XXH3_64bits_update(&c->state, c->text, c->len);
        c->len = 0;
    }
    memcpy(c->text + c->len, bytes, len);
    c->len += len;
}

/* 'scalar' has its quotes, if it is a string. */
static void put_scalar(struct canonical *c, struct wgo_str scalar)
{
    const char *at = scalar.ptr, *end = scalar.ptr + scalar.len;
    if (scalar.len < 2 || *at != '"') {
        for (; at < end; at++) {
            put(c, at, 1);
        }
        return;
    }
    put(c, at++, 1);
    for (end--; at < end;) {
        char text[4];
        unsigned len = wgo_json_decode(&at, end, text);
        if (len == 1 && ((unsigned char)text[0] < ' ' || text[0] == '"' || text[0] == '\\')) {
            char escape[6];
            put(c, escape, wgo_json_escape(text[0], escape));
        } else {
            put(c, text, len);
        }
    }
    put(c, end, 1);
}

/* Of 'name', a colon and 'value', or of 'value' alone. */
static uint64_t hash_canonical(struct wgo_str name, struct wgo_str value, uint64_t seed)
{
    struct canonical c = {.len = 0};
    XXH3_64bits_reset_withSeed(&c.state, seed);
    if (name.ptr) {
        put_scalar(&c, name);
        put(&c, ":", 1);
    }
    put_scalar(&c, value);
    XXH3_64bits_update(&c.state, c.text, c.len);
    return XXH3_64bits_digest(&c.state);
}

/* ---- scalars ---- */

struct scalar {
    struct wgo_str text;
    bool canonical;
};

static uint64_t hash_scalar(const struct scalar *scalar, uint64_t seed)
{
    return scalar->canonical ? XXH3_64bits_withSeed(scalar->text.ptr, scalar->text.len, seed)
                             : hash_canonical((struct wgo_str){0}, scalar->text, seed);
}

/* Past the string at the cursor; false when it does not end. */
static bool read_string(struct wgo_json_walk *walk, struct scalar *out)
{
    const char *first = walk->at, *at = first + 1, *end = walk->end;
    out->canonical = true;
    while ((at = wgo_json_past_plain(at, end)) < end && *at != '"') {
        if (*at == '\\' && end - at > 1) {
            at++;
            /* Other escapes are the only way to write what they stand for. */
            out->canonical = out->canonical && *at != 'u' && *at != '/';
        }
        at++;
    }
    if (at >= end) {
        return false;
    }
    walk->at = at + 1;
    out->text = wgo_str_from(first, (size_t)(walk->at - first));
    return true;
}

static bool read_scalar(struct wgo_json_walk *walk, enum wgo_json_class class, struct scalar *out)
{
    const char *first = walk->at;
    switch (class) {
    case WGO_JSON_C_QUOTE:
        return read_string(walk, out);
    case WGO_JSON_C_NUMBER:
    case WGO_JSON_C_WORD:
        walk->at = wgo_json_hop_bare(first, walk->end);
        *out = (struct scalar){wgo_str_from(first, (size_t)(walk->at - first)), true};
        return true;
    default:
        return false;
    }
}

/* ---- containers ---- */

struct level {
    uint64_t sum; /* of the members, or the chain of elements, so far */
    uint64_t count;
    struct scalar name; /* of the member whose value is being read */
    bool object, first;
};

static void add_scalar(struct level *level, const struct scalar *scalar)
{
    const struct scalar *name = &level->name;
    level->count++;
    if (!level->object) {
        level->sum = hash_pair(level->sum, hash_scalar(scalar, SEED_SCALAR), SEED_ARRAY);
        return;
    }
    const char *first = name->text.ptr, *value = scalar->text.ptr;
    bool together = name->canonical && scalar->canonical && value == first + name->text.len + 1;
    level->sum += together ? XXH3_64bits_withSeed(first, (size_t)(value - first) + scalar->text.len,
                                                  SEED_MEMBER)
                           : hash_canonical(name->text, scalar->text, SEED_MEMBER);
}

static void add_container(struct level *level, uint64_t hash)
{
    level->count++;
    if (level->object) {
        level->sum += hash_pair(hash_scalar(&level->name, SEED_NAME), hash, SEED_OBJECT);
    } else {
        level->sum = hash_pair(level->sum, hash, SEED_ARRAY);
    }
}

static uint64_t close_level(const struct level *level)
{
    return hash_pair(level->sum, level->count, level->object ? SEED_OBJECT : SEED_ARRAY);
}

/* To the next value inside 'level'. */
static enum wgo_json_more next(struct wgo_json_walk *walk, struct level *level)
{
    if (!level->object) {
        return wgo_json_walk_next(walk, WGO_JSON_C_CLOSE_ARRAY, &level->first);
    }
    enum wgo_json_more more = wgo_json_walk_next(walk, WGO_JSON_C_CLOSE_OBJECT, &level->first);
    if (more == WGO_JSON_MORE) {
        if (wgo_json_walk_token(walk) != WGO_JSON_C_QUOTE || !read_string(walk, &level->name) ||
            wgo_json_walk_token(walk) != WGO_JSON_C_COLON) {
            return WGO_JSON_BROKEN;
        }
        walk->at++;
    }
    return more;
}

uint64_t wgo_json_fingerprint(struct wgo_str raw)
{
    struct level levels[WGO_JSON_DEPTH];
    size_t depth = 0;
    struct wgo_json_walk walk;
    wgo_json_walk_init(&walk, raw);
    for (;;) {
        enum wgo_json_class class = wgo_json_walk_token(&walk);
        if (class == WGO_JSON_C_OPEN_OBJECT || class == WGO_JSON_C_OPEN_ARRAY) {
            if (depth == WGO_JSON_DEPTH) {
                return 0;
            }
            walk.at++;
            levels[depth++] =
                (struct level){.object = class == WGO_JSON_C_OPEN_OBJECT, .first = true};
        } else {
            struct scalar scalar;
            if (!read_scalar(&walk, class, &scalar)) {
                return 0;
            }
            if (depth == 0) {
                return hash_scalar(&scalar, SEED_SCALAR);
            }
            add_scalar(&levels[depth - 1], &scalar);
        }
        enum wgo_json_more more;
        while ((more = next(&walk, &levels[depth - 1])) == WGO_JSON_NO_MORE) {
            uint64_t hash = close_level(&levels[depth - 1]);
            if (--depth == 0) {
                return hash;
            }
            add_container(&levels[depth - 1], hash);
        }
        if (more == WGO_JSON_BROKEN) {
            return 0;
        }
    }
}
