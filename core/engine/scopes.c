#include "engine/scopes.h"

#include <stdlib.h>

static void waiting_free(struct wgo_waiting_scope *waiting)
{
    if (waiting) {
        free(waiting->scope);
        free(waiting);
    }
}

enum wgo_status wgo_scope_add(struct wgo_run *run, const struct wgo_scope *scope,
                              struct wgo_error *err)
{
    struct wgo_waiting_scope *waiting = calloc(1, sizeof(*waiting));
    if (waiting) {
        waiting->scope = wgo_scope_copy(scope);
    }
    if (!waiting || !waiting->scope) {
        waiting_free(waiting);
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_lock_acquire(&run->lock);
    bool abandoned = run->synced.abandoned, cancelled = run->synced.why != WGO_OK;
    run->synced.open_calls += !abandoned;
    if (!abandoned && !cancelled) {
        if (run->synced.scopes_tail) {
            run->synced.scopes_tail->next = waiting;
        } else {
            run->synced.scopes = waiting;
        }
        run->synced.scopes_tail = waiting;
        wgo_crew_look_locked(run);
    }
    wgo_lock_release(&run->lock);
    if (abandoned) {
        waiting_free(waiting);
        return wgo_fail(err, WGO_E_CANCELLED, "stopped before the end");
    }
    if (cancelled) {
        wgo_scope_expand(run, waiting); /* nobody would take it out again; its rows say so */
    }
    return WGO_OK;
}

struct wgo_waiting_scope *wgo_scope_take_locked(struct wgo_run *run)
{
    struct wgo_waiting_scope *waiting = run->synced.scopes;
    if (waiting && !wgo_active_admits(&run->synced.active, waiting->scope->account)) {
        return NULL; /* an account's scopes stand together: the first one speaks for those behind */
    }
    if (waiting) {
        waiting->active = wgo_active_enter(&run->synced.active, waiting->scope->account);
        run->synced.scopes = waiting->next;
        if (!waiting->next) {
            run->synced.scopes_tail = NULL;
        }
        waiting->next = NULL;
    }
    return waiting;
}

static enum wgo_status make_call(struct wgo_run *run, const struct wgo_scope *scope,
                                 const struct wgo_entry *entry, struct wgo_error *err)
{
    struct wgo_task task = wgo_scope_task(scope, entry->name);
    task.type = entry->row_type;
    return wgo_call_new(run, &task, NULL, err);
}

static bool belongs(const struct wgo_entry *entry, const struct wgo_scope *scope)
{
    return wgo_str_eq(entry->view.scope, scope->kind) && !entry->view.is_child &&
           entry->view.needed;
}

static enum wgo_status make_calls(struct wgo_run *run, const struct wgo_scope *scope,
                                  struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < wgo_catalog_count(run->catalog) && status == WGO_OK; i++) {
        const struct wgo_entry *entry = wgo_catalog_at(run->catalog, i);
        if (belongs(entry, scope)) {
            status = make_call(run, scope, entry, err);
        }
    }
    return status;
}

static enum wgo_status tell(struct wgo_run *run, const struct wgo_scope *scope,
                            struct wgo_error *err)
{
    size_t count = wgo_catalog_count(run->catalog);
    struct wgo_planned planned = {.scope = scope};
    planned.lists.items = calloc(count + 1, sizeof(const struct wgo_entry_view *));
    if (!planned.lists.items) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count; i++) {
        const struct wgo_entry *entry = wgo_catalog_at(run->catalog, i);
        if (belongs(entry, scope)) {
            planned.lists.items[planned.lists.count++] = &entry->view;
        }
    }
    if (run->o.events.planned) {
        run->o.events.planned(run->o.events.state, &planned);
    }
    free(planned.lists.items);
    return WGO_OK;
}

/* A run that ended before the scope's turn: one row for all that was to be read there. A thousand
 * accounts would otherwise leave a row for each of their lists. */
static void say_unread(struct wgo_run *run, const struct wgo_scope *scope,
                       const struct wgo_error *why)
{
    struct wgo_row row = {.provider = wgo_str(run->o.type->name),
                          .account = scope->account,
                          .region = scope->region,
                          .type = WGO_STR("*"),
                          .seen = wgo_status_seen(why->status),
                          .error = wgo_str(why->message)};
    wgo_rows_add(run->o.rows, &row);
}

void wgo_scope_expand(struct wgo_run *run, struct wgo_waiting_scope *waiting)
{
    const struct wgo_scope *scope = waiting->scope;
    struct wgo_error error = {0}, stopped = {0};
    enum wgo_status status = WGO_OK;
    if (wgo_run_cancelled(run, &stopped)) {
        say_unread(run, scope, &stopped);
    } else {
        status = run->o.dry ? tell(run, scope, &error) : make_calls(run, scope, &error);
    }
    if (status != WGO_OK) {
        struct wgo_row row = {.provider = wgo_str(run->o.type->name),
                              .account = scope->account,
                              .region = scope->region,
                              .seen = wgo_status_seen(status),
                              .error = wgo_str(error.message)};
        wgo_rows_add(run->o.rows, &row);
        wgo_error_at(&error, run->o.type->name, NULL, NULL);
        wgo_run_report(run, &error);
    }
    struct wgo_active_account *active = waiting->active;
    waiting_free(waiting);
    wgo_lock_acquire(&run->lock);
    wgo_active_leave(&run->synced.active, active);
    run->synced.open_calls--;
    wgo_crew_look_locked(run);
    wgo_lock_release(&run->lock);
    wgo_run_check_end(run);
}
