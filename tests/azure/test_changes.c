/* What Resource Graph says of changes, and what is asked and said because of it. */
#include "azure/changes.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define NOW (1770000000 * WGO_S)
#define DAY (24 * 3600 * WGO_S)
#define ONE "11111111-1111-4111-a111-111111111111"
#define DISK "/subscriptions/" ONE "/resourcegroups/g/providers/microsoft.compute/disks/"
#define VAULT "/subscriptions/" ONE "/resourcegroups/g/providers/microsoft.keyvault/vaults/"

static struct wgo_azure azure;
static struct wgo_azure_login login;
static struct wgo_azure_group group;
static struct wgo_azure_subscription *subscription;
static struct wgo_provider_options options;
static struct wgo_clock clock_;
static struct wgo_arena scratch;
static struct wgo_emitter emitter;
static struct wgo_buf said; /* what was emitted, a line each */
static int64_t seen_at;
enum { WHOSE = 7 };

/* ---- who is spoken to ---- */

static int64_t since(void *engine, struct wgo_str account, struct wgo_str region,
                     struct wgo_str type, uint64_t whose)
{
    (void)engine;
    cr_assert_eq(whose, WHOSE);
    cr_assert(wgo_str_is(account, ONE) && region.len == 0 && wgo_str_is(type, "Resources"));
    return seen_at;
}

static const struct wgo_entry_view *entry_at(void *engine, size_t index)
{
    static const struct wgo_entry_view entries[] = {
        {.native_type = {"Microsoft.Compute/disks", 23}, .wanted = true},
        {.native_type = {"Microsoft.KeyVault/vaults", 25}, .wanted = true, .besides_bulk = true},
        {.native_type = {"Microsoft.Network/unwanted", 26}},
    };
    (void)engine;
    return index < WGO_COUNT(entries) ? &entries[index] : NULL;
}

static bool admits(void *engine, struct wgo_str native_type, struct wgo_str item,
                   struct wgo_arena *arena)
{
    (void)engine;
    (void)item;
    (void)arena;
    return !wgo_str_is(native_type, "Microsoft.Network/unwanted");
}

static const struct wgo_services services = {
    .clock = &clock_, .since = since, .entry_at = entry_at, .admits = admits};

static enum wgo_status take_task(struct wgo_emitter *e, const struct wgo_task *task,
                                 struct wgo_error *err)
{
    (void)e;
    (void)err;
    wgo_buf_format(&said, "ask %.*s", WGO_FMT(task->entry));
    static const char *const vars[] = {"since", "ids", "types"};
    for (size_t i = 0; i < WGO_COUNT(vars); i++) {
        struct wgo_str value = wgo_task_var(task, wgo_str(vars[i]));
        if (value.len > 0) {
            wgo_buf_format(&said, " %.*s", WGO_FMT(value));
        }
    }
    wgo_buf_cstr(&said, "\n");
    return WGO_OK;
}

static enum wgo_status take_scope(struct wgo_emitter *e, const struct wgo_scope *scope,
                                  struct wgo_error *err)
{
    (void)e;
    (void)err;
    wgo_buf_format(&said, "ask %.*s\n", WGO_FMT(scope->kind));
    return WGO_OK;
}

static void take_row(struct wgo_emitter *e, const struct wgo_row *row)
{
    (void)e;
    wgo_buf_format(&said, "row %.*s %s %d\n", WGO_FMT(row->type), wgo_completeness_name(row->seen),
                   (int)row->count);
}

static void take_gone(struct wgo_emitter *e, struct wgo_str id)
{
    (void)e;
    wgo_buf_format(&said, "gone %.*s\n", WGO_FMT(id));
}

static void take_retain(struct wgo_emitter *e, struct wgo_str account, struct wgo_str region,
                        struct wgo_str type)
{
    (void)e;
    cr_assert(wgo_str_is(account, ONE) && region.len == 0);
    wgo_buf_format(&said, "retain %.*s\n", WGO_FMT(type));
}

static enum wgo_status take_items(struct wgo_emitter *e, struct wgo_str document,
                                  struct wgo_error *err)
{
    (void)e;
    (void)document;
    (void)err;
    return WGO_OK;
}

