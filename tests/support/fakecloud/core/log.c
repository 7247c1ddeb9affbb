#include "core/log.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/timer.h"

#define MAX_ROUTES 512

struct route_count {
    const char *name;
    uint64_t requests;
    uint64_t bytes;
};

struct fc_log {
    int fd;     /* -1: none. */
    int record; /* Likewise. */
    int64_t started_ns;
    atomic_uint_fast64_t requests;
    atomic_uint_fast64_t bytes;
    atomic_uint_fast64_t connections_opened;
    atomic_uint_fast64_t connections_closed;
    atomic_uint_fast64_t in_flight;
    atomic_uint_fast64_t in_flight_max;
    atomic_uint_fast64_t faults;
    atomic_uint_fast64_t aborted;
    atomic_uint_fast64_t lost_lines;
    atomic_uint_fast64_t by_class[6]; /* Status / 100. */

    pthread_mutex_t lock; /* Guards 'routes'. */
    struct route_count routes[MAX_ROUTES];
    size_t route_count;
};

static int open_file(const char *path)
{
    int fd;

    if (path == NULL) {
        return -1;
    }
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
    if (fd < 0) {
        fc_die("%s: %s", path, strerror(errno));
    }
    return fd;
}

static void close_file(int fd)
{
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

struct fc_log *fc_log_new(const char *path, const char *record)
{
    struct fc_log *l = fc_alloc(sizeof(*l));

    l->started_ns = fc_now_ns();
    pthread_mutex_init(&l->lock, NULL);
    l->fd = open_file(path);
    l->record = open_file(record);
    return l;
}

void fc_log_free(struct fc_log *l)
{
    if (l == NULL) {
        return;
    }
    close_file(l->fd);
    close_file(l->record);
    pthread_mutex_destroy(&l->lock);
    free(l);
}

void fc_log_begin(struct fc_log *l, struct fc_request *rq)
{
    uint_fast64_t now_in = atomic_fetch_add(&l->in_flight, 1) + 1;
    uint_fast64_t max = atomic_load(&l->in_flight_max);

    while (now_in > max && !atomic_compare_exchange_weak(&l->in_flight_max, &max, now_in)) {
    }
    rq->in_flight = (uint32_t)now_in;
    rq->number = atomic_fetch_add(&l->requests, 1) + 1;
    rq->started_ns = fc_now_ns();
    rq->clock_ns = fc_clock_ns();
}

static void count_route(struct fc_log *l, const char *name, int64_t bytes)
{
    size_t i;

    pthread_mutex_lock(&l->lock);
    for (i = 0; i < l->route_count && l->routes[i].name != name; i++) {
    }
    if (i == l->route_count && i < MAX_ROUTES) {
        l->routes[l->route_count++].name = name;
    }
    if (i < MAX_ROUTES) {
        l->routes[i].requests++;
        l->routes[i].bytes += (uint64_t)bytes;
    }
    pthread_mutex_unlock(&l->lock);
}

static void add_string(struct fc_text *t, const char *key, const char *value)
{
    fc_text_printf(t, ",\"%s\":", key);
    if (value == NULL) {
        fc_text_puts(t, "null");
    } else {
        fc_text_json(t, fc_str_of(value));
    }
}

/* Adds a line with one write and gives it back. */
static void append(struct fc_log *l, int fd, struct fc_text *line)
{
    ssize_t n = write(fd, line->data, line->len);

    if (n < 0 || (size_t)n != line->len) {
        atomic_fetch_add(&l->lost_lines, 1);
    }
    fc_text_fini(line);
}

static void write_line(struct fc_log *l, const struct fc_request *rq, unsigned status,
                       int64_t bytes, const char *fault, bool aborted)
{
    struct fc_text t = {0};

    fc_text_printf(
        &t,
        "{\"n\":%llu,\"time_ns\":%lld,\"clock_ns\":%lld,\"duration_ns\":%lld,\"connection\":%llu",
        (unsigned long long)rq->number, (long long)rq->started_ns, (long long)rq->clock_ns,
        (long long)(fc_now_ns() - rq->started_ns), (unsigned long long)rq->connection_id);
    add_string(&t, "method", rq->method);
    add_string(&t, "path", rq->uri);
    fc_text_printf(&t, ",\"status\":%u,\"bytes\":%lld", status, (long long)bytes);
    add_string(&t, "user", rq->user_name);
    add_string(&t, "user_agent", fc_request_header(rq, "User-Agent"));
    add_string(&t, "accept", fc_request_header(rq, "Accept"));
    add_string(&t, "accept_encoding", fc_request_header(rq, "Accept-Encoding"));
    add_string(&t, "fault", fault);
    if (rq->call.service != NULL) {
        add_string(&t, "service", rq->call.service);
        add_string(&t, "operation", rq->call.operation);
        add_string(&t, "account", rq->call.account);
        add_string(&t, "region", rq->call.region);
        add_string(&t, "page_token", rq->call.page);
        if (rq->call.query != NULL) {
            add_string(&t, "query", rq->call.query);
        }
    }
    fc_text_printf(&t, ",\"in_flight\":%u,\"aborted\":%s}\n", rq->in_flight,
                   aborted ? "true" : "false");
    append(l, l->fd, &t);
}

/* The request as it came, so that it can be made again. */
static void write_record(struct fc_log *l, const struct fc_request *rq, unsigned status,
                         int64_t bytes)
{
    struct fc_text t = {0};

    fc_text_printf(&t, "{\"n\":%llu", (unsigned long long)rq->number);
    add_string(&t, "method", rq->method);
    add_string(&t, "path", rq->uri);
    fc_text_puts(&t, ",\"headers\":");
    fc_request_headers(rq, &t);
    fc_text_puts(&t, ",\"body\":");
    fc_text_json(&t, (struct fc_str){rq->body.data, rq->body.len});
    fc_text_printf(&t, ",\"status\":%u,\"bytes\":%lld}\n", status, (long long)bytes);
    append(l, l->record, &t);
}

void fc_log_end(struct fc_log *l, const struct fc_request *rq, unsigned status, int64_t bytes,
                const char *fault, bool aborted)
{
    if (l->fd >= 0) {
        write_line(l, rq, status, bytes, fault, aborted);
    }
    if (l->record >= 0) {
        write_record(l, rq, status, bytes);
    }
    count_route(l, rq->route_name != NULL ? rq->route_name : "(none)", bytes);
    atomic_fetch_add(&l->bytes, (uint_fast64_t)bytes);
    atomic_fetch_add(&l->by_class[status / 100 < 6 ? status / 100 : 0], 1);
    atomic_fetch_add(&l->faults, fault != NULL);
    atomic_fetch_add(&l->aborted, aborted);
    atomic_fetch_sub(&l->in_flight, 1);
}

uint64_t fc_log_connection_opened(struct fc_log *l)
{
    return atomic_fetch_add(&l->connections_opened, 1) + 1;
}

void fc_log_connection_closed(struct fc_log *l)
{
    atomic_fetch_add(&l->connections_closed, 1);
}

static double seconds(struct timeval tv)
{
    return (double)tv.tv_sec + (double)tv.tv_usec / 1e6;
}

/* Of this program: what getrusage() says may be the peak of the process that it was started from.
 */
static long peak_kb(const struct rusage *ru)
{
    FILE *status = fopen("/proc/self/status", "re");
    char line[256];
    long kb = ru->ru_maxrss;

    while (status && fgets(line, sizeof line, status))
        if (sscanf(line, "VmHWM: %ld", &kb) == 1)
            break;
    if (status)
        fclose(status);
    return kb;
}

static void add_count(struct fc_text *out, const char *key, atomic_uint_fast64_t *counter)
{
    fc_text_printf(out, "\"%s\":%llu,", key, (unsigned long long)atomic_load(counter));
}

void fc_log_stats(struct fc_log *l, struct fc_text *out)
{
    struct rusage ru;
    size_t i;

    getrusage(RUSAGE_SELF, &ru);
    fc_text_puts(out, "{");
    add_count(out, "requests", &l->requests);
    add_count(out, "bytes", &l->bytes);
    add_count(out, "connections_opened", &l->connections_opened);
    add_count(out, "connections_closed", &l->connections_closed);
    add_count(out, "in_flight", &l->in_flight);
    add_count(out, "in_flight_max", &l->in_flight_max);
    add_count(out, "faults", &l->faults);
    add_count(out, "aborted", &l->aborted);
    add_count(out, "lost_log_lines", &l->lost_lines);
    fc_text_printf(out,
                   "\"uptime_s\":%.3f,\"cpu_s\":%.3f,\"cpu_user_s\":%.3f,\"cpu_system_s\":%.3f,"
                   "\"max_rss_kb\":%ld,\"status\":{",
                   (double)(fc_now_ns() - l->started_ns) / 1e9,
                   seconds(ru.ru_utime) + seconds(ru.ru_stime), seconds(ru.ru_utime),
                   seconds(ru.ru_stime), peak_kb(&ru));
    for (i = 1; i < 6; i++) {
        fc_text_printf(out, "%s\"%zuxx\":%llu", i > 1 ? "," : "", i,
                       (unsigned long long)atomic_load(&l->by_class[i]));
    }
    fc_text_puts(out, "},\"routes\":{");
    pthread_mutex_lock(&l->lock);
    for (i = 0; i < l->route_count; i++) {
        fc_text_puts(out, i > 0 ? "," : "");
        fc_text_json(out, fc_str_of(l->routes[i].name));
        fc_text_printf(out, ":{\"requests\":%llu,\"bytes\":%llu}",
                       (unsigned long long)l->routes[i].requests,
                       (unsigned long long)l->routes[i].bytes);
    }
    pthread_mutex_unlock(&l->lock);
    fc_text_puts(out, "}");
}
