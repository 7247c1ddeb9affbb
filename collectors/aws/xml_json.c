/* The decoder's three handlers, and what they do at each kind of frame. */
#include "aws/xml_json.h"

#include "aws/error_answer.h"
#include "aws/xml_json_private.h"
#include "aws/xml_json_scalar.h"
#include "base/json_write.h"
#include "base/xml.h"

#include <stdlib.h>

static const struct wgo_aws_shape key_shape = {.kind = WGO_AWS_STRING};

/* ---- opening ---- */

static struct wgo_aws_frame *push(struct wgo_aws_decoder *d, enum wgo_aws_frame_kind kind,
                                  const struct wgo_aws_shape *shape)
{
    struct wgo_aws_frame *frame = &d->frames[d->depth++];
    frame->shape = shape;
    frame->kind = kind;
    frame->comma = false;
    return frame;
}

static void open_structure(struct wgo_aws_decoder *d, struct wgo_aws_frame *frame)
{
    frame->from = d->out->len;
    frame->run = NULL;
    frame->runs_before = d->run_count;
    frame->split = false;
    memset(frame->seen, 0, (frame->shape->member_count + 63u) / 64 * sizeof(frame->seen[0]));
}

static const char *local_part(const char *name)
{
    const char *colon = strchr(name, ':');
    return colon ? colon + 1 : name;
}

static void put_attributes(struct wgo_aws_decoder *d, struct wgo_aws_frame *frame,
                           const char **pairs)
{
    for (unsigned i = 0; i < frame->shape->member_count; i++) {
        const struct wgo_aws_member *member = &frame->shape->members[i];
        if (member->place != WGO_AWS_ATTRIBUTE || member->shape->kind >= WGO_AWS_STRUCTURE) {
            continue;
        }
        for (const char **pair = pairs; pair[0]; pair += 2) {
            if (wgo_str_is(member->element, local_part(pair[0])) && !wgo_aws_seen(frame, member)) {
                wgo_aws_put_key(d->out, member, &frame->comma);
                wgo_aws_put_scalar(d->out, member->shape->kind, wgo_str(pair[1]));
            }
        }
    }
}

/* The element that was just met holds a value of 'shape'. */
static void open_value(struct wgo_aws_decoder *d, const struct wgo_aws_shape *shape,
                       const char **attributes)
{
    struct wgo_aws_frame *frame = push(d, WGO_AWS_FRAME_VALUE, shape);
    switch (shape->kind) {
    case WGO_AWS_STRING:
        wgo_aws_put_char(d->out, '"');
        break;
    case WGO_AWS_STRUCTURE:
        open_structure(d, frame);
        wgo_aws_put_char(d->out, '{');
        if (shape->attribute_count > 0) {
            put_attributes(d, frame, attributes);
        }
        break;
    case WGO_AWS_LIST:
        wgo_aws_put_char(d->out, '[');
        break;
    case WGO_AWS_MAP:
        wgo_aws_put_char(d->out, '{');
        break;
    default:
        wgo_buf_reset(&d->text);
    }
}

static void open_entry(struct wgo_aws_decoder *d, const struct wgo_aws_shape *map)
{
    struct wgo_aws_frame *frame = push(d, WGO_AWS_FRAME_ENTRY, map);
    frame->have_key = false;
    frame->have_value = false;
}

static void put_comma(struct wgo_aws_decoder *d, bool *comma)
{
    if (*comma) {
        wgo_aws_put_char(d->out, ',');
    }
    *comma = true;
}

/* An item of a list, or an entry of a map. */
static void open_item(struct wgo_aws_decoder *d, const struct wgo_aws_shape *shape, bool *comma,
                      const char **attributes)
{
    put_comma(d, comma);
    if (shape->kind == WGO_AWS_MAP) {
        open_entry(d, shape);
    } else {
        open_value(d, shape->item, attributes);
    }
}

