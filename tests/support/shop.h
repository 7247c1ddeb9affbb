/* shop.h: a collector for tests. It knows one server, whose answers the test scripts, and does as
 * told.
 *
 * What answers mean: 404 there is none; 410 the token expired, go on with "fresh" of the body if it
 * has one; 401 credentials went stale (when it has some); 418 decode() is to find another way.
 * Everything else as wgo_classify_http() has it.
 *
 * Ownership: the test's; set it up with shop_init(), then change what is to be different.
 * Threads:   set before the run starts; counters are atomic. */
#ifndef TESTS_SUPPORT_SHOP_H
#define TESTS_SUPPORT_SHOP_H

#include "base/lock.h"
#include "model/collector.h"

#include <stdatomic.h>

struct shop_task {
    const char *entry, *type, *list; /* {list} in templates */
    const char *account;
};

struct shop {
    struct wgo_collector_type type;
    struct wgo_embedded_file catalog;
    unsigned port;
    const struct shop_task *tasks; /* plan() */
    size_t task_count;
    const struct shop_task *ahead; /* asked for before it is known whether they are needed */
    size_t ahead_count;
    const char *alone;              /* these ask for the page of that token, and for no other */
    const struct wgo_scope *scopes; /* and these, after the tasks */
    size_t scope_count;
    enum wgo_status open_status, plan_status;
    bool has_credentials; /* "Authorization: N", where N counts the renewals; the first is made at
                             once */
    bool always_stale;
    enum wgo_status refresh_status;
    bool hold_refresh; /* until shop_release() */
    void *state;       /* the test's */
    enum wgo_status (*on_decode)(struct shop *shop, struct wgo_str decoder,
                                 const struct wgo_page *page, struct wgo_emitter *emitter,
                                 struct wgo_error *err);
    /* What the pages are as JSON; NULL = they are. */
    enum wgo_status (*on_document)(struct shop *shop, struct wgo_str body, struct wgo_buf *out,
                                   struct wgo_str *out_document, struct wgo_error *err);
    enum wgo_status (*on_collect)(struct shop *shop, const struct wgo_services *services,
                                  struct wgo_error *err);

    _Atomic int generation, refreshes, opened, closed;
    struct wgo_lock lock;
    struct wgo_cond changed;
    bool released; /* guarded by 'lock' */
    unsigned held;
};

/* One list of items with id and name, and entries for what else tests want to say. */
extern const char shop_catalog[];

void shop_init(struct shop *shop, const char *name);
/* Another catalog than shop_catalog; the text is borrowed. */
void shop_use(struct shop *shop, const char *catalog);
void shop_fini(struct shop *shop);
/* Waits in a blocker until shop_release(). */
void shop_hold(struct shop *shop);
void shop_wait_held(struct shop *shop);
void shop_release(struct shop *shop);

#endif
