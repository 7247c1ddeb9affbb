/* scan_result.c: see scan_result.h. */
#include "powerbi/reading.h"

#include "base/clock.h"
#include "base/json_write.h"
#include "powerbi/secrets.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

enum { SLOT_SOURCES, SLOT_MISCONFIGURED };

#define PAGE_LIST WGO_STR("workspaces")

/* ---- plans ---- */

static const struct wgo_json_rule PAGE[] = {
    {.path = {"workspaces[]", 12}, .action = WGO_JSON_ITEM},
    {.path = {"datasourceInstances", 19}, .action = WGO_JSON_PICK, .slot = SLOT_SOURCES},
    {.path = {"misconfiguredDatasourceInstances", 32},
     .action = WGO_JSON_PICK,
     .slot = SLOT_MISCONFIGURED},
};

static const char *const MODEL[] = {
    "expressions[].expression",
    "tables[].source[].expression",
    "tables[].measures[].expression",
    "tables[].columns[].expression",
    "tables[].calculationGroup.calculationItems[].expression",
    "roles[].tablePermissions[].filterExpression",
};

static enum wgo_status redacting_plan(const char *const *paths, size_t count,
                                      struct wgo_json_plan **out, struct wgo_error *err)
{
    struct wgo_json_rule rules[WGO_COUNT(MODEL)];
    for (size_t i = 0; i < count; i++) {
        rules[i] = (struct wgo_json_rule){.path = wgo_str(paths[i]), .action = WGO_JSON_REDACT};
    }
    return wgo_json_plan_new(rules, count, out, err);
}

enum wgo_status wgo_powerbi_reader_new(const struct wgo_powerbi_reader_options *options,
                                       struct wgo_powerbi_reader **out_reader,
                                       struct wgo_error *err)
{
    static const char *const source[] = {"connectionDetails"};
    struct wgo_powerbi_reader *reader = calloc(1, sizeof(*reader));
    if (!reader) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    reader->o = *options;
    enum wgo_status status = wgo_json_plan_new(PAGE, WGO_COUNT(PAGE), &reader->page, err);
    if (status == WGO_OK) {
        status = redacting_plan(MODEL, WGO_COUNT(MODEL), &reader->model, err);
    }
    if (status == WGO_OK) {
        status = redacting_plan(source, WGO_COUNT(source), &reader->source, err);
    }
    if (status != WGO_OK) {
        wgo_powerbi_reader_free(reader);
        return status;
    }
    *out_reader = reader;
    return WGO_OK;
}

void wgo_powerbi_reader_free(struct wgo_powerbi_reader *reader)
{
    if (reader) {
        wgo_json_plan_free(reader->page);
        wgo_json_plan_free(reader->model);
        wgo_json_plan_free(reader->source);
        free(reader);
    }
}

/* ---- pieces of records ---- */

void wgo_powerbi_fail(struct wgo_powerbi_reading *r, enum wgo_status status, const char *message)
{
    if (r->status == WGO_OK) {
        r->status = wgo_fail(r->err, status, "%s", message);
    }
}

static void no_memory(struct wgo_powerbi_reading *r)
{
    wgo_powerbi_fail(r, WGO_E_NOMEM, "out of memory");
}

struct wgo_str wgo_powerbi_text(struct wgo_powerbi_reading *r, struct wgo_str item,
                                const char *member)
{
    return wgo_json_text_at(item, member, r->arena);
}

struct wgo_str wgo_powerbi_time(struct wgo_powerbi_reading *r, struct wgo_str said)
{
    char text[WGO_WALL_TEXT];
    struct wgo_wall time;
    bool good = said.len > 0 && wgo_wall_parse(said, &time);
    if (said.len > 0 && !good) {
        good = wgo_wall_parse(wgo_str_format(r->arena, "%.*sZ", WGO_FMT(said)), &time);
    }
    if (!good) {
        return (struct wgo_str){0};
    }
    wgo_wall_format(time, false, text);
    return wgo_str_dup(r->arena, wgo_str(text));
}

