#include "core/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <malloc.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/conf.h"
#include "core/fault.h"
#include "core/log.h"
#include "core/modules.h"
#include "core/rng.h"
#include "core/shape.h"
#include "core/throttle.h"
#include "core/timer.h"

#define BLOCK_BYTES 131072            /* Printed and sent at a time. */
#define CONNECTION_BYTES (192 * 1024) /* Of MHD's memory per connection: headers and one chunk. */
#define MAX_CONNECTIONS 8192
#define MAX_BODY_BYTES (1 << 20)
#define IDLE_S 120
#define DRIP_NS INT64_C(50000000) /* Between two portions of a slow body. */

struct fc_server {
    struct json_object *scenario;
    struct MHD_Daemon *daemon;
    struct fc_log *log;
    struct fc_faults *faults;
    struct fc_throttles *throttles;
    struct fc_timer *timer;
    void **modules; /* State of each of fc_modules[]. */
    uint16_t port;
    uint64_t seed;
    int64_t latency_ms;
    int64_t jitter_ms;
    bool gzip;
    bool chunked;
};

enum exchange_state { EXCHANGE_NEW, EXCHANGE_READING, EXCHANGE_DELAYED, EXCHANGE_ANSWERED };

/* One request and its answer; MHD's con_cls. */
struct exchange {
    struct fc_server *server;
    struct fc_request rq;
    struct fc_reply reply;
    struct fc_shape shape;
    enum exchange_state state;
    const char *fault_name;
    int64_t due_ns;  /* Of the answer; later of a stalled or slow body. */
    int64_t sent;    /* Body bytes handed to MHD. */
    bool counted;    /* fc_log_begin() was called and fc_log_end() must follow. */
    bool stalled;    /* The stall began. */
    bool unreadable; /* Its address has too many parts. */
};

static void finish(struct exchange *ex, bool aborted)
{
    if (ex->counted) {
        ex->counted = false;
        fc_log_end(ex->server->log, &ex->rq, ex->reply.status, ex->sent, ex->fault_name, aborted);
    }
}

/* Puts the connection aside until ex->due_ns. */
static void suspend(struct exchange *ex)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(ex->rq.connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    MHD_suspend_connection(ex->rq.connection);
    if (!fc_timer_add(ex->server->timer, ex->rq.connection, info->connect_fd, ex->due_ns)) {
        MHD_resume_connection(ex->rq.connection);
    }
}

/* Whether the body must wait before its next byte; sets 'gone' when it will never go on. */
static bool body_waits(struct exchange *ex, uint64_t pos, bool *gone)
{
    int64_t now = fc_now_ns();

    *gone = false;
    if (ex->shape.stall_at >= 0 && pos >= (uint64_t)ex->shape.stall_at) {
        if (!ex->stalled) {
            ex->stalled = true;
            ex->due_ns = now + ex->shape.stall_ms * 1000000;
            suspend(ex);
            return true;
        }
        *gone = now < ex->due_ns; /* Woken early: the client left, or we end. */
        ex->shape.stall_at = -1;
        return false;
    }
    if (ex->shape.bytes_per_s > 0 && now < ex->due_ns) {
        suspend(ex);
        return true;
    }
    return false;
}

