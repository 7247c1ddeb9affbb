#include "base/json.h"

#include "base/json_scan.h"

#define XXH_STATIC_LINKING_ONLY /* for a state on the stack */
#include <xxhash.h>

/* Kinds hash apart: the string "1" is not the number 1. */
enum {
    SEED_BARE = 1,
    SEED_STRING,
    SEED_ARRAY,
    SEED_OBJECT,
};

static uint64_t hash_pair(uint64_t a, uint64_t b, uint64_t seed)
{
    uint64_t pair[2] = {a, b};
    return XXH3_64bits_withSeed(pair, sizeof(pair), seed);
}

/* The hash of a body with escapes is that of the text they stand for. */
static uint64_t hash_escaped(struct wgo_str body)
{
    XXH3_state_t state;
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

static uint64_t hash_body(struct wgo_str body)
{
    if (memchr(body.ptr, '\\', body.len)) {
        return hash_escaped(body);
    }
    return XXH3_64bits_withSeed(body.ptr, body.len, SEED_STRING);
}

static uint64_t hash_scalar(struct wgo_str span)
{
    if (span.len >= 2 && span.ptr[0] == '"') {
        return hash_body(wgo_str_from(span.ptr + 1, span.len - 2));
    }
    return XXH3_64bits_withSeed(span.ptr, span.len, SEED_BARE);
}

struct level {
    uint64_t sum; /* of the members, or the chain of elements, so far */
    uint64_t count;
    uint64_t key; /* of the member whose value is being read */
    bool object;
};

static void add(struct level *level, uint64_t value)
{
    level->count++;
    if (level->object) {
        level->sum += hash_pair(level->key, value, SEED_OBJECT);
    } else {
        level->sum = hash_pair(level->sum, value, SEED_ARRAY);
    }
}

static uint64_t close_level(const struct level *level)
{
    return hash_pair(level->sum, level->count, level->object ? SEED_OBJECT : SEED_ARRAY);
}

uint64_t wgo_json_fingerprint(struct wgo_str raw)
{
    struct level levels[WGO_JSON_DEPTH];
    size_t depth = 0;
    struct wgo_json json;
    wgo_json_init(&json, raw);
    for (;;) {
        uint64_t hash;
        enum wgo_json_kind kind = wgo_json_peek(&json);
        if (kind == WGO_JSON_OBJECT ? wgo_json_enter_object(&json)
                                    : kind == WGO_JSON_ARRAY && wgo_json_enter_array(&json)) {
            levels[depth++] = (struct level){.object = kind == WGO_JSON_OBJECT};
        } else {
            struct wgo_str span = {"", 0};
            if (!wgo_json_skip(&json, &span)) {
                return 0;
            }
            hash = hash_scalar(span);
            if (depth == 0) {
                return hash;
            }
            add(&levels[depth - 1], hash);
        }
        for (;;) {
            struct level *level = &levels[depth - 1];
            struct wgo_str key;
            if (level->object ? wgo_json_next_member(&json, &key) : wgo_json_next_item(&json)) {
                if (level->object) {
                    level->key = hash_body(key);
                }
                break;
            }
            if (json.status != WGO_OK) {
                return 0;
            }
            hash = close_level(level);
            if (--depth == 0) {
                return hash;
            }
            add(&levels[depth - 1], hash);
        }
    }
}
