/* json_kernel_body.h: the text of a kernel, included once for each instruction set by the kernels'
 * files.
 *
 * Expects: FN (attributes of every function), NAME(x) (x with the set's suffix), and of the set
 *   struct NAME(bytes)               64 bytes
 *   NAME(load)(at)                   from memory, any alignment
 *   NAME(eq)(bytes, c)               mask of the bytes equal to c
 *   NAME(below)(bytes, c)            mask of the bytes less than c, as signed numbers
 *   NAME(high)(bytes)                mask of the bytes from 0x80
 *   NAME(fold)(bytes)                every byte | 0x20, which makes '[' '{' and ']' '}'
 *   NAME(prefix_xor)(mask)           bit n: parity of bits 0..n
 *
 * and, of a set for which OWN_WAYS is defined, what is otherwise done step by step here:
 *   NAME(load_part)(at, valid)       the bytes in 'valid', the first ones; spaces behind them
 *   NAME(write_bits)(mask, offset, out)
 *   NAME(copy_kept)(bytes, keep, at, left, out)
 *
 * No include guard: it is meant to be read several times. */

#ifndef OWN_WAYS
FN struct NAME(bytes) NAME(load_part)(const char *at, uint64_t valid)
{
    char padded[BLOCK];
    memset(padded, ' ', sizeof(padded));
    memcpy(padded, at, first_bit(~valid));
    return NAME(load)(padded);
}

/* The numbers of the set bits, plus 'offset', to 'out'; past them in 'out'. Eight are written at
 * once, as most blocks have no more: what is too much is written over. */
FN uint32_t *NAME(write_bits)(uint64_t mask, uint32_t offset, uint32_t *out)
{
    uint32_t *next = out + count_bits(mask);
    while (mask) {
        for (unsigned i = 0; i < 8; i++) {
            uint32_t at = offset + first_bit(mask | TOP_BIT); /* which is for an empty mask only */
            __asm__("" : "+r"(at)); /* gcc would gather them in a vector, one by one */
            out[i] = at;
            mask &= mask - 1;
        }
        out += 8;
    }
    return next;
}

/* The bytes that 'keep' has to 'out', which has room for 'left'; past them in 'out'. 'at' is where
 * the block comes from. */
FN char *NAME(copy_kept)(struct NAME(bytes) bytes, uint64_t keep, const char *at, size_t left,
                         char *out)
{
    (void)bytes;
    (void)left;
    while (keep) {
        unsigned from = first_bit(keep);
        uint64_t gone = ~(keep >> from);
        unsigned len = gone ? first_bit(gone) : BLOCK;
        memcpy(out, at + from, len);
        out += len;
        keep = from + len < BLOCK ? keep & ~UINT64_C(0) << (from + len) : 0;
    }
    return out;
}
#endif

/* The next block; the bytes past 'end' read as spaces and are not in '*valid'. */
FN struct NAME(bytes) NAME(next_block)(const char *at, const char *end, uint64_t *valid)
{
    size_t left = (size_t)(end - at);
    if (WGO_LIKELY(left >= BLOCK)) {
        *valid = ~UINT64_C(0);
        return NAME(load)(at);
    }
    *valid = (UINT64_C(1) << left) - 1;
    return NAME(load_part)(at, *valid);
}

/* From the first byte of a string, the quote, to the last one before the closing quote. */
FN uint64_t NAME(inside)(struct strings *strings, uint64_t quotes)
{
    uint64_t inside = NAME(prefix_xor)(quotes) ^ strings->inside;
    strings->inside = 0 - (inside >> 63);
    return inside;
}

FN bool NAME(sound)(const char *at, const char *end, struct wgo_json_spans *spans)
{
    struct wgo_json_spans none = {.room = 0};
    const char *first = at;
    spans = spans ? spans : &none;
    at = wgo_json_past_space(at, end);
    while (at < end && wgo_json_class_of(end[-1]) == WGO_JSON_C_SPACE) {
        end--;
    }
    if (end - at < 3 || (*at != '{' && *at != '[') || at[1] == '}' || at[1] == ']') {
        return false; /* from here on, an empty container is never the whole document */
    }
    struct strings strings = {.inside = 0};
    uint64_t levels = NO_LEVELS;
    struct before before = {.may_value = 1};
    const char *utf8 = at; /* checked so far */
    for (; at < end; at += BLOCK) {
        struct block b;
        uint64_t valid;
        struct NAME(bytes) bytes = NAME(next_block)(at, end, &valid);
        uint64_t all_quotes = NAME(eq)(bytes, '"'), slashes = NAME(eq)(bytes, '\\');
        uint64_t high = NAME(high)(bytes);
        uint64_t escaped = find_escaped(&strings, slashes);
        uint64_t quotes = all_quotes & ~escaped;
        uint64_t inside = NAME(inside)(&strings, quotes);
        if (WGO_UNLIKELY(high && !utf8_is_good(at, end, high, &utf8))) {
            return false;
        }
        if (WGO_UNLIKELY(escaped != 0) &&
            !escapes_are_good(at, end, escaped & inside & ~(all_quotes | slashes))) {
            return false;
        }
        uint64_t bad = NAME(below)(bytes, ' ') & ~high & inside;
        b.inside = inside;
        b.open_quote = quotes & inside;
        b.open_object = fixed(NAME(eq)(bytes, '{') & ~inside);
        b.open_array = fixed(NAME(eq)(bytes, '[') & ~inside);
        b.close_object = fixed(NAME(eq)(bytes, '}') & ~inside);
        b.close_array = fixed(NAME(eq)(bytes, ']') & ~inside);
        b.comma = fixed(NAME(eq)(bytes, ',') & ~inside);
        b.colon = fixed(NAME(eq)(bytes, ':') & ~inside);
        b.spaces = NAME(below)(bytes, ' ' + 1) & ~inside;
        if (b.spaces) {
            b.spaces &= NAME(eq)(bytes, ' ') | NAME(eq)(bytes, '\n') | NAME(eq)(bytes, '\r') |
                        NAME(eq)(bytes, '\t');
        }
        b.bare = ~(inside | quotes | b.spaces | b.open_object | b.open_array | b.close_object |
                   b.close_array | b.comma | b.colon);
        bad |= neighbours(&b, &before);
        if (WGO_UNLIKELY(bad != 0) || !scalars_are_good(at, end, b.bare_start) ||
            !nest(&b, &levels, spans, first, at, end)) {
            return false;
        }
    }
    return levels == NO_LEVELS && !strings.inside;
}

