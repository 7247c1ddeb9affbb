/* groups.c: what Resource Graph is asked, and about which subscriptions together.
 *
 * The subscriptions of a tenant go to Resource Graph in groups of up to a thousand; when there are
 * many, in several smaller ones side by side, since the pages of one query come one after the
 * other. Those of which it is enough to know what changed have groups of their own. Tables that
 * hold parts of resources are asked once a resource has been seen that may have such. */
#include "azure/changes.h"

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

static struct wgo_str where_of(const struct wgo_azure *azure, struct wgo_arena *arena)
{
    return narrows(azure) && !has_native_pattern(azure) ? type_list(azure, arena)
                                                        : (struct wgo_str){0};
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
                                         struct wgo_azure_subscription *const *from, size_t count)
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
        memcpy(items, from, count * sizeof(struct wgo_azure_subscription *));
        azure->synced.groups = group;
    }
    wgo_lock_release(&azure->lock);
    return group && items && write_body(azure, group) ? group : NULL;
}

/* ---- queries ---- */

struct wgo_str wgo_azure_group_account(const struct wgo_azure_group *group)
{
    return group->count == 1 ? group->items[0]->id : group->login->tenant;
}

enum wgo_status wgo_azure_group_task(const struct wgo_azure_group *group, const char *entry,
                                     const struct wgo_var *more, struct wgo_emitter *emitter,
                                     struct wgo_error *err)
{
    struct wgo_task task = wgo_azure_task(group->login, entry, wgo_azure_group_account(group));
    task.type = WGO_STR("*");
    bool good = wgo_task_set(&task, WGO_STR("group"),
                             wgo_str_format(emitter->arena, "%u", group->number)) &&
                (!more || wgo_task_set(&task, more->name, more->value));
    return good ? emitter->task(emitter, &task, err)
                : wgo_fail(err, WGO_E_INTERNAL, "too many variables");
}

static enum wgo_status ask(struct wgo_azure *azure, struct wgo_azure_group *group, size_t table,
                           struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_str account = wgo_azure_group_account(group);
    /* "graph.resources"; with --azure-source graph "graph.only.resources", which leads nowhere. */
    struct wgo_str name =
        wgo_str_format(emitter->arena, "graph.%s%s",
                       azure->source == WGO_AZURE_GRAPH ? "only." : "", TABLES[table].table);
    struct wgo_str where = where_of(azure, emitter->arena);
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

/* Tables besides the first that need nothing, or something that has been seen. */
static enum wgo_status ask_tables(struct wgo_azure *azure, struct wgo_azure_group *group,
                                  bool after, struct wgo_emitter *emitter, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 1; i < WGO_COUNT(TABLES) && status == WGO_OK; i++) {
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

enum wgo_status wgo_azure_group_whole(struct wgo_azure *azure, struct wgo_azure_group *group,
                                      struct wgo_emitter *emitter, struct wgo_error *err)
{
    return ask(azure, group, 0, emitter, err);
}

enum wgo_status wgo_azure_group_types(const struct wgo_azure *azure,
                                      const struct wgo_azure_group *group,
                                      struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_var where = {WGO_STR("where"), where_of(azure, emitter->arena)};
    return wgo_azure_group_task(group, "graph.types", where.value.len > 0 ? &where : NULL, emitter,
                                err);
}

enum wgo_status wgo_azure_group_after(struct wgo_azure *azure, struct wgo_azure_group *group,
                                      struct wgo_emitter *emitter, struct wgo_error *err)
{
    return ask_tables(azure, group, true, emitter, err);
}

/* Puts 'count' subscriptions into groups and asks about them; since when, where it is enough to
 * ask what changed. */
static enum wgo_status make_groups(struct wgo_azure *azure, struct wgo_azure_login *login,
                                   struct wgo_azure_subscription *const *items, size_t count,
                                   const int64_t *since, struct wgo_emitter *emitter,
                                   struct wgo_error *err)
{
    size_t groups = count / WORTH;
    groups = groups < 1 ? 1 : groups > SIDE_BY_SIDE ? SIDE_BY_SIDE : groups;
    size_t size = (count + groups - 1) / groups;
    size = size > WGO_AZURE_GROUP_SIZE ? WGO_AZURE_GROUP_SIZE : size;
    enum wgo_status status = WGO_OK;
    for (size_t at = 0; at < count && status == WGO_OK; at += size) {
        size_t some = count - at < size ? count - at : size;
        struct wgo_azure_group *group = new_group(azure, login, items + at, some);
        if (!group) {
            return wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
        status = since ? wgo_azure_changes_begin(azure, group, *since, emitter, err)
                       : wgo_azure_group_whole(azure, group, emitter, err);
        status = status == WGO_OK ? ask_tables(azure, group, false, emitter, err) : status;
    }
    return status;
}

static enum wgo_status begin_groups(struct wgo_azure *azure, struct wgo_azure_login *login,
                                    struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_azure_subscription **known =
        WGO_NEW_ARRAY(emitter->arena, struct wgo_azure_subscription *, 2 * login->count + 1);
    size_t known_count = 0, other_count = 0;
    int64_t since = INT64_MAX, last = 0;
    if (!known) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    struct wgo_azure_subscription **others = known + login->count;
    for (struct wgo_azure_subscription *at = login->first; at; at = at->next) {
        if (wgo_azure_changes_known(azure, at, &last)) {
            known[known_count++] = at;
            since = last < since ? last : since;
        } else {
            others[other_count++] = at;
        }
    }
    enum wgo_status status = make_groups(azure, login, known, known_count, &since, emitter, err);
    return status == WGO_OK ? make_groups(azure, login, others, other_count, NULL, emitter, err)
                            : status;
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
