/* pools.h: how many objects of each type there are, and in which order Resource Graph has them.
 *
 * Ownership: what they make is the world's.
 * Threads:   before the server starts.
 * Failure:   a bad scenario ends the program. */
#ifndef FC_AZURE_POOLS_H
#define FC_AZURE_POOLS_H

#include "azure/world.h"

/* Sets the counts of the catalog's types and the three types that the world knows by name. */
void az_pools_count(struct az_world *w);
/* Makes the tables, sorted by id; the counts are set. */
void az_pools_sort(struct az_world *w);

#endif
