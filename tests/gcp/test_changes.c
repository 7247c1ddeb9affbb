/* What is asked of a place that an earlier scan has read, and what of it is told to stand. */
#include "gcp/changes.h"

#include "base/json.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 16, TEXT = 40000 };

/* 2026-01-31T09:00:00Z, and an hour before. */
#define SINCE_S INT64_C(1769850000)
#define AFTER "1769846400"

enum { WHOSE = 7 };

static struct wgo_gcp *gcp;
static struct wgo_arena arena;
static struct wgo_error error;

static struct {
    int64_t since;
    const char *known; /* the etag that is */
    struct {
        char entry[40], account[40], type[8], place[80], after[16], types[200];
        char names[TEXT];
    } tasks[MOST];
    unsigned task_count;
    char kept[MOST][120];
    unsigned kept_count;
    char rows[MOST][60];
    unsigned row_count;
    char items[TEXT];
    unsigned item_calls, notices;
    char note_key[80], note[16]; /* what is remembered */
} desk;

static int64_t tell_since(void *engine, struct wgo_str account, struct wgo_str region,
                          struct wgo_str type, uint64_t whose)
{
    (void)engine;
    cr_assert_eq(whose, WHOSE);
    cr_assert(account.len > 0 && region.len == 0 && wgo_str_is(type, "*"));
    return desk.since;
}

static bool tell_known(void *engine, struct wgo_str id, struct wgo_str version)
{
    (void)engine;
    cr_assert(wgo_str_starts(id, WGO_STR("//cloudresourcemanager.googleapis.com/projects/")));
    return wgo_str_is(version, desk.known);
}

static enum wgo_status tell_note(void *engine, struct wgo_str key, struct wgo_buf *out)
{
    (void)engine;
    if (!wgo_str_is(key, desk.note_key)) {
        return WGO_E_ABSENT;
    }
    wgo_buf_cstr(out, desk.note);
    return WGO_OK;
}

static void take_note(void *engine, struct wgo_str key, struct wgo_str value, int64_t lifetime_ns)
{
    (void)engine;
    cr_assert_gt(lifetime_ns, 0);
    snprintf(desk.note_key, sizeof(desk.note_key), "%.*s", WGO_FMT(key));
    snprintf(desk.note, sizeof(desk.note), "%.*s", WGO_FMT(value));
}

static void take_notice(void *engine, const char *format, ...)
{
    (void)engine;
    (void)format;
    desk.notices++;
}

/* Of the kinds here one leads on. */
static const struct wgo_entry_view *tell_entry(void *engine, size_t index)
{
    static const struct wgo_entry_view views[] = {
        {.name = {"pubsub.topics", 13}},
        {.name = {"sqladmin.instances", 18},
         .native_type = {"sqladmin.googleapis.com/Instance", 32},
         .leads_on = true},
    };
    (void)engine;
    return index < WGO_COUNT(views) ? &views[index] : NULL;
}

static const struct wgo_services services = {.since = tell_since,
                                             .known = tell_known,
                                             .notice = take_notice,
                                             .entry_at = tell_entry,
                                             .cache_get = tell_note,
                                             .cache_put = take_note};

static void put(char *out, size_t size, struct wgo_str text)
{
    cr_assert_lt(text.len, size);
    snprintf(out, size, "%.*s", WGO_FMT(text));
}

static enum wgo_status take_task(struct wgo_emitter *emitter, const struct wgo_task *task,
                                 struct wgo_error *err)
{
    (void)emitter;
    (void)err;
    cr_assert_lt(desk.task_count, MOST);
    unsigned i = desk.task_count++;
    put(desk.tasks[i].entry, 40, task->entry);
    put(desk.tasks[i].account, 40, task->account);
    put(desk.tasks[i].type, 8, task->type);
    put(desk.tasks[i].place, 80, wgo_task_var(task, WGO_STR("place")));
    put(desk.tasks[i].after, 16, wgo_task_var(task, WGO_STR("after")));
    put(desk.tasks[i].types, 200, wgo_task_var(task, WGO_STR("types")));
    put(desk.tasks[i].names, TEXT, wgo_task_var(task, WGO_STR("names")));
    return WGO_OK;
}

