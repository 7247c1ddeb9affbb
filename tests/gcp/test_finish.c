/* The last touch on records, and the rows of lists that answer although a part of them did not. */
#include "gcp/session.h"

#include "base/json.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_ROWS = 8 };

static struct wgo_gcp *gcp;
static struct wgo_arena arena;
static struct wgo_error error;

static struct {
    struct {
        char account[40], region[40], type[40], error[200];
        enum wgo_completeness seen;
    } rows[MOST_ROWS];
    unsigned row_count, item_calls, reports;
    struct wgo_error reported; /* the last */
    enum wgo_status items_say;
} desk;

static void take_row(struct wgo_emitter *emitter, const struct wgo_row *row)
{
    (void)emitter;
    cr_assert_lt(desk.row_count, MOST_ROWS);
    snprintf(desk.rows[desk.row_count].account, 40, "%.*s", WGO_FMT(row->account));
    snprintf(desk.rows[desk.row_count].region, 40, "%.*s", WGO_FMT(row->region));
    snprintf(desk.rows[desk.row_count].type, 40, "%.*s", WGO_FMT(row->type));
    snprintf(desk.rows[desk.row_count].error, 200, "%.*s", WGO_FMT(row->error));
    desk.rows[desk.row_count++].seen = row->seen;
}

static enum wgo_status take_items(struct wgo_emitter *emitter, struct wgo_str document,
                                  struct wgo_error *err)
{
    (void)emitter;
    (void)document;
    desk.item_calls++;
    return desk.items_say == WGO_OK ? WGO_OK : wgo_fail(err, desk.items_say, "no items");
}

static void take_report(void *engine, const struct wgo_error *err)
{
    (void)engine;
    desk.reports++;
    desk.reported = *err;
}

static const struct wgo_services services = {.report = take_report};
static struct wgo_emitter emitter = {.arena = &arena, .row = take_row, .items = take_items};

static void set_up(void)
{
    memset(&desk, 0, sizeof(desk));
    gcp = calloc(1, sizeof(*gcp));
    cr_assert_not_null(gcp);
    gcp->services = &services;
    wgo_lock_init(&gcp->lock);
    cr_assert_not_null(wgo_gcp_project_add(gcp, WGO_STR("shop"), WGO_STR("123")));
}

static void tear_down(void)
{
    wgo_gcp_close(gcp);
    wgo_arena_fini(&arena);
}

TestSuite(gcp_finish, .init = set_up, .fini = tear_down);

static struct wgo_record finished(struct wgo_record record, const char *item)
{
    enum wgo_status status = wgo_gcp_finish(gcp, wgo_str(item), &emitter, &record, &error);
    cr_assert_eq(status, WGO_OK, "%s", error.message);
    return record;
}

static void is(struct wgo_str got, const char *wanted)
{
    cr_assert(wgo_str_is(got, wanted), "%.*s, not %s", WGO_FMT(got), wanted);
}

/* ---- whose it is ---- */

