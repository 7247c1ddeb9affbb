/* aggregated.c: Compute Engine's lists over all places at once: items.{scope}.instances. */
#include <stdlib.h>
#include <string.h>

#include "gcp/call.h"
#include "gcp/changes.h"

#define MAX_SCOPES 256

/* A place with the objects of one kind in it. */
struct scope {
    const struct gcp_place *place;
    const struct gcp_type *type; /* NULL: of no kind. */
    size_t slot;
    size_t step;
    uint64_t count;
    const char *kind; /* "zones/" */
};

struct scopes {
    struct scope at[MAX_SCOPES];
    size_t count;
    bool unreachable; /* Some are. */
};

static void add_scope(struct scopes *s, const struct gcp_place *place, const char *kind)
{
    if (s->count < MAX_SCOPES) {
        s->at[s->count++] = (struct scope){.place = place, .kind = kind, .step = 1};
    }
}

/* The kind that lies in a place. */
static void fill_scope(const struct gcp_call *call, struct scope *s)
{
    size_t k, i;

    for (k = 0; k < GCP_MAX_KINDS && call->op->kinds[k] != NULL; k++) {
        const struct gcp_type *t = call->op->kinds[k];
        size_t slots = gcp_type_slots(call->world, t);
        uint64_t count = gcp_type_count(call->catalog, t, call->project);

        for (i = 0; i < slots; i++) {
            if (gcp_type_slot(call->world, t, i) == s->place) {
                s->type = t;
                s->slot = i;
                s->step = slots;
                s->count = count > i ? (count - i + slots - 1) / slots : 0;
            }
        }
    }
}

/* All places, as Google lists them: the regions, the zones and "global". */
static void list_scopes(const struct gcp_call *call, struct scopes *s)
{
    const struct gcp_world *w = call->world;
    size_t i;

    add_scope(s, &w->global, "");
    for (i = 0; i < w->region_count; i++) {
        add_scope(s, &w->regions[i], "regions/");
    }
    for (i = 0; i < w->zone_count; i++) {
        add_scope(s, &w->zones[i], "zones/");
    }
    for (i = 0; i < s->count; i++) {
        fill_scope(call, &s->at[i]);
        if (s->at[i].place->unreachable && s->at[i].type != NULL) {
            s->at[i].count = 0;
            s->unreachable = true;
        }
    }
}

static void put_warning(const struct scope *s, struct fc_text *out)
{
    if (s->place->unreachable && s->type != NULL) {
        fc_text_printf(out,
                       "\"warning\":{\"code\":\"UNREACHABLE\",\"message\":\"The scope '%s%s' is "
                       "unreachable.\",\"data\":[{\"key\":\"scope\",\"value\":\"%s%s\"}]}",
                       s->kind, s->place->name, s->kind, s->place->name);
        return;
    }
    fc_text_printf(out,
                   "\"warning\":{\"code\":\"NO_RESULTS_ON_PAGE\",\"message\":\"There are no "
                   "results for scope '%s%s' on this page.\",\"data\":[{\"key\":\"scope\","
                   "\"value\":\"%s%s\"}]}",
                   s->kind, s->place->name, s->kind, s->place->name);
}

/* Objects [start, end) of a scope. */
static void put_scope(const struct gcp_call *call, const struct scope *s, uint64_t start,
                      uint64_t end, struct fc_text *out)
{
    uint64_t i, n = 0;

    fc_text_printf(out, "\"%s%s\":{", s->kind, s->place->name);
    for (i = start; i < end; i++) {
        struct fc_obj obj = fc_obj_at(&call->scene, s->type->type, s->slot + i * s->step);

        if (gcp_gone(call->project, s->type, obj.index)) {
            continue;
        }
        fc_text_printf(out, n++ == 0 ? "\"%s\":[" : ",", call->op->items);
        gcp_put_body(&call->scene, call->project, s->type, &obj, out);
    }
    if (n == 0) {
        put_warning(s, out);
    }
    fc_text_puts(out, n > 0 ? "]}" : "}");
}

static void put_unreachables(const struct scopes *s, struct fc_text *out)
{
    size_t i, n = 0;

    for (i = 0; i < s->count; i++) {
        if (s->at[i].place->unreachable && s->at[i].type != NULL) {
            fc_text_puts(out, n++ == 0 ? ",\"unreachables\":[" : ",");
            fc_text_printf(out, "\"%s%s\"", s->at[i].kind, s->at[i].place->name);
        }
    }
    fc_text_puts(out, n > 0 ? "]" : "");
}

struct gcp_trouble gcp_aggregated(struct gcp_call *call, const struct fc_request *rq,
                                  struct fc_text *out)
{
    struct scopes *s = fc_alloc(sizeof(*s));
    struct gcp_trouble trouble;
    struct gcp_page page;
    uint64_t total = 0, at = 0;
    size_t i;

    list_scopes(call, s);
    if (s->unreachable && fc_str_eq(fc_request_param(rq, "returnPartialSuccess"), "false")) {
        free(s);
        return (struct gcp_trouble){.problem = GCP_UNAVAILABLE,
                                    .message = "Some scopes are unreachable, and partial success "
                                               "is not wanted."};
    }
    for (i = 0; i < s->count; i++) {
        total += s->at[i].count;
    }
    trouble = gcp_page_cut(call, rq, total, &page);
    if (trouble.problem != GCP_OK) {
        free(s);
        return trouble;
    }
    fc_text_printf(out, "{\"kind\":\"%s\",\"id\":\"projects/%s/aggregated/%s\",\"items\":{",
                   call->op->kind, call->project->id, call->op->items);
    for (i = 0; i < s->count; i++) {
        uint64_t end = at + s->at[i].count;
        uint64_t from = page.start > at ? page.start - at : 0;
        uint64_t to = page.end < end ? (page.end > at ? page.end - at : 0) : s->at[i].count;

        fc_text_puts(out, i > 0 ? "," : "");
        put_scope(call, &s->at[i], from, to, out);
        at = end;
    }
    fc_text_puts(out, "}");
    gcp_page_finish(&page, out);
    put_unreachables(s, out);
    fc_text_printf(out,
                   ",\"selfLink\":\"https://www.googleapis.com/compute/v1/projects/%s/aggregated/"
                   "%s\"}\n",
                   call->project->id, call->op->items);
    free(s);
    return trouble;
}
