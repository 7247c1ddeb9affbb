/* Many threads read one tenant: the same subscriptions, types and versions, in any order. Each
 * subscription is there once, each type is kept once, and a version that one thread has learnt the
 * others use. */
#include "azure/session.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 6, SUBSCRIPTIONS = 50, TYPES = 20, ROUNDS = 20 };

static struct wgo_azure *azure;
static atomic_uint added, faults;

static void fault(const char *what)
{
    if (atomic_fetch_add(&faults, 1) == 0) {
        fprintf(stderr, "FAILED: %s\n", what);
    }
}

static void add_one(unsigned n)
{
    char id[64], shown[64];
    bool known = false;
    snprintf(id, sizeof(id), "SUB-%u", n);
    snprintf(shown, sizeof(shown), "sub-%u", n);
    if (wgo_azure_subscription_add(azure, &azure->logins[0], wgo_str(id), &known)) {
        atomic_fetch_add(&added, 1);
    } else if (!known) {
        fault("a subscription was not added");
    }
    struct wgo_azure_subscription *found = wgo_azure_subscription_find(azure, wgo_str(shown));
    if (!found || !wgo_str_is(found->id, shown)) {
        fault("a subscription that was added is not found");
    }
}

static void add_types(struct wgo_azure_subscription *subscription, unsigned from)
{
    for (unsigned i = 0; i < TYPES; i++) {
        char name[64];
        snprintf(name, sizeof(name), "Microsoft.X/type%u", (i + from) % TYPES);
        if (!wgo_azure_type_add(azure, &subscription->types, wgo_str(name))) {
            fault("a type was not added");
        }
    }
}

static void correct(unsigned n)
{
    char version[32], name[32];
    snprintf(version, sizeof(version), "2020-01-%02u", n % 28 + 1);
    snprintf(name, sizeof(name), "x.type%u", n % TYPES);
    struct wgo_task task = {.entry = wgo_str(name)};
    wgo_azure_version_correct(azure, &task, wgo_str(version));
    if (wgo_azure_version_corrected(azure, &task).len != 10) {
        fault("a version that was learnt is gone");
    }
}

static void *work(void *state)
{
    unsigned start = *(unsigned *)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < SUBSCRIPTIONS; i++) {
            add_one((i + start * 7) % SUBSCRIPTIONS);
            correct(i + start);
        }
        add_types(wgo_azure_subscription_find(azure, WGO_STR("sub-0")), start);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    unsigned starts[THREADS], types = 0, corrections = 0;
    azure = calloc(1, sizeof(*azure));
    azure->logins = calloc(1, sizeof(*azure->logins));
    azure->login_count = 1;
    wgo_lock_init(&azure->lock);
    for (unsigned i = 0; i < THREADS; i++) {
        starts[i] = i;
        pthread_create(&threads[i], NULL, work, &starts[i]);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    struct wgo_azure_subscription *first = wgo_azure_subscription_find(azure, WGO_STR("sub-0"));
    for (struct wgo_azure_type *at = first->types; at; at = at->next) {
        types++;
    }
    wgo_lock_acquire(&azure->lock);
    for (struct wgo_azure_version *at = azure->synced.corrected; at; at = at->next) {
        corrections++;
    }
    wgo_lock_release(&azure->lock);
    bool good = atomic_load(&faults) == 0 && atomic_load(&added) == SUBSCRIPTIONS &&
                azure->logins[0].count == SUBSCRIPTIONS && types == TYPES && corrections == TYPES;
    printf("%u subscriptions, %u types, %u versions: %s\n", atomic_load(&added), types, corrections,
           good ? "each once" : "FAILED");
    wgo_azure_close(azure);
    return good ? 0 : 1;
}
