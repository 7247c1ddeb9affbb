/* assets.c: Cloud Asset Inventory: assets.list and searchAllResources over one project, a folder
 * or the organisation. What they hold is what the services list. */
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "gcp/call.h"
#include "gcp/changes.h"

/* What is asked about. */
struct scope {
    const struct gcp_project **projects;
    size_t project_count;
    bool organization; /* With what belongs to it alone: itself, folders, billing accounts. */
    int64_t folder;    /* Of these folders those at or below this one; -1: all. */
    const struct gcp_type **types;
    size_t type_count;
};

/* A place in the enumeration: projects in turn, in each the types in turn. */
struct cursor {
    size_t project; /* One past the last: the organisation's own. */
    size_t type;
    uint64_t index;
};

/* Each assetTypes is a regular expression that all of a type's name must match; without any every
 * type is asked for. */
static void choose_types(const struct fc_request *rq, const struct gcp_catalog *catalog,
                         struct scope *s)
{
    bool *asked = fc_alloc(catalog->type_count + 1);
    bool any = false;
    size_t i, k;

    for (i = 0; i < rq->param_count; i++) {
        struct fc_str want = rq->params[i].value;
        char pattern[256];
        regex_t regex;

        if (!fc_str_eq(rq->params[i].key, "assetTypes")) {
            continue;
        }
        any = true;
        snprintf(pattern, sizeof(pattern), "^(%.*s)$", (int)want.n, want.p);
        if (regcomp(&regex, pattern, REG_EXTENDED | REG_NOSUB) != 0) {
            continue;
        }
        for (k = 0; k < catalog->type_count; k++) {
            const struct gcp_type *t = catalog->types[k];

            asked[k] = asked[k] || (t->in_assets && regexec(&regex, t->asset, 0, NULL, 0) == 0);
        }
        regfree(&regex);
    }
    for (k = 0; k < catalog->type_count; k++) {
        const struct gcp_type *t = catalog->types[k];

        if (t->in_assets && (asked[k] || !any)) {
            s->types[s->type_count++] = t;
        }
    }
    free(asked);
}

static bool read_scope(const struct gcp_call *call, const struct fc_request *rq, struct scope *s)
{
    const struct gcp_world *w = call->world;
    struct fc_str in = gcp_call_arg(call, "in");
    struct fc_str id = gcp_call_arg(call, "id");
    size_t i;

    s->folder = -1;
    s->projects = fc_alloc((w->project_count + 1) * sizeof(*s->projects));
    s->types = fc_alloc((call->catalog->type_count + 1) * sizeof(*s->types));
    if (fc_str_eq(in, "projects")) {
        s->projects[s->project_count++] = call->project;
    } else if (fc_str_eq(in, "folders")) {
        s->folder = gcp_world_folder(w, id);
        if (s->folder < 0) {
            return false;
        }
    } else if (!fc_str_eq(in, "organizations") || !fc_str_eq(id, GCP_ORGANIZATION)) {
        return false;
    } else {
        s->organization = true;
    }
    for (i = 0;
         i < w->project_count && s->project_count < w->project_count && !fc_str_eq(in, "projects");
         i++) {
        if (gcp_project_in(w, &w->projects[i], s->folder)) {
            s->projects[s->project_count++] = &w->projects[i];
        }
    }
    choose_types(rq, call->catalog, s);
    return true;
}

static void scope_fini(struct scope *s)
{
    free((void *)s->projects);
    free((void *)s->types);
}

/* The organisation's own types come after the last project, as if of one more. */
static const struct gcp_project *project_at(const struct scope *s, size_t i)
{
    return i < s->project_count ? s->projects[i] : NULL;
}

static uint64_t assets_in(const struct gcp_call *call, const struct scope *s, size_t project)
{
    uint64_t n = 0;
    size_t i;

    for (i = 0; i < s->type_count; i++) {
        n += gcp_type_count(call->catalog, s->types[i], project_at(s, project));
    }
    return n;
}

