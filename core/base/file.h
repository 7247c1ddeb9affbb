/* file.h: reading a file into memory and replacing one so that nobody ever sees half of it.
 *
 * Ownership: as said per function.
 * Threads:   no state.
 * Failure:   WGO_E_NOT_FOUND, _DENIED (permission), _IO, _TOO_LARGE, _NO_SPACE, each message naming
 * the file; a directory where a file should be is said so. */
#ifndef WGO_BASE_FILE_H
#define WGO_BASE_FILE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

#include <sys/types.h>

/* Appends the whole of 'path' ("-": standard input) to 'out'; more than 'limit' bytes is TOO_LARGE.
 */
WGO_NODISCARD enum wgo_status wgo_file_read(const char *path, size_t limit, struct wgo_buf *out,
                                            struct wgo_error *err);
/* Makes 'path' and its parents, mode 0700 for those it makes. */
WGO_NODISCARD enum wgo_status wgo_dir_make(const char *path, struct wgo_error *err);
/* write(2) until all is written; EINTR is retried. */
WGO_NODISCARD enum wgo_status wgo_fd_write(int fd, struct wgo_str bytes, const char *name,
                                           struct wgo_error *err);

/* A file that appears whole or not at all, mode 0600: it has no name until commit, which syncs it
 * and puts it in its place, so that nothing is left of it however the program ends. Where the
 * system knows no such files (open(2), O_TMPFILE), 'temporary' is its name, beside its place. Abort
 * removes it and does nothing to one that is zeroed, committed or aborted. A symbolic link stays
 * and what it names is replaced. A pipe or a device is written to as it is, and a name such as
 * /dev/stdout goes on where that descriptor stands. */
struct wgo_new_file {
    int fd;
    char *path, *temporary;
    bool replaces; /* what is at 'path', if anything is */
};
WGO_NODISCARD enum wgo_status wgo_new_file_open(struct wgo_new_file *file, const char *path,
                                                struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_new_file_commit(struct wgo_new_file *file, struct wgo_error *err);
void wgo_new_file_abort(struct wgo_new_file *file);

/* The same, but what is at 'path', whatever it is, stays: where the name is taken at commit, the
 * next free one is used ("out-2.json" for "out.json"). Two programs that commit one name at once
 * get one each. Commit gives the name, copied into 'arena'. */
WGO_NODISCARD enum wgo_status wgo_new_file_open_free(struct wgo_new_file *file, const char *path,
                                                     struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_new_file_commit_free(struct wgo_new_file *file,
                                                       struct wgo_arena *arena,
                                                       const char **out_path,
                                                       struct wgo_error *err);

/* An unnamed temporary file (O_TMPFILE where there is one) in TMPDIR, close-on-exec; -1 with 'err'
 * on failure. */
int wgo_temp_fd(struct wgo_error *err);

#endif
