/* sort.h: the records of one segment in the order of precedence.h. Private to merger/.
 *
 * Ids have long beginnings in common, which plain comparing would read again and again. Here eight
 * bytes of each id at a time are compared as a number, and records are looked at again only for the
 * next eight bytes of those whose numbers are equal (multikey quicksort).
 *
 * Ownership: nothing. Threads: none. Failure: none. */
#ifndef WGO_MERGER_SORT_H
#define WGO_MERGER_SORT_H

#include "merger/segment.h"

/* 'at' of the entries is known; keys are made here, and mean nothing afterwards. */
void wgo_sort_entries(char *bytes, struct wgo_segment_entry *entries, uint32_t count);

#endif
