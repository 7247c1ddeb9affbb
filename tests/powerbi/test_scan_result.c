/* What becomes of a scan's result. */
#include "powerbi/scan_result.h"

#include "base/file.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 256 };

struct kept {
    char *id, *type, *name, *native_type, *configuration, *dependencies, *namespace_name, *created;
    char *group;
};

struct bag {
    struct wgo_emitter base; /* first: handed to the reader */
    struct wgo_arena arena;
    struct kept records[MOST];
    size_t count;
    int64_t row_counts;
    unsigned kept_groups;
    unsigned bad_rows;
};

static char *copy(struct bag *bag, struct wgo_str text)
{
    return wgo_str_cstr(&bag->arena, text);
}

static enum wgo_status on_record(struct wgo_emitter *emitter, const struct wgo_record *record,
                                 struct wgo_error *err)
{
    struct bag *bag = (struct bag *)emitter;
    cr_assert_lt(bag->count, MOST);
    cr_expect_eq(wgo_json_check(record->configuration, err), WGO_OK, "%.*s",
                 WGO_FMT(record->configuration));
    cr_expect(wgo_str_is(record->provider, "powerbi"));
    bag->records[bag->count++] = (struct kept){
        .id = copy(bag, record->id),
        .type = copy(bag, record->type),
        .name = copy(bag, record->name),
        .native_type = copy(bag, record->native_type),
        .configuration = copy(bag, record->configuration),
        .dependencies = copy(bag, record->dependencies),
        .namespace_name = copy(bag, record->namespace_name),
        .created = copy(bag, record->created_at),
        .group = copy(bag, record->listed_group),
    };
    return WGO_OK;
}

static void on_row(struct wgo_emitter *emitter, const struct wgo_row *row)
{
    struct bag *bag = (struct bag *)emitter;
    bag->row_counts += row->count;
    bag->bad_rows += row->seen != WGO_SEEN_OK;
}

static void on_keep_group(struct wgo_emitter *emitter, struct wgo_str group)
{
    struct bag *bag = (struct bag *)emitter;
    bag->kept_groups += group.len > 0;
}

static enum wgo_status read_as(struct bag *bag, struct wgo_str document,
                               const struct wgo_str_list *types, struct wgo_error *err)
{
    struct wgo_redactor redactor = {0};
    struct wgo_powerbi_reader *reader = NULL;
    const struct wgo_powerbi_reader_options options = {
        .tenant = WGO_STR("t"), .redactor = &redactor, .types = types};
    *bag = (struct bag){.base = {.record = on_record,
                                 .row = on_row,
                                 .keep_group = on_keep_group,
                                 .redactor = &redactor}};
    bag->base.arena = &bag->arena;
    cr_assert_eq(wgo_powerbi_reader_new(&options, &reader, err), WGO_OK, "%s", err->message);
    enum wgo_status status =
        wgo_powerbi_read_result(reader, document, &bag->base, NULL, NULL, NULL, err);
    wgo_powerbi_reader_free(reader);
    return status;
}

static const struct kept *find(const struct bag *bag, const char *id)
{
    const struct kept *found = NULL;
    for (size_t i = 0; i < bag->count; i++) {
        if (strcmp(bag->records[i].id, id) == 0) {
            cr_expect(!found || strcmp(found->group, bag->records[i].group) != 0, "twice: %s", id);
            found = &bag->records[i];
        }
    }
    cr_assert_not_null(found, "%s", id);
    return found;
}

