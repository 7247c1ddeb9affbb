/* freed.h: whether memory that is given back still holds a secret.
 *
 * Programs that are linked with freed.c and -Wl,--wrap=free,--wrap=realloc have what every room
 * frees looked at; what shared libraries free is not seen.
 *
 * Ownership: 'needle' is borrowed. Threads: one. Failure: none. */
#ifndef TESTS_SUPPORT_FREED_H
#define TESTS_SUPPORT_FREED_H

/* Watches for 'needle' from now on; NULL: no more. */
void freed_watch(const char *needle);
/* Blocks that were given back with the needle in them. */
unsigned freed_count(void);

#endif
