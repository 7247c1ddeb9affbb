/* json_kernel_shared.h: the part of a kernel that works on masks alone, whatever made them. Private
 * to the kernels; json_kernel.h says what they do.
 *
 * Bit n of a mask is byte n of the block. "After" masks are shifted by one, with the last bit of
 * the block before shifted in. */
#ifndef WGO_BASE_JSON_KERNEL_SHARED_H
#define WGO_BASE_JSON_KERNEL_SHARED_H

#include "base/json_kernel.h"
#include "base/json_scan.h"

#define BLOCK 64
#define TOP_BIT (UINT64_C(1) << 63)
#define SPARE 16 /* offsets are written in lots of so many or fewer: room behind the last one */

/* A kernel is one long run of mask operations; left to themselves compilers call some of it, with
 * the masks going through memory, and lose three quarters of the speed. */
#define KERNEL_INLINE static inline __attribute__((always_inline))

struct strings {
    uint64_t inside; /* all ones when the block before ended inside a string */
    uint64_t escape; /* 1 when it ended with the backslash of an escape */
};

/* One block's masks. */
struct block {
    uint64_t inside, open_quote;
    uint64_t open_object, open_array, close_object, close_array, comma, colon;
    uint64_t spaces;
    uint64_t
        bare; /* neither in a string nor structure nor space: numbers and words, or a mistake */
    uint64_t bare_start;  /* the first byte of each run of those */
    uint64_t object_hint; /* what only an object has inside: colons */
    uint64_t array_hint;  /* what only an array has inside: elements without a colon */
};

/* The last bit of each mask of the block before, to be shifted in. */
struct before {
    uint64_t may_name, may_value, must, bare; /* see neighbours() */
    uint64_t in_name;                         /* it ended within what may be a member's name */
};

/* The containers around the current byte are the bits of a number: the lowest is the innermost one,
 * 1 for an object, and a 1 stands above the outermost. 63 levels fit. */
#define NO_LEVELS UINT64_C(1)
#define SPAN_LEVELS (NO_LEVELS << WGO_JSON_SPAN_LEVELS)

/* Left to themselves compilers work a mask out anew, in another order, wherever it is used. */
KERNEL_INLINE uint64_t fixed(uint64_t mask)
{
    __asm__("" : "+r"(mask));
    return mask;
}

KERNEL_INLINE unsigned first_bit(uint64_t mask)
{
    return (unsigned)__builtin_ctzll(mask);
}

KERNEL_INLINE uint64_t count_bits(uint64_t mask)
{
    return (uint64_t)__builtin_popcountll(mask);
}

/* For sets without an instruction for it: bit n is the parity of bits 0..n. */
KERNEL_INLINE uint64_t prefix_xor(uint64_t mask)
{
    for (unsigned shift = 1; shift < 64; shift *= 2) {
        mask ^= mask << shift;
    }
    return mask;
}

KERNEL_INLINE uint64_t add_carry(uint64_t a, uint64_t b, uint64_t *carry)
{
    uint64_t partial = a + b;
    uint64_t sum = partial + *carry;
    *carry = (partial < a) | (sum < partial);
    return sum;
}

/* The bytes that a backslash before them escapes. Of a run of backslashes every second one is
 * escaped; where a run begins on an odd bit, adding the bit to the run carries out at its end. */
KERNEL_INLINE uint64_t find_escaped(struct strings *strings, uint64_t slashes)
{
    const uint64_t even = UINT64_C(0x5555555555555555);
    uint64_t escape = strings->escape;
    if (!slashes) {
        strings->escape = 0;
        return escape;
    }
    slashes &= ~escape;
    uint64_t follows = slashes << 1 | escape;
    uint64_t odd_starts = slashes & ~even & ~follows;
    uint64_t carry = 0;
    uint64_t odd_runs = add_carry(odd_starts, slashes, &carry);
    strings->escape = carry;
    return (even ^ odd_runs << 1) & follows;
}

KERNEL_INLINE uint64_t after(uint64_t mask, uint64_t *before)
{
    uint64_t shifted = mask << 1 | *before;
    *before = mask >> 63;
    return shifted;
}

/* The same over white space: a bit that would fall on a run of spaces is added to the run and
 * carries out behind it. */
KERNEL_INLINE uint64_t after_spaces(uint64_t mask, uint64_t spaces, uint64_t *before)
{
    uint64_t shifted = after(mask, before);
    if (spaces) {
        uint64_t starts = shifted & spaces;
        uint64_t sum = starts + spaces;
        *before |= sum < starts;
        shifted = (shifted | sum) & ~spaces;
    }
    return shifted;
}

/* Which token may stand beside which. What it finds wrong is returned. Whether a comma parts
 * members or elements depends on the container, which nest() knows: that is what the hints are for.
 *
 * Three masks tell what stood before a byte: a name may follow '{' and ',', a value '[' and ':',
 * and something must follow ',' and ':'. The third alone is for the end of what may be a name. */
