/* slots.h: how many connections all hosts of all shards may use at once, and who comes next.
 *
 * A slot is one connection in use. A host that finds none free stands in line, once, and is
 * granted one when another host gives one back: in turn, whatever their sizes.
 *
 * Ownership: borrows the host's ticket while it stands in line; wgo_net_slots_leave() before the
 *            host goes.
 * Threads:   any. A grant calls 'wake' of the host's shard, after the lock is released.
 * Failure:   none. */
#ifndef WGO_NET_SLOTS_H
#define WGO_NET_SLOTS_H

#include "base/lock.h"
#include "net/links.h"

#include <stdatomic.h>

struct wgo_net_shard;

struct wgo_net_slots {
    struct wgo_lock lock; /* Guards 'synced' and the tickets. */
    struct {
        unsigned free;
        struct wgo_net_link line; /* of struct wgo_net_ticket, first come first served */
    } synced WGO_GUARDED;
    _Atomic unsigned waiting; /* how many stand in line: a hint for those who hold slots */
};

struct wgo_net_ticket {
    struct wgo_net_link link;
    struct wgo_net_shard *shard;
    bool granted;
};

void wgo_net_slots_init(struct wgo_net_slots *slots, unsigned total);
void wgo_net_slots_fini(struct wgo_net_slots *slots);
void wgo_net_ticket_init(struct wgo_net_ticket *ticket, struct wgo_net_shard *shard);

/* A slot, either granted to 'ticket' before or free now; otherwise 'ticket' stands in line. */
bool wgo_net_slots_take(struct wgo_net_slots *slots, struct wgo_net_ticket *ticket);
void wgo_net_slots_give(struct wgo_net_slots *slots, unsigned count);
/* Out of the line; a slot granted meanwhile goes to the next. */
void wgo_net_slots_leave(struct wgo_net_slots *slots, struct wgo_net_ticket *ticket);
static inline unsigned wgo_net_slots_waiting(const struct wgo_net_slots *slots)
{
    return atomic_load_explicit(&slots->waiting, memory_order_relaxed);
}

#endif
