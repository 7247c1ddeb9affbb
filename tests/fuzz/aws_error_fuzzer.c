/* Failed answers: a code at least, and texts that can be shown. Headers, an empty line, the body.
 */
#include "aws/error_answer.h"
#include "fuzz.h"

static void require_shown(const char *text, size_t size)
{
    size_t len = strnlen(text, size);
    bool good = len < size && wgo_str_is_utf8(wgo_str_from(text, len), NULL);
    for (size_t i = 0; i < len; i++) {
        good = good && (unsigned char)text[i] >= ' ';
    }
    if (!good) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_str all = wgo_str_from((const char *)data, size);
    size_t border = wgo_str_find(all, WGO_STR("\n\n"));
    struct wgo_response response;
    struct wgo_aws_error error;
    wgo_response_init(&response);
    response.http_status = 400;
    wgo_buf_str(&response.headers, wgo_str_slice(all, 0, border < size ? border + 1 : size));
    wgo_buf_str(&response.body, wgo_str_slice(all, border + 2, size));
    wgo_aws_error_read(&response, &error);
    require_shown(error.code, sizeof(error.code));
    require_shown(error.message, sizeof(error.message));
    require_shown(error.request_id, sizeof(error.request_id));
    require_shown(error.region, sizeof(error.region));
    if (!error.code[0]) {
        abort();
    }
    wgo_response_fini(&response);
    return 0;
}
