#include "core/md5.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static uint32_t rotate(uint32_t v, unsigned n)
{
    return v << n | v >> (32 - n);
}

static uint32_t little(const unsigned char *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void block(uint32_t state[4], const unsigned char *p)
{
    static const unsigned turns[4][4] = {
        {7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}};
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3];
    unsigned i;

    for (i = 0; i < 64; i++) {
        uint32_t f, next;
        unsigned g;

        switch (i / 16) {
        case 0:
            f = (b & c) | (~b & d);
            g = i;
            break;
        case 1:
            f = (d & b) | (~d & c);
            g = (5 * i + 1) % 16;
            break;
        case 2:
            f = b ^ c ^ d;
            g = (3 * i + 5) % 16;
            break;
        default:
            f = c ^ (b | ~d);
            g = 7 * i % 16;
        }
        /* RFC 1321, 3.4: the integer part of 2^32 * |sin(i + 1)|. */
        f += a + (uint32_t)(fabs(sin((double)i + 1)) * 4294967296.0) + little(p + g * 4);
        next = b + rotate(f, turns[i / 16][i % 4]);
        a = d;
        d = c;
        c = b;
        b = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
}

void fc_md5_hex(const void *p, size_t n, char out[33])
{
    uint32_t state[4] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
    const unsigned char *in = p;
    unsigned char tail[128] = {0};
    size_t rest = n % 64, i;
    size_t tail_len = rest < 56 ? 64 : 128;

    for (i = 0; i + 64 <= n; i += 64) {
        block(state, in + i);
    }
    if (rest > 0) {
        memcpy(tail, in + i, rest);
    }
    tail[rest] = 0x80;
    for (i = 0; i < 8; i++) {
        tail[tail_len - 8 + i] = (unsigned char)((uint64_t)n * 8 >> (8 * i));
    }
    for (i = 0; i < tail_len; i += 64) {
        block(state, tail + i);
    }
    for (i = 0; i < 16; i++) {
        snprintf(out + 2 * i, 3, "%02x", (unsigned)(state[i / 4] >> (8 * (i % 4))) & 0xff);
    }
}
