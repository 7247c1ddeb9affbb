/* world.h: who exists and who may what: the organisation, folders, projects, places, refusals.
 *
 * Ownership: gcp_world_new/free; strings are borrowed from the scenario or owned by the world.
 * Threads:   read-only once made.
 * Failure:   a bad scenario ends the program. */
#ifndef FC_GCP_WORLD_H
#define FC_GCP_WORLD_H

#include "core/match.h"

#define GCP_ORGANIZATION "123456789012"
#define GCP_DIRECTORY "C0fake123"

struct gcp_key;

struct gcp_project {
    char id[32];
    char number[16];
    size_t index;
    uint64_t seed;
    int64_t folder;        /* Its parent; -1: the organisation. */
    const char **disabled; /* Services that are off: "pubsub". */
    size_t disabled_count;
};

struct gcp_folder {
    char number[16];
    int64_t folder; /* Its parent; -1: the organisation. */
};

struct gcp_region {
    const char *name;
    const char *letters; /* Of its zones. */
};

struct gcp_place {
    char name[40];
    bool unreachable;
};

struct gcp_denial {
    struct fc_match match; /* Of service, operation, account (the project), region, user. */
};

struct gcp_world {
    struct json_object *conf; /* The scenario's "gcp". */
    uint64_t seed;
    struct gcp_project *projects;
    size_t project_count;
    struct gcp_folder *folders;
    size_t folder_count;
    struct gcp_place *regions;
    size_t region_count;
    struct gcp_place *zones; /* In the order of their regions. */
    size_t *zone_region;     /* Index of each zone's region. */
    size_t zone_count;
    struct gcp_place global;
    struct gcp_denial *denials;
    size_t denial_count;
    int64_t token_ttl_ms; /* Of access tokens. */
    bool anonymous;       /* No credentials are asked for. */
    const char *write_key;
    struct gcp_key *key; /* The service account's; NULL without write_key. */
    char *account;       /* Its address. */
};

struct gcp_world *gcp_world_new(struct json_object *scenario);
void gcp_world_free(struct gcp_world *w);
/* By id or number; NULL when there is none. */
const struct gcp_project *gcp_world_project(const struct gcp_world *w, struct fc_str name);
/* -1 when there is none. */
int64_t gcp_world_folder(const struct gcp_world *w, struct fc_str number);
bool gcp_project_has(const struct gcp_project *p, const char *service);
/* Whether 'folder' is the project's parent or an ancestor; -1, the organisation, is everybody's. */
bool gcp_project_in(const struct gcp_world *w, const struct gcp_project *p, int64_t folder);

#endif
