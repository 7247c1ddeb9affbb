/* types.h: the resource types that are known by name before anything is read.
 *
 * Ownership: what 'each' is given lives as long as the command, with a NUL behind it.
 * Threads:   one.
 * Failure:   what reading a folder of catalogs can fail with; USAGE. */
#ifndef WGO_CLI_TYPES_H
#define WGO_CLI_TYPES_H

#include "cli/command.h"
#include "cli/select.h"

struct wgo_known_type {
    const struct wgo_collector_type *provider;
    struct wgo_str type; /* "<type>": whatever is there; empty: no type, but a bulk list, which
                            brings what no entry names, by its native name */
    struct wgo_str native_type; /* the provider's own name, where the catalog tells */
    struct wgo_str summary;
};

typedef void wgo_types_each_fn(void *state, const struct wgo_known_type *type);
/* The types of all built-in providers, those of --catalog-dir included, in no particular order. */
WGO_NODISCARD enum wgo_status wgo_types_each(struct wgo_cli *cli, wgo_types_each_fn *each,
                                             void *state, struct wgo_error *err);

/* The same of the providers that 'wanted' admits; NULL = all. 'keep': their catalogs will be needed
 * again. */
typedef bool wgo_types_wanted_fn(const void *state, const struct wgo_collector_type *provider);
WGO_NODISCARD enum wgo_status wgo_types_of(struct wgo_cli *cli, bool keep,
                                           wgo_types_wanted_fn *wanted, const void *wanted_state,
                                           wgo_types_each_fn *each, void *state,
                                           struct wgo_error *err);

/* Refuses a --resource-type that cannot match anything: names that are all excluded again; a whole
 * name that no provider of the scan has, of a vocabulary that a provider lists ("kubernetes_..."),
 * or any name where only providers are asked whose types all stand in a catalog. A name of no known
 * vocabulary may be a custom resource, a Terraform state may hold any type, an inventory what is
 * new with the provider (the user is warned of one that looks mistyped), and a pattern that matches
 * nothing is only that. */
WGO_NODISCARD enum wgo_status
wgo_types_check(struct wgo_cli *cli, const struct wgo_selection *selection, struct wgo_error *err);

#endif
