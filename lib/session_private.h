/* session_private.h: the inside of a session, shared by session.c and session_write.c.
 *
 * Everything belongs to the thread that runs the session, but for 'unfinished' and 'scanner', which
 * signal handlers read. */
#ifndef WGO_LIB_SESSION_PRIVATE_H
#define WGO_LIB_SESSION_PRIVATE_H

#include "base/file.h"
#include "lib/earlier.h"
#include "lib/event_log.h"
#include "lib/resume.h"
#include "lib/session.h"
#include "lib/signers.h"
#include "lib/stream.h"
#include "store/journal.h"
#include "store/store.h"

#include <stdatomic.h>

struct wgo_session {
    struct wgo_session_options o;
    struct wgo_arena arena;
    struct wgo_store *store;
    struct wgo_redactor redactor;
    struct wgo_rows *rows;
    struct wgo_signers signers;    /* of all collectors: outlives the scanner */
    char kind[WGO_SCAN_KIND];      /* a digest of what says what it reads */
    struct wgo_earlier *earlier;   /* what an earlier scan found; NULL = nothing is kept */
    struct wgo_renewing *renewing; /* what takes its place once the snapshot is written, or NULL */
    uint64_t carried;              /* records of it that stand */
    struct wgo_journal *journal;   /* of what is read; NULL = none is kept */
    struct wgo_merger **mergers;   /* one, or one per provider */
    size_t merger_count;
    struct wgo_sink *sinks;
    struct wgo_stream *stream;
    struct wgo_scanner *scanner;
    struct wgo_new_file file; /* fd -1 when there is none */
    struct wgo_fd_output *fd_output;
    struct wgo_output inner;     /* of 'fd_output' */
    struct wgo_new_file metrics; /* fd -1 when there is none */
    /* Temporary files to remove on a hasty exit: the snapshot's and the metrics'. */
    _Atomic(const char *) unfinished, unfinished_metrics;
    struct wgo_event_log events; /* fd -1 when there is none */
    char id[37];
    struct wgo_wall started_at;
    bool ran;
    const uint64_t *kinds; /* of each provider; NULL: not known */
    struct wgo_type_counts counts;
    struct wgo_session_result result;
};

/* session.c */
/* What the user should know, noted and passed on; 'provider' may be NULL. */
void wgo_session_warn(struct wgo_session *session, const char *text);
/* 'session' is a struct wgo_session. */
void wgo_session_problem(void *session, const struct wgo_error *problem);
void wgo_session_notice(struct wgo_session *session, const char *text);
/* A provider's collect() did not return, so what it had in hand last cannot be counted. */
bool wgo_session_abandoned(const struct wgo_session *session);
/* size.c */
/* Tells each provider of 'scan' how long it took before, where nobody has said who starts first. */
void wgo_session_recall_times(struct wgo_session *session, struct wgo_scan_options *scan);
/* For wgo_session_calls_before() and wgo_session_recall_times() of the next scan. */
void wgo_session_keep_size(struct wgo_session *session);
/* session_resume.c */
/* What the HTTP cache tells the providers' pages by; without it, no cache. */
void wgo_session_tell_kinds(struct wgo_session *session, struct wgo_scan_options *scan);
/* Opens the journal of the scan's kind, and settles whether the scan goes on from it. */
void wgo_session_open_journal(struct wgo_session *session, struct wgo_scan_options *scan);
/* Keeps it when there is something to go on with. */
void wgo_session_end_journal(struct wgo_session *session);
/* What was read has no other place: the journal stays, however whole the scan was. */
void wgo_session_keep_journal(struct wgo_session *session);
/* session_incremental.c */
/* Opens what an earlier scan of the kind found; without it everything is asked for. */
WGO_NODISCARD enum wgo_status wgo_session_open_earlier(struct wgo_session *session,
                                                       struct wgo_scan_options *scan,
                                                       struct wgo_error *err);
/* The kind of the pages of a scan that goes on from an earlier one. */
void wgo_session_mark_kind(const struct wgo_session *session, char kind[WGO_SCAN_KIND]);
/* What stands of it comes beside what was read, and all of it is made ready for the next scan. */
WGO_NODISCARD enum wgo_status wgo_session_settle(struct wgo_session *session,
                                                 struct wgo_error *err);
/* The snapshot is written, or was not wanted: the next scan goes on from this one. Else from the
 * same as this one, whose changes nobody has got; and what was read stays for --resume. */
void wgo_session_keep(struct wgo_session *session, bool written);
/* session_write.c */
WGO_NODISCARD enum wgo_status wgo_session_open_output(struct wgo_session *session,
                                                      struct wgo_error *err);
void wgo_session_close_output(struct wgo_session *session);
/* The output, which stops the scan when it breaks. */
struct wgo_output wgo_session_output(struct wgo_session *session);
enum wgo_status wgo_session_flush(void *self, struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_session_write(struct wgo_session *session, struct wgo_error *err);

#endif
