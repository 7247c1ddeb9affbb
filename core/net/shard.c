#include "net/shard.h"

#include "net/host.h"
#include "net/manager.h"
#include "net/result.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>

enum { IDLE_S = 60, CULL_EVERY_S = 10 };

static int64_t world_ns(void)
{
    return wgo_clock_mono(wgo_clock_system()).ns;
}

long wgo_net_shard_real_ms(const struct wgo_net_shard *shard, int64_t ns)
{
    const struct wgo_clock *clock = shard->net->options.clock;
    int64_t ms = ns / (clock->scale > 1 ? clock->scale : 1) / WGO_MS;
    return ms > 0 ? (long)ms : 1;
}

bool wgo_net_shard_post(struct wgo_net_shard *shard, struct wgo_net_call *call)
{
    wgo_lock_acquire(&shard->lock);
    bool open = !shard->synced.closed;
    bool wake = open && shard->synced.sleeps;
    if (open) {
        wgo_net_link_insert(&shard->synced.mail, &call->turn);
        shard->synced.sleeps = false;
    }
    wgo_lock_release(&shard->lock);
    if (wake) {
        wgo_net_watch_ring(&shard->watch);
    }
    return open;
}

void wgo_net_shard_tell(struct wgo_net_shard *shard, unsigned told)
{
    unsigned before = atomic_fetch_or_explicit(&shard->told, told, memory_order_acq_rel);
    if ((before & told) != told) {
        wgo_net_watch_ring(&shard->watch);
    }
}

void wgo_net_shard_watch(struct wgo_net_shard *shard, struct wgo_mono due)
{
    if (wgo_mono_before(due, shard->check_at)) {
        shard->check_at = due;
    }
}

static void enter(struct wgo_net_shard *shard, struct wgo_net_call *call)
{
    wgo_net_link_insert(&shard->calls, &call->all);
    enum wgo_status status = call->refused;
    if (status == WGO_OK && !wgo_net_host_enter(shard, call)) {
        status = WGO_E_NOMEM;
        wgo_net_result_say(call, "out of memory");
    }
    if (status != WGO_OK) {
        wgo_net_call_abort(call, shard, status);
        return;
    }
    wgo_net_shard_watch(shard, wgo_net_call_due(call));
}

static void take_mail(struct wgo_net_shard *shard)
{
    struct wgo_net_link mail;
    wgo_net_link_init(&mail);
    wgo_lock_acquire(&shard->lock);
    if (!wgo_net_link_alone(&shard->synced.mail)) {
        /* The whole list changes its head. */
        wgo_net_link_insert(&shard->synced.mail, &mail);
        wgo_net_link_remove(&shard->synced.mail);
    }
    shard->synced.sleeps = false;
    if (shard->stopping) {
        shard->synced.closed = true;
    }
    wgo_lock_release(&shard->lock);
    while (!wgo_net_link_alone(&mail)) {
        struct wgo_net_call *call = WGO_NET_OWNER(mail.next, struct wgo_net_call, turn);
        wgo_net_link_remove(&call->turn);
        enter(shard, call);
    }
}

typedef bool choose_fn(const struct wgo_net_call *call);

static bool is_any(const struct wgo_net_call *call)
{
    (void)call;
    return true;
}

static bool is_cancelled(const struct wgo_net_call *call)
{
    return call->group && atomic_load_explicit(&call->group->cancelled, memory_order_acquire);
}

/* Moves the chosen calls to 'out': ending one may end others, so they are not ended on the way. */
static void choose(struct wgo_net_shard *shard, choose_fn *chosen, struct wgo_net_link *out)
{
    wgo_net_link_init(out);
    for (struct wgo_net_link *at = shard->calls.next, *next; at != &shard->calls; at = next) {
        next = at->next;
        if (chosen(WGO_NET_OWNER(at, struct wgo_net_call, all))) {
            wgo_net_link_remove(at);
            wgo_net_link_insert(out, at);
        }
    }
}

static void cancel(struct wgo_net_shard *shard, choose_fn *chosen)
{
    struct wgo_net_link calls;
    choose(shard, chosen, &calls);
    while (!wgo_net_link_alone(&calls)) {
        struct wgo_net_call *call = WGO_NET_OWNER(calls.next, struct wgo_net_call, all);
        wgo_net_result_say(call, "cancelled");
        wgo_net_call_abort(call, shard, WGO_E_CANCELLED);
    }
}

static bool is_due(const struct wgo_net_call *call)
{
    return wgo_net_call_due(call).ns <= call->queue->host->shard->now.ns;
}

