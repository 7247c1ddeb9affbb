/* earlier.h: what an earlier scan of the same kind has found, as collectors may ask for it, and
 * what they say of it. Private to lib.
 *
 * Operation
 *   open ──► a scan asks since when (or not: a whole scan only renews what is kept)
 *     keep, gone, retain: said while it runs, by any thread
 *   carry (lib/carry.h) asks what stands ──► close
 *
 * Ownership: wgo_earlier_open/_close; the inventory is its own.
 * Threads:   the port is for any; the rest for the thread that has the session, once no collector
 *            runs.
 * Failure:   what cannot be noted down for want of memory makes wgo_earlier_failed() true: the scan
 *            must not be believed then. */
#ifndef WGO_LIB_EARLIER_H
#define WGO_LIB_EARLIER_H

#include "base/arena.h"
#include "base/digests.h"
#include "base/lock.h"
#include "model/ports.h"
#include "store/inventory.h"

/* A place, when it was seen whole (0 = never), and by whose eyes (0 = not known). */
struct wgo_seen_place {
    struct wgo_place place;
    int64_t seen_ns;
    uint64_t whose;
};

struct wgo_earlier_lead {
    struct wgo_str provider, parent, child;
};

/* What collectors say while the scan runs. */
enum wgo_said {
    WGO_SAID_KEPT,
    WGO_SAID_GROUP_KEPT,
    WGO_SAID_GONE,
    WGO_SAID_RETAINED,
    WGO_SAID_ANOTHERS, /* of a provider: others had seen something of it */
    WGO_SAID_COUNT,
};

struct wgo_earlier {
    struct wgo_base port;
    struct wgo_inventory *inventory;
    bool asks_less;    /* --incremental: since() tells */
    int64_t begun_ns;  /* when the scan that goes on from it began; set before it does */
    int64_t latest_ns; /* since() is never later: what --since looks back from */
    struct wgo_arena arena;
    struct wgo_seen_place *places; /* of the note: sorted; read-only */
    size_t place_count;

    struct wgo_lock lock;
    struct wgo_cond read; /* the versions are there */
    struct {
        bool failed, versions_asked, versions_read;
        struct wgo_digests versions, said[WGO_SAID_COUNT];
        struct wgo_arena texts;
        struct wgo_earlier_lead *leads;
        size_t lead_count, lead_room;
    } synced WGO_GUARDED;
};

/* Reads the inventory's note. Takes the inventory, also when it fails: NOMEM. */
WGO_NODISCARD enum wgo_status wgo_earlier_open(struct wgo_inventory *inventory, bool asks_less,
                                               int64_t latest_ns, struct wgo_earlier **out_earlier,
                                               struct wgo_error *err);
void wgo_earlier_close(struct wgo_earlier *earlier);

struct wgo_digest wgo_place_digest(const struct wgo_place *place);
int wgo_place_cmp(const struct wgo_place *a, const struct wgo_place *b);
/* What is known of exactly that place; NULL = nothing. */
const struct wgo_seen_place *wgo_earlier_seen(const struct wgo_earlier *earlier,
                                              const struct wgo_place *place);
/* The oldest and the newest of all places; 0 = there are none. */
void wgo_earlier_span(const struct wgo_earlier *earlier, int64_t *out_oldest, int64_t *out_newest);

/* ---- what collectors have said ---- */

/* Whether anything of the provider was not gone on from, as others had seen it. */
bool wgo_earlier_anothers(struct wgo_earlier *earlier, struct wgo_str provider);
bool wgo_earlier_failed(struct wgo_earlier *earlier);
bool wgo_earlier_kept(struct wgo_earlier *earlier, struct wgo_str provider, struct wgo_str id);
bool wgo_earlier_kept_group(struct wgo_earlier *earlier, struct wgo_str provider,
                            struct wgo_str group);
bool wgo_earlier_gone(struct wgo_earlier *earlier, struct wgo_str provider, struct wgo_str id);
/* Whether anything above the id is gone, or the id is. */
bool wgo_earlier_gone_above(struct wgo_earlier *earlier, struct wgo_str provider,
                            struct wgo_str id);
bool wgo_earlier_retained(struct wgo_earlier *earlier, const struct wgo_place *place);
/* The types whose lists lead to lists of 'child': the 'index'th; NULL past the last one. */
const struct wgo_earlier_lead *wgo_earlier_lead(struct wgo_earlier *earlier,
                                                struct wgo_str provider, struct wgo_str child,
                                                size_t index);

/* ---- the note ---- */

/* 'places' in any order. */
void wgo_earlier_note(const struct wgo_seen_place *places, size_t count, struct wgo_buf *out);

#endif