static void open_member(struct wgo_aws_decoder *d, struct wgo_aws_frame *frame, const char *name,
                        const char **attributes)
{
    const struct wgo_aws_member *member = wgo_aws_shape_member(frame->shape, name);
    if (d->strange && d->depth == 1) {
        d->known = d->known || member;
        d->unknown = d->unknown || !member;
    }
    if (!member) {
        d->skip++;
        return;
    }
    if (member->shape->flat) {
        if (wgo_aws_run_enter(d, frame, member)) {
            open_item(d, member->shape, &frame->run_comma, attributes);
        }
        return;
    }
    if (wgo_aws_seen(frame, member)) {
        d->skip++;
        return;
    }
    wgo_aws_run_close(d, frame);
    wgo_aws_put_key(d->out, member, &frame->comma);
    open_value(d, member->shape, attributes);
}

static void open_part_of_entry(struct wgo_aws_decoder *d, struct wgo_aws_frame *frame,
                               const char *name, const char **attributes)
{
    struct wgo_str local = wgo_str(local_part(name));
    if (!frame->have_key && wgo_str_eq(local, frame->shape->key_name)) {
        frame->have_key = true;
        push(d, WGO_AWS_FRAME_KEY, &key_shape)->from = d->out->len;
        wgo_aws_put_char(d->out, '"');
    } else if (!frame->have_value && wgo_str_eq(local, frame->shape->value_name)) {
        frame->have_value = true;
        frame->value_at = d->out->len;
        open_value(d, frame->shape->item, attributes);
    } else {
        d->skip++;
    }
}

/* ---- the root ---- */

#define NO_ANSWER "the document is no answer to this operation"

/* An error's document, or a page for browsers, must not pass for an answer without items. The root
 * of ec2's and of query's is called like the operation; those of rest-xml are called otherwise than
 * the models say: only what is none for certain is refused by its name. */
static bool is_answer(const struct wgo_aws_output *output, struct wgo_str root)
{
    if (output->service->protocol != WGO_AWS_REST_XML) {
        size_t len = output->operation.len;
        struct wgo_str rest = wgo_str_slice(root, len, root.len);
        return wgo_str_starts(root, output->operation) &&
               (wgo_str_is(rest, "Response") || rest.len == 0); /* a few leave that out */
    }
    return !wgo_aws_error_is_root(root) && !wgo_str_eq_nocase(root, WGO_STR("html"));
}

/* Whether a root of rest-xml says nothing of AWS. Its own roots are in a namespace of AWS;
 * emulators leave that out, so that one without it is judged by what it holds. */
static bool is_strange(const struct wgo_aws_output *output, const char **attributes)
{
    bool named = output->service->protocol != WGO_AWS_REST_XML;
    for (const char **pair = attributes; pair[0] && !named; pair += 2) {
        named = strncmp(pair[0], "xmlns", 5) == 0 && strstr(pair[1], "amazonaws.com");
    }
    return !named;
}

/* A root that is a scalar is called like its member. */
static bool is_scalar_of_another(const struct wgo_aws_member *root, const char *name)
{
    struct wgo_str key = wgo_str_slice(root->key, 2, root->key.len - 2); /* of `,"Name":` */
    return root->shape->kind < WGO_AWS_STRUCTURE && !wgo_str_is(key, local_part(name));
}

static void open_top(struct wgo_aws_decoder *d, const char **attributes)
{
    struct wgo_aws_frame *frame = push(d, WGO_AWS_FRAME_TOP, &d->output->shape);
    frame->comma = d->top_comma;
    d->found = true;
    open_structure(d, frame);
    put_attributes(d, frame, attributes);
}

static void open_root(struct wgo_aws_decoder *d, const char *name, const char **attributes)
{
    const struct wgo_aws_member *root = d->output->shape.root;
    d->strange = is_strange(d->output, attributes);
    if (!is_answer(d->output, wgo_str(local_part(name))) ||
        (d->strange && root && is_scalar_of_another(root, name))) {
        wgo_xml_stop(&d->reader, WGO_E_PARSE, NO_ANSWER);
    } else if (d->output->wrapper.len > 0) {
        push(d, WGO_AWS_FRAME_WRAPPER, NULL);
    } else if (root) { /* of a structure whose other members are headers */
        d->found = true;
        wgo_aws_put_key(d->out, root, &d->top_comma);
        open_value(d, root->shape, attributes);
    } else {
        open_top(d, attributes);
    }
}

