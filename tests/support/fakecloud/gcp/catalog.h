/* catalog.h: what is served, read from the files of catalog/: services, kinds of objects,
 * operations.
 *
 * The files are embedded by the build; README.md describes their language. A kind of object is a
 * counted pool per project (or of the organisation), whose objects lie in its places in turn; an
 * operation selects a run of pools and prints it.
 *
 * Ownership: gcp_catalog_new/free.
 * Threads:   read-only once made.
 * Failure:   a bad catalog ends the program: it is part of the program. */
#ifndef FC_GCP_CATALOG_H
#define FC_GCP_CATALOG_H

#include "gcp/world.h"
#include "template/template.h"

#define GCP_MAX_KINDS 3

enum gcp_scope { GCP_SCOPE_PROJECT, GCP_SCOPE_ORG };

/* Where a type's objects lie. */
enum gcp_where {
    GCP_WHERE_GLOBAL,
    GCP_WHERE_REGION,
    GCP_WHERE_ZONE,
    GCP_WHERE_MIXED, /* global, then the regions. */
};

struct gcp_service {
    char *name;  /* "pubsub", of pubsub.googleapis.com. */
    char *title; /* "Cloud Pub/Sub API" */
    char *version;
    bool old;    /* Errors are those of the older APIs: an "errors" list, 403 for quotas. */
    bool hidden; /* Is no service that a project enables. */
};

struct gcp_type {
    const struct gcp_service *service;
    struct fc_type *type;
    enum gcp_where where;
    char *asset;     /* "pubsub.googleapis.com/Topic" */
    char *discovery; /* "Topic" */
    bool in_assets;  /* Cloud Asset Inventory holds it. */
    bool fixed;      /* Its count is no option. */
    bool labels;     /* Has labels. */
    bool dated;      /* Its content says when it was changed: a search by that time finds it. */
    char *full_text; /* Its name without "//service/". */
    struct fc_template *full;
    struct fc_text body_text;
    struct fc_template *body;
};

enum gcp_verb {
    GCP_VERB_LIST,
    GCP_VERB_AGGREGATED,
    GCP_VERB_ONE,
    GCP_VERB_PLAIN,
    GCP_VERB_ASSETS,
    GCP_VERB_SEARCH,    /* searchAllResources */
    GCP_VERB_PROJECTS,  /* A list over all projects. */
    GCP_VERB_LOCATIONS, /* locations.list */
    GCP_VERB_OBJECTS,   /* Cloud Storage's: a bucket's list, */
    GCP_VERB_OBJECT,    /* and one of it. */
    GCP_VERB_HISTORY,   /* batchGetAssetsHistory */
};

struct gcp_op {
    const struct gcp_service *service;
    char *name; /* "projects.topics.list" */
    char *route_name;
    char *method;
    char *path;
    enum gcp_verb verb;
    char *kind_names;
    const struct gcp_type *kinds[GCP_MAX_KINDS];
    char *items;       /* What the list is called. */
    char *kind;        /* "compute#instanceList" */
    char *size;        /* Parameter of the page's size; NULL: no pages. */
    uint64_t max;      /* Of a page. */
    uint64_t usual;    /* Without the parameter. */
    char *unreachable; /* Where a list names places it could not ask. */
    struct fc_text body_text;
    struct fc_template *body;
};

struct gcp_catalog {
    const struct gcp_world *world;
    struct fc_lexicon lexicon;
    struct gcp_type **types; /* In the order of the lexicon's. */
    size_t type_count;
    struct gcp_service **services;
    size_t service_count;
    struct gcp_op **ops;
    size_t op_count;
    struct fc_template *labels; /* What every labelled object has. */
};

struct gcp_catalog *gcp_catalog_new(const struct gcp_world *w);
void gcp_catalog_free(struct gcp_catalog *c);
/* catalog_read.c */
void gcp_catalog_read(struct gcp_catalog *c, const char *text, size_t length);
const struct gcp_service *gcp_catalog_service(const struct gcp_catalog *c, struct fc_str name);
/* How many places a type's objects lie in, one after the other, and which. */
size_t gcp_type_slots(const struct gcp_world *w, const struct gcp_type *t);
const struct gcp_place *gcp_type_slot(const struct gcp_world *w, const struct gcp_type *t,
                                      size_t slot);
/* The slot of an object, which for a child is its root's. */
size_t gcp_obj_slot(const struct gcp_world *w, const struct fc_type *type, uint64_t index);
/* How many a project (or the organisation) has: none where the service is off. */
uint64_t gcp_type_count(const struct gcp_catalog *c, const struct gcp_type *t,
                        const struct gcp_project *p);
/* The n-th service that is on in a project; NULL past the last. */
const struct gcp_service *gcp_service_on(const struct gcp_catalog *c, const struct gcp_project *p,
                                         uint64_t n);

extern const struct fc_words gcp_words;

#endif
