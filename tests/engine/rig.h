/* rig.h: one run of the engine over a scripted server, with everything it needs around it.
 *
 * Ownership: rig_start() makes what it holds, rig_end() checks that nothing was left over and frees
 * it. Threads:   the test's. */
#ifndef TESTS_ENGINE_RIG_H
#define TESTS_ENGINE_RIG_H

#include "basket.h"
#include "engine/engine.h"
#include "http_script.h"
#include "shop.h"

/* Hours pass in seconds. */
#define RIG_SCALE 1000

struct rig_options {
    http_script_fn *script;
    void *state;
    const struct shop_task *tasks;
    size_t task_count;
    unsigned workers, calls; /* 0 = 4, 8 */
    const struct wgo_backoff *retry;
    const struct wgo_limit_rule *limits;
    size_t limit_count;
    uint64_t budget;         /* of bodies; 0 = plenty */
    struct wgo_clock *clock; /* NULL = scaled */
    bool without_plan;
    const struct wgo_cache *cache; /* NULL = none */
    const struct wgo_pages *pages; /* NULL = none */
    const struct wgo_hours *hours; /* NULL = at any time */
    bool no_start;
};

struct rig {
    struct shop shop;
    struct http_script *http;
    struct wgo_net *net;
    struct wgo_blockers *blockers;
    struct wgo_budget budget;
    struct wgo_rows *rows;
    struct basket basket;
    struct wgo_clock scaled;
    struct wgo_redactor redactor;
    struct wgo_provider_options options;
    struct wgo_run *run;
    struct wgo_run_stats stats; /* after rig_end() */

    struct wgo_lock lock; /* Guards what follows. */
    struct wgo_cond changed;
    unsigned ended, problems, warnings;
    char warning[400];        /* the last */
    struct wgo_error problem; /* the first */
    struct wgo_error last_problem;
};

/* A rig to change before rig_start(): rig.shop, rig.basket. */
void rig_init(struct rig *rig);
void rig_start(struct rig *rig, const struct rig_options *options);
void rig_wait(struct rig *rig);
/* Waits for the end and joins; rows and basket can be looked at, until rig_free(). */
void rig_end(struct rig *rig);
void rig_free(struct rig *rig);
/* init with a shop that needs nothing, start, end. */
void rig_run(struct rig *rig, const struct rig_options *options);

/* The row of that type; the test fails when there is none, or more than one. Texts live till
 * rig_free(). */
struct wgo_row rig_row(struct rig *rig, const char *type);
size_t rig_rows(struct rig *rig);
void rig_assert_seen(struct rig *rig, const char *type, enum wgo_completeness seen);
/* Items of all rows, and records that were appended and are no parts. */
void rig_assert_counts_agree(struct rig *rig);

/* ---- answers ---- */

/* A page of items FIRST .. FIRST+COUNT-1 with the next page's token unless it is NULL. */
void answer_page(struct http_answer *answer, unsigned first, unsigned count, const char *next);
/* Ten items of page PAGE of PAGES, counted from 0; its token is its number. */
void answer_next_page(struct http_answer *answer, unsigned page, unsigned pages);
unsigned rig_page_of(const struct http_request *request);
void answer_text(struct http_answer *answer, int status, const char *body);

#endif
