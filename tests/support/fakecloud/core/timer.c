#include "core/timer.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "core/text.h"

/* How often a waiting connection is looked at for a client that hung up. */
#define LOOK_NS INT64_C(50000000)

struct entry {
    int64_t wake_ns; /* Next look or due, whichever is first: the heap's key. */
    int64_t due_ns;
    struct MHD_Connection *connection;
    int fd;
};

struct fc_timer {
    pthread_t thread;
    pthread_mutex_t lock; /* Guards all below. */
    pthread_cond_t changed;
    struct entry *heap;
    size_t count;
    size_t cap;
    bool stopping;
};

int64_t fc_now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void heap_push_locked(struct fc_timer *t, struct entry e)
{
    size_t i = t->count++;

    if (t->count > t->cap) {
        t->cap = t->cap > 0 ? t->cap * 2 : 64;
        t->heap = fc_grow(t->heap, t->cap * sizeof(*t->heap));
    }
    while (i > 0 && t->heap[(i - 1) / 2].wake_ns > e.wake_ns) {
        t->heap[i] = t->heap[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    t->heap[i] = e;
}

static struct entry heap_pop_locked(struct fc_timer *t)
{
    struct entry top = t->heap[0];
    struct entry last = t->heap[--t->count];
    size_t i = 0;

    for (;;) {
        size_t child = 2 * i + 1;

        if (child >= t->count) {
            break;
        }
        if (child + 1 < t->count && t->heap[child + 1].wake_ns < t->heap[child].wake_ns) {
            child++;
        }
        if (t->heap[child].wake_ns >= last.wake_ns) {
            break;
        }
        t->heap[i] = t->heap[child];
        i = child;
    }
    t->heap[i] = last;
    return top;
}

static bool client_gone(int fd)
{
    char c;
    ssize_t n = recv(fd, &c, 1, MSG_PEEK | MSG_DONTWAIT);

    return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

static void push_locked(struct fc_timer *t, struct entry e, int64_t now)
{
    e.wake_ns = e.due_ns - now > LOOK_NS ? now + LOOK_NS : e.due_ns;
    heap_push_locked(t, e);
}

static void *timer_main(void *arg)
{
    struct fc_timer *t = arg;

    pthread_mutex_lock(&t->lock);
    while (!t->stopping || t->count > 0) {
        struct entry e;
        int64_t now = fc_now_ns();

        if (t->count == 0) {
            pthread_cond_wait(&t->changed, &t->lock);
            continue;
        }
        if (!t->stopping && t->heap[0].wake_ns > now) {
            struct timespec until = {.tv_sec = t->heap[0].wake_ns / 1000000000,
                                     .tv_nsec = t->heap[0].wake_ns % 1000000000};

            pthread_cond_timedwait(&t->changed, &t->lock, &until);
            continue;
        }
        e = heap_pop_locked(t);
        if (t->stopping || e.due_ns <= now || client_gone(e.fd)) {
            pthread_mutex_unlock(&t->lock);
            MHD_resume_connection(e.connection);
            pthread_mutex_lock(&t->lock);
        } else {
            push_locked(t, e, now);
        }
    }
    pthread_mutex_unlock(&t->lock);
    return NULL;
}

struct fc_timer *fc_timer_new(void)
{
    struct fc_timer *t = fc_alloc(sizeof(*t));
    pthread_condattr_t attr;

    pthread_mutex_init(&t->lock, NULL);
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    pthread_cond_init(&t->changed, &attr);
    pthread_condattr_destroy(&attr);
    if (pthread_create(&t->thread, NULL, timer_main, t) != 0) {
        fc_die("cannot start the timer thread");
    }
    return t;
}

bool fc_timer_add(struct fc_timer *t, struct MHD_Connection *connection, int fd, int64_t due_ns)
{
    bool added = false;

    pthread_mutex_lock(&t->lock);
    if (!t->stopping) {
        struct entry e = {.due_ns = due_ns, .connection = connection, .fd = fd};

        push_locked(t, e, fc_now_ns());
        added = true;
        pthread_cond_signal(&t->changed);
    }
    pthread_mutex_unlock(&t->lock);
    return added;
}

void fc_timer_stop(struct fc_timer *t)
{
    pthread_mutex_lock(&t->lock);
    t->stopping = true;
    pthread_cond_signal(&t->changed);
    pthread_mutex_unlock(&t->lock);
    pthread_join(t->thread, NULL);
}

void fc_timer_free(struct fc_timer *t)
{
    if (t != NULL) {
        pthread_cond_destroy(&t->changed);
        pthread_mutex_destroy(&t->lock);
        free(t->heap);
        free(t);
    }
}