static const char document[] =
    "{\"workspaces\":[{\"id\":\"AAAAAAAA-0000-0000-0000-000000000001\",\"name\":\"Sales\","
    "\"type\":\"Workspace\",\"state\":\"Active\",\"capacityId\":\"CAFE\","
    "\"users\":[{\"displayName\":\"Ann\",\"emailAddress\":\"Ann@x.org\",\"graphId\":\"A1\","
    "\"groupUserAccessRight\":\"Admin\"}],"
    "\"reports\":[{\"id\":\"R1\",\"name\":\"Rep\",\"datasetId\":\"D1\","
    "\"createdDateTime\":\"2020-06-16T08:22:49.14\","
    "\"users\":[{\"displayName\":\"Ann\",\"graphId\":\"A1\",\"reportUserAccessRight\":\"Owner\"}]},"
    "{\"id\":\"R2\",\"name\":\"Paper\",\"reportType\":\"PaginatedReport\"}],"
    "\"dashboards\":[{\"id\":\"B1\",\"displayName\":\"Board\",\"tiles\":[{\"id\":\"T1\","
    "\"title\":\"one\",\"reportId\":\"R1\",\"datasetId\":\"D1\"}]}],"
    "\"datasets\":[{\"id\":\"D1\",\"name\":\"Model\",\"tables\":[{\"name\":\"t\",\"measures\":["
    "{\"name\":\"m\",\"expression\":\"SUM(t[x])\"}],\"source\":[{\"expression\":"
    "\"Web.Contents(\\\"u\\\",[Headers=[Authorization=\\\"Bearer PLANTED1\\\"]])\"}]}],"
    "\"expressions\":[{\"name\":\"ApiKey\",\"expression\":\"\\\"PLANTED2\\\" meta []\"},"
    "{\"name\":\"Server\",\"expression\":\"\\\"db.x.org\\\" meta []\"}],"
    "\"datasourceUsages\":[{\"datasourceInstanceId\":\"S1\"},{\"datasourceInstanceId\":\"S1\"}],"
    "\"misconfiguredDatasourceUsages\":[{\"datasourceInstanceId\":\"S2\"}],"
    "\"upstreamDataflows\":[{\"targetDataflowId\":\"F1\",\"groupId\":\"G\"}]}],"
    "\"dataflows\":[{\"objectId\":\"F1\",\"name\":\"Flow\"}],"
    "\"datamarts\":[{\"id\":\"M1\",\"name\":\"Mart\",\"UpstreamDataflows\":[{\"targetDataflowId\":"
    "\"F1\"}]}],\"Lakehouse\":[{\"id\":\"L1\",\"name\":\"Lake\"}],"
    "\"NewThing\":[{\"id\":\"N1\",\"name\":\"New\"}],\"tags\":[\"a\"]}],"
    "\"datasourceInstances\":[{\"datasourceType\":\"Sql\",\"connectionDetails\":{\"server\":"
    "\"db.x.org\",\"database\":\"sales\"},\"datasourceId\":\"S1\",\"gatewayId\":\"G1\"},"
    "{\"datasourceType\":\"Extension\",\"connectionDetails\":{\"kind\":\"Snowflake\",\"path\":"
    "\"acct.snow;WH\"},\"datasourceId\":\"S3\",\"gatewayId\":\"G1\"},"
    "{\"datasourceType\":\"Web\",\"connectionDetails\":{\"url\":\"https://b/c?sig=PLANTED3\"},"
    "\"datasourceId\":\"S4\"}],"
    "\"misconfiguredDatasourceInstances\":[{\"datasourceType\":\"Odbc\",\"connectionDetails\":{"
    "\"connectionString\":\"dsn=x;pwd=PLANTED4\"},\"datasourceId\":\"S2\"}]}";

