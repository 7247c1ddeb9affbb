/* refresh.c: credentials are renewed once, by one blocker, while their calls wait. */
#include "engine/run.h"

#include <stdlib.h>

static void end_refresh(struct wgo_refresh *refresh, const struct wgo_error *error)
{
    struct wgo_run *run = refresh->run;
    wgo_lock_acquire(&run->lock);
    struct wgo_refresh **link = &run->synced.refreshes;
    while (*link != refresh) {
        link = &(*link)->next;
    }
    *link = refresh->next;
    struct wgo_call *call = refresh->waiting;
    wgo_lock_release(&run->lock);

    while (call) {
        struct wgo_call *next = call->next;
        call->next = NULL;
        if (error) {
            wgo_call_finish(call, error);
        } else {
            call->refresh_wanted = false;
            wgo_call_continue(call);
        }
        call = next;
    }
    free((char *)refresh->key.ptr);
    free(refresh);
    wgo_lock_acquire(&run->lock);
    run->synced.jobs--;
    wgo_lock_release(&run->lock);
    wgo_run_check_end(run);
}

static void run_refresh(void *state)
{
    struct wgo_refresh *refresh = state;
    struct wgo_run *run = refresh->run;
    struct wgo_error error = {0};
    enum wgo_status status = run->o.type->refresh(run->self, refresh->key, &error);
    end_refresh(refresh, status == WGO_OK ? NULL : &error);
}

static struct wgo_refresh *find_locked(struct wgo_run *run, struct wgo_str key)
    WGO_REQUIRES(run->lock)
{
    struct wgo_refresh *refresh = run->synced.refreshes;
    while (refresh && !wgo_str_eq(refresh->key, key)) {
        refresh = refresh->next;
    }
    return refresh;
}

void wgo_call_refresh(struct wgo_call *call, struct wgo_str key)
{
    struct wgo_run *run = call->run;
    struct wgo_refresh *fresh = calloc(1, sizeof(*fresh));
    char *copy = fresh ? malloc(key.len + 1) : NULL;
    struct wgo_error error = {0};
    if (!copy) {
        free(fresh);
        wgo_fail(&error, WGO_E_NOMEM, "out of memory");
        wgo_call_finish(call, &error);
        return;
    }
    memcpy(copy, key.ptr, key.len);
    copy[key.len] = '\0';
    *fresh = (struct wgo_refresh){.run = run, .key = wgo_str_from(copy, key.len)};

    wgo_lock_acquire(&run->lock);
    struct wgo_refresh *refresh = find_locked(run, key);
    bool first = !refresh;
    if (first) {
        refresh = fresh;
        refresh->next = run->synced.refreshes;
        run->synced.refreshes = refresh;
        run->synced.jobs++;
    }
    call->next = refresh->waiting;
    refresh->waiting = call;
    wgo_lock_release(&run->lock);

    if (!first) {
        free(copy);
        free(fresh);
        return;
    }
    struct wgo_job job = {.run = run_refresh, .state = refresh};
    if (!wgo_blockers_submit(run->o.blockers, job)) {
        wgo_fail(&error, WGO_E_CANCELLED, "stopped before the credentials were renewed");
        end_refresh(refresh, &error);
    }
}
