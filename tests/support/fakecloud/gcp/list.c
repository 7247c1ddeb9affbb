/* list.c: lists of one kind: by project, place or parent; of projects; of places. */
#include <stdlib.h>
#include <string.h>

#include "gcp/call.h"
#include "gcp/changes.h"

#define MAX_SLOTS 64

/* The objects of a list: those of some slots, or a parent's run. */
struct run {
    size_t slots[MAX_SLOTS]; /* In order. */
    size_t slot_count;
    size_t step;    /* All slots of the type. */
    uint64_t first; /* Of a parent's run. */
    uint64_t total;
    bool by_parent;
};

static struct gcp_trouble good(void)
{
    return (struct gcp_trouble){.problem = GCP_OK};
}

static uint64_t index_of(const struct run *run, uint64_t position)
{
    if (run->by_parent) {
        return run->first + position;
    }
    return position / run->slot_count * run->step + run->slots[position % run->slot_count];
}

static void set_total(struct run *run, uint64_t count)
{
    size_t i;

    run->total = count / run->step * run->slot_count;
    for (i = 0; i < run->slot_count; i++) {
        run->total += run->slots[i] < count % run->step;
    }
}

/* The slots of the place that is asked for ("-" or none: all); false: it cannot be reached. */
static bool select_slots(const struct gcp_call *call, const struct gcp_type *t, struct run *run)
{
    struct fc_str want = gcp_call_arg(call, "location");
    bool all = want.n == 0 || fc_str_eq(want, "-");
    size_t i;

    run->step = gcp_type_slots(call->world, t);
    for (i = 0; i < run->step && run->slot_count < MAX_SLOTS; i++) {
        const struct gcp_place *place = gcp_type_slot(call->world, t, i);

        if (!all && fc_str_eq(want, place->name) && place->unreachable) {
            return false;
        }
        if (!place->unreachable && (all || fc_str_eq(want, place->name))) {
            run->slots[run->slot_count++] = i;
        }
    }
    return true;
}

static struct gcp_trouble select_run(struct gcp_call *call, const struct gcp_type *t,
                                     struct run *run)
{
    struct fc_str parent = gcp_call_arg(call, "parent");
    uint64_t count = gcp_type_count(call->catalog, t, call->project);
    struct fc_obj above;

    if (parent.n > 0 && t->type->parent != NULL && !fc_str_eq(parent, "-")) {
        if (!fc_obj_find(&call->scene, t->type->parent, parent, &above)) {
            return (struct gcp_trouble){.problem = GCP_MISSING};
        }
        if (gcp_gone(call->project, t->type->parent->own, above.index)) {
            return (struct gcp_trouble){.problem = GCP_MISSING};
        }
        run->by_parent = true;
        run->first = above.index * t->type->count;
        run->total = count > 0 ? t->type->count : 0;
        return good();
    }
    if (!select_slots(call, t, run)) {
        return (struct gcp_trouble){.problem = GCP_UNAVAILABLE,
                                    .message = "The location could not be reached."};
    }
    if (run->slot_count > 0) {
        set_total(run, count);
    }
    return good();
}

/* Whether a list over all places is without some. */
static void put_unreachable(const struct gcp_call *call, const struct gcp_type *t,
                            struct fc_text *out)
{
    const char *key = call->op->unreachable;
    struct fc_str want = gcp_call_arg(call, "location");
    bool bare = key != NULL && strcmp(key, "missingZones") == 0;
    size_t i, n = 0;

    if (key == NULL || (want.n > 0 && !fc_str_eq(want, "-"))) {
        return;
    }
    for (i = 0; i < gcp_type_slots(call->world, t); i++) {
        const struct gcp_place *place = gcp_type_slot(call->world, t, i);

        if (!place->unreachable) {
            continue;
        }
        fc_text_printf(out, n++ == 0 ? ",\"%s\":[" : ",", key);
        fc_text_printf(out, bare ? "\"%s%s%s\"" : "\"projects/%s/locations/%s\"",
                       bare ? "" : call->project->id, place->name, "");
    }
    fc_text_puts(out, n > 0 ? "]" : "");
}

/* The body must be one JSON object whatever it has: no comma may come first. */
static void close_body(struct fc_text *out, size_t start)
{
    if (out->len > start && out->data[start] == ',') {
        out->data[start] = '{';
    } else {
        fc_text_puts(out, "{");
    }
    fc_text_puts(out, "}\n");
}

static void put_kind(const struct gcp_call *call, struct fc_text *out)
{
    if (call->op->kind != NULL) {
        fc_text_printf(out, ",\"kind\":\"%s\"", call->op->kind);
    }
    if (call->op->body != NULL) {
        fc_text_puts(out, ",");
        fc_template_print(call->op->body, &call->scene, NULL, out);
    }
}