static void check_limits(struct wgo_net_shard *shard)
{
    struct wgo_net_link calls;
    choose(shard, is_due, &calls);
    while (!wgo_net_link_alone(&calls)) {
        wgo_net_call_expire(WGO_NET_OWNER(calls.next, struct wgo_net_call, all));
    }
    shard->check_at = WGO_NEVER;
    for (struct wgo_net_link *at = shard->calls.next; at != &shard->calls; at = at->next) {
        wgo_net_shard_watch(shard, wgo_net_call_due(WGO_NET_OWNER(at, struct wgo_net_call, all)));
    }
}

static void squeeze(struct wgo_net_shard *shard)
{
    for (struct wgo_net_link *at = shard->identities.next; at != &shard->identities;
         at = at->next) {
        wgo_net_identity_squeeze(WGO_NET_OWNER(at, struct wgo_net_identity, link));
    }
}

/* A host that was granted a slot is among those with calls waiting: few, while slots are scarce. */
static void touch_granted(struct wgo_net_shard *shard)
{
    for (size_t i = 0; i < WGO_NET_HOST_BUCKETS; i++) {
        struct wgo_net_link *bucket = &shard->hosts[i];
        for (struct wgo_net_link *at = bucket->next; at != bucket; at = at->next) {
            wgo_net_host_touch(WGO_NET_OWNER(at, struct wgo_net_host, bucket));
        }
    }
}

static void listen_to_told(struct wgo_net_shard *shard)
{
    unsigned told = atomic_exchange_explicit(&shard->told, 0, memory_order_acq_rel);
    if (told & WGO_NET_TOLD_STOP) {
        shard->stopping = true;
        take_mail(shard);
        cancel(shard, is_any);
        return;
    }
    if (told & WGO_NET_TOLD_CANCEL) {
        /* What was submitted before the cancellation is in the mailbox at the latest. */
        take_mail(shard);
        cancel(shard, is_cancelled);
    }
    if (told & WGO_NET_TOLD_SQUEEZE) {
        squeeze(shard);
    }
    if (told & WGO_NET_TOLD_GRANT) {
        touch_granted(shard);
    }
}

static void take_results(struct wgo_net_identity *identity)
{
    int left;
    identity->touched = false;
    CURLMsg *message;
    while (identity->multi && (message = curl_multi_info_read(identity->multi, &left))) {
        if (message->msg != CURLMSG_DONE) {
            continue;
        }
        char *easy = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &easy);
        wgo_net_call_ended(((struct wgo_net_easy *)(void *)easy)->call, code);
    }
}

static void drive_identities(struct wgo_net_shard *shard)
{
    int64_t now_ns = world_ns();
    for (struct wgo_net_link *at = shard->identities.next; at != &shard->identities;
         at = at->next) {
        struct wgo_net_identity *identity = WGO_NET_OWNER(at, struct wgo_net_identity, link);
        if (identity->due_ns >= 0 && identity->due_ns <= now_ns) {
            wgo_net_identity_drive(identity, CURL_SOCKET_TIMEOUT, 0);
        }
        if (identity->touched) {
            take_results(identity);
        }
    }
}

static void pump(struct wgo_net_shard *shard)
{
    /* Hosts that become dirty on the way are done too; what a full host waits for comes later. */
    while (!wgo_net_link_alone(&shard->dirty)) {
        struct wgo_net_host *host = WGO_NET_OWNER(shard->dirty.next, struct wgo_net_host, dirty);
        wgo_net_link_remove(&host->dirty);
        wgo_net_host_pump(host);
    }
}

static void cull(struct wgo_net_shard *shard)
{
    const struct wgo_net *net = shard->net;
    wgo_net_host_cull(shard, (struct wgo_mono){shard->now.ns - IDLE_S * WGO_S}, false);
    bool room = atomic_load_explicit(&net->counters.open_sockets, memory_order_relaxed) <
                net->options.total_connections;
    for (struct wgo_net_link *at = shard->identities.next; room && at != &shard->identities;
         at = at->next) {
        wgo_net_identity_relax(WGO_NET_OWNER(at, struct wgo_net_identity, link));
    }
    shard->cull_at = wgo_mono_add(shard->now, CULL_EVERY_S * WGO_S);
}

/* 'done' is short, but there is no telling whose run ends with it: the call is gone from here by
 * then, and so is all that others might look at. */
static void hand_over(struct wgo_net_shard *shard)
{
    while (!wgo_net_link_alone(&shard->ended)) {
        struct wgo_net_link *at = shard->ended.next;
        struct wgo_net_call *call = WGO_NET_OWNER(at, struct wgo_net_call, all);
        wgo_net_link_remove(at);
        struct wgo_net_call *next = WGO_NET_OWNER(shard->ended.next, struct wgo_net_call, all);
        bool more = !wgo_net_link_alone(&shard->ended) && next->group == call->group &&
                    next->done == call->done;
        call->done(call->state, &call->response, more);
        wgo_net_call_free(call);
    }
}