/* How many in all; places 'cursor' at the one at 'position'. */
static uint64_t seek(const struct gcp_call *call, const struct scope *s, uint64_t position,
                     struct cursor *cursor)
{
    size_t last = s->project_count + (s->organization ? 1 : 0), i;
    const struct gcp_project *whole = NULL; /* One without a service off, and what it has. */
    uint64_t usual = 0, total = 0;

    *cursor = (struct cursor){.project = last};
    for (i = 0; i < last; i++) {
        const struct gcp_project *p = project_at(s, i);
        uint64_t n;

        if (p != NULL && p->disabled_count == 0 && whole != NULL) {
            n = usual;
        } else {
            n = assets_in(call, s, i);
        }
        if (p != NULL && p->disabled_count == 0) {
            whole = p;
            usual = n;
        }
        if (position >= total && position < total + n) {
            cursor->project = i;
            cursor->index = position - total;
        }
        total += n;
    }
    while (cursor->project < last && cursor->type < s->type_count) {
        uint64_t n =
            gcp_type_count(call->catalog, s->types[cursor->type], project_at(s, cursor->project));

        if (cursor->index < n) {
            break;
        }
        cursor->index -= n;
        cursor->type++;
    }
    return total;
}

/* "projects/1","folders/2","organizations/3" */
static void put_ancestors(const struct gcp_call *call, const struct gcp_type *t,
                          const struct fc_obj *o, struct fc_text *out)
{
    const struct gcp_world *w = call->world;
    int64_t folder = -1;

    if (call->project != NULL) {
        fc_text_printf(out, "\"projects/%s\",", call->project->number);
        folder = call->project->folder;
    } else if (strcmp(t->type->name, "cloudresourcemanager.folder") == 0) {
        folder = (int64_t)o->index;
    }
    for (; folder >= 0; folder = w->folders[folder].folder) {
        fc_text_printf(out, "\"folders/%s\",", w->folders[folder].number);
    }
    fc_text_puts(out, "\"organizations/" GCP_ORGANIZATION "\"");
}

/* Asset Inventory's names of two services are not those of their APIs:
 * cloud.google.com/asset-inventory/docs/asset-names. */
static const char *host_of(const struct gcp_service *service)
{
    return strcmp(service->name, "sqladmin") == 0        ? "cloudsql"
           : strcmp(service->name, "bigtableadmin") == 0 ? "bigtable"
                                                         : service->name;
}

void gcp_put_full_name(const struct gcp_call *call, const struct gcp_type *t,
                       const struct fc_obj *o, struct fc_text *out)
{
    fc_text_printf(out, "//%s.googleapis.com/", host_of(t->service));
    fc_template_print(t->full, &call->scene, o, out);
}

/* The resource above: the parent's full name, the project's, or the folder's. */
static void put_parent(const struct gcp_call *call, const struct gcp_type *t,
                       const struct fc_obj *o, struct fc_text *out)
{
    const struct gcp_world *w = call->world;
    bool project = strcmp(t->type->name, "cloudresourcemanager.project") == 0;
    int64_t folder = -1;

    if (t->type->parent != NULL) {
        struct fc_obj up = fc_obj_related(&call->scene, o, t->type->parent);

        gcp_put_full_name(call, t->type->parent->own, &up, out);
        return;
    }
    fc_text_puts(out, "//cloudresourcemanager.googleapis.com/");
    if (call->project != NULL && !project) {
        fc_text_printf(out, "projects/%s", call->project->number);
        return;
    }
    if (project) {
        folder = call->project->folder;
    } else if (strcmp(t->type->name, "cloudresourcemanager.folder") == 0) {
        folder = w->folders[o->index].folder;
    }
    if (folder >= 0) {
        fc_text_printf(out, "folders/%s", w->folders[folder].number);
    } else {
        fc_text_puts(out, "organizations/" GCP_ORGANIZATION);
    }
}

