#include "gcp/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "core/conf.h"
#include "gcp/catalog_files.h"

size_t gcp_type_slots(const struct gcp_world *w, const struct gcp_type *t)
{
    switch (t->where) {
    case GCP_WHERE_REGION:
        return w->region_count;
    case GCP_WHERE_ZONE:
        return w->zone_count;
    case GCP_WHERE_MIXED:
        return w->region_count + 1;
    default:
        return 1;
    }
}

const struct gcp_place *gcp_type_slot(const struct gcp_world *w, const struct gcp_type *t,
                                      size_t slot)
{
    switch (t->where) {
    case GCP_WHERE_REGION:
        return &w->regions[slot];
    case GCP_WHERE_ZONE:
        return &w->zones[slot];
    case GCP_WHERE_MIXED:
        return slot == 0 ? &w->global : &w->regions[slot - 1];
    default:
        return &w->global;
    }
}

size_t gcp_obj_slot(const struct gcp_world *w, const struct fc_type *type, uint64_t index)
{
    while (type->parent != NULL) {
        index = type->count > 0 ? index / type->count : 0;
        type = type->parent;
    }
    return (size_t)(index % gcp_type_slots(w, type->own));
}

const struct gcp_service *gcp_service_on(const struct gcp_catalog *c, const struct gcp_project *p,
                                         uint64_t n)
{
    size_t i;

    for (i = 0; i < c->service_count; i++) {
        if (!c->services[i]->hidden && gcp_project_has(p, c->services[i]->name) && n-- == 0) {
            return c->services[i];
        }
    }
    return NULL;
}

uint64_t gcp_type_count(const struct gcp_catalog *c, const struct gcp_type *t,
                        const struct gcp_project *p)
{
    uint64_t n = 0;

    if (t->type->scope == GCP_SCOPE_ORG) {
        return p == NULL ? fc_type_total(t->type) : 0;
    }
    if (p == NULL || (strcmp(t->service->name, "cloudresourcemanager") != 0 &&
                      !gcp_project_has(p, t->service->name))) {
        return 0;
    }
    if (strcmp(t->type->name, "serviceusage.service") != 0) {
        return fc_type_total(t->type);
    }
    while (gcp_service_on(c, p, n) != NULL) {
        n++;
    }
    return n;
}

const struct gcp_service *gcp_catalog_service(const struct gcp_catalog *c, struct fc_str name)
{
    size_t i;

    for (i = 0; i < c->service_count; i++) {
        const char *own = c->services[i]->name;
        size_t n = strlen(own);

        /* "us-central1-aiplatform": some services answer in each region. */
        if (fc_str_eq(name, own) || (name.n > n && name.p[name.n - n - 1] == '-' &&
                                     memcmp(name.p + name.n - n, own, n) == 0)) {
            return c->services[i];
        }
    }
    return NULL;
}

static void set_count(struct gcp_catalog *c, const char *name, struct json_object *value)
{
    size_t i;

    for (i = 0; i < c->type_count; i++) {
        const struct gcp_type *t = c->types[i];

        if (strcmp(t->type->name, name) == 0 || strcmp(t->asset, name) == 0) {
            if (t->fixed || !json_object_is_type(value, json_type_int) ||
                json_object_get_int64(value) < 0) {
                fc_die("gcp.counts: \"%s\" cannot be counted so", name);
            }
            t->type->count = (uint64_t)json_object_get_int64(value);
            return;
        }
    }
    fc_die("gcp.counts: there is no type \"%s\"", name);
}

/* Assets of a project where every service is on. */
static uint64_t assets_of(const struct gcp_catalog *c, bool fixed)
{
    uint64_t n = 0;
    size_t i;

    for (i = 0; i < c->type_count; i++) {
        const struct gcp_type *t = c->types[i];

        if (t->in_assets && t->type->scope == GCP_SCOPE_PROJECT && (t->fixed || !fixed)) {
            n += strcmp(t->type->name, "serviceusage.service") == 0
                     ? gcp_type_count(c, t, &c->world->projects[0])
                     : fc_type_total(t->type);
        }
    }
    return n;
}

/* "objects": exactly so many assets in a project, in the usual proportions; the rest are disks. */
static void set_objects(struct gcp_catalog *c, int64_t objects)
{
    uint64_t fixed = assets_of(c, true);
    uint64_t usual = assets_of(c, false) - fixed;
    struct fc_type *rest = fc_lexicon_type(&c->lexicon, "compute", "disk");
    size_t i;

    if (objects < (int64_t)fixed) {
        fc_die("gcp.objects: a project has at least %llu", (unsigned long long)fixed);
    }
    for (i = 0; i < c->type_count; i++) {
        struct fc_type *t = c->types[i]->type;

        if (!c->types[i]->fixed && t->parent == NULL && t->scope == GCP_SCOPE_PROJECT) {
            t->count = t->count * ((uint64_t)objects - fixed) / usual;
        }
    }
    rest->count += (uint64_t)objects - assets_of(c, false);
}

