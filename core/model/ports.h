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
    /* Whether that page is there. */
    bool (*has)(void *self, struct wgo_page_key key);
    /* Appends the page, and the token of the one that follows it, and says when it was read;
     * ABSENT, IO, NOMEM. */
    enum wgo_status (*get)(void *self, struct wgo_page_key key, struct wgo_buf *out_page,
                           struct wgo_buf *out_token, int64_t *out_wall_ns);
    /* What cannot be kept will be asked for again: a failure is the keeper's to tell. */
    void (*put)(void *self, struct wgo_page_key key, struct wgo_str page, struct wgo_str token);
};

#endif