static const char *location_of(const struct gcp_call *call, const struct fc_obj *o)
{
    const struct fc_type *root = o->type;

    while (root->parent != NULL) {
        root = root->parent;
    }
    return gcp_type_slot(call->world, root->own, gcp_obj_slot(call->world, o->type, o->index))
        ->name;
}

static void put_updated(const struct gcp_call *call, const struct gcp_type *t,
                        const struct fc_obj *o, struct fc_text *out)
{
    fc_clock_print(out, gcp_updated_s(call->project, t, o) * FC_SECOND, 0);
    fc_text_puts(out, "Z");
}

void gcp_put_asset(const struct gcp_call *call, const struct gcp_type *t, const struct fc_obj *o,
                   bool resource, struct fc_text *out)
{
    fc_text_puts(out, "{\"name\":\"");
    gcp_put_full_name(call, t, o, out);
    fc_text_printf(out, "\",\"assetType\":\"%s\",\"ancestors\":[", t->asset);
    put_ancestors(call, t, o, out);
    fc_text_puts(out, "],\"updateTime\":\"");
    put_updated(call, t, o, out);
    fc_text_puts(out, "\"");
    if (resource) {
        fc_text_printf(out,
                       ",\"resource\":{\"version\":\"%s\",\"discoveryDocumentUri\":\"https://"
                       "www.googleapis.com/discovery/v1/apis/%s/%s/rest\",\"discoveryName\":\"%s\","
                       "\"location\":\"%s\",\"parent\":\"",
                       t->service->version, t->service->name, t->service->version, t->discovery,
                       location_of(call, o));
        put_parent(call, t, o, out);
        fc_text_puts(out, "\",\"data\":");
        gcp_put_body(&call->scene, call->project, t, o, out);
        fc_text_puts(out, "}");
    }
    fc_text_puts(out, "}");
}

/* "folders":["folders/1","folders/2"] */
static void put_folders(const struct gcp_world *w, int64_t folder, struct fc_text *out)
{
    size_t n = 0;

    for (; folder >= 0; folder = w->folders[folder].folder) {
        fc_text_printf(out, n++ == 0 ? ",\"folders\":[\"folders/%s\"" : ",\"folders/%s\"",
                       w->folders[folder].number);
    }
    fc_text_puts(out, n > 0 ? "]" : "");
}

static void put_labels(const struct gcp_call *call, const struct gcp_type *t,
                       const struct fc_obj *o, struct fc_text *out)
{
    struct fc_obj now = gcp_as_now(&call->scene, call->project, t, o);

    fc_text_puts(out, ",\"labels\":{");
    fc_template_print(call->catalog->labels, &call->scene, &now, out);
    fc_text_puts(out, "}");
}

static void put_result(const struct gcp_call *call, const struct fc_request *rq,
                       const struct gcp_type *t, const struct fc_obj *o, struct fc_text *out)
{
    size_t start = out->len;

    if (gcp_mask_has(rq, "name")) {
        fc_text_puts(out, ",\"name\":\"");
        gcp_put_full_name(call, t, o, out);
        fc_text_puts(out, "\"");
    }
    if (gcp_mask_has(rq, "assetType")) {
        fc_text_printf(out, ",\"assetType\":\"%s\"", t->asset);
    }
    if (call->project != NULL && gcp_mask_has(rq, "project")) {
        fc_text_printf(out, ",\"project\":\"projects/%s\"", call->project->number);
    }
    if (call->project != NULL && gcp_mask_has(rq, "folders")) {
        put_folders(call->world, call->project->folder, out);
    }
    if (gcp_mask_has(rq, "organization")) {
        fc_text_puts(out, ",\"organization\":\"organizations/" GCP_ORGANIZATION "\"");
    }
    if (gcp_mask_has(rq, "displayName")) {
        fc_text_puts(out, ",\"displayName\":\"");
        fc_template_print(t->type->key, &call->scene, o, out);
        fc_text_puts(out, "\"");
    }
    if (gcp_mask_has(rq, "location")) {
        fc_text_printf(out, ",\"location\":\"%s\"", location_of(call, o));
    }
    if (gcp_mask_has(rq, "createTime")) {
        fc_text_puts(out, ",\"createTime\":\"");
        fc_template_time(out, o);
        fc_text_puts(out, "\"");
    }
    if (t->dated && gcp_mask_has(rq, "updateTime")) {
        fc_text_puts(out, ",\"updateTime\":\"");
        put_updated(call, t, o, out);
        fc_text_puts(out, "\"");
    }
    if (t->labels && gcp_mask_has(rq, "labels")) {
        put_labels(call, t, o, out);
    }
    if (gcp_mask_has(rq, "parentFullResourceName")) {
        fc_text_puts(out, ",\"parentFullResourceName\":\"");
        put_parent(call, t, o, out);
        fc_text_puts(out, "\"");
    }
    if (out->len > start) {
        out->data[start] = '{';
    }
    fc_text_puts(out, out->len > start ? "}" : "{}");
}

