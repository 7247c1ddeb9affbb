/* groups.c: all workspaces as OData: $top, $skip, $filter, $expand. */
#include <stdlib.h>
#include <string.h>

#include "powerbi/call.h"
#include "powerbi/error.h"
#include "powerbi/filter.h"
#include "powerbi/result.h"

#define MOST 5000

enum part {
    PART_USERS,
    PART_REPORTS,
    PART_DASHBOARDS,
    PART_DATASETS,
    PART_DATAFLOWS,
    PART_WORKBOOKS,
    PARTS
};

static const char *const part_names[PARTS] = {"users",    "reports",   "dashboards",
                                              "datasets", "dataflows", "workbooks"};

struct groups {
    const struct pbi_world *w;
    struct pbi_filter filter;
    char *filter_text;
    bool parts[PARTS];
    uint64_t skip;
    uint64_t left; /* Of $top. */
    uint64_t next;
    struct fc_text base;
    bool first;
};

/* What a filter is asked of. */
struct group {
    const struct pbi_world *w;
    uint64_t index;
};

static bool truth(bool v, struct fc_text *out)
{
    fc_text_puts(out, v ? "true" : "false");
    return true;
}

static const char *type_of(const struct group *g)
{
    return pbi_is_personal(g->w, g->index) ? "PersonalGroup" : "Workspace";
}

static const char *state_of(const struct group *g)
{
    return pbi_is_deleted(g->w, g->index) ? "Deleted" : "Active";
}

static bool has_users(const struct group *g)
{
    return !pbi_is_deleted(g->w, g->index) && !pbi_is_orphaned(g->w, g->index);
}

static bool property(const void *object, struct fc_str name, struct fc_text *out)
{
    const struct group *g = object;
    char id[AZ_GUID];
    uint64_t capacity;
    bool dedicated = pbi_capacity_of(g->w, g->index, &capacity);

    if (fc_str_eq(name, "id")) {
        pbi_guid(g->w, PBI_WORKSPACE, g->index, id);
        fc_text_puts(out, id);
    } else if (fc_str_eq(name, "name")) {
        pbi_put_name(g->w, g->index, out);
        out->len -= 2; /* Its quotes; what is escaped stays so. */
        memmove(out->data, out->data + 1, out->len);
    } else if (fc_str_eq(name, "type")) {
        fc_text_puts(out, type_of(g));
    } else if (fc_str_eq(name, "state")) {
        fc_text_puts(out, state_of(g));
    } else if (fc_str_eq(name, "isOnDedicatedCapacity")) {
        return truth(dedicated, out);
    } else if (fc_str_eq(name, "isReadOnly")) {
        return truth(false, out);
    } else if (fc_str_eq(name, "users/any()")) {
        return truth(has_users(g), out);
    } else if (fc_str_eq(name, "capacityId")) {
        if (dedicated) {
            pbi_guid(g->w, PBI_CAPACITY, capacity, id);
        }
        fc_text_puts(out, dedicated ? id : "");
    } else {
        return false;
    }
    return true;
}

static void put_item(const struct groups *l, enum pbi_kind kind, const char *id, const char *name,
                     const char *label, uint64_t workspace, unsigned k, struct fc_text *out)
{
    fc_text_printf(out, "%s{\"%s\":", k > 0 ? "," : "", id);
    pbi_put_guid(l->w, kind, pbi_item(workspace, k), out);
    fc_text_printf(out, ",\"%s\":\"%s %llu-%u\"", name, label, (unsigned long long)workspace, k);
}

