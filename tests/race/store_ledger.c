/* Eight threads charge one quota and settle it, while others look at what was answered. */
#include "store/store.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CALLERS = 6, LOOKERS = 2, ROUNDS = 40, LIMIT = 200 };

static struct wgo_store *store;
static const struct wgo_ledger *ledger;

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

/* How many of its calls were let go. */
static void *call(void *state)
{
    static const struct wgo_quota quota = {.windows = {{LIMIT, 3600 * WGO_S}}, .window_count = 1};
    long charged = 0, wrong = 0;
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        int64_t charge, wait;
        struct wgo_error error = {0};
        enum wgo_status status =
            ledger->charge(ledger->self, WGO_STR("forge/key"), &quota, &charge, &wait, &error);
        if (status == WGO_OK) {
            ledger->settle(ledger->self, charge, i % 2 ? WGO_QUOTA_GOOD : WGO_QUOTA_THROTTLED);
            charged++;
        }
        wrong += status != WGO_OK && status != WGO_E_LIMITED;
    }
    return (void *)(wrong ? -1000L * wrong : charged);
}

static void *look(void *state)
{
    uint64_t before = 0;
    long wrong = 0;
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        struct wgo_quota_answers answers;
        struct wgo_error error = {0};
        wrong += wgo_store_quota_answers(store, WGO_STR("forge"), &answers, &error) != WGO_OK;
        uint64_t now = answers.good + answers.throttled + answers.other;
        wrong += now < before || now > LIMIT;
        before = now;
    }
    return (void *)wrong;
}

int main(void)
{
    char dir[] = P_tmpdir "/wgo-race-ledger-XXXXXX", warning[512], command[128];
    pthread_t threads[CALLERS + LOOKERS];
    long charged = 0, wrong = 0;
    if (!mkdtemp(dir)) {
        return 1;
    }
    struct wgo_store_options options = {.state_dir = dir, .getenv = no_environment};
    if (wgo_store_open(&options, &store, warning, NULL) != WGO_OK ||
        !(ledger = wgo_store_ledger(store, warning))) {
        fprintf(stderr, "no ledger: %s\n", warning);
        return 1;
    }
    for (int i = 0; i < CALLERS + LOOKERS; i++) {
        pthread_create(&threads[i], NULL, i < CALLERS ? call : look, NULL);
    }
    for (int i = 0; i < CALLERS + LOOKERS; i++) {
        void *result;
        pthread_join(threads[i], &result);
        charged += i < CALLERS ? (long)result : 0;
        wrong += i < CALLERS ? 0 : (long)result;
    }
    struct wgo_quota_answers answers = {0};
    wrong += wgo_store_quota_answers(store, WGO_STR("forge"), &answers, NULL) != WGO_OK;
    wrong += charged != LIMIT || answers.good + answers.throttled != LIMIT || answers.other != 0;
    wgo_store_close(store);
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    wrong += system(command) != 0;
    printf("%d threads, %ld calls, %ld wrong\n", CALLERS, charged, wrong);
    return wrong != 0;
}
