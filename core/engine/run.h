/* run.h: the inside of a run, shared by the engine's files. Private to engine.
 *
 * Rooms by thread: what is set in wgo_run_new() and wgo_run_open() is read-only afterwards;
 * 'synced' is guarded by 'lock'; each worker owns its struct wgo_worker. The record counters are
 * atomic because lanes never take the lock. */
#ifndef WGO_ENGINE_RUN_H
#define WGO_ENGINE_RUN_H

#include "base/lock.h"
#include "engine/active.h"
#include "engine/chosen.h"
#include "engine/crew.h"
#include "engine/dates.h"
#include "engine/engine.h"
#include "engine/meters.h"
#include "engine/phases.h"
#include "engine/sched.h"
#include "task/pool.h"

/* Calls that a worker sends or answers that it takes before it looks again what there is. */
enum { WGO_TURN_MOST = 16 };

struct wgo_worker {
    struct wgo_run *run;
    struct wgo_verdict verdicts[WGO_TURN_MOST]; /* on the answers of this turn */
    struct wgo_sink_lane *lane;
    struct wgo_arena page; /* one page's scratch */
    struct wgo_arena item; /* one item's */
    struct wgo_buf configuration, tags, text;
    struct wgo_buf document;     /* a page that did not come as JSON */
    struct wgo_buf kept;         /* the page's records, where they are to be kept */
    struct wgo_buf replay;       /* what the page led to, for a scan that resumes this one */
    struct wgo_dates dates;      /* of the page, that are none */
    bool tagless;                /* where `tags` of an item are there lies something else */
    struct wgo_chosen_last last; /* where its last record lay */
};

struct wgo_ahead;    /* ahead.h */
struct wgo_batches;  /* batch.h */
struct wgo_job_gate; /* jobs.h */
struct wgo_lanes;    /* lanes.h */
struct wgo_open_job;

struct wgo_waiting_scope; /* scopes.h */
struct wgo_refresh; /* one credential: whether it is being renewed, and the calls that wait for it
                     */

struct wgo_run {
    struct wgo_run_options o;
    struct wgo_catalog *catalog;
    void *self; /* the collector's instance */
    /* Of what catalogs say: what is kept is kept for these, and for whose credentials read. */
    uint64_t rules_digest;
    struct wgo_services services;
    struct wgo_redactor redactor; /* a copy: an abandoned blocker outlives the caller's */
    struct wgo_net_group *group;
    struct wgo_backoff retry;
    struct wgo_limit_rule *rules;
    struct wgo_worker *workers;
    struct wgo_worker collect_worker; /* collect() and plan() emit through it */
    struct wgo_error plan_error;      /* what became of them; their job's */

    struct wgo_quota known_quotas[WGO_QUOTAS_MOST]; /* the collector's; o.quotas, where the user
                                                       has named none */
    bool knows_quotas;
    uint64_t most_resources; /* --resource-limit; 0 = all */
    struct wgo_chosen chosen;
    _Atomic uint64_t records;
    _Atomic uint64_t resources;     /* counted only where there is a limit */
    _Atomic uint64_t expected_body; /* learned size of a page */
    struct wgo_budget_share share;  /* of o.budget */
    _Atomic bool cancelled;
    _Atomic bool reached; /* something has answered, whatever it was */