static void setup(void)
{
    bool known;
    wgo_clock_init_manual(&clock_, (struct wgo_wall){NOW});
    wgo_arena_init(&scratch, 0);
    wgo_lock_init(&azure.lock);
    azure.services = &services;
    azure.options = &options;
    login = (struct wgo_azure_login){.key = "login0", .tenant = WGO_STR("t"), .whose = WHOSE};
    azure.logins = &login;
    azure.login_count = 1;
    azure.source = WGO_AZURE_AUTO;
    subscription = wgo_azure_subscription_add(&azure, &login, WGO_STR(ONE), &known);
    group = (struct wgo_azure_group){.login = &login, .items = &subscription, .count = 1};
    wgo_lock_acquire(&azure.lock);
    azure.synced.groups = &group;
    wgo_lock_release(&azure.lock);
    emitter = (struct wgo_emitter){.arena = &scratch,
                                   .task = take_task,
                                   .scope = take_scope,
                                   .row = take_row,
                                   .gone = take_gone,
                                   .retain = take_retain,
                                   .items = take_items};
}

static void teardown(void)
{
    wgo_buf_fini(&said);
    wgo_arena_fini(&scratch);
    wgo_lock_acquire(&azure.lock);
    wgo_arena_fini(&azure.synced.arena);
    wgo_lock_release(&azure.lock);
    wgo_lock_fini(&azure.lock);
}

TestSuite(azure_changes, .init = setup, .fini = teardown);

/* ---- what happens ---- */

static const char *text_of(struct wgo_buf *buf)
{
    cr_assert(wgo_buf_char(buf, '\0'));
    buf->len--;
    return buf->ptr;
}

static void expect_said(const char *text)
{
    cr_expect_str_eq(text_of(&said), text, "%s", text_of(&said));
    wgo_buf_reset(&said);
}

static void answer(wgo_azure_decode_fn *decode, const char *entry, const char *document)
{
    struct wgo_task task = {.entry = wgo_str(entry), .account = WGO_STR(ONE)};
    task.vars[0] = (struct wgo_var){WGO_STR("group"), WGO_STR("0")};
    task.var_count = 1;
    const struct wgo_page page = {.task = &task, .document = wgo_str(document)};
    struct wgo_error error = {0};
    cr_assert_eq(decode(&azure, &page, &emitter, &error), WGO_OK, "%s", error.message);
}

static enum wgo_status fail(wgo_azure_decode_fn *decode, const char *entry)
{
    struct wgo_task task = {.entry = wgo_str(entry), .account = WGO_STR(ONE)};
    task.vars[0] = (struct wgo_var){WGO_STR("group"), WGO_STR("0")};
    task.var_count = 1;
    const struct wgo_verdict verdict = {
        .kind = WGO_VERDICT_FAILED, .status = WGO_E_DENIED, .message = "not for you"};
    const struct wgo_page page = {.task = &task, .fallback = true, .verdict = &verdict};
    return decode(&azure, &page, &emitter, NULL);
}

#define CHANGE(id, type, how, time)                                                                \
    "{\"id\":\"x\",\"targetResourceId\":\"" id "\",\"targetResourceType\":\"" type                 \
    "\",\"changeType\":\"" how "\",\"changeTime\":\"" time "\"}"
#define LIST(items) "{\"data\":[" items "],\"resultTruncated\":\"false\"}"

static void begin(void)
{
    cr_assert_eq(wgo_azure_changes_begin(&azure, &group, NOW - DAY, &emitter, NULL), WGO_OK);
    expect_said("ask graph.changes 2026-02-01T02:40:00Z\n"
                "ask graph.containerchanges 2026-02-01T02:40:00Z\nask graph.types\n");
}

Test(azure_changes, since_when)
{
    static const struct {
        int64_t seen;
        bool known;
    } cases[] = {{0, false},
                 {NOW - DAY, true},
                 {NOW - 12 * DAY, true},
                 {NOW - 13 * DAY, false},
                 {NOW - 13 * DAY + WGO_AZURE_INDEX_LAG, true},
                 {NOW - 15 * DAY, false}};
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        int64_t from = -1;
        seen_at = cases[i].seen;
        cr_expect_eq(wgo_azure_changes_known(&azure, subscription, &from), cases[i].known, "%zu",
                     i);
        cr_expect_eq(from, cases[i].known ? seen_at - WGO_AZURE_INDEX_LAG : -1, "%zu", i);
    }
}

