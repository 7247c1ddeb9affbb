#include "engine/compress.h"

#include <zlib.h>

enum { SMALLEST = 1024, GZIP_WINDOW = 15 + 16, MEMORY = 8 };

enum wgo_status wgo_compress_body(struct wgo_arena *arena, struct wgo_request *request,
                                  struct wgo_error *err)
{
    z_stream stream = {0};
    if (request->body.len <= SMALLEST || request->body.len > UINT32_MAX / 2) {
        return WGO_OK;
    }
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW, MEMORY,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    uLong most = deflateBound(&stream, (uLong)request->body.len);
    char *bytes = wgo_arena_bytes(arena, most);
    enum wgo_status status = bytes ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    if (status == WGO_OK) {
        stream.next_in = (Bytef *)(uintptr_t)request->body.ptr;
        stream.avail_in = (uInt)request->body.len;
        stream.next_out = (Bytef *)bytes;
        stream.avail_out = (uInt)most;
        bool whole = deflate(&stream, Z_FINISH) == Z_STREAM_END;
        if (whole && stream.total_out < request->body.len) {
            request->body = wgo_str_from(bytes, stream.total_out);
            status = wgo_request_header(request, WGO_STR("Content-Encoding"), WGO_STR("gzip"));
        }
    }
    deflateEnd(&stream);
    return status;
}
