#include "azure/drift.h"

#include "azure/object.h"
#include "azure/template.h"
#include "core/clock.h"
#include "core/drift.h"
#include "core/rng.h"

#define HISTORY_KEY UINT64_C(0x68697374)
#define DAY (86400 * FC_SECOND)

/* What 't' prints of its children is theirs no less than its own. */
static void keep_still(struct az_world *w, const struct az_template *t)
{
    size_t i, k;

    for (i = 0; t != NULL && i < t->count; i++) {
        for (k = 0; t->steps[i].field == AZ_FIELD_EACH && k < w->catalog->type_count; k++) {
            struct az_type *type = w->catalog->types[k];

            type->still = type->still || type == t->steps[i].of;
        }
    }
}

void az_drift_prepare(struct az_world *w)
{
    size_t i;
    int m;

    for (i = 0; fc_drift_is_on() && i < w->catalog->type_count; i++) {
        for (m = 0; m < AZ_MEMBERS; m++) {
            keep_still(w, w->catalog->types[i]->members[m]);
        }
    }
}

static bool drifts(const struct az_type *t)
{
    return !t->still && t->scope != AZ_SUBS && t->scope != AZ_IN_TENANT;
}

bool az_obj_changed(const struct az_obj *o)
{
    bool shows = o->type->tags || o->type->members[AZ_ETAG] != NULL;

    return drifts(o->type) && shows && fc_drift_changed(o->index);
}

bool az_obj_gone(const struct az_world *w, const struct az_obj *o)
{
    struct az_obj up;

    if (!fc_drift_is_on()) {
        return false;
    }
    if (drifts(o->type) && o->type->scope != AZ_GROUPS && fc_drift_deleted(o->index)) {
        return true;
    }
    if (o->type->parent == NULL) {
        return false;
    }
    up = az_obj_parent(w, o);
    return az_obj_gone(w, &up);
}

int64_t az_obj_change_ns(const struct az_world *w, const struct az_obj *o)
{
    uint64_t h = fc_hash(o->h, HISTORY_KEY);

    if (az_obj_gone(w, o) || az_obj_changed(o)) {
        return fc_drift_at_ns();
    }
    /* One in sixteen, two to eleven days ago. */
    return o->type->tags && h % 16 == 0
               ? fc_clock_start_ns() - 2 * DAY - (int64_t)((h >> 8) % (uint64_t)(9 * DAY))
               : 0;
}