static ssize_t read_body(void *cls, uint64_t pos, char *buf, size_t max)
{
    struct exchange *ex = cls;
    const struct fc_shape *shape = &ex->shape;
    bool gone;
    size_t n;

    if (body_waits(ex, pos, &gone)) {
        return 0;
    }
    if (gone || (shape->cut_at >= 0 && pos >= (uint64_t)shape->cut_at)) {
        finish(ex, gone);
        return MHD_CONTENT_READER_END_WITH_ERROR;
    }
    if (shape->cut_at >= 0 && max > (uint64_t)shape->cut_at - pos) {
        max = (size_t)((uint64_t)shape->cut_at - pos);
    }
    if (shape->stall_at >= 0 && max > (uint64_t)shape->stall_at - pos) {
        max = (size_t)((uint64_t)shape->stall_at - pos);
    }
    if (shape->bytes_per_s > 0) {
        size_t portion = (size_t)(shape->bytes_per_s / (1000000000 / DRIP_NS)) + 1;

        max = max < portion ? max : portion;
        ex->due_ns = fc_now_ns() + DRIP_NS;
    }
    n = ex->reply.body.read(ex->reply.body.ctx, buf, max);
    ex->sent += (int64_t)n;
    if (n == 0 || ex->sent == ex->reply.length || ex->sent == shape->cut_at) {
        finish(ex, false);
    }
    return n > 0 ? (ssize_t)n : MHD_CONTENT_READER_END_OF_STREAM;
}

static enum MHD_Result send_reply(struct exchange *ex)
{
    struct fc_reply *r = &ex->reply;
    struct MHD_Response *response;
    struct fc_text date = {0};
    enum MHD_Result queued;
    size_t block = BLOCK_BYTES;
    size_t i;

    ex->state = EXCHANGE_ANSWERED;
    if (r->length >= 0 && r->length < BLOCK_BYTES) {
        block = (size_t)r->length + 1;
    }
    response = MHD_create_response_from_callback(
        r->length >= 0 ? (uint64_t)r->length : MHD_SIZE_UNKNOWN, block, read_body, ex, NULL);
    if (response == NULL) {
        return MHD_NO;
    }
    fc_clock_http(&date, fc_clock_s());
    MHD_add_response_header(response, "Date", date.data);
    fc_text_fini(&date);
    if (r->content_type != NULL) {
        MHD_add_response_header(response, "Content-Type", r->content_type);
    }
    for (i = 0; i < r->header_count; i++) {
        MHD_add_response_header(response, r->headers[i].name, r->headers[i].value);
    }
    if (r->length == 0 || strcmp(ex->rq.method, "HEAD") == 0) {
        finish(ex, false);
    }
    queued = MHD_queue_response(ex->rq.connection, r->status, response);
    MHD_destroy_response(response);
    return queued;
}

static void refuse(struct exchange *ex, const struct fc_module *m, void *state, unsigned status,
                   int retry_after_s, const struct fc_fault_rule *rule)
{
    if (rule != NULL && rule->value != NULL) {
        fc_reply_string(&ex->reply, status, "text/plain; charset=utf-8", rule->value);
    } else {
        m->error(state, &ex->rq, status, retry_after_s, &ex->reply);
    }
    if (retry_after_s >= 0 && rule != NULL && rule->retry_after_date) {
        struct fc_text date = {0};

        fc_clock_http(&date, fc_clock_s() + retry_after_s);
        fc_reply_header(&ex->reply, "Retry-After", "%s", date.data);
        fc_text_fini(&date);
    } else if (retry_after_s >= 0) {
        fc_reply_header(&ex->reply, "Retry-After", "%d", retry_after_s);
    }
}

/* The right answer, a refusal, or the right answer bent by a fault. */
static void answer(struct exchange *ex, const struct fc_module *m, void *state,
                   const struct fc_route *route)
{
    struct fc_server *s = ex->server;
    struct fc_request *rq = &ex->rq;
    const struct fc_fault_rule *rule;
    struct fc_refusal refusal;

    rq->route_name = route->pattern;
    m->identify(state, rq);
    rule = fc_faults_pick(s->faults, rq);
    rq->fault = rule;
    ex->fault_name = rule != NULL ? rule->name : NULL;
    if (rule == NULL &&
        !fc_throttles_admit(s->throttles, rq, rq->clock_ns, m->plain_refusals, &refusal)) {
        ex->fault_name = refusal.name;
        refuse(ex, m, state, refusal.status, refusal.retry_after_s, NULL);
    } else if (rule != NULL && rule->kind == FC_FAULT_STATUS) {
        refuse(ex, m, state, rule->status,
               m->plain_refusals && !rule->retry_after_given ? -1 : rule->retry_after_s, rule);
    } else {
        route->handle(state, rq, &ex->reply);
    }
    if (s->chunked && ex->reply.length >= BLOCK_BYTES / 4) {
        ex->reply.length = FC_LENGTH_UNKNOWN;
    }
    if (rule != NULL) {
        fc_shape_apply(rule, &ex->reply, &ex->shape);
    }
    if (ex->reply.pause_ms > 0) {
        if (ex->shape.stall_at < 0) {
            ex->shape.stall_at = ex->reply.pause_at;
            ex->shape.stall_ms = ex->reply.pause_ms;
        }
    } else if (s->gzip) {
        fc_shape_gzip(&ex->reply, fc_request_header(rq, "Accept-Encoding"));
    }
}

