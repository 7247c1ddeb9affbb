/* session.h: a described API while it is read: its credentials, servers and lanes. Private to the
 * room.
 *
 * A lane is one server with one key: lane = base * keys + key. Credentials that a file, a program
 * or a token endpoint gives are had by refresh() and again when they end or are refused; the others
 * are there from the beginning. A key that cannot be renewed, or is refused although it was, is
 * left alone for a while, and calls go by the others; without any other it is an error.
 *
 * Ownership: wgo_rest_open/_close; secrets are wiped when they are replaced or closed.
 * Threads:   credentials are guarded by the lock, everything else is read-only.
 * Failure:   CONFIG for a value that is not there, AUTH for credentials that could not be had. No
 * message holds a secret: what servers and programs say is searched for them. */
#ifndef WGO_REST_SESSION_H
#define WGO_REST_SESSION_H

#include "base/lock.h"
#include "rest/description.h"

struct wgo_rest_credential {
    struct wgo_secret user, secret;
    struct wgo_wall expires; /* ns 0: not known */
    struct wgo_mono had_at;
    uint64_t whose; /* a keyed digest of what was had, or of whom it names */
    bool known;
    bool refused; /* by an answer, since it was had */
    bool renewed; /* after it was refused, and not taken since */
    /* It can neither be used nor renewed for now; others go on. */
    struct wgo_mono broken_until;
    struct wgo_error why;
};

struct wgo_rest_session {
    const struct wgo_rest *rest;
    const struct wgo_services *services;
    const char *(*getenv)(const char *name);
    struct wgo_endpoint endpoints[WGO_REST_KEYS];
    struct wgo_secret headers[WGO_REST_HEADERS]; /* had once; empty where the description has it */
    uint64_t whose_headers;

    struct wgo_lock lock;
    struct {
        struct wgo_rest_credential credentials[WGO_REST_KEYS];
    } synced WGO_GUARDED;
};

/* Without name, file and catalog. */
extern const struct wgo_collector_type wgo_rest_callbacks;

bool wgo_rest_is_header_name(struct wgo_str name);
/* No control character: fit for a header. */
bool wgo_rest_is_one_line(struct wgo_str text);

/* value.c */
/* The value, one line, wherever it is. The error says where that was. */
WGO_NODISCARD enum wgo_status wgo_rest_value_get(const struct wgo_rest_value *value,
                                                 const char *(*getenv)(const char *name),
                                                 const struct wgo_services *services,
                                                 struct wgo_secret *out, struct wgo_error *err);
/* Whether it can be looked for already, without running anything; 'reason' says what is missing. */
bool wgo_rest_value_found(const struct wgo_rest_value *value,
                          const char *(*getenv)(const char *name), char *reason, size_t size);

/* session.c */
WGO_NODISCARD enum wgo_status wgo_rest_open(const struct wgo_collector_env *env,
                                            struct wgo_rest_session **out_session,
                                            struct wgo_error *err);
void wgo_rest_close(struct wgo_rest_session *session);
/* A digest of all credentials, of whom they name where that is to be seen; false as long as one of
 * them is yet to be had. */
bool wgo_rest_whose(struct wgo_rest_session *session, uint64_t *out);
/* Whether the key's credential can be had anew. */
bool wgo_rest_renewable(const struct wgo_rest *rest, const struct wgo_rest_key *key);
/* Whether a credential must be had before calls go out. Which lane a call will take is not known
 * then, so all of them are had. */
bool wgo_rest_stale(struct wgo_rest_session *session);
/* Fails when no key can be used then. */
WGO_NODISCARD enum wgo_status wgo_rest_refresh(struct wgo_rest_session *session,
                                               struct wgo_error *err);
/* Whether calls may be made with the key; 'why' (may be NULL) says why not. */
bool wgo_rest_usable(struct wgo_rest_session *session, unsigned key, struct wgo_error *why);
/* An answer that took 'took_ns' refused the key's credential. True: the call may go again, with it
 * renewed or by another key. */
bool wgo_rest_refused(struct wgo_rest_session *session, unsigned key, int64_t took_ns,
                      const char *message);
/* An answer took it. */
void wgo_rest_taken(struct wgo_rest_session *session, unsigned key);
/* Puts stars in place of every credential that 'text' holds. */
void wgo_rest_scrub(struct wgo_rest_session *session, char *text);

/* prepare.c */
WGO_NODISCARD enum wgo_status wgo_rest_prepare(struct wgo_rest_session *session,
                                               const struct wgo_task *task, struct wgo_arena *arena,
                                               struct wgo_request *request, struct wgo_error *err);
/* classify.c */
void wgo_rest_classify(struct wgo_rest_session *session, const struct wgo_task *task,
                       const struct wgo_response *response, struct wgo_verdict *out);
/* permissions.c: of struct wgo_collector_type. */
WGO_NODISCARD enum wgo_status wgo_rest_permissions(const struct wgo_permission_request *request,
                                                   struct wgo_buf *out, char note[256],
                                                   struct wgo_error *err);
/* validate.c */
WGO_NODISCARD enum wgo_status wgo_rest_validate(struct wgo_rest_session *session,
                                                const struct wgo_services *services,
                                                wgo_finding_fn *each, void *state,
                                                struct wgo_error *err);

#endif