static void open_in_wrapper(struct wgo_aws_decoder *d, const char *name, const char **attributes)
{
    if (d->found || !wgo_str_is(d->output->wrapper, local_part(name))) {
        d->skip++;
    } else {
        open_top(d, attributes);
    }
}

/* ---- the handlers ---- */

static void on_start(void *state, const char *name, const char **attributes)
{
    struct wgo_aws_decoder *d = state;
    if (d->reader.status) {
        return;
    }
    if (d->depth + d->skip == WGO_XML_DEPTH) {
        wgo_xml_stop(&d->reader, WGO_E_TOO_LARGE, "nested too deep");
        return;
    }
    if (d->skip > 0) {
        d->skip++;
        return;
    }
    if (d->depth == 0) {
        open_root(d, name, attributes);
        return;
    }
    struct wgo_aws_frame *frame = &d->frames[d->depth - 1];
    if (frame->kind == WGO_AWS_FRAME_WRAPPER) {
        open_in_wrapper(d, name, attributes);
    } else if (frame->kind == WGO_AWS_FRAME_ENTRY) {
        open_part_of_entry(d, frame, name, attributes);
    } else if (frame->shape->kind == WGO_AWS_STRUCTURE) {
        open_member(d, frame, name, attributes);
    } else if (frame->shape->kind > WGO_AWS_STRUCTURE) {
        open_item(d, frame->shape, &frame->comma, attributes);
    } else {
        d->skip++; /* inside a scalar */
    }
}

