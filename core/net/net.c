#include "net/net.h"

#include "net/manager.h"

#include <limits.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
    HOST_CONNECTIONS = 10,
    TOTAL_CONNECTIONS = 100,
    CONNECT_S = 10,
    SILENCE_S = 30,
    DNS_S = 300,
    BODY_IN_MEMORY = 16 << 20,
    OTHER_FILES = 40, /* output, journals, runs, bodies, programs that give credentials */
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;
static CURLcode curl_ready = CURLE_FAILED_INIT;

/* Never undone: the program around us may use libcurl too. */
static void init_curl(void)
{
    curl_ready = curl_global_init(CURL_GLOBAL_DEFAULT);
}

static unsigned default_shards(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    long shards = processors / 2;
    return shards < 1 ? 1 : shards > WGO_NET_MOST_SHARDS ? WGO_NET_MOST_SHARDS : (unsigned)shards;
}

/* Connections that this process may have open, beside the files that it needs for other things. */
static unsigned most_connections(const struct wgo_net_options *options)
{
    const rlim_t others = OTHER_FILES + 2 * options->shards;
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur > UINT_MAX) {
        return UINT_MAX;
    }
    return (unsigned)(files.rlim_cur > 2 * others ? files.rlim_cur - others
                                                  : files.rlim_cur / 4 + 1);
}

static void fill_in(struct wgo_net_options *options)
{
    if (options->shards == 0) {
        options->shards = default_shards();
    }
    if (options->shards > WGO_NET_MOST_SHARDS) {
        options->shards = WGO_NET_MOST_SHARDS;
    }
    if (options->host_connections == 0) {
        options->host_connections = HOST_CONNECTIONS;
    }
    if (options->total_connections == 0) {
        options->total_connections = options->host_connections > TOTAL_CONNECTIONS
                                         ? options->host_connections
                                         : TOTAL_CONNECTIONS;
    }
    unsigned most = most_connections(options);
    options->total_connections =
        most < options->total_connections ? most : options->total_connections;
    if (options->connect_timeout_ns == 0) {
        options->connect_timeout_ns = CONNECT_S * WGO_S;
    }
    if (options->silence_ns == 0) {
        options->silence_ns = SILENCE_S * WGO_S;
    }
    if (options->dns_lifetime_ns == 0) {
        options->dns_lifetime_ns = DNS_S * WGO_S;
    }
    if (options->max_body_in_memory == 0) {
        options->max_body_in_memory = BODY_IN_MEMORY;
    }
    if (!options->clock) {
        options->clock = wgo_clock_system();
    }
}

static const char *env(const char *name)
{
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* As curl and OpenSSL name them. What the caller gives wins. */
static bool copy_texts(struct wgo_net *net, const struct wgo_net_options *options)
{
    const char *agent = options->user_agent ? options->user_agent : "wgo/" WGO_VERSION;
    const char *file = options->ca_file;
    const char *dir = NULL;
    if (!file) {
        file = env("CURL_CA_BUNDLE");
        file = file ? file : env("SSL_CERT_FILE");
        dir = env("SSL_CERT_DIR");
    }
    const curl_version_info_data *built = curl_version_info(CURLVERSION_NOW);
    net->built_ca_file = built->cainfo;
    /* libcurl keeps a bundle it has read only while there is no directory of certificates too. */
    net->built_ca_dir = built->cainfo ? NULL : built->capath;
    net->user_agent = strdup(agent);
    net->ca_file = file ? strdup(file) : NULL;
    net->ca_dir = dir ? strdup(dir) : NULL;
    net->options.user_agent = net->user_agent;
    net->options.ca_file = net->ca_file;
    return net->user_agent && (!file || net->ca_file) && (!dir || net->ca_dir);
}

enum wgo_status wgo_net_new(const struct wgo_net_options *options, struct wgo_net **out_net,
                            struct wgo_error *err)
{
    static const struct wgo_net_options defaults = {0};
    pthread_once(&curl_once, init_curl);
    if (curl_ready != CURLE_OK) {
        return wgo_fail(err, WGO_E_INTERNAL, "libcurl does not start: %s",
                        curl_easy_strerror(curl_ready));
    }
    struct wgo_net *net = calloc(1, sizeof *net);
    if (!net) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory for the connection pool");
    }
    net->options = options ? *options : defaults;
    fill_in(&net->options);
    wgo_net_slots_init(&net->slots, net->options.total_connections);
    if (!copy_texts(net, options ? options : &defaults)) {
        wgo_net_free(net);
        return wgo_fail(err, WGO_E_NOMEM, "out of memory for the connection pool");
    }
    for (unsigned i = 0; i < net->options.shards; i++) {
        enum wgo_status status = wgo_net_shard_new(net, &net->shards[i], err);
        if (status != WGO_OK) {
            wgo_net_free(net);
            return status;
        }
        net->shard_count++;
    }
    *out_net = net;
    return WGO_OK;
}

