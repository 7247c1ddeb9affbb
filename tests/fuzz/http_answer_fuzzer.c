/* What a server says in headers and bodies: a first line with the HTTP status, headers up to an
 * empty line, then the body. */
#include "fuzz.h"
#include "model/collector.h"
#include "model/ratelimit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct wgo_wall now = {INT64_C(1769860800) * WGO_S};
    struct wgo_str input = wgo_str_from((const char *)data, size);
    struct wgo_str rest = input;
    int64_t code;
    struct wgo_response response;
    wgo_response_init(&response);
    if (!wgo_str_to_i64(wgo_str_split(&rest, '\n'), &code) || code < 0 || code > 999) {
        code = 429;
        rest = input;
    }
    response.http_status = (int)code;
    size_t head = wgo_str_find(rest, WGO_STR("\n\n"));
    wgo_buf_str(&response.headers, wgo_str_slice(rest, 0, head + 1));
    wgo_buf_str(&response.body, wgo_str_slice(rest, head + 2, rest.len));

    struct wgo_verdict verdict;
    wgo_classify_http(&response, now, &verdict);
    require(verdict.retry_after_ns >= -1 && verdict.retry_after_ns <= 86400 * WGO_S);
    require(wgo_str_is_utf8(wgo_str(verdict.message), NULL));
    require(!strpbrk(verdict.message, "\r\n"));
    struct wgo_verdict problem = {.kind = WGO_VERDICT_GOOD};
    bool found = wgo_classify_problem(&response, &problem);
    require(found == (problem.kind == WGO_VERDICT_FAILED));
    require(found == (problem.message[0] != '\0'));
    require(wgo_str_is_utf8(wgo_str(problem.message), NULL));
    require(!strpbrk(problem.message, "\r\n"));
    int64_t wait = wgo_ratelimit_wait_ns(&response, now);
    require(wait >= -1 && wait <= 86400 * WGO_S);

    struct wgo_buf plain = {0}, coded = {0}, again = {0};
    if (wgo_url_decode(&plain, input)) {
        require(wgo_url_encode(&coded, wgo_buf_view(&plain), false));
        require(wgo_url_decode(&again, wgo_buf_view(&coded)));
        require(wgo_str_eq(wgo_buf_view(&plain), wgo_buf_view(&again)));
    }
    wgo_buf_fini(&plain);
    wgo_buf_fini(&coded);
    wgo_buf_fini(&again);
    wgo_response_fini(&response);
    return 0;
}
