/* call.h: a task on its way: what the engine knows of it besides the task itself. Private to
 * engine.
 *
 * Ownership: made with its task, freed when the list's page is done with.
 * Threads:   one at a time: the scheduler (run's lock), a worker, or the net. */
#ifndef WGO_ENGINE_CALL_H
#define WGO_ENGINE_CALL_H

#include "catalog/catalog.h"
#include "model/http.h"
#include "model/ports.h"
#include "model/task.h"

/* A run has no more quotas than these. */
#define WGO_QUOTAS_MOST 16

struct wgo_active_account;
struct wgo_ahead;
struct wgo_open_job;
struct wgo_keyset;
struct wgo_run;

/* The lane that an attempt goes by; see lanes.h. */
struct wgo_lane_hold {
    bool used, held; /* it went by one; it is not back yet */
    unsigned index;
    struct wgo_mono sent_at;
    struct wgo_str names[WGO_LIMIT_KEYS]; /* of the limit keys that speak of the lane */
    struct wgo_limit *limits[WGO_LIMIT_KEYS];
    unsigned count;
};

/* What a call needs only while it is out: made by wgo_call_send(), gone with its body. A million
 * calls may wait, few are out. What the last calls have used is used again, buffers and all: they
 * would be filled by one thread and freed by another, and these would meet at the allocator. */
struct wgo_attempt {
    struct wgo_attempt *next; /* among those that nobody uses */
    struct wgo_arena arena;   /* strings of the request */
    struct wgo_request request;
    struct wgo_response response;
    int64_t charges[WGO_QUOTAS_MOST]; /* in the quota ledger */
    unsigned charge_count;
    struct wgo_lane_hold lane;
};

struct wgo_call {
    struct wgo_run *run;
    struct wgo_task *task;
    const struct wgo_entry *entry;
    struct wgo_keyset *keys;
    struct wgo_active_account *active; /* of a call that a scope led to */
    struct wgo_call *next;             /* in whatever queue it waits */
    unsigned attempts, throttles;      /* failed so far, of this page */
    unsigned refused;                  /* how often this page's credentials were */
    bool refresh_wanted;               /* they were refused by the last answer */
    bool renewed;                      /* it has just waited for them to be renewed */
    unsigned expired;                  /* page tokens in a row, without a page in between */
    int retry_cost;                    /* taken from the retry budget, */
    int refund;                        /* and to be given back, since a page was good */
    uint64_t reserved;                 /* of the memory budget */
    struct wgo_mono lined_at;          /* when it began to wait in its line, */
    struct wgo_mono sent_at;           /* and when it was admitted */
    uint64_t renewals;                 /* of credentials that had ended when it was admitted, */
    uint64_t refused_renewals;         /* and when the attempt was that was refused */
    struct wgo_attempt *attempt;
    struct wgo_attempt *spare; /* to be used, or one that has been */
    bool replay;               /* its page is known, and is given again instead */
    bool fresh;                /* by the HTTP cache, not by an interrupted scan */
    bool nameless;             /* whose page that would be is not known yet */
    bool conditional;          /* it asks for the page only if that has changed */
    bool keyed;                /* what its page goes by is known: */
    struct wgo_page_key page_key;
    bool unkept;          /* it was thought to be, and is not */
    int64_t elsewhere;    /* of the task's items, those that other rows count */
    int64_t oldest_ns;    /* when the oldest of its pages was read, by the wall; 0 = now */
    uint64_t seen;        /* items of its pages so far, those of an earlier scan excepted */
    unsigned barren;      /* pages without an item, one after the other */
    uint64_t last_ids;    /* of the items of the page before, */
    unsigned same_pages;  /* and how many pages before that had the same; see follow.h */
    uint64_t page_digest; /* of what a page held, where pages are counted; 0 = not known */
    /* Of a page that had items too; see partial.h. */
    struct wgo_error *partial;
    bool in_doubt;            /* its first page was a short one; see short_page.h */
    uint64_t page_ids;        /* what that page held, by their ids */
    bool token_kept;          /* the page's token is an interrupted scan's, and may be too old */
    struct wgo_ahead *ahead;  /* it was made before its task; see ahead.h */
    bool judged;              /* its answer is settled already */
    bool scout;               /* it waits for a lane's moment; see lanes.h */
    bool let_go;              /* it was parked, and is to look for a lane */
    uint64_t lane_answers;    /* when no lane had room for it, */
    bool lane_busy;           /* and whether one that had none has calls out */
    struct wgo_open_job *job; /* that it belongs to; see jobs.h */
    struct wgo_mono born_at;  /* of one that polls: when it began to wait, */
    unsigned looks;           /* how often it has looked, */
    int64_t again_ns;         /* and when to look again; 0 = the page was read */
};

#endif
