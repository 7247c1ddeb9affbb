/* The kernels of base/json_kernel.h beside the cursor. */
#include "base/json.h"
#include "base/json_kernel.h"

#include <criterion/criterion.h>
#include <stdlib.h>

/* The kernels do not look at what the cursor looks at in the same order, so this compares answers.
 */
static bool cursor_accepts(struct wgo_str text)
{
    struct wgo_json json;
    wgo_json_init(&json, text);
    return wgo_json_skip(&json, NULL) && wgo_json_finish(&json);
}

/* In memory of its own, so that sanitizers see the first byte too far. */
static bool sound(const struct wgo_json_kernel *kernel, struct wgo_str text)
{
    char *copy = malloc(text.len ? text.len : 1);
    memcpy(copy, text.ptr, text.len);
    bool good = kernel->sound(copy, copy + text.len, NULL);
    free(copy);
    return good;
}

static const char sample[] = "{\"kind\":\"PodList\",\"metadata\":{\"resourceVersion\":\"1048576\","
                             "\"n\":-12.5e+3},\"items\":[{"
                             "\"metadata\":{\"name\":\"web-0\",\"labels\":{\"app\":\"caf\xC3\xA9 "
                             "\xE2\x82\xAC \xF0\x9F\x98\x80\"},"
                             "\"annotations\":{\"k\":\"{\\\"a\\\":\\\"\\\\\\\\\\u00e9\\n\\\"}\"},"
                             "\"managedFields\":[{\"f:a\":"
                             "{},\"f:b\":{\".\":{},\"f:c\":{}}}]},\"spec\":{\"a\":true,\"b\":false,"
                             "\"c\":null,\"d\":[],\"e\":[1,"
                             "2,[3,\"x\",{}],0]}},{\"\":\"\"}],\"z\":[[],{},[[{}]]]}";

static const char spaced_sample[] =
    "{\n  \"kind\": \"PodList\",\r\n\t\"items\" : [ {\n      \"a\": { },\n      \"b\" :[ ] ,\n"
    "      \"c\": [\n        1 ,\n        \"x y\",\n        true\n      ],          \"d\"    :   "
    "                                                                       null   \n    },\n"
    "    \"e\"\n  ]\n}";

static const char *const samples[] = {sample, spaced_sample};

Test(json_kernel, there_is_one)
{
    cr_assert_not_null(wgo_json_kernel());
    cr_assert_str_eq(wgo_json_kernel_at(0)->name, "plain");
}

/* Shifted by every offset in a block, so that every token meets every edge. */
Test(json_kernel, sound_documents_are_sound_at_every_offset)
{
    const struct wgo_json_kernel *kernel;
    for (unsigned i = 0; (kernel = wgo_json_kernel_at(i)); i++) {
        for (unsigned pad = 0; pad < 260; pad++) {
            struct wgo_buf text = {0};
            wgo_buf_format(&text, "[\"%*s\",%s]\n", (int)pad, "", samples[pad % 2]);
            cr_assert(sound(kernel, wgo_buf_view(&text)), "%s, offset %u", kernel->name, pad);
            wgo_buf_fini(&text);
        }
    }
}

/* One byte changed, everywhere, to everything that has a meaning: a kernel may call sound only what
 * the cursor accepts, and must call all of it sound. */
Test(json_kernel, one_wrong_byte_is_found_at_every_offset)
{
    static const char bytes[] = "{}[],:\"\\ \n\tx0-.et\x01\x7f\x80\xC3\xE2\xF4\xFF";
    const struct wgo_json_kernel *kernel;
    unsigned accepted = 0, refused = 0;
    for (unsigned pad = 0; pad < 128; pad += 7) {
        struct wgo_buf text = {0};
        wgo_buf_format(&text, "[\"%*s\",%s]", (int)pad / 2, "", samples[pad % 2]);
        for (size_t at = 0; at < text.len; at++) {
            char right = text.ptr[at];
            for (size_t b = 0; b < sizeof(bytes); b++) { /* with the NUL */
                text.ptr[at] = bytes[b];
                bool valid = cursor_accepts(wgo_buf_view(&text));
                for (unsigned i = 0; (kernel = wgo_json_kernel_at(i)); i++) {
                    bool good = kernel->sound(text.ptr, text.ptr + text.len, NULL);
                    cr_assert_eq(good, valid, "%s: offset %u, byte %zu made 0x%02x", kernel->name,
                                 pad, at, (unsigned char)bytes[b]);
                }
                accepted += valid;
                refused += !valid;
            }
            text.ptr[at] = right;
        }
        wgo_buf_fini(&text);
    }
    cr_assert_gt(accepted, 1000);
    cr_assert_gt(refused, 1000);
}