static void serve_own(struct exchange *ex)
{
    struct fc_request *rq = &ex->rq;
    struct fc_text t = {0};
    size_t i;

    if (rq->segment_count == 2 && fc_str_eq(rq->segments[1], "stats")) {
        fc_log_stats(ex->server->log, &t);
        for (i = 0; i < fc_module_count; i++) {
            if (fc_modules[i]->stats != NULL) {
                fc_text_puts(&t, ",");
                fc_modules[i]->stats(ex->server->modules[i], &t);
            }
        }
        fc_text_puts(&t, "}\n");
    } else if (rq->segment_count == 2 && fc_str_eq(rq->segments[1], "counts")) {
        fc_text_puts(&t, "{");
        for (i = 0; i < fc_module_count; i++) {
            if (fc_modules[i]->counts != NULL) {
                fc_text_puts(&t, t.len > 1 ? "," : "");
                fc_modules[i]->counts(ex->server->modules[i], rq, &t);
            }
        }
        fc_text_puts(&t, "}\n");
    } else {
        fc_reply_string(&ex->reply, 404, "text/plain", "fakecloud has stats and counts here\n");
        return;
    }
    fc_reply_text(&ex->reply, 200, "application/json", &t);
}

static void serve(struct exchange *ex)
{
    const struct fc_route *route = NULL;
    size_t i;

    for (i = 0; i < fc_module_count && route == NULL && !ex->unreadable; i++) {
        route = fc_modules[i]->route(ex->server->modules[i], &ex->rq);
        if (route != NULL) {
            answer(ex, fc_modules[i], ex->server->modules[i], route);
        }
    }
    if (ex->unreadable) {
        fc_reply_string(&ex->reply, 414, "text/plain; charset=utf-8", "too many parts\n");
    } else if (route == NULL) {
        fc_reply_string(&ex->reply, 404, "text/plain; charset=utf-8", "404 page not found\n");
    }
}

static int64_t delay_ms(const struct exchange *ex)
{
    const struct fc_server *s = ex->server;
    int64_t ms = s->latency_ms + ex->shape.delay_ms;

    if (s->jitter_ms > 0) {
        ms += (int64_t)(fc_hash(s->seed, ex->rq.number) % (uint64_t)(s->jitter_ms + 1));
    }
    return ms;
}

static enum MHD_Result reset_connection(struct exchange *ex)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(ex->rq.connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct linger hard = {.l_onoff = 1, .l_linger = 0};

    setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
    ex->reply.status = 0;
    finish(ex, false);
    return MHD_NO;
}

static enum MHD_Result process(struct exchange *ex)
{
    ex->due_ns = 0;
    if (ex->rq.segment_count > 0 && fc_str_eq(ex->rq.segments[0], "_fakecloud")) {
        serve_own(ex);
        return send_reply(ex);
    }
    serve(ex);
    if (delay_ms(ex) > 0) {
        ex->state = EXCHANGE_DELAYED;
        ex->due_ns = ex->rq.started_ns + delay_ms(ex) * 1000000;
        if (ex->due_ns > fc_now_ns()) {
            suspend(ex);
            return MHD_YES;
        }
    }
    return ex->shape.reset ? reset_connection(ex) : send_reply(ex);
}