/* Of one entry, of the same name. */
static enum wgo_status take_scope(struct wgo_emitter *emitter, const struct wgo_scope *scope,
                                  struct wgo_error *err)
{
    struct wgo_task task = wgo_scope_task(scope, scope->kind);
    task.type = WGO_STR("*");
    return take_task(emitter, &task, err);
}

static void take_keep(struct wgo_emitter *emitter, struct wgo_str id)
{
    (void)emitter;
    cr_assert_lt(desk.kept_count, MOST);
    put(desk.kept[desk.kept_count++], 120, id);
}

static void take_row(struct wgo_emitter *emitter, const struct wgo_row *row)
{
    (void)emitter;
    cr_assert_lt(desk.row_count, MOST);
    cr_assert_eq(row->seen, WGO_SEEN_OK);
    cr_assert(row->count == 0 && row->region.len == 0 && wgo_str_is(row->type, "*"));
    put(desk.rows[desk.row_count++], 60, row->account);
}

static enum wgo_status take_items(struct wgo_emitter *emitter, struct wgo_str document,
                                  struct wgo_error *err)
{
    (void)emitter;
    enum wgo_status status = wgo_json_check(document, err);
    put(desk.items, TEXT, document);
    desk.item_calls++;
    return status;
}

static struct wgo_emitter emitter = {.arena = &arena,
                                     .task = take_task,
                                     .scope = take_scope,
                                     .keep = take_keep,
                                     .row = take_row,
                                     .items = take_items};

static void set_up(void)
{
    memset(&desk, 0, sizeof(desk));
    desk.since = SINCE_S * WGO_S;
    desk.known = "e1";
    gcp = calloc(1, sizeof(*gcp));
    cr_assert_not_null(gcp);
    gcp->services = &services;
    gcp->whose = WHOSE;
    wgo_lock_init(&gcp->lock);
    cr_assert_not_null(wgo_gcp_project_add(gcp, WGO_STR("shop"), WGO_STR("123")));
}

static void tear_down(void)
{
    wgo_gcp_close(gcp);
    wgo_arena_fini(&arena);
}

TestSuite(gcp_changes, .init = set_up, .fini = tear_down);

static void begin(const char *place, const char *account)
{
    enum wgo_status status =
        wgo_gcp_inventory(gcp, wgo_str(place), wgo_str(account), &emitter, &error);
    cr_assert_eq(status, WGO_OK, "%s", error.message);
}

static void begin_shop(void)
{
    begin("projects/shop", "shop");
    memset(desk.tasks, 0, sizeof(desk.tasks));
    desk.task_count = 0;
}

static struct wgo_task task_of(const char *entry, const char *place, const char *names)
{
    struct wgo_str account = wgo_str(place);
    if (wgo_str_starts(account, WGO_STR("projects/"))) {
        account = wgo_str_slice(account, sizeof("projects/") - 1, account.len);
    }
    struct wgo_task task = {.entry = wgo_str(entry), .account = account};
    cr_assert(wgo_task_set(&task, WGO_STR("place"), wgo_str(place)));
    cr_assert(!names || wgo_task_set(&task, WGO_STR("names"), wgo_str(names)));
    return task;
}

static enum wgo_status decode(wgo_gcp_decode_fn *decoder, const char *place, const char *names,
                              const char *document)
{
    struct wgo_task task = task_of("x", place, names);
    const struct wgo_page page = {.task = &task, .document = wgo_str(document)};
    error = (struct wgo_error){0};
    return decoder(gcp, &page, &emitter, &error);
}

static enum wgo_status refuse(wgo_gcp_decode_fn *decoder)
{
    struct wgo_task task = task_of("x", "projects/shop", NULL);
    const struct wgo_verdict verdict = {.status = WGO_E_DENIED, .message = "it is not for you"};
    const struct wgo_page page = {.task = &task, .fallback = true, .verdict = &verdict};
    return decoder(gcp, &page, &emitter, &error);
}