/* A document that stops early, or goes on. */
Test(json_kernel, every_beginning_of_a_document_is_refused)
{
    const struct wgo_json_kernel *kernel;
    for (unsigned i = 0; (kernel = wgo_json_kernel_at(i)); i++) {
        for (size_t len = 0; len < sizeof(sample) - 1; len++) {
            cr_assert_not(sound(kernel, wgo_str_from(sample, len)), "%s: %zu", kernel->name, len);
        }
        static const char *const more[] = {"{\"a\":1}{}", "{\"a\":1},{\"b\":2}",
                                           "[1],",        "[1]]",
                                           "[1]1",        "[1]\"\"",
                                           "{},{}",       "[],[1]",
                                           "[1]x",        "[[]],[]"};
        for (size_t k = 0; k < WGO_COUNT(more); k++) {
            cr_assert_not(sound(kernel, wgo_str(more[k])), "%s: %s", kernel->name, more[k]);
        }
    }
}

Test(json_kernel, hops_to_the_right_bracket)
{
    const struct wgo_json_kernel *kernel;
    for (unsigned i = 0; (kernel = wgo_json_kernel_at(i)); i++) {
        for (int pad = 0; pad < 130; pad++) {
            for (int depth = 0; depth < 70; depth += 23) {
                struct wgo_buf text = {0};
                wgo_buf_format(
                    &text, "[{\"\\\\\":\"]}\\\"%*s\"},%.*s", pad, "", depth,
                    "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[");
                wgo_buf_format(
                    &text, "%s%.*s]", sample, depth,
                    "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]");
                size_t len = text.len;
                bool spaced = false;
                cr_assert_eq(kernel->hop(text.ptr + 1, text.ptr + len, &spaced), text.ptr + len);
                cr_assert_not(spaced);
                cr_assert_null(kernel->hop(text.ptr + 1, text.ptr + len - 1, &spaced));
                wgo_buf_cstr(&text, " ]} {[\"");
                cr_assert_eq(kernel->hop(text.ptr + 1, text.ptr + text.len, &spaced),
                             text.ptr + len);
                cr_assert_not(spaced, "white space behind the end does not count");
                text.ptr[len - 1] = ' ';
                text.ptr[len] = ']';
                cr_assert_eq(kernel->hop(text.ptr + 1, text.ptr + text.len, &spaced),
                             text.ptr + len + 1);
                cr_assert(spaced);
                wgo_buf_fini(&text);
            }
        }
    }
}

/* The room is as much as the text takes, and not a byte more. */
Test(json_kernel, squeezes_spaces_out_at_every_offset)
{
    const struct wgo_json_kernel *kernel;
    for (unsigned i = 0; (kernel = wgo_json_kernel_at(i)); i++) {
        for (int pad = 0; pad < 260; pad++) {
            struct wgo_buf text = {0}, want = {0};
            wgo_buf_format(&text, "[%*s\"%*s\\\" \xC3\xA9\",%s]", pad % 70, "", pad, "",
                           samples[pad % 2]);
            bool inside = false;
            for (size_t at = 0; at < text.len; at++) {
                inside ^= text.ptr[at] == '"' && text.ptr[at - 1] != '\\';
                if (inside || (unsigned char)text.ptr[at] > ' ') {
                    wgo_buf_char(&want, text.ptr[at]);
                }
            }
            char *from = malloc(text.len), *to = malloc(text.len);
            memcpy(from, text.ptr, text.len);
            cr_assert_eq(kernel->squeeze(from, from + text.len, to), want.len, "%s, offset %d",
                         kernel->name, pad);
            cr_assert_eq(memcmp(to, want.ptr, want.len), 0, "%s, offset %d", kernel->name, pad);
            free(from);
            free(to);
            wgo_buf_fini(&text);
            wgo_buf_fini(&want);
        }
    }
}

struct marked {
    size_t count;
    uint64_t sum; /* of positions, each in its place */
    bool plain;
};

static struct marked mark_all(const struct wgo_json_kernel *kernel, struct wgo_str text)
{
    struct marked all = {.count = 0};
    struct wgo_json_marks marks;
    wgo_json_marks_init(&marks, text.ptr, text.len);
    while (kernel->mark(&marks)) {
        for (uint32_t i = 0; i < marks.count; i++) {
            all.sum = all.sum * 31 + marks.offsets[i];
            all.count++;
        }
    }
    all.plain = marks.plain;
    return all;
}