    struct wgo_lock lock;
    struct wgo_cond work;  /* for workers: something to do, or the end */
    struct wgo_cond pause; /* for blockers: a cancellation; for abandon: the last guest has left */
    struct {
        struct wgo_sched sched;
        struct wgo_pool *pool; /* NULL: it makes no calls */
        struct wgo_crew crew;
        struct wgo_attempt *spares; /* that the next calls are sent with */
        unsigned spare_count;
        struct wgo_call *done_head, *done_tail; /* answers to decode */
        struct wgo_waiting_scope *scopes, *scopes_tail;
        struct wgo_active active; /* accounts that are worked on */
        struct wgo_phases phases;
        struct wgo_meters meters;
        struct wgo_refresh *refreshes;
        struct wgo_job_gate *gates;
        struct wgo_lanes *lanes;                        /* NULL: the collector has none */
        uint64_t renewals;                              /* of credentials, so far */
        struct wgo_mono quota_next_at[WGO_QUOTAS_MOST]; /* where there is no ledger */
        struct wgo_mono hours_looked_at; /* when it was last asked whether it is open, */
        int64_t hours_wait_ns;           /* and what the answer was */
        bool asleep_told;
        struct wgo_mono quota_began_at; /* the first call under a quota */
        uint64_t quota_calls;
        bool quota_warned;
        struct wgo_mono quota_wait_ends; /* as it was last told of */
        struct wgo_ahead *ahead;         /* calls that were made before their tasks, */
        size_t ahead_count;              /* how many no task has taken over, */
        bool ahead_over;                 /* and that none will any more */
        size_t open_calls;               /* made and not yet finished */
        size_t jobs;                     /* plan, collect and refreshes under way */
        size_t guests; /* blockers inside something that is not ours: sink, rows, cache, events */
        unsigned worker_count; /* at most */
        unsigned threads;      /* that there were of them, in the end */
        bool started, planned, ended, abandoned;
        enum wgo_status why; /* of the cancellation */
        char why_text[512];
        struct wgo_probes probes; /* answers to fetch() */
        uint64_t random;
        uint64_t calls, retries, throttles, failures, wire_bytes, body_bytes, replayed;
    } synced WGO_GUARDED;
};

/* run.c */
void wgo_run_check_end(struct wgo_run *run);
/* One of the blockers' jobs is over: the run is not touched any more when it was abandoned. */
void wgo_run_job_ends(struct wgo_run *run);
/* The same in two steps: what has come to its end, each once, and what is to be done about it when
 * the lock is released. */
struct wgo_run_ending {
    bool ends;
    bool over; /* nobody needs what the run still has in the net */
};
struct wgo_run_ending wgo_run_ending_locked(struct wgo_run *run) WGO_REQUIRES(run->lock);
void wgo_run_tell_ending(struct wgo_run *run, struct wgo_run_ending ending);
/* Tells of the phases that are over by now. */
void wgo_run_tell_phases(struct wgo_run *run);
void wgo_run_report(struct wgo_run *run, const struct wgo_error *error);
/* A blocker's way to what the run's owner has lent it. False once the run was abandoned: what was
 * lent may be gone then. */
WGO_NODISCARD bool wgo_run_enter(struct wgo_run *run);
void wgo_run_leave(struct wgo_run *run);
/* Why the run was cancelled; false when it was not. */
bool wgo_run_cancelled(struct wgo_run *run, struct wgo_error *out_why);
/* Whether the user knows of a failure like this because it is what the run was cancelled for. */
bool wgo_run_told(struct wgo_run *run, enum wgo_status status);
/* Cancels the run for what went wrong in it, with its hint. */
void wgo_run_fail(struct wgo_run *run, const struct wgo_error *why);
/* True once for each entry: the user is to be told. */
bool wgo_run_tells(struct wgo_call *call, enum wgo_told what);
/* 'status' was returned with 'error': makes sure that the error says so. Collectors may forget. */
void wgo_run_explain(struct wgo_error *error, enum wgo_status status);
/* The wall time by the run's clock. */
struct wgo_wall wgo_run_wall(const struct wgo_run *run);

/* Clocks are put forward and back: while it is closed, that is looked at so often. */
#define WGO_HOURS_LOOK_NS (3600 * WGO_S)
/* asleep.c */
/* For how long no call may be made, by the hours that were given; 0 = it may. */
/* The hint for calls that a deadline ended while they waited as long as a server had asked for. */
#define WGO_LONGER_PAUSE                                                                           \
    "the server asked for a longer pause: a longer --scan-timeout waits it out, or try again "     \
    "later"

int64_t wgo_run_closed_ns_locked(struct wgo_run *run) WGO_REQUIRES(run->lock);
/* True once for each sleep: that nothing is asked for now, and until when, is to be told. */
bool wgo_run_falls_asleep_locked(struct wgo_run *run, int64_t closed_ns, bool waits)
    WGO_REQUIRES(run->lock);
void wgo_run_tell_asleep(struct wgo_run *run, int64_t closed_ns);

