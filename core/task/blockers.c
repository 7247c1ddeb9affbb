#include "task/blockers.h"

#include "base/lock.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

struct waiting {
    struct wgo_job job;
    struct waiting *next;
};

/* Threads are detached and hold a reference each, so that an abandoned one can end at leisure. */
struct wgo_blockers {
    struct wgo_lock lock;
    struct wgo_cond cond;
    unsigned max;
    struct {
        struct waiting *head, *tail;
        unsigned threads, idle;
        bool closed;
        size_t refs;
    } synced WGO_GUARDED;
};

static void unref(struct wgo_blockers *blockers)
{
    wgo_lock_acquire(&blockers->lock);
    bool last = --blockers->synced.refs == 0;
    wgo_lock_release(&blockers->lock);
    if (last) {
        wgo_cond_fini(&blockers->cond);
        wgo_lock_fini(&blockers->lock);
        free(blockers);
    }
}

struct wgo_blockers *wgo_blockers_new(unsigned max)
{
    struct wgo_blockers *blockers = calloc(1, sizeof(*blockers));
    if (!blockers) {
        return NULL;
    }
    wgo_lock_init(&blockers->lock);
    wgo_cond_init(&blockers->cond);
    blockers->max = max ? max : 1;
    wgo_lock_acquire(&blockers->lock);
    blockers->synced.refs = 1;
    wgo_lock_release(&blockers->lock);
    return blockers;
}

static struct waiting *take(struct wgo_blockers *blockers)
{
    wgo_lock_acquire(&blockers->lock);
    blockers->synced.idle++;
    while (!blockers->synced.head && !blockers->synced.closed) {
        wgo_cond_wait(&blockers->cond, &blockers->lock);
    }
    blockers->synced.idle--;
    struct waiting *waiting = blockers->synced.head;
    if (waiting) {
        blockers->synced.head = waiting->next;
        if (!waiting->next) {
            blockers->synced.tail = NULL;
        }
    } else {
        blockers->synced.threads--;
        wgo_cond_broadcast(&blockers->cond);
    }
    wgo_lock_release(&blockers->lock);
    return waiting;
}

static void *run_jobs(void *state)
{
    struct wgo_blockers *blockers = state;
    pthread_setname_np(pthread_self(), "wgo/blocker");
    for (struct waiting *waiting = take(blockers); waiting; waiting = take(blockers)) {
        waiting->job.run(waiting->job.state);
        if (waiting->job.release) {
            waiting->job.release(waiting->job.state);
        }
        free(waiting);
    }
    unref(blockers);
    return NULL;
}

static bool start_thread(struct wgo_blockers *blockers)
{
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, before;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&thread, &attributes, run_jobs, blockers);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return code == 0;
}

bool wgo_blockers_submit(struct wgo_blockers *blockers, struct wgo_job job)
{
    struct waiting *waiting = malloc(sizeof(*waiting));
    if (!waiting) {
        return false;
    }
    *waiting = (struct waiting){.job = job};
    wgo_lock_acquire(&blockers->lock);
    size_t queued = 1;
    for (struct waiting *at = blockers->synced.head; at; at = at->next) {
        queued++;
    }
    bool open = !blockers->synced.closed;
    bool grow = open && blockers->synced.idle < queued &&
                blockers->synced.threads < blockers->max;
    if (grow) {
        blockers->synced.threads++;
        blockers->synced.refs++;
    }
    wgo_lock_release(&blockers->lock);
    if (!open) {
        free(waiting);
        return false;
    }
    bool started = !grow || start_thread(blockers);

    wgo_lock_acquire(&blockers->lock);
    if (!started) {
        blockers->synced.threads--;
        blockers->synced.refs--;
    }
    bool good = !blockers->synced.closed && blockers->synced.threads > 0;
    if (good) {
        if (blockers->synced.tail) {
            blockers->synced.tail->next = waiting;
        } else {
            blockers->synced.head = waiting;
        }
        blockers->synced.tail = waiting;
        wgo_cond_signal(&blockers->cond);
    }
    wgo_lock_release(&blockers->lock);
    if (!good) {
        free(waiting);
    }
    return good;
}

unsigned wgo_blockers_close(struct wgo_blockers *blockers, int64_t patience_ns)
{
    if (!blockers) {
        return 0;
    }
    const struct wgo_clock *clock = wgo_clock_system();
    struct wgo_mono due = wgo_mono_add(wgo_clock_mono(clock), patience_ns);
    wgo_lock_acquire(&blockers->lock);
    blockers->synced.closed = true;
    struct waiting *dropped = blockers->synced.head;
    blockers->synced.head = blockers->synced.tail = NULL;
    wgo_cond_broadcast(&blockers->cond);
    while (blockers->synced.threads > 0 && wgo_mono_before(wgo_clock_mono(clock), due)) {
        wgo_cond_wait_for(&blockers->cond, &blockers->lock, wgo_clock_real_wait_ns(clock, due));
    }
    unsigned abandoned = blockers->synced.threads;
    wgo_lock_release(&blockers->lock);
    while (dropped) {
        struct waiting *next = dropped->next;
        if (dropped->job.release) {
            dropped->job.release(dropped->job.state);
        }
        free(dropped);
        dropped = next;
    }
    unref(blockers);
    return abandoned;
}
