/* Many threads read one organisation: the same projects, places and names, in any order. Each is
 * there once, and is found by its id and by its number. */
#include "gcp/session.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

enum { THREADS = 6, PROJECTS = 60, NAMES = 20, ROUNDS = 20 };

static struct wgo_gcp *gcp;
static atomic_uint fresh, faults;

static void fault(const char *what)
{
    if (atomic_fetch_add(&faults, 1) == 0) {
        fprintf(stderr, "FAILED: %s\n", what);
    }
}

static void add_project(unsigned n)
{
    char id[32], number[32], link[96], wanted[96];
    snprintf(id, sizeof(id), "project-%u", n);
    snprintf(number, sizeof(number), "%u", 1000 + n);
    struct wgo_gcp_project *added = wgo_gcp_project_add(gcp, wgo_str(id), wgo_str(number));
    if (!added || wgo_gcp_project_find(gcp, wgo_str(id)) != added ||
        wgo_gcp_project_numbered(gcp, wgo_str(number)) != added) {
        fault("a project that was added is not found");
        return;
    }
    wgo_lock_acquire(&gcp->lock);
    added->begun = true;
    wgo_lock_release(&gcp->lock);
    struct wgo_arena arena = {0};
    snprintf(link, sizeof(link), "//pubsub.googleapis.com/projects/%u/topics/t", 1000 + n);
    snprintf(wanted, sizeof(wanted), "//pubsub.googleapis.com/projects/%s/topics/t", id);
    if (!wgo_str_is(wgo_gcp_full_name(gcp, wgo_str(link), &arena), wanted)) {
        fault("a number is not the project's id");
    }
    wgo_arena_fini(&arena);
}

static void add_name(unsigned n)
{
    char text[32];
    bool is_new = false;
    snprintf(text, sizeof(text), "folders/%u", n % NAMES);
    if (!wgo_gcp_name_add(gcp, &gcp->synced.places, wgo_str(text), &is_new)) {
        fault("a name was not added");
    }
    atomic_fetch_add(&fresh, is_new ? 1 : 0);
}

static void *work(void *state)
{
    unsigned start = *(unsigned *)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        for (unsigned i = 0; i < PROJECTS; i++) {
            add_project((i + start * 7) % PROJECTS);
            add_name(i + start);
        }
    }
    return NULL;
}

static enum wgo_status count(void *state, struct wgo_gcp_project *project)
{
    (void)project;
    (*(unsigned *)state)++;
    return WGO_OK;
}

int main(void)
{
    pthread_t threads[THREADS];
    unsigned starts[THREADS], projects = 0;
    gcp = calloc(1, sizeof(*gcp));
    wgo_lock_init(&gcp->lock);
    for (unsigned i = 0; i < THREADS; i++) {
        starts[i] = i;
        pthread_create(&threads[i], NULL, work, &starts[i]);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    wgo_gcp_projects_each(gcp, count, &projects);
    bool good = atomic_load(&faults) == 0 && projects == PROJECTS && atomic_load(&fresh) == NAMES;
    printf("%u projects, %u places: %s\n", projects, atomic_load(&fresh),
           good ? "each once" : "FAILED");
    wgo_gcp_close(gcp);
    return good ? 0 : 1;
}
