/* spill.h: sorted runs of records in one unnamed temporary file. Private to merger/.
 *
 * Runs are written one after the other and never changed; a run that has been merged into a larger
 * one gives its blocks back where the file system can do that.
 *
 * Ownership: a spill owns its descriptor, a writer its buffer; runs are values.
 * Threads:   one writer at a time; any number of readers of finished runs.
 * Failure:   IO, NO_SPACE, NOMEM. A writer that failed leaves no run. */
#ifndef WGO_MERGER_SPILL_H
#define WGO_MERGER_SPILL_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

struct wgo_spill {
    int fd;       /* -1 until the first run */
    uint64_t end; /* where the next run begins */
};

struct wgo_run {
    uint64_t at, end; /* in the file */
};

#define WGO_SPILL_INIT ((struct wgo_spill){.fd = -1})
void wgo_spill_fini(struct wgo_spill *spill);
/* The run's bytes are not needed any more. */
void wgo_spill_release(struct wgo_spill *spill, struct wgo_run run);

struct wgo_spill_writer {
    struct wgo_spill *spill;
    char *buffer;
    size_t used;
    uint64_t start, at;
};

WGO_NODISCARD enum wgo_status
wgo_spill_begin(struct wgo_spill *spill, struct wgo_spill_writer *writer, struct wgo_error *err);
/* One record, or some that lie one behind the other. */
WGO_NODISCARD enum wgo_status wgo_spill_put(struct wgo_spill_writer *writer, struct wgo_str records,
                                            struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_spill_finish(struct wgo_spill_writer *writer,
                                               struct wgo_run *out_run, struct wgo_error *err);
/* Instead of finish, or after any of them failed. */
void wgo_spill_abandon(struct wgo_spill_writer *writer);

#endif
