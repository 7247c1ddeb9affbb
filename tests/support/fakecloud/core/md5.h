/* md5.h: MD5 (RFC 1321), which Terraform's consul backend names its chunks by.
 *
 * Ownership, threads, failure: a pure function. */
#ifndef FC_MD5_H
#define FC_MD5_H

#include <stddef.h>

/* 32 lower-case hex digits and a NUL. */
void fc_md5_hex(const void *p, size_t n, char out[33]);

#endif