#define ASSET(name, type, time)                                                                    \
    "{\"name\":\"//x.googleapis.com/projects/123/" name "\",\"assetType\":\"" type                 \
    "\",\"ancestors\":[\"projects/123\",\"organizations/9\"],\"updateTime\":\"" time "\"}"
#define OLD "2026-01-31T07:59:59Z"
#define NEW "2026-01-31T08:00:00Z"
#define TOPIC "pubsub.googleapis.com/Topic"
#define KEPT(name) "//x.googleapis.com/projects/shop/" name

/* ---- how it begins ---- */

Test(gcp_changes, a_place_that_was_never_seen_is_listed_whole)
{
    desk.since = 0;
    begin("projects/shop", "shop");
    cr_assert_eq(desk.task_count, 1);
    cr_assert_str_eq(desk.tasks[0].entry, "asset.list");
    cr_assert_str_eq(desk.tasks[0].type, "*");
}

Test(gcp_changes, a_project_without_a_number_is_listed_whole)
{
    cr_assert_not_null(wgo_gcp_project_add(gcp, WGO_STR("bare"), (struct wgo_str){0}));
    begin("projects/bare", "bare");
    cr_assert_str_eq(desk.tasks[0].entry, "asset.list");
}

Test(gcp_changes, a_place_that_was_seen_is_asked_for_a_page_first)
{
    begin("projects/shop", "shop");
    gcp->source = WGO_GCP_ASSET;
    begin("organizations/9", "organizations/9");
    cr_assert_eq(desk.task_count, 2);
    cr_assert_str_eq(desk.tasks[0].entry, "asset.first");
    cr_assert_str_eq(desk.tasks[0].place, "projects/shop");
    cr_assert_str_eq(desk.tasks[0].account, "shop");
    cr_assert_str_eq(desk.tasks[0].type, "*");
    cr_assert_str_eq(desk.tasks[1].entry, "asset.first_only");
}

Test(gcp_changes, what_was_not_listed_by_the_inventory_is_listed_whole_once)
{
    struct wgo_task task = task_of("asset.list", "projects/shop", NULL);
    const struct wgo_verdict verdict = {.status = WGO_E_DENIED};
    struct wgo_page page = {.task = &task, .fallback = true, .verdict = &verdict};
    cr_assert_eq(wgo_gcp_decode_assets(gcp, &page, &emitter, &error), WGO_E_SKIPPED);
    cr_assert_str_eq(desk.tasks[0].entry, "asset.search");
    begin("projects/shop", "shop");
    begin("projects/other", "other");
    cr_assert_str_eq(desk.tasks[1].entry, "asset.list");
    cr_assert_str_eq(desk.tasks[2].entry, "asset.first");
    page = (struct wgo_page){.task = &task, .document = WGO_STR("{\"nextPageToken\":\"t\"}")};
    cr_assert_eq(wgo_gcp_decode_assets(gcp, &page, &emitter, &error), WGO_OK);
    begin("projects/shop", "shop");
    cr_assert_str_eq(desk.tasks[3].entry, "asset.list", "it was not listed to its end");
    page.document = WGO_STR("{}");
    cr_assert_eq(wgo_gcp_decode_assets(gcp, &page, &emitter, &error), WGO_OK);
    begin("projects/shop", "shop");
    cr_assert_str_eq(desk.tasks[4].entry, "asset.first");
}

/* ---- a page that is all ---- */

Test(gcp_changes, a_page_that_is_all_tells_what_stands_and_the_rest_is_read)
{
    begin_shop();
    cr_assert_eq(decode(wgo_gcp_decode_first, "projects/shop", NULL,
                        "{\"assets\":[" ASSET("a", TOPIC, OLD) "," ASSET("b", TOPIC, NEW) "]}"),
                 WGO_OK);
    cr_assert_eq(desk.kept_count, 1);
    cr_assert_str_eq(desk.kept[0], KEPT("a"));
    cr_assert_eq(desk.item_calls, 1);
    cr_assert_str_eq(desk.items, "{\"assets\":[" ASSET("b", TOPIC, NEW) "]}");
    cr_assert_eq(desk.task_count + desk.row_count, 0);
}

