/* fuzz.h: what every fuzzer begins with: its entry, and how it says that something must hold.
 *
 * Ownership: nothing. Threads: none. Failure: what does not hold ends the program, and is found. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void require(bool holds)
{
    if (!holds) {
        abort();
    }
}

/* With words for where one line requires much. */
static inline void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "violated: %s\n", what);
        abort();
    }
}

#endif