void wgo_net_free(struct wgo_net *net)
{
    if (!net) {
        return;
    }
    for (unsigned i = 0; i < net->shard_count; i++) {
        wgo_net_shard_stop(net->shards[i]);
    }
    for (unsigned i = 0; i < net->shard_count; i++) {
        wgo_net_shard_free(net->shards[i]);
    }
    wgo_net_slots_fini(&net->slots);
    free(net->user_agent);
    free(net->ca_file);
    free(net->ca_dir);
    free(net);
}

enum wgo_status wgo_net_group_new(struct wgo_net *net, struct wgo_net_group **out_group)
{
    struct wgo_net_group *group = calloc(1, sizeof *group);
    if (!group) {
        return WGO_E_NOMEM;
    }
    group->net = net;
    atomic_init(&group->cancelled, false);
    *out_group = group;
    return WGO_OK;
}

void wgo_net_group_cancel(struct wgo_net_group *group)
{
    if (atomic_exchange_explicit(&group->cancelled, true, memory_order_acq_rel)) {
        return;
    }
    for (unsigned i = 0; i < group->net->shard_count; i++) {
        wgo_net_shard_tell(group->net->shards[i], WGO_NET_TOLD_CANCEL);
    }
}

void wgo_net_group_free(struct wgo_net_group *group)
{
    free(group);
}

static struct wgo_net_shard *shard_of(const struct wgo_net *net, const char *key)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *key; key++) {
        hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
    }
    /* The upper half: the lower one picks the bucket within the shard. */
    return net->shards[(hash >> 32) % net->shard_count];
}

enum wgo_status wgo_net_submit(struct wgo_net *net, struct wgo_net_group *group,
                               const struct wgo_request *request, wgo_net_done_fn *done,
                               void *state)
{
    return wgo_net_submit_into(net, group, request, NULL, done, state);
}

enum wgo_status wgo_net_submit_into(struct wgo_net *net, struct wgo_net_group *group,
                                    const struct wgo_request *request, struct wgo_response *room,
                                    wgo_net_done_fn *done, void *state)
{
    if (group && atomic_load_explicit(&group->cancelled, memory_order_acquire)) {
        return WGO_E_CANCELLED;
    }
    struct wgo_net_call *call = calloc(1, sizeof *call);
    if (!call) {
        return WGO_E_NOMEM;
    }
    call->request = request;
    call->group = group;
    call->done = done;
    call->state = state;
    wgo_net_call_init(call, net, room);
    if (!wgo_net_shard_post(shard_of(net, call->key), call)) {
        wgo_net_call_free(call);
        return WGO_E_CANCELLED;
    }
    return WGO_OK;
}

struct fetch {
    struct wgo_lock lock; /* Guards 'synced'. */
    struct wgo_cond changed;
    struct {
        bool done;
    } synced WGO_GUARDED;
    struct wgo_response *response;
};

static void fetched(void *state, struct wgo_response *response, bool more)
{
    struct fetch *fetch = state;
    (void)more; /* each has somebody of its own waiting for it */
    *fetch->response = *response;
    wgo_response_init(response);
    /* The one who waits may be gone, with 'fetch', as soon as the lock is released. */
    wgo_lock_acquire(&fetch->lock);
    fetch->synced.done = true;
    wgo_cond_signal(&fetch->changed);
    wgo_lock_release(&fetch->lock);
}

enum wgo_status wgo_net_fetch(struct wgo_net *net, struct wgo_net_group *group,
                              const struct wgo_request *request, struct wgo_response *out_response)
{
    struct fetch fetch = {.response = out_response};
    wgo_response_init(out_response);
    wgo_lock_init(&fetch.lock);
    wgo_cond_init(&fetch.changed);
    enum wgo_status status = wgo_net_submit(net, group, request, fetched, &fetch);
    if (status == WGO_OK) {
        wgo_lock_acquire(&fetch.lock);
        while (!fetch.synced.done) {
            wgo_cond_wait(&fetch.changed, &fetch.lock);
        }
        wgo_lock_release(&fetch.lock);
        status = out_response->status;
    }
    wgo_cond_fini(&fetch.changed);
    wgo_lock_fini(&fetch.lock);
    return status;
}

static uint64_t load(const _Atomic uint64_t *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static unsigned load_unsigned(const _Atomic unsigned *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

void wgo_net_stats(const struct wgo_net *net, struct wgo_net_stats *out)
{
    const struct wgo_net_counters *counters = &net->counters;
    *out = (struct wgo_net_stats){
        .calls = load(&counters->calls),
        .failures = load(&counters->failures),
        .connections_created = load(&counters->created),
        .connections_reused = load(&counters->reused),
        .wire_bytes = load(&counters->wire_bytes),
        .body_bytes = load(&counters->body_bytes),
        .open_sockets = load_unsigned(&counters->open_sockets),
        .most_open_sockets = load_unsigned(&counters->most_open_sockets),
        .in_flight = load_unsigned(&counters->in_flight),
        .most_in_flight = load_unsigned(&counters->most_in_flight),
        .shards = net->shard_count,
    };
}

unsigned wgo_net_pool_size(const struct wgo_net *net)
{
    return net->options.total_connections;
}