Test(gcp_changes, what_cannot_be_told_to_stand_is_read)
{
    static const char *const assets[] = {
        ASSET("a", TOPIC, ""),
        ASSET("a", TOPIC, "yesterday"),
        ASSET("a", "iam.googleapis.com/ServiceAccount", OLD),
        ASSET("a", "SQLADMIN.googleapis.com/Instance", OLD),
        "{\"name\":\"//x/projects/123/a\",\"ancestors\":[\"projects/123\"]}",
        "{\"name\":\"//x/projects/456/a\",\"ancestors\":[\"projects/456\"],\"updateTime\":\"" OLD
        "\"}",
        "{\"name\":\"//x/a\",\"ancestors\":[],\"updateTime\":\"" OLD "\"}",
        "{\"name\":\"//x/a\",\"updateTime\":\"" OLD "\"}",
    };
    begin_shop();
    for (size_t i = 0; i < WGO_COUNT(assets); i++) {
        char document[400];
        snprintf(document, sizeof(document), "{\"assets\":[%s]}", assets[i]);
        cr_assert_eq(decode(wgo_gcp_decode_first, "projects/shop", NULL, document), WGO_OK);
        cr_assert_eq(desk.kept_count, 0, "%s", assets[i]);
        cr_assert_str_eq(desk.items, document);
    }
}

Test(gcp_changes, what_stands_above_projects_stands)
{
    begin_shop();
    cr_assert_eq(decode(wgo_gcp_decode_first, "projects/shop", NULL,
                        "{\"assets\":[{\"name\":\"//x/folders/1\",\"ancestors\":[\"folders/1\"],"
                        "\"updateTime\":\"" OLD "\"}]}"),
                 WGO_OK);
    cr_assert_str_eq(desk.kept[0], "//x/folders/1");
    cr_assert_eq(desk.item_calls, 0);
}

Test(gcp_changes, a_page_that_is_not_all_leads_to_a_search)
{
    begin_shop();
    cr_assert_eq(decode(wgo_gcp_decode_first, "projects/shop", NULL,
                        "{\"assets\":[" ASSET("a", TOPIC, OLD) "],\"nextPageToken\":\"t\"}"),
                 WGO_OK);
    cr_assert_eq(desk.kept_count + desk.item_calls, 0);
    cr_assert_eq(desk.task_count, 1);
    cr_assert_str_eq(desk.tasks[0].entry, "asset.updated");
    cr_assert_str_eq(desk.tasks[0].after, AFTER);
    cr_assert_str_eq(desk.tasks[0].type, "");
}

Test(gcp_changes, pages_that_break_off_say_nothing)
{
    static const char half[] = "{\"assets\":[" ASSET("a", TOPIC, OLD);
    begin_shop();
    cr_assert_eq(decode(wgo_gcp_decode_first, "projects/shop", NULL, half), WGO_E_PARSE);
    cr_assert_eq(decode(wgo_gcp_decode_names, "projects/shop", NULL, half), WGO_E_PARSE);
    cr_assert_eq(decode(wgo_gcp_decode_updated, "projects/shop", NULL, half), WGO_E_PARSE);
    cr_assert_eq(decode(wgo_gcp_decode_changed, "projects/shop", "n", half), WGO_E_PARSE);
    cr_assert_eq(desk.kept_count + desk.task_count, 0);
}

Test(gcp_changes, an_asset_without_a_name_is_an_error)
{
    begin_shop();
    cr_assert_eq(decode(wgo_gcp_decode_names, "projects/shop", NULL, "{\"assets\":[{}]}"),
                 WGO_E_SERVER);
}

/* ---- names ---- */

