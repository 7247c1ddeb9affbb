/* Eight threads say what stands of an earlier scan, and ask what it had found. */
#include "lib/earlier.h"
#include "model/record_pack.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS = 8, IDS = 500 };

static const char *no_environment(const char *name)
{
    (void)name;
    return NULL;
}

struct thread {
    struct wgo_earlier *earlier;
    unsigned number;
    long wrong;
};

static const struct wgo_str cloud = {"cloud", 5};

static struct wgo_str id_of(unsigned n, char text[16])
{
    snprintf(text, 16, "id%08u", n);
    return wgo_str(text);
}

static void *work(void *state)
{
    struct thread *t = state;
    const struct wgo_base *base = &t->earlier->port;
    char id[16], account[16];
    for (unsigned n = 0; n < IDS; n++) {
        struct wgo_str mine = id_of(n * THREADS + t->number, id);
        snprintf(account, sizeof(account), "%u", n);
        const struct wgo_place place = {cloud, wgo_str(account), WGO_STR("here"), WGO_STR("disk")};
        t->wrong += !base->has(base->self, cloud, mine, WGO_STR("1"));
        t->wrong += base->has(base->self, cloud, mine, WGO_STR("2"));
        t->wrong += base->since(base->self, &place, 1) != 7;
        t->wrong += base->since(base->self, &place, 2) != 0;
        base->keep(base->self, cloud, mine);
        base->keep_group(base->self, cloud, mine);
        base->gone(base->self, cloud, mine);
        base->retain(base->self, &place);
        base->leads(base->self, cloud, wgo_str(account), mine);
    }
    return NULL;
}

static int fail(const char *what, const struct wgo_error *err)
{
    fprintf(stderr, "%s: %s\n", what, err->message);
    return 1;
}

static struct wgo_inventory *open_inventory(const struct wgo_store *store,
                                            const struct wgo_redactor *redactor)
{
    struct wgo_inventory *inventory = NULL;
    char warning[512];
    return wgo_inventory_open(store, wgo_clock_system(), "race", redactor, true, &inventory,
                              warning, NULL) == WGO_OK
               ? inventory
               : NULL;
}

/* What the threads ask for. */
static bool fill(struct wgo_inventory *inventory)
{
    struct wgo_inventory_writer *writer = NULL;
    struct wgo_seen_place places[IDS];
    char accounts[IDS][16], id[16];
    struct wgo_buf text = {0}, note = {0};
    bool good = wgo_inventory_begin(inventory, true, &writer, NULL) == WGO_OK;
    for (unsigned n = 0; n < IDS * THREADS && good; n++) {
        const struct wgo_record record = {.id = id_of(n, id),
                                          .provider = cloud,
                                          .type = WGO_STR("disk"),
                                          .version = WGO_STR("1"),
                                          .live = true};
        wgo_buf_reset(&text);
        wgo_record_pack(&text, &record);
        good = wgo_inventory_put(writer, record.id, wgo_buf_view(&text), NULL) == WGO_OK;
    }
    for (unsigned n = 0; n < IDS; n++) {
        snprintf(accounts[n], sizeof(accounts[n]), "%u", n);
        places[n] = (struct wgo_seen_place){
            {cloud, wgo_str(accounts[n]), WGO_STR("here"), WGO_STR("disk")}, 7, 1};
    }
    wgo_earlier_note(places, IDS, &note);
    good = good && wgo_inventory_commit(writer, wgo_buf_view(&note), NULL) == WGO_OK;
    wgo_buf_fini(&text);
    wgo_buf_fini(&note);
    return good;
}

static long race(struct wgo_earlier *earlier)
{
    struct thread threads[THREADS];
    pthread_t ids[THREADS];
    long wrong = 0;
    char id[16];
    for (unsigned i = 0; i < THREADS; i++) {
        threads[i] = (struct thread){earlier, i, 0};
        if (pthread_create(&ids[i], NULL, work, &threads[i]) != 0) {
            exit(1);
        }
    }
    for (unsigned i = 0; i < THREADS; i++) {
        pthread_join(ids[i], NULL);
        wrong += threads[i].wrong;
    }
    for (unsigned n = 0; n < IDS * THREADS; n++) {
        wrong += !wgo_earlier_kept(earlier, cloud, id_of(n, id));
        wrong += !wgo_earlier_kept_group(earlier, cloud, id_of(n, id));
        wrong += !wgo_earlier_gone(earlier, cloud, id_of(n, id));
        wrong += !wgo_earlier_lead(earlier, cloud, id_of(n, id), 0);
    }
    return wrong + wgo_earlier_failed(earlier);
}

int main(void)
{
    char dir[] = "/tmp/wgo-race-earlier-XXXXXX", warning[512], command[128];
    struct wgo_store *store;
    struct wgo_redactor redactor;
    struct wgo_earlier *earlier = NULL;
    struct wgo_error err = {0};
    const struct wgo_store_options options = {.state_dir = dir, .getenv = no_environment};
    if (!mkdtemp(dir) || wgo_store_open(&options, &store, warning, &err) != WGO_OK ||
        wgo_redactor_init(&redactor, WGO_STR("a key that is long enough"), &err) != WGO_OK) {
        return fail("no store", &err);
    }
    struct wgo_inventory *inventory = open_inventory(store, &redactor);
    if (!inventory || !fill(inventory)) {
        return fail("no inventory", &err);
    }
    wgo_inventory_close(inventory);
    if (wgo_earlier_open(open_inventory(store, &redactor), true, INT64_MAX, &earlier, &err) !=
        WGO_OK) {
        return fail("nothing earlier", &err);
    }
    long wrong = race(earlier);
    wgo_earlier_close(earlier);
    wgo_redactor_fini(&redactor);
    wgo_store_close(store);
    snprintf(command, sizeof(command), "rm -r '%s'", dir);
    if (system(command) != 0) {
        return 1;
    }
    if (wrong > 0) {
        fprintf(stderr, "%ld answers were wrong\n", wrong);
    }
    return wrong > 0;
}
