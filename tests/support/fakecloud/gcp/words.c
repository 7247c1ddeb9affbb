/* words.c: what Google's templates may say besides the words of all catalogs. */
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "gcp/call.h"

enum word {
    WORD_PROJECT,
    WORD_NUMBER, /* of the project */
    WORD_ORGANIZATION,
    WORD_DIRECTORY,
    WORD_FOLDER, /* a folder's number */
    WORD_ABOVE,  /* "folders/1" or "organizations/2": the parent of a project or folder */
    WORD_LOCATION,
    WORD_REGION,
    WORD_ZONE,
    WORD_PLACE, /* "global", "regions/R", "zones/Z" */
    WORD_NAME,  /* its name: "projects/p/topics/t" */
    WORD_UP,    /* the parent's name */
    WORD_SERVICE,
    WORD_TITLE, /* of the service */
    WORD_NTH,   /* region or zone by the index */
    WORD_HOME,  /* the region of the zone by the index */
    WORD_ARG,   /* text: of the path */
    WORD_ACCOUNT,
};

static const char *const names[] = {
    "project", "number", "organization", "directory", "folder", "above",   "location",
    "region",  "zone",   "place",        "name",      "up",     "service", "title",
    "nth",     "home",   "arg",          "account",   NULL,
};

static const struct gcp_type *root_of(const struct fc_obj *o)
{
    const struct fc_type *t = o->type;

    while (t->parent != NULL) {
        t = t->parent;
    }
    return t->own;
}

static size_t region_index(const struct gcp_world *w, const struct gcp_type *t, size_t slot)
{
    switch (t->where) {
    case GCP_WHERE_REGION:
        return slot;
    case GCP_WHERE_ZONE:
        return w->zone_region[slot];
    case GCP_WHERE_MIXED:
        return slot > 0 ? slot - 1 : 0;
    default:
        return 0;
    }
}

static void put_place(const struct gcp_world *w, enum word word, const struct fc_obj *o,
                      struct fc_text *out)
{
    const struct gcp_type *t = root_of(o);
    size_t slot = gcp_obj_slot(w, o->type, o->index);
    const char *name = gcp_type_slot(w, t, slot)->name;

    if (word == WORD_REGION) {
        name = w->regions[region_index(w, t, slot)].name;
    } else if (word == WORD_ZONE && t->where != GCP_WHERE_ZONE) {
        name = w->zones[0].name;
    } else if (word == WORD_PLACE && strcmp(name, "global") != 0) {
        fc_text_puts(out, t->where == GCP_WHERE_ZONE ? "zones/" : "regions/");
    }
    fc_text_puts(out, name);
}

static void put_above(const struct gcp_world *w, int64_t folder, struct fc_text *out)
{
    if (folder < 0) {
        fc_text_puts(out, "organizations/" GCP_ORGANIZATION);
    } else {
        fc_text_printf(out, "folders/%s", w->folders[folder].number);
    }
}

static void put_up(const struct fc_scene *scene, const struct fc_obj *o, struct fc_text *out)
{
    const struct fc_type *parent = o->type->parent;

    if (parent != NULL) {
        struct fc_obj up = fc_obj_related(scene, o, parent);

        fc_template_print(((const struct gcp_type *)parent->own)->full, scene, &up, out);
    }
}

static void put_object(const struct gcp_call *call, enum word word, const struct fc_obj *o,
                       struct fc_text *out)
{
    const struct gcp_world *w = call->world;
    const struct gcp_type *t = o->type->own;
    const struct gcp_service *s;

    switch (word) {
    case WORD_FOLDER:
        fc_text_puts(out, w->folders[o->index % w->folder_count].number);
        break;
    case WORD_LOCATION:
    case WORD_REGION:
    case WORD_ZONE:
    case WORD_PLACE:
        put_place(w, word, o, out);
        break;
    case WORD_NAME:
        fc_template_print(t->full, &call->scene, o, out);
        break;
    case WORD_UP:
        put_up(&call->scene, o, out);
        break;
    case WORD_SERVICE:
    case WORD_TITLE:
        s = gcp_service_on(call->catalog, call->project, o->index);
        fc_text_puts(out, s == NULL ? "" : word == WORD_SERVICE ? s->name : s->title);
        break;
    case WORD_NTH:
        fc_text_puts(out, strcmp(o->type->name, "compute.zone") == 0
                              ? w->zones[o->index % w->zone_count].name
                              : w->regions[o->index % w->region_count].name);
        break;
    case WORD_HOME:
        fc_text_puts(out, w->regions[w->zone_region[o->index % w->zone_count]].name);
        break;
    default:
        break;
    }
}

static void print(const struct fc_scene *scene, size_t word, const char *text,
                  const struct fc_obj *self, struct fc_text *out)
{
    const struct gcp_call *call = scene->owner;
    const struct gcp_project *p = call->project;

    switch ((enum word)word) {
    case WORD_PROJECT:
        fc_text_puts(out, p != NULL ? p->id : "");
        break;
    case WORD_NUMBER:
        fc_text_puts(out, p != NULL ? p->number : "");
        break;
    case WORD_ORGANIZATION:
        fc_text_puts(out, GCP_ORGANIZATION);
        break;
    case WORD_DIRECTORY:
        fc_text_puts(out, GCP_DIRECTORY);
        break;
    case WORD_ABOVE:
        put_above(call->world,
                  p != NULL ? p->folder
                  : self != NULL && call->world->folder_count > 0
                      ? call->world->folders[self->index % call->world->folder_count].folder
                      : -1,
                  out);
        break;
    case WORD_ARG:
        fc_template_escape(out, gcp_call_arg(call, text), true);
        break;
    case WORD_ACCOUNT:
        fc_text_puts(out, call->world->account);
        break;
    default:
        if (self != NULL) {
            put_object(call, (enum word)word, self, out);
        }
        break;
    }
}

/* What an object speaks of lies in its own region. */
static uint64_t near(const struct fc_scene *scene, const struct fc_obj *self,
                     const struct fc_type *type, uint64_t chance)
{
    const struct gcp_world *w = ((const struct gcp_call *)scene->owner)->world;
    const struct gcp_type *mine = root_of(self);
    const struct gcp_type *other = type->own;
    uint64_t total = fc_type_total(type);
    size_t slots = gcp_type_slots(w, other);
    size_t slot = gcp_obj_slot(w, self->type, self->index);
    size_t region = region_index(w, mine, slot);

    if (type->parent != NULL || mine->where == GCP_WHERE_GLOBAL ||
        other->where == GCP_WHERE_GLOBAL) {
        return chance % total;
    }
    if (other->where == GCP_WHERE_MIXED) {
        slot = region + 1;
    } else if (other->where == GCP_WHERE_REGION) {
        slot = region;
    } else if (mine->where != GCP_WHERE_ZONE) {
        slot = 0;
        while (w->zone_region[slot] != region) {
            slot++;
        }
    }
    return slot < total ? slot + chance % ((total - slot + slots - 1) / slots) * slots
                        : chance % total;
}

/* Folders are called by numbers that say nothing of their place. */
static bool index_of(const struct fc_scene *scene, struct fc_str id, uint64_t *index)
{
    const struct gcp_world *w = ((const struct gcp_call *)scene->owner)->world;
    size_t i = 0;

    while (i < w->folder_count && !fc_str_eq(id, w->folders[i].number)) {
        i++;
    }
    *index = i;
    return i < w->folder_count;
}

const struct fc_words gcp_words = {
    .names = names, .print = print, .near = near, .index_of = index_of};
