/* Bodies: whatever bytes come, in whatever pieces, they stay within their limit and in the right
 * place.
 *
 * The first byte picks encoding and limits, the second the size of the pieces. */
#include "fuzz.h"
#include "net/body.h"

#include <stdlib.h>
#include <unistd.h>

static void check_plain(const struct wgo_response *response, struct wgo_str sent)
{
    require(response->body_size == sent.len);
    if (response->body_fd < 0) {
        require(sent.len == 0 || memcmp(response->body.ptr, sent.ptr, sent.len) == 0);
        return;
    }
    char *back = malloc(sent.len);
    require(back && pread(response->body_fd, back, sent.len, 0) == (ssize_t)sent.len);
    require(memcmp(back, sent.ptr, sent.len) == 0);
    free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2) {
        return 0;
    }
    bool gzip = data[0] & 1, spools = data[0] & 2;
    size_t piece = data[1] ? data[1] : 1;
    uint64_t limit = 1 + 64 * (uint64_t)(data[0] >> 2);
    struct wgo_str sent = {(const char *)data + 2, size - 2};
    struct wgo_response response;
    struct wgo_net_body body;
    wgo_response_init(&response);
    if (gzip) {
        require(wgo_buf_cstr(&response.headers, "content-encoding: gzip\n"));
    }
    wgo_net_body_init(
        &body, &response,
        (struct wgo_net_body_limits){.limit = spools ? 1 << 20 : limit, .memory = limit});
    enum wgo_status status = WGO_OK;
    struct wgo_str rest = sent;
    while (status == WGO_OK && rest.len > 0) {
        status = wgo_net_body_put(&body, wgo_str_slice(rest, 0, piece), (int64_t)rest.len, NULL);
        rest = wgo_str_slice(rest, piece, rest.len);
        require(response.body_size + response.body.len <= body.limit);
    }
    if (status == WGO_OK) {
        status = wgo_net_body_end(&body, NULL);
    }
    if (status == WGO_OK && !gzip) {
        check_plain(&response, sent);
    }
    require(gzip || status == WGO_OK || status == WGO_E_TOO_LARGE);
    wgo_net_body_fini(&body);
    wgo_response_fini(&response);
    return 0;
}