struct gcp_trouble gcp_list(struct gcp_call *call, const struct fc_request *rq, struct fc_text *out)
{
    const struct gcp_type *t = call->op->kinds[0];
    struct run run = {.slot_count = 0};
    struct gcp_trouble trouble = select_run(call, t, &run);
    struct gcp_page page;
    uint64_t i, n = 0;

    if (trouble.problem == GCP_OK) {
        trouble = gcp_page_cut(call, rq, run.total, &page);
    }
    if (trouble.problem != GCP_OK) {
        return trouble;
    }
    put_kind(call, out);
    for (i = page.start; i < page.end; i++) {
        struct fc_obj obj = fc_obj_at(&call->scene, t->type, index_of(&run, i));

        if (gcp_gone(call->project, t, obj.index)) {
            continue;
        }
        fc_text_printf(out, n++ == 0 ? ",\"%s\":[" : ",", call->op->items);
        gcp_put_body(&call->scene, call->project, t, &obj, out);
    }
    fc_text_puts(out, n > 0 ? "]" : "");
    gcp_page_finish(&page, out);
    put_unreachable(call, t, out);
    close_body(out, 0);
    return good();
}

/* Whether a project or folder whose parent is 'folder' is asked for: by "parent", or by a query
 * with "parent:" or "parent=". */
static bool parent_fits(const struct gcp_call *call, const struct fc_request *rq, int64_t folder)
{
    struct fc_str want = fc_request_param(rq, "parent");
    struct fc_str query = fc_request_param(rq, "query");
    const char *at = query.n > 0 ? memmem(query.p, query.n, "parent", 6) : NULL;
    const char *own = folder >= 0 ? call->world->folders[folder].number : GCP_ORGANIZATION;
    size_t n = 0;

    if (at != NULL && (size_t)(query.p + query.n - at) > 7) {
        want.p = at + 7;
        while (want.p + n < query.p + query.n && want.p[n] != ' ' && want.p[n] != ')') {
            n++;
        }
        want.n = n;
    }
    if (want.n == 0) {
        return true;
    }
    n = strlen(own);
    return want.n > n && memcmp(want.p + want.n - n, own, n) == 0 &&
           want.p[0] == (folder >= 0 ? 'f' : 'o');
}

struct gcp_trouble gcp_list_projects(struct gcp_call *call, const struct fc_request *rq,
                                     struct fc_text *out)
{
    const struct gcp_world *w = call->world;
    const struct gcp_type *t = call->op->kinds[0];
    bool projects = t->type->scope == GCP_SCOPE_PROJECT;
    bool folders = strcmp(t->type->name, "cloudresourcemanager.folder") == 0;
    uint64_t all = projects ? w->project_count : fc_type_total(t->type), i, n = 0;
    uint64_t *chosen = fc_alloc((all + 1) * sizeof(*chosen));
    struct gcp_page page;
    struct gcp_trouble trouble;

    for (i = 0; i < all; i++) {
        int64_t above = projects ? w->projects[i].folder : folders ? w->folders[i].folder : -1;

        if ((!projects && !folders) || parent_fits(call, rq, above)) {
            chosen[n++] = i;
        }
    }
    trouble = gcp_page_cut(call, rq, n, &page);
    if (trouble.problem != GCP_OK) {
        free(chosen);
        return trouble;
    }
    for (i = page.start; i < page.end; i++) {
        struct fc_obj obj;

        gcp_call_enter(call, projects ? &w->projects[chosen[i]] : NULL);
        obj = fc_obj_at(&call->scene, t->type, projects ? 0 : chosen[i]);
        fc_text_printf(out, i == page.start ? ",\"%s\":[" : ",", call->op->items);
        fc_template_print(call->op->body != NULL ? call->op->body : t->body, &call->scene, &obj,
                          out);
    }
    fc_text_puts(out, page.end > page.start ? "]" : "");
    gcp_page_finish(&page, out);
    close_body(out, 0);
    free(chosen);
    return good();
}

struct gcp_trouble gcp_list_locations(struct gcp_call *call, const struct fc_request *rq,
                                      struct fc_text *out)
{
    const struct gcp_world *w = call->world;
    struct gcp_page page;
    struct gcp_trouble trouble = gcp_page_cut(call, rq, w->region_count + 1, &page);
    uint64_t i;

    if (trouble.problem != GCP_OK) {
        return trouble;
    }
    for (i = page.start; i < page.end; i++) {
        const char *name = i == 0 ? w->global.name : w->regions[i - 1].name;

        fc_text_printf(out, i == page.start ? ",\"locations\":[" : ",");
        fc_text_printf(out,
                       "{\"name\":\"projects/%s/locations/%s\",\"locationId\":\"%s\","
                       "\"displayName\":\"%s\"}",
                       call->project->id, name, name, name);
    }
    fc_text_puts(out, page.end > page.start ? "]" : "");
    gcp_page_finish(&page, out);
    close_body(out, 0);
    return good();
}
