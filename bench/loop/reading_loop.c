/* reading_loop.c: the least that collecting pages of pods can cost.
 *
 *   bench_reading_loop FILE [--window N] [--repeat N] [--insecure]
 *
 * The bare loop, whose bodies four threads read as a scan does: syntax, items, what is cut and
 * redacted, one copy, fingerprints. Nothing is kept and nothing is made of it: no ids, no tags, no
 * records, no next page. What a scan takes more than this is what wgo adds. */
#include "bare.h"
#include "pods.h"
#include "task/queue.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { READERS = 4 };

struct body {
    char *bytes;
    size_t len;
};

static bool take(void *state, char *bytes, size_t len)
{
    struct body *body = malloc(sizeof(*body));
    if (body) {
        *body = (struct body){bytes, len};
    }
    if (!body || !wgo_queue_put(state, body)) {
        free(body);
        free(bytes);
        return false;
    }
    return true;
}

static void *read_bodies(void *queue)
{
    struct pods *pods = pods_new();
    for (struct body *body; (body = wgo_queue_take(queue)) != NULL;) {
        (void)pods_read(pods, wgo_str_from(body->bytes, body->len), true);
        free(body->bytes);
        free(body);
    }
    pods_free(pods);
    return NULL;
}

static bool fetch_and_read(const struct list *list, const struct list_arguments *settings,
                           struct list_report *report)
{
    struct wgo_queue *queue = wgo_queue_new();
    pthread_t threads[READERS];
    size_t begun = 0;
    while (queue && begun < READERS &&
           pthread_create(&threads[begun], NULL, read_bodies, queue) == 0) {
        begun++;
    }
    bool good = begun == READERS;
    if (good) {
        struct bare_sink sink = {take, queue};
        double began = list_now();
        good = bare_loop(list, settings, &sink, report);
        wgo_queue_close(queue);
        for (size_t i = 0; i < begun; i++) {
            pthread_join(threads[i], NULL);
        }
        report->wall_s = list_now() - began;
        wgo_queue_free(queue);
    }
    return good;
}

int main(int count, char **arguments)
{
    struct list_arguments settings;
    struct list list;
    struct list_report report = {0};
    if (!list_arguments(count, arguments, &settings)) {
        return 2;
    }
    if (!list_load(settings.path, &list)) {
        return 1;
    }
    bool good = fetch_and_read(&list, &settings, &report);
    if (good) {
        list_print(&report);
    } else {
        fprintf(stderr, "%s: no result\n", arguments[0]);
    }
    list_free(&list);
    return good ? 0 : 1;
}
