/* sha256.h: SHA-256 (FIPS 180-4) and HMAC (RFC 2104), which signatures are made of.
 *
 * Ownership, threads, failure: pure functions. */
#ifndef FC_AWS_SHA256_H
#define FC_AWS_SHA256_H

#include <stddef.h>
#include <stdint.h>

#define AWS_SHA256_BYTES 32

void aws_sha256(const void *p, size_t n, uint8_t out[AWS_SHA256_BYTES]);
void aws_hmac(const void *key, size_t key_len, const void *p, size_t n,
              uint8_t out[AWS_SHA256_BYTES]);
/* Lower-case hexadecimal with a final NUL: 'out' has room for 2 n + 1. */
void aws_hex(const uint8_t *p, size_t n, char *out);

#endif