/* Of a text without escapes. */
static struct marked mark_by_hand(struct wgo_str text)
{
    struct marked all = {.plain = true};
    bool inside = false;
    for (size_t at = 0; at < text.len; at++) {
        char c = text.ptr[at];
        inside ^= c == '"';
        if (!inside && strchr("{}[],", c)) {
            all.sum = all.sum * 31 + at;
            all.count++;
        }
        all.plain &= inside || c > ' ';
    }
    return all;
}

/* Longer than a stretch, and blocks that are full of marks. */
Test(json_kernel, marks_what_stands_between_values)
{
    const struct wgo_json_kernel *kernel;
    for (unsigned i = 0; (kernel = wgo_json_kernel_at(i)); i++) {
        for (int pad = 0; pad < 140; pad += 3) {
            struct wgo_buf text = {0};
            wgo_buf_format(&text, "{\"a%*s\":[", pad, "{,}");
            for (int k = 0; k < 700; k++) {
                wgo_buf_cstr(&text, k % 7 ? "[]," : "{\"k\":\"[v],\",\"n\":-1.5},");
            }
            wgo_buf_format(&text, "true]%s}", pad % 2 ? " " : "");
            struct marked found = mark_all(kernel, wgo_buf_view(&text));
            struct marked want = mark_by_hand(wgo_buf_view(&text));
            cr_assert_gt(want.count, 2000);
            cr_assert_eq(found.count, want.count, "%s", kernel->name);
            cr_assert_eq(found.sum, want.sum, "%s", kernel->name);
            cr_assert_eq(found.plain, want.plain);
            cr_assert_eq(want.plain, pad % 2 == 0);
            wgo_buf_fini(&text);
        }
    }
}

/* An escape that has a shorter form is not plain, wherever it stands; one that has none is. */
Test(json_kernel, escapes_that_could_be_shorter_are_not_plain)
{
    static const struct {
        const char *escape;
        bool plain;
    } cases[] = {
        {"\\u0041", false},  {"\\/", false},  {"\\n", true},
        {"\\\\u0041", true}, {"\\\\/", true}, {"\\\\\\u0041", false},
    };
    const struct wgo_json_kernel *kernel;
    for (unsigned i = 0; (kernel = wgo_json_kernel_at(i)); i++) {
        for (size_t k = 0; k < WGO_COUNT(cases); k++) {
            for (int pad = 0; pad < 130; pad++) {
                struct wgo_buf text = {0};
                wgo_buf_format(&text, "[\"%*s%s,\",1]", pad, "", cases[k].escape);
                struct marked found = mark_all(kernel, wgo_buf_view(&text));
                cr_assert_eq(found.count, 3);
                cr_assert_eq(found.plain, cases[k].plain, "%s: %s after %d", kernel->name,
                             cases[k].escape, pad);
                wgo_buf_fini(&text);
            }
        }
    }
}

/* Where they stand is what a hop from each finds; without room for all, the first ones. */
Test(json_kernel, knows_where_the_outermost_containers_end)
{
    const struct wgo_json_kernel *kernel;
    for (unsigned i = 0; (kernel = wgo_json_kernel_at(i)); i++) {
        for (int pad = 0; pad < 130; pad++) {
            struct wgo_buf text = {0};
            wgo_buf_format(&text,
                           "%*s{\"a%*s\":[{\"]\":[[1]]},{},[2,[3]],\"{\"],\"b\":{\"c\":[0]}}",
                           pad % 3, "", pad, "");
            for (uint32_t room = 0; room < 8; room++) {
                struct wgo_json_span items[8];
                struct wgo_json_spans spans = {.items = items, .room = room};
                /* Itself, a's list and its two, b's object and c's list; an empty one may be left
                 * out, and what is in the fourth level is. */
                cr_assert(kernel->sound(text.ptr, text.ptr + text.len, &spans));
                cr_assert(spans.count == room || (room > 6 && spans.count >= 6));
                for (uint32_t k = 0; k < spans.count; k++) {
                    bool spaced = false;
                    const char *from = text.ptr + items[k].from;
                    cr_assert(*from == '{' || *from == '[');
                    cr_assert_eq(text.ptr + items[k].to,
                                 kernel->hop(from + 1, text.ptr + text.len, &spaced));
                    cr_assert(k == 0 || items[k].from > items[k - 1].from);
                }
            }
            wgo_buf_fini(&text);
        }
    }
}
