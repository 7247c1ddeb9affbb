/* Eight threads put and get the same few keys through one cache. */
#include "store/store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { THREADS = 8, ROUNDS = 60, KEYS = 5 };

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

static void *work(void *state)
{
    const struct wgo_cache *cache = state;
    struct wgo_buf out = {0};
    long wrong = 0;
    for (int i = 0; i < ROUNDS; i++) {
        char key[16];
        snprintf(key, sizeof(key), "key %d", i % KEYS);
        wrong += cache->put(cache->self, wgo_str(key), wgo_str(key), 60 * WGO_S) != WGO_OK;
        wgo_buf_reset(&out);
        wrong += cache->get(cache->self, wgo_str(key), &out, NULL) != WGO_OK;
        wrong += !wgo_str_is(wgo_buf_view(&out), key);
    }
    wgo_buf_fini(&out);
    return (void *)wrong;
}

int main(void)
{
    char dir[] = P_tmpdir "/wgo-race-store-XXXXXX", warning[512], command[128];
    struct wgo_store *store;
    pthread_t threads[THREADS];
    long wrong = 0;
    if (!mkdtemp(dir)) {
        return 1;
    }
    struct wgo_store_options options = {.state_dir = dir, .getenv = no_environment};
    if (wgo_store_open(&options, &store, warning, NULL) != WGO_OK || !wgo_store_cache(store)) {
        fprintf(stderr, "no cache: %s\n", warning);
        return 1;
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_create(&threads[i], NULL, work, (void *)wgo_store_cache(store));
    }
    for (int i = 0; i < THREADS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        wrong += (long)result;
    }
    wgo_store_close(store);
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    wrong += system(command) != 0;
    printf("%d threads, %d rounds, %ld wrong\n", THREADS, ROUNDS, wrong);
    return wrong != 0;
}
