/* json_walk.h: going through checked text quickly, for the walks of a plan. Private to core/base.
 *
 * The cursor of json.h checks what it passes; this one trusts that somebody has, and passes whole
 * containers with a kernel. It still never leaves its bytes, and says so when they make no sense.
 *
 * Ownership: borrows the text.
 * Threads:   one at a time.
 * Failure:   false; the text was not checked. */
#ifndef WGO_BASE_JSON_WALK_H
#define WGO_BASE_JSON_WALK_H

#include "base/json_kernel.h"
#include "base/json_plan.h"
#include "base/json_scan.h"

struct wgo_json_walk {
    const char *at, *end;
    const struct wgo_json_kernel *kernel;
    bool spaced; /* white space has been passed between tokens */
};

static inline void wgo_json_walk_init(struct wgo_json_walk *walk, struct wgo_str text)
{
    const char *start = text.ptr ? text.ptr : "";
    *walk =
        (struct wgo_json_walk){.at = start, .end = start + text.len, .kernel = wgo_json_kernel()};
}

/* Class of the next token's first byte; OTHER at the end. */
static inline enum wgo_json_class wgo_json_walk_token(struct wgo_json_walk *walk)
{
    if (walk->at < walk->end && (unsigned char)*walk->at <= ' ') {
        walk->at = wgo_json_past_space_run(walk->at, walk->end);
        walk->spaced = true;
    }
    return walk->at < walk->end ? wgo_json_class_of(*walk->at) : WGO_JSON_C_OTHER;
}

/* Past the value at the cursor, whose class wgo_json_walk_token() gave. */
static inline bool wgo_json_walk_past(struct wgo_json_walk *walk, enum wgo_json_class class)
{
    const char *past = NULL;
    bool escaped;
    switch (class) {
    case WGO_JSON_C_QUOTE:
        past = wgo_json_hop_string(walk->at + 1, walk->end, &escaped);
        break;
    case WGO_JSON_C_NUMBER:
    case WGO_JSON_C_WORD:
        past = wgo_json_hop_bare(walk->at, walk->end);
        break;
    case WGO_JSON_C_OPEN_OBJECT:
    case WGO_JSON_C_OPEN_ARRAY:
        past = walk->kernel->hop(walk->at + 1, walk->end, &walk->spaced);
        break;
    default:
        break;
    }
    if (past) {
        walk->at = past;
    }
    return past != NULL;
}

/* As wgo_json_check(); and 'spans' as a kernel gives them, or empty. */
WGO_NODISCARD enum wgo_status
wgo_json_check_spans(struct wgo_str document, struct wgo_json_spans *spans, struct wgo_error *err);

enum wgo_json_more {
    WGO_JSON_MORE, /* at the next element */
    WGO_JSON_NO_MORE,
    WGO_JSON_BROKEN,
};

/* To the next element of the container that 'close' ends; '*first' is true after the bracket. */
static inline enum wgo_json_more wgo_json_walk_next(struct wgo_json_walk *walk,
                                                    enum wgo_json_class close, bool *first)
{
    enum wgo_json_class class = wgo_json_walk_token(walk);
    if (class == close) {
        walk->at++;
        return WGO_JSON_NO_MORE;
    }
    if (!*first) {
        if (class != WGO_JSON_C_COMMA) {
            return WGO_JSON_BROKEN;
        }
        walk->at++;
        wgo_json_walk_token(walk);
    }
    *first = false;
    return WGO_JSON_MORE;
}

/* Past the name at the cursor and its colon; the plan's node for it, or NULL, in '*out_node'. */
static inline bool wgo_json_walk_member(struct wgo_json_walk *walk,
                                        const struct wgo_json_node *node,
                                        const struct wgo_json_node **out_node)
{
    bool escaped;
    const char *name = walk->at + 1;
    const char *past = NULL;
    if (wgo_json_walk_token(walk) == WGO_JSON_C_QUOTE) {
        past = wgo_json_hop_string(name, walk->end, &escaped);
    }
    if (!past) {
        return false;
    }
    walk->at = past;
    if (wgo_json_walk_token(walk) != WGO_JSON_C_COLON) {
        return false;
    }
    walk->at++;
    struct wgo_str body = {name, (size_t)(past - name) - 1};
    *out_node = wgo_json_plan_member(node, body, escaped);
    return true;
}

/* Reserves the slots of 'node' that are still free for the value at 'at', so that nothing below it
 * takes them; wgo_json_fill_picks() gives them its length. */
static inline uint32_t wgo_json_claim_picks(const struct wgo_json_node *node, struct wgo_str *picks,
                                            const char *at)
{
    uint32_t claimed = 0;
    for (unsigned slot = 0; slot < WGO_JSON_PICKS && node->picks >> slot; slot++) {
        if (node->picks >> slot & 1 && !picks[slot].ptr) {
            picks[slot].ptr = at;
            claimed |= UINT32_C(1) << slot;
        }
    }
    return claimed;
}

static inline void wgo_json_fill_picks(uint32_t claimed, struct wgo_str *picks, const char *end)
{
    for (unsigned slot = 0; slot < WGO_JSON_PICKS && claimed >> slot; slot++) {
        if (claimed >> slot & 1) {
            picks[slot].len = (size_t)(end - picks[slot].ptr);
        }
    }
}

#endif
