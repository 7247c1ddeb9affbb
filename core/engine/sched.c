#include "engine/sched.h"

#include <assert.h>
#include <stdlib.h>
#include <xxhash.h>

/* Keys that no call names are looked for this often, and given up after so long. */
#define SWEEP_NS (60 * WGO_S)
#define IDLE_NS (600 * WGO_S)

struct wgo_gate {
    struct wgo_str name;
    struct wgo_limit *limit;
    struct wgo_keyset *blocked, *blocked_tail;
    struct wgo_gate *hash_next;
    size_t refs; /* keysets that name it */
};

/* ---- timers: a binary heap by due time ---- */

static bool timer_reserve(struct wgo_sched *sched, size_t count)
{
    if (count <= sched->timer_cap) {
        return true;
    }
    size_t cap = sched->timer_cap ? sched->timer_cap * 2 : 64;
    cap = cap < count ? count : cap;
    struct wgo_timer *more = realloc(sched->timers, cap * sizeof(*more));
    if (more) {
        sched->timers = more;
        sched->timer_cap = cap;
    }
    return more != NULL;
}

/* There is always room for every keyset beside the calls that wait singly: a line that is refused
 * can be parked even when memory is gone. */
static void timer_push(struct wgo_sched *sched, struct wgo_timer timer)
{
    assert(sched->timer_count < sched->timer_cap);
    size_t at = sched->timer_count++;
    while (at > 0 && wgo_mono_before(timer.due, sched->timers[(at - 1) / 2].due)) {
        sched->timers[at] = sched->timers[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    sched->timers[at] = timer;
}

static struct wgo_timer timer_pop(struct wgo_sched *sched)
{
    struct wgo_timer top = sched->timers[0];
    struct wgo_timer last = sched->timers[--sched->timer_count];
    size_t at = 0, count = sched->timer_count;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= count) {
            break;
        }
        if (child + 1 < count &&
            wgo_mono_before(sched->timers[child + 1].due, sched->timers[child].due)) {
            child++;
        }
        if (!wgo_mono_before(sched->timers[child].due, last.due)) {
            break;
        }
        sched->timers[at] = sched->timers[child];
        at = child;
    }
    if (count > 0) {
        sched->timers[at] = last;
    }
    return top;
}

/* ---- gates and keysets ---- */

static size_t bucket_of(struct wgo_str name)
{
    return XXH3_64bits(name.ptr, name.len) % WGO_SCHED_BUCKETS;
}

static struct wgo_str copy_name(struct wgo_str name)
{
    char *bytes = malloc(name.len + 1);
    if (!bytes) {
        return (struct wgo_str){0};
    }
    if (name.len > 0) {
        memcpy(bytes, name.ptr, name.len);
    }
    bytes[name.len] = '\0';
    return wgo_str_from(bytes, name.len);
}

static struct wgo_gate *gate_for(struct wgo_sched *sched, struct wgo_str name, struct wgo_mono now)
{
    size_t bucket = bucket_of(name);
    for (struct wgo_gate *gate = sched->gates[bucket]; gate; gate = gate->hash_next) {
        if (wgo_str_eq(gate->name, name)) {
            gate->refs++;
            return gate;
        }
    }
    struct wgo_gate *gate = calloc(1, sizeof(*gate));
    if (!gate) {
        return NULL;
    }
    gate->name = copy_name(name);
    gate->limit = gate->name.ptr ? wgo_limits_key(sched->limits, name, now) : NULL;
    if (!gate->limit) {
        free((char *)gate->name.ptr);
        free(gate);
        return NULL;
    }
    gate->refs = 1;
    gate->hash_next = sched->gates[bucket];
    sched->gates[bucket] = gate;
    return gate;
}

static void gate_release(struct wgo_sched *sched, struct wgo_gate *gate)
{
    if (--gate->refs > 0) {
        return;
    }
    struct wgo_gate **link = &sched->gates[bucket_of(gate->name)];
    while (*link != gate) {
        link = &(*link)->hash_next;
    }
    *link = gate->hash_next;
    wgo_limits_release(sched->limits, gate->limit);
    free((char *)gate->name.ptr);
    free(gate);
}

static void keyset_free(struct wgo_sched *sched, struct wgo_keyset *keyset)
{
    for (size_t i = 0; i < keyset->count; i++) {
        gate_release(sched, keyset->gates[i]);
    }
    free((char *)keyset->name.ptr);
    free(keyset);
}

static struct wgo_keyset *keyset_new(struct wgo_sched *sched, struct wgo_str joined,
                                     const struct wgo_str *names, size_t count, struct wgo_mono now)
{
    struct wgo_keyset *keyset = calloc(1, sizeof(*keyset));
    if (!keyset) {
        return NULL;
    }
    keyset->name = copy_name(joined);
    for (size_t i = 0; i < count && keyset->name.ptr; i++) {
        keyset->gates[i] = gate_for(sched, names[i], now);
        if (!keyset->gates[i]) {
            break;
        }
        keyset->limits[i] = keyset->gates[i]->limit;
        keyset->count++;
    }
    if (!keyset->name.ptr || keyset->count < count) {
        keyset_free(sched, keyset);
        return NULL;
    }
    return keyset;
}

