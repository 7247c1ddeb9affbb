/* catalog.h: what the files of catalog/ say: resource providers, resource types, their templates.
 *
 * A type is a pool of objects: so many per subscription, or per parent. Nothing but the numbers is
 * kept; an object is a place in its pool.
 *
 * Ownership: az_catalog_new/free; everything in it lives as long.
 * Threads:   read-only once made, but for the counts, which az_world_new() sets.
 * Failure:   a bad catalog ends the program: it is part of the program. */
#ifndef FC_AZURE_CATALOG_H
#define FC_AZURE_CATALOG_H

#include "core/text.h"

#define AZ_MAX_VERSIONS 160

struct az_template;

/* Where the objects of a type live, which says how their ids begin. */
enum az_scope {
    AZ_IN_GROUP,  /* In a resource group. */
    AZ_IN_SUB,    /* In the subscription itself. */
    AZ_IN_TENANT, /* Management groups. */
    AZ_CHILD,     /* Of an object: ".../parent/name/child/name". */
    AZ_EXTENSION, /* On an object: ".../parent/name/providers/Namespace/type/name". */
    AZ_GROUPS,    /* The resource groups themselves. */
    AZ_SUBS,      /* The subscriptions themselves. */
};

/* Members of an object that a type's template gives, in the order they are printed. */
enum az_member {
    AZ_KIND,
    AZ_SKU,
    AZ_IDENTITY,
    AZ_ZONES,
    AZ_PLAN,
    AZ_MANAGED_BY,
    AZ_ETAG,
    AZ_SYSTEM_DATA,
    AZ_PROPERTIES,
    AZ_LISTED, /* What POST .../list says; no member. */
    AZ_MEMBERS
};
extern const char *const az_member_names[AZ_MEMBERS];

/* How a type spells where its objects are. */
enum az_place { AZ_PLACE_REGION, AZ_PLACE_DISPLAY, AZ_PLACE_GLOBAL, AZ_PLACE_NONE };

struct az_provider {
    const char *name;
    const char *versions[AZ_MAX_VERSIONS]; /* Newest first. */
    size_t version_count;
    const char *newest; /* That is no preview. What is newer may be asked for as well. */
    const char **also;  /* Types, without the namespace, of which there are no objects. */
    size_t also_count;
};

struct az_type {
    const char *name;       /* "Microsoft.Compute/virtualMachines" */
    const char *alias;      /* What templates call it. */
    const char *graph_name; /* In lower case, as Resource Graph says it. */
    const char *last;       /* Its last segment. */
    const char *table;      /* Resource Graph's, in lower case; NULL: in none. */
    const struct az_provider *provider;
    const struct az_type *parent; /* AZ_CHILD and AZ_EXTENSION. */
    const char *parent_alias;
    enum az_scope scope;
    enum az_place place;
    bool tags;
    bool group_lists_only; /* No list over a subscription. */
    bool still;            /* What its parent shows as well does not drift. */
    bool varied_names;     /* They do not sort as the indices do. */
    uint64_t usual;        /* Per subscription, or per parent. */
    uint64_t count;
    uint64_t total;   /* Per subscription, or of the tenant. */
    uint64_t page;    /* Objects of a page. */
    uint64_t touched; /* The first so many were changed since. */
    uint64_t bare;    /* Resource Graph has no properties of the first so many. */
    uint64_t hash;
    bool fixed;                    /* The scenario says how many. */
    const char *texts[AZ_MEMBERS]; /* Before they are compiled. */
    const char *name_text;
    struct az_template *members[AZ_MEMBERS]; /* NULL: it has none. */
    struct az_template *key;                 /* Of the name. */
};

struct az_define {
    const char *name;
    const char *text;
};

struct az_catalog {
    struct az_provider *providers;
    size_t provider_count;
    struct az_type **types;
    size_t type_count;
    struct az_define *defines;
    size_t define_count;
    char **owned;
    size_t owned_count;
};

struct az_catalog *az_catalog_new(void);
void az_catalog_free(struct az_catalog *c);
/* NULL when there is none. */
struct az_type *az_catalog_alias(const struct az_catalog *c, struct fc_str alias);
/* By the full name, whatever its case. */
struct az_type *az_catalog_type(const struct az_catalog *c, struct fc_str name);
const struct az_provider *az_catalog_provider(const struct az_catalog *c, struct fc_str name);
bool az_str_same(struct fc_str a, const char *b); /* Whatever the case. */

#endif
