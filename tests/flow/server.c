#include "server.h"

#include "flow/backoff.h"

#include <math.h>
#include <stdlib.h>

enum { MOST_CALLS = 4096 };

struct call {
    struct wgo_mono sent_at, due;
    enum wgo_window_answer answer;
    int64_t retry_after_ns;
};

struct sim {
    const struct server *server;
    uint64_t random;
    int64_t now;
    struct call calls[MOST_CALLS];
    size_t in_flight;

    double tokens;
    int64_t tokens_at;
    unsigned active;
    int64_t period_start;
    unsigned period_used;
    int64_t busy_until[MOST_CALLS]; /* of each of the queue's workers */
    int64_t shut_until;             /* latest Retry-After that was answered */
};

static double uniform(struct sim *sim)
{
    return (double)(wgo_random_next(&sim->random) >> 11) * 0x1p-53;
}

static int64_t latency(struct sim *sim)
{
    double spread = -log(1 - uniform(sim)) - 1;
    double share = 1 + sim->server->jitter * spread;
    return (int64_t)((double)sim->server->latency_ns * fmax(share, 0.1));
}

static bool bucket_admits(struct sim *sim)
{
    const struct server *server = sim->server;
    bool changed = server->new_rate_per_s > 0 && sim->now >= server->change_at_ns;
    double rate = changed ? server->new_rate_per_s : server->rate_per_s;
    double tokens = sim->tokens + (double)(sim->now - sim->tokens_at) / (double)WGO_S * rate;
    sim->tokens = fmin(tokens, server->burst);
    sim->tokens_at = sim->now;
    if (sim->tokens < 1 - 1e-9) {
        return false;
    }
    sim->tokens--;
    return true;
}

static bool quota_admits(struct sim *sim)
{
    int64_t elapsed = sim->now - sim->period_start;
    if (elapsed >= sim->server->period_ns) {
        sim->period_start += elapsed - elapsed % sim->server->period_ns;
        sim->period_used = 0;
    }
    return sim->period_used++ < sim->server->capacity;
}

/* The call waits for the worker that is free first. */
static int64_t queued_latency(struct sim *sim)
{
    size_t first = 0;
    for (size_t i = 1; i < sim->server->capacity; i++) {
        first = sim->busy_until[i] < sim->busy_until[first] ? i : first;
    }
    int64_t start = sim->busy_until[first] > sim->now ? sim->busy_until[first] : sim->now;
    sim->busy_until[first] = start + latency(sim);
    return sim->busy_until[first] - sim->now;
}

static int64_t retry_after(const struct sim *sim)
{
    if (sim->server->kind == SERVER_QUOTA) {
        return sim->period_start + sim->server->period_ns - sim->now;
    }
    return sim->server->retry_after_ns ? sim->server->retry_after_ns : -1;
}

static bool admits(struct sim *sim)
{
    switch (sim->server->kind) {
    case SERVER_BUCKET:
        return bucket_admits(sim);
    case SERVER_CAPACITY:
        if (sim->active >= sim->server->capacity) {
            return false;
        }
        sim->active++;
        return true;
    case SERVER_QUOTA:
        return quota_admits(sim);
    case SERVER_QUEUE:
        return true;
    }
    return false;
}

static void receive(struct sim *sim)
{
    if (sim->in_flight == MOST_CALLS) {
        abort();
    }
    struct call *call = &sim->calls[sim->in_flight++];
    int64_t refusal = sim->server->refusal_ns ? sim->server->refusal_ns : 10 * WGO_MS;
    call->sent_at.ns = sim->now;
    call->retry_after_ns = -1;
    if (admits(sim)) {
        bool queues = sim->server->kind == SERVER_QUEUE;
        call->answer = WGO_ANSWER_GOOD;
        call->due.ns = sim->now + (queues ? queued_latency(sim) : latency(sim));
    } else {
        call->answer = WGO_ANSWER_THROTTLED;
        call->due.ns = sim->now + refusal;
        call->retry_after_ns = retry_after(sim);
    }
}

/* The call that is answered next, or NULL when none is before 'limit'. */
static struct call *next_answer(struct sim *sim, int64_t limit)
{
    struct call *next = NULL;
    for (size_t i = 0; i < sim->in_flight; i++) {
        if (sim->calls[i].due.ns <= (next ? next->due.ns - 1 : limit)) {
            next = &sim->calls[i];
        }
    }
    return next;
}

static void answer(struct sim *sim, struct call *call, struct wgo_window *window,
                   const struct run *run, struct outcome *out)
{
    struct call done = *call;
    *call = sim->calls[--sim->in_flight];
    wgo_window_answered(window, done.answer, done.sent_at, done.retry_after_ns, done.due);
    bool good = done.answer == WGO_ANSWER_GOOD;
    sim->active -= good && sim->server->kind == SERVER_CAPACITY;
    if (done.retry_after_ns > 0 && sim->now + done.retry_after_ns > sim->shut_until) {
        sim->shut_until = sim->now + done.retry_after_ns;
    }
    if (sim->now >= run->count_from_ns) {
        out->good += good;
        out->throttled += !good;
        out->latency_ns += good ? (double)wgo_mono_sub(done.due, done.sent_at) : 0;
    } else {
        out->early_throttled += !good;
    }
}

struct outcome server_run(const struct server *server, const struct run *run)
{
    struct outcome out = {0};
    struct wgo_window window;
    struct wgo_window_options options = {.max = run->max_in_flight};
    struct sim *sim = calloc(1, sizeof(*sim));
    if (!sim) {
        abort();
    }
    sim->server = server;
    sim->random = run->seed;
    sim->tokens = server->burst;
    wgo_window_init(&window, &options);
    int64_t wanted_at = 0; /* when the next call is wanted */
    while (sim->now < run->length_ns) {
        int64_t wait;
        while ((wait = wgo_window_wait_ns(&window, (struct wgo_mono){sim->now})) == 0 &&
               wanted_at <= sim->now) {
            out.early_bird = out.early_bird || sim->now < sim->shut_until;
            wgo_window_sent(&window, (struct wgo_mono){sim->now});
            receive(sim);
            wanted_at += run->demand_per_s > 0 ? (int64_t)((double)WGO_S / run->demand_per_s) : 0;
        }
        int64_t next = wait == INT64_MAX ? INT64_MAX : sim->now + wait;
        next = wait == 0 ? wanted_at : next;
        struct call *call = next_answer(sim, next);
        sim->now = call ? call->due.ns : next;
        if (call) {
            answer(sim, call, &window, run, &out);
        }
    }
    free(sim);
    double counted_s = (double)(run->length_ns - run->count_from_ns) / (double)WGO_S;
    out.good_per_s = out.good / counted_s;
    out.throttled_share = out.throttled / fmax(out.good + out.throttled, 1);
    out.latency_ns /= fmax(out.good, 1);
    return out;
}
