/* kql_changes.c: the rows of ResourceChanges and ResourceContainerChanges: what changed, and what
 * is gone, each once. */
#include "azure/drift.h"
#include "azure/kql_impl.h"
#include "core/clock.h"
#include "core/rng.h"

#define SNAPSHOT_KEY UINT64_C(0x736e6170)

static void put_snapshot(const struct az_obj *o, uint64_t which, struct fc_text *out)
{
    uint64_t h = fc_hash(o->h, SNAPSHOT_KEY + which);
    char guid[AZ_GUID];

    az_guid(h, 1, guid);
    fc_text_printf(out, "085848%014llu_%s_%010llu_%010llu",
                   (unsigned long long)(h % 100000000000000), guid, (unsigned long long)(h >> 32),
                   (unsigned long long)(h & 0xffffffff));
}

static void put_attributes(const struct az_world *w, const struct az_obj *o, bool gone,
                           struct fc_text *out)
{
    char guid[AZ_GUID];

    fc_text_puts(out, "{\"previousResourceSnapshotId\":\"");
    put_snapshot(o, 1, out);
    if (!gone) { /* There is no snapshot of what is gone. */
        fc_text_puts(out, "\",\"newResourceSnapshotId\":\"");
        put_snapshot(o, 2, out);
    }
    az_guid(o->h, SNAPSHOT_KEY, guid);
    fc_text_printf(out,
                   "\",\"correlationId\":\"%s\",\"changedByType\":\"User\",\"changesCount\":%d,"
                   "\"clientType\":\"Azure Portal\",\"changedBy\":\"john@contoso.com\","
                   "\"operation\":\"%s/%s\",\"timestamp\":\"",
                   guid, gone ? 0 : 1, o->type->name, gone ? "delete" : "write");
    fc_clock_print(out, az_obj_change_ns(w, o), 3);
    fc_text_puts(out, "+00:00\"}");
}

static void put_properties(const struct az_world *w, const struct az_obj *o, struct fc_text *out)
{
    bool gone = az_obj_gone(w, o);

    fc_text_puts(out, "{\"targetResourceId\":\"");
    az_put_id(w, o, out);
    fc_text_printf(out,
                   "\",\"targetResourceType\":\"%s\",\"changeType\":\"%s\",\"changeAttributes\":",
                   o->type->graph_name, gone ? "Delete" : "Update");
    put_attributes(w, o, gone, out);
    fc_text_puts(out, gone ? ",\"changes\":{}}"
                           : ",\"changes\":{\"tags.revision\":{\"newValue\":\"2\","
                             "\"previousValue\":\"null\"}}}");
}

void az_put_change(const struct az_world *w, const struct az_obj *o, enum az_column column,
                   struct fc_text *out)
{
    char guid[AZ_GUID];

    az_guid(o->h, SNAPSHOT_KEY + 3, guid);
    switch (column) {
    case AZ_COL_ID:
        az_put_id(w, o, out);
        fc_text_printf(out, "/providers/Microsoft.Resources/changes/%s", guid);
        break;
    case AZ_COL_NAME:
        fc_text_puts(out, guid);
        break;
    case AZ_COL_TYPE:
        fc_text_puts(out, "microsoft.resources/changes");
        break;
    case AZ_COL_PROPERTIES:
        put_properties(w, o, out);
        break;
    default:
        break; /* It has none. */
    }
}