KERNEL_INLINE uint64_t neighbours(struct block *b, struct before *before)
{
    uint64_t may_name = after_spaces(b->open_object | b->comma, b->spaces, &before->may_name);
    uint64_t may_value = after_spaces(b->open_array | b->colon, b->spaces, &before->may_value);
    /* Strings that may be names: from their opening quote a carry runs through to the closing one.
     */
    uint64_t names = b->open_quote & may_name;
    uint64_t name_end = add_carry(b->inside, names, &before->in_name) & ~b->inside;
    uint64_t must = after_spaces(b->comma | b->colon | name_end, b->spaces, &before->must);

    uint64_t containers = b->open_object | b->open_array;
    uint64_t closes = b->close_object | b->close_array;
    b->bare_start = b->bare & ~after(b->bare, &before->bare);
    uint64_t starts = b->open_quote | b->bare_start | containers;
    uint64_t may_start = may_name | may_value;
    uint64_t after_name = must & ~may_start;
    uint64_t may_close = closes & ~must;

    uint64_t bad = ((starts ^ may_start) & ~may_close) | (b->colon & ~after_name);
    b->object_hint = b->colon;
    b->array_hint = (after_name & ~b->colon) | (may_name & (b->bare_start | containers));
    return bad;
}

/* An opening bracket makes a span, and the one that closes it ends it. */
static inline void note_span(struct wgo_json_spans *spans, uint64_t level, bool close,
                             uint32_t offset)
{
    uint32_t *open = &spans->open[level];
    if (close) {
        if (*open < spans->room) {
            spans->items[*open].to = offset + 1;
        }
    } else if (spans->count < spans->room) {
        spans->items[spans->count] = (struct wgo_json_span){.from = offset};
        *open = spans->count++;
    } else {
        *open = spans->room;
    }
}

/* Brackets match, and what stands between two of them suits the container. False when not, when the
 * document's last bracket is not its last byte, or when it is nested too deeply for 'levels'. */
KERNEL_INLINE bool nest(const struct block *b, uint64_t *levels, struct wgo_json_spans *spans,
                        const char *first, const char *at, const char *end)
{
    uint64_t closes = b->close_object | b->close_array;
    uint64_t curly = b->open_object | b->close_object;
    uint64_t empty =
        (b->open_object << 1 & b->close_object) | (b->open_array << 1 & b->close_array);
    uint64_t brackets = (curly | b->open_array | b->close_array) & ~(empty | empty >> 1);
    uint64_t inner = *levels, to_object = 0;
    uint64_t object = inner & 1;
    for (uint64_t rest = brackets; rest; rest &= rest - 1) {
        unsigned place = first_bit(rest);
        bool is_close = closes >> place & 1;
        uint64_t outer = is_close ? inner >> 1 : inner; /* the levels around the container */
        inner = is_close ? outer : inner << 1 | (curly >> place & 1);
        to_object |= (inner & 1) << place;
        /* One comparison for both ends, which are rare: few levels, and all that fit. */
        if (WGO_UNLIKELY(outer - SPAN_LEVELS >= TOP_BIT - SPAN_LEVELS)) {
            if (outer >= TOP_BIT || (inner == NO_LEVELS && at + place + 1 != end)) {
                return false;
            }
            note_span(spans, BLOCK - (unsigned)__builtin_clzll(outer), is_close,
                      (uint32_t)(at - first) + place);
        }
    }
    *levels = inner;
    /* A bit added to the bytes from behind one bracket to the next changes them and that one. */
    object = ((to_object << 1 | object) + ~brackets) ^ ~brackets;
    uint64_t wrong = brackets & closes & (object ^ curly);
    return !(wrong | (object & b->array_hint) | (b->object_hint & ~object));
}

/* 'starts': first bytes of numbers and words, as they should be. */
KERNEL_INLINE bool scalars_are_good(const char *at, const char *end, uint64_t starts)
{
    struct wgo_json_fault fault;
    for (; starts; starts &= starts - 1) {
        const char *scalar = at + first_bit(starts);
        switch (wgo_json_class_of(*scalar)) {
        case WGO_JSON_C_NUMBER:
            scalar = wgo_json_past_number(scalar, end, &fault);
            break;
        case WGO_JSON_C_WORD:
            scalar = wgo_json_past_word(scalar, end, &fault);
            break;
        default:
            return false;
        }
        if (!scalar || scalar == end || wgo_json_class_of(*scalar) < WGO_JSON_C_SPACE) {
            return false;
        }
    }
    return true;
}

/* 'escaped': bytes after a backslash in strings, quotes and backslashes excepted. */
KERNEL_INLINE bool escapes_are_good(const char *at, const char *end, uint64_t escaped)
{
    struct wgo_json_fault fault;
    for (; escaped; escaped &= escaped - 1) {
        if (!wgo_json_past_escape(at + first_bit(escaped), end, &fault)) {
            return false;
        }
    }
    return true;
}

/* 'high': the bytes beyond ASCII; '*checked' is behind the last sequence that was looked at. */
KERNEL_INLINE bool utf8_is_good(const char *at, const char *end, uint64_t high,
                                const char **checked)
{
    for (; high; high &= high - 1) {
        const char *lead = at + first_bit(high);
        if (lead >= *checked) {
            unsigned len = wgo_json_utf8_len(lead, end);
            if (!len) {
                return false;
            }
            *checked = lead + len;
        }
    }
    return true;
}

#endif