/* crew.c */
void wgo_crew_work(void *run, unsigned index);
/* Calls a worker, unless one is on its way or all are at work. */
void wgo_crew_call_locked(struct wgo_run *run) WGO_REQUIRES(run->lock);
/* The same when there is something to do. */
void wgo_crew_look_locked(struct wgo_run *run) WGO_REQUIRES(run->lock);
/* Calls that may go out now; with none, '*out_wake' is when to ask again. */
unsigned wgo_crew_take_calls_locked(struct wgo_run *run, struct wgo_mono now,
                                    struct wgo_call *calls[WGO_TURN_MOST],
                                    struct wgo_mono *out_wake) WGO_REQUIRES(run->lock);

/* call.c */
/* 'job': what the page that led to it belongs to, or NULL. */
WGO_NODISCARD enum wgo_status wgo_call_new(struct wgo_run *run, const struct wgo_task *task,
                                           struct wgo_open_job *job, struct wgo_error *err);
void wgo_call_free(struct wgo_call *call);
/* The list has ended: one row, and the call is gone. 'error' NULL: seen whole. */
void wgo_call_finish(struct wgo_call *call, const struct wgo_error *error);
/* Without a row or a word. */
void wgo_call_end_quietly(struct wgo_call *call);
/* The same for a call that the run's cancellation ended; whoever cancelled tells the user, once. */
void wgo_call_cancelled(struct wgo_call *call);
/* The list goes on with call->task as it stands (next page, restart). */
void wgo_call_continue(struct wgo_call *call);
void wgo_call_later(struct wgo_call *call, int64_t delay_ns);
/* The entry's place in the catalog. */
size_t wgo_entry_index(const struct wgo_run *run, const struct wgo_entry *entry);
/* Value of a variable hole for this task; see template.h. */
struct wgo_str wgo_call_var(const struct wgo_call *call, struct wgo_str name);
/* Appends the expansion over the task's variables; false when one of them has no value. */
bool wgo_call_expand(const struct wgo_call *call, const struct wgo_template *text,
                     struct wgo_buf *out);

/* send.c */
void wgo_call_send(struct wgo_call *call);
/* Gives up the answer and the memory that was reserved for it. */
void wgo_call_drop_attempt(struct wgo_call *call);
/* What it was sent with is for others now, if they have not enough. */
void wgo_call_spare_locked(struct wgo_run *run, struct wgo_call *call) WGO_REQUIRES(run->lock);
void wgo_attempt_free(struct wgo_attempt *attempt);
/* answer.c */
void wgo_calls_answered(struct wgo_worker *worker, struct wgo_call *const *calls, unsigned count);
/* Hands the call to the workers, as one that has been answered; the caller calls one of them. */
void wgo_call_answer_locked(struct wgo_run *run, struct wgo_call *call) WGO_REQUIRES(run->lock);
/* refresh.c */
void wgo_call_refresh(struct wgo_call *call, struct wgo_str key);
/* Takes out the calls that wait for credentials, linked by 'next'. */
struct wgo_call *wgo_refresh_drain_locked(struct wgo_run *run) WGO_REQUIRES(run->lock);
void wgo_refresh_free_all(struct wgo_run *run);
/* page.c */
WGO_NODISCARD enum wgo_status wgo_page_read(struct wgo_worker *worker, struct wgo_call *call,
                                            bool fallback, const struct wgo_verdict *verdict,
                                            struct wgo_str *out_token, struct wgo_error *err);
/* The page as an interrupted scan has read it. ABSENT: it cannot be had after all. */
WGO_NODISCARD enum wgo_status wgo_page_replay(struct wgo_worker *worker, struct wgo_call *call,
                                              struct wgo_str *out_token, struct wgo_error *err);
/* plan(), with an emitter of its own. */
WGO_NODISCARD enum wgo_status wgo_run_plan(struct wgo_worker *worker, struct wgo_error *err);
/* item.c */
WGO_NODISCARD enum wgo_status wgo_item_read(struct wgo_worker *worker, struct wgo_call *call,
                                            struct wgo_emitter *emitter, struct wgo_str item,
                                            struct wgo_batches *batches, struct wgo_error *err);
/* services.c */
void wgo_services_init(struct wgo_run *run);
WGO_NODISCARD enum wgo_status wgo_worker_append(struct wgo_worker *worker,
                                                const struct wgo_record *record,
                                                struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_worker_open(struct wgo_worker *worker, struct wgo_run *run,
                                              struct wgo_error *err);
void wgo_worker_close(struct wgo_worker *worker);

#endif