Test(gcp_changes, what_a_search_has_found_does_not_stand)
{
    begin_shop();
    cr_assert_eq(decode(wgo_gcp_decode_updated, "projects/shop", NULL,
                        "{\"results\":[{\"name\":\"//x.googleapis.com/projects/123/a\"}],"
                        "\"nextPageToken\":\"t\"}"),
                 WGO_OK);
    cr_assert_eq(desk.task_count, 0);
    cr_assert_eq(decode(wgo_gcp_decode_updated, "projects/shop", NULL, "{}"), WGO_OK);
    cr_assert_eq(desk.task_count, 1);
    cr_assert_str_eq(desk.tasks[0].entry, "asset.names");
    cr_assert_str_eq(desk.tasks[0].type, "*");
    cr_assert_eq(decode(wgo_gcp_decode_names, "projects/shop", NULL,
                        "{\"assets\":[" ASSET("a", TOPIC, OLD) "," ASSET("b", TOPIC, OLD) "]}"),
                 WGO_OK);
    cr_assert_eq(desk.kept_count, 1);
    cr_assert_str_eq(desk.kept[0], KEPT("b"));
    cr_assert_eq(desk.task_count, 2);
    cr_assert_str_eq(desk.tasks[1].entry, "asset.changed");
    cr_assert_str_eq(desk.tasks[1].names, "assetNames=//x.googleapis.com/projects/123/a");
    cr_assert_eq(desk.item_calls, 3, "pages go on");
}

Test(gcp_changes, kinds_that_lead_on_are_listed_anew_after_the_last_page)
{
    static const char page[] = "{\"assets\":[" ASSET("a", "sqladmin.googleapis.com/Instance",
                                                     OLD) "," ASSET("b", TOPIC, OLD) "]%s}";
    char document[600];
    begin_shop();
    snprintf(document, sizeof(document), page, ",\"nextPageToken\":\"t\"");
    cr_assert_eq(decode(wgo_gcp_decode_names, "projects/shop", NULL, document), WGO_OK);
    cr_assert_eq(desk.task_count, 0);
    cr_assert_eq(decode(wgo_gcp_decode_names, "projects/shop", NULL, "{}"), WGO_OK);
    cr_assert_eq(desk.task_count, 1);
    cr_assert_str_eq(desk.tasks[0].entry, "asset.again");
    cr_assert_str_eq(desk.tasks[0].types, "assetTypes=sqladmin.googleapis.com/Instance");
    cr_assert_str_eq(desk.tasks[0].type, "*");
}

Test(gcp_changes, the_inventory_alone_leads_nowhere)
{
    gcp->source = WGO_GCP_ASSET;
    begin_shop();
    cr_assert_eq(
        decode(wgo_gcp_decode_names, "projects/shop", NULL,
               "{\"assets\":[" ASSET("a", "sqladmin.googleapis.com/Instance", OLD) "," ASSET(
                   "b", "iam.googleapis.com/ServiceAccount", OLD) "," ASSET("c", TOPIC, NEW) "]}"),
        WGO_OK);
    cr_assert_str_eq(desk.kept[0], KEPT("a"));
    cr_assert_eq(desk.task_count, 2);
    cr_assert_str_eq(desk.tasks[0].entry, "asset.changed_only");
    cr_assert_str_eq(desk.tasks[1].entry, "asset.again_only");
    cr_assert_str_eq(desk.tasks[1].types, "assetTypes=iam.googleapis.com/ServiceAccount");
}

Test(gcp_changes, names_are_asked_for_a_hundred_a_call_and_no_longer_than_an_address)
{
    struct wgo_buf page = {0};
    char asset[600], name[300];
    unsigned calls = 0, names = 0;
    begin_shop();
    memset(name, 'n', sizeof(name));
    wgo_buf_cstr(&page, "{\"assets\":[");
    for (unsigned i = 0; i < 150; i++) { /* short ones, then long ones */
        snprintf(asset, sizeof(asset), "%s" ASSET("%u%.*s", TOPIC, NEW), i ? "," : "", i,
                 i < 120 ? 0 : 280, name);
        wgo_buf_cstr(&page, asset);
    }
    wgo_buf_cstr(&page, "]}");
    cr_assert_eq(decode(wgo_gcp_decode_names, "projects/shop", NULL, page.ptr), WGO_OK);
    for (; calls < desk.task_count; calls++) {
        unsigned here = 0;
        cr_assert_str_eq(desk.tasks[calls].entry, "asset.changed");
        cr_assert_lt(strlen(desk.tasks[calls].names), 6600);
        for (const char *at = desk.tasks[calls].names; (at = strstr(at, "assetNames=")); at++) {
            here++;
        }
        cr_assert_leq(here, 100);
        names += here;
    }
    cr_assert_eq(names, 150);
    cr_assert_gt(calls, 2);
    wgo_buf_fini(&page);
}