Test(powerbi_result, everything_in_it_becomes_a_resource)
{
    static const struct {
        const char *id, *type;
    } wanted[] = {
        {"workspaces/aaaaaaaa-0000-0000-0000-000000000001", "fabric_workspace"},
        {"users/a1", "powerbi_user"},
        {"reports/r1", "fabric_report"},
        {"reports/r2", "fabric_paginated_report"},
        {"dashboards/b1", "powerbi_dashboard"},
        {"datasets/d1", "fabric_semantic_model"},
        {"dataflows/f1", "fabric_dataflow"},
        {"datamarts/m1", "powerbi_datamart"},
        {"lakehouses/l1", "fabric_lakehouse"},
        {"newthing/n1", "powerbi_newthing"},
        {"gateways/g1", "fabric_gateway"},
        {"datasources/s1", "powerbi_datasource"},
        {"datasources/s2", "powerbi_datasource"},
        {"datasources/s3", "powerbi_datasource"},
        {"datasources/s4", "powerbi_datasource"},
    };
    struct bag bag;
    struct wgo_error err = {0};
    cr_assert_eq(read_as(&bag, WGO_STR(document), NULL, &err), WGO_OK, "%s", err.message);
    for (size_t i = 0; i < WGO_COUNT(wanted); i++) {
        char id[120];
        snprintf(id, sizeof(id), "powerbi://t/%s", wanted[i].id);
        cr_expect_str_eq(find(&bag, id)->type, wanted[i].type);
    }
    /* One data source is nobody's, and the gateway is of its group and of the workspace's. */
    cr_expect_eq(bag.count, WGO_COUNT(wanted) + 1);
    for (size_t i = 0; i < bag.count; i++) {
        bool nobody = strcmp(bag.records[i].group, "-") == 0;
        cr_expect(nobody ||
                  strcmp(bag.records[i].group, "aaaaaaaa-0000-0000-0000-000000000001") == 0);
        cr_expect(!nobody || strstr(bag.records[i].id, "/datasources/s") ||
                  strstr(bag.records[i].id, "/gateways/g1"));
    }
    cr_expect_eq(bag.row_counts, (int64_t)bag.count);
    cr_expect_eq(bag.bad_rows, 0);
    wgo_arena_fini(&bag.arena);
}

Test(powerbi_result, what_depends_on_what)
{
    struct bag bag;
    struct wgo_error err = {0};
    cr_assert_eq(read_as(&bag, WGO_STR(document), NULL, &err), WGO_OK, "%s", err.message);
    const char *workspace = "powerbi://t/workspaces/aaaaaaaa-0000-0000-0000-000000000001";
    cr_expect_str_eq(find(&bag, workspace)->dependencies, "[\"powerbi://t/capacities/cafe\"]");
    cr_expect_str_eq(find(&bag, "powerbi://t/reports/r1")->dependencies,
                     "[\"powerbi://t/datasets/d1\",\"powerbi://t/workspaces/aaaaaaaa-0000-0000-"
                     "0000-000000000001\"]");
    cr_expect_str_eq(find(&bag, "powerbi://t/reports/r1")->created, "2020-06-16T08:22:49Z");
    cr_expect_str_eq(find(&bag, "powerbi://t/reports/r1")->namespace_name, "Sales");
    const char *model = find(&bag, "powerbi://t/datasets/d1")->dependencies;
    cr_expect_str_eq(model, "[\"powerbi://t/dataflows/f1\",\"powerbi://t/datasources/s1\","
                            "\"powerbi://t/datasources/s2\",\"powerbi://t/workspaces/aaaaaaaa-0000-"
                            "0000-0000-000000000001\"]");
    cr_expect(strstr(find(&bag, "powerbi://t/dashboards/b1")->dependencies, "reports/r1"));
    cr_expect(strstr(find(&bag, "powerbi://t/datamarts/m1")->dependencies, "dataflows/f1"));
    cr_expect_str_eq(find(&bag, "powerbi://t/datasources/s1")->dependencies,
                     "[\"powerbi://t/gateways/g1\"]");
    cr_expect_str_eq(find(&bag, workspace)->configuration,
                     "{\"id\":\"AAAAAAAA-0000-0000-0000-000000000001\",\"name\":\"Sales\",\"type\":"
                     "\"Workspace\",\"state\":\"Active\",\"capacityId\":\"CAFE\",\"users\":[{"
                     "\"displayName\":\"Ann\",\"emailAddress\":\"Ann@x.org\",\"graphId\":\"A1\","
                     "\"groupUserAccessRight\":\"Admin\"}],\"tags\":[\"a\"]}");
    wgo_arena_fini(&bag.arena);
}

