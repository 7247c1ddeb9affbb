#include "list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

static char *read_all(const char *path, size_t *out_len)
{
    FILE *file = fopen(path, "rb");
    char *text = NULL;
    if (file && fseek(file, 0, SEEK_END) == 0) {
        long size = ftell(file);
        text = size >= 0 ? malloc((size_t)size + 1) : NULL;
        rewind(file);
        if (text && fread(text, 1, (size_t)size, file) == (size_t)size) {
            text[size] = '\0';
            *out_len = (size_t)size;
        } else {
            free(text);
            text = NULL;
        }
    }
    if (file) {
        fclose(file);
    }
    return text;
}

/* Ends the line at 'at' with a NUL; where the next one begins, or NULL without a newline. */
static char *end_line(char *at)
{
    char *newline = strchr(at, '\n');
    if (newline) {
        *newline++ = '\0';
    }
    return newline;
}

/* One request from 'at' on; where the next one begins, or NULL when it is malformed. */
static char *parse_request(char *at, const char *end, struct list_request *out)
{
    *out = (struct list_request){.method = at};
    char *next = end_line(at);
    char *url = next ? strchr(at, ' ') : NULL;
    char *size = url ? strrchr(url + 1, ' ') : NULL;
    if (!size) {
        return NULL;
    }
    *url++ = '\0';
    *size++ = '\0';
    out->url = url;
    out->body_len = strtoul(size, NULL, 10);
    while ((at = next) && (next = end_line(at)) && *at != '\0') {
        if (out->header_count == LIST_HEADERS) {
            return NULL;
        }
        out->headers[out->header_count++] = at;
    }
    if (!next || out->body_len >= (size_t)(end - next)) {
        return NULL;
    }
    out->body = next;
    return next[out->body_len] == '\n' ? next + out->body_len + 1 : NULL;
}

bool list_load(const char *path, struct list *out)
{
    size_t len = 0, room = 0;
    struct list list = {.text = read_all(path, &len)};
    char *at = list.text;
    while (at && *at != '\0') {
        if (list.count == room) {
            room = room ? room * 2 : 256;
            struct list_request *more = realloc(list.requests, room * sizeof(*more));
            if (!more) {
                at = NULL;
                break;
            }
            list.requests = more;
        }
        at = parse_request(at, list.text + len, &list.requests[list.count]);
        list.count += at != NULL;
    }
    if (!at || list.count == 0) {
        fprintf(stderr, "%s: no list of requests (request %zu)\n", path, list.count + 1);
        list_free(&list);
        return false;
    }
    *out = list;
    return true;
}

void list_free(struct list *list)
{
    free(list->requests);
    free(list->text);
    *list = (struct list){0};
}

bool list_arguments(int count, char **arguments, struct list_arguments *out)
{
    struct list_arguments a = {.window = 32, .repeat = 1};
    for (int i = 1; i < count; i++) {
        const char *value = i + 1 < count ? arguments[i + 1] : NULL;
        if (strcmp(arguments[i], "--insecure") == 0) {
            a.insecure = true;
        } else if (strcmp(arguments[i], "--window") == 0 && value) {
            a.window = strtoul(arguments[++i], NULL, 10);
        } else if (strcmp(arguments[i], "--repeat") == 0 && value) {
            a.repeat = strtoul(arguments[++i], NULL, 10);
        } else if (strcmp(arguments[i], "--shards") == 0 && value) {
            a.shards = (unsigned)strtoul(arguments[++i], NULL, 10);
        } else if (arguments[i][0] != '-' && !a.path) {
            a.path = arguments[i];
        } else {
            a.window = 0;
        }
    }
    if (!a.path || a.window == 0 || a.window > 4096 || a.repeat == 0) {
        fprintf(stderr,
                "usage: %s FILE [--window N] [--repeat N] [--insecure] [--shards N]\n"
                "fetches the requests listed in FILE, N at a time, and drops the answers\n",
                arguments[0]);
        return false;
    }
    *out = a;
    return true;
}

double list_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double seconds(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

void list_print(const struct list_report *report)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("{\"wall_s\":%.6f,\"cpu_s\":%.6f,\"user_s\":%.6f,\"system_s\":%.6f,\"calls\":%zu,"
           "\"failed\":%zu,\"bytes\":%llu,\"connections\":%zu,\"http2\":%s,\"max_rss_kb\":%ld}\n",
           report->wall_s, seconds(usage.ru_utime) + seconds(usage.ru_stime),
           seconds(usage.ru_utime), seconds(usage.ru_stime), report->calls, report->failed,
           report->bytes, report->connections, report->http2 ? "true" : "false", usage.ru_maxrss);
}
