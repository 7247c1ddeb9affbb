/* credential_state.h: when a credential is renewed, and when it can no longer be used.
 *
 * A pure machine: it holds no credential, asks no clock and takes no lock. Whoever keeps a
 * credential asks for advice before each use and reports what became of a renewal.
 *
 *   USE     good for this call; somebody may be renewing it already
 *   RENEW   good for this call, but its time is near: one caller renews, the others use it
 *   MUST    not usable: renew before anything is sent
 *   WAIT    not usable; another caller is renewing it
 *   FAILED  not usable, and the last renewal failed too recently to try again
 *
 * Renewal starts five minutes before the end, or at half of a life shorter than ten minutes. A
 * credential that arrives expired is believed for a minute, since clocks differ and the server
 * decides. After a failed renewal the next waits 1 s, 2 s, 4 s ... to a minute, and a minute at
 * once when asking again would give the same answer; what is still good is used meanwhile.
 *
 * A server's refusal makes a credential unusable, unless it is younger than ten seconds: then the
 * refusal is either a late answer to a call that carried the one before, or final.
 *
 * Ownership: caller-allocated; zeroed is "nothing loaded yet"; nothing to finish.
 * Threads:   none of its own; the caller's lock guards it. Renewal itself happens outside that
 * lock. Failure:   nothing here can fail. Units: nanoseconds of wall time, since that is what
 * credentials expire by; a clock that jumps back never makes a renewal wait longer. */
#ifndef WGO_AUTH_CREDENTIAL_STATE_H
#define WGO_AUTH_CREDENTIAL_STATE_H

#include "base/clock.h"

struct wgo_credential_state {
    bool loaded;   /* there is a credential */
    bool renewing; /* somebody is at it */
    bool refused;  /* the server says that it is no good */
    struct wgo_wall loaded_at;
    struct wgo_wall renew_at, expires; /* ns 0: never by itself */
    struct wgo_wall said; /* when it says that it expires: from then on a refusal is believed */
    unsigned failures;    /* in a row */
    struct wgo_wall failed_at;
    int64_t pause_ns; /* after failed_at */
};

enum wgo_credential_advice {
    WGO_CREDENTIAL_USE,
    WGO_CREDENTIAL_RENEW,
    WGO_CREDENTIAL_MUST,
    WGO_CREDENTIAL_WAIT,
    WGO_CREDENTIAL_FAILED,
};

enum wgo_credential_advice wgo_credential_advice(const struct wgo_credential_state *state,
                                                 struct wgo_wall now);
/* Takes the renewal for the caller, who was advised RENEW or MUST; it ends with one of the next
 * three. */
void wgo_credential_begin(struct wgo_credential_state *state);
/* A credential was loaded at 'now'; 'expires' ns 0: it does not say. */
void wgo_credential_renewed(struct wgo_credential_state *state, struct wgo_wall now,
                            struct wgo_wall expires);
/* 'final': asking again gives the same answer. */
void wgo_credential_failed(struct wgo_credential_state *state, struct wgo_wall now, bool final);
/* The renewal was given up before it could tell: the next caller may try at once. */
void wgo_credential_abandoned(struct wgo_credential_state *state);
/* A call that carried the credential was refused; true when that makes it unusable. */
bool wgo_credential_refused(struct wgo_credential_state *state, struct wgo_wall now);

#endif
