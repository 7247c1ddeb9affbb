#include "base/json_walk.h"

#define XXH_INLINE_ALL /* most strings are shorter than a call is long */
#include <xxhash.h>

/* Kinds hash apart: the string "1" is not the number 1. */
enum {
    SEED_BARE = 1,
    SEED_STRING,
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

static uint64_t hash_pair(uint64_t a, uint64_t b, uint64_t seed)
{
    uint64_t pair[2] = {little_endian(a), little_endian(b)};
    return XXH3_64bits_withSeed(pair, sizeof(pair), seed);
}

/* The hash of a body with escapes is that of the text they stand for. */
static uint64_t hash_escaped(struct wgo_str body)
{
    XXH3_state_t state = {.seed = 0};
    XXH3_64bits_reset_withSeed(&state, SEED_STRING);
    const char *at = body.ptr, *end = body.ptr + body.len;
    char text[256];
    size_t len = 0;
    while (at < end) {
        if (sizeof(text) - len < 4) {
            XXH3_64bits_update(&state, text, len);
            len = 0;
        }
        len += wgo_json_decode(&at, end, text + len);
    }
    XXH3_64bits_update(&state, text, len);
    return XXH3_64bits_digest(&state);
}

static uint64_t hash_body(struct wgo_str body, bool escaped)
{
    return escaped ? hash_escaped(body) : XXH3_64bits_withSeed(body.ptr, body.len, SEED_STRING);
}

/* Past the string at the cursor and its hash; false when it does not end. */
static bool hash_string(struct wgo_json_walk *walk, uint64_t *out_hash)
{
    bool escaped;
    const char *first = walk->at + 1;
    const char *past = wgo_json_hop_string(first, walk->end, &escaped);
    if (!past) {
        return false;
    }
    walk->at = past;
    *out_hash = hash_body(wgo_str_from(first, (size_t)(past - first) - 1), escaped);
    return true;
}

static bool hash_scalar(struct wgo_json_walk *walk, enum wgo_json_class class, uint64_t *out_hash)
{
    const char *first = walk->at;
    switch (class) {
    case WGO_JSON_C_QUOTE:
        return hash_string(walk, out_hash);
    case WGO_JSON_C_NUMBER:
    case WGO_JSON_C_WORD:
        walk->at = wgo_json_hop_bare(first, walk->end);
        *out_hash = XXH3_64bits_withSeed(first, (size_t)(walk->at - first), SEED_BARE);
        return true;
    default:
        return false;
    }
}

struct level {
    uint64_t sum; /* of the members, or the chain of elements, so far */
    uint64_t count;
    uint64_t name; /* of the member whose value is being read */
    bool object, first;
};

static void add(struct level *level, uint64_t value)
{
    level->count++;
    if (level->object) {
        level->sum += hash_pair(level->name, value, SEED_OBJECT);
    } else {
        level->sum = hash_pair(level->sum, value, SEED_ARRAY);
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
        if (wgo_json_walk_token(walk) != WGO_JSON_C_QUOTE || !hash_string(walk, &level->name) ||
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
        uint64_t hash;
        enum wgo_json_class class = wgo_json_walk_token(&walk);
        if (class == WGO_JSON_C_OPEN_OBJECT || class == WGO_JSON_C_OPEN_ARRAY) {
            if (depth == WGO_JSON_DEPTH) {
                return 0;
            }
            walk.at++;
            levels[depth++] =
                (struct level){.object = class == WGO_JSON_C_OPEN_OBJECT, .first = true};
        } else {
            if (!hash_scalar(&walk, class, &hash)) {
                return 0;
            }
            if (depth == 0) {
                return hash;
            }
            add(&levels[depth - 1], hash);
        }
        enum wgo_json_more more;
        while ((more = next(&walk, &levels[depth - 1])) == WGO_JSON_NO_MORE) {
            hash = close_level(&levels[depth - 1]);
            if (--depth == 0) {
                return hash;
            }
            add(&levels[depth - 1], hash);
        }
        if (more == WGO_JSON_BROKEN) {
            return 0;
        }
    }
}
