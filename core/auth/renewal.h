/* renewal.h: one renewal of a credential at a time, for all who need it.
 *
 *   run()    USE: nothing to do; RENEW, MUST: this caller fetches, outside of the lock; WAIT: until
 *            another's fetch has ended, or the scan has; FAILED: the error of the last one
 *   stale(), begin(), done(), failed()   the same by hand, for those whose fetch is a call of the
 *            scan's: whoever has begun ends it with done() or failed()
 *
 * What is fetched is the caller's to keep, under a lock of its own, before done() is called or the
 * fetch returns. When advice is what: auth/credential_state.h.
 *
 * Ownership: caller-allocated; init() and fini().
 * Threads:   any.
 * Failure:   a renewal's own; CANCELLED for who waited when the scan ended. An early renewal that
 *            fails is none while the credential is good. Units: nanoseconds of wall time. */
#ifndef WGO_AUTH_RENEWAL_H
#define WGO_AUTH_RENEWAL_H

#include "auth/credential_state.h"
#include "base/lock.h"
#include "model/collector.h"

struct wgo_renewal {
    struct wgo_lock lock;
    struct wgo_cond ended; /* a renewal, well or not */
    struct {
        struct wgo_credential_state state;
        struct wgo_error last; /* why the last renewal failed */
    } synced WGO_GUARDED;
};

/* Fetches and keeps it; '*out_expires' ns 0: it does not say. */
typedef enum wgo_status wgo_renewal_fn(void *self, const struct wgo_services *services,
                                       struct wgo_wall *out_expires, struct wgo_error *err);

void wgo_renewal_init(struct wgo_renewal *renewal);
void wgo_renewal_fini(struct wgo_renewal *renewal);

bool wgo_renewal_loaded(struct wgo_renewal *renewal);
/* Whether it is to be renewed. 'refused': a call that carried it was. */
bool wgo_renewal_stale(struct wgo_renewal *renewal, struct wgo_wall now, bool refused);
/* True: the caller renews it now. */
bool wgo_renewal_begin(struct wgo_renewal *renewal, struct wgo_wall now);
void wgo_renewal_done(struct wgo_renewal *renewal, struct wgo_wall now, struct wgo_wall expires);
void wgo_renewal_failed(struct wgo_renewal *renewal, struct wgo_wall now,
                        const struct wgo_error *why);
/* Returns when it may be used. */
enum wgo_status wgo_renewal_run(struct wgo_renewal *renewal, wgo_renewal_fn *fetch, void *self,
                                const struct wgo_services *services, struct wgo_error *err);

#endif
