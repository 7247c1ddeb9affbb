/* json_cursor_fuzzer.c: a document read by hand, skipped whole and checked gives one answer; what
 * was accepted can be written, compacted and fingerprinted, and stays the same. */
#include "base/arena.h"
#include "base/json.h"
#include "base/json_kernel.h"
#include "base/json_scan.h"
#include "base/json_write.h"
#include "fuzz.h"

#include <stdlib.h>

static void read_scalar(struct wgo_json *json, struct wgo_arena *arena, struct wgo_json_writer *w)
{
    struct wgo_str text;
    bool truth;
    switch (wgo_json_peek(json)) {
    case WGO_JSON_STRING:
        if (wgo_json_string(json, arena, &text)) {
            require(wgo_str_is_utf8(text, NULL));
            wgo_json_put_str(w, text);
        }
        break;
    case WGO_JSON_BOOL:
        if (wgo_json_bool(json, &truth)) {
            wgo_json_put_bool(w, truth);
        }
        break;
    default:
        if (wgo_json_skip(json, &text)) {
            wgo_json_put_raw(w, text);
        }
        break;
    }
}

/* Reads the whole document value by value and writes it anew. */
static void read_by_hand(struct wgo_json *json, struct wgo_arena *arena, struct wgo_json_writer *w)
{
    bool in_object[WGO_JSON_DEPTH];
    unsigned depth = 0;
    for (;;) {
        enum wgo_json_kind kind = wgo_json_peek(json);
        if (kind == WGO_JSON_OBJECT && wgo_json_enter_object(json)) {
            in_object[depth++] = true;
            wgo_json_open_object(w);
        } else if (kind == WGO_JSON_ARRAY && wgo_json_enter_array(json)) {
            in_object[depth++] = false;
            wgo_json_open_array(w);
        } else {
            read_scalar(json, arena, w);
        }
        struct wgo_str key;
        while (depth > 0 && !(in_object[depth - 1] ? wgo_json_next_member(json, &key)
                                                   : wgo_json_next_item(json))) {
            if (json->status != WGO_OK) {
                return;
            }
            if (in_object[--depth]) {
                wgo_json_close_object(w);
            } else {
                wgo_json_close_array(w);
            }
        }
        if (depth == 0) {
            wgo_json_finish(json);
            return;
        }
        if (in_object[depth - 1]) {
            struct wgo_str raw = {key.ptr - 1, key.len + 2};
            wgo_json_key_str(w, wgo_json_text(raw, arena));
        }
    }
}

static unsigned nesting(struct wgo_str document)
{
    unsigned deepest = 0, depth = 0;
    for (size_t i = 0; i < document.len; i++) {
        depth += document.ptr[i] == '{' || document.ptr[i] == '[';
        deepest = depth > deepest ? depth : deepest;
        depth -= depth > 0 && (document.ptr[i] == '}' || document.ptr[i] == ']');
    }
    return deepest;
}

/* A kernel never calls sound what is not, and always what is flat enough and not just a scalar. */
static void try_kernels(struct wgo_str document, bool valid, struct wgo_str compact)
{
    bool must = valid && compact.len > 2 && strchr("[{", compact.ptr[0]) && nesting(document) < 64;
    const char *end = document.ptr + document.len;
    const struct wgo_json_kernel *kernel, *plain = wgo_json_kernel_at(0);
    bool plain_sound = plain->sound(document.ptr, end, NULL);
    require(!plain_sound || valid);
    require(plain_sound || !must);
    for (unsigned i = 1; (kernel = wgo_json_kernel_at(i)); i++) {
        require(kernel->sound(document.ptr, end, NULL) == plain_sound);
    }
    char *plain_out = malloc(document.len + 1), *out = malloc(document.len + 1);
    require(plain_out && out);
    size_t plain_len = plain->squeeze(document.ptr, end, plain_out);
    for (unsigned i = 1; (kernel = wgo_json_kernel_at(i)); i++) {
        require(kernel->squeeze(document.ptr, end, out) == plain_len);
        require(memcmp(out, plain_out, plain_len) == 0);
    }
    free(plain_out);
    free(out);
    for (size_t from = 0; from < document.len && from < 70; from++) {
        bool plain_spaced = false, spaced;
        const char *past = plain->hop(document.ptr + from, end, &plain_spaced);
        for (unsigned i = 1; (kernel = wgo_json_kernel_at(i)); i++) {
            spaced = false;
            require(kernel->hop(document.ptr + from, end, &spaced) == past);
            require(spaced == plain_spaced || !past);
        }
    }
}