/* Whether there is nothing to do but wait. From then on mail wakes the shard. */
static bool falls_asleep(struct wgo_net_shard *shard)
{
    wgo_lock_acquire(&shard->lock);
    bool sleeps = wgo_net_link_alone(&shard->synced.mail);
    shard->synced.sleeps = sleeps;
    wgo_lock_release(&shard->lock);
    return sleeps;
}

/* Milliseconds for epoll: not before anything is due. */
static int wait_ms(const struct wgo_net_shard *shard)
{
    struct wgo_mono due =
        wgo_mono_before(shard->check_at, shard->cull_at) ? shard->check_at : shard->cull_at;
    int64_t wait_ns = wgo_clock_real_wait_ns(shard->net->options.clock, due);
    int64_t now_ns = world_ns();
    for (struct wgo_net_link *at = shard->identities.next; at != &shard->identities;
         at = at->next) {
        const struct wgo_net_identity *identity = WGO_NET_OWNER(at, struct wgo_net_identity, link);
        if (identity->due_ns >= 0 && identity->due_ns - now_ns < wait_ns) {
            wait_ns = identity->due_ns > now_ns ? identity->due_ns - now_ns : 0;
        }
    }
    int64_t ms = wait_ns / WGO_MS + (wait_ns % WGO_MS > 0);
    return ms < 60000 ? (int)ms : 60000;
}

static void *run(void *state)
{
    struct wgo_net_shard *shard = state;
    while (!shard->stopping) {
        wgo_net_watch_wait(&shard->watch, falls_asleep(shard) ? wait_ms(shard) : 0);
        shard->now = wgo_clock_mono(shard->net->options.clock);
        wgo_net_watch_dispatch(&shard->watch);
        take_mail(shard);
        listen_to_told(shard);
        drive_identities(shard);
        if (shard->check_at.ns <= shard->now.ns) {
            check_limits(shard);
        }
        if (shard->cull_at.ns <= shard->now.ns) {
            cull(shard);
        }
        hand_over(shard);
        pump(shard);
        hand_over(shard); /* what could not even be started */
    }
    wgo_net_host_cull(shard, WGO_NEVER, true);
    return NULL;
}

static bool start_thread(struct wgo_net_shard *shard)
{
    /* Signals are for the program's own threads; libcurl's resolver threads inherit this. */
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    errno = pthread_create(&shard->thread, NULL, run, shard);
    shard->started = errno == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return shard->started;
}

/* The fields that need no system call; nobody else knows the shard yet. */
WGO_UNCHECKED_LOCKS static void init(struct wgo_net_shard *shard, struct wgo_net *net)
{
    shard->net = net;
    shard->now = wgo_clock_mono(net->options.clock);
    shard->check_at = WGO_NEVER;
    shard->cull_at = wgo_mono_add(shard->now, CULL_EVERY_S * WGO_S);
    wgo_lock_init(&shard->lock);
    wgo_net_link_init(&shard->synced.mail);
    wgo_net_link_init(&shard->calls);
    wgo_net_link_init(&shard->ended);
    wgo_net_link_init(&shard->identities);
    wgo_net_link_init(&shard->dirty);
    for (size_t i = 0; i < WGO_NET_HOST_BUCKETS; i++) {
        wgo_net_link_init(&shard->hosts[i]);
    }
}

enum wgo_status wgo_net_shard_new(struct wgo_net *net, struct wgo_net_shard **out_shard,
                                  struct wgo_error *err)
{
    struct wgo_net_shard *shard = calloc(1, sizeof *shard);
    if (!shard) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory for a connection shard");
    }
    init(shard, net);
    shard->share = curl_share_init();
    errno = 0;
    if (!wgo_net_watch_init(&shard->watch) || !shard->share ||
        curl_share_setopt(shard->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_DNS) != CURLSHE_OK ||
        !start_thread(shard)) {
        wgo_fail(err, WGO_E_INTERNAL, "a connection shard does not start: %s",
                 errno ? strerror(errno) : "libcurl is out of memory");
        wgo_net_shard_free(shard);
        return WGO_E_INTERNAL;
    }
    *out_shard = shard;
    return WGO_OK;
}

void wgo_net_shard_stop(struct wgo_net_shard *shard)
{
    if (shard->started) {
        wgo_net_shard_tell(shard, WGO_NET_TOLD_STOP);
        pthread_join(shard->thread, NULL);
        shard->started = false;
    }
}

void wgo_net_shard_free(struct wgo_net_shard *shard)
{
    if (!shard) {
        return;
    }
    wgo_net_shard_stop(shard);
    curl_share_cleanup(shard->share);
    wgo_net_watch_fini(&shard->watch);
    wgo_lock_fini(&shard->lock);
    free(shard);
}
