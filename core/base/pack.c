#include "base/pack.h"

enum { BITS = 7, MORE = 0x80, NUMBER_MOST = 10 };

void wgo_pack_number(struct wgo_buf *out, uint64_t number)
{
    char bytes[NUMBER_MOST];
    size_t count = 0;
    for (; number >= MORE; number >>= BITS) {
        bytes[count++] = (char)(MORE | (number & (MORE - 1)));
    }
    bytes[count++] = (char)number;
    wgo_buf_append(out, bytes, count);
}

void wgo_pack_text(struct wgo_buf *out, struct wgo_str text)
{
    wgo_pack_number(out, text.len);
    wgo_buf_str(out, text);
}

uint64_t wgo_unpack_number(struct wgo_unpack *in)
{
    uint64_t number = 0;
    for (unsigned i = 0; i < NUMBER_MOST && i < in->rest.len && !in->bad; i++) {
        uint64_t byte = (unsigned char)in->rest.ptr[i];
        if (i == NUMBER_MOST - 1 && byte > 1) {
            break;
        }
        number |= (byte & (MORE - 1)) << (BITS * i);
        if (byte < MORE) {
            in->rest = wgo_str_slice(in->rest, i + 1, in->rest.len);
            return number;
        }
    }
    in->bad = true;
    return 0;
}

struct wgo_str wgo_unpack_text(struct wgo_unpack *in)
{
    uint64_t length = wgo_unpack_number(in);
    if (in->bad || length > in->rest.len) {
        in->bad = true;
        return (struct wgo_str){0};
    }
    struct wgo_str text = wgo_str_slice(in->rest, 0, (size_t)length);
    in->rest = wgo_str_slice(in->rest, (size_t)length, in->rest.len);
    return text;
}