struct wgo_str wgo_powerbi_id(struct wgo_powerbi_reading *r, const char *kind, struct wgo_str id)
{
    struct wgo_str whole =
        wgo_str_format(r->arena, "powerbi://%.*s/%s/%.*s", WGO_FMT(r->reader->o.tenant), kind,
                       WGO_FMT(wgo_powerbi_lower(r, id)));
    if (!whole.ptr) {
        no_memory(r);
    }
    return whole;
}

void wgo_powerbi_depend(struct wgo_powerbi_reading *r, const char *kind, struct wgo_str id)
{
    if (id.len > 0) {
        wgo_links_add(&r->depends, wgo_powerbi_id(r, kind, id));
    }
}

struct depending {
    struct wgo_powerbi_reading *r;
    const char *kind;
};

static bool depend_on(void *state, struct wgo_str value)
{
    const struct depending *d = state;
    wgo_powerbi_depend(d->r, d->kind, wgo_json_text(value, d->r->arena));
    return d->r->status == WGO_OK;
}

void wgo_powerbi_depend_on_each(struct wgo_powerbi_reading *r, struct wgo_str item,
                                const char *path, const char *kind)
{
    struct depending depending = {.r = r, .kind = kind};
    (void)!wgo_json_each(item, wgo_str(path), depend_on, &depending);
}

/* What the record depends on; what is gathered from now on is of the next one. */
static struct wgo_str take_depends(struct wgo_powerbi_reading *r, struct wgo_str own)
{
    struct wgo_str ids;
    r->depends.own = own;
    if (wgo_links_write(&r->depends, &ids, NULL) != WGO_OK) {
        no_memory(r);
    }
    r->depends = (struct wgo_links){.arena = r->arena};
    return ids;
}

static void count_row(struct wgo_powerbi_reading *r, struct wgo_str type)
{
    size_t i = 0;
    while (i < r->row_count && !wgo_str_eq(r->rows[i].type, type)) {
        i++;
    }
    if (i == r->row_count && i + 1 < WGO_POWERBI_ROWS) {
        r->rows[i].type = type;
        r->row_count++;
    } else if (i == r->row_count) {
        i = WGO_POWERBI_ROWS - 1;
    }
    r->rows[i].count++;
}

bool wgo_powerbi_wanted(const struct wgo_powerbi_reading *r, struct wgo_str type,
                        struct wgo_str native_type)
{
    return wgo_types_admit(r->reader->o.types, type, native_type, false);
}

void wgo_powerbi_emit(struct wgo_powerbi_reading *r, struct wgo_record *record)
{
    record->provider = WGO_STR("powerbi");
    record->account = r->reader->o.tenant;
    record->dependencies = take_depends(r, record->id);
    record->source_provider = record->provider;
    record->source_type = WGO_STR("scan");
    record->live = true;
    record->fingerprint = wgo_json_fingerprint(record->configuration);
    record->listed_account = record->account;
    record->listed_type = record->type;
    record->listed_group = r->group;
    if (r->status != WGO_OK) {
        return;
    }
    r->status = r->emitter->record(r->emitter, record, r->err);
    if (r->status == WGO_OK) {
        r->found.records++;
        count_row(r, record->type);
    }
}

bool wgo_powerbi_configure(struct wgo_powerbi_reading *r, struct wgo_json_plan *plan,
                           wgo_json_redact_fn *redact, void *redact_state, struct wgo_str item)
{
    struct wgo_str picks[WGO_JSON_PICKS];
    wgo_buf_reset(&r->configuration);
    if (!plan) {
        if (!wgo_json_compact(item, &r->configuration)) {
            no_memory(r);
        }
    } else {
        enum wgo_status status = wgo_json_plan_item(plan, item, picks, NULL, redact, redact_state,
                                                    &r->configuration, r->err);
        r->status = r->status == WGO_OK ? status : r->status;
    }
    return r->status == WGO_OK;
}

