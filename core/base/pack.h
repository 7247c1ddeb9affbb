/* pack.h: numbers and texts as bytes in a row, for what wgo keeps for itself between runs.
 *
 * A number is a varint, seven bits a byte, the lowest first; a text is its length, then its bytes.
 *
 * Ownership: what is unpacked borrows the bytes. Threads: none.
 * Failure:   packing marks the buffer failed. Unpacking what is too short, or a number that needs
 *            more than 64 bits, sets 'bad' and gives 0 and empty texts from then on. */
#ifndef WGO_BASE_PACK_H
#define WGO_BASE_PACK_H

#include "base/buf.h"

#include <stdint.h>

void wgo_pack_number(struct wgo_buf *out, uint64_t number);
void wgo_pack_text(struct wgo_buf *out, struct wgo_str text);

struct wgo_unpack {
    struct wgo_str rest;
    bool bad;
};

uint64_t wgo_unpack_number(struct wgo_unpack *in);
struct wgo_str wgo_unpack_text(struct wgo_unpack *in);

#endif