FN const char *NAME(hop)(const char *at, const char *end, bool *spaced)
{
    struct strings strings = {.inside = 0};
    uint64_t depth = 1, spaces = 0;
    for (; at < end; at += BLOCK) {
        uint64_t valid;
        struct NAME(bytes) bytes = NAME(next_block)(at, end, &valid);
        struct NAME(bytes) folded = NAME(fold)(bytes);
        uint64_t escaped = find_escaped(&strings, NAME(eq)(bytes, '\\'));
        uint64_t outside = ~NAME(inside)(&strings, NAME(eq)(bytes, '"') & ~escaped) & valid;
        uint64_t opens = NAME(eq)(folded, '{') & outside;
        uint64_t closes = NAME(eq)(folded, '}') & outside;
        uint64_t space = NAME(below)(bytes, ' ' + 1) & outside;
        uint64_t close_count = count_bits(closes);
        if (close_count >= depth) {
            /* The end is near, if not enough opens stand before it. */
            for (uint64_t rest = closes, inner = depth; rest; rest &= rest - 1) {
                uint64_t until = (rest & (0 - rest)) - 1; /* the bits before this close */
                inner = depth + count_bits(opens & until) - count_bits(closes & until) - 1;
                if (inner == 0) {
                    *spaced |= (spaces | (space & until)) != 0;
                    return at + first_bit(rest) + 1;
                }
            }
        }
        depth += count_bits(opens) - close_count;
        spaces |= space;
    }
    return NULL;
}

FN size_t NAME(squeeze)(const char *at, const char *end, char *out)
{
    struct strings strings = {.inside = 0};
    char *first = out;
    for (; at < end; at += BLOCK) {
        uint64_t valid;
        struct NAME(bytes) bytes = NAME(next_block)(at, end, &valid);
        uint64_t escaped = find_escaped(&strings, NAME(eq)(bytes, '\\'));
        uint64_t inside = NAME(inside)(&strings, NAME(eq)(bytes, '"') & ~escaped);
        uint64_t keep = (inside | ~NAME(below)(bytes, ' ' + 1) | NAME(high)(bytes)) & valid;
        out = NAME(copy_kept)(bytes, keep, at, (size_t)(end - at), out);
    }
    return (size_t)(out - first);
}

FN bool NAME(mark)(struct wgo_json_marks *marks)
{
    enum { STRETCH = WGO_COUNT(marks->offsets) - SPARE };
    _Static_assert(STRETCH % BLOCK == 0, "a stretch has no more offsets than bytes");
    struct strings strings = {.inside = marks->inside, .escape = marks->escape};
    const char *at = marks->at, *end = marks->end;
    const char *stop = end - at > STRETCH ? at + STRETCH : end;
    uint32_t offset = (uint32_t)(at - marks->first);
    uint32_t *out = marks->offsets;
    uint64_t odd = 0;
    if (at >= end) {
        return false;
    }
    for (; at < stop; at += BLOCK, offset += BLOCK) {
        uint64_t valid;
        struct NAME(bytes) bytes = NAME(next_block)(at, end, &valid);
        struct NAME(bytes) folded = NAME(fold)(bytes);
        uint64_t escaped = find_escaped(&strings, NAME(eq)(bytes, '\\'));
        uint64_t outside = ~NAME(inside)(&strings, NAME(eq)(bytes, '"') & ~escaped) & valid;
        uint64_t found =
            (NAME(eq)(folded, '{') | NAME(eq)(folded, '}') | NAME(eq)(bytes, ',')) & outside;
        odd |= NAME(below)(bytes, ' ' + 1) & outside;
        if (WGO_UNLIKELY(escaped != 0)) {
            odd |= escaped & (NAME(eq)(bytes, 'u') | NAME(eq)(bytes, '/'));
        }
        out = NAME(write_bits)(found, offset, out);
    }
    marks->at = at;
    marks->inside = strings.inside;
    marks->escape = strings.escape;
    marks->plain &= odd == 0;
    marks->count = (uint32_t)(out - marks->offsets);
    return true;
}
