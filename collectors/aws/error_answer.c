#include "aws/error_private.h"

#include <stdio.h>

void wgo_aws_error_text(struct wgo_str text, char *out, size_t out_size)
{
    text = wgo_str_trim(text);
    if (text.len == 0) {
        return;
    }
    size_t len = text.len < out_size - 1 ? text.len : out_size - 1, good;
    if (!wgo_str_is_utf8(wgo_str_slice(text, 0, len), &good)) {
        len = good;
    }
    memcpy(out, text.ptr, len);
    out[len] = '\0';
    wgo_str_flatten(out, len);
}

struct wgo_str wgo_aws_error_bare_code(struct wgo_str code)
{
    code = wgo_str_slice(code, 0, wgo_str_find_char(code, ':'));
    while (wgo_str_find_char(code, '#') < code.len) {
        code = wgo_str_slice(code, wgo_str_find_char(code, '#') + 1, code.len);
    }
    return wgo_str_trim(code);
}

/* "bucket.s3.eu-west-1.amazonaws.com", "s3-eu-west-1.amazonaws.com", "s3.dualstack.eu-west-1...".
 */
struct wgo_str wgo_aws_error_endpoint_region(struct wgo_str endpoint)
{
    size_t amazon = wgo_str_find(endpoint, WGO_STR(".amazonaws.com"));
    struct wgo_str host = wgo_str_slice(endpoint, 0, amazon), label = {0};
    if (amazon == endpoint.len) {
        return label;
    }
    while (host.ptr) {
        label = wgo_str_split(&host, '.');
    }
    if (wgo_str_starts(label, WGO_STR("s3-"))) {
        label = wgo_str_slice(label, 3, label.len);
    }
    bool is_region = wgo_str_find_char(label, '-') < label.len && label.len > 0 &&
                     label.ptr[label.len - 1] >= '0' && label.ptr[label.len - 1] <= '9';
    return is_region ? label : (struct wgo_str){0};
}

static struct wgo_str first_header(const struct wgo_response *response, const char *const *names,
                                   size_t count)
{
    struct wgo_str value = {0};
    for (size_t i = 0; i < count && value.len == 0; i++) {
        value = wgo_response_header(response, names[i]);
    }
    return value;
}

static void read_headers(const struct wgo_response *response, struct wgo_aws_error *out)
{
    static const char *const id_names[] = {"x-amzn-requestid", "x-amz-request-id",
                                           "x-amzn-request-id"};
    struct wgo_str type = wgo_response_header(response, "x-amzn-errortype");
    struct wgo_str query = wgo_response_header(response, "x-amzn-query-error");
    size_t semicolon = wgo_str_find_char(query, ';');
    wgo_aws_error_text(wgo_aws_error_bare_code(type), out->code, sizeof(out->code));
    if (semicolon < query.len) { /* "Code;Sender" */
        wgo_aws_error_text(wgo_str_slice(query, 0, semicolon), out->code, sizeof(out->code));
    }
    wgo_aws_error_text(first_header(response, id_names, WGO_COUNT(id_names)), out->request_id,
                       sizeof(out->request_id));
    wgo_aws_error_text(wgo_response_header(response, "x-amz-bucket-region"), out->region,
                       sizeof(out->region));
}

static bool read_document(struct wgo_str body, struct wgo_aws_error *out)
{
    body = wgo_str_past_mark(wgo_str_trim(body));
    if (body.len == 0) {
        return false;
    }
    return body.ptr[0] == '<' ? wgo_aws_error_from_xml(body, out)
                              : wgo_aws_error_from_json(body, out);
}

void wgo_aws_error_read(const struct wgo_response *response, struct wgo_aws_error *out)
{
    struct wgo_aws_error headers = {0};
    *out = (struct wgo_aws_error){0};
    read_headers(response, &headers);
    if (response->body_fd < 0 && !read_document(wgo_buf_view(&response->body), out)) {
        *out = (struct wgo_aws_error){0};
    }
    wgo_aws_error_text(wgo_str(headers.code), out->code, sizeof(out->code));
    wgo_aws_error_text(wgo_str(headers.region), out->region, sizeof(out->region));
    if (!out->request_id[0]) {
        wgo_aws_error_text(wgo_str(headers.request_id), out->request_id, sizeof(out->request_id));
    }
    if (!out->code[0]) {
        snprintf(out->code, sizeof(out->code), "%d", response->http_status);
    }
}

bool wgo_aws_error_instead(const struct wgo_response *response, struct wgo_str items)
{
    struct wgo_str body = wgo_str_past_mark(wgo_str_trim(wgo_buf_view(&response->body)));
    if (wgo_response_header(response, "x-amzn-errortype").len > 0) {
        return true;
    }
    return body.len > 0 && (body.ptr[0] == '<'   ? wgo_aws_error_in_xml(body)
                            : body.ptr[0] == '{' ? wgo_aws_error_in_json(body, items)
                                                 : false);
}
