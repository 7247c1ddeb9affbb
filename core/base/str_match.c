/* Glob patterns and edit distance.
 *
 * A pattern is an automaton whose states are its own offsets: all states that the text read so far
 * can reach are kept in one set, so there is nothing to back out of and the time is bounded by
 * pattern times text. Every step that consumes nothing leads forward, so one ascending pass over
 * the set takes them all. */
#include "base/str.h"

enum { LONGEST_PATTERN = 1024, DEEPEST_BRACES = 16, LONGEST_WORD = 63 };

struct glob {
    struct wgo_str pattern;
    bool any_case; /* ASCII letters */
    /* What the special byte at an offset leads to; 0 where the byte stands for itself:
     *   '['  the offset after its ']'
     *   '{'  the first ',' or the '}' of its level
     *   ','  (end of an alternative) the next ',' or the '}' of its level
     *   '}'  the offset after it */
    uint16_t to[LONGEST_PATTERN];
};

/* The offset after the set that begins at pattern[at] == '[', or 0 when it has no end. */
static size_t set_end(struct wgo_str pattern, size_t at)
{
    size_t i = at + 1;
    if (i < pattern.len && pattern.ptr[i] == '!') {
        i++;
    }
    for (size_t first = i; i < pattern.len; i++) {
        if (pattern.ptr[i] == ']' && i > first) {
            return i + 1;
        }
        if (pattern.ptr[i] == '\\') {
            i++;
        }
    }
    return 0;
}

static bool compile(struct glob *glob, struct wgo_str pattern)
{
    struct {
        size_t open, last; /* its '{', and the latest '{' or ',' */
    } levels[DEEPEST_BRACES];
    size_t depth = 0;
    if (pattern.len >= LONGEST_PATTERN) {
        return false;
    }
    glob->pattern = pattern;
    memset(glob->to, 0, sizeof(glob->to[0]) * (pattern.len + 1));
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.ptr[i];
        if (c == '\\') {
            i++;
        } else if (c == '[') {
            glob->to[i] = (uint16_t)set_end(pattern, i);
            i = glob->to[i] ? glob->to[i] - 1u : i;
        } else if (c == '{') {
            if (depth == DEEPEST_BRACES) {
                return false;
            }
            levels[depth].open = levels[depth].last = i;
            depth++;
        } else if (c == ',' && depth > 0) {
            glob->to[levels[depth - 1].last] = (uint16_t)i;
            levels[depth - 1].last = i;
        } else if (c == '}' && depth > 0) {
            glob->to[levels[depth - 1].last] = (uint16_t)i;
            glob->to[i] = (uint16_t)(i + 1);
            depth--;
        }
    }
    while (depth > 0) { /* braces without an end stand for themselves */
        depth--;
        for (size_t i = levels[depth].open; glob->to[i];) {
            size_t next = glob->to[i];
            glob->to[i] = 0;
            i = next;
        }
    }
    return true;
}

/* The same letter in the other case, and what is no letter itself. */
static unsigned char other_case(unsigned char c)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    return letter ? c ^ 0x20u : c;
}

static bool is_same(const struct glob *glob, char a, char b)
{
    return a == b || (glob->any_case && other_case((unsigned char)a) == (unsigned char)b);
}

/* 'set' is what stands between the brackets. */
static bool set_has(const struct glob *glob, struct wgo_str set, unsigned char c)
{
    unsigned char other = glob->any_case ? other_case(c) : c;
    bool negated = set.ptr[0] == '!';
    bool found = false;
    for (size_t i = negated; i < set.len;) {
        if (set.ptr[i] == '\\' && i + 1 < set.len) {
            i++;
        }
        unsigned char low = (unsigned char)set.ptr[i++], high = low;
        if (i + 1 < set.len && set.ptr[i] == '-') {
            i++;
            if (set.ptr[i] == '\\' && i + 1 < set.len) {
                i++;
            }
            high = (unsigned char)set.ptr[i++];
        }
        found = found || (low <= c && c <= high) || (low <= other && other <= high);
    }
    return found != negated;
}

