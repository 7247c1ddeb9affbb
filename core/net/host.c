#include "net/host.h"

#include "net/manager.h"

#include <stdlib.h>

static size_t bucket_of(const char *key)
{
    uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */
    for (; *key; key++) {
        hash = (hash ^ (unsigned char)*key) * UINT64_C(1099511628211);
    }
    return (size_t)(hash % WGO_NET_HOST_BUCKETS);
}

static struct wgo_net_host *host_get(struct wgo_net_shard *shard, const char *key)
{
    struct wgo_net_link *bucket = &shard->hosts[bucket_of(key)];
    for (struct wgo_net_link *at = bucket->next; at != bucket; at = at->next) {
        struct wgo_net_host *host = WGO_NET_OWNER(at, struct wgo_net_host, bucket);
        if (strcmp(host->key, key) == 0) {
            return host;
        }
    }
    size_t size = strlen(key) + 1;
    struct wgo_net_host *host = calloc(1, sizeof *host + size);
    if (host) {
        memcpy(host->key, key, size);
        host->shard = shard;
        wgo_net_ticket_init(&host->ticket, shard);
        wgo_net_link_init(&host->queues);
        wgo_net_link_init(&host->dirty);
        wgo_net_link_insert(bucket, &host->bucket);
    }
    return host;
}

static struct wgo_net_queue *queue_get(struct wgo_net_host *host, const char *name, bool tls)
{
    for (struct wgo_net_link *at = host->queues.next; at != &host->queues; at = at->next) {
        struct wgo_net_queue *queue = WGO_NET_OWNER(at, struct wgo_net_queue, link);
        if (strcmp(queue->identity->name, name) == 0) {
            return queue;
        }
    }
    struct wgo_net_identity *identity = wgo_net_identity_get(host->shard, name);
    struct wgo_net_queue *queue = identity ? calloc(1, sizeof *queue) : NULL;
    if (queue) {
        queue->host = host;
        queue->identity = identity;
        queue->version = tls ? WGO_NET_HTTP_UNKNOWN : WGO_NET_HTTP1;
        identity->queues++;
        wgo_net_link_init(&queue->waiting);
        wgo_net_link_insert(&host->queues, &queue->link);
    }
    return queue;
}

void wgo_net_host_touch(struct wgo_net_host *host)
{
    if (wgo_net_link_alone(&host->dirty)) {
        wgo_net_link_insert(&host->shard->dirty, &host->dirty);
    }
}

bool wgo_net_host_enter(struct wgo_net_shard *shard, struct wgo_net_call *call)
{
    const struct wgo_endpoint *endpoint = call->request->endpoint;
    const char *name = endpoint && endpoint->identity ? endpoint->identity : "";
    struct wgo_net_host *host = host_get(shard, call->key);
    struct wgo_net_queue *queue = host ? queue_get(host, name, call->url.tls) : NULL;
    if (!queue) {
        return false;
    }
    call->queue = queue;
    call->phase = WGO_NET_WAITING;
    wgo_net_link_insert(&queue->waiting, &call->turn);
    wgo_net_host_touch(host);
    return true;
}

/* Takes a call from among those given to libcurl. */
static void take_back(struct wgo_net_call *call)
{
    struct wgo_net_queue *queue = call->queue;
    queue->active--;
    queue->talking -= call->phase == WGO_NET_TALKING;
    queue->identity->active--;
    if (queue->first == call) {
        queue->first = NULL;
    }
    if (queue->host->naming == call) {
        queue->host->naming = NULL;
    }
    wgo_net_count_down(&queue->host->shard->net->counters.in_flight);
    queue->idle_since = queue->identity->idle_since = queue->host->shard->now;
    if (queue->identity->squeezed && queue->identity->active > 0) {
        wgo_net_identity_squeeze(queue->identity);
    }
    wgo_net_host_touch(queue->host);
}

void wgo_net_host_return(struct wgo_net_call *call)
{
    take_back(call);
    call->phase = WGO_NET_WAITING;
    call->first = call->connecting = call->no_stream = call->named = false;
    call->answered = call->headed = false;
    wgo_net_link_insert(call->queue->waiting.next, &call->turn);
}

void wgo_net_host_leave(struct wgo_net_call *call)
{
    if (!call->queue) {
        return;
    }
    if (call->phase == WGO_NET_WAITING) {
        wgo_net_link_remove(&call->turn);
    } else {
        take_back(call);
    }
    /* It may have been the one for which its host stood in line. */
    wgo_net_host_touch(call->queue->host);
    call->queue = NULL;
}

static void move_waiting(struct wgo_net_queue *queue, struct wgo_net_link *out)
{
    while (!wgo_net_link_alone(&queue->waiting)) {
        struct wgo_net_link *turn = queue->waiting.next;
        wgo_net_link_remove(turn);
        wgo_net_link_insert(out, turn);
    }
}

void wgo_net_host_followers(struct wgo_net_call *first, bool unnamed, struct wgo_net_link *out)
{
    struct wgo_net_host *host = first->queue->host;
    move_waiting(first->queue, out);
    for (struct wgo_net_link *at = host->queues.next; unnamed && at != &host->queues;
         at = at->next) {
        struct wgo_net_queue *queue = WGO_NET_OWNER(at, struct wgo_net_queue, link);
        if (!queue->standing && queue->active == 0) {
            move_waiting(queue, out);
        }
    }
}

