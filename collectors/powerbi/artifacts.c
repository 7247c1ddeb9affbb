/* artifacts.c: what a workspace holds: reports, dashboards, datasets, dataflows and the rest. */
#include "powerbi/reading.h"

#include "powerbi/secrets.h"

static const struct wgo_powerbi_kind KINDS[] = {
#define WGO_POWERBI_ARTIFACT(member, native, type, kind) {member, native, type, kind},
#include "powerbi/artifact.def"
#undef WGO_POWERBI_ARTIFACT
};

const struct wgo_powerbi_kind *wgo_powerbi_kind_of(struct wgo_str member)
{
    for (size_t i = 0; i < WGO_COUNT(KINDS); i++) {
        if (wgo_str_eq_nocase(member, wgo_str(KINDS[i].member))) {
            return &KINDS[i];
        }
    }
    return NULL;
}

void wgo_powerbi_types(void (*each)(void *state, const char *type, const char *summary),
                       void *state)
{
    each(state, "fabric_workspace", "Workspaces");
    for (size_t i = 0; i < WGO_COUNT(KINDS); i++) {
        each(state, KINDS[i].type, KINDS[i].native_type);
    }
    each(state, "fabric_paginated_report", "Paginated reports");
    each(state, "powerbi_datasource", "Data sources that datasets and dataflows use");
    each(state, "fabric_gateway", "Gateways that data sources are reached by");
    each(state, "powerbi_user", "Users, groups and applications with access");
}

/* Where else an item of any kind may point; values are ids. */
static const struct {
    const char *path, *kind;
} LINKS[] = {
    {"datasetId", "datasets"},
    {"tiles[].reportId", "reports"},
    {"tiles[].datasetId", "datasets"},
    {"datasourceUsages[].datasourceInstanceId", "datasources"},
    {"misconfiguredDatasourceUsages[].datasourceInstanceId", "datasources"},
    {"upstreamDataflows[].targetDataflowId", "dataflows"},
    {"UpstreamDataflows[].targetDataflowId", "dataflows"}, /* as datamarts have it */
    {"upstreamDatasets[].targetDatasetId", "datasets"},
    {"upstreamDatamarts[].targetDatamartId", "datamarts"},
    {"UpstreamDatamarts[].targetDatamartId", "datamarts"},
};

/* ---- what must not be shown ---- */

enum { MOST_NAMED = 64 };

struct hiding {
    const struct wgo_redactor *redactor;
    struct wgo_arena *arena;
    const char *named[MOST_NAMED]; /* expressions of parameters that are called like a secret */
    size_t named_count;
};

static bool find_named(void *state, struct wgo_str expression)
{
    struct hiding *h = state;
    struct wgo_str name = wgo_json_text(wgo_json_get(expression, WGO_STR("name")), h->arena);
    struct wgo_str raw = wgo_json_get(expression, WGO_STR("expression"));
    if (raw.ptr && name.len > 0 && wgo_powerbi_name_is_secret(name) &&
        h->named_count < MOST_NAMED) {
        h->named[h->named_count++] = raw.ptr;
    }
    return true;
}

static bool hide(void *state, struct wgo_str raw, struct wgo_buf *out)
{
    struct hiding *h = state;
    void *redactor = (void *)(uintptr_t)h->redactor;
    for (size_t i = 0; i < h->named_count; i++) {
        if (h->named[i] == raw.ptr) {
            return wgo_redact_json(redactor, raw, out);
        }
    }
    /* More of them than are remembered: better all than one too few. */
    return h->named_count == MOST_NAMED ? wgo_redact_json(redactor, raw, out)
                                        : wgo_powerbi_redact_text(redactor, raw, out);
}

/* ---- records ---- */

static bool add_connection(void *state, struct wgo_str usage)
{
    struct wgo_powerbi_reading *r = state;
    r->connections += wgo_json_fingerprint(usage); /* their order means nothing */
    return true;
}

void wgo_powerbi_artifact(struct wgo_powerbi_reading *r, const struct wgo_powerbi_kind *kind,
                          struct wgo_str item)
{
    struct hiding hiding = {.redactor = r->reader->o.redactor, .arena = r->arena};
    struct wgo_str id = wgo_powerbi_text(r, item, "id");
    struct wgo_str name = wgo_powerbi_text(r, item, "name");
    id = id.len > 0 ? id : wgo_powerbi_text(r, item, "objectId");
    name = name.len > 0 ? name : wgo_powerbi_text(r, item, "displayName");
    struct wgo_str created = wgo_powerbi_text(r, item, "createdDateTime");
    struct wgo_str native = wgo_str(kind->native_type), type = wgo_str(kind->type);
    if (wgo_str_is(wgo_powerbi_text(r, item, "reportType"), "PaginatedReport")) {
        native = WGO_STR("PaginatedReport");
        type = WGO_STR("fabric_paginated_report");
    }
    wgo_powerbi_users(r, wgo_json_get(item, WGO_STR("users")));
    wgo_powerbi_users(r, wgo_json_get(item, WGO_STR("Users"))); /* as datamarts have them */
    (void)!wgo_json_each(item, WGO_STR("datasourceUsages[].datasourceInstanceId"), add_connection,
                         r);
    if (id.len == 0) {
        wgo_powerbi_fail(r, WGO_E_SERVER, "something in the scan's result has no id");
        return;
    }
    if (!wgo_powerbi_wanted(r, type, native)) {
        return;
    }
    (void)!wgo_json_each(item, WGO_STR("expressions[]"), find_named, &hiding);
    if (!wgo_powerbi_configure(r, r->reader->model, hide, &hiding, item)) {
        return;
    }
    wgo_powerbi_depend(r, "workspaces", r->workspace);
    for (size_t i = 0; i < WGO_COUNT(LINKS); i++) {
        wgo_powerbi_depend_on_each(r, item, LINKS[i].path, LINKS[i].kind);
    }
    struct wgo_record record = {
        .id = wgo_powerbi_id(r, kind->kind, id),
        .type = type,
        .name = name,
        .namespace_name = r->workspace_name,
        .native_id = id,
        .native_type = native,
        .created_at =
            wgo_powerbi_time(r, item, created.len > 0 ? "createdDateTime" : "createdDate"),
        .updated_at = wgo_powerbi_time(r, item, "modifiedDateTime"),
        .configuration = wgo_buf_view(&r->configuration),
    };
    wgo_powerbi_emit(r, &record);
}
