/* ports.h: the doors through which engine and scan reach rooms they do not know.
 *
 * The record sink is the merger's, the cache is the store's; engine and scan only see these
 * vtables.
 *
 * Ownership: whoever made the object behind 'self' frees it.
 * Threads:   as said per function.
 * Failure:   as enum wgo_status; a sink that failed keeps failing. */
#ifndef WGO_MODEL_PORTS_H
#define WGO_MODEL_PORTS_H

#include "base/buf.h"
#include "base/error.h"
#include "base/str.h"
#include "model/record.h"

#include <stdint.h>

/* Where records go. Each worker opens a lane of its own and appends without locking. */
struct wgo_sink_lane;

struct wgo_sink {
    void *self;
    /* Any thread. */
    enum wgo_status (*open_lane)(void *self, struct wgo_sink_lane **out_lane,
                                 struct wgo_error *err);
    /* The lane's thread only. Copies the record. */
    enum wgo_status (*append)(struct wgo_sink_lane *lane, const struct wgo_record *record,
                              struct wgo_error *err);
    /* The lane's thread, or any other once that one is done. Takes the lane. */
    void (*close_lane)(void *self, struct wgo_sink_lane *lane);
};

/* A small cache with lifetimes for answers that hardly change (discovery documents, versions,
 * account lists). Values are redacted already. Any thread. NULL in options means none is kept. */
struct wgo_cache {
    void *self;
    /* WGO_E_ABSENT when there is none or it is too old; the value is appended to 'out'. */
    enum wgo_status (*get)(void *self, struct wgo_str key, struct wgo_buf *out,
                           int64_t *out_age_ns);
    enum wgo_status (*put)(void *self, struct wgo_str key, struct wgo_str value,
                           int64_t lifetime_ns);
};

/* Pages that an earlier scan has read: decoded and redacted, so that the next one goes on
 * without asking for them again. Any thread. NULL in options means none are kept. */
struct wgo_page_key {
    uint64_t high, low;
};
struct wgo_pages {
    void *self;
    /* Whether that page is there; asked only if 'some'. */
    bool (*has)(void *self, struct wgo_page_key key);
    /* Appends the page, and the token of the one that follows it, and says when it was read;
     * ABSENT, IO, NOMEM. */
    enum wgo_status (*get)(void *self, struct wgo_page_key key, struct wgo_buf *out_page,
                           struct wgo_buf *out_token, int64_t *out_wall_ns);
    /* What cannot be kept will be asked for again: a failure is the keeper's to tell. */
    void (*put)(void *self, struct wgo_page_key key, struct wgo_str page, struct wgo_str token);
    bool some; /* there were pages when the scan began */
};

/* Where a list was asked for: what its completeness row says. "*" as the type is all of them. */
struct wgo_place {
    struct wgo_str provider, account, region, type;
};

/* What an earlier scan has found, for one that asks for no more than what changed since
 * (--incremental). Resources that are not read again stand or fall by their place: one that was
 * seen whole does not have them any more; where nobody could look they are as old as they are.
 * Any thread. NULL in options means that everything is asked for. */
struct wgo_base {
    void *self;
    /* When the place was last seen whole by the same eyes (collector.h, whose(); 0 = not known
     * whose), less what --since looks back; 0 = never. */
    int64_t (*since)(void *self, const struct wgo_place *place, uint64_t whose);
    /* When this scan began: what since() says of the places that it sees whole, in the next scan
     * that goes on from it, unless that looks back further. */
    int64_t (*begun)(void *self);
    /* Whether the resource was there, in that version (record.h). */
    bool (*has)(void *self, struct wgo_str provider, struct wgo_str id, struct wgo_str version);
    /* What was known of the resource, parts included, stands: it has been seen to be as it was. */
    void (*keep)(void *self, struct wgo_str provider, struct wgo_str id);
    /* The same of all that a group has (record.h). */
    void (*keep_group)(void *self, struct wgo_str provider, struct wgo_str group);
    /* The resource is gone, and so is what lies below it ("<id>/..."), but for what is read. */
    void (*gone)(void *self, struct wgo_str provider, struct wgo_str id);
    /* Whatever the place had stands, but for what is read again or gone. */
    void (*retain)(void *self, const struct wgo_place *place);
    /* Lists of 'child' are asked for by what lists of 'parent' find: both are types of rows. */
    void (*leads)(void *self, struct wgo_str provider, struct wgo_str parent, struct wgo_str child);
};

#endif
