#include "engine/jobs.h"

#include <stdlib.h>

/* ---- gates ---- */

static struct wgo_job_gate *gate_for_locked(struct wgo_run *run, const struct wgo_entry *entry)
    WGO_REQUIRES(run->lock)
{
    for (struct wgo_job_gate *gate = run->synced.gates; gate; gate = gate->next) {
        if (gate->entry == entry) {
            return gate;
        }
    }
    struct wgo_job_gate *gate = calloc(1, sizeof(*gate));
    if (gate) {
        gate->entry = entry;
        gate->most = run->o.most_jobs > 0 ? run->o.most_jobs : entry->jobs;
        gate->next = run->synced.gates;
        run->synced.gates = gate;
    }
    return gate;
}

bool wgo_job_join_locked(struct wgo_run *run, struct wgo_call *call, struct wgo_open_job *parent)
{
    bool good = true;
    if (call->entry->jobs > 0) {
        struct wgo_job_gate *gate = gate_for_locked(run, call->entry);
        call->job = gate ? calloc(1, sizeof(*call->job)) : NULL;
        good = call->job != NULL;
        if (good) {
            *call->job = (struct wgo_open_job){.gate = gate, .calls = 1};
        }
    } else if (parent) {
        parent->calls++;
        call->job = parent;
    }
    return good;
}

bool wgo_job_wait_locked(struct wgo_run *run, struct wgo_call *call)
{
    (void)run;
    if (call->entry->jobs == 0) {
        return false;
    }
    struct wgo_job_gate *gate = call->job->gate;
    if (gate->open < gate->most) {
        gate->open++;
        call->job->open = true;
        return false;
    }
    call->next = NULL;
    if (gate->tail) {
        gate->tail->next = call;
    } else {
        gate->head = call;
    }
    gate->tail = call;
    return true;
}

void wgo_job_leave_locked(struct wgo_run *run, struct wgo_call *call)
{
    struct wgo_open_job *job = call->job;
    call->job = NULL;
    if (!job) {
        return;
    }
    if (--job->calls > 0) {
        return;
    }
    struct wgo_job_gate *gate = job->gate;
    bool was_open = job->open;
    free(job);
    if (!was_open) {
        return;
    }
    struct wgo_call *next = gate->head;
    gate->open--;
    if (next && run->synced.why == WGO_OK) {
        gate->head = next->next;
        gate->tail = gate->head ? gate->tail : NULL;
        gate->open++;
        next->job->open = true;
        wgo_sched_add(&run->synced.sched, next, wgo_clock_mono(run->o.clock));
        wgo_crew_look_locked(run);
    }
}

struct wgo_call *wgo_jobs_drain_locked(struct wgo_run *run)
{
    struct wgo_call *all = NULL;
    for (struct wgo_job_gate *gate = run->synced.gates; gate; gate = gate->next) {
        while (gate->head) {
            struct wgo_call *call = gate->head;
            gate->head = call->next;
            call->next = all;
            all = call;
        }
        gate->tail = NULL;
    }
    return all;
}

void wgo_jobs_free_all_locked(struct wgo_run *run)
{
    while (run->synced.gates) {
        struct wgo_job_gate *next = run->synced.gates->next;
        free(run->synced.gates);
        run->synced.gates = next;
    }
}