static const char escapes[256] = {
    ['"'] = '"',  ['\\'] = '\\', [0] = 'u',  [1] = 'u',    [2] = 'u',    [3] = 'u',    [4] = 'u',
    [5] = 'u',    [6] = 'u',     [7] = 'u',  ['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', [11] = 'u',
    ['\f'] = 'f', ['\r'] = 'r',  [14] = 'u', [15] = 'u',   [16] = 'u',   [17] = 'u',   [18] = 'u',
    [19] = 'u',   [20] = 'u',    [21] = 'u', [22] = 'u',   [23] = 'u',   [24] = 'u',   [25] = 'u',
    [26] = 'u',   [27] = 'u',    [28] = 'u', [29] = 'u',   [30] = 'u',   [31] = 'u',
};

/* A piece of a JSON string's body. The bytes are UTF-8: expat has seen to that. */
static void put_text(struct wgo_buf *out, const char *at, size_t len)
{
    const char *end = at + len, *from = at;
    for (; at < end; at++) {
        char escape = escapes[(unsigned char)*at];
        if (WGO_UNLIKELY(escape)) {
            char text[8] = {'\\', escape, '0', '0'};
            wgo_aws_put(out, from, (size_t)(at - from));
            if (escape == 'u') {
                text[4] = "01"[*at >> 4 & 1];
                text[5] = "0123456789abcdef"[*at & 15];
            }
            wgo_aws_put(out, text, escape == 'u' ? 6 : 2);
            from = at + 1;
        }
    }
    wgo_aws_put(out, from, (size_t)(end - from));
}

static void on_text(void *state, const char *bytes, int len)
{
    struct wgo_aws_decoder *d = state;
    if (d->depth == 0 || d->skip > 0 || d->reader.status) {
        return;
    }
    const struct wgo_aws_shape *shape = d->frames[d->depth - 1].shape;
    if (!shape || shape->kind >= WGO_AWS_STRUCTURE) {
        if (d->strange && d->depth == 1) { /* white space between elements, or a text */
            d->unknown = d->unknown || wgo_str_trim(wgo_str_from(bytes, (size_t)len)).len > 0;
        }
        return;
    }
    if (shape->kind == WGO_AWS_STRING) {
        put_text(d->out, bytes, (size_t)len);
    } else {
        wgo_buf_append(&d->text, bytes, (size_t)len);
    }
}

/* The value came before its key: behind it now. */
static void swap_entry(struct wgo_aws_decoder *d, struct wgo_aws_frame *entry, size_t key_at)
{
    struct wgo_buf *out = d->out;
    size_t key_len = out->len - key_at, value_len = key_at - entry->value_at;
    wgo_buf_reset(&d->scratch);
    if (out->failed || !wgo_buf_append(&d->scratch, out->ptr + key_at, key_len)) {
        out->failed = out->failed ? out->failed : d->scratch.failed;
        return;
    }
    memmove(out->ptr + entry->value_at + key_len, out->ptr + entry->value_at, value_len);
    memcpy(out->ptr + entry->value_at, d->scratch.ptr, key_len);
}

static void close_key(struct wgo_aws_decoder *d, struct wgo_aws_frame *key)
{
    struct wgo_aws_frame *entry = key - 1;
    wgo_aws_put(d->out, "\":", 2);
    if (entry->have_value) {
        swap_entry(d, entry, key->from);
    }
}

static void close_entry(struct wgo_aws_decoder *d, struct wgo_aws_frame *entry)
{
    if (!entry->have_key) {
        wgo_xml_stop(&d->reader, WGO_E_PARSE, "an entry of a map without a key");
    } else if (!entry->have_value) {
        wgo_buf_cstr(d->out, "null");
    }
}

static void close_value(struct wgo_aws_decoder *d, struct wgo_aws_frame *frame)
{
    switch (frame->shape->kind) {
    case WGO_AWS_STRING:
        wgo_aws_put_char(d->out, '"');
        break;
    case WGO_AWS_STRUCTURE:
        wgo_aws_runs_settle(d, frame);
        wgo_aws_put_char(d->out, '}');
        break;
    case WGO_AWS_LIST:
        wgo_aws_put_char(d->out, ']');
        break;
    case WGO_AWS_MAP:
        wgo_aws_put_char(d->out, '}');
        break;
    default:
        wgo_aws_put_scalar(d->out, frame->shape->kind, wgo_buf_view(&d->text));
    }
}

static void on_end(void *state, const char *name)
{
    struct wgo_aws_decoder *d = state;
    (void)name;
    if (d->reader.status) {
        return;
    }
    if (d->skip > 0) {
        d->skip--;
        return;
    }
    struct wgo_aws_frame *frame = &d->frames[--d->depth];
    switch (frame->kind) {
    case WGO_AWS_FRAME_VALUE:
        close_value(d, frame);
        break;
    case WGO_AWS_FRAME_TOP:
        wgo_aws_runs_settle(d, frame);
        break;
    case WGO_AWS_FRAME_KEY:
        close_key(d, frame);
        break;
    case WGO_AWS_FRAME_ENTRY:
        close_entry(d, frame);
        break;
    case WGO_AWS_FRAME_WRAPPER:
        break;
    }
    if (d->out->failed || d->text.failed) {
        enum wgo_status status = d->out->failed ? d->out->failed : d->text.failed;
        wgo_xml_stop(&d->reader, status, wgo_status_text(status));
    }
}

enum wgo_status wgo_aws_decode_body(const struct wgo_aws_output *output, struct wgo_str body,
                                    bool *comma, struct wgo_buf *out, struct wgo_error *err)
{
    static const struct wgo_xml_handlers handlers = {
        .start = on_start, .end = on_end, .text = on_text};
    struct wgo_aws_decoder *d = malloc(sizeof(*d));
    if (!d) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    memset(d, 0, offsetof(struct wgo_aws_decoder, frames)); /* frames are filled when pushed */
    d->output = output;
    d->out = out;
    d->top_comma = *comma;
    enum wgo_status status = wgo_xml_read(&d->reader, &handlers, body, err);
    if (status == WGO_OK && !d->found) {
        status = wgo_fail(err, WGO_E_PARSE, "the answer has no %.*s", WGO_FMT(output->wrapper));
    } else if (status == WGO_OK && d->unknown && !d->known) {
        status = wgo_fail(err, WGO_E_PARSE, NO_ANSWER);
    }
    const struct wgo_aws_member *root = output->shape.root;
    if (status == WGO_OK && root && root->shape->kind == WGO_AWS_STRING &&
        wgo_str_ends(wgo_buf_view(out), WGO_STR(":\"\""))) {
        out->len -= 2; /* a bucket without a location constraint has none, not an empty one */
        wgo_buf_cstr(out, "null");
    }
    *comma = d->top_comma;
    wgo_buf_fini(&d->text);
    wgo_buf_fini(&d->scratch);
    free(d->runs);
    free(d);
    return status;
}
