/* Full resource names, places, and what Google's errors say. */
#include "gcp/error_answer.h"
#include "gcp/session.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static struct wgo_gcp *gcp;
static struct wgo_arena arena;

static void set_up(void)
{
    gcp = calloc(1, sizeof(*gcp));
    cr_assert_not_null(gcp);
    wgo_lock_init(&gcp->lock);
    cr_assert_not_null(wgo_gcp_project_add(gcp, WGO_STR("shop"), WGO_STR("123")));
}

static void tear_down(void)
{
    wgo_gcp_close(gcp);
    wgo_arena_fini(&arena);
}

TestSuite(names, .init = set_up, .fini = tear_down);

Test(names, of_links_and_of_numbers)
{
    static const struct {
        const char *given, *name;
    } cases[] = {
        {"https://www.googleapis.com/compute/v1/projects/shop/zones/a-b1-c/instances/x",
         "//compute.googleapis.com/projects/shop/zones/a-b1-c/instances/x"},
        {"https://compute.googleapis.com/compute/v1/projects/shop/global/networks/n",
         "//compute.googleapis.com/projects/shop/global/networks/n"},
        {"https://compute.googleapis.com/compute/beta/projects/shop/global/networks/n",
         "//compute.googleapis.com/projects/shop/global/networks/n"},
        {"https://container.googleapis.com/v1/projects/shop/locations/l/clusters/c",
         "//container.googleapis.com/projects/shop/locations/l/clusters/c"},
        {"https://sqladmin.googleapis.com/sql/v1beta4/projects/shop/instances/i",
         "//cloudsql.googleapis.com/projects/shop/instances/i"},
        {"https://www.googleapis.com/sql/v1beta4/projects/shop/instances/i",
         "//cloudsql.googleapis.com/projects/shop/instances/i"},
        {"https://sqladmin.googleapis.com/v1/projects/123/instances/i",
         "//cloudsql.googleapis.com/projects/shop/instances/i"},
        {"https://bigtableadmin.googleapis.com/v2/projects/shop/instances/i",
         "//bigtable.googleapis.com/projects/shop/instances/i"},
        {"https://www.googleapis.com/storage/v1/b/bucket", "//storage.googleapis.com/bucket"},
        {"https://storage.googleapis.com/storage/v1/b/bucket", "//storage.googleapis.com/bucket"},
        {"https://www.googleapis.com/storage/v1/b/", "//storage.googleapis.com/b/"},
        {"https://www.googleapis.com/bigquery/v2/projects/shop/datasets/d",
         "//bigquery.googleapis.com/projects/shop/datasets/d"},
        {"https://example.com/v1/projects/shop", "https://example.com/v1/projects/shop"},
        {"https://compute.googleapis.com/compute/v1/",
         "https://compute.googleapis.com/compute/v1/"},
        {"https://www.googleapis.com", "https://www.googleapis.com"},
        {"//run.googleapis.com/projects/123/locations/l/services/s",
         "//run.googleapis.com/projects/shop/locations/l/services/s"},
        {"//cloudresourcemanager.googleapis.com/projects/123",
         "//cloudresourcemanager.googleapis.com/projects/shop"},
        {"//cloudresourcemanager.googleapis.com/projects/123#iam-policy",
         "//cloudresourcemanager.googleapis.com/projects/shop#iam-policy"},
        {"//run.googleapis.com/projects/999/x/y", "//run.googleapis.com/projects/999/x/y"},
        {"//storage.googleapis.com/bucket", "//storage.googleapis.com/bucket"},
        {"projects/123/topics/t", "projects/123/topics/t"},
        {"", ""},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_str name = wgo_gcp_full_name(gcp, wgo_str(cases[i].given), &arena);
        cr_assert(wgo_str_is(name, cases[i].name), "%s: %.*s", cases[i].given, WGO_FMT(name));
    }
}

