/* answers.c: what the decoder makes of answers, for tests that know them from elsewhere.
 *
 * Reads cases from standard input and writes a line of JSON for each: {"value":...} or
 * {"error":...}. A case is a line "KIND SERVICE OPERATION STATUS SHAPES HEADERS BODY" and then
 * three blocks of bytes whose lengths the last three are. KIND is decode or error; without SHAPES
 * the built-in ones count. HEADERS are "name: value" lines, names lower case. */
#include "aws/error_answer.h"
#include "aws/xml_json.h"
#include "aws/xml_json_scalar.h"
#include "base/json_write.h"

#include <stdio.h>
#include <stdlib.h>

static bool read_block(struct wgo_buf *out, size_t len)
{
    char *at = wgo_buf_reserve(out, len + 1);
    if (!at || fread(at, 1, len, stdin) != len) {
        return false;
    }
    out->len += len;
    return true;
}

static void print(const char *key, struct wgo_str value, bool quote)
{
    struct wgo_buf line = {0};
    wgo_buf_format(&line, "{\"%s\":", key);
    if (quote) {
        wgo_json_quote(&line, value);
    } else {
        wgo_buf_str(&line, value);
    }
    wgo_buf_cstr(&line, "}\n");
    fwrite(line.ptr, 1, line.len, stdout);
    wgo_buf_fini(&line);
}

static enum wgo_status find(struct wgo_aws_shapes *built_in, struct wgo_arena *arena,
                            struct wgo_str shapes, const char *service, const char *operation,
                            const struct wgo_aws_output **out, struct wgo_error *err)
{
    if (shapes.len == 0) {
        return wgo_aws_shapes_find(built_in, wgo_str(service), wgo_str(operation), out, err);
    }
    const struct wgo_aws_service *parsed = NULL;
    enum wgo_status status = wgo_aws_service_parse(arena, wgo_str(service), shapes, &parsed, err);
    if (status == WGO_OK) {
        *out = wgo_aws_service_output(parsed, wgo_str(operation));
        status = *out ? WGO_OK : wgo_fail(err, WGO_E_NOT_FOUND, "no such operation");
    }
    return status;
}

static void decode(struct wgo_aws_shapes *built_in, struct wgo_str shapes, const char *service,
                   const char *operation, const struct wgo_response *response)
{
    struct wgo_arena arena = {0};
    struct wgo_buf out = {0};
    struct wgo_error err = {0};
    const struct wgo_aws_output *output = NULL;
    enum wgo_status status = find(built_in, &arena, shapes, service, operation, &output, &err);
    if (status == WGO_OK) {
        status = wgo_aws_xml_to_json(output, response, &out, &err);
    }
    print(status ? "error" : "value", status ? wgo_str(err.message) : wgo_buf_view(&out), status);
    wgo_buf_fini(&out);
    wgo_arena_fini(&arena);
}

static void explain(const struct wgo_response *response)
{
    struct wgo_aws_error error;
    struct wgo_buf out = {0};
    struct wgo_json_writer w;
    wgo_aws_error_read(response, &error);
    wgo_json_writer_init(&w, &out);
    wgo_json_open_object(&w);
    wgo_json_member_str(&w, "code", wgo_str(error.code));
    wgo_json_member_str(&w, "message", wgo_str(error.message));
    wgo_json_member_str(&w, "request_id", wgo_str(error.request_id));
    wgo_json_member_str(&w, "region", wgo_str(error.region));
    wgo_json_close_object(&w);
    print("value", wgo_buf_view(&out), false);
    wgo_buf_fini(&out);
}

/* A body that is a number of seconds. */
static void tell_time(struct wgo_str body)
{
    struct wgo_buf out = {0};
    bool ok = wgo_aws_epoch_text(&out, body);
    print(ok ? "value" : "error", ok ? wgo_buf_view(&out) : body, true);
    wgo_buf_fini(&out);
}

int main(void)
{
    char kind[16], service[64], operation[128];
    size_t shapes_len, headers_len, body_len;
    int http_status;
    struct wgo_aws_shapes *built_in = NULL;
    if (wgo_aws_shapes_new(&built_in, NULL)) {
        return 1;
    }
    bool ok = true;
    while (ok && scanf("%15s %63s %127s %d %zu %zu %zu", kind, service, operation, &http_status,
                       &shapes_len, &headers_len, &body_len) == 7) {
        struct wgo_buf shapes = {0};
        struct wgo_response response;
        wgo_response_init(&response);
        response.http_status = http_status;
        ok = getchar() == '\n' && read_block(&shapes, shapes_len) &&
             read_block(&response.headers, headers_len) && read_block(&response.body, body_len);
        if (ok && strcmp(kind, "decode") == 0) {
            decode(built_in, wgo_buf_view(&shapes), service, operation, &response);
        } else if (ok && strcmp(kind, "time") == 0) {
            tell_time(wgo_buf_view(&response.body));
        } else if (ok) {
            explain(&response);
        }
        wgo_response_fini(&response);
        wgo_buf_fini(&shapes);
    }
    wgo_aws_shapes_free(built_in);
    return ok ? 0 : 1;
}