void wgo_net_host_resolved(struct wgo_net_call *call)
{
    struct wgo_net_host *host = call->queue->host;
    call->named = true;
    if (host->naming == call) {
        host->naming = NULL;
        wgo_net_host_touch(host);
    }
}

void wgo_net_host_connected(struct wgo_net_call *call)
{
    struct wgo_net_queue *queue = call->queue;
    wgo_net_host_resolved(call);
    queue->standing = true;
    if (queue->first == call) {
        queue->first = NULL;
        queue->streams = queue->host->shard->net->options.host_connections;
        queue->asked = true;
    }
    /* libcurl comes here again when it tries another connection on its own. */
    queue->talking += call->phase != WGO_NET_TALKING;
    call->phase = WGO_NET_TALKING;
    call->heard_at = queue->host->shard->now;
    wgo_net_shard_watch(queue->host->shard, wgo_net_call_due(call));
    wgo_net_host_touch(queue->host);
}

void wgo_net_host_version(struct wgo_net_queue *queue, enum wgo_net_version version)
{
    if (queue->version != version) {
        queue->version = version;
        wgo_net_host_touch(queue->host);
    }
}

void wgo_net_host_answered(struct wgo_net_queue *queue)
{
    if (queue->asked) {
        queue->asked = false;
        queue->streams = WGO_NET_STREAMS;
        wgo_net_host_touch(queue->host);
    }
}

bool wgo_net_host_may_open(struct wgo_net_call *call)
{
    struct wgo_net_queue *queue = call->queue;
    if (queue->version == WGO_NET_HTTP2 && queue->sockets > 0 && queue->talking > 0 &&
        call->phase == WGO_NET_OPENING && !call->first) {
        call->no_stream = true;
        queue->streams = queue->talking;
        return false;
    }
    call->connecting = true;
    wgo_net_shard_watch(queue->host->shard, wgo_net_call_due(call));
    return true;
}

void wgo_net_host_opened(struct wgo_net_queue *queue)
{
    struct wgo_net_counters *counters = &queue->host->shard->net->counters;
    queue->sockets++;
    queue->identity->sockets++;
    wgo_net_count_up(&counters->open_sockets, &counters->most_open_sockets);
}

void wgo_net_host_closed(struct wgo_net_queue *queue)
{
    queue->sockets--;
    queue->identity->sockets--;
    wgo_net_count_down(&queue->host->shard->net->counters.open_sockets);
    if (queue->sockets == 0) {
        queue->standing = false;
    }
    wgo_net_host_touch(queue->host);
}

static void cull_queues(struct wgo_net_host *host, struct wgo_mono before, bool all)
{
    for (struct wgo_net_link *at = host->queues.next, *next; at != &host->queues; at = next) {
        struct wgo_net_queue *queue = WGO_NET_OWNER(at, struct wgo_net_queue, link);
        next = at->next;
        bool idle = wgo_net_link_alone(&queue->waiting) && queue->active == 0 &&
                    queue->sockets == 0 && queue->idle_since.ns <= before.ns;
        if (idle || all) {
            queue->identity->queues--;
            wgo_net_slots_give(&host->shard->net->slots, queue->slots);
            wgo_net_link_remove(at);
            free(queue);
        }
    }
}

static void cull_hosts(struct wgo_net_shard *shard, struct wgo_net_link *bucket,
                       struct wgo_mono before, bool all)
{
    for (struct wgo_net_link *at = bucket->next, *next; at != bucket; at = next) {
        struct wgo_net_host *host = WGO_NET_OWNER(at, struct wgo_net_host, bucket);
        next = at->next;
        cull_queues(host, before, all);
        if (wgo_net_link_alone(&host->queues)) {
            wgo_net_slots_leave(&shard->net->slots, &host->ticket);
            wgo_net_link_remove(&host->dirty);
            wgo_net_link_remove(&host->bucket);
            free(host);
        }
    }
}

void wgo_net_host_cull(struct wgo_net_shard *shard, struct wgo_mono before, bool all)
{
    struct wgo_net_link *identities = &shard->identities;
    for (struct wgo_net_link *at = identities->next; at != identities; at = at->next) {
        struct wgo_net_identity *identity = WGO_NET_OWNER(at, struct wgo_net_identity, link);
        if (identity->active == 0 && (all || identity->idle_since.ns <= before.ns)) {
            wgo_net_identity_rest(identity);
        }
    }
    for (size_t i = 0; i < WGO_NET_HOST_BUCKETS; i++) {
        cull_hosts(shard, &shard->hosts[i], before, all);
    }
    for (struct wgo_net_link *at = identities->next, *next; at != identities; at = next) {
        struct wgo_net_identity *identity = WGO_NET_OWNER(at, struct wgo_net_identity, link);
        next = at->next;
        if (identity->queues == 0 && !identity->multi) {
            wgo_net_identity_free(identity);
        }
    }
}
