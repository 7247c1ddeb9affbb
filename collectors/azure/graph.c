/* graph.c: what Resource Graph is asked, and what follows from its answers.
 *
 * The subscriptions of a tenant go to Resource Graph in groups of up to a thousand; when there are
 * many, in several smaller ones side by side, since the pages of one query come one after the
 * other. Tables that hold parts of resources are asked once a resource has been seen that may have
 * such. */
#include "azure/session.h"

#include "base/json.h"
#include "base/json_write.h"

#include <stdio.h>

/* Groups side by side, and subscriptions that make one worth while. */
enum { SIDE_BY_SIDE = 4, WORTH = 10, MOST_TYPES = 40 };

static const struct {
    const char *table, *holds, *after;
    bool extra;
} TABLES[] = {
#define WGO_AZURE_TABLE(table, holds, after, extra) {table, holds, after, extra},
#include "azure/tables.def"
#undef WGO_AZURE_TABLE
};
_Static_assert(WGO_COUNT(TABLES) <= 64, "a group remembers its tables in 64 bits");

/* ---- what is wanted ---- */

static bool narrows(const struct wgo_azure *azure)
{
    const struct wgo_str_list *globs = &azure->options->resource_types;
    for (size_t i = 0; i < globs->count; i++) {
        if (globs->items[i].len > 0 && globs->items[i].ptr[0] != '!') {
            return true;
        }
    }
    return false;
}

/* A pattern of native types may mean some that no catalog has. */
static bool has_native_pattern(const struct wgo_azure *azure)
{
    const struct wgo_str_list *globs = &azure->options->resource_types;
    for (size_t i = 0; i < globs->count; i++) {
        struct wgo_str glob = globs->items[i];
        bool of_ours = wgo_str_starts(glob, WGO_STR("azurerm_"));
        if (glob.len > 0 && glob.ptr[0] != '!' && !of_ours) {
            return true;
        }
    }
    return false;
}

static bool is_kind(const struct wgo_entry_view *entry)
{
    struct wgo_str type = wgo_azure_entry_type(entry);
    bool bulk = wgo_str_is(entry->service, "graph") || wgo_str_is(entry->name, "session.resources");
    return !bulk && entry->wanted && type.len > 0 && entry->type.len > 0;
}

/* The native types that --resource-type lets through, as Kusto's list; empty when it would be too
 * long, or would leave out what may be wanted. A parent is needed for the sake of its children. */
static struct wgo_str type_list(const struct wgo_azure *azure, struct wgo_arena *arena)
{
    const struct wgo_services *services = azure->services;
    const struct wgo_entry_view *entry;
    struct wgo_buf text = {0};
    size_t count = 0;
    for (size_t i = 0; (entry = services->entry_at(services->engine, i)) != NULL; i++) {
        struct wgo_str type = wgo_azure_entry_type(entry);
        bool needed = is_kind(entry) || (entry->needed && entry->scope.len > 0 && type.len > 0 &&
                                         entry->type.len > 0);
        if (needed) {
            wgo_buf_format(&text, "%s'%.*s'", count++ > 0 ? "," : "", WGO_FMT(type));
        }
        if (needed && wgo_str_is(type, "Microsoft.Resources/resourceGroups")) {
            wgo_buf_cstr(&text, ",'microsoft.resources/subscriptions/resourcegroups'");
        }
    }
    struct wgo_str result = {0};
    if (count > 0 && count <= MOST_TYPES && text.failed == WGO_OK) {
        result = wgo_str_format(arena, "| where type in~ (%.*s) ", WGO_FMT(wgo_buf_view(&text)));
    }
    wgo_buf_fini(&text);
    return result;
}

/* Whether anything is wanted that the table holds. */
static bool table_wanted(const struct wgo_azure *azure, size_t table)
{
    const struct wgo_services *services = azure->services;
    const struct wgo_entry_view *entry;
    struct wgo_str holds = wgo_str(TABLES[table].holds);
    if (!narrows(azure) || has_native_pattern(azure) || holds.len == 0) {
        return true;
    }
    for (size_t i = 0; (entry = services->entry_at(services->engine, i)) != NULL; i++) {
        struct wgo_str type = wgo_azure_entry_type(entry);
        struct wgo_str head = wgo_str_slice(type, 0, holds.len);
        if (is_kind(entry) && wgo_str_eq_nocase(head, holds)) {
            return true;
        }
    }
    return false;
}

