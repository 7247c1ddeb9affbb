/* Many threads read one tenant: the same subscriptions, types, versions and changes, in any order.
 * Each subscription is there once, each type is kept once, a version that one thread has learnt the
 * others use, and of a resource's changes the latest holds. */
#include "azure/changes.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 6, SUBSCRIPTIONS = 50, TYPES = 20, ROUNDS = 20 };

static struct wgo_azure *azure;
static struct wgo_azure_changes changes;
static atomic_uint first_found;
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

static void change(unsigned n, unsigned round)
{
    char id[64];
    bool first = false;
    snprintf(id, sizeof(id), "/subscriptions/sub-%u", n);
    const struct wgo_azure_change one = {
        .id = wgo_str(id), .type = WGO_STR("x/y"), .at = round, .deleted = round + 1 < ROUNDS};
    if (!wgo_azure_change_add(azure, &changes, &one)) {
        fault("a change was not added");
    }
    wgo_azure_change_found(azure, &changes, wgo_str(id), &first);
    atomic_fetch_add(&first_found, first ? 1 : 0);
}

static void *work(void *state)
{
    unsigned start = *(unsigned *)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < SUBSCRIPTIONS; i++) {
            add_one((i + start * 7) % SUBSCRIPTIONS);
            correct(i + start);
            change((i + start * 7) % SUBSCRIPTIONS, round);
        }
        add_types(wgo_azure_subscription_find(azure, WGO_STR("sub-0")), start);
    }
    return NULL;
}

int main(void)
{
    pthread_t threads[THREADS];
    unsigned starts[THREADS], types = 0, corrections = 0, last = 0;
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
    for (struct wgo_azure_change *at = changes.first; at; at = at->next) {
        last += at->at == ROUNDS - 1 && !at->deleted && at->found;
    }
    bool good = atomic_load(&first_found) == SUBSCRIPTIONS && last == SUBSCRIPTIONS;
    good = good && atomic_load(&faults) == 0 && atomic_load(&added) == SUBSCRIPTIONS &&
           azure->logins[0].count == SUBSCRIPTIONS && types == TYPES && corrections == TYPES;
    printf("%u subscriptions, %u types, %u versions: %s\n", atomic_load(&added), types, corrections,
           good ? "each once" : "FAILED");
    wgo_azure_close(azure);
    return good ? 0 : 1;
}
