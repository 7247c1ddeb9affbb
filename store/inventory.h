/* inventory.h: what the last scan of a kind found, for the next one that asks for less.
 *
 * An inventory is a table of ids, each with a text, kept in layers: one file with the whole of it,
 * and smaller ones with what has changed since. A layer is a sorted run of frames that is never
 * changed; it appears whole or not at all, and a digest at its end says that it is what was
 * written. Reading merges the layers; the newest word on an id counts. When there are many layers,
 * or they have grown large, the next one is whole again and takes the place of the others.
 *
 * Operation
 *   open ──► what there is (nothing, at first)
 *     reader: every id with its text, sorted
 *     begin ──► put or drop in the order of ids ──► commit: from now on that is what there is
 *   close
 *
 * Glossary
 *   kind   a digest of everything that says what a scan reads (store/journal.h)
 *   note   a text beside the table: when which place was seen
 *
 * Ownership: wgo_inventory_open/_close; a reader and a writer end before it does.
 * Threads:   one. Another process with the same kind is told to do without.
 * Failure:   open: ABSENT when there can be none (no folder, no key, another process has it), with
 *            a reason; a file that is damaged is set aside, 'warning' says so and nothing is there.
 *            Writing: IO, NO_SPACE, NOMEM; what was there before stays. */
#ifndef WGO_STORE_INVENTORY_H
#define WGO_STORE_INVENTORY_H

#include "base/secret.h"
#include "store/store.h"

struct wgo_inventory;

/* 'kind' as a journal's. 'make' false: ABSENT as well where there is none yet. */
WGO_NODISCARD enum wgo_status wgo_inventory_open(const struct wgo_store *store,
                                                 const struct wgo_clock *clock, const char *kind,
                                                 const struct wgo_redactor *redactor, bool make,
                                                 struct wgo_inventory **out_inventory,
                                                 char warning[512], struct wgo_error *err);
void wgo_inventory_close(struct wgo_inventory *inventory);
/* Nothing more will be written: another scan of the kind may have it. */
void wgo_inventory_unlock(struct wgo_inventory *inventory);
/* False: nothing has been committed yet. */
bool wgo_inventory_holds(const struct wgo_inventory *inventory);
/* That of the newest layer; empty without one. */
struct wgo_str wgo_inventory_note(const struct wgo_inventory *inventory);
/* Whether the next layer is to be a whole one. */
bool wgo_inventory_wants_whole(const struct wgo_inventory *inventory);
/* Removes those of all kinds that nobody uses now; how many there were. */
uint64_t wgo_inventory_clear(const struct wgo_store *store);

/* ---- reading: sorted by id ---- */

struct wgo_inventory_reader;
WGO_NODISCARD enum wgo_status wgo_inventory_read(const struct wgo_inventory *inventory,
                                                 struct wgo_inventory_reader **out_reader,
                                                 struct wgo_error *err);
/* The next id and its text, good until the next call; '*out_id' is empty at the end. IO, NOMEM. */
WGO_NODISCARD enum wgo_status wgo_inventory_next(struct wgo_inventory_reader *reader,
                                                 struct wgo_str *out_id, struct wgo_str *out_text,
                                                 struct wgo_error *err);
void wgo_inventory_read_end(struct wgo_inventory_reader *reader);

/* ---- writing: in the order of ids, each once ---- */

struct wgo_inventory_writer;
WGO_NODISCARD enum wgo_status wgo_inventory_begin(struct wgo_inventory *inventory, bool whole,
                                                  struct wgo_inventory_writer **out_writer,
                                                  struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_inventory_put(struct wgo_inventory_writer *writer,
                                                struct wgo_str id, struct wgo_str text,
                                                struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_inventory_drop(struct wgo_inventory_writer *writer,
                                                 struct wgo_str id, struct wgo_error *err);
/* Both take the writer. */
WGO_NODISCARD enum wgo_status wgo_inventory_commit(struct wgo_inventory_writer *writer,
                                                   struct wgo_str note, struct wgo_error *err);
void wgo_inventory_abandon(struct wgo_inventory_writer *writer);

#endif