Test(gcp_changes, names_of_several_pages_go_into_one_call)
{
    begin_shop();
    cr_assert_eq(decode(wgo_gcp_decode_names, "projects/shop", NULL,
                        "{\"assets\":[" ASSET("a", TOPIC, NEW) "],\"nextPageToken\":\"t\"}"),
                 WGO_OK);
    cr_assert_eq(desk.task_count, 0);
    cr_assert_eq(decode(wgo_gcp_decode_names, "projects/shop", NULL,
                        "{\"assets\":[" ASSET("b", TOPIC, NEW) "]}"),
                 WGO_OK);
    cr_assert_eq(desk.task_count, 1);
    cr_assert_str_eq(desk.tasks[0].names, "assetNames=//x.googleapis.com/projects/123/a&"
                                          "assetNames=//x.googleapis.com/projects/123/b");
    cr_assert_eq(decode(wgo_gcp_decode_names, "projects/shop", NULL,
                        "{\"assets\":[" ASSET("c", TOPIC, NEW) "],\"nextPageToken\":\"t\"}"),
                 WGO_OK, "what is left when a scan ends is freed");
}

Test(gcp_changes, names_are_encoded)
{
    begin_shop();
    cr_assert_eq(decode(wgo_gcp_decode_names, "projects/shop", NULL,
                        "{\"assets\":[" ASSET("a&b=c d%25", TOPIC, NEW) "]}"),
                 WGO_OK);
    cr_assert_str_eq(desk.tasks[0].names,
                     "assetNames=//x.googleapis.com/projects/123/a%26b%3Dc%20d%2525");
}

/* ---- an organisation ---- */

Test(gcp_changes, of_an_organisation_stands_what_is_in_projects_that_stand)
{
    static const char document[] =
        "{\"assets\":[" ASSET("a", TOPIC, OLD) ",{\"name\":\"//x/projects/456/a\",\"ancestors\":["
                                               "\"projects/456\"],\"updateTime\":\"" OLD "\"}]}";
    struct wgo_gcp_project *shop = wgo_gcp_project_find(gcp, WGO_STR("shop"));
    struct wgo_gcp_project *moved = wgo_gcp_project_add(gcp, WGO_STR("moved"), WGO_STR("456"));
    begin("organizations/9", "organizations/9");
    wgo_gcp_settle(gcp, shop, WGO_STR("e1"), &arena);
    wgo_gcp_settle(gcp, moved, WGO_STR("e2"), &arena);
    shop->begun = moved->begun = true;
    cr_assert_eq(decode(wgo_gcp_decode_first, "organizations/9", NULL, document), WGO_OK);
    cr_assert_eq(desk.kept_count, 1);
    cr_assert_str_eq(desk.kept[0], KEPT("a"));
    cr_assert(strstr(desk.items, "//x/projects/456/a"));
    cr_assert_eq(desk.row_count, 2, "what leads nowhere any more is told of by project");
    wgo_gcp_settle(gcp, shop, (struct wgo_str){0}, &arena);
    cr_assert_not(shop->settled, "without a version nothing is known");
}

Test(gcp_changes, numbers_are_read_to_the_last_page)
{
    struct wgo_task task = {.account = WGO_STR("organizations/9")};
    struct wgo_page page = {.task = &task};
    page.document = WGO_STR("{\"projects\":[{\"projectId\":\"one\",\"name\":\"projects/1\","
                            "\"etag\":\"e1\"}],\"nextPageToken\":\"t\"}");
    cr_assert_eq(wgo_gcp_decode_numbers(gcp, &page, &emitter, &error), WGO_OK);
    cr_assert_eq(desk.item_calls, 1, "the next page is asked for");
    cr_assert_eq(desk.task_count, 0);
    cr_assert(wgo_gcp_project_find(gcp, WGO_STR("one"))->settled);
    page.document = WGO_STR("{\"projects\":[{\"projectId\":\"two\",\"name\":\"projects/2\","
                            "\"etag\":\"e7\"}]}");
    cr_assert_eq(wgo_gcp_decode_numbers(gcp, &page, &emitter, &error), WGO_OK);
    cr_assert_not(wgo_gcp_project_find(gcp, WGO_STR("two"))->settled);
    cr_assert_eq(desk.task_count, 1);
    cr_assert_str_eq(desk.tasks[0].entry, "asset.first");
}

