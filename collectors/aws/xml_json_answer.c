/* A whole answer: what its headers, its status and its body hold, in one object. */
#include "aws/xml_json.h"

#include "aws/xml_json_private.h"
#include "aws/xml_json_scalar.h"
#include "base/base64.h"
#include "base/json_write.h"

/* A list in a header: its elements are apart by commas. */
static void put_list(struct wgo_buf *out, const struct wgo_aws_shape *list, struct wgo_str text)
{
    bool comma = false;
    wgo_buf_char(out, '[');
    while (text.ptr && list->item->kind < WGO_AWS_STRUCTURE) {
        struct wgo_str item = wgo_str_trim(wgo_str_split(&text, ','));
        if (comma) {
            wgo_buf_char(out, ',');
        }
        wgo_aws_put_scalar(out, list->item->kind, item);
        comma = true;
    }
    wgo_buf_char(out, ']');
}

static void put_header(struct wgo_buf *out, const struct wgo_aws_shape *shape, struct wgo_str text)
{
    if (shape->kind == WGO_AWS_LIST) {
        put_list(out, shape, text);
    } else {
        wgo_aws_put_scalar(out, shape->kind, text);
    }
}

/* All headers whose names begin with 'prefix', without it. */
static void put_header_map(struct wgo_buf *out, struct wgo_str lines, struct wgo_str prefix)
{
    bool comma = false;
    wgo_buf_char(out, '{');
    while (lines.ptr) {
        struct wgo_str value = wgo_str_split(&lines, '\n'), name = wgo_str_split(&value, ':');
        if (value.ptr && wgo_str_starts(name, prefix)) {
            if (comma) {
                wgo_buf_char(out, ',');
            }
            wgo_json_quote(out, wgo_str_slice(name, prefix.len, name.len));
            wgo_buf_char(out, ':');
            wgo_json_quote(out, wgo_str_trim(value));
            comma = true;
        }
    }
    wgo_buf_char(out, '}');
}

static void put_outer_member(const struct wgo_aws_member *member,
                             const struct wgo_response *response, bool *comma, struct wgo_buf *out)
{
    char name[128];
    struct wgo_str value;
    switch (member->place) {
    case WGO_AWS_HEADER:
        if (member->element.len >= sizeof(name)) {
            return;
        }
        memcpy(name, member->element.ptr, member->element.len);
        name[member->element.len] = '\0';
        value = wgo_response_header(response, name);
        if (value.ptr) {
            wgo_aws_put_key(out, member, comma);
            put_header(out, member->shape, value);
        }
        return;
    case WGO_AWS_HEADERS:
        wgo_aws_put_key(out, member, comma);
        put_header_map(out, wgo_buf_view(&response->headers), member->element);
        return;
    case WGO_AWS_HTTP_STATUS:
        wgo_aws_put_key(out, member, comma);
        wgo_buf_format(out, "%d", response->http_status);
        return;
    default:
        return;
    }
}

static void put_raw_body(const struct wgo_aws_member *member, struct wgo_str body, bool *comma,
                         struct wgo_buf *out)
{
    wgo_aws_put_key(out, member, comma);
    if (member->shape->kind == WGO_AWS_BLOB) {
        wgo_buf_char(out, '"');
        wgo_base64_encode(out, body);
        wgo_buf_char(out, '"');
    } else {
        wgo_json_quote(out, body);
    }
}

static enum wgo_status put_answer(const struct wgo_aws_output *output,
                                  const struct wgo_response *response, struct wgo_buf *out,
                                  struct wgo_error *err)
{
    const struct wgo_aws_shape *shape = &output->shape;
    struct wgo_str body = wgo_buf_view(&response->body);
    enum wgo_status status = WGO_OK;
    bool comma = false;
    wgo_buf_char(out, '{');
    for (unsigned i = 0; i < shape->member_count; i++) {
        put_outer_member(&shape->members[i], response, &comma, out);
    }
    if (shape->raw) {
        bool text = shape->raw->shape->kind != WGO_AWS_BLOB;
        if (text && wgo_str_starts(wgo_str_trim(body), WGO_STR("<"))) {
            /* A page for browsers: the texts that AWS sends are JSON. */
            status = wgo_fail(err, WGO_E_PARSE, "the document is no answer to this operation");
        } else if (body.len > 0) {
            put_raw_body(shape->raw, body, &comma, out);
        }
    } else if (output->has_elements || body.len > 0) {
        status = wgo_aws_decode_body(output, body, &comma, out, err);
    }
    wgo_buf_char(out, '}');
    if (status == WGO_OK && out->failed) {
        status = wgo_fail(err, out->failed, "%s", wgo_status_text(out->failed));
    }
    return status;
}

enum wgo_status wgo_aws_xml_to_json(const struct wgo_aws_output *output,
                                    const struct wgo_response *response, struct wgo_buf *out,
                                    struct wgo_error *err)
{
    size_t before = out->len;
    enum wgo_status status = put_answer(output, response, out, err);
    if (status) {
        out->len = before;
        out->failed = WGO_OK;
    }
    return status;
}
