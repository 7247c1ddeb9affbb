/* json_kernel.h: whole documents, 64 bytes at a time. Private to core/base.
 *
 * A kernel turns each block of 64 bytes into bit masks (bit n: byte n is a quote, is inside a
 * string, opens a container ...) and settles most questions with a few operations on the masks
 * instead of a branch for every token. One text, json_kernel_body.h, is compiled for each
 * instruction set; all give the same answers, and the plain one is the measure.
 *
 * Ownership: nothing.
 * Threads:   none; the choice of the kernel asks the processor each time and keeps no state.
 * Failure:   see the functions. */
#ifndef WGO_BASE_JSON_KERNEL_H
#define WGO_BASE_JSON_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where the outermost containers stand, for a walk that will pass most of them. One outside all
 * others is of level 1. Those that do not fit, and most empty ones, are left out. */
#define WGO_JSON_SPAN_LEVELS 3
struct wgo_json_span {
    uint32_t from, to; /* offsets of the opening bracket, and behind the closing one */
};
struct wgo_json_spans {
    struct wgo_json_span *items; /* the caller's, in the order in which they open */
    uint32_t room, count;
    uint32_t open[WGO_JSON_SPAN_LEVELS + 1]; /* index of the one that is open, by level */
};

/* Where checked text falls apart, a stretch of it at a time. */
struct wgo_json_marks {
    const char *first, *at, *end; /* of the text; the next stretch */
    uint64_t inside, escape;      /* how the block before ended */
    bool plain;                   /* so far: no white space between tokens, and every escape is the
                                   * only way to write what it stands for */
    uint32_t count;               /* in this stretch: brackets and commas outside strings */
    uint32_t offsets[1024 + 16];  /* of them, from 'first' */
};

/* The offsets are left as they are: there are many. */
static inline void wgo_json_marks_init(struct wgo_json_marks *marks, const char *text, size_t len)
{
    marks->first = marks->at = text;
    marks->end = text + len;
    marks->inside = marks->escape = 0;
    marks->plain = true;
    marks->count = 0;
}

struct wgo_json_kernel {
    const char *name;
    /* True when the bytes certainly are one JSON document: an object or array that holds something
     * and is nested less than 64 deep. False says nothing: the cursor then looks for itself, and
     * knows what to say about a mistake. Of sound text 'spans', zeroed but for items and room, say
     * where containers are, from 'at'; NULL for those who do not care. */
    bool (*sound)(const char *at, const char *end, struct wgo_json_spans *spans);
    /* In checked text, from the byte after an opening bracket to the byte after the one that closes
     * it; NULL when there is none. Sets '*spaced' when white space stood between tokens. */
    const char *(*hop)(const char *at, const char *end, bool *spaced);
    /* Copies checked text, from outside a string, without the white space between tokens to 'out',
     * which has room for all of it; the number of bytes written. */
    size_t (*squeeze)(const char *at, const char *end, char *out);
    /* The next stretch; false behind the last one. */
    bool (*mark)(struct wgo_json_marks *marks);
};

#if defined(__x86_64__) && defined(__SSE2__)
#define WGO_JSON_KERNEL_X86 1
#else
#define WGO_JSON_KERNEL_X86 0
#endif
#if defined(__aarch64__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define WGO_JSON_KERNEL_NEON 1
#else
#define WGO_JSON_KERNEL_NEON 0
#endif

extern const struct wgo_json_kernel wgo_json_kernel_plain;
#if WGO_JSON_KERNEL_X86
extern const struct wgo_json_kernel wgo_json_kernel_sse2;
extern const struct wgo_json_kernel wgo_json_kernel_avx2;   /* only where _has_avx2() */
extern const struct wgo_json_kernel wgo_json_kernel_avx512; /* only where _has_avx512() */
bool wgo_json_kernel_has_avx2(void);
bool wgo_json_kernel_has_avx512(void);
#elif WGO_JSON_KERNEL_NEON
extern const struct wgo_json_kernel wgo_json_kernel_neon;
#endif

/* The fastest one that this processor runs. */
const struct wgo_json_kernel *wgo_json_kernel(void);

/* All that this processor runs, the plain one first, NULL after the last; for tests. */
const struct wgo_json_kernel *wgo_json_kernel_at(unsigned index);

#endif