/* The next asset that there is. */
static bool settle(struct gcp_call *call, const struct scope *s, struct cursor *at)
{
    size_t last = s->project_count + (s->organization ? 1 : 0);

    while (at->project < last) {
        const struct gcp_project *p = project_at(s, at->project);

        while (at->type < s->type_count) {
            if (at->index < gcp_type_count(call->catalog, s->types[at->type], p)) {
                if (call->project != p || at->index == 0) {
                    gcp_call_enter(call, p);
                }
                return true;
            }
            at->type++;
            at->index = 0;
        }
        at->project++;
        at->type = 0;
    }
    return false;
}

struct gcp_trouble gcp_assets(struct gcp_call *call, const struct fc_request *rq,
                              struct fc_text *out)
{
    bool search = call->op->verb == GCP_VERB_SEARCH;
    bool resource = fc_str_eq(fc_request_param(rq, "contentType"), "RESOURCE");
    struct scope s = {.project_count = 0};
    struct gcp_trouble trouble = {.problem = GCP_MISSING};
    struct gcp_page page = {.start = 0};
    struct cursor at;
    struct gcp_query query = {.count = 0};
    uint64_t i, n = 0, total = 0;

    if (read_scope(call, rq, &s)) {
        total = seek(call, &s, 0, &at);
        trouble = gcp_page_cut(call, rq, total, &page);
    }
    if (trouble.problem == GCP_OK && search &&
        !gcp_query_read(fc_request_param(rq, "query"), &query)) {
        trouble = (struct gcp_trouble){.problem = GCP_BAD_PARAMETER,
                                       .message = "The query is not one that is served here."};
        fc_text_fini(&page.token);
    }
    if (trouble.problem != GCP_OK) {
        scope_fini(&s);
        return trouble;
    }
    seek(call, &s, page.start, &at);
    fc_text_puts(out,
                 search ? "{\"results\":[" : "{\"readTime\":\"2026-01-01T00:00:00Z\",\"assets\":[");
    gcp_call_enter(call, NULL);
    for (i = page.start; n < page.end - page.start && settle(call, &s, &at); i++, at.index++) {
        const struct gcp_type *t = s.types[at.type];
        struct fc_obj obj = fc_obj_at(&call->scene, t->type, at.index);

        if (gcp_gone(call->project, t, at.index) || !gcp_query_admits(&query, call, t, &obj)) {
            continue;
        }
        fc_text_puts(out, n++ > 0 ? "," : "");
        if (search) {
            put_result(call, rq, t, &obj, out);
        } else {
            gcp_put_asset(call, t, &obj, resource, out);
        }
    }
    gcp_page_move(call, rq, total, i, &page);
    fc_text_puts(out, "]");
    gcp_page_finish(&page, out);
    fc_text_puts(out, "}\n");
    scope_fini(&s);
    return trouble;
}