Test(azure_changes, the_latest_change_holds)
{
    begin();
    answer(
        wgo_azure_decode_changes, "graph.changes",
        LIST(CHANGE(DISK "A", "Microsoft.Compute/disks", "Delete", "2026-02-01T10:00:00.5Z") "," CHANGE(DISK "a", "microsoft.compute/disks", "Create", "2026-02-01T11:00:00Z") "," CHANGE(
            DISK "a", "microsoft.compute/disks", "Update",
            "2026-02-01T09:00:00Z") "," CHANGE(DISK "b", "microsoft.compute/disks", "Update",
                                               "2026-02-01T09:00:00Z") "," CHANGE(DISK "b",
                                                                                  "microsoft."
                                                                                  "compute/disks",
                                                                                  "Delete",
                                                                                  "2026-02-01T09:"
                                                                                  "00:01Z") "," CHANGE(DISK
                                                                                                       "c",
                                                                                                       "microsoft.compute/disks",
                                                                                                       "Delete",
                                                                                                       "2026-02-01T09:00:00Z") "," CHANGE(DISK
                                                                                                                                          "c",
                                                                                                                                          "microsoft.compute/disks",
                                                                                                                                          "Create",
                                                                                                                                          "2026-02-01T09:00:00Z")));
    answer(wgo_azure_decode_changes, "graph.containerchanges", LIST(""));
    answer(wgo_azure_decode_types, "graph.types",
           LIST("{\"type\":\"microsoft.compute/disks\"},{\"type\":\"microsoft.keyvault/vaults\"}"));
    expect_said("ask graph.leading "
                "'microsoft.resources/subscriptions','microsoft.keyvault/vaults'\n"
                "ask graph.changed '" DISK "a','" DISK "c'\n");
}

Test(azure_changes, what_is_not_found_is_gone)
{
    begin();
    answer(
        wgo_azure_decode_changes, "graph.changes",
        LIST(CHANGE(DISK "there", "microsoft.compute/disks", "Update", "2026-02-01T10:00:00Z") "," CHANGE(
            DISK "lost", "microsoft.compute/disks", "Update",
            "2026-02-01T10:00:00Z") "," CHANGE(DISK "gone", "microsoft.compute/disks", "Delete",
                                               "2026-02-01T10:00:00Z") "," CHANGE(VAULT "v",
                                                                                  "microsoft."
                                                                                  "keyvault/vaults",
                                                                                  "Update",
                                                                                  "2026-02-01T10:"
                                                                                  "00:00Z") "," CHANGE("/subscriptions/" ONE
                                                                                                       "/resourcegroups/g/providers/microsoft.network/"
                                                                                                       "unwanted/u",
                                                                                                       "microsoft.network/unwanted",
                                                                                                       "Update",
                                                                                                       "2026-02-01T10:00:00Z")));
    answer(wgo_azure_decode_types, "graph.types", LIST("{\"type\":\"microsoft.keyvault/vaults\"}"));
    answer(wgo_azure_decode_changes, "graph.containerchanges",
           LIST(CHANGE("/subscriptions/" ONE, "microsoft.resources/subscriptions", "Update",
                       "2026-02-01T10:00:00Z")));
    expect_said("ask graph.leading "
                "'microsoft.resources/subscriptions','microsoft.keyvault/vaults'\n"
                "ask graph.changed '" DISK "there','" DISK "lost'\n");
    answer(wgo_azure_decode_changed, "graph.leading", LIST(""));
    expect_said("");
    answer(wgo_azure_decode_changed, "graph.changed",
           LIST("{\"id\":\"" DISK "THERE\",\"type\":\"microsoft.compute/disks\","
                "\"properties\":{},\"subscriptionId\":\"" ONE "\"}"));
    expect_said("gone " DISK "lost\ngone " DISK "gone\ngone " VAULT "v\nretain Resources\n"
                "retain microsoft.compute/disks\nretain microsoft.keyvault/vaults\n"
                "row Resources ok 1\n");
}

