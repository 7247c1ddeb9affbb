#include "net/host.h"

#include "net/easy.h"
#include "net/manager.h"
#include "net/result.h"

/* Calls a host starts, while others stand in line, before it passes a slot on. */
enum { TURN = 16, TURN_HTTP2 = 16 * WGO_NET_STREAMS };

/* Calls in flight of all identities on connections that carry one each. */
static unsigned http1_calls(const struct wgo_net_host *host)
{
    unsigned calls = 0;
    for (struct wgo_net_link *at = host->queues.next; at != &host->queues; at = at->next) {
        const struct wgo_net_queue *queue = WGO_NET_OWNER(at, struct wgo_net_queue, link);
        calls += queue->version == WGO_NET_HTTP2 ? 0 : queue->active;
    }
    return calls;
}

static bool is_ready(const struct wgo_net_queue *queue)
{
    const struct wgo_net_host *host = queue->host;
    if (wgo_net_link_alone(&queue->waiting) || queue->first || queue->draining) {
        return false;
    }
    if (!queue->standing && (queue->active > 0 || host->naming)) {
        return false;
    }
    switch (queue->version) {
    case WGO_NET_HTTP2:
        return queue->active < queue->streams;
    case WGO_NET_HTTP_UNKNOWN:
        if (queue->active > 0) {
            return false;
        }
        /* fall through */
    case WGO_NET_HTTP1:
        break;
    }
    return http1_calls(host) < host->shard->net->options.host_connections;
}

static unsigned slots_needed(const struct wgo_net_queue *queue, unsigned calls)
{
    return queue->version == WGO_NET_HTTP2 && calls > 1 ? 1 : calls;
}

/* Other hosts stand in line: is it time to let one go first? */
static bool turn_is_over(struct wgo_net_queue *queue)
{
    struct wgo_net_host *host = queue->host;
    if (wgo_net_slots_waiting(&host->shard->net->slots) == 0) {
        host->turn = 0;
        return false;
    }
    if (++host->turn <= (queue->version == WGO_NET_HTTP2 ? TURN_HTTP2 : TURN)) {
        return false;
    }
    host->turn = 0;
    return true;
}

/* Has the queue a slot for one more call? */
static bool take_slot(struct wgo_net_queue *queue)
{
    struct wgo_net_slots *slots = &queue->host->shard->net->slots;
    unsigned needed = slots_needed(queue, queue->active + 1);
    if (queue->slots >= needed && turn_is_over(queue)) {
        if (queue->version == WGO_NET_HTTP2 && queue->active > 0) {
            queue->draining = true;
            return false;
        }
        queue->slots--;
        wgo_net_slots_give(slots, 1);
    }
    if (queue->slots < needed) {
        if (!wgo_net_slots_take(slots, &queue->host->ticket)) {
            return false;
        }
        queue->slots++;
    }
    return true;
}

/* Idle connections may keep the total from growing further: they go first. */
static void make_way(struct wgo_net_shard *shard)
{
    struct wgo_net *net = shard->net;
    if (atomic_load_explicit(&net->counters.open_sockets, memory_order_relaxed) <
        net->options.total_connections) {
        return;
    }
    for (unsigned i = 0; i < net->shard_count; i++) {
        wgo_net_shard_tell(net->shards[i], WGO_NET_TOLD_SQUEEZE);
    }
}

static void start(struct wgo_net_queue *queue)
{
    struct wgo_net_shard *shard = queue->host->shard;
    struct wgo_net_call *call = WGO_NET_OWNER(queue->waiting.next, struct wgo_net_call, turn);
    wgo_net_link_remove(&call->turn);
    call->phase = WGO_NET_OPENING;
    call->opened_at = shard->now;
    if (call->started_at.ns == 0) {
        call->started_at = shard->now;
    }
    call->first = !queue->standing;
    call->connecting = queue->version != WGO_NET_HTTP2 || !queue->standing;
    if (call->first) {
        queue->first = queue->host->naming = call;
    }
    if (queue->sockets < slots_needed(queue, queue->active + 1)) {
        make_way(shard);
    }
    queue->active++;
    queue->identity->active++;
    wgo_net_count_up(&shard->net->counters.in_flight, &shard->net->counters.most_in_flight);

    struct wgo_error err = {0};
    enum wgo_status status = wgo_net_easy_start(call, &err);
    if (status != WGO_OK) {
        wgo_net_result_say(call, "%s", err.message);
        wgo_net_call_abort(call, shard, status);
        return;
    }
    wgo_net_shard_watch(shard, wgo_net_call_due(call));
}

/* Gives back the slots that starting has left over. */
static void settle(struct wgo_net_queue *queue)
{
    unsigned needed = slots_needed(queue, queue->active);
    if (queue->slots > needed) {
        unsigned extra = queue->slots - needed;
        queue->slots = needed;
        wgo_net_slots_give(&queue->host->shard->net->slots, extra);
    }
    if (queue->draining && queue->active == 0) {
        queue->draining = false;
        wgo_net_host_touch(queue->host);
    }
}

void wgo_net_host_pump(struct wgo_net_host *host)
{
    bool wants = false;
    bool progress = true;
    while (progress) {
        progress = false;
        wants = false;
        struct wgo_net_link *last = host->queues.prev;
        for (bool more = !wgo_net_link_alone(&host->queues); more;) {
            struct wgo_net_link *at = host->queues.next;
            struct wgo_net_queue *queue = WGO_NET_OWNER(at, struct wgo_net_queue, link);
            more = at != last;
            wgo_net_link_remove(at);
            wgo_net_link_insert(&host->queues, at);
            if (!is_ready(queue)) {
                continue;
            }
            if (take_slot(queue)) {
                start(queue);
                progress = true;
            } else {
                wants = wants || !queue->draining;
            }
        }
    }
    for (struct wgo_net_link *at = host->queues.next; at != &host->queues; at = at->next) {
        settle(WGO_NET_OWNER(at, struct wgo_net_queue, link));
    }
    if (!wants) {
        wgo_net_slots_leave(&host->shard->net->slots, &host->ticket);
    }
}