Test(powerbi_result, connections_say_where_they_lead)
{
    struct bag bag;
    struct wgo_error err = {0};
    cr_assert_eq(read_as(&bag, WGO_STR(document), NULL, &err), WGO_OK, "%s", err.message);
    const struct kept *sql = find(&bag, "powerbi://t/datasources/s1");
    cr_expect(strstr(sql->configuration, "{\"connector\":\"Sql\",\"server\":\"db.x.org\","
                                         "\"database\":\"sales\",") == sql->configuration,
              "%s", sql->configuration);
    cr_expect_str_eq(sql->name, "db.x.org/sales");
    const struct kept *snow = find(&bag, "powerbi://t/datasources/s3");
    cr_expect(strstr(snow->configuration,
                     "{\"connector\":\"Snowflake\",\"endpoint\":\"acct.snow;WH\",") ==
                  snow->configuration,
              "%s", snow->configuration);
    cr_expect_str_eq(find(&bag, "powerbi://t/datasources/s2")->native_type,
                     "MisconfiguredDatasource");
    wgo_arena_fini(&bag.arena);
}

Test(powerbi_result, no_planted_secret_is_shown)
{
    struct bag bag;
    struct wgo_error err = {0};
    cr_assert_eq(read_as(&bag, WGO_STR(document), NULL, &err), WGO_OK, "%s", err.message);
    for (size_t i = 0; i < bag.count; i++) {
        cr_expect_null(strstr(bag.records[i].configuration, "PLANTED"), "%s",
                       bag.records[i].configuration);
        cr_expect_null(strstr(bag.records[i].name, "PLANTED"));
    }
    const char *model = find(&bag, "powerbi://t/datasets/d1")->configuration;
    cr_expect(strstr(model, "SUM(t[x])"), "%s", model);
    cr_expect(strstr(model, "db.x.org"), "%s", model);
    wgo_arena_fini(&bag.arena);
}

Test(powerbi_result, types_choose)
{
    static const struct wgo_str globs[] = {{"powerbi_datasource", 18}, {"fabric_report", 13}};
    const struct wgo_str_list types = {.items = globs, .count = 2};
    struct bag bag;
    struct wgo_error err = {0};
    cr_assert_eq(read_as(&bag, WGO_STR(document), &types, &err), WGO_OK, "%s", err.message);
    cr_expect_eq(bag.count, 5);
    wgo_arena_fini(&bag.arena);
}

Test(powerbi_result, what_is_no_result_is_said_to_be_none)
{
    static const struct {
        const char *text;
        enum wgo_status status;
    } cases[] = {
        {"", WGO_E_PARSE},
        {"{\"workspaces\":[{\"id\":\"a\"", WGO_E_PARSE},
        {"{}", WGO_E_SERVER},
        {"[]", WGO_E_SERVER},
        {"{\"workspaces\":[{\"name\":\"no id\"}]}", WGO_E_SERVER},
        {"{\"workspaces\":[{\"id\":\"a\",\"reports\":[{\"name\":\"no id\"}]}]}", WGO_E_SERVER},
        {"{\"workspaces\":{\"id\":\"a\"}}", WGO_E_SERVER},
        {"{\"workspaces\":[\"a\"]}", WGO_E_SERVER},
        {"{\"workspaces\":[null]}", WGO_E_SERVER},
        {"{\"workspaces\":[{\"id\":\"a\",\"reports\":{\"id\":\"r\"}}]}", WGO_E_SERVER},
        {"{\"workspaces\":[{\"id\":\"a\",\"reports\":[\"r\"]}]}", WGO_E_SERVER},
        {"{\"workspaces\":[{\"id\":\"a\",\"users\":\"u\"}]}", WGO_E_SERVER},
        {"{\"workspaces\":[],\"datasourceInstances\":{}}", WGO_E_SERVER},
        {"{\"workspaces\":[],\"misconfiguredDatasourceInstances\":[1]}", WGO_E_SERVER},
        {"{\"workspaces\":[]}", WGO_OK},
        {"{\"workspaces\":null}", WGO_OK},
        {"{\"workspaces\":[{\"id\":\"a\",\"reports\":null,\"users\":null,\"Thing\":{}}],"
         "\"datasourceInstances\":null}",
         WGO_OK},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct bag bag;
        struct wgo_error err = {0};
        cr_expect_eq(read_as(&bag, wgo_str(cases[i].text), NULL, &err), cases[i].status, "%s: %s",
                     cases[i].text, err.message);
        wgo_arena_fini(&bag.arena);
    }
}

