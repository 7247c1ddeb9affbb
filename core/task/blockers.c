#include "task/blockers.h"

#include "base/lock.h"
#include "task/thread.h"

#include <stdlib.h>

/* A slot is empty until a submitter reserves it; it starts a thread for it outside the lock, and
 * the thread says when it is done. Slots are not used twice: a thread lives as long as its
 * blockers. */
enum slot_state { SLOT_EMPTY, SLOT_STARTING, SLOT_RUNNING, SLOT_DONE };

struct slot {
    struct wgo_blockers *blockers;
    unsigned index;
    pthread_t thread; /* valid once the submitter has noted it: 'noted' */
    bool noted;
    enum slot_state state;
};

struct node {
    struct node *next;
    struct wgo_job job;
};

/* Lifecycle: the owner and every thread hold a reference. wgo_blockers_close() joins the threads
 * that end in time and detaches the others; the last of those frees the whole. */
struct wgo_blockers {
    unsigned max; /* read-only */

    struct wgo_lock lock;    /* Guards 'synced' and the slots. */
    struct wgo_cond work;    /* A job came, or no more will. */
    struct wgo_cond changed; /* A slot changed. */
    struct {
        struct node *first, **last;
        size_t queued;
        unsigned idle; /* threads that wait for work */
        unsigned refs;
        bool closed;
        struct slot *slots;
    } synced WGO_GUARDED;
};

static WGO_UNCHECKED_LOCKS void destroy(struct wgo_blockers *blockers)
{
    wgo_cond_fini(&blockers->work);
    wgo_cond_fini(&blockers->changed);
    wgo_lock_fini(&blockers->lock);
    free(blockers->synced.slots);
    free(blockers);
}

WGO_UNCHECKED_LOCKS struct wgo_blockers *wgo_blockers_new(unsigned max)
{
    struct wgo_blockers *blockers = calloc(1, sizeof(*blockers));
    if (!blockers) {
        return NULL;
    }
    blockers->max = max ? max : 1;
    blockers->synced.slots = calloc(blockers->max, sizeof(struct slot));
    if (!blockers->synced.slots) {
        free(blockers);
        return NULL;
    }
    wgo_lock_init(&blockers->lock);
    wgo_cond_init(&blockers->work);
    wgo_cond_init(&blockers->changed);
    blockers->synced.last = &blockers->synced.first;
    blockers->synced.refs = 1;
    for (unsigned i = 0; i < blockers->max; i++) {
        blockers->synced.slots[i].blockers = blockers;
        blockers->synced.slots[i].index = i;
    }
    return blockers;
}

static void finish(struct wgo_job job)
{
    if (job.release) {
        job.release(job.state);
    }
}

/* Gives up one reference; true when it was the last one. */
static bool unref_locked(struct wgo_blockers *blockers) WGO_REQUIRES(blockers->lock)
{
    return --blockers->synced.refs == 0;
}

static struct node *pop_locked(struct wgo_blockers *blockers) WGO_REQUIRES(blockers->lock)
{
    struct node *node = blockers->synced.first;
    if (node) {
        blockers->synced.first = node->next;
        blockers->synced.queued--;
        if (!node->next) {
            blockers->synced.last = &blockers->synced.first;
        }
    }
    return node;
}

/* The next job, or NULL when there will be none. */
static struct node *next_job(struct wgo_blockers *blockers)
{
    wgo_lock_acquire(&blockers->lock);
    while (!blockers->synced.first && !blockers->synced.closed) {
        blockers->synced.idle++;
        wgo_cond_wait(&blockers->work, &blockers->lock);
        blockers->synced.idle--;
    }
    struct node *node = pop_locked(blockers);
    wgo_lock_release(&blockers->lock);
    return node;
}

static void *block(void *arg)
{
    struct slot *slot = arg;
    struct wgo_blockers *blockers = slot->blockers;
    struct node *node;
    wgo_thread_name("wgo-block", slot->index);
    while ((node = next_job(blockers)) != NULL) {
        struct wgo_job job = node->job;
        free(node);
        job.run(job.state);
        finish(job);
    }
    wgo_lock_acquire(&blockers->lock);
    slot->state = SLOT_DONE;
    wgo_cond_broadcast(&blockers->changed);
    bool last = unref_locked(blockers);
    wgo_lock_release(&blockers->lock);
    if (last) {
        destroy(blockers);
    }
    return NULL;
}

static void push_locked(struct wgo_blockers *blockers, struct node *node)
    WGO_REQUIRES(blockers->lock)
{
    *blockers->synced.last = node;
    blockers->synced.last = &node->next;
    blockers->synced.queued++;
}

/* A slot for one more thread, when there is more work than idle threads. */
static struct slot *reserve_locked(struct wgo_blockers *blockers) WGO_REQUIRES(blockers->lock)
{
    if (blockers->synced.queued <= blockers->synced.idle) {
        return NULL;
    }
    for (unsigned i = 0; i < blockers->max; i++) {
        struct slot *slot = &blockers->synced.slots[i];
        if (slot->state == SLOT_EMPTY) {
            slot->state = SLOT_STARTING;
            blockers->synced.refs++;
            return slot;
        }
    }
    return NULL;
}