static void begin(struct exchange *ex, struct MHD_Connection *connection, const char *method)
{
    const union MHD_ConnectionInfo *info;

    ex->state = EXCHANGE_READING;
    ex->rq.connection = connection;
    snprintf(ex->rq.method, sizeof(ex->rq.method), "%s", method);
    info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
    ex->rq.connection_id = info != NULL ? (uint64_t)(uintptr_t)info->socket_context : 0;
    ex->unreadable = !fc_request_split(&ex->rq);
    if (ex->rq.segment_count == 0 || !fc_str_eq(ex->rq.segments[0], "_fakecloud")) {
        fc_log_begin(ex->server->log, &ex->rq);
        ex->counted = true;
    }
}

static enum MHD_Result on_request(void *cls, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload_data,
                                  size_t *upload_data_size, void **con_cls)
{
    struct exchange *ex = *con_cls;

    (void)cls;
    (void)url;
    (void)version;
    if (ex->state == EXCHANGE_NEW) {
        begin(ex, connection, method);
        return MHD_YES;
    }
    if (*upload_data_size > 0) {
        if (ex->rq.body.len + *upload_data_size <= MAX_BODY_BYTES) {
            fc_text_add(&ex->rq.body, upload_data, *upload_data_size);
        }
        *upload_data_size = 0;
        return MHD_YES;
    }
    if (ex->state == EXCHANGE_READING) {
        return process(ex);
    }
    if (ex->state == EXCHANGE_DELAYED) {
        if (fc_now_ns() < ex->due_ns) { /* Woken early: the client left, or we end. */
            finish(ex, true);
            return MHD_NO;
        }
        return ex->shape.reset ? reset_connection(ex) : send_reply(ex);
    }
    return MHD_YES;
}

static void *on_uri(void *cls, const char *uri, struct MHD_Connection *connection)
{
    struct exchange *ex = fc_alloc(sizeof(*ex));

    (void)connection;
    ex->server = cls;
    ex->rq.server = cls;
    ex->rq.uri = fc_strdup(uri);
    ex->shape.cut_at = -1;
    ex->shape.stall_at = -1;
    return ex;
}

static void on_completed(void *cls, struct MHD_Connection *connection, void **con_cls,
                         enum MHD_RequestTerminationCode why)
{
    struct exchange *ex = *con_cls;

    (void)cls;
    (void)connection;
    (void)why;
    if (ex != NULL) {
        finish(ex, true);
        fc_reply_fini(&ex->reply);
        fc_request_fini(&ex->rq);
        free(ex);
        *con_cls = NULL;
    }
}

static void on_connection(void *cls, struct MHD_Connection *connection, void **socket_context,
                          enum MHD_ConnectionNotificationCode what)
{
    struct fc_server *s = cls;

    (void)connection;
    if (what == MHD_CONNECTION_NOTIFY_STARTED) {
        *socket_context = (void *)(uintptr_t)fc_log_connection_opened(s->log);
    } else {
        fc_log_connection_closed(s->log);
    }
}

/* Percent-decoding is ours: MHD's would turn %2F into a '/' before the path is split. */
static size_t keep_encoded(void *cls, struct MHD_Connection *connection, char *s)
{
    (void)cls;
    (void)connection;
    return strlen(s);
}

static int listen_loopback(uint16_t port, uint16_t *out_port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_port = htons(port)};
    socklen_t len = sizeof(addr);
    int on = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
        bind(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0 || listen(fd, 1024) != 0 ||
        getsockname(fd, (struct sockaddr *)&addr, &len) != 0) {
        fc_die("port %u of 127.0.0.1: %s", port, strerror(errno));
    }
    *out_port = ntohs(addr.sin_port);
    return fd;
}

