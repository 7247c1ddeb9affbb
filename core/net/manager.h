/* manager.h: what all shards of a connection-pool manager share.
 *
 * Ownership: made and freed by net.c.
 * Threads:   'options' and the texts are read-only once made; the counters are atomic and
 *            independent of each other; 'slots' has its own lock.
 * Failure:   none. */
#ifndef WGO_NET_MANAGER_H
#define WGO_NET_MANAGER_H

#include "net/net.h"
#include "net/shard.h"
#include "net/slots.h"

#define WGO_NET_MOST_SHARDS 4

struct wgo_net_counters {
    _Atomic uint64_t calls, failures, created, reused, wire_bytes, body_bytes;
    _Atomic unsigned open_sockets, most_open_sockets, in_flight, most_in_flight;
};

struct wgo_net {
    struct wgo_net_options options;      /* every default filled in; strings are the ones below */
    char *user_agent, *ca_file, *ca_dir; /* the last two may be NULL */
    const char *built_ca_file, *built_ca_dir; /* libcurl's own, or NULL */
    struct wgo_net_counters counters;
    struct wgo_net_slots slots;
    unsigned shard_count;
    struct wgo_net_shard *shards[WGO_NET_MOST_SHARDS];
};

/* Adds one to 'now' and remembers the highest value in 'most'. */
static inline void wgo_net_count_up(_Atomic unsigned *now, _Atomic unsigned *most)
{
    unsigned value = atomic_fetch_add_explicit(now, 1, memory_order_relaxed) + 1;
    unsigned highest = atomic_load_explicit(most, memory_order_relaxed);
    while (value > highest &&
           !atomic_compare_exchange_weak_explicit(most, &highest, value, memory_order_relaxed,
                                                  memory_order_relaxed)) {
    }
}

static inline void wgo_net_count_down(_Atomic unsigned *now)
{
    atomic_fetch_sub_explicit(now, 1, memory_order_relaxed);
}

#endif
