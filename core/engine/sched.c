#include "engine/sched.h"

#include <stdlib.h>

/* Keys that no call names are looked for this often, and given up after so long. */
#define SWEEP_NS (60 * WGO_S)
#define IDLE_NS (600 * WGO_S)
/* A second page lets lists pass for so long. */
#define PATIENCE_NS (500 * WGO_MS)

/* ---- gates and keysets ---- */

/* A name is the first member of both. */
static struct wgo_gate *gate_of(struct wgo_name *name)
{
    return (struct wgo_gate *)name;
}

static struct wgo_keyset *keyset_of(struct wgo_name *name)
{
    return (struct wgo_keyset *)name;
}

static bool copy_name(struct wgo_name *name, struct wgo_str text)
{
    char *bytes = malloc(text.len + 1);
    if (!bytes) {
        return false;
    }
    if (text.len > 0) {
        memcpy(bytes, text.ptr, text.len);
    }
    bytes[text.len] = '\0';
    name->text = wgo_str_from(bytes, text.len);
    return true;
}

static void gate_free(struct wgo_gate *gate)
{
    free((char *)(uintptr_t)gate->name.text.ptr);
    free(gate);
}

static struct wgo_gate *gate_for(struct wgo_sched *sched, struct wgo_str name, struct wgo_mono now)
{
    struct wgo_gate *gate = gate_of(wgo_names_find(&sched->gates, name));
    if (gate) {
        gate->refs++;
        return gate;
    }
    /* A gate can always set its timer, even when memory is gone: there is room for all of them
     * beside the calls. */
    if (!wgo_timers_reserve(&sched->timers, sched->timers.count + sched->gates.count + 1)) {
        return NULL;
    }
    gate = calloc(1, sizeof(*gate));
    if (!gate) {
        return NULL;
    }
    if (copy_name(&gate->name, name)) {
        gate->limit = wgo_limits_key(sched->limits, name, now);
    }
    if (!gate->limit) {
        gate_free(gate);
        return NULL;
    }
    gate->refs = 1;
    wgo_names_add(&sched->gates, &gate->name);
    return gate;
}

static void gate_release(struct wgo_sched *sched, struct wgo_gate *gate)
{
    if (--gate->refs > 0) {
        return;
    }
    if (gate->timed) {
        wgo_timers_take(&sched->timers, gate->timer_at);
    }
    wgo_names_remove(&sched->gates, &gate->name);
    wgo_limits_release(sched->limits, gate->limit);
    gate_free(gate);
}

static void keyset_free(struct wgo_sched *sched, struct wgo_keyset *keyset)
{
    for (size_t i = 0; i < keyset->count; i++) {
        gate_release(sched, keyset->gates[i]);
    }
    free((char *)(uintptr_t)keyset->name.text.ptr);
    free(keyset);
}