static void put_dataset(const struct groups *l, uint64_t workspace, unsigned k, struct fc_text *out)
{
    uint64_t capacity;

    put_item(l, PBI_DATASET, "id", "name", "Dataset", workspace, k, out);
    fc_text_puts(out, ",\"addRowsAPIEnabled\":false");
    pbi_put_person(l->w, "configuredBy", pbi_chance(l->w, PBI_DATASET, pbi_item(workspace, k), 14),
                   out);
    fc_text_puts(out,
                 ",\"isRefreshable\":true,\"isEffectiveIdentityRequired\":false,"
                 "\"isEffectiveIdentityRolesRequired\":false,\"isOnPremGatewayRequired\":false,"
                 "\"targetStorageMode\":\"Abf\",\"createdDate\":");
    pbi_put_time(l->w, PBI_DATASET, pbi_item(workspace, k), l->w->all, out);
    fc_text_puts(out, ",\"ContentProviderType\":\"PbixInImportMode\","
                      "\"isInPlaceSharingEnabled\":false");
    if (pbi_capacity_of(l->w, workspace, &capacity)) {
        fc_text_puts(out, ",\"encryption\":{\"id\":");
        pbi_put_guid(l->w, PBI_DATASET, pbi_item(workspace, k), out);
        fc_text_puts(out, ",\"encryptionStatus\":\"InSyncWithWorkspace\"}");
    }
    fc_text_puts(out, "}");
}

static void put_report(const struct groups *l, uint64_t workspace, unsigned k, unsigned datasets,
                       struct fc_text *out)
{
    bool paginated = pbi_chance(l->w, PBI_REPORT, pbi_item(workspace, k), 14) % 7 == 0;

    put_item(l, PBI_REPORT, "id", "name", "Report", workspace, k, out);
    fc_text_printf(out, ",\"reportType\":\"%s\"", paginated ? "PaginatedReport" : "PowerBIReport");
    if (!paginated) {
        fc_text_puts(out, ",\"datasetId\":");
        pbi_put_guid(l->w, PBI_DATASET, pbi_item(workspace, k % datasets), out);
    }
    fc_text_puts(out, "}");
}

static void put_part(const struct groups *l, enum part part, uint64_t workspace,
                     struct fc_text *out)
{
    struct pbi_contents c = pbi_contents_of(l->w, workspace);
    unsigned k;

    fc_text_printf(out, ",\"%s\":[", part_names[part]);
    for (k = 0; part == PART_REPORTS && k < c.reports; k++) {
        put_report(l, workspace, k, c.datasets, out);
    }
    for (k = 0; part == PART_DATASETS && k < c.datasets; k++) {
        put_dataset(l, workspace, k, out);
    }
    for (k = 0; part == PART_DASHBOARDS && k < c.dashboards; k++) {
        put_item(l, PBI_DASHBOARD, "id", "displayName", "Dashboard", workspace, k, out);
        fc_text_puts(out, ",\"isReadOnly\":false}");
    }
    for (k = 0; part == PART_DATAFLOWS && k < c.dataflows; k++) {
        put_item(l, PBI_DATAFLOW, "objectId", "name", "Dataflow", workspace, k, out);
        fc_text_puts(out, ",\"description\":\"Daily load\"}");
    }
    if (part == PART_WORKBOOKS && c.datasets > 2) {
        fc_text_puts(out, "{\"name\":\"Sheet\",\"datasetId\":");
        pbi_put_guid(l->w, PBI_DATASET, pbi_item(workspace, 0), out);
        fc_text_puts(out, "}");
    }
    fc_text_puts(out, "]");
}

static void put_group(const struct groups *l, const struct group *g, struct fc_text *out)
{
    const struct pbi_world *w = l->w;
    uint64_t capacity;
    unsigned part;

    fc_text_puts(out, "{\"id\":");
    pbi_put_guid(w, PBI_WORKSPACE, g->index, out);
    fc_text_puts(out, ",\"isReadOnly\":false");
    if (pbi_capacity_of(w, g->index, &capacity)) {
        fc_text_puts(out, ",\"isOnDedicatedCapacity\":true,\"capacityId\":");
        pbi_put_guid(w, PBI_CAPACITY, capacity, out);
        fc_text_puts(out, ",\"defaultDatasetStorageFormat\":\"Small\"");
    } else {
        fc_text_puts(out, ",\"isOnDedicatedCapacity\":false,\"capacityMigrationStatus\":"
                          "\"Migrated\"");
    }
    if (!pbi_is_personal(w, g->index)) {
        fc_text_printf(out, ",\"description\":\"%s\"",
                       pbi_is_touched(w, g->index) ? "As it is now" : "As it was");
    }
    fc_text_printf(out, ",\"type\":\"%s\",\"state\":\"%s\",\"name\":", type_of(g), state_of(g));
    pbi_put_name(w, g->index, out);
    if (!pbi_is_deleted(w, g->index)) {
        fc_text_puts(out, ",\"hasWorkspaceLevelSettings\":false");
    }
    if (l->parts[PART_USERS] && has_users(g)) {
        pbi_put_users(w, PBI_WORKSPACE, g->index, "groupUserAccessRight", out);
    } else if (l->parts[PART_USERS]) {
        fc_text_puts(out, ",\"users\":[]");
    }
    for (part = PART_REPORTS; part < PARTS; part++) {
        if (l->parts[part]) {
            put_part(l, (enum part)part, g->index, out);
        }
    }
    fc_text_puts(out, "}");
}

