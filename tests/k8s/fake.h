/* fake.h: what stands on the other side of the Kubernetes collector in its tests.
 *
 * An environment that the test sets, services that write down what they are told, an emitter that
 * keeps tasks, rows and records, and a clock that moves when told. The collector is driven through
 * its contract only.
 *
 * Ownership: fake_init/_fini; the instance made by fake_open() is closed by fake_fini().
 * Threads:   one. The struct is large: make it static.
 * Failure:   abort() when out of memory. */
#ifndef WGO_TESTS_K8S_FAKE_H
#define WGO_TESTS_K8S_FAKE_H

#include "k8s/k8s.h"
#include "model/collector.h"

#define FAKE_MOST 1024

/* For Criterion's tests. */
#define cr_holds(text, part)                                                                       \
    cr_assert(strstr((text), (part)) != NULL, "\"%s\" holds no \"%s\"", (text), (part))

struct fake_row {
    char account[64], type[128], error[512], hint[320];
    enum wgo_completeness seen;
};

struct fake {
    struct wgo_arena arena;
    struct wgo_clock clock;
    struct wgo_services services;
    struct wgo_provider_options options;
    struct wgo_emitter emitter;
    struct wgo_error error; /* of the last call */
    void *self;             /* the collector's instance */
    struct wgo_task *tasks[FAKE_MOST];
    struct fake_row rows[FAKE_MOST];
    size_t task_count, row_count;
    struct wgo_task *ahead[FAKE_MOST]; /* tasks that may come to nothing */
    size_t ahead_count;
    char warnings[16][1024];
    size_t warning_count;
    struct wgo_error reports[256];
    size_t report_count;
    size_t items_calls; /* pages handed back to the engine */
    size_t last_calls;  /* those that no page follows */
    char items[4096];   /* what was handed back, the last time */
    /* What an earlier scan has found: since when it knows (0 = there was none), and "id version"
     * of its objects. */
    int64_t since, begun;
    const char *const *known;
    char kept[FAKE_MOST][160]; /* ids that keep() was told */
    size_t kept_count;
    char gone[16][160];     /* ids that gone() was told */
    char retained[16][160]; /* types that retain() was told */
    size_t gone_count, retained_count;
    struct {
        char key[160], value[160];
    } cache[32];
    size_t cache_count;
    bool cancelled;
};

/* The environment that the collector sees; NULL unsets. */
void fake_setenv(const char *name, const char *value);
const char *fake_getenv(const char *name);
/* A path below tests/fixtures/k8s, in a static buffer of its own for each of 8 calls. */
const char *fake_fixture(const char *name);
/* Writes 'text' to a new temporary file, which fake_fini() removes; its path lives until then. */
const char *fake_file(const char *text);

void fake_init(struct fake *fake);
void fake_fini(struct fake *fake);
/* Closes the instance and forgets its tasks: another one may be opened. */
void fake_close(struct fake *fake);
/* fake_fini() without removing temporary files. */
void fake_keep_files(struct fake *fake);
/* Opens the collector on the kubeconfig at 'path' for 'context' (NULL: the current one). */
enum wgo_status fake_open(struct fake *fake, const char *path, const char *context);
/* A kubeconfig of one context, "c", for a server nobody asks. */
const char *fake_kubeconfig(void);

/* The first task at or after '*at' of that entry, past which '*at' is set; NULL when there is none.
 */
const struct wgo_task *fake_task(const struct fake *fake, const char *entry, size_t *at);
size_t fake_count_tasks(const struct fake *fake, const char *entry);
const char *fake_var(const struct wgo_task *task, const char *name);
/* The row of that type; NULL when there is none. */
const struct fake_row *fake_row(const struct fake *fake, const char *type);

/* The answer to 'task': 'status' with 'body' is classified, and decoded as the engine would.
 * 'final': a failure that is out of retries. Gives what decode() gave, or OK when there is nothing
 * to decode. */
enum wgo_status fake_answer(struct fake *fake, const struct wgo_task *task, int http_status,
                            const char *body, bool final, struct wgo_verdict *out_verdict);

#endif
