/* masked.h: the configuration as it may be shown.
 *
 * What holds a credential becomes "***": settings by their names; of the description of an API
 * what `auth:` holds, and headers and parameters that are called like secrets unless a template
 * fills them in. Addresses lose their user and password. Where a credential comes from (a file, a
 * variable, a program) stays.
 *
 * Ownership: the copy lives in the arena given and borrows the tree's bytes.
 * Threads:   one at a time with an arena.
 * Failure:   NULL: the arena is exhausted. */
#ifndef WGO_CLI_MASKED_H
#define WGO_CLI_MASKED_H

#include "base/yaml.h"

const struct wgo_yaml *wgo_masked(const struct wgo_yaml *node, struct wgo_arena *arena);

#endif
