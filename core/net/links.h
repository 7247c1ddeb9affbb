/* links.h: a doubly linked list whose links live inside the things it holds.
 *
 * A link that is in no list points at itself, so removing twice is harmless and "is it in one?"
 * costs nothing.
 *
 * Ownership: none. Threads: the caller's. Failure: none. */
#ifndef WGO_NET_LINKS_H
#define WGO_NET_LINKS_H

#include <stdbool.h>
#include <stddef.h>

struct wgo_net_link {
    struct wgo_net_link *prev, *next;
};

/* The struct 'type' whose member 'member' is 'link'. */
#define WGO_NET_OWNER(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void wgo_net_link_init(struct wgo_net_link *link)
{
    link->prev = link->next = link;
}

/* Of a list's head: is it empty? Of a member: is it in no list? */
static inline bool wgo_net_link_alone(const struct wgo_net_link *link)
{
    return link->next == link;
}

static inline void wgo_net_link_remove(struct wgo_net_link *link)
{
    link->prev->next = link->next;
    link->next->prev = link->prev;
    wgo_net_link_init(link);
}

/* Before 'at': at the end of the list when 'at' is its head. */
static inline void wgo_net_link_insert(struct wgo_net_link *at, struct wgo_net_link *link)
{
    link->prev = at->prev;
    link->next = at;
    at->prev->next = link;
    at->prev = link;
}

#endif
