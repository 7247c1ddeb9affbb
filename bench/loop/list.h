/* list.h: the requests a loop makes, from a file.
 *
 * One request after another: a line "METHOD URL BODY_BYTES", a line "Name: value" for each header,
 * an empty line, the body's bytes and a newline.
 *
 * Ownership: list_load() reads it all into memory; everything in the list points there.
 *            list_free() gives it back.
 * Threads:   read-only once loaded.
 * Failure:   list_load() prints what is wrong and gives false. */
#ifndef BENCH_LOOP_LIST_H
#define BENCH_LOOP_LIST_H

#include <stdbool.h>
#include <stddef.h>

enum { LIST_HEADERS = 16 };

struct list_request {
    const char *method, *url;
    const char *headers[LIST_HEADERS]; /* "Name: value" */
    size_t header_count;
    const char *body;
    size_t body_len;
};

struct list {
    char *text;
    struct list_request *requests;
    size_t count;
};

bool list_load(const char *path, struct list *out);
void list_free(struct list *list);

/* What both loops take from their command lines: FILE [--window N] [--repeat N] [--insecure]
 * [--shards N]. */
struct list_arguments {
    const char *path;
    size_t window;   /* calls in flight */
    size_t repeat;   /* times the whole list is fetched */
    unsigned shards; /* 0 = as many as the transport likes */
    bool insecure;   /* certificates are not looked at: a server of the bench's own */
};
bool list_arguments(int count, char **arguments, struct list_arguments *out);

/* What both loops tell, as one line of JSON on standard output. */
struct list_report {
    double wall_s;
    size_t calls, failed; /* failed: no whole answer, or none of 2xx */
    unsigned long long bytes;
    size_t connections;
    bool http2;
};
double list_now(void);
void list_print(const struct list_report *report);

#endif