bool wgo_sched_enlist(struct wgo_sched *sched, struct wgo_call *call, const struct wgo_str *names,
                      size_t count, struct wgo_mono now)
{
    struct wgo_buf joined = {0};
    for (size_t i = 0; i < count; i++) {
        wgo_buf_append(&joined, names[i].ptr, names[i].len);
        wgo_buf_char(&joined, '\0');
    }
    if (joined.failed != WGO_OK) {
        wgo_buf_fini(&joined);
        return false;
    }
    struct wgo_str name = wgo_buf_view(&joined);
    size_t bucket = bucket_of(name);
    struct wgo_keyset *keyset = sched->keysets[bucket];
    while (keyset && !wgo_str_eq(keyset->name, name)) {
        keyset = keyset->hash_next;
    }
    if (!keyset && timer_reserve(sched, sched->timer_count + sched->keyset_count + 1)) {
        keyset = keyset_new(sched, name, names, count, now);
        if (keyset) {
            keyset->hash_next = sched->keysets[bucket];
            sched->keysets[bucket] = keyset;
            sched->keyset_count++;
        }
    }
    wgo_buf_fini(&joined);
    if (!keyset) {
        return false;
    }
    keyset->refs++;
    call->keys = keyset;
    return true;
}

void wgo_sched_leave(struct wgo_sched *sched, struct wgo_call *call)
{
    struct wgo_keyset *keyset = call->keys;
    call->keys = NULL;
    if (!keyset || --keyset->refs > 0) {
        return;
    }
    struct wgo_keyset **link = &sched->keysets[bucket_of(keyset->name)];
    while (*link != keyset) {
        link = &(*link)->hash_next;
    }
    *link = keyset->hash_next;
    sched->keyset_count--;
    keyset_free(sched, keyset);
}

/* ---- lines ---- */

static void make_ready(struct wgo_sched *sched, struct wgo_keyset *keyset)
{
    keyset->place = WGO_PLACE_READY;
    keyset->next = NULL;
    if (sched->ready_tail) {
        sched->ready_tail->next = keyset;
    } else {
        sched->ready = keyset;
    }
    sched->ready_tail = keyset;
}

static struct wgo_keyset *take_ready(struct wgo_sched *sched)
{
    struct wgo_keyset *keyset = sched->ready;
    if (keyset) {
        sched->ready = keyset->next;
        if (!sched->ready) {
            sched->ready_tail = NULL;
        }
        keyset->next = NULL;
        keyset->place = WGO_PLACE_NONE;
    }
    return keyset;
}

static bool line_empty(const struct wgo_keyset *keyset)
{
    for (unsigned p = 0; p < WGO_PRIORITIES; p++) {
        if (keyset->head[p]) {
            return false;
        }
    }
    return true;
}

static struct wgo_call *line_pop(struct wgo_keyset *keyset)
{
    for (unsigned p = 0; p < WGO_PRIORITIES; p++) {
        struct wgo_call *call = keyset->head[p];
        if (call) {
            keyset->head[p] = call->next;
            if (!call->next) {
                keyset->tail[p] = NULL;
            }
            call->next = NULL;
            return call;
        }
    }
    return NULL;
}

void wgo_sched_add(struct wgo_sched *sched, struct wgo_call *call)
{
    struct wgo_keyset *keyset = call->keys;
    unsigned p = call->task->priority < WGO_PRIORITIES ? call->task->priority : WGO_PRIORITIES - 1;
    call->next = NULL;
    if (keyset->tail[p]) {
        keyset->tail[p]->next = call;
    } else {
        keyset->head[p] = call;
    }
    keyset->tail[p] = call;
    sched->waiting++;
    if (keyset->place == WGO_PLACE_NONE) {
        make_ready(sched, keyset);
    }
}

bool wgo_sched_add_later(struct wgo_sched *sched, struct wgo_call *call, struct wgo_mono due)
{
    if (!timer_reserve(sched, sched->timer_count + sched->keyset_count + 1)) {
        return false;
    }
    timer_push(sched, (struct wgo_timer){.due = due, .call = call});
    sched->waiting++;
    return true;
}

static void fire_timers(struct wgo_sched *sched, struct wgo_mono now)
{
    while (sched->timer_count > 0 && !wgo_mono_before(now, sched->timers[0].due)) {
        struct wgo_timer timer = timer_pop(sched);
        if (timer.keyset) {
            make_ready(sched, timer.keyset);
        } else {
            sched->waiting--;
            wgo_sched_add(sched, timer.call);
        }
    }
}