struct wgo_str wgo_powerbi_lower(struct wgo_powerbi_reading *r, struct wgo_str id)
{
    struct wgo_str lower = wgo_str_lower(r->arena, id);
    if (!lower.ptr) {
        no_memory(r);
    }
    return lower;
}

bool wgo_powerbi_is_new(struct wgo_powerbi_reading *r, struct wgo_str id)
{
    struct wgo_digest digest = {0};
    wgo_digest_add(&digest, r->group);
    wgo_digest_add(&digest, id);
    if (!id.ptr || wgo_digests_has(&r->seen, digest)) {
        return false;
    }
    if (!wgo_digests_add(&r->seen, digest)) {
        no_memory(r);
        return false;
    }
    return true;
}

bool wgo_powerbi_redact_text(void *state, struct wgo_str raw, struct wgo_buf *out)
{
    struct wgo_arena arena = {0};
    struct wgo_str text = wgo_json_text(raw, &arena);
    bool hidden = text.len > 0 && wgo_powerbi_text_is_secret(text);
    bool good = hidden ? wgo_redact_json(state, raw, out) : wgo_buf_str(out, raw);
    wgo_arena_fini(&arena);
    return good;
}

/* ---- the document ---- */

/* A list of things that have an id: what the workspace holds, rather than what it is. */
static bool holds_artifacts(struct wgo_str value)
{
    struct wgo_str first = wgo_json_get(value, WGO_STR("[]"));
    return wgo_json_kind_of(value) == WGO_JSON_ARRAY &&
           (wgo_json_get(first, WGO_STR("id")).ptr || wgo_json_get(first, WGO_STR("objectId")).ptr);
}

/* What stands where a list of objects should and is none: nobody knows what was not read then. */
static void refuse(struct wgo_powerbi_reading *r, struct wgo_str member, const char *what)
{
    char text[160];
    snprintf(text, sizeof(text), "no result of a scan: %s \"%.*s\" is no %s",
             what[0] == 'l' ? "what is called" : "an element of",
             WGO_FMT(wgo_str_slice(member, 0, 60)), what);
    wgo_powerbi_fail(r, WGO_E_SERVER, text);
}

/* A list that is absent or null is empty. */
static bool check_list(struct wgo_powerbi_reading *r, struct wgo_str member, struct wgo_str value)
{
    enum wgo_json_kind kind = wgo_json_kind_of(value);
    if (value.ptr && kind != WGO_JSON_ARRAY && kind != WGO_JSON_NULL) {
        refuse(r, member, "list");
    }
    return r->status == WGO_OK;
}

static bool check_element(struct wgo_powerbi_reading *r, struct wgo_str member, struct wgo_str item)
{
    if (wgo_json_kind_of(item) != WGO_JSON_OBJECT) {
        refuse(r, member, "object");
    }
    return r->status == WGO_OK;
}

struct holding {
    struct wgo_powerbi_reading *r;
    struct wgo_str member;
    const struct wgo_powerbi_kind *kind;
};

static bool each_artifact(void *state, struct wgo_str item)
{
    const struct holding *h = state;
    if (check_element(h->r, h->member, item)) {
        wgo_powerbi_artifact(h->r, h->kind, item);
    }
    return h->r->status == WGO_OK;
}

/* What artifact.def does not name is called as the member is. */
static const struct wgo_powerbi_kind *own_kind(struct wgo_powerbi_reading *r, struct wgo_str member)
{
    struct wgo_powerbi_kind *kind = WGO_NEW(r->arena, struct wgo_powerbi_kind);
    char *native = wgo_str_cstr(r->arena, member);
    char *lower = wgo_str_cstr(r->arena, member);
    struct wgo_str type = {0};
    for (size_t i = 0; lower && lower[i]; i++) {
        lower[i] = isalnum((unsigned char)lower[i]) ? (char)tolower((unsigned char)lower[i]) : '_';
    }
    if (lower) {
        type = wgo_str_format(r->arena, "powerbi_%s", lower);
    }
    char *type_text = type.ptr ? wgo_str_cstr(r->arena, type) : NULL;
    if (!kind || !native || !type_text) {
        no_memory(r);
        return NULL;
    }
    *kind = (struct wgo_powerbi_kind){
        .member = native, .native_type = native, .type = type_text, .kind = lower};
    return kind;
}

