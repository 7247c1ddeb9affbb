/* types.h: the resource types that are known by name before anything is read.
 *
 * Ownership: what 'each' is given lives as long as the command, with a NUL behind it.
 * Threads:   one.
 * Failure:   what reading a folder of catalogs can fail with; USAGE. */
#ifndef WGO_CLI_TYPES_H
#define WGO_CLI_TYPES_H

#include "cli/command.h"
#include "cli/select.h"

typedef void wgo_types_each_fn(void *state, const struct wgo_collector_type *provider,
                               struct wgo_str type, struct wgo_str summary);
/* The types of all built-in providers, those of --catalog-dir included, in no particular order. */
WGO_NODISCARD enum wgo_status wgo_types_each(struct wgo_cli *cli, wgo_types_each_fn *each,
                                             void *state, struct wgo_error *err);

/* Refuses a --resource-type that cannot match anything: a whole name, of a vocabulary that a
 * provider lists ("kubernetes_..."), that no provider of the scan has. A name of no known
 * vocabulary may be a custom resource, a Terraform state may hold any type, and a pattern that
 * matches nothing is only that. */
WGO_NODISCARD enum wgo_status
wgo_types_check(struct wgo_cli *cli, const struct wgo_selection *selection, struct wgo_error *err);

#endif