static bool next_groups(void *ctx, struct fc_text *out)
{
    struct groups *l = ctx;
    unsigned n = 0;

    if (l->first) {
        fc_text_printf(out, "{\"@odata.context\":\"%s/admin/$metadata#groups\",\"value\":[",
                       l->base.data);
    }
    for (; l->next < l->w->all && l->left > 0 && n < 50; l->next++) {
        struct group g = {l->w, l->next};

        if (!pbi_filter_hits(&l->filter, &g)) {
            continue;
        }
        if (l->skip > 0) {
            l->skip--;
            continue;
        }
        fc_text_puts(out, l->first ? "" : ",");
        put_group(l, &g, out);
        l->first = false;
        l->left--;
        n++;
    }
    if (l->next < l->w->all && l->left > 0) {
        return true;
    }
    fc_text_puts(out, "]}");
    return false;
}

static void release(void *ctx)
{
    struct groups *l = ctx;

    fc_text_fini(&l->base);
    free(l->filter_text);
    free(l);
}

static bool read_parts(struct groups *l, struct fc_str expand)
{
    while (expand.n > 0) {
        const char *comma = memchr(expand.p, ',', expand.n);
        struct fc_str word = {expand.p, comma != NULL ? (size_t)(comma - expand.p) : expand.n};
        unsigned part;

        for (part = 0; part < PARTS && !fc_str_eq(word, part_names[part]); part++) {
        }
        if (part == PARTS) {
            return false;
        }
        l->parts[part] = true;
        word.n += comma != NULL;
        expand.p += word.n;
        expand.n -= word.n;
    }
    return true;
}

void pbi_groups(const struct pbi_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct groups *l = fc_alloc(sizeof(*l));
    struct fc_str skip = fc_request_param(rq, "$skip"), filter = fc_request_param(rq, "$filter");
    struct group any = {w, 0};

    *l = (struct groups){.w = w, .first = true};
    if (filter.p != NULL) {
        l->filter_text = fc_strndup(filter.p, filter.n);
        l->filter = (struct pbi_filter){{l->filter_text, filter.n}, property};
    }
    if (!fc_str_u64(fc_request_param(rq, "$top"), &l->left) || l->left < 1 || l->left > MOST) {
        pbi_error(reply, 400, "InvalidRequest", "$top is required and must be 1 to %d", MOST);
    } else if (skip.p != NULL && !fc_str_u64(skip, &l->skip)) {
        pbi_error(reply, 400, "InvalidRequest", "$skip must be a number");
    } else if (!read_parts(l, fc_request_param(rq, "$expand"))) {
        pbi_error(reply, 400, "InvalidRequest", "$expand has a part that is not supported");
    } else if (!pbi_filter_check(&l->filter, &any)) {
        pbi_error(reply, 400, "InvalidRequest", "$filter is not supported");
    } else {
        if (filter.p == NULL) { /* Nothing to look at on the way. */
            l->next = l->skip < w->all ? l->skip : w->all;
            l->skip = 0;
        }
        pbi_base(rq, &l->base);
        fc_reply_source(reply, 200, PBI_JSON, fc_source_pieces(next_groups, release, l),
                        FC_LENGTH_UNKNOWN);
        return;
    }
    release(l);
}