Test(azure_changes, what_cannot_be_seen_is_not_taken_for_nothing)
{
    for (int seen = 0; seen < 2; seen++) {
        begin();
        answer(wgo_azure_decode_changes, "graph.changes", LIST(""));
        answer(wgo_azure_decode_types, "graph.types", LIST(""));
        answer(wgo_azure_decode_changes, "graph.containerchanges", LIST(""));
        expect_said("ask graph.anychange\n");
        answer(wgo_azure_decode_glimpse, "graph.anychange",
               seen ? LIST("{\"id\":\"x\"}") : LIST(""));
        expect_said(seen ? "ask graph.leading 'microsoft.resources/subscriptions'\n"
                         : "row * skipped 0\nask graph.resources\n");
    }
    answer(wgo_azure_decode_changed, "graph.leading", LIST(""));
    expect_said("retain Resources\nrow Resources ok 0\n");
}

Test(azure_changes, a_list_that_fails_is_done_without)
{
    begin();
    cr_assert_eq(fail(wgo_azure_decode_changes, "graph.changes"), WGO_E_SKIPPED);
    expect_said("row * skipped 0\n");
    answer(wgo_azure_decode_changes, "graph.containerchanges", LIST(""));
    answer(wgo_azure_decode_types, "graph.types", LIST(""));
    expect_said("ask graph.resources\n");
}

Test(azure_changes, a_list_that_makes_no_sense_is_done_without)
{
    static const char *const lists[] = {
        LIST("{}"),
        LIST(CHANGE("", "microsoft.compute/disks", "Update", "2026-02-01T10:00:00Z")),
        LIST(CHANGE(DISK "a", "microsoft.compute/disks", "Update", "yesterday")),
        LIST(CHANGE(DISK "a", "", "Update", "2026-02-01T10:00:00Z")),
        "{\"data\":[],\"resultTruncated\":\"true\"}",
    };
    for (size_t i = 0; i < WGO_COUNT(lists); i++) {
        begin();
        answer(wgo_azure_decode_changes, "graph.changes", lists[i]);
        answer(wgo_azure_decode_changes, "graph.containerchanges", LIST(""));
        answer(wgo_azure_decode_types, "graph.types", LIST(""));
        group.asked = 0;
        expect_said("row * skipped 0\nask graph.resources\n");
    }
}

Test(azure_changes, a_read_that_fails_says_nothing_of_what_stands)
{
    begin();
    answer(wgo_azure_decode_changes, "graph.changes",
           LIST(CHANGE(DISK "a", "microsoft.compute/disks", "Update", "2026-02-01T10:00:00Z")));
    answer(wgo_azure_decode_changes, "graph.containerchanges", LIST(""));
    answer(wgo_azure_decode_types, "graph.types", LIST(""));
    wgo_buf_reset(&said);
    cr_assert_eq(fail(wgo_azure_decode_changed, "graph.changed"), WGO_OK);
    answer(wgo_azure_decode_changed, "graph.leading", LIST(""));
    expect_said("row Resources denied 0\n");
}

Test(azure_changes, many_ids_are_asked_for_in_several_queries)
{
    char id[200];
    struct wgo_buf text = {0};
    begin();
    for (int i = 0; i < 2 * WGO_AZURE_IDS_OF_A_QUERY + 1; i++) {
        snprintf(id, sizeof(id), DISK "%d", i);
        const struct wgo_azure_change change = {
            .id = wgo_str(id), .type = WGO_STR("microsoft.compute/disks"), .at = i};
        cr_assert(wgo_azure_change_add(&azure, group.changes, &change));
    }
    answer(wgo_azure_decode_changes, "graph.changes", LIST(""));
    answer(wgo_azure_decode_changes, "graph.containerchanges", LIST(""));
    answer(wgo_azure_decode_types, "graph.types", LIST(""));
    int queries = 0;
    const char *at = text_of(&said);
    while ((at = strstr(at, "ask graph.changed")) != NULL) {
        queries++;
        at++;
    }
    cr_expect_eq(queries, 3);
    wgo_azure_kusto_string(&text, WGO_STR("it's a \\"));
    cr_expect_str_eq(text_of(&text), "'it\\'s a \\\\'");
    wgo_buf_fini(&text);
}
