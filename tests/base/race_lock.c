/* Two groups of threads pass numbers through one slot: every number arrives once. */
#include "base/lock.h"

#include <stdbool.h>
#include <stdio.h>

enum { GIVERS = 3, TAKERS = 3, EACH = 20000 };

static struct slot {
    struct wgo_lock lock;
    struct wgo_cond changed;
    struct {
        bool full;
        unsigned value;
        unsigned taken;
        unsigned long long sum;
    } synced WGO_GUARDED;
} slot;

static void *give(void *arg)
{
    (void)arg;
    for (unsigned i = 1; i <= EACH; i++) {
        wgo_lock_acquire(&slot.lock);
        while (slot.synced.full) {
            wgo_cond_wait(&slot.changed, &slot.lock);
        }
        slot.synced.full = true;
        slot.synced.value = i;
        wgo_cond_broadcast(&slot.changed);
        wgo_lock_release(&slot.lock);
    }
    return NULL;
}

static void *take(void *arg)
{
    (void)arg;
    bool more = true;
    while (more) {
        wgo_lock_acquire(&slot.lock);
        while (!slot.synced.full && slot.synced.taken < GIVERS * EACH) {
            wgo_cond_wait_for(&slot.changed, &slot.lock, WGO_S);
        }
        if (slot.synced.full) {
            slot.synced.full = false;
            slot.synced.sum += slot.synced.value;
            slot.synced.taken++;
        }
        more = slot.synced.taken < GIVERS * EACH;
        wgo_cond_broadcast(&slot.changed);
        wgo_lock_release(&slot.lock);
    }
    return NULL;
}

/* A wait that nobody ends says so; one for ever would not return. */
static bool wait_runs_out(void)
{
    wgo_lock_acquire(&slot.lock);
    bool early = wgo_cond_wait_for(&slot.changed, &slot.lock, 0);
    bool late = wgo_cond_wait_for(&slot.changed, &slot.lock, WGO_MS);
    bool past = wgo_cond_wait_for(&slot.changed, &slot.lock, -WGO_S);
    wgo_lock_release(&slot.lock);
    return !early && !late && !past;
}

int main(void)
{
    pthread_t threads[GIVERS + TAKERS];
    wgo_lock_init(&slot.lock);
    wgo_cond_init(&slot.changed);
    bool good = wait_runs_out();
    for (int i = 0; i < GIVERS + TAKERS; i++) {
        if (pthread_create(&threads[i], NULL, i < GIVERS ? give : take, NULL) != 0) {
            perror("pthread_create");
            return 1;
        }
    }
    for (int i = 0; i < GIVERS + TAKERS; i++) {
        pthread_join(threads[i], NULL);
    }
    wgo_lock_acquire(&slot.lock);
    unsigned long long sum = slot.synced.sum;
    unsigned taken = slot.synced.taken;
    wgo_lock_release(&slot.lock);
    wgo_cond_fini(&slot.changed);
    wgo_lock_fini(&slot.lock);
    good = good && taken == GIVERS * EACH && sum == GIVERS * (EACH * (EACH + 1ULL) / 2);
    printf("%u taken, sum %llu: %s\n", taken, sum, good ? "good" : "BAD");
    return good ? 0 : 1;
}
