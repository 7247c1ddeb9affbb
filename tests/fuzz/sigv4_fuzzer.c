/* URLs and headers to be signed: a first line with the URL, then "name: value" lines, an empty line
 * and the body. The first byte chooses the flags. Signing twice is signing once, and a presigned
 * URL is presigned again to itself. */
#include "auth/sigv4.h"
#include "fuzz.h"

static void read_headers(struct wgo_str *rest, struct wgo_request *request)
{
    while (rest->ptr) {
        struct wgo_str line = wgo_str_split(rest, '\n');
        struct wgo_str name = wgo_str_split(&line, ':');
        if (name.len == 0 || wgo_request_header(request, name, line) != WGO_OK) {
            break;
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_str rest = wgo_str_from((const char *)data, size);
    struct wgo_aws_credentials credentials = {0};
    struct wgo_sigv4_proof first, second;
    struct wgo_arena arena = {0};
    struct wgo_sigv4_options options = {.credentials = &credentials,
                                        .region = WGO_STR("us-east-1"),
                                        .service = WGO_STR("service"),
                                        .now = {INT64_C(1440938160) * WGO_S},
                                        .flags = size > 0 ? data[0] & 31U : 0,
                                        .out_proof = &first};
    require(wgo_aws_credentials_set(&credentials, WGO_STR("id"), WGO_STR("secret"),
                                    WGO_STR("to/ken")) == WGO_OK);
    rest = wgo_str_slice(rest, 1, rest.len);
    struct wgo_request request = {.method = "GET", .url = wgo_str_split(&rest, '\n')};
    read_headers(&rest, &request);
    request.body = rest;
    struct wgo_request by_query = request;
    if (wgo_sigv4_sign(&options, &arena, &request, NULL) == WGO_OK) {
        unsigned count = request.header_count;
        options.out_proof = &second;
        require(wgo_sigv4_sign(&options, &arena, &request, NULL) == WGO_OK);
        require(count == request.header_count);
        require(wgo_str_eq(first.signature, second.signature) && first.signature.len == 64);
    }
    if (wgo_sigv4_presign(&options, &arena, &by_query, NULL) == WGO_OK) {
        struct wgo_str url = by_query.url;
        require(wgo_sigv4_presign(&options, &arena, &by_query, NULL) == WGO_OK);
        require(wgo_str_eq(url, by_query.url));
    }
    wgo_aws_credentials_fini(&credentials);
    wgo_arena_fini(&arena);
    return 0;
}
