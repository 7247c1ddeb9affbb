/* place.h: a folder of its own for a test, and a store in it.
 *
 * Ownership: place_remove() deletes the folder and all in it. Threads: none. Failure: the test
 * ends. */
#ifndef TESTS_STORE_PLACE_H
#define TESTS_STORE_PLACE_H

#include "store/store.h"

struct place {
    char dir[128];
    char path[256]; /* last one that place_path() gave */
};

void place_make(struct place *place);
void place_remove(struct place *place);
const char *place_path(struct place *place, const char *name);
void place_write(struct place *place, const char *name, const char *bytes, size_t len);
unsigned place_mode(struct place *place, const char *name);
/* How many files there have 'part' in their names. */
int place_count(struct place *place, const char *part);

/* The state folder is the place itself. 'warning' may be NULL: then there must be none. */
struct wgo_store *place_store(struct place *place, const struct wgo_clock *clock,
                              char warning[512]);
const char *no_environment(const char *name);

#endif