/* ---- groups ---- */

static bool write_body(struct wgo_azure *azure, struct wgo_azure_group *group)
{
    struct wgo_buf text = {0};
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, &text);
    wgo_json_open_array(&w);
    for (size_t i = 0; i < group->count; i++) {
        wgo_json_put_str(&w, group->items[i]->id);
    }
    wgo_json_close_array(&w);
    wgo_lock_acquire(&azure->lock);
    group->body = wgo_str_dup(&azure->synced.arena, wgo_buf_view(&text));
    wgo_lock_release(&azure->lock);
    bool good = text.failed == WGO_OK && group->body.ptr;
    wgo_buf_fini(&text);
    return good;
}

static struct wgo_azure_group *new_group(struct wgo_azure *azure, struct wgo_azure_login *login,
                                         struct wgo_azure_subscription **from, size_t count)
{
    wgo_lock_acquire(&azure->lock);
    struct wgo_arena *arena = &azure->synced.arena;
    struct wgo_azure_group *group = WGO_NEW(arena, struct wgo_azure_group);
    struct wgo_azure_subscription **items =
        WGO_NEW_ARRAY(arena, struct wgo_azure_subscription *, count);
    if (group && items) {
        *group = (struct wgo_azure_group){.number = azure->synced.group_count++,
                                          .login = login,
                                          .items = items,
                                          .count = count,
                                          .next = azure->synced.groups};
        for (size_t i = 0; i < count; i++, *from = (*from)->next) {
            items[i] = *from;
        }
        azure->synced.groups = group;
    }
    wgo_lock_release(&azure->lock);
    return group && items && write_body(azure, group) ? group : NULL;
}

/* ---- queries ---- */

static enum wgo_status ask(struct wgo_azure *azure, struct wgo_azure_group *group, size_t table,
                           struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_str account = group->count == 1 ? group->items[0]->id : group->login->tenant;
    /* "graph.resources"; with --azure-source graph "graph.only.resources", which leads nowhere. */
    struct wgo_str name =
        wgo_str_format(emitter->arena, "graph.%s%s",
                       azure->source == WGO_AZURE_GRAPH ? "only." : "", TABLES[table].table);
    struct wgo_str where = narrows(azure) && !has_native_pattern(azure)
                               ? type_list(azure, emitter->arena)
                               : (struct wgo_str){0};
    uint64_t bit = 0;
    for (size_t i = 0; i <= table; i++) { /* of the first line that names the entry */
        if (strcmp(TABLES[i].table, TABLES[table].table) == 0) {
            bit = UINT64_C(1) << i;
            break;
        }
    }
    wgo_lock_acquire(&azure->lock);
    bool asked = (group->asked & bit) != 0;
    group->asked |= bit;
    wgo_lock_release(&azure->lock);
    if (asked) {
        return WGO_OK;
    }
    /* A scope of one entry: a dry run tells of it, and asks nothing. */
    struct wgo_scope scope = {.kind = name, .account = account};
    scope.vars[0] = (struct wgo_var){WGO_STR("login"), wgo_str(group->login->key)};
    scope.vars[1] = (struct wgo_var){WGO_STR("tenant"), group->login->tenant};
    scope.vars[2] =
        (struct wgo_var){WGO_STR("group"), wgo_str_format(emitter->arena, "%u", group->number)};
    scope.vars[3] = (struct wgo_var){WGO_STR("where"), where};
    scope.var_count = where.len > 0 ? 4 : 3;
    return emitter->scope(emitter, &scope, err);
}

/* Tables that need nothing, or something that has been seen. */
static enum wgo_status ask_tables(struct wgo_azure *azure, struct wgo_azure_group *group,
                                  bool after, struct wgo_emitter *emitter, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < WGO_COUNT(TABLES) && status == WGO_OK; i++) {
        bool later = TABLES[i].after[0] != '\0', seen = true;
        if (later != after || (TABLES[i].extra && azure->source == WGO_AZURE_GRAPH) ||
            !table_wanted(azure, i)) {
            continue;
        }
        if (later) {
            wgo_lock_acquire(&azure->lock);
            seen = wgo_azure_type_begins(group->types, wgo_str(TABLES[i].after));
            wgo_lock_release(&azure->lock);
        }
        status = seen ? ask(azure, group, i, emitter, err) : WGO_OK;
    }
    return status;
}

