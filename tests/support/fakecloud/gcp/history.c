/* history.c: batchGetAssetsHistory: assets by their names, as of now.
 *
 * Without the start of a window the API tells how the assets are at its end; the end is now. One
 * that is gone is told of as deleted; a name that nothing ever had is an error. */
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "gcp/call.h"
#include "gcp/changes.h"

#define MAX_NAMES 100
#define MAX_TRIED 400 /* of a kind whose names say no number */

struct found {
    const struct gcp_type *type;
    struct fc_obj obj;
};

static bool is_called(const struct gcp_call *call, const struct gcp_type *t, const struct fc_obj *o,
                      struct fc_str name)
{
    struct fc_text full = {0};
    bool same;

    gcp_put_full_name(call, t, o, &full);
    same = full.len == name.n && memcmp(full.data, name.p, name.n) == 0;
    fc_text_fini(&full);
    return same;
}

/* Among the objects of a kind in the call's project. */
static bool find_of(const struct gcp_call *call, const struct gcp_type *t, struct fc_str name,
                    struct fc_obj *out)
{
    uint64_t count = gcp_type_count(call->catalog, t, call->project), i;

    if (count == 0) {
        return false;
    }
    if (fc_obj_find(&call->scene, t->type, name, out) && is_called(call, t, out, name)) {
        return true;
    }
    for (i = 0; i < count && i < MAX_TRIED; i++) {
        *out = fc_obj_at(&call->scene, t->type, i);
        if (is_called(call, t, out, name)) {
            return true;
        }
    }
    return false;
}

/* The project that a name speaks of; NULL: none, it is the organisation's. */
static const struct gcp_project *project_of(const struct gcp_world *w, struct fc_str name)
{
    static const char *const marks[] = {"/projects/", "/apps/", "//storage.googleapis.com/"};
    size_t i, n = 0, id = strlen(w->projects[0].id);
    struct fc_str rest = {name.p, 0};

    for (i = 0; i < sizeof(marks) / sizeof(marks[0]) && rest.n == 0; i++) {
        const char *at = memmem(name.p, name.n, marks[i], strlen(marks[i]));

        if (at != NULL) {
            rest.p = at + strlen(marks[i]);
            rest.n = (size_t)(name.p + name.n - rest.p);
            rest.n = i == 2 && rest.n > id ? id : rest.n; /* A bucket's name begins with it. */
        }
    }
    while (n < rest.n && rest.p[n] != '/') {
        n++;
    }
    return gcp_world_project(w, (struct fc_str){rest.p, n});
}

static bool find(struct gcp_call *call, struct fc_str name, const struct gcp_project *within,
                 struct found *out)
{
    const struct gcp_project *p = project_of(call->world, name);
    size_t i;

    if (within != NULL && p != within) {
        return false;
    }
    gcp_call_enter(call, p);
    for (i = 0; i < call->catalog->type_count; i++) {
        out->type = call->catalog->types[i];
        if (out->type->in_assets && find_of(call, out->type, name, &out->obj)) {
            return true;
        }
    }
    return false;
}

static void put_found(const struct gcp_call *call, const struct found *f, bool resource,
                      struct fc_text *out)
{
    bool gone = gcp_gone(call->project, f->type, f->obj.index);

    fc_text_puts(out, "{\"window\":{\"startTime\":\"");
    fc_clock_print(out, gcp_updated_s(call->project, f->type, &f->obj) * FC_SECOND, 0);
    fc_text_puts(out, gone ? "Z\"},\"deleted\":true,\"asset\":" : "Z\"},\"asset\":");
    gcp_put_asset(call, f->type, &f->obj, resource && !gone, out);
    fc_text_puts(out, "}");
}

static struct gcp_trouble wrong(const char *message)
{
    return (struct gcp_trouble){.problem = GCP_BAD_PARAMETER, .message = message};
}

struct gcp_trouble gcp_history(struct gcp_call *call, const struct fc_request *rq,
                               struct fc_text *out)
{
    bool resource = fc_str_eq(fc_request_param(rq, "contentType"), "RESOURCE");
    struct fc_str in = gcp_call_arg(call, "in");
    const struct gcp_project *within = call->project;
    size_t i, n = 0;

    if (!fc_str_eq(in, "projects") && (!fc_str_eq(in, "organizations") ||
                                       !fc_str_eq(gcp_call_arg(call, "id"), GCP_ORGANIZATION))) {
        return wrong("The parent is an organization or a project.");
    }
    fc_text_puts(out, "{");
    for (i = 0; i < rq->param_count; i++) {
        struct found f;

        if (!fc_str_eq(rq->params[i].key, "assetNames")) {
            continue;
        }
        if (n == MAX_NAMES) {
            return wrong("There are more than 100 asset names.");
        }
        if (!find(call, rq->params[i].value, within, &f)) {
            return wrong("An asset does not exist.");
        }
        fc_text_puts(out, n++ == 0 ? "\"assets\":[" : ",");
        put_found(call, &f, resource, out);
    }
    fc_text_puts(out, n > 0 ? "]}\n" : "}\n");
    return (struct gcp_trouble){.problem = GCP_OK};
}