static void read_list(struct wgo_powerbi_reading *r, struct wgo_str member, struct wgo_str value)
{
    const struct wgo_powerbi_kind *kind = wgo_powerbi_kind_of(member);
    kind = kind ? kind : own_kind(r, member);
    struct holding holding = {.r = r, .member = member, .kind = kind};
    if (kind && check_list(r, member, value)) {
        (void)!wgo_json_each(value, WGO_STR("[]"), each_artifact, &holding);
    }
}

static bool is_list(struct wgo_str member, struct wgo_str value)
{
    return !wgo_str_is(member, "users") &&
           (wgo_powerbi_kind_of(member) != NULL || holds_artifacts(value));
}

/* The workspace without what it holds. */
static void emit_workspace(struct wgo_powerbi_reading *r, struct wgo_str item)
{
    struct wgo_json json;
    struct wgo_json_writer w;
    struct wgo_str member, value;
    wgo_buf_reset(&r->configuration);
    wgo_json_writer_init(&w, &r->configuration);
    wgo_json_init(&json, item);
    wgo_json_open_object(&w);
    if (wgo_json_enter_object(&json)) {
        while (wgo_json_next_member(&json, &member) && wgo_json_skip(&json, &value)) {
            struct wgo_buf raw = {0};
            if (is_list(member, value)) {
                continue;
            }
            if (wgo_json_compact(value, &raw)) {
                wgo_json_key_str(&w, member);
                wgo_json_put_raw(&w, wgo_buf_view(&raw));
            } else {
                no_memory(r);
            }
            wgo_buf_fini(&raw);
        }
    }
    wgo_json_close_object(&w);
    if (r->configuration.failed != WGO_OK) {
        no_memory(r);
    }
    wgo_powerbi_depend(r, "capacities", r->capacity);
    struct wgo_record record = {
        .id = wgo_powerbi_id(r, "workspaces", r->workspace),
        .type = WGO_STR("fabric_workspace"),
        .name = r->workspace_name,
        .native_id = r->workspace,
        .native_type = WGO_STR("Workspace"),
        .configuration = wgo_buf_view(&r->configuration),
    };
    if (wgo_powerbi_wanted(r, record.type, record.native_type)) {
        wgo_powerbi_emit(r, &record);
    }
    r->depends = (struct wgo_links){.arena = r->arena};
}

static void read_workspace(struct wgo_powerbi_reading *r, struct wgo_str item)
{
    struct wgo_json json;
    struct wgo_str member, value;
    struct wgo_str retrieval = wgo_powerbi_text(r, item, "dataRetrievalState");
    r->workspace = wgo_powerbi_text(r, item, "id");
    r->workspace_name = wgo_powerbi_text(r, item, "name");
    r->capacity = wgo_powerbi_text(r, item, "capacityId");
    bool unread = retrieval.len > 0 && !wgo_str_eq_nocase(retrieval, WGO_STR("Succeeded"));
    r->connections = 0;
    r->found.workspaces++;
    r->found.unread += unread;
    if (r->workspace.len == 0) {
        wgo_powerbi_fail(r, WGO_E_SERVER, "a workspace of the scan's result has no id");
        return;
    }
    r->group = wgo_powerbi_lower(r, r->workspace);
    if (unread) { /* what it held is as it was, for all that can be said */
        r->emitter->keep_group(r->emitter, r->group);
    }
    emit_workspace(r, item);
    if (check_list(r, WGO_STR("users"), wgo_json_get(item, WGO_STR("users")))) {
        wgo_powerbi_users(r, wgo_json_get(item, WGO_STR("users")));
    }
    wgo_json_init(&json, item);
    if (!wgo_json_enter_object(&json)) {
        return;
    }
    while (r->status == WGO_OK && wgo_json_next_member(&json, &member) &&
           wgo_json_skip(&json, &value)) {
        if (is_list(member, value)) {
            read_list(r, member, value);
        }
    }
}

