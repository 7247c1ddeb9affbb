/* Many threads add to one set of rows while another looks at it: nothing is lost, nothing is torn.
 */
#include "model/completeness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

enum { WRITERS = 4, ROUNDS = 20000, TYPES = 4000 };

static struct wgo_rows *rows;
static atomic_bool done;

static void *write_rows(void *arg)
{
    char type[24], error[16];
    for (int i = 0; i < ROUNDS; i++) {
        snprintf(type, sizeof(type), "t%d", i % TYPES);
        snprintf(error, sizeof(error), "e%d", *(int *)arg);
        bool bad = i % 100 == 7;
        struct wgo_row row = {
            .provider = WGO_STR("p"),
            .type = wgo_str(type),
            .seen = bad ? WGO_SEEN_THROTTLED : WGO_SEEN_OK,
            .error = bad ? wgo_str(error) : (struct wgo_str){0},
            .count = 1,
        };
        wgo_rows_add(rows, &row);
    }
    return NULL;
}

static void check(void *state, const struct wgo_row *row)
{
    if (row->count < 0 || row->type.len < 2 || row->type.ptr[0] != 't') {
        *(bool *)state = false;
    }
}

static void *look(void *arg)
{
    while (!atomic_load(&done)) {
        struct wgo_buf out = {0};
        struct wgo_json_writer w;
        wgo_json_writer_init(&w, &out);
        wgo_rows_write(rows, WGO_STR(""), &w);
        wgo_buf_fini(&out);
        wgo_rows_each(rows, check, arg);
        if (wgo_rows_items(rows, WGO_STR("p")) > WRITERS * ROUNDS || wgo_rows_count(rows) > TYPES ||
            wgo_rows_failed(rows)) {
            *(bool *)arg = false;
        }
    }
    return NULL;
}

int main(void)
{
    pthread_t writers[WRITERS], reader;
    int ids[WRITERS];
    bool good = true;
    rows = wgo_rows_new();
    if (!rows || pthread_create(&reader, NULL, look, &good) != 0) {
        return 1;
    }
    for (int i = 0; i < WRITERS; i++) {
        ids[i] = i;
        if (pthread_create(&writers[i], NULL, write_rows, &ids[i]) != 0) {
            return 1;
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        pthread_join(writers[i], NULL);
    }
    atomic_store(&done, true);
    pthread_join(reader, NULL);
    good = good && wgo_rows_items(rows, WGO_STR("p")) == WRITERS * ROUNDS &&
           wgo_rows_count(rows) == TYPES && !wgo_rows_complete(rows);
    wgo_rows_free(rows);
    printf("%s\n", good ? "ok" : "rows were lost or torn");
    return good ? 0 : 1;
}