static void raise_file_limit(void)
{
    struct rlimit rl;

    if (getrlimit(RLIMIT_NOFILE, &rl) == 0 && rl.rlim_cur < rl.rlim_max) {
        rl.rlim_cur = rl.rlim_max < 65536 ? rl.rlim_max : 65536;
        setrlimit(RLIMIT_NOFILE, &rl);
    }
}

static const char *const server_keys[] = {
    "port",   "threads",   "max_seconds",      "gzip",           "chunked",     "log",
    "record", "port_file", "write_kubeconfig", "die_with_stdin", "clock_scale", NULL,
};

static void start_daemon(struct fc_server *s, struct json_object *conf)
{
    unsigned threads = (unsigned)fc_conf_int(conf, "server", "threads", 2);
    int fd = listen_loopback((uint16_t)fc_conf_int(conf, "server", "port", 0), &s->port);
    struct MHD_OptionItem pool[] = {
        {MHD_OPTION_THREAD_POOL_SIZE, (intptr_t)threads, NULL},
        {MHD_OPTION_END, 0, NULL},
    };

    if (threads < 2) {
        pool[0].option = MHD_OPTION_END; /* MHD wants no pool of one. */
    }
    s->daemon = MHD_start_daemon(
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_USE_SUSPEND_RESUME | MHD_USE_SUPPRESS_DATE_NO_CLOCK, 0,
        NULL, NULL, on_request, s, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
        (unsigned)MAX_CONNECTIONS, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_URI_LOG_CALLBACK, on_uri, s,
        MHD_OPTION_UNESCAPE_CALLBACK, keep_encoded, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
        s, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s, MHD_OPTION_ARRAY, pool, MHD_OPTION_END);
    if (s->daemon == NULL) {
        fc_die("libmicrohttpd does not start: %s", strerror(errno));
    }
}

struct fc_server *fc_server_new(struct json_object *scenario)
{
    struct fc_server *s = fc_alloc(sizeof(*s));
    struct json_object *conf = fc_conf_get(scenario, "server");
    size_t i;

    fc_conf_only(conf, "server", server_keys);
    raise_file_limit();
    mallopt(M_MMAP_THRESHOLD, 64 << 20); /* Bodies' blocks stay in the heap: no page faults. */
    s->scenario = scenario;
    s->seed = (uint64_t)fc_conf_int(scenario, "scenario", "seed", 1);
    s->latency_ms = fc_conf_int(scenario, "scenario", "latency_ms", 0);
    s->jitter_ms = fc_conf_int(scenario, "scenario", "latency_jitter_ms", 0);
    s->gzip = fc_conf_bool(conf, "server", "gzip", false);
    s->chunked = fc_conf_bool(conf, "server", "chunked", false);
    s->faults = fc_faults_new(scenario);
    s->throttles = fc_throttles_new(scenario);
    s->modules = fc_alloc(fc_module_count * sizeof(*s->modules));
    for (i = 0; i < fc_module_count; i++) {
        s->modules[i] = fc_modules[i]->open(scenario);
    }
    s->log = fc_log_new(fc_conf_str(conf, "server", "log", NULL),
                        fc_conf_str(conf, "server", "record", NULL));
    s->timer = fc_timer_new();
    start_daemon(s, conf);
    for (i = 0; i < fc_module_count; i++) {
        if (fc_modules[i]->listening != NULL) {
            fc_modules[i]->listening(s->modules[i], s->port);
        }
    }
    return s;
}

uint16_t fc_server_port(const struct fc_server *s)
{
    return s->port;
}

void fc_server_free(struct fc_server *s)
{
    size_t i;

    fc_timer_stop(s->timer);
    MHD_stop_daemon(s->daemon);
    fc_timer_free(s->timer);
    for (i = 0; i < fc_module_count; i++) {
        fc_modules[i]->close(s->modules[i]);
    }
    free(s->modules);
    fc_throttles_free(s->throttles);
    fc_faults_free(s->faults);
    fc_log_free(s->log);
    free(s);
}