Test(powerbi_result, contents_that_could_not_be_retrieved_are_said)
{
    struct bag bag;
    struct wgo_error err = {0};
    cr_assert_eq(read_as(&bag,
                         WGO_STR("{\"workspaces\":[{\"id\":\"a\",\"dataRetrievalState\":\"Failed\"}"
                                 ",{\"id\":\"b\",\"dataRetrievalState\":\"Succeeded\"}]}"),
                         NULL, &err),
                 WGO_OK);
    cr_expect_eq(bag.count, 2);
    cr_expect_eq(bag.bad_rows, 1);
    cr_expect_eq(bag.kept_groups, 1);
    wgo_arena_fini(&bag.arena);
}

/* ---- the service's published examples ---- */

static size_t counted;

static bool count(void *state, struct wgo_str value)
{
    (void)state;
    (void)value;
    counted++;
    return true;
}

static size_t count_of(struct wgo_str result, const char *path)
{
    counted = 0;
    cr_assert_eq(wgo_json_each(result, wgo_str(path), count, NULL), WGO_OK);
    return counted;
}

static size_t of_kind(const struct bag *bag, const char *kind)
{
    char head[80];
    size_t found = 0;
    snprintf(head, sizeof(head), "powerbi://t/%s/", kind);
    for (size_t i = 0; i < bag->count; i++) {
        found += strncmp(bag->records[i].id, head, strlen(head)) == 0;
    }
    return found;
}

struct example {
    struct wgo_str result;
    unsigned admin; /* paths of the scanner's calls */
};

static bool each_example(void *state, struct wgo_str item)
{
    struct example *e = state;
    struct wgo_arena arena = {0};
    struct wgo_str path = wgo_json_text(wgo_json_get(item, WGO_STR("path")), &arena);
    e->admin += wgo_str_find(path, WGO_STR("/admin/workspaces/")) < path.len;
    if (wgo_str_ends(path, WGO_STR("/scanResult/{scanId}"))) {
        e->result = wgo_json_get(item, WGO_STR("examples[].response.body"));
    }
    wgo_arena_fini(&arena);
    return true;
}

Test(powerbi_result, the_published_example_is_read_whole)
{
    static const struct {
        const char *path, *kind;
    } kinds[] = {
        {"workspaces[]", "workspaces"},
        {"workspaces[].reports[]", "reports"},
        {"workspaces[].dashboards[]", "dashboards"},
        {"workspaces[].datasets[]", "datasets"},
        {"workspaces[].dataflows[]", "dataflows"},
        {"workspaces[].datamarts[]", "datamarts"},
    };
    const char *shared = getenv("WGO_SHARED_DIR");
    char path[4096];
    struct wgo_buf text = {0};
    struct wgo_error err = {0};
    struct example example = {.admin = 0};
    struct bag bag;
    snprintf(path, sizeof(path), "%s/fixtures/powerbi/examples.json",
             shared ? shared : "../shared");
    if (wgo_file_read(path, 16 << 20, &text, &err) != WGO_OK) {
        cr_skip("SKIPPED: the shared fixtures are not here");
    }
    cr_assert_eq(wgo_json_each(wgo_buf_view(&text), WGO_STR("[]"), each_example, &example), WGO_OK);
    cr_assert(example.admin >= 4 && example.result.ptr);
    cr_assert_eq(read_as(&bag, example.result, NULL, &err), WGO_OK, "%s", err.message);
    for (size_t i = 0; i < WGO_COUNT(kinds); i++) {
        size_t there = count_of(example.result, kinds[i].path);
        cr_expect_eq(of_kind(&bag, kinds[i].kind), there, "%s", kinds[i].kind);
        cr_expect_gt(there, 0, "%s", kinds[i].kind);
    }
    size_t sources = count_of(example.result, "datasourceInstances[]") +
                     count_of(example.result, "misconfiguredDatasourceInstances[]");
    cr_expect_eq(of_kind(&bag, "datasources"), sources);
    cr_expect_gt(of_kind(&bag, "gateways"), 0);
    cr_expect_gt(of_kind(&bag, "users"), 0);
    cr_expect_eq(bag.row_counts, (int64_t)bag.count);
    wgo_arena_fini(&bag.arena);
    wgo_buf_fini(&text);
}
