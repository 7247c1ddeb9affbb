/* Eight threads put pages into one journal and ask it for those of the scan before. */
#include "store/journal.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 8, PAGES = 400 };

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

struct thread {
    const struct wgo_pages *pages;
    uint64_t first;
    bool again;
    long wrong;
};

static struct wgo_page_key key_of(uint64_t n)
{
    return (struct wgo_page_key){n, n * UINT64_C(0x9e3779b97f4a7c15)};
}

static void *work(void *state)
{
    struct thread *t = state;
    for (uint64_t n = t->first; n < t->first + PAGES; n++) {
        char page[32];
        snprintf(page, sizeof(page), "page %llu", (unsigned long long)n);
        if (!t->again) {
            t->pages->put(t->pages->self, key_of(n), wgo_str(page), WGO_STR("token"));
            continue;
        }
        struct wgo_buf text = {0}, token = {0};
        int64_t at;
        t->wrong += !t->pages->has(t->pages->self, key_of(n));
        t->wrong += t->pages->get(t->pages->self, key_of(n), &text, &token, &at) != WGO_OK;
        t->wrong +=
            !wgo_str_is(wgo_buf_view(&text), page) || !wgo_str_is(wgo_buf_view(&token), "token");
        wgo_buf_fini(&text);
        wgo_buf_fini(&token);
        t->pages->put(t->pages->self, key_of(n + 100000), wgo_str(page), WGO_STR(""));
    }
    return NULL;
}

static long round_of(struct wgo_store *store, bool again, uint64_t expected)
{
    struct wgo_redactor redactor;
    struct wgo_journal *journal;
    struct wgo_journal_found found;
    struct thread threads[THREADS];
    pthread_t ids[THREADS];
    struct wgo_error err = {0};
    long wrong = 0;
    if (wgo_redactor_init(&redactor, WGO_STR("a key that is long enough"), NULL) != WGO_OK ||
        wgo_journal_open(store, wgo_clock_system(), "race", (struct wgo_wall){0}, &redactor,
                         &journal, &found, &err) != WGO_OK ||
        wgo_journal_begin(journal, true, &err) != WGO_OK) {
        fprintf(stderr, "no journal: %s\n", err.message);
        exit(1);
    }
    wrong += found.pages != expected;
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i] = (struct thread){wgo_journal_pages(journal), i * (uint64_t)PAGES, again, 0};
        pthread_create(&ids[i], NULL, work, &threads[i]);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(ids[i], NULL);
        wrong += threads[i].wrong;
    }
    wrong += wgo_journal_problem(journal).status != WGO_OK;
    wgo_journal_end(journal, true);
    wgo_redactor_fini(&redactor);
    return wrong;
}

int main(void)
{
    char dir[] = P_tmpdir "/wgo-race-journal-XXXXXX", warning[512], command[128];
    struct wgo_store *store;
    struct wgo_store_options options = {.state_dir = dir, .getenv = no_environment};
    if (!mkdtemp(dir) || wgo_store_open(&options, &store, warning, NULL) != WGO_OK) {
        return 1;
    }
    long wrong = round_of(store, false, 0);
    wrong += round_of(store, true, THREADS * PAGES);
    wrong += round_of(store, true, 2 * THREADS * PAGES);
    wgo_store_close(store);
    snprintf(command, sizeof(command), "rm -rf %s", dir);
    wrong += system(command) != 0;
    printf("%d threads, %d pages each, %ld wrong\n", THREADS, PAGES, wrong);
    return wrong != 0;
}
