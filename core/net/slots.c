#include "net/slots.h"

#include "net/shard.h"

static struct wgo_net_shard *give_locked(struct wgo_net_slots *slots) WGO_REQUIRES(slots->lock);

WGO_UNCHECKED_LOCKS void wgo_net_slots_init(struct wgo_net_slots *slots, unsigned total)
{
    wgo_lock_init(&slots->lock);
    slots->synced.free = total;
    wgo_net_link_init(&slots->synced.line);
    atomic_init(&slots->waiting, 0);
}

void wgo_net_slots_fini(struct wgo_net_slots *slots)
{
    wgo_lock_fini(&slots->lock);
}

void wgo_net_ticket_init(struct wgo_net_ticket *ticket, struct wgo_net_shard *shard)
{
    wgo_net_link_init(&ticket->link);
    ticket->shard = shard;
    ticket->granted = false;
}

bool wgo_net_slots_take(struct wgo_net_slots *slots, struct wgo_net_ticket *ticket)
{
    wgo_lock_acquire(&slots->lock);
    bool taken = ticket->granted;
    ticket->granted = false;
    if (!taken && wgo_net_link_alone(&ticket->link)) {
        /* A slot is free only while nobody stands in line. */
        if (slots->synced.free > 0) {
            slots->synced.free--;
            taken = true;
        } else {
            wgo_net_link_insert(&slots->synced.line, &ticket->link);
            atomic_fetch_add_explicit(&slots->waiting, 1, memory_order_relaxed);
        }
    }
    wgo_lock_release(&slots->lock);
    return taken;
}

/* Hands one slot to the next in line, whose shard is returned, or keeps it as free. */
static struct wgo_net_shard *give_locked(struct wgo_net_slots *slots)
{
    if (wgo_net_link_alone(&slots->synced.line)) {
        slots->synced.free++;
        return NULL;
    }
    struct wgo_net_ticket *next =
        WGO_NET_OWNER(slots->synced.line.next, struct wgo_net_ticket, link);
    wgo_net_link_remove(&next->link);
    atomic_fetch_sub_explicit(&slots->waiting, 1, memory_order_relaxed);
    next->granted = true;
    return next->shard;
}

void wgo_net_slots_give(struct wgo_net_slots *slots, unsigned count)
{
    for (; count > 0; count--) {
        wgo_lock_acquire(&slots->lock);
        struct wgo_net_shard *shard = give_locked(slots);
        wgo_lock_release(&slots->lock);
        if (shard) {
            wgo_net_shard_tell(shard, WGO_NET_TOLD_GRANT);
        }
    }
}

void wgo_net_slots_leave(struct wgo_net_slots *slots, struct wgo_net_ticket *ticket)
{
    struct wgo_net_shard *shard = NULL;
    wgo_lock_acquire(&slots->lock);
    if (!wgo_net_link_alone(&ticket->link)) {
        wgo_net_link_remove(&ticket->link);
        atomic_fetch_sub_explicit(&slots->waiting, 1, memory_order_relaxed);
    }
    if (ticket->granted) {
        ticket->granted = false;
        shard = give_locked(slots);
    }
    wgo_lock_release(&slots->lock);
    if (shard) {
        wgo_net_shard_tell(shard, WGO_NET_TOLD_GRANT);
    }
}