/* No thread will ever take 'node' because there is none: true when it was taken back. */
static bool take_back_locked(struct wgo_blockers *blockers, struct node *node)
    WGO_REQUIRES(blockers->lock)
{
    for (unsigned i = 0; i < blockers->max; i++) {
        if (blockers->synced.slots[i].state != SLOT_EMPTY) {
            return false;
        }
    }
    struct node **at = &blockers->synced.first;
    while (*at && *at != node) {
        at = &(*at)->next;
    }
    if (!*at) {
        return false;
    }
    *at = node->next;
    blockers->synced.queued--;
    if (!node->next) {
        blockers->synced.last = at;
    }
    return true;
}

/* Starts the thread of a reserved slot; false when 'node' came back because nobody can run it. */
static bool start(struct wgo_blockers *blockers, struct slot *slot, struct node *node)
{
    pthread_t thread;
    bool started = wgo_thread_start(&thread, block, slot);
    bool taken_back = false;
    wgo_lock_acquire(&blockers->lock);
    if (started) {
        slot->thread = thread;
        slot->noted = true;
        if (slot->state == SLOT_STARTING) {
            slot->state = SLOT_RUNNING;
        }
    } else {
        slot->state = SLOT_EMPTY;
        unref_locked(blockers); /* never the last: the caller's use of 'blockers' implies another */
        taken_back = take_back_locked(blockers, node);
    }
    wgo_cond_broadcast(&blockers->changed);
    wgo_lock_release(&blockers->lock);
    return !taken_back;
}

bool wgo_blockers_submit(struct wgo_blockers *blockers, struct wgo_job job)
{
    struct node *node = calloc(1, sizeof(*node));
    if (!node) {
        return false;
    }
    node->job = job;
    wgo_lock_acquire(&blockers->lock);
    bool open = !blockers->synced.closed;
    struct slot *slot = NULL;
    if (open) {
        push_locked(blockers, node);
        slot = reserve_locked(blockers);
    }
    wgo_lock_release(&blockers->lock);
    if (open) {
        wgo_cond_signal(&blockers->work);
    }
    if (!open || (slot && !start(blockers, slot, node))) {
        free(node);
        return false;
    }
    return true;
}

static bool settled_locked(struct wgo_blockers *blockers) WGO_REQUIRES(blockers->lock)
{
    for (unsigned i = 0; i < blockers->max; i++) {
        const struct slot *slot = &blockers->synced.slots[i];
        if (slot->state != SLOT_EMPTY && !(slot->state == SLOT_DONE && slot->noted)) {
            return false;
        }
    }
    return true;
}

/* A thread between its creation and its submitter's note can be neither joined nor detached. */
static bool all_noted_locked(struct wgo_blockers *blockers) WGO_REQUIRES(blockers->lock)
{
    for (unsigned i = 0; i < blockers->max; i++) {
        const struct slot *slot = &blockers->synced.slots[i];
        if (slot->state != SLOT_EMPTY && !slot->noted) {
            return false;
        }
    }
    return true;
}

static void await_threads_locked(struct wgo_blockers *blockers, int64_t patience_ns)
    WGO_REQUIRES(blockers->lock)
{
    const struct wgo_clock *clock = wgo_clock_system();
    struct wgo_mono until = wgo_mono_add(wgo_clock_mono(clock), patience_ns);
    int64_t left = patience_ns;
    while (left > 0 && !settled_locked(blockers)) {
        wgo_cond_wait_for(&blockers->changed, &blockers->lock, left);
        left = wgo_mono_sub(until, wgo_clock_mono(clock));
    }
    while (!all_noted_locked(blockers)) {
        wgo_cond_wait(&blockers->changed, &blockers->lock);
    }
}

/* Joins the threads that are done (they have only their last lines left) and detaches the others;
 * how many those were. */
static unsigned part_with_threads(struct wgo_blockers *blockers)
{
    unsigned abandoned = 0;
    for (unsigned i = 0; i < blockers->max; i++) {
        wgo_lock_acquire(&blockers->lock);
        struct slot slot = blockers->synced.slots[i];
        wgo_lock_release(&blockers->lock);
        if (slot.state == SLOT_DONE) {
            pthread_join(slot.thread, NULL);
        } else if (slot.state != SLOT_EMPTY) {
            pthread_detach(slot.thread);
            abandoned++;
        }
    }
    return abandoned;
}

unsigned wgo_blockers_close(struct wgo_blockers *blockers, int64_t patience_ns)
{
    if (!blockers) {
        return 0;
    }
    wgo_lock_acquire(&blockers->lock);
    blockers->synced.closed = true;
    struct node *dropped = blockers->synced.first;
    blockers->synced.first = NULL;
    blockers->synced.last = &blockers->synced.first;
    blockers->synced.queued = 0;
    wgo_lock_release(&blockers->lock);
    wgo_cond_broadcast(&blockers->work);
    while (dropped) {
        struct node *node = dropped;
        dropped = node->next;
        finish(node->job);
        free(node);
    }

    wgo_lock_acquire(&blockers->lock);
    await_threads_locked(blockers, patience_ns);
    wgo_lock_release(&blockers->lock);
    unsigned abandoned = part_with_threads(blockers);

    wgo_lock_acquire(&blockers->lock);
    bool last = unref_locked(blockers);
    wgo_lock_release(&blockers->lock);
    if (last) {
        destroy(blockers);
    }
    return abandoned;
}
