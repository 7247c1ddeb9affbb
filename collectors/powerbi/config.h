/* config.h: what the configuration file says under `providers: powerbi:`.
 *
 * Ownership: strings live in the arena given. Threads: read-only once read.
 * Failure:   CONFIG with the line. */
#ifndef WGO_POWERBI_CONFIG_H
#define WGO_POWERBI_CONFIG_H

#include "base/arena.h"
#include "model/collector.h"

struct wgo_powerbi_config {
    /* What the scanner adds. */
    bool lineage, datasource_details, dataset_schema, dataset_expressions, artifact_users;
    bool personal_workspaces, inactive_workspaces;
    struct wgo_str modified_since; /* RFC 3339; "" = whenever */
    const char *workspaces_file;   /* NULL = none */
    struct wgo_str_list capacities;
    bool per_endpoint;  /* each endpoint has a quota of its own; else one for all calls */
    bool even;          /* calls are spread over the hour */
    double share;       /* 0 = by the scans at once */
    uint64_t hour_most; /* calls of everybody in an hour, where one quota holds for all */
};

WGO_NODISCARD enum wgo_status wgo_powerbi_config_read(const struct wgo_provider_options *options,
                                                      struct wgo_wall now, struct wgo_arena *arena,
                                                      struct wgo_powerbi_config *out,
                                                      struct wgo_error *err);

#endif