/* Every container of the outermost levels that is not empty, with room for some and for all. */
static void try_spans(struct wgo_str document, const struct wgo_json_kernel *kernel, uint32_t room)
{
    struct wgo_json_span items[64];
    struct wgo_json_spans spans = {.items = items, .room = room};
    const char *end = document.ptr + document.len;
    uint32_t found = 0, level = 0;
    if (!kernel->sound(document.ptr, end, &spans)) {
        return;
    }
    for (const char *at = document.ptr; at < end; at++) {
        bool escaped, spaced = false;
        if (*at == '"') {
            at = wgo_json_hop_string(at + 1, end, &escaped) - 1;
        } else if (*at == '{' || *at == '[') {
            if (++level > WGO_JSON_SPAN_LEVELS || found == spans.count ||
                items[found].from != (size_t)(at - document.ptr)) {
                require(level > WGO_JSON_SPAN_LEVELS || found == room || strchr("]}", at[1]));
                continue;
            }
            require(document.ptr + items[found++].to == kernel->hop(at + 1, end, &spaced));
        } else if (*at == '}' || *at == ']') {
            level--;
        }
    }
    require(found == spans.count && found <= room);
}

/* Brackets and commas outside strings, one after the other. */
static void try_marks(struct wgo_str document, const struct wgo_json_kernel *kernel)
{
    struct wgo_json_marks marks;
    size_t at = 0;
    bool inside = false, plain = true;
    wgo_json_marks_init(&marks, document.ptr, document.len);
    while (kernel->mark(&marks)) {
        uint32_t found = 0;
        for (; at < (size_t)(marks.at - marks.first) && at < document.len; at++) {
            char c = document.ptr[at];
            if (inside && c == '\\') {
                at++;
                plain &= document.ptr[at] != 'u' && document.ptr[at] != '/';
            } else if (c == '"') {
                inside = !inside;
            } else if (!inside && strchr("{}[],", c)) {
                require(found < marks.count && marks.offsets[found++] == at);
            } else {
                plain &= inside || c > ' ';
            }
        }
        require(found == marks.count);
    }
    require(marks.plain == plain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_str document = {size ? (const char *)data : "", size};
    struct wgo_arena arena = {0};
    struct wgo_buf again = {0}, compact = {0};
    struct wgo_json_writer w;
    struct wgo_json by_hand, skipped;
    struct wgo_error error_by_hand = {0}, error_skipped = {0}, error_checked = {0};

    wgo_json_writer_init(&w, &again);
    wgo_json_init(&by_hand, document);
    read_by_hand(&by_hand, &arena, &w);
    wgo_json_init(&skipped, document);
    if (wgo_json_skip(&skipped, NULL)) {
        wgo_json_finish(&skipped);
    }
    enum wgo_status status = wgo_json_check(document, &error_checked);
    require(wgo_json_error(&by_hand, &error_by_hand) == status);
    require(wgo_json_error(&skipped, &error_skipped) == status);
    require(strcmp(error_by_hand.message, error_checked.message) == 0);
    require(strcmp(error_skipped.message, error_checked.message) == 0);
    for (unsigned i = 0; status == WGO_OK && wgo_json_kernel_at(i); i++) {
        try_marks(document, wgo_json_kernel_at(i));
        try_spans(document, wgo_json_kernel_at(i), 64);
        try_spans(document, wgo_json_kernel_at(i), 3);
    }
    if (status == WGO_OK) {
        uint64_t fingerprint = wgo_json_fingerprint(document);
        require(wgo_json_compact(document, &compact));
        require(compact.len <= size);
        require(wgo_json_check(wgo_buf_view(&compact), NULL) == WGO_OK);
        require(wgo_json_fingerprint(wgo_buf_view(&compact)) == fingerprint);
        require(wgo_json_check(wgo_buf_view(&again), NULL) == WGO_OK);
        require(wgo_json_fingerprint(wgo_buf_view(&again)) == fingerprint);
    }
    try_kernels(document, status == WGO_OK, wgo_buf_view(&compact));
    /* Whatever the bytes are, these only have to stay inside them. */
    wgo_json_text(document, &arena);
    static const char *const names[] = {"a", "b"};
    struct wgo_str found[WGO_COUNT(names)];
    wgo_json_members(document, names, WGO_COUNT(names), found);
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        struct wgo_str same = wgo_json_get(document, wgo_str(names[i]));
        require(status != WGO_OK || (found[i].ptr == same.ptr && found[i].len == same.len));
        require(!same.ptr || wgo_json_check(same, NULL) == WGO_OK);
    }
    wgo_json_get(document, WGO_STR("a.b"));
    wgo_buf_reset(&compact);
    wgo_json_compact(document, &compact);
    wgo_json_fingerprint(document);
    wgo_buf_reset(&compact);
    require(wgo_json_quote(&compact, document));
    require(wgo_json_check(wgo_buf_view(&compact), NULL) == WGO_OK);

    wgo_buf_fini(&again);
    wgo_buf_fini(&compact);
    wgo_arena_fini(&arena);
    return 0;
}