struct instances {
    struct wgo_powerbi_reading *r;
    bool misconfigured;
};

static struct wgo_str instances_named(bool misconfigured)
{
    return PAGE[misconfigured ? 2 : 1].path;
}

static bool each_source(void *state, struct wgo_str item)
{
    const struct instances *i = state;
    if (check_element(i->r, instances_named(i->misconfigured), item)) {
        wgo_powerbi_source(i->r, item, i->misconfigured);
    }
    return i->r->status == WGO_OK;
}

static void tell_rows(struct wgo_powerbi_reading *r)
{
    for (size_t i = 0; i < WGO_POWERBI_ROWS; i++) {
        struct wgo_row row = {.account = r->reader->o.tenant,
                              .type = r->rows[i].type,
                              .seen = WGO_SEEN_OK,
                              .count = r->rows[i].count};
        if (row.count > 0) {
            row.type = row.type.len > 0 ? row.type : WGO_STR("*");
            r->emitter->row(r->emitter, &row);
        }
    }
    if (r->found.unread > 0) {
        struct wgo_row row = {.account = r->reader->o.tenant,
                              .type = WGO_STR("fabric_workspace"),
                              .seen = WGO_SEEN_ERROR,
                              .unread = (int64_t)r->found.unread,
                              .error = WGO_STR("workspaces hold what Power BI could not retrieve "
                                               "(dataRetrievalState)")};
        r->emitter->row(r->emitter, &row);
    }
}

enum wgo_status wgo_powerbi_read_result(const struct wgo_powerbi_reader *reader,
                                        struct wgo_str document, struct wgo_emitter *emitter,
                                        wgo_powerbi_workspace_fn *each, void *state,
                                        struct wgo_powerbi_found *out_found, struct wgo_error *err)
{
    struct wgo_powerbi_reading r = {.reader = reader,
                                    .emitter = emitter,
                                    .arena = emitter->arena,
                                    .depends = {.arena = emitter->arena},
                                    .err = err};
    struct wgo_json_page page;
    enum wgo_status status = wgo_json_plan_page(reader->page, document, emitter->arena, &page, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str workspaces = wgo_json_get(document, PAGE_LIST);
    if (!workspaces.ptr) {
        return wgo_fail(err, WGO_E_SERVER, "no result of a scan: there is no list of workspaces");
    }
    (void)check_list(&r, PAGE_LIST, workspaces);
    for (size_t i = 0; i < page.item_count && r.status == WGO_OK; i++) {
        if (check_element(&r, PAGE_LIST, page.items[i])) {
            read_workspace(&r, page.items[i]);
            if (each && r.status == WGO_OK) {
                each(state, r.workspace, r.connections);
            }
        }
    }
    wgo_powerbi_sort_uses(&r);
    for (size_t slot = SLOT_SOURCES; slot <= SLOT_MISCONFIGURED; slot++) {
        struct instances instances = {.r = &r, .misconfigured = slot == SLOT_MISCONFIGURED};
        if (page.picks[slot].ptr && r.status == WGO_OK &&
            check_list(&r, instances_named(instances.misconfigured), page.picks[slot])) {
            (void)!wgo_json_each(page.picks[slot], WGO_STR("[]"), each_source, &instances);
        }
    }
    tell_rows(&r);
    wgo_buf_fini(&r.configuration);
    wgo_digests_fini(&r.seen);
    if (r.status == WGO_OK && out_found) {
        *out_found = r.found;
    }
    return r.status;
}
