#include "powerbi/result.h"

#include <stdlib.h>

#include "core/rng.h"
#include "powerbi/source.h"

struct uses {
    uint64_t *at;
    size_t count;
    size_t cap;
};

struct result {
    const struct pbi_world *w;
    struct pbi_scan scan;
    size_t next;
    struct uses sources; /* Used by what was printed, maybe more than once. */
    struct uses bad;
};

static void note(struct uses *u, uint64_t source)
{
    if (u->count == u->cap) {
        u->cap = u->cap > 0 ? u->cap * 2 : 64;
        u->at = fc_grow(u->at, u->cap * sizeof(*u->at));
    }
    u->at[u->count++] = source;
}

/* Begins an item: '{"id":"...","name":"Report 1"'. */
static void put_start(const struct result *r, enum pbi_kind kind, const char *id, const char *name,
                      const char *label, uint64_t workspace, unsigned k, struct fc_text *out)
{
    fc_text_printf(out, "%s{\"%s\":", k > 0 ? "," : "", id);
    pbi_put_guid(r->w, kind, pbi_item(workspace, k), out);
    fc_text_printf(out, ",\"%s\":\"%s %llu-%u\"", name, label, (unsigned long long)workspace, k);
}

static void put_users(const struct result *r, enum pbi_kind kind, uint64_t index, const char *right,
                      struct fc_text *out)
{
    if (r->scan.users) {
        pbi_put_users(r->w, kind, index,
                      r->w->spelling == PBI_SPELL_EXAMPLES ? "appUserAccessRight" : right, out);
    }
}

static void put_key_time(const struct result *r, const char *key, enum pbi_kind kind,
                         uint64_t index, uint64_t workspace, struct fc_text *out)
{
    fc_text_printf(out, ",\"%s\":", key);
    pbi_put_time(r->w, kind, index, workspace, out);
}

static void put_report(struct result *r, uint64_t workspace, unsigned k, unsigned datasets,
                       struct fc_text *out)
{
    uint64_t index = pbi_item(workspace, k), h = pbi_chance(r->w, PBI_REPORT, index, 14);

    put_start(r, PBI_REPORT, "id", "name", "Report", workspace, k, out);
    if (h % 7 == 0) {
        fc_text_puts(out, ",\"reportType\":\"PaginatedReport\"");
    } else {
        fc_text_puts(out, ",\"reportType\":\"PowerBIReport\",\"datasetId\":");
        pbi_put_guid(r->w, PBI_DATASET, pbi_item(workspace, k % datasets), out);
    }
    put_key_time(r, "createdDateTime", PBI_REPORT, index, r->w->all, out);
    put_key_time(r, "modifiedDateTime", PBI_REPORT, index, workspace, out);
    pbi_put_person(r->w, "modifiedBy", h >> 8, out);
    pbi_put_marks(r->w, PBI_REPORT, index, out);
    put_users(r, PBI_REPORT, index, "reportUserAccessRight", out);
    fc_text_puts(out, "}");
}

static void put_dashboard(struct result *r, uint64_t workspace, unsigned k, unsigned reports,
                          unsigned datasets, struct fc_text *out)
{
    uint64_t index = pbi_item(workspace, k);
    unsigned i;

    put_start(r, PBI_DASHBOARD, "id", "displayName", "Dashboard", workspace, k, out);
    fc_text_puts(out, ",\"isReadOnly\":false,\"tiles\":[");
    for (i = 0; r->scan.lineage && i < 2; i++) {
        fc_text_puts(out, i > 0 ? ",{\"id\":" : "{\"id\":");
        pbi_put_guid(r->w, PBI_TILE, index * 2 + i, out);
        fc_text_printf(out, ",\"title\":\"Tile %u\",\"reportId\":", i);
        pbi_put_guid(r->w, PBI_REPORT, pbi_item(workspace, i % reports), out);
        fc_text_puts(out, ",\"datasetId\":");
        pbi_put_guid(r->w, PBI_DATASET, pbi_item(workspace, i % reports % datasets), out);
        fc_text_puts(out, "}");
    }
    fc_text_puts(out, "]");
    pbi_put_marks(r->w, PBI_DASHBOARD, index, out);
    put_users(r, PBI_DASHBOARD, index, "dashboardUserAccessRight", out);
    fc_text_puts(out, "}");
}

/* Adds ',"key":[{"targetDataflowId":...,"groupId":...}]': an item of another workspace. */
static void put_upstream(const struct result *r, const char *key, const char *target,
                         enum pbi_kind kind, uint64_t chance, struct fc_text *out)
{
    uint64_t other = r->w->workspaces > 0 ? (chance >> 8) % r->w->workspaces : 0;
    struct pbi_contents c = pbi_contents_once(r->w, other);
    unsigned there = kind == PBI_DATAFLOW  ? c.dataflows
                     : kind == PBI_DATASET ? c.datasets
                                           : c.datamarts;

