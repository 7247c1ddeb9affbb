/* session.h: one scan from configuration to snapshot: what `wgo scan` and libwgo both do.
 *
 * A session opens the state folder, the redaction key, the place for the snapshot, the mergers and
 * the registry of signers, and makes a scanner over them; running it scans, merges and writes.
 *
 * Operation
 *   new ──► run: scan ──► merge and write ──► result
 *              ▲                    └── more documents with wgo_session_document()
 *              └── stop: what is there is kept, merged and written
 *
 * The snapshot's file appears whole or not at all. When nothing could be read it is left as it was,
 * unless the scan was stopped on purpose.
 *
 * Ownership: wgo_session_new/_free. Options and what they point to outlive the session. The result
 *            belongs to the session.
 * Threads:   one; stop and discard are async-signal-safe, and the scanner's progress may be read
 * from any thread while run() runs. Failure:   new: CONFIG, NOT_FOUND, IO, NO_SPACE, NOMEM. run:
 * bad input found when the providers were opened, or a snapshot that could not be written. */
#ifndef WGO_LIB_SESSION_H
#define WGO_LIB_SESSION_H

#include "lib/notes.h"
#include "merger/snapshot.h"
#include "scan/scan.h"

struct wgo_session;

enum wgo_resume {
    WGO_RESUME_NO, /* an interrupted scan is forgotten; a notice says that there was one */
    WGO_RESUME_YES,
    WGO_RESUME_ASK,
};

struct wgo_session_options {
    /* sinks, rows, redactor, cache, auth and catalog overrides are the session's to fill in. */
    struct wgo_scan_options scan;
    struct wgo_str_list preferred_order;
    bool skip_merging;
    bool stream; /* every record as it is read; needs 'output_file' */
    bool allow_partial;
    enum wgo_snapshot_format format;
    const char *output_file; /* "-" = standard output; NULL = nothing is written by run() */
    bool output_unnamed;     /* nobody chose that name: what is there already stays, and the next
                                free one is taken */
    const char *state_dir, *redact_key_file, *catalog_dir; /* NULL = none named */
    bool without_cache;
    bool looks_only;          /* it does not run: nothing is kept for it, nor of it */
    bool without_checkpoints; /* what is read is not kept for a scan that resumes this one */
    enum wgo_resume resume;
    int64_t max_age_ns; /* pages younger than this are taken from earlier scans; 0 = none */
    bool incremental;   /* only what changed since the last scan of the kind is asked for; neither
                           with 'stream' nor with 'skip_merging' */
    int64_t since_ns;   /* and it looks back so far at least */
    /* WGO_RESUME_ASK: whether to go on where an interrupted scan was, which had read so many
     * pages. */
    bool (*ask_resume)(void *state, uint64_t pages, struct wgo_wall last_at);
    void *ask_state;
    const char *metrics_file; /* Prometheus's text, at the end; NULL = none */
    const char *events_file;  /* a line of JSON for each call; NULL = none */
};

/* How what is there differs from what an earlier scan found, in resources. */
struct wgo_renewal {
    uint64_t added, changed, deleted, unchanged;
    uint64_t stored; /* written for the next scan to go on from */
};

struct wgo_session_result {
    enum wgo_scan_end end;
    int exit_code;
    bool written;                 /* a snapshot was written */
    bool unreported;              /* but not all that goes beside it */
    const char *output_file;      /* where; NULL when nowhere */
    struct wgo_merge_stats merge; /* summed over the documents of an unmerged scan */
    struct wgo_type_count *types; /* resources written, by provider and type */
    size_t type_count;
    uint64_t bytes; /* of the snapshot */
    struct wgo_scan_stats scan;
    int64_t scan_ns, write_ns, total_ns; /* write: merging included */
    uint64_t peak_memory_bytes;          /* of the process, so far */
    int64_t cpu_ns;                      /* of the process, user and system */
    struct wgo_notes notes;              /* sorted */
    bool complete;
    bool keeps_pages; /* for scans that take what is young enough */
    bool resumable;   /* what was read has been kept: the next scan of the kind may go on from it */
    bool compared;    /* with an earlier scan, of the time 'since': */
    struct wgo_renewal renewal;
    struct wgo_wall since;
    bool streamed, unmerged; /* as the options wanted it */
};

WGO_NODISCARD enum wgo_status wgo_session_new(const struct wgo_session_options *options,
                                              struct wgo_session **out_session,
                                              struct wgo_error *err);
/* True when a collect() was abandoned: it may still use what the options point to, which must then
 * live on, as the session's own parts do. */
bool wgo_session_free(struct wgo_session *session);

WGO_NODISCARD enum wgo_status wgo_session_run(struct wgo_session *session, struct wgo_error *err);
const struct wgo_session_result *wgo_session_result(const struct wgo_session *session);
struct wgo_scanner *wgo_session_scanner(struct wgo_session *session);
/* How many calls the scan of the same kind before this one has asked of the provider at 'index';
 * false where that is not known. */
bool wgo_session_calls_before(struct wgo_session *session, size_t index, uint64_t *out_calls);
/* What the provider at 'index' has answered within the last hour to calls that were charged to a
 * quota, to all processes of this machine. IO, NOMEM. */
WGO_NODISCARD enum wgo_status wgo_session_answers(struct wgo_session *session, size_t index,
                                                  struct wgo_quota_answers *out,
                                                  struct wgo_error *err);
/* Where the state folder is, or NULL. */
const char *wgo_session_state_dir(const struct wgo_session *session);

/* Async-signal-safe. */
void wgo_session_stop(struct wgo_session *session);
/* Removes the unfinished files of the snapshot and of the metrics, for a program that is about to
 * _exit(). Async-signal-safe. */
void wgo_session_discard(struct wgo_session *session);

/* Writes the snapshot of the run, or of one of its providers (by index; -1 = all), once more. Not
 * after a run with 'stream'. */
WGO_NODISCARD enum wgo_status wgo_session_document(struct wgo_session *session, int provider,
                                                   enum wgo_snapshot_format format,
                                                   const struct wgo_output *output,
                                                   struct wgo_snapshot_result *out_result,
                                                   struct wgo_error *err);

/* How many resources that snapshot has. */
WGO_NODISCARD enum wgo_status wgo_session_count(struct wgo_session *session, uint64_t *out_count,
                                                struct wgo_error *err);

#endif
