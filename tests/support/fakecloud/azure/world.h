/* world.h: one tenant: its subscriptions, management groups and objects, who may what, how fast.
 *
 * Ownership: az_world_new/free.
 * Threads:   read-only once made; the buckets in 'limits' guard themselves.
 * Failure:   a bad scenario ends the program. */
#ifndef FC_AZURE_WORLD_H
#define FC_AZURE_WORLD_H

#include <json-c/json.h>

#include "azure/catalog.h"

#define AZ_GUID 37
#define AZ_NO_SUB UINT32_MAX

struct az_sub {
    char id[AZ_GUID];
    uint64_t base;        /* Seed of what is in it. */
    size_t group;         /* Its management group. */
    const char **missing; /* Providers that are not registered; NULL-terminated. */
};

/* An object: a place in a pool. */
struct az_obj {
    const struct az_type *type;
    uint32_t sub; /* AZ_NO_SUB: of the tenant. */
    uint64_t index;
    uint64_t h;  /* All its chance comes from this. */
    bool change; /* Not it, but what tells that it changed. */
};

/* A place in a table of Resource Graph. */
struct az_entry {
    uint32_t type; /* Of the catalog's types. */
    uint32_t index;
};

/* What a table holds: first what is the tenant's, then so many per subscription, by id. */
struct az_table {
    const char *name;
    struct az_entry *tenant;
    size_t tenant_count;
    struct az_entry **subs; /* Per subscription; all the same array where names allow it. */
    bool shared;
    size_t sub_count; /* Entries per subscription. */
};

struct az_app {
    const char *id;
    const char *name;
    const char *secret;  /* NULL: none. */
    const char *expired; /* A secret that was good once. */
    const char *subject; /* Of federated tokens. */
    const char *issuer;  /* A glob; NULL: any. */
    char object_id[AZ_GUID];
};

struct az_denial {
    const char *action; /* Globs, whatever the case; NULL: any. */
    const char *scope;
    const char *user;
};

struct az_limits;
struct az_cert;

struct az_world {
    struct json_object *conf; /* The scenario's "azure". */
    struct az_catalog *catalog;
    uint64_t seed;
    char tenant[AZ_GUID];
    const char *domain;
    const char *tenant_name;
    struct az_sub *subs; /* Sorted by id. */
    size_t sub_count;
    size_t disabled;              /* The last so many are. */
    size_t group_count;           /* Management groups, the root among them. */
    const struct az_type *groups; /* The type of resource groups. */
    const struct az_type *self;   /* The type of subscriptions. */
    const struct az_type *mgmt;   /* The type of management groups. */
    struct az_table *tables;
    size_t table_count;
    const struct az_table *resources; /* The table that ARM's generic list shows as well. */
    bool partial;                     /* Some provider is not registered somewhere. */
    uint64_t page_size;               /* 0: as the types say. */

    struct az_app *apps;
    size_t app_count;
    struct az_cert *cert;
    bool verify;
    int64_t token_ttl_s;
    const char *identity_header;
    const char *arc_dir;
    struct az_denial *denials;
    size_t denial_count;
    struct az_limits *limits;
    bool graph_truncate;
};

struct az_world *az_world_new(struct json_object *scenario);
/* Its tenant and who may log in, and nothing in it: for other services of the same tenant. */
struct az_world *az_world_identity(struct json_object *scenario);
void az_world_free(struct az_world *w);
/* NULL when there is none of that id. */
const struct az_sub *az_world_sub(const struct az_world *w, struct fc_str id);
bool az_world_registered(const struct az_world *w, uint32_t sub, const char *provider);
const struct az_table *az_world_table(const struct az_world *w, struct fc_str name);
void az_guid(uint64_t a, uint64_t b, char out[AZ_GUID]);
bool az_is_guid(struct fc_str s);

#endif