    if (chance % 3 > 0 || there == 0 || r->w->workspaces == 0) {
        return;
    }
    fc_text_printf(out, ",\"%s\":[{\"%s\":", key, target);
    pbi_put_guid(r->w, kind, pbi_item(other, 0), out);
    fc_text_puts(out, ",\"groupId\":");
    pbi_put_guid(r->w, PBI_WORKSPACE, other, out);
    fc_text_puts(out, "}]");
}

/* What it uses is among the instances whether the usages are shown or not. */
static void put_uses(struct result *r, enum pbi_kind kind, uint64_t index, uint64_t workspace,
                     struct fc_text *out)
{
    uint64_t sources[PBI_MAX_USES], bad;
    unsigned n = pbi_sources_of(r->w, kind, index, workspace, sources), i;
    bool shown = r->scan.lineage;

    for (i = 0; i < n; i++) {
        note(&r->sources, sources[i]);
        if (shown) {
            fc_text_puts(out, i > 0 ? ",{\"datasourceInstanceId\":"
                                    : ",\"datasourceUsages\":[{\"datasourceInstanceId\":");
            pbi_put_guid(r->w, PBI_SOURCE, sources[i], out);
            fc_text_puts(out, "}");
        }
    }
    fc_text_puts(out, n > 0 && shown ? "]" : "");
    if (kind == PBI_DATAMART || !pbi_bad_source_of(r->w, kind, index, &bad)) {
        return;
    }
    note(&r->bad, bad);
    if (shown) {
        fc_text_puts(out, ",\"misconfiguredDatasourceUsages\":[{\"datasourceInstanceId\":");
        pbi_put_guid(r->w, PBI_BAD_SOURCE, bad, out);
        fc_text_puts(out, "}]");
    }
}

static void put_dataset(struct result *r, uint64_t workspace, unsigned k, struct fc_text *out)
{
    uint64_t index = pbi_item(workspace, k), h = pbi_chance(r->w, PBI_DATASET, index, 14);

    put_start(r, PBI_DATASET, "id", "name", "Dataset", workspace, k, out);
    pbi_put_person(r->w, "configuredBy", h, out);
    fc_text_puts(out,
                 ",\"targetStorageMode\":\"Abf\",\"contentProviderType\":\"PbixInImportMode\"");
    put_key_time(r, "createdDate", PBI_DATASET, index, r->w->all, out);
    if (r->scan.schema) {
        pbi_put_schema(r->w, &r->scan, index, out);
    }
    if (r->scan.lineage) {
        put_upstream(r, "upstreamDataflows", "targetDataflowId", PBI_DATAFLOW, h, out);
        put_upstream(r, "upstreamDatasets", "targetDatasetId", PBI_DATASET, h >> 1, out);
        put_upstream(r, "upstreamDatamarts", "targetDatamartId", PBI_DATAMART, h >> 2, out);
    }
    put_uses(r, PBI_DATASET, index, workspace, out);
    pbi_put_marks(r->w, PBI_DATASET, index, out);
    put_users(r, PBI_DATASET, index, "datasetUserAccessRight", out);
    fc_text_puts(out, "}");
}

static void put_dataflow(struct result *r, uint64_t workspace, unsigned k, struct fc_text *out)
{
    uint64_t index = pbi_item(workspace, k), h = pbi_chance(r->w, PBI_DATAFLOW, index, 14);

    put_start(r, PBI_DATAFLOW, "objectId", "name", "Dataflow", workspace, k, out);
    fc_text_puts(out, ",\"description\":\"Daily load\"");
    pbi_put_person(r->w, "configuredBy", h, out);
    pbi_put_person(r->w, "modifiedBy", h >> 8, out);
    put_key_time(r, "modifiedDateTime", PBI_DATAFLOW, index, workspace, out);
    if (r->scan.lineage) {
        put_upstream(r, "upstreamDataflows", "targetDataflowId", PBI_DATAFLOW, h, out);
    }
    put_uses(r, PBI_DATAFLOW, index, workspace, out);
    pbi_put_marks(r->w, PBI_DATAFLOW, index, out);
    put_users(r, PBI_DATAFLOW, index, "dataflowUserAccessRight", out);
    fc_text_puts(out, "}");
}

static void put_datamart(struct result *r, uint64_t workspace, unsigned k, struct fc_text *out)
{
    uint64_t index = pbi_item(workspace, k), h = pbi_chance(r->w, PBI_DATAMART, index, 14);

    put_start(r, PBI_DATAMART, "id", "name", "Datamart", workspace, k, out);
    fc_text_puts(out, ",\"description\":\"For analysts\",\"type\":\"Sql\"");
    pbi_put_person(r->w, "configuredBy", h, out);
    fc_text_puts(out, ",\"configuredById\":");
    pbi_put_guid(r->w, PBI_USER, h % 997, out);
    pbi_put_person(r->w, "modifiedBy", h >> 8, out);
    put_key_time(r, "modifiedDateTime", PBI_DATAMART, index, workspace, out);
    if (r->scan.lineage) {
        put_upstream(
            r, r->w->spelling == PBI_SPELL_EXAMPLES ? "UpstreamDataflows" : "upstreamDataflows",
            "targetDataflowId", PBI_DATAFLOW, h, out);
    }
    put_uses(r, PBI_DATAMART, index, workspace, out);
    pbi_put_marks(r->w, PBI_DATAMART, index, out);
    if (r->scan.users) {
        pbi_put_mart_users(r->w, index, out);
    }
    fc_text_puts(out, "}");
}

