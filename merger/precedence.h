/* precedence.h: the one total order of encoded records. Private to merger/.
 *
 * By id, then part (the main facet first), then from the best copy to the worst (docs/snapshot.md):
 *   1. the user's preferred order of sources
 *   2. live before Terraform
 *   3. rank of the source, 0 first; then the later round of a list that began anew
 *   4. account, then region: a known one before an unknown one, then byte order
 *   5. the later updated_at
 *   6. the smaller configuration, in byte order; then whatever else differs
 * Two records compare equal only when they are equal in every byte.
 *
 * Ownership: nothing. Threads: pure. Failure: none. */
#ifndef WGO_MERGER_PRECEDENCE_H
#define WGO_MERGER_PRECEDENCE_H

#include "merger/encode.h"

/* 'a' and 'b' are encoded records. Negative when 'a' comes first. */
int wgo_precedence_cmp(const char *a, const char *b);
/* The same for two records that are known to have the same id. */
int wgo_precedence_cmp_copies(const char *a, const char *b);

#endif