/* Takes all steps from state 'at' that consume nothing. True when the state also consumes bytes. */
static bool step_free(const struct glob *glob, bool *states, size_t at)
{
    char c = glob->pattern.ptr[at];
    if (c == '*') {
        states[at + 1] = true;
        return true;
    }
    if (!glob->to[at] || c == '[') {
        return true;
    }
    if (c == '{') {
        size_t i = at;
        do {
            states[i + 1] = true;
            i = glob->to[i];
        } while (glob->pattern.ptr[i] == ',');
    } else {
        states[glob->to[at]] = true;
    }
    return false;
}

/* The state that follows 'at' when it consumes 'c', or 0. */
static size_t step_over(const struct glob *glob, size_t at, char c)
{
    struct wgo_str pattern = glob->pattern;
    switch (pattern.ptr[at]) {
    case '*':
        return at;
    case '?':
        return at + 1;
    case '[':
        if (glob->to[at]) {
            struct wgo_str set = wgo_str_slice(pattern, at + 1, glob->to[at] - 1u);
            return set_has(glob, set, (unsigned char)c) ? glob->to[at] : 0;
        }
        break;
    case '\\':
        if (at + 1 < pattern.len) {
            return is_same(glob, pattern.ptr[at + 1], c) ? at + 2 : 0;
        }
        break;
    default:
        break;
    }
    return is_same(glob, pattern.ptr[at], c) ? at + 1 : 0;
}

static bool fits(struct wgo_str pattern, struct wgo_str s, bool any_case)
{
    if (!wgo_str_has_glob(pattern)) { /* most are plain words */
        bool same = any_case ? wgo_str_eq_nocase(pattern, s) : wgo_str_eq(pattern, s);
        return same && pattern.len < LONGEST_PATTERN;
    }
    struct glob glob;
    glob.any_case = any_case;
    if (!compile(&glob, pattern)) {
        return false;
    }
    bool sets[2][LONGEST_PATTERN + 1]; /* as much of them as the pattern is long */
    size_t end = pattern.len;
    memset(sets[0], 0, end + 1);
    sets[0][0] = true;
    for (size_t i = 0; i <= s.len; i++) {
        bool *now = sets[i % 2], *next = sets[(i + 1) % 2];
        bool alive = false;
        memset(next, 0, end + 1);
        for (size_t at = 0; at < end; at++) {
            if (now[at] && step_free(&glob, now, at) && i < s.len) {
                size_t to = step_over(&glob, at, s.ptr[i]);
                bool taken = to > 0 || pattern.ptr[at] == '*';
                next[to] = next[to] || taken;
                alive = alive || taken;
            }
        }
        if (i == s.len) {
            return now[end];
        }
        if (!alive) {
            return false;
        }
    }
    return false;
}

bool wgo_str_glob(struct wgo_str pattern, struct wgo_str s)
{
    return fits(pattern, s, false);
}

bool wgo_str_glob_nocase(struct wgo_str pattern, struct wgo_str s)
{
    return fits(pattern, s, true);
}

bool wgo_str_has_glob(struct wgo_str pattern)
{
    for (size_t i = 0; i < pattern.len; i++) {
        if (pattern.ptr[i] && strchr("*?[{\\", pattern.ptr[i])) {
            return true;
        }
    }
    return false;
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

unsigned wgo_str_distance(struct wgo_str a, struct wgo_str b)
{
    unsigned rows[3][LONGEST_WORD + 1];
    if (a.len > LONGEST_WORD || b.len > LONGEST_WORD) {
        return LONGEST_WORD + 1;
    }
    for (unsigned j = 0; j <= b.len; j++) {
        rows[0][j] = j;
    }
    for (unsigned i = 1; i <= a.len; i++) {
        unsigned *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (unsigned j = 1; j <= b.len; j++) {
            unsigned change = above[j - 1] + (a.ptr[i - 1] != b.ptr[j - 1]);
            row[j] = least(change, least(above[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1]) {
                row[j] = least(row[j], two_above[j - 2] + 1);
            }
        }
    }
    return rows[a.len % 3][b.len];
}

unsigned wgo_str_slips(struct wgo_str word)
{
    return word.len < 6 ? 1 : word.len < 9 ? 2 : 3;
}