Test(gcp_changes, without_numbers_an_organisation_is_listed_whole)
{
    struct wgo_task task = {.account = WGO_STR("organizations/9")};
    const struct wgo_verdict verdict = {.status = WGO_E_DENIED};
    const struct wgo_page page = {.task = &task, .fallback = true, .verdict = &verdict};
    cr_assert_eq(wgo_gcp_decode_numbers(gcp, &page, &emitter, &error), WGO_E_SKIPPED);
    cr_assert_str_eq(desk.tasks[0].entry, "asset.list");
}

/* ---- what is read by name; what goes wrong ---- */

Test(gcp_changes, what_is_gone_by_now_is_not_read)
{
    begin_shop();
    cr_assert_eq(
        decode(wgo_gcp_decode_changed, "projects/shop", "n",
               "{\"assets\":[{\"deleted\":true,\"asset\":{\"name\":\"a\"}},{\"window\":{},"
               "\"asset\":{\"name\":\"b\"}},{\"deleted\":false,\"asset\":{\"name\":\"c\"}},"
               "{}]}"),
        WGO_OK);
    cr_assert_str_eq(desk.items, "{\"assets\":[{\"name\":\"b\"},{\"name\":\"c\"}]}");
    cr_assert_eq(decode(wgo_gcp_decode_changed, "projects/shop", "n", "{}"), WGO_OK);
    cr_assert_str_eq(desk.items, "{\"assets\":[]}");
    cr_assert_eq(decode(wgo_gcp_decode_changed, "projects/shop", NULL, "{\"assets\":[7]}"), WGO_OK);
    cr_assert_str_eq(desk.items, "{\"assets\":[7]}", "what is listed anew comes as lists do");
}

Test(gcp_changes, whatever_fails_has_the_place_listed_whole_once)
{
    static wgo_gcp_decode_fn *const decoders[] = {wgo_gcp_decode_first, wgo_gcp_decode_updated,
                                                  wgo_gcp_decode_names, wgo_gcp_decode_changed};
    begin_shop();
    for (size_t i = 0; i < WGO_COUNT(decoders); i++) {
        cr_assert_eq(refuse(decoders[i]), WGO_E_SKIPPED);
        cr_assert_eq(desk.task_count, 1);
        cr_assert_eq(desk.notices, 1);
        cr_assert_str_eq(desk.tasks[0].entry, "asset.list");
    }
}

Test(gcp_changes, too_much_that_changed_is_listed_whole)
{
    struct wgo_buf page = {0};
    begin_shop();
    wgo_buf_cstr(&page, "{\"results\":[");
    for (unsigned i = 0; i <= WGO_GCP_MOST_CHANGED; i++) {
        wgo_buf_format(&page, "%s{\"name\":\"//x/%u\"}", i ? "," : "", i);
    }
    wgo_buf_cstr(&page, "],\"nextPageToken\":\"t\"}");
    cr_assert_eq(decode(wgo_gcp_decode_updated, "projects/shop", NULL, page.ptr), WGO_OK);
    cr_assert_eq(desk.item_calls, 0, "the search goes no further");
    cr_assert_eq(desk.task_count, 1);
    cr_assert_str_eq(desk.tasks[0].entry, "asset.list");
    wgo_buf_fini(&page);
}

Test(gcp_changes, a_place_that_nobody_asked_for_is_a_fault)
{
    static wgo_gcp_decode_fn *const decoders[] = {wgo_gcp_decode_first, wgo_gcp_decode_updated,
                                                  wgo_gcp_decode_names, wgo_gcp_decode_changed};
    for (size_t i = 0; i < WGO_COUNT(decoders); i++) {
        cr_assert_eq(decode(decoders[i], "projects/other", NULL, "{}"), WGO_E_INTERNAL);
    }
}
