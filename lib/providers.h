/* providers.h: the providers there are: the built-in ones, and those that users describe.
 *
 * A zeroed set holds the built-in ones. Descriptions (docs/your-own-api.md) come from files, or as
 * they stand in a configuration file's `collectors:`.
 *
 * Ownership: wgo_providers_fini() frees what was described; trees and names that are given as such
 *            must live as long as the set.
 * Threads:   one while it is filled, then read-only.
 * Failure:   CONFIG with "FILE: line L: ...", NOT_FOUND and the like for a file. */
#ifndef WGO_LIB_PROVIDERS_H
#define WGO_LIB_PROVIDERS_H

#include "flow/quota.h"
#include "lib/builtin.h"

struct wgo_described; /* one description */

struct wgo_providers {
    struct wgo_described *first, **last;
    size_t described;
};

void wgo_providers_fini(struct wgo_providers *providers);

size_t wgo_providers_count(const struct wgo_providers *providers);
const struct wgo_builtin *wgo_providers_at(const struct wgo_providers *providers, size_t index);
/* By name or alias, or NULL. */
const struct wgo_builtin *wgo_providers_find(const struct wgo_providers *providers,
                                             struct wgo_str name);
/* The name that comes nearest to a mistyped one, or NULL when none is near. */
const char *wgo_providers_nearest(const struct wgo_providers *providers, struct wgo_str name);
/* The quotas that the description of this provider says it has. */
const struct wgo_quota *wgo_providers_quotas(const struct wgo_providers *providers,
                                             const struct wgo_collector_type *type,
                                             size_t *out_count);

WGO_NODISCARD enum wgo_status wgo_providers_add_file(struct wgo_providers *providers,
                                                     const char *path, struct wgo_error *err);
/* One that is parsed already, for a fuzzer and for what stands in another file. */
WGO_NODISCARD enum wgo_status wgo_providers_add_tree(struct wgo_providers *providers,
                                                     const char *name, const struct wgo_yaml *root,
                                                     struct wgo_error *err);
/* `collectors:` of the configuration file 'path': a list of files, beside which they are looked
 * for, and of descriptions. */
WGO_NODISCARD enum wgo_status wgo_providers_add_list(struct wgo_providers *providers,
                                                     const char *path, const struct wgo_yaml *list,
                                                     struct wgo_error *err);

/* All that is wrong with a description, as far as it can be told apart; returns how much that is.
 */
typedef void wgo_providers_problem_fn(void *state, const struct wgo_error *problem);
size_t wgo_providers_lint(const char *path, wgo_providers_problem_fn *each, void *state);

#endif