static void link_types(struct gcp_catalog *c)
{
    size_t i;

    for (i = 0; i < c->type_count; i++) {
        struct gcp_type *t = c->types[i];

        if (t->type->parent_name != NULL) {
            t->type->parent = fc_lexicon_type(&c->lexicon, t->service->name, t->type->parent_name);
            t->type->scope = t->type->parent->scope;
        }
    }
}

static void set_counts(struct gcp_catalog *c)
{
    struct json_object *counts = fc_conf_get(c->world->conf, "counts");
    int64_t objects = fc_conf_int(c->world->conf, "gcp", "objects", -1);

    fc_lexicon_type(&c->lexicon, "cloudresourcemanager", "folder")->count = c->world->folder_count;
    fc_lexicon_type(&c->lexicon, "compute", "region")->count = c->world->region_count;
    fc_lexicon_type(&c->lexicon, "compute", "zone")->count = c->world->zone_count;
    if (objects >= 0) {
        set_objects(c, objects);
    }
    if (counts != NULL) {
        json_object_object_foreach(counts, name, value)
        {
            set_count(c, name, value);
        }
    }
}

static void compile_op(struct gcp_catalog *c, struct gcp_op *op)
{
    char *save = NULL, *word;
    size_t n = 0;

    for (word = op->kind_names != NULL ? strtok_r(op->kind_names, "|", &save) : NULL;
         word != NULL && n < GCP_MAX_KINDS; word = strtok_r(NULL, "|", &save)) {
        op->kinds[n++] = fc_lexicon_type(&c->lexicon, op->service->name, word)->own;
    }
    if (op->body_text.len > 0) {
        op->body = fc_template_new(&c->lexicon, op->service->name, op->body_text.data);
    }
}

struct gcp_catalog *gcp_catalog_new(const struct gcp_world *w)
{
    struct gcp_catalog *c = fc_alloc(sizeof(*c));
    size_t i;

    c->world = w;
    c->lexicon.words = &gcp_words;
    for (i = 0; i < gcp_catalog_file_count; i++) {
        gcp_catalog_read(c, gcp_catalog_files[i].text, gcp_catalog_files[i].length);
    }
    link_types(c);
    set_counts(c);
    for (i = 0; i < c->type_count; i++) {
        struct gcp_type *t = c->types[i];

        t->type->key = fc_template_new(&c->lexicon, t->service->name, t->type->key_text);
        t->full = fc_template_new(&c->lexicon, t->service->name, t->full_text);
        t->body = fc_template_new(&c->lexicon, t->service->name, t->body_text.data);
        t->dated = strstr(t->body_text.data, "\"updateTime\"") != NULL ||
                   strstr(t->body_text.data, "\"updated\"") != NULL;
    }
    c->labels = fc_template_new(&c->lexicon, "compute", "{{@labels}}");
    for (i = 0; i < c->op_count; i++) {
        compile_op(c, c->ops[i]);
    }
    return c;
}

static void free_op(struct gcp_op *op)
{
    free(op->name);
    free(op->route_name);
    free(op->method);
    free(op->path);
    free(op->kind_names);
    free(op->items);
    free(op->kind);
    free(op->size);
    free(op->unreachable);
    fc_text_fini(&op->body_text);
    fc_template_free(op->body);
    free(op);
}

void gcp_catalog_free(struct gcp_catalog *c)
{
    size_t i;

    for (i = 0; i < c->op_count; i++) {
        free_op(c->ops[i]);
    }
    for (i = 0; i < c->service_count; i++) {
        free(c->services[i]->name);
        free(c->services[i]->title);
        free(c->services[i]->version);
        free(c->services[i]);
    }
    for (i = 0; i < c->type_count; i++) {
        free(c->types[i]->asset);
        free(c->types[i]->discovery);
        free(c->types[i]->full_text);
        fc_text_fini(&c->types[i]->body_text);
        fc_template_free(c->types[i]->full);
        fc_template_free(c->types[i]->body);
        free(c->types[i]);
    }
    fc_template_free(c->labels);
    fc_lexicon_fini(&c->lexicon);
    free(c->types);
    free(c->services);
    free(c->ops);
    free(c);
}