static struct wgo_keyset *keyset_new(struct wgo_sched *sched, struct wgo_str joined,
                                     const struct wgo_str *names, size_t count, struct wgo_mono now)
{
    struct wgo_keyset *keyset = calloc(1, sizeof(*keyset));
    if (!keyset) {
        return NULL;
    }
    bool good = copy_name(&keyset->name, joined);
    for (size_t i = 0; i < count && good; i++) {
        keyset->gates[i] = gate_for(sched, names[i], now);
        good = keyset->gates[i] != NULL;
        if (good) {
            keyset->limits[i] = keyset->gates[i]->limit;
            keyset->count++;
        }
    }
    if (!good) {
        keyset_free(sched, keyset);
        return NULL;
    }
    wgo_names_add(&sched->keysets, &keyset->name);
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
    struct wgo_keyset *keyset = NULL;
    if (joined.failed == WGO_OK) {
        keyset = keyset_of(wgo_names_find(&sched->keysets, wgo_buf_view(&joined)));
        if (!keyset) {
            keyset = keyset_new(sched, wgo_buf_view(&joined), names, count, now);
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
    if (keyset && --keyset->refs == 0) {
        wgo_names_remove(&sched->keysets, &keyset->name);
        keyset_free(sched, keyset);
    }
}

/* ---- lines ---- */

static void make_ready(struct wgo_sched *sched, struct wgo_keyset *keyset, struct wgo_gate *probing)
{
    keyset->place = WGO_PLACE_READY;
    keyset->probing = probing;
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

static struct wgo_call *pop(struct wgo_keyset *keyset, unsigned p)
{
    struct wgo_call *call = keyset->head[p];
    keyset->head[p] = call->next;
    if (!call->next) {
        keyset->tail[p] = NULL;
    }
    call->next = NULL;
    return call;
}

static struct wgo_call *line_pop(struct wgo_keyset *keyset, struct wgo_mono now)
{
    const struct wgo_call *second = keyset->head[WGO_PRIORITY_SECOND];
    if (second && wgo_mono_sub(now, second->lined_at) >= PATIENCE_NS) {
        return pop(keyset, WGO_PRIORITY_SECOND);
    }
    for (unsigned p = 0; p < WGO_PRIORITIES; p++) {
        if (keyset->head[p]) {
            return pop(keyset, p);
        }
    }
    return NULL;
}

static unsigned priority_of(const struct wgo_call *call)
{
    unsigned p = call->task->priority;
    return p < WGO_PRIORITIES ? p : WGO_PRIORITIES - 1;
}

static void line_push(struct wgo_keyset *keyset, struct wgo_call *call)
{
    unsigned p = priority_of(call);
    call->next = NULL;
    if (keyset->tail[p]) {
        keyset->tail[p]->next = call;
    } else {
        keyset->head[p] = call;
    }
    keyset->tail[p] = call;
}

static bool line_remove(struct wgo_keyset *keyset, struct wgo_call *call)
{
    unsigned p = priority_of(call);
    struct wgo_call *before = NULL, *at = keyset->head[p];
    while (at && at != call) {
        before = at;
        at = at->next;
    }
    if (!at) {
        return false;
    }
    *(before ? &before->next : &keyset->head[p]) = call->next;
    if (keyset->tail[p] == call) {
        keyset->tail[p] = before;
    }
    return true;
}

void wgo_sched_reorder(struct wgo_call *call, uint8_t priority)
{
    if (call->keys && line_remove(call->keys, call)) {
        call->task->priority = priority;
        line_push(call->keys, call);
    }
}

void wgo_sched_add(struct wgo_sched *sched, struct wgo_call *call, struct wgo_mono now)
{
    struct wgo_keyset *keyset = call->keys;
    call->lined_at = now;
    line_push(keyset, call);
    sched->waiting++;
    if (keyset->place == WGO_PLACE_NONE) {
        make_ready(sched, keyset, NULL);
    }
}

bool wgo_sched_add_later(struct wgo_sched *sched, struct wgo_call *call, struct wgo_mono due)
{
    if (!wgo_timers_reserve(&sched->timers, sched->timers.count + sched->gates.count + 1)) {
        return false;
    }
    wgo_timers_push(&sched->timers, (struct wgo_timer){.due = due, .call = call});
    sched->waiting++;
    return true;
}

/* ---- waiting at gates ---- */

/* Lets one line go, to see whether 'gate' admits calls again. */
static void let_one_go(struct wgo_sched *sched, struct wgo_gate *gate)
{
    struct wgo_keyset *keyset = gate->first;
    if (keyset) {
        gate->first = keyset->next;
        if (!gate->first) {
            gate->last = NULL;
        }
        make_ready(sched, keyset, gate);
    }
}

static void set_timer(struct wgo_sched *sched, struct wgo_gate *gate, struct wgo_mono due)
{
    if (!gate->timed) {
        gate->timed = true;
        wgo_timers_push(&sched->timers,
                        (struct wgo_timer){.due = due, .gate = gate, .at = &gate->timer_at});
    } else if (wgo_mono_before(due, sched->timers.heap[gate->timer_at].due)) {
        wgo_timers_hurry(&sched->timers, gate->timer_at, due);
    }
}

/* The head of 'keyset' was refused at 'gate', for 'wait_ns' or until there is an answer. A probe
 * that was refused by the gate that let it go has lost no turn. */
static void wait_at(struct wgo_sched *sched, struct wgo_gate *gate, struct wgo_keyset *keyset,
                    int64_t wait_ns, struct wgo_mono now)
{
    keyset->place = WGO_PLACE_GATE;
    if (keyset->probing == gate) {
        keyset->next = gate->first;
        gate->first = keyset;
        gate->last = gate->last ? gate->last : keyset;
    } else {
        keyset->next = NULL;
        if (gate->last) {
            gate->last->next = keyset;
        } else {
            gate->first = keyset;
        }
        gate->last = keyset;
    }
    if (wait_ns != INT64_MAX) {
        set_timer(sched, gate, wgo_mono_add(now, wait_ns));
    }
}

static void fire_timers(struct wgo_sched *sched, struct wgo_mono now)
{
    while (!wgo_mono_before(now, wgo_timers_next(&sched->timers))) {
        struct wgo_timer timer = wgo_timers_take(&sched->timers, 0);
        if (timer.gate) {
            timer.gate->timed = false;
            let_one_go(sched, timer.gate);
        } else {
            sched->waiting--;
            wgo_sched_add(sched, timer.call, now);
        }
    }
}

/* The head of 'keyset', if all its keys admit it; otherwise the keyset waits at a gate. */
static struct wgo_call *admit(struct wgo_sched *sched, struct wgo_keyset *keyset,
                              struct wgo_mono now)
{
    size_t blocker = 0;
    int64_t wait = wgo_limits_admit(keyset->limits, keyset->count, now, &blocker);
    struct wgo_gate *probed = keyset->probing;
    struct wgo_gate *refused_by = wait != 0 ? keyset->gates[blocker] : NULL;
    if (refused_by) {
        wait_at(sched, refused_by, keyset, wait, now);
    }
    keyset->probing = NULL;
    if (probed && probed != refused_by) {
        let_one_go(sched, probed); /* it was not this gate: there may be room for more */
    }
    if (refused_by) {
        return NULL;
    }
    struct wgo_call *call = line_pop(keyset, now);
    if (!line_empty(keyset)) {
        make_ready(sched, keyset, NULL);
    }
    return call;
}

struct wgo_call *wgo_sched_next(struct wgo_sched *sched, struct wgo_mono now,
                                struct wgo_mono *out_wake)
{
    fire_timers(sched, now);
    struct wgo_call *call = NULL;
    while (!call && sched->ready && sched->in_flight < sched->cap) {
        call = admit(sched, take_ready(sched), now);
    }
    if (call) {
        call->sent_at = now; /* the moment that windows and breakers know it by */
        sched->waiting--;
        sched->in_flight++;
        if (sched->in_flight > sched->most_in_flight) {
            sched->most_in_flight = sched->in_flight;
        }
    }
    *out_wake = wgo_timers_next(&sched->timers);
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
        let_one_go(sched, keyset->gates[i]);
    }
}

/* ---- life ---- */

bool wgo_sched_init(struct wgo_sched *sched, const struct wgo_limit_rule *rules, size_t rule_count,
                    unsigned cap)
{
    *sched = (struct wgo_sched){.cap = cap};
    sched->limits = wgo_limits_new(rules, rule_count);
    if (!sched->limits || !wgo_names_init(&sched->keysets) || !wgo_names_init(&sched->gates)) {
        wgo_sched_fini(sched);
        return false;
    }
    return true;
}

static struct wgo_call *prepend(struct wgo_call *all, struct wgo_call *call)
{
    call->next = all;
    return call;
}

struct wgo_call *wgo_sched_drain(struct wgo_sched *sched)
{
    struct wgo_call *all = NULL;
    while (sched->timers.count > 0) {
        struct wgo_timer timer = wgo_timers_take(&sched->timers, sched->timers.count - 1);
        if (timer.gate) {
            timer.gate->timed = false;
        } else {
            all = prepend(all, timer.call);
        }
    }
    sched->ready = sched->ready_tail = NULL;
    for (size_t i = 0; i < sched->gates.slot_count; i++) {
        for (struct wgo_name *name = sched->gates.slots[i]; name; name = name->next) {
            gate_of(name)->first = gate_of(name)->last = NULL;
        }
    }
    for (size_t i = 0; i < sched->keysets.slot_count; i++) {
        for (struct wgo_name *name = sched->keysets.slots[i]; name; name = name->next) {
            struct wgo_keyset *keyset = keyset_of(name);
            keyset->place = WGO_PLACE_NONE;
            keyset->probing = NULL;
            keyset->next = NULL;
            for (struct wgo_call *call; (call = line_pop(keyset, WGO_NEVER));) {
                all = prepend(all, call);
            }
        }
    }
    sched->waiting = 0;
    return all;
}

void wgo_sched_fini(struct wgo_sched *sched)
{
    for (size_t i = 0; i < sched->keysets.slot_count && sched->keysets.slots; i++) {
        while (sched->keysets.slots[i]) {
            struct wgo_keyset *keyset = keyset_of(sched->keysets.slots[i]);
            wgo_names_remove(&sched->keysets, &keyset->name);
            keyset_free(sched, keyset);
        }
    }
    wgo_names_fini(&sched->keysets);
    wgo_names_fini(&sched->gates);
    wgo_timers_fini(&sched->timers);
    wgo_limits_free(sched->limits);
    *sched = (struct wgo_sched){0};
}