Test(gcp_finish, an_asset_belongs_to_its_first_ancestor)
{
    static const struct {
        const char *source, *item, *account;
    } cases[] = {
        {"assets", "{\"ancestors\":[\"projects/123\",\"folders/1\",\"organizations/9\"]}", "shop"},
        {"assets", "{\"ancestors\":[\"folders/1\",\"organizations/9\"]}", "folders/1"},
        {"assets", "{\"ancestors\":[\"organizations/9\"]}", "organizations/9"},
        {"assets", "{\"ancestors\":[\"projects/456\"]}", "place"}, /* nobody knows its id */
        {"assets", "{\"ancestors\":[]}", "place"},
        {"assets", "{}", "place"},
        {"search", "{\"project\":\"projects/123\"}", "shop"},
        {"search", "{\"project\":7}", "place"},
        {"list", "{\"ancestors\":[\"projects/123\"],\"project\":\"projects/123\"}", "place"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_record record = {.id = WGO_STR("//pubsub.googleapis.com/x"),
                                    .account = WGO_STR("place"),
                                    .source_type = wgo_str(cases[i].source)};
        is(finished(record, cases[i].item).account, cases[i].account);
    }
}

Test(gcp_finish, ids_say_projects_by_their_ids)
{
    struct wgo_record record = {
        .id = WGO_STR("https://www.googleapis.com/compute/v1/projects/shop/global/networks/n")};
    is(finished(record, "{}").id, "//compute.googleapis.com/projects/shop/global/networks/n");
    record.id = WGO_STR("//run.googleapis.com/projects/123/locations/l/services/s");
    is(finished(record, "{}").id, "//run.googleapis.com/projects/shop/locations/l/services/s");
}

Test(gcp_finish, service_accounts_go_by_their_addresses)
{
    struct wgo_record record = {
        .id = WGO_STR("//iam.googleapis.com/projects/123/serviceAccounts/1002003"),
        .native_type = WGO_STR("iam.googleapis.com/ServiceAccount"),
        .source_type = WGO_STR("assets"),
    };
    const char *named = "{\"resource\":{\"data\":{\"email\":\"sa@shop.example\"}}}";
    is(finished(record, named).id,
       "//iam.googleapis.com/projects/shop/serviceAccounts/sa@shop.example");
    is(finished(record, "{}").id, "//iam.googleapis.com/projects/shop/serviceAccounts/1002003");
    record.native_type = WGO_STR("iam.googleapis.com/ServiceAccountKey");
    is(finished(record, named).id, "//iam.googleapis.com/projects/shop/serviceAccounts/1002003");
}

/* ---- where it is ---- */

Test(gcp_finish, regions_come_from_the_record_else_from_the_name)
{
    static const struct {
        const char *said, *id, *region;
    } cases[] = {
        {"", "//x.googleapis.com/projects/p/locations/europe-west1/a/b", "europe-west1"},
        {"", "//x.googleapis.com/projects/p/zones/us-east1-b/a/b", "us-east1"},
        {"", "//x.googleapis.com/projects/p/regions/us-west1/a/b", "us-west1"},
        {"", "//x.googleapis.com/projects/p/locations/asia-east1", "asia-east1"},
        {"", "//x.googleapis.com/projects/p/a/b", ""},
        {"US-EAST1", "//x.googleapis.com/projects/p/zones/us-west1-b/a/b", "us-east1"},
        {"us-central1-f", "//x.googleapis.com/b", "us-central1"},
        {"EU", "//storage.googleapis.com/b", "eu"},
        {"global", "//x.googleapis.com/b", "global"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_record record = {.id = wgo_str(cases[i].id), .region = wgo_str(cases[i].said)};
        is(finished(record, "{}").region, cases[i].region);
    }
}

Test(gcp_finish, what_is_regional_has_the_inventory_s_word_for_it)
{
    struct wgo_record record = {
        .id = WGO_STR("//compute.googleapis.com/projects/p/regions/r/disks/d"),
        .native_type = WGO_STR("compute.googleapis.com/Disk"),
    };
    is(finished(record, "{}").native_type, "compute.googleapis.com/RegionDisk");
    record.native_type = WGO_STR("compute.googleapis.com/Address");
    is(finished(record, "{}").native_type, "compute.googleapis.com/Address");
    record.id = WGO_STR("//compute.googleapis.com/projects/p/zones/r-b/disks/d");
    record.native_type = WGO_STR("compute.googleapis.com/Disk");
    is(finished(record, "{}").native_type, "compute.googleapis.com/Disk");
}

/* ---- what it depends on ---- */

Test(gcp_finish, links_become_ids_and_what_is_above_is_one)
{
    static const struct {
        const char *id, *part, *said, *dependencies;
    } cases[] = {
        {"//x.googleapis.com/projects/shop/topics/t", "",
         "[\"https://www.googleapis.com/compute/v1/projects/shop/global/networks/n\","
         "\"//pubsub.googleapis.com/projects/123/topics/a\",\"plain\",\"//x.googleapis.com/\","
         "\"//x.googleapis.com/projects/shop/topics/t\","
         "\"//pubsub.googleapis.com/projects/shop/topics/a\"]",
         "[\"//compute.googleapis.com/projects/shop/global/networks/n\","
         "\"//pubsub.googleapis.com/projects/shop/topics/a\"]"},
        {"//x.googleapis.com/projects/p/locations/l/keyRings/r/cryptoKeys/k", "", "",
         "[\"//x.googleapis.com/projects/p/locations/l/keyRings/r\"]"},
        {"//x.googleapis.com/projects/p/locations/l/keyRings/r/cryptoKeys/k", "policy", "", ""},
        {"//x.googleapis.com/projects/p/locations/l/keyRings/r", "", "", ""},
        {"//x.googleapis.com/projects/p/global/networks/n", "", "", ""},
        {"//x.googleapis.com/folders/1", "", "", ""},
        {"//storage.googleapis.com/bucket", "", "", ""},
        {"//x", "", "", ""},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_record record = {.id = wgo_str(cases[i].id),
                                    .part = wgo_str(cases[i].part),
                                    .dependencies = wgo_str(cases[i].said)};
        is(finished(record, "{}").dependencies, cases[i].dependencies);
    }
}

Test(gcp_finish, a_list_is_nothing_to_depend_on)
{
    static const struct {
        const char *id, *type, *said, *dependencies;
    } cases[] = {
        {"//dns.googleapis.com/projects/p/managedZones/z/rrsets/a.b./A", "google_dns_record_set",
         "[\"//dns.googleapis.com/projects/p/managedZones/z\"]",
         "[\"//dns.googleapis.com/projects/p/managedZones/z\"]"},
        {"//cloudsql.googleapis.com/projects/p/instances/i/users/-/u", "google_sql_user", "", ""},
        /* A thing may be called so. */
        {"//x.googleapis.com/projects/p/datasets/users/tables/t", "google_bigquery_table", "",
         "[\"//x.googleapis.com/projects/p/datasets/users\"]"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_record record = {.id = wgo_str(cases[i].id),
                                    .type = wgo_str(cases[i].type),
                                    .dependencies = wgo_str(cases[i].said)};
        is(finished(record, "{}").dependencies, cases[i].dependencies);
    }
}

/* ---- lists with holes ---- */

TestSuite(gcp_partial, .init = set_up, .fini = tear_down);

static enum wgo_status read_page(const char *document)
{
    const struct wgo_task task = {.account = WGO_STR("shop"), .type = WGO_STR("google_thing")};
    const struct wgo_page page = {.task = &task, .document = wgo_str(document)};
    error = (struct wgo_error){0};
    return wgo_gcp_decode_google(gcp, &page, &emitter, &error);
}

Test(gcp_partial, each_place_that_did_not_answer_is_a_row)
{
    static const struct {
        const char *document, *region, *error;
    } cases[] = {
        {"{\"unreachable\":[\"projects/p/locations/europe-west1\"]}", "europe-west1",
         "projects/p/locations/europe-west1 could not be reached"},
        {"{\"missingZones\":[\"us-east1-b\"]}", "us-east1", "us-east1-b could not be reached"},
        {"{\"unreachables\":[\"l\"]}", "l", "l could not be reached"},
        {"{\"unreachableLocations\":[\"l\"]}", "l", "l could not be reached"},
        {"{\"failedLocations\":[\"l\"]}", "l", "l could not be reached"},
        {"{\"items\":{\"zones/us-east1-b\":{\"warning\":{\"code\":\"UNREACHABLE\",\"message\":"
         "\"it is down\"}},\"zones/us-east1-c\":{\"disks\":[{}]},\"zones/us-east1-d\":{\"warning\":"
         "{\"code\":\"NO_RESULTS_ON_PAGE\",\"message\":\"none\"}}}}",
         "us-east1", "UNREACHABLE: it is down"},
        {"{\"items\":{\"regions/r\":{\"warning\":{\"code\":\"X\"}}}}", "r", "X"},
        {"{\"items\":[],\"warning\":{\"code\":\"PARTIAL\",\"message\":\"some\"}}", "",
         "PARTIAL: some"},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        memset(&desk, 0, sizeof(desk));
        cr_assert_eq(read_page(cases[i].document), WGO_OK);
        cr_assert_eq(desk.item_calls, 1, "%s", cases[i].document);
        cr_assert_eq(desk.row_count, 1, "%u rows of %s", desk.row_count, cases[i].document);
        cr_assert_eq(desk.rows[0].seen, WGO_SEEN_UNAVAILABLE);
        cr_assert_str_eq(desk.rows[0].account, "shop");
        cr_assert_str_eq(desk.rows[0].type, "google_thing");
        cr_assert_str_eq(desk.rows[0].region, cases[i].region);
        cr_assert_str_eq(desk.rows[0].error, cases[i].error);
        cr_assert_eq(desk.reports, 1, "the summary is not told");
        cr_assert_eq(desk.reported.status, WGO_E_UNAVAILABLE);
        cr_assert_str_eq(desk.reported.message, cases[i].error);
        cr_assert_str_eq(desk.reported.scope, "shop");
        cr_assert_str_eq(desk.reported.operation, "google_thing");
    }
}

Test(gcp_partial, a_whole_list_has_no_row)
{
    static const char *const documents[] = {
        "{\"items\":[{\"warning\":{\"code\":\"X\"},\"unreachable\":[\"l\"]}]}",
        "{\"items\":{\"zones/a\":{\"disks\":[]},\"zones/b\":7}}",
        "{\"unreachable\":[]}",
        "{\"unreachable\":[\"\"]}",
        "{\"warning\":\"text\"}",
        "{\"warning\":{}}",
        "{\"warning\":{\"code\":\"NO_RESULTS_ON_PAGE\"}}",
        "{}",
        "[{\"unreachable\":[\"l\"]}]",
    };
    for (size_t i = 0; i < WGO_COUNT(documents); i++) {
        cr_assert_eq(read_page(documents[i]), WGO_OK, "%s", documents[i]);
        cr_assert_eq(desk.row_count + desk.reports, 0, "%s", documents[i]);
        cr_assert_eq(desk.item_calls, i + 1);
    }
}

Test(gcp_partial, items_that_cannot_be_read_come_first)
{
    desk.items_say = WGO_E_PARSE;
    cr_assert_eq(read_page("{\"unreachable\":[\"l\"]}"), WGO_E_PARSE);
    cr_assert_eq(desk.row_count, 0);
    cr_assert_str_eq(error.message, "no items");
}

Test(gcp_partial, several_places_are_several_rows)
{
    cr_assert_eq(read_page("{\"unreachable\":[\"a\",\"b\",\"c\"],\"warning\":{\"code\":\"W\"}}"),
                 WGO_OK);
    cr_assert_eq(desk.row_count, 4);
    cr_assert_str_eq(desk.rows[2].region, "c");
    cr_assert_eq(desk.reports, 4);
}
