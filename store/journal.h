/* journal.h: the pages that a scan has read, in a file that the next one can go on from.
 *
 * A journal is one file of frames that are only ever appended: a page, its key, a digest of both. A
 * frame that is not whole, since the process or the machine ended while it was written, ends the
 * file: what comes before it is good. Frames of one key replace each other.
 *
 * Operation
 *   open ──► whether an interrupted scan of the same kind has left one, and how much it had read
 *     begin(resume) ──► its pages are there; or they are gone, and the file is empty
 *       pages: get what was there, put what is read
 *     end(keep) ──► the file stays for the next scan, or goes
 *
 * Glossary
 *   kind   a digest of everything that says what a scan reads: its providers and their options
 *
 * Ownership: wgo_journal_open/_end. The seal's key is copied.
 * Threads:   one opens, begins and ends; the port is for any.
 * Failure:   open: ABSENT when there can be no journal (no folder, no key, another process has
 *            it), with a reason. A journal that cannot be written on keeps what it has and says so
 *            once, in wgo_journal_problem(). */
#ifndef WGO_STORE_JOURNAL_H
#define WGO_STORE_JOURNAL_H

#include "base/secret.h"
#include "model/ports.h"
#include "store/store.h"

struct wgo_journal;

struct wgo_journal_found {
    uint64_t pages; /* 0: there is nothing to go on from */
    struct wgo_wall last_at;
};

/* 'kind' of at most 32 letters and digits. Pages that were read before 'oldest' are not there. */
WGO_NODISCARD enum wgo_status
wgo_journal_open(const struct wgo_store *store, const struct wgo_clock *clock, const char *kind,
                 struct wgo_wall oldest, const struct wgo_redactor *redactor,
                 struct wgo_journal **out_journal, struct wgo_journal_found *out_found,
                 struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_journal_begin(struct wgo_journal *journal, bool resume,
                                                struct wgo_error *err);
/* Removes the journals of all kinds that nobody uses now; how many there were. */
uint64_t wgo_journal_clear(const struct wgo_store *store);
const struct wgo_pages *wgo_journal_pages(struct wgo_journal *journal);
/* Whether any page is there. */
bool wgo_journal_holds(struct wgo_journal *journal);
/* Why no more is kept; status WGO_OK when all is well. */
struct wgo_error wgo_journal_problem(struct wgo_journal *journal);
/* Frees it; NULL is fine. */
void wgo_journal_end(struct wgo_journal *journal, bool keep);

#endif