static enum wgo_status begin_groups(struct wgo_azure *azure, struct wgo_azure_login *login,
                                    struct wgo_emitter *emitter, struct wgo_error *err)
{
    size_t groups = login->count / WORTH;
    groups = groups < 1 ? 1 : groups > SIDE_BY_SIDE ? SIDE_BY_SIDE : groups;
    size_t size = (login->count + groups - 1) / groups;
    size = size > WGO_AZURE_GROUP_SIZE ? WGO_AZURE_GROUP_SIZE : size;
    struct wgo_azure_subscription *at = login->first;
    enum wgo_status status = WGO_OK;
    for (size_t left = login->count; left > 0 && status == WGO_OK;) {
        size_t count = left < size ? left : size;
        struct wgo_azure_group *group = new_group(azure, login, &at, count);
        status = group ? ask_tables(azure, group, false, emitter, err)
                       : wgo_fail(err, WGO_E_NOMEM, "out of memory");
        left -= count;
    }
    return status;
}

enum wgo_status wgo_azure_scope_add(struct wgo_azure_login *login, const char *kind,
                                    struct wgo_str account, struct wgo_emitter *emitter,
                                    struct wgo_error *err)
{
    struct wgo_scope scope = {.kind = wgo_str(kind), .account = account};
    scope.vars[0] = (struct wgo_var){WGO_STR("login"), wgo_str(login->key)};
    scope.vars[1] = (struct wgo_var){WGO_STR("tenant"), login->tenant};
    scope.var_count = 2;
    return emitter->scope(emitter, &scope, err);
}

enum wgo_status wgo_azure_begin(struct wgo_azure *azure, struct wgo_azure_login *login,
                                struct wgo_emitter *emitter, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    if (azure->source != WGO_AZURE_ARM) {
        status = begin_groups(azure, login, emitter, err);
    }
    if (status == WGO_OK && azure->source != WGO_AZURE_GRAPH) {
        status = wgo_azure_scope_add(login, "tenant", login->tenant, emitter, err);
    }
    struct wgo_azure_subscription *at = login->first;
    for (; at && status == WGO_OK && azure->source != WGO_AZURE_GRAPH; at = at->next) {
        if (azure->source == WGO_AZURE_ARM) {
            status = wgo_azure_arm_begin(azure, at, emitter, err);
        }
        if (status == WGO_OK) {
            status = wgo_azure_scope_add(login, "fill-in", at->id, emitter, err);
        }
    }
    return status;
}

/* ---- answers ---- */

struct reading {
    struct wgo_azure *azure;
    struct wgo_azure_group *group;
    struct wgo_arena *arena;
    struct wgo_str last;
    bool failed;
    struct wgo_emitter *emitter;
    struct wgo_error *err;
    enum wgo_status status;
};

/* Resource Graph has no properties of some: they are read by themselves, once. */
static void complete(struct reading *r, struct wgo_str item, struct wgo_str type)
{
    struct wgo_str properties = wgo_json_get(item, WGO_STR("properties"));
    if (r->azure->source == WGO_AZURE_GRAPH || wgo_json_kind_of(properties) == WGO_JSON_OBJECT ||
        !wgo_azure_type_wanted(r->azure, type)) {
        return;
    }
    struct wgo_str account = wgo_json_text(wgo_json_get(item, WGO_STR("subscriptionId")), r->arena);
    struct wgo_azure_subscription *subscription = wgo_azure_subscription_find(r->azure, account);
    const struct wgo_azure_waiting object = {
        .id = wgo_json_text(wgo_json_get(item, WGO_STR("id")), r->arena),
        .type = type,
        .changed = wgo_json_text(wgo_json_get(item, WGO_STR("etag")), r->arena),
    };
    if (subscription && object.id.len > 0) {
        r->status = wgo_azure_object_ask(r->azure, subscription, &object, r->emitter, r->err);
    }
}

