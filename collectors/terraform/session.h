/* session.h: all the states of one scan, and which of them count.
 *
 * Backends and folders hand in states as they find them; each is surveyed at once (survey.h). When
 * all are there, wgo_tf_session_settle() decides (DESIGN, "What the words mean"):
 *   - the same bytes reached twice count once;
 *   - within one backend, of states with one lineage the highest serial wins. A backend of local
 *     files is a folder; any other backend's states have places of their own;
 *   - different states that still share a lineage (or have none) keep their ids apart by "@" and
 *     eight hex digits of the SHA-256 of their location, and the user is warned.
 * Then wgo_tf_session_emit() reads them again, one after the other in the order of their locations,
 * and makes one completeness row for each: account = the state's location, type "*".
 *
 * Locations: a file is its absolute path without symbolic links; a backend's state a URL without
 * credentials. Both are the same from wherever the scan is started.
 *
 * Ownership: wgo_tf_session_init/_fini; copies what it is given. Files are opened for each pass and
 *            closed again; what cannot be read twice lies in the spool.
 * Threads:   one at a time.
 * Failure:   a state's own failure is its row; functions fail for what ends the scan. */
#ifndef WGO_TERRAFORM_SESSION_H
#define WGO_TERRAFORM_SESSION_H

#include "model/collector.h"
#include "terraform/identity.h"
#include "terraform/survey.h"

#include <sys/stat.h>

enum wgo_tf_fate {
    WGO_TF_COUNTS,
    WGO_TF_FAILED,   /* 'error' */
    WGO_TF_LEFT_OUT, /* 'error.message' says why; no failure */
};

struct wgo_tf_state {
    struct wgo_str location, backend;
    struct wgo_str home; /* the backend it lies in; states in one home may replace each other */
    const char *path;    /* of a plain file, else NULL: 'source' lies in the spool */
    struct stat seen;    /* the file as it was surveyed */
    struct wgo_tf_source source;
    struct wgo_tf_survey survey;
    enum wgo_tf_fate fate;
    struct wgo_error error;
    struct wgo_str lineage; /* as ids have it */
};

struct wgo_tf_session {
    const struct wgo_services *services;
    const struct wgo_provider_options *options;
    const struct wgo_tf_identities *identities;
    struct wgo_auth_registry *auth; /* who signs for backends; NULL = nobody. Set after init */
    size_t window;                  /* 0 = default */
    struct wgo_arena arena;
    struct wgo_tf_spool spool;
    struct wgo_tf_state *states;
    size_t count, cap;
    unsigned backends; /* so far: each has connections of its own */
};

void wgo_tf_session_init(struct wgo_tf_session *session, const struct wgo_services *services,
                         const struct wgo_provider_options *options,
                         const struct wgo_tf_identities *identities);
void wgo_tf_session_fini(struct wgo_tf_session *session);

/* A state in a file; "-" is standard input. 'path' is as the user wrote it, from the process's
 * folder. */
WGO_NODISCARD enum wgo_status wgo_tf_session_file(struct wgo_tf_session *session, const char *path,
                                                  struct wgo_error *err);
/* A state whose bytes begin at 'start' of the spool and end where it ends. */
WGO_NODISCARD enum wgo_status wgo_tf_session_spooled(struct wgo_tf_session *session,
                                                     struct wgo_str backend,
                                                     struct wgo_str location, uint64_t start,
                                                     struct wgo_error *err);
/* A place that could not be read, or where there is nothing ('fate' LEFT_OUT). */
WGO_NODISCARD enum wgo_status wgo_tf_session_note(struct wgo_tf_session *session,
                                                  struct wgo_str location, enum wgo_tf_fate fate,
                                                  const struct wgo_error *why,
                                                  struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_tf_session_settle(struct wgo_tf_session *session,
                                                    struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_tf_session_emit(struct wgo_tf_session *session,
                                                  struct wgo_error *err);
/* Instead of emit: the scan ended with 'status' before the states could be read; their rows say
 * so. */
void wgo_tf_session_abandon(struct wgo_tf_session *session, enum wgo_status status);

#endif