static void put_head(struct result *r, uint64_t workspace, struct fc_text *out)
{
    bool deleted = pbi_is_deleted(r->w, workspace);
    uint64_t capacity;

    fc_text_puts(out, "{\"id\":");
    pbi_put_guid(r->w, PBI_WORKSPACE, workspace, out);
    fc_text_puts(out, ",\"name\":");
    pbi_put_name(r->w, workspace, out);
    if (!pbi_is_personal(r->w, workspace)) {
        fc_text_printf(out, ",\"description\":\"%s\"",
                       pbi_is_touched(r->w, workspace) ? "As it is now" : "As it was");
    }
    fc_text_printf(out, ",\"type\":\"%s\",\"state\":\"%s\"",
                   pbi_is_personal(r->w, workspace) ? "PersonalGroup" : "Workspace",
                   deleted ? "Deleted" : "Active");
    if (pbi_capacity_of(r->w, workspace, &capacity)) {
        fc_text_puts(out, ",\"isOnDedicatedCapacity\":true,\"capacityId\":");
        pbi_put_guid(r->w, PBI_CAPACITY, capacity, out);
        fc_text_puts(out, ",\"defaultDatasetStorageFormat\":\"Small\"");
    } else {
        fc_text_puts(out, ",\"isOnDedicatedCapacity\":false");
    }
}

static void put_workspace(struct result *r, uint64_t workspace, struct fc_text *out)
{
    struct pbi_contents c = pbi_contents_of(r->w, workspace);
    unsigned k;

    put_head(r, workspace, out);
    fc_text_puts(out, ",\"reports\":[");
    for (k = 0; k < c.reports; k++) {
        put_report(r, workspace, k, c.datasets, out);
    }
    fc_text_puts(out, "],\"dashboards\":[");
    for (k = 0; k < c.dashboards; k++) {
        put_dashboard(r, workspace, k, c.reports, c.datasets, out);
    }
    fc_text_puts(out, "],\"datasets\":[");
    for (k = 0; k < c.datasets; k++) {
        put_dataset(r, workspace, k, out);
    }
    fc_text_puts(out, "],\"dataflows\":[");
    for (k = 0; k < c.dataflows; k++) {
        put_dataflow(r, workspace, k, out);
    }
    fc_text_puts(out, "],\"datamarts\":[");
    for (k = 0; k < c.datamarts; k++) {
        put_datamart(r, workspace, k, out);
    }
    fc_text_puts(out, "]");
    put_users(r, PBI_WORKSPACE, workspace, "groupUserAccessRight", out);
    fc_text_puts(out, "}");
}

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Each once. */
static void put_instances(const struct result *r, struct uses *u, enum pbi_kind kind,
                          struct fc_text *out)
{
    size_t i;

    if (u->count > 0) {
        qsort(u->at, u->count, sizeof(*u->at), compare);
    }
    for (i = 0; i < u->count; i++) {
        if (i == 0 || u->at[i] != u->at[i - 1]) {
            fc_text_puts(out, i > 0 ? "," : "");
            pbi_put_source(r->w, kind, u->at[i], out);
        }
    }
}

static bool next_workspace(void *ctx, struct fc_text *out)
{
    struct result *r = ctx;

    fc_text_puts(out, r->next == 0 ? "{\"workspaces\":[" : ",");
    put_workspace(r, r->scan.workspaces[r->next++], out);
    if (r->next < r->scan.count) {
        return true;
    }
    fc_text_puts(out, "]");
    if (r->scan.datasource_details) {
        fc_text_puts(out, ",\"datasourceInstances\":[");
        put_instances(r, &r->sources, PBI_SOURCE, out);
        fc_text_puts(out, "],\"misconfiguredDatasourceInstances\":[");
        put_instances(r, &r->bad, PBI_BAD_SOURCE, out);
        fc_text_puts(out, "]");
    }
    fc_text_puts(out, "}");
    return false;
}

static void release(void *ctx)
{
    struct result *r = ctx;

    free(r->sources.at);
    free(r->bad.at);
    free(r);
}

struct fc_source pbi_result_source(const struct pbi_world *w, const struct pbi_scan *scan)
{
    struct result *r = fc_alloc(sizeof(*r));

    *r = (struct result){.w = w, .scan = *scan};
    return fc_source_pieces(next_workspace, release, r);
}
