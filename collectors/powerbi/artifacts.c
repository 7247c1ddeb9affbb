/* artifacts.c: what a workspace holds: reports, dashboards, datasets, dataflows and the rest. */
#include "powerbi/reading.h"

#include "base/secret.h"

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

/* Members that are looked at, in one pass over an item. */
enum member {
    ID,
    OBJECT_ID,
    NAME,
    DISPLAY_NAME,
    CREATED_AT,
    CREATED,
    MODIFIED_AT,
    REPORT_TYPE,
    USERS,
    EXPRESSIONS,
    DATASET,
    TILES,
    SOURCES,
    BAD_SOURCES,
    UP_DATAFLOWS,
    UP_DATASETS,
    UP_DATAMARTS,
    MEMBERS,
};

/* Compared without regard to case: datamarts have some in capitals. */
static const char *const NAMES[MEMBERS] = {
    [ID] = "id",
    [OBJECT_ID] = "objectId",
    [NAME] = "name",
    [DISPLAY_NAME] = "displayName",
    [CREATED_AT] = "createdDateTime",
    [CREATED] = "createdDate",
    [MODIFIED_AT] = "modifiedDateTime",
    [REPORT_TYPE] = "reportType",
    [USERS] = "users",
    [EXPRESSIONS] = "expressions",
    [DATASET] = "datasetId",
    [TILES] = "tiles",
    [SOURCES] = "datasourceUsages",
    [BAD_SOURCES] = "misconfiguredDatasourceUsages",
    [UP_DATAFLOWS] = "upstreamDataflows",
    [UP_DATASETS] = "upstreamDatasets",
    [UP_DATAMARTS] = "upstreamDatamarts",
};

/* Where an item of any kind may point; values are ids. */
static const struct {
    enum member member;
    const char *path, *kind;
} LINKS[] = {
    {DATASET, "", "datasets"},
    {TILES, "[].reportId", "reports"},
    {TILES, "[].datasetId", "datasets"},
    {SOURCES, "[].datasourceInstanceId", "datasources"},
    {BAD_SOURCES, "[].datasourceInstanceId", "datasources"},
    {UP_DATAFLOWS, "[].targetDataflowId", "dataflows"},
    {UP_DATASETS, "[].targetDatasetId", "datasets"},
    {UP_DATAMARTS, "[].targetDatamartId", "datamarts"},
};

/* The members' raw values, the first of each; NULL where there is none. */
static void look_at(struct wgo_str item, struct wgo_str out[MEMBERS])
{
    struct wgo_json json;
    struct wgo_str member, value;
    memset(out, 0, MEMBERS * sizeof(*out));
    wgo_json_init(&json, item);
    if (!wgo_json_enter_object(&json)) {
        return;
    }
    while (wgo_json_next_member(&json, &member) && wgo_json_skip(&json, &value)) {
        for (size_t i = 0; i < MEMBERS; i++) {
            if (!out[i].ptr && wgo_str_eq_nocase(member, wgo_str(NAMES[i]))) {
                out[i] = value;
                break;
            }
        }
    }
}

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
    if (raw.ptr && name.len > 0 && wgo_name_is_secret(name) && h->named_count < MOST_NAMED) {
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
    wgo_powerbi_use(r, usage);
    return true;
}

static struct wgo_str either(struct wgo_powerbi_reading *r, const struct wgo_str *members,
                             enum member one, enum member other)
{
    struct wgo_str text = members[one].ptr ? wgo_json_text(members[one], r->arena) : WGO_STR("");
    return text.len > 0 || !members[other].ptr ? text : wgo_json_text(members[other], r->arena);
}

void wgo_powerbi_artifact(struct wgo_powerbi_reading *r, const struct wgo_powerbi_kind *kind,
                          struct wgo_str item)
{
    struct hiding hiding = {.redactor = r->reader->o.redactor, .arena = r->arena};
    struct wgo_str native = wgo_str(kind->native_type), type = wgo_str(kind->type);
    struct wgo_str members[MEMBERS];
    look_at(item, members);
    struct wgo_str id = either(r, members, ID, OBJECT_ID);
    if (members[REPORT_TYPE].ptr && wgo_str_is(members[REPORT_TYPE], "\"PaginatedReport\"")) {
        native = WGO_STR("PaginatedReport");
        type = WGO_STR("fabric_paginated_report");
    }
    wgo_powerbi_users(r, members[USERS]);
    for (enum member i = SOURCES; i <= BAD_SOURCES; i++) {
        if (members[i].ptr) {
            (void)!wgo_json_each(members[i], WGO_STR("[].datasourceInstanceId"), add_connection, r);
        }
    }
    if (id.len == 0) {
        wgo_powerbi_fail(r, WGO_E_SERVER, "something in the scan's result has no id");
        return;
    }
    if (!wgo_powerbi_wanted(r, type, native)) {
        return;
    }
    if (members[EXPRESSIONS].ptr) {
        (void)!wgo_json_each(members[EXPRESSIONS], WGO_STR("[]"), find_named, &hiding);
    }
    if (!wgo_powerbi_configure(r, r->reader->model, hide, &hiding, item)) {
        return;
    }
    wgo_powerbi_depend(r, "workspaces", r->workspace);
    for (size_t i = 0; i < WGO_COUNT(LINKS); i++) {
        if (members[LINKS[i].member].ptr) {
            wgo_powerbi_depend_on_each(r, members[LINKS[i].member], LINKS[i].path, LINKS[i].kind);
        }
    }
    struct wgo_record record = {
        .id = wgo_powerbi_id(r, kind->kind, id),
        .type = type,
        .name = either(r, members, NAME, DISPLAY_NAME),
        .namespace_name = r->workspace_name,
        .native_id = id,
        .native_type = native,
        .created_at = wgo_powerbi_time(r, either(r, members, CREATED_AT, CREATED)),
        .updated_at = wgo_powerbi_time(r, either(r, members, MODIFIED_AT, MODIFIED_AT)),
        .configuration = wgo_buf_view(&r->configuration),
    };
    wgo_powerbi_emit(r, &record);
}