Test(names, regions_of_zones)
{
    static const char *const cases[][2] = {
        {"us-central1-a", "us-central1"},
        {"europe-west10-b", "europe-west10"},
        {"us-central1", "us-central1"},
        {"global", "global"},
        {"us", "us"},
        {"nam4", "nam4"},
        {"", ""},
        {"a-b", "a-b"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_str region = wgo_gcp_region_of(wgo_str(cases[i][0]));
        cr_assert(wgo_str_is(region, cases[i][1]), "%s: %.*s", cases[i][0], WGO_FMT(region));
    }
}

Test(names, projects_by_id_and_number)
{
    const struct wgo_gcp_project *one = wgo_gcp_project_find(gcp, WGO_STR("shop"));
    cr_assert_not_null(one);
    cr_assert_eq(wgo_gcp_project_numbered(gcp, WGO_STR("123")), one);
    cr_assert_eq(wgo_gcp_project_add(gcp, WGO_STR("shop"), WGO_STR("123")), one);
    cr_assert_null(wgo_gcp_project_find(gcp, WGO_STR("other")));
    cr_assert_null(wgo_gcp_project_numbered(gcp, WGO_STR("")));
    for (unsigned i = 0; i < 3000; i++) {
        cr_assert_not_null(wgo_gcp_project_add(gcp, wgo_str_format(&arena, "p-%u", i),
                                               wgo_str_format(&arena, "%u", 1000 + i)));
    }
    const struct wgo_gcp_project *late = wgo_gcp_project_numbered(gcp, WGO_STR("3999"));
    cr_assert(late && wgo_str_is(late->id, "p-2999"));
}

Test(names, services_that_are_on)
{
    struct wgo_gcp_project *project = wgo_gcp_project_find(gcp, WGO_STR("shop"));
    bool new;
    cr_assert(wgo_gcp_service_is_on(gcp, WGO_STR("shop"), WGO_STR("compute")), "nobody knows");
    cr_assert(wgo_gcp_name_add(gcp, &project->services, WGO_STR("compute.googleapis.com"), &new));
    cr_assert(new);
    cr_assert(wgo_gcp_name_add(gcp, &project->services, WGO_STR("compute.googleapis.com"), &new));
    cr_assert_not(new);
    project->services_known = true;
    cr_assert(wgo_gcp_service_is_on(gcp, WGO_STR("shop"), WGO_STR("compute")));
    cr_assert_not(wgo_gcp_service_is_on(gcp, WGO_STR("shop"), WGO_STR("comp")));
    cr_assert_not(wgo_gcp_service_is_on(gcp, WGO_STR("shop"), WGO_STR("pubsub")));
    cr_assert(wgo_gcp_service_is_on(gcp, WGO_STR("unknown"), WGO_STR("pubsub")));
}

/* ---- errors ---- */

static const char disabled[] =
    "{\"error\":{\"code\":403,\"message\":\"Cloud Run Admin API has not been used in project 1 "
    "before\\nor it is disabled.\",\"status\":\"PERMISSION_DENIED\",\"details\":[{\"@type\":"
    "\"type.googleapis.com/google.rpc.Help\",\"links\":[]},{\"@type\":\"type.googleapis.com/"
    "google.rpc.ErrorInfo\",\"reason\":\"SERVICE_DISABLED\",\"domain\":\"googleapis.com\","
    "\"metadata\":{\"service\":\"run.googleapis.com\"}}]}}";
static const char denied[] =
    "[{\"error\":{\"code\":403,\"message\":\"Permission 'x.y.list' denied\",\"errors\":[{"
    "\"reason\":\"forbidden\"}],\"details\":[{\"reason\":\"IAM_PERMISSION_DENIED\",\"metadata\":"
    "{\"permission\":\"x.y.list\"}}]}}]";

Test(names, of_errors)
{
    struct wgo_gcp_error error;
    wgo_gcp_error_read(wgo_str(disabled), &error);
    cr_assert_str_eq(error.status, "PERMISSION_DENIED");
    cr_assert_str_eq(error.reason, "SERVICE_DISABLED");
    cr_assert_null(strchr(error.message, '\n'));
    wgo_gcp_error_read(wgo_str(denied), &error);
    cr_assert_str_eq(error.reason, "IAM_PERMISSION_DENIED");
    cr_assert_str_eq(error.permission, "x.y.list");
    wgo_gcp_error_read(WGO_STR("{\"error\":{\"errors\":[{\"reason\":\"notFound\"}]}}"), &error);
    cr_assert_str_eq(error.reason, "notFound");
    static const char *const strange[] = {
        "",           "<html>", "[]", "{\"error\":\"text\"}", "{\"error\":{\"details\":[7,null]}}",
        "{\"error\":"};
    for (size_t i = 0; i < WGO_COUNT(strange); i++) {
        wgo_gcp_error_read(wgo_str(strange[i]), &error);
        cr_assert_str_eq(error.reason, "", "%s", strange[i]);
    }
}

/* What each body means to a list, and to a child's list. */
static const struct wgo_entry_view *entry_of(void *engine, struct wgo_str name)
{
    static struct wgo_entry_view list_view, child_view = {.is_child = true};
    (void)engine;
    list_view.name = WGO_STR("x.list");
    list_view.permission = WGO_STR("x.y.list");
    child_view.name = WGO_STR("x.child");
    return wgo_str_is(name, "x.child") ? &child_view : &list_view;
}

static struct wgo_verdict verdict_in(const char *account, const char *entry, int http_status,
                                     const char *body)
{
    struct wgo_services services = {.clock = wgo_clock_system(), .entry = entry_of};
    struct wgo_response response;
    struct wgo_task task = {.entry = wgo_str(entry), .account = wgo_str(account)};
    struct wgo_verdict verdict;
    gcp->services = &services;
    wgo_response_init(&response);
    response.http_status = http_status;
    wgo_buf_cstr(&response.body, body);
    response.body_size = response.body.len;
    wgo_gcp_classify(gcp, &task, &response, &verdict);
    wgo_response_fini(&response);
    gcp->services = NULL;
    return verdict;
}

static struct wgo_verdict verdict_of(const char *entry, int http_status, const char *body)
{
    return verdict_in("shop", entry, http_status, body);
}

#define REASON(text) "{\"error\":{\"message\":\"m\",\"errors\":[{\"reason\":\"" text "\"}]}}"

Test(names, of_verdicts)
{
    static const struct {
        int http_status;
        const char *body;
        enum wgo_verdict_kind kind;
        enum wgo_status status;
    } cases[] = {
        {403, disabled, WGO_VERDICT_FAILED, WGO_E_SKIPPED},
        {403, REASON("accessNotConfigured"), WGO_VERDICT_FAILED, WGO_E_SKIPPED},
        {403, REASON("rateLimitExceeded"), WGO_VERDICT_THROTTLED, WGO_E_THROTTLED},
        {403, REASON("userRateLimitExceeded"), WGO_VERDICT_THROTTLED, WGO_E_THROTTLED},
        {403, REASON("quotaExceeded"), WGO_VERDICT_THROTTLED, WGO_E_THROTTLED},
        {403, REASON("limitExceeded"), WGO_VERDICT_THROTTLED, WGO_E_THROTTLED},
        {403, REASON("dailyLimitExceeded"), WGO_VERDICT_THROTTLED, WGO_E_THROTTLED},
        {403, REASON("dailyLimitExceededUnreg"), WGO_VERDICT_THROTTLED, WGO_E_THROTTLED},
        {403, REASON("rateLimitExceededUnreg"), WGO_VERDICT_THROTTLED, WGO_E_THROTTLED},
        {403, REASON("userRateLimitExceededUnreg"), WGO_VERDICT_THROTTLED, WGO_E_THROTTLED},
        {403, REASON("servingLimitExceeded"), WGO_VERDICT_THROTTLED, WGO_E_THROTTLED},
        {403, REASON("concurrentLimitExceeded"), WGO_VERDICT_THROTTLED, WGO_E_THROTTLED},
        {403, REASON("variableTermLimitExceeded"), WGO_VERDICT_THROTTLED, WGO_E_THROTTLED},
        {403, REASON("variableTermExpiredDailyExceeded"), WGO_VERDICT_THROTTLED, WGO_E_THROTTLED},
        {429, "{\"error\":{\"status\":\"RESOURCE_EXHAUSTED\"}}", WGO_VERDICT_THROTTLED,
         WGO_E_THROTTLED},
        {403, denied, WGO_VERDICT_FAILED, WGO_E_DENIED},
        {403, "no json", WGO_VERDICT_FAILED, WGO_E_DENIED},
        {401, "{}", WGO_VERDICT_REFRESH, WGO_E_AUTH},
        {404, "{}", WGO_VERDICT_FAILED, WGO_E_REJECTED},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_verdict verdict = verdict_of("x.list", cases[i].http_status, cases[i].body);
        cr_assert_eq(verdict.kind, cases[i].kind, "case %zu: %d", i, verdict.kind);
        cr_assert_eq(verdict.status, cases[i].status, "case %zu: %s", i,
                     wgo_status_name(verdict.status));
    }
    cr_assert_eq(verdict_of("x.child", 404, "{}").kind, WGO_VERDICT_NONE);
    cr_assert_str_eq(verdict_of("x.list", 403, denied).hint, "grant x.y.list");
    cr_assert_eq(verdict_of("x.list", 503, "{}").kind, WGO_VERDICT_RETRY);
}

#define OFF_IN(consumer)                                                                           \
    "{\"error\":{\"message\":\"m\",\"status\":\"PERMISSION_DENIED\",\"details\":[{\"reason\":"     \
    "\"SERVICE_DISABLED\",\"metadata\":{\"consumer\":\"" consumer "\"}}]}}"

/* An API that is off in another project than the one that is read says nothing of what is there. */
Test(names, of_what_is_off_and_where)
{
    static const struct {
        const char *account, *body;
        enum wgo_status status;
    } cases[] = {
        {"shop", OFF_IN("projects/123"), WGO_E_SKIPPED},
        {"shop", OFF_IN("project_number:123"), WGO_E_SKIPPED},
        {"shop", OFF_IN("projects/shop"), WGO_E_SKIPPED},
        {"shop", OFF_IN("projects/124"), WGO_E_DENIED},
        {"shop", OFF_IN("projects/12"), WGO_E_DENIED},
        {"shop", disabled, WGO_E_SKIPPED},
        {"unknown", OFF_IN("projects/123"), WGO_E_DENIED},
        {"organizations/5", OFF_IN("projects/123"), WGO_E_DENIED},
        {"organizations/5", disabled, WGO_E_DENIED},
        {"", REASON("accessNotConfigured"), WGO_E_DENIED},
        {"organizations/5", REASON("LOCATION_ORG_POLICY_VIOLATED"), WGO_E_SKIPPED},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_verdict verdict = verdict_in(cases[i].account, "x.list", 403, cases[i].body);
        cr_assert_eq(verdict.status, cases[i].status, "case %zu: %s", i,
                     wgo_status_name(verdict.status));
    }
    struct wgo_verdict verdict = verdict_in("", "x.list", 403, disabled);
    cr_assert_not_null(strstr(verdict.hint, "GOOGLE_CLOUD_QUOTA_PROJECT"), "%s", verdict.hint);
}
