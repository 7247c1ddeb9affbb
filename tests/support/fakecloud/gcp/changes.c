#include "gcp/changes.h"

#include <string.h>

#include "core/clock.h"
#include "core/drift.h"
#include "core/rng.h"

#define OTHER UINT64_C(0x6368616e6765) /* Turns an object's chance into another one. */
#define FARTHEST 1000003               /* Where a pool begins to count, at most. */
#define SECONDS_TEXT 19                /* "2026-11-28T12:00:00" */

static uint64_t place_of(const struct gcp_project *p, const struct gcp_type *t, uint64_t index)
{
    return index + fc_hash(t->type->hash, p != NULL ? p->index + 1 : 0) % FARTHEST;
}

static bool drifts(const struct gcp_type *t)
{
    return fc_drift_is_on() && !t->fixed;
}

bool gcp_changed(const struct gcp_project *p, const struct gcp_type *t, uint64_t index)
{
    return drifts(t) && fc_drift_changed(place_of(p, t, index));
}

bool gcp_gone(const struct gcp_project *p, const struct gcp_type *t, uint64_t index)
{
    const struct fc_type *type = t->type;

    while (type != NULL) {
        const struct gcp_type *own = type->own;

        if (drifts(own) && fc_drift_deleted(place_of(p, own, index))) {
            return true;
        }
        index = type->parent != NULL && type->count > 0 ? index / type->count : 0;
        type = type->parent;
    }
    return false;
}

uint64_t gcp_type_left(const struct gcp_catalog *c, const struct gcp_type *t,
                       const struct gcp_project *p)
{
    uint64_t count = gcp_type_count(c, t, p), left = count, i;

    for (i = 0; fc_drift_is_on() && i < count; i++) {
        left -= gcp_gone(p, t, i);
    }
    return left;
}

/* Whether the object would be called otherwise. */
static bool renamed(const struct fc_scene *scene, const struct gcp_type *t, const struct fc_obj *a,
                    const struct fc_obj *b)
{
    struct fc_text one = {0}, other = {0};
    bool same;

    fc_template_print(t->full, scene, a, &one);
    fc_template_print(t->full, scene, b, &other);
    same = one.len == other.len && memcmp(one.data, other.data, one.len) == 0;
    fc_text_fini(&one);
    fc_text_fini(&other);
    return !same;
}

/* The times of change in what was printed from 'start' on. */
static void put_times(struct fc_text *out, size_t start)
{
    static const char *const names[] = {"\"updateTime\":\"", "\"updated\":\""};
    struct fc_text now = {0};
    size_t i;

    fc_clock_print(&now, fc_drift_at_ns(), 0);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char *at = out->len > start ? strstr(out->data + start, names[i]) : NULL;

        while (at != NULL && strlen(at) > strlen(names[i]) + SECONDS_TEXT) {
            memcpy(at + strlen(names[i]), now.data, SECONDS_TEXT);
            at = strstr(at + 1, names[i]);
        }
    }
    fc_text_fini(&now);
}

struct fc_obj gcp_as_now(const struct fc_scene *scene, const struct gcp_project *p,
                         const struct gcp_type *t, const struct fc_obj *o)
{
    struct fc_obj other = *o;

    other.h = fc_hash(o->h, OTHER);
    return gcp_changed(p, t, o->index) && !renamed(scene, t, o, &other) ? other : *o;
}

void gcp_put_body(const struct fc_scene *scene, const struct gcp_project *p,
                  const struct gcp_type *t, const struct fc_obj *o, struct fc_text *out)
{
    struct fc_obj now = gcp_as_now(scene, p, t, o);
    size_t start = out->len;

    fc_template_print(t->body, scene, &now, out);
    if (gcp_changed(p, t, o->index)) {
        put_times(out, start);
    }
}

int64_t gcp_updated_s(const struct gcp_project *p, const struct gcp_type *t, const struct fc_obj *o)
{
    return gcp_changed(p, t, o->index) || gcp_gone(p, t, o->index) ? fc_drift_at_ns() / FC_SECOND
                                                                   : fc_template_born_s(o);
}
