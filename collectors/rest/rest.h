/* rest.h: providers that their users describe: any REST API that speaks JSON.
 *
 * A description is a catalog file with `api:` (docs/your-own-api.md). wgo_rest_new() checks it and
 * makes a collector type of it, which is a provider like the built-in ones; what it asks is in the
 * same file, which is the type's catalog.
 *
 * Ownership: wgo_rest_new/_free; the tree and the names given must live as long. The type is the
 *            description's.
 * Threads:   read-only once made.
 * Failure:   WGO_E_CONFIG with "FILE: line L: ..." and a hint. No message holds a credential. */
#ifndef WGO_REST_REST_H
#define WGO_REST_REST_H

#include "model/collector.h"

struct wgo_rest;

/* 'name' is the file's, for messages. */
WGO_NODISCARD enum wgo_status wgo_rest_new(const char *name, const struct wgo_yaml *root,
                                           struct wgo_rest **out_rest, struct wgo_error *err);
void wgo_rest_free(struct wgo_rest *rest);
const struct wgo_collector_type *wgo_rest_type(const struct wgo_rest *rest);

/* All that is wrong with what is not the catalog's; returns how much that is. */
typedef void wgo_rest_problem_fn(void *state, const struct wgo_error *problem);
size_t wgo_rest_lint(const char *name, const struct wgo_yaml *root, wgo_rest_problem_fn *each,
                     void *state);

#endif