static bool each_item(void *state, struct wgo_str item)
{
    struct reading *r = state;
    struct wgo_str type = wgo_json_text(wgo_json_get(item, WGO_STR("type")), r->arena);
    complete(r, item, type);
    if (!wgo_str_eq(type, r->last)) { /* of a kind there are often many in a row */
        r->failed = r->failed || !wgo_azure_type_add(r->azure, &r->group->types, type);
        r->last = type;
    }
    return r->status == WGO_OK;
}

/* More rows than were given, and no way to ask for them: an end it is not. */
static void check_whole(struct wgo_azure *azure, const struct wgo_page *page,
                        struct wgo_emitter *emitter)
{
    struct wgo_str truncated =
        wgo_json_text(wgo_json_get(page->document, WGO_STR("resultTruncated")), emitter->arena);
    struct wgo_str token =
        wgo_json_text(wgo_json_get(page->document, WGO_STR("$skipToken")), emitter->arena);
    if (!wgo_str_is(truncated, "true") || token.len > 0) {
        return;
    }
    struct wgo_error error = {0};
    wgo_fail(&error, WGO_E_SERVER,
             "Resource Graph has more, but gives no way to ask for it (resultTruncated without "
             "$skipToken)");
    wgo_error_hint(&error, "read fewer subscriptions at once, or --azure-source arm");
    struct wgo_row row = {.account = page->task->account,
                          .type = page->task->type,
                          .seen = WGO_SEEN_ERROR,
                          .error = wgo_str(error.message),
                          .hint = wgo_str(error.hint)};
    emitter->row(emitter, &row);
    snprintf(error.scope, sizeof(error.scope), "%.*s", WGO_FMT(row.account));
    azure->services->report(azure->services->engine, &error);
}

/* Resource Graph does not answer for these: Resource Manager is asked instead. */
static enum wgo_status fall_back(struct wgo_azure *azure, struct wgo_azure_group *group,
                                 const struct wgo_page *page, struct wgo_emitter *emitter,
                                 struct wgo_error *err)
{
    struct wgo_row row = {.account = page->task->account,
                          .type = page->task->type,
                          .seen = WGO_SEEN_SKIPPED,
                          .error = wgo_str_format(emitter->arena,
                                                  "Resource Graph: %.300s; read by Resource "
                                                  "Manager instead",
                                                  page->verdict->message)};
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < group->count && status == WGO_OK; i++) {
        status = wgo_azure_arm_begin(azure, group->items[i], emitter, err);
    }
    emitter->row(emitter, &row);
    azure->services->notice(azure->services->engine,
                            "azure: Resource Graph does not answer for %zu subscriptions (%.200s): "
                            "they are read by Resource Manager",
                            group->count, page->verdict->message);
    return status == WGO_OK ? WGO_E_SKIPPED : status;
}

enum wgo_status wgo_azure_decode_graph(struct wgo_azure *azure, const struct wgo_page *page,
                                       struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_azure_group *group =
        wgo_azure_group_named(azure, wgo_task_var(page->task, WGO_STR("group")));
    bool first = wgo_str_ends(page->task->entry, WGO_STR(".resources"));
    if (!group) {
        return wgo_fail(err, WGO_E_INTERNAL, "a query of no group of subscriptions");
    }
    if (page->fallback) {
        return first && azure->source == WGO_AZURE_AUTO
                   ? fall_back(azure, group, page, emitter, err)
                   : WGO_OK; /* the engine tells of it */
    }
    struct reading r = {
        .azure = azure, .group = group, .arena = emitter->arena, .emitter = emitter, .err = err};
    enum wgo_status status = wgo_json_check(page->document, err);
    if (status == WGO_OK && first) {
        status = wgo_json_each(page->document, WGO_STR("data[]"), each_item, &r);
    }
    status = status == WGO_OK ? r.status : status;
    if (status == WGO_OK && r.failed) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (status == WGO_OK) {
        status = emitter->items(emitter, page->document, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    check_whole(azure, page, emitter);
    return first ? ask_tables(azure, group, true, emitter, err) : WGO_OK;
}