/* The head of 'keyset' was refused: for 'wait_ns', or until gate 'blocker' sees an answer. */
static void park(struct wgo_sched *sched, struct wgo_keyset *keyset, int64_t wait_ns,
                 size_t blocker, struct wgo_mono now)
{
    if (wait_ns != INT64_MAX) {
        timer_push(sched, (struct wgo_timer){.due = wgo_mono_add(now, wait_ns), .keyset = keyset});
        keyset->place = WGO_PLACE_TIMER;
        return;
    }
    struct wgo_gate *gate = keyset->gates[blocker];
    keyset->place = WGO_PLACE_GATE;
    keyset->next = NULL;
    if (gate->blocked_tail) {
        gate->blocked_tail->next = keyset;
    } else {
        gate->blocked = keyset;
    }
    gate->blocked_tail = keyset;
}

struct wgo_call *wgo_sched_next(struct wgo_sched *sched, struct wgo_mono now,
                                struct wgo_mono *out_wake)
{
    fire_timers(sched, now);
    struct wgo_call *call = NULL;
    while (!call && sched->in_flight < sched->cap) {
        struct wgo_keyset *keyset = take_ready(sched);
        if (!keyset) {
            break;
        }
        if (line_empty(keyset)) {
            continue;
        }
        size_t blocker = 0;
        int64_t wait = wgo_limits_admit(keyset->limits, keyset->count, now, &blocker);
        if (wait != 0) {
            park(sched, keyset, wait, blocker, now);
            continue;
        }
        call = line_pop(keyset);
        call->sent_at = now; /* the moment that windows and breakers know it by */
        sched->waiting--;
        sched->in_flight++;
        if (sched->in_flight > sched->most_in_flight) {
            sched->most_in_flight = sched->in_flight;
        }
        if (!line_empty(keyset)) {
            make_ready(sched, keyset);
        }
    }
    *out_wake = sched->timer_count > 0 ? sched->timers[0].due : WGO_NEVER;
    return call;
}

void wgo_sched_answered(struct wgo_sched *sched, struct wgo_call *call,
                        enum wgo_window_answer answer, int64_t retry_after_ns, struct wgo_mono now)
{
    struct wgo_keyset *keyset = call->keys;
    wgo_limits_answered(keyset->limits, keyset->count, answer, call->sent_at, retry_after_ns, now);
    if (wgo_mono_sub(now, sched->swept_at) > SWEEP_NS) {
        sched->swept_at = now;
        wgo_limits_drop_idle(sched->limits, IDLE_NS, now);
    }
    sched->in_flight--;
    for (size_t i = 0; i < keyset->count; i++) {
        struct wgo_gate *gate = keyset->gates[i];
        struct wgo_keyset *blocked = gate->blocked;
        gate->blocked = gate->blocked_tail = NULL;
        while (blocked) {
            struct wgo_keyset *next = blocked->next;
            make_ready(sched, blocked);
            blocked = next;
        }
    }
}

/* ---- life ---- */

bool wgo_sched_init(struct wgo_sched *sched, const struct wgo_limit_rule *rules, size_t rule_count,
                    unsigned cap)
{
    *sched = (struct wgo_sched){.cap = cap};
    sched->limits = wgo_limits_new(rules, rule_count);
    return sched->limits != NULL;
}

struct wgo_call *wgo_sched_drain(struct wgo_sched *sched)
{
    struct wgo_call *all = NULL;
    for (size_t i = 0; i < sched->timer_count; i++) {
        struct wgo_timer *timer = &sched->timers[i];
        if (timer->call) {
            timer->call->next = all;
            all = timer->call;
        } else {
            timer->keyset->place = WGO_PLACE_NONE;
        }
    }
    sched->timer_count = 0;
    sched->ready = sched->ready_tail = NULL;
    for (size_t b = 0; b < WGO_SCHED_BUCKETS; b++) {
        for (struct wgo_gate *gate = sched->gates[b]; gate; gate = gate->hash_next) {
            gate->blocked = gate->blocked_tail = NULL;
        }
        for (struct wgo_keyset *keyset = sched->keysets[b]; keyset; keyset = keyset->hash_next) {
            keyset->place = WGO_PLACE_NONE;
            keyset->next = NULL;
            for (struct wgo_call *call = line_pop(keyset); call; call = line_pop(keyset)) {
                call->next = all;
                all = call;
            }
        }
    }
    sched->waiting = 0;
    return all;
}

void wgo_sched_fini(struct wgo_sched *sched)
{
    for (size_t b = 0; b < WGO_SCHED_BUCKETS; b++) {
        while (sched->keysets[b]) {
            struct wgo_keyset *keyset = sched->keysets[b];
            sched->keysets[b] = keyset->hash_next;
            keyset_free(sched, keyset);
        }
    }
    free(sched->timers);
    wgo_limits_free(sched->limits);
    *sched = (struct wgo_sched){0};
}
