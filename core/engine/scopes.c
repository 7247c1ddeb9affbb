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
    }
    wgo_lock_release(&run->lock);
    if (abandoned) {
        waiting_free(waiting);
        return wgo_fail(err, WGO_E_CANCELLED, "stopped before the end");
    }
    if (cancelled) {
        wgo_scope_expand(run, waiting); /* nobody would take it out again; its rows say so */
    } else {
        wgo_cond_signal(&run->work);
    }
    return WGO_OK;
}

struct wgo_waiting_scope *wgo_scope_take_locked(struct wgo_run *run)
{
    struct wgo_waiting_scope *waiting = run->synced.scopes;
    if (waiting) {
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
    return wgo_call_new(run, &task, err);
}

void wgo_scope_expand(struct wgo_run *run, struct wgo_waiting_scope *waiting)
{
    const struct wgo_scope *scope = waiting->scope;
    struct wgo_error error = {0};
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < wgo_catalog_count(run->catalog) && status == WGO_OK; i++) {
        const struct wgo_entry *entry = wgo_catalog_at(run->catalog, i);
        if (wgo_str_eq(entry->view.scope, scope->kind) && !entry->view.is_child &&
            entry->view.needed) {
            status = make_call(run, scope, entry, &error);
        }
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
    waiting_free(waiting);
    wgo_lock_acquire(&run->lock);
    run->synced.open_calls--;
    wgo_lock_release(&run->lock);
    wgo_run_check_end(run);
}
