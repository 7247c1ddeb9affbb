#include "auth/renewal.h"

/* How often somebody who waits for another's renewal looks whether the scan has ended. */
#define POLL_NS (50 * WGO_MS)

void wgo_renewal_init(struct wgo_renewal *renewal)
{
    *renewal = (struct wgo_renewal){0};
    wgo_lock_init(&renewal->lock);
    wgo_cond_init(&renewal->ended);
}

void wgo_renewal_fini(struct wgo_renewal *renewal)
{
    wgo_cond_fini(&renewal->ended);
    wgo_lock_fini(&renewal->lock);
}

bool wgo_renewal_loaded(struct wgo_renewal *renewal)
{
    wgo_lock_acquire(&renewal->lock);
    bool loaded = renewal->synced.state.loaded;
    wgo_lock_release(&renewal->lock);
    return loaded;
}

bool wgo_renewal_stale(struct wgo_renewal *renewal, struct wgo_wall now, bool refused)
{
    wgo_lock_acquire(&renewal->lock);
    if (refused) {
        wgo_credential_refused(&renewal->synced.state, now);
    }
    enum wgo_credential_advice advice = wgo_credential_advice(&renewal->synced.state, now);
    wgo_lock_release(&renewal->lock);
    return advice != WGO_CREDENTIAL_USE;
}

static bool is_ours(enum wgo_credential_advice advice)
{
    return advice == WGO_CREDENTIAL_RENEW || advice == WGO_CREDENTIAL_MUST;
}

bool wgo_renewal_begin(struct wgo_renewal *renewal, struct wgo_wall now)
{
    wgo_lock_acquire(&renewal->lock);
    bool ours = is_ours(wgo_credential_advice(&renewal->synced.state, now));
    if (ours) {
        wgo_credential_begin(&renewal->synced.state);
    }
    wgo_lock_release(&renewal->lock);
    return ours;
}

void wgo_renewal_done(struct wgo_renewal *renewal, struct wgo_wall now, struct wgo_wall expires)
{
    wgo_lock_acquire(&renewal->lock);
    wgo_credential_renewed(&renewal->synced.state, now, expires);
    wgo_lock_release(&renewal->lock);
    wgo_cond_broadcast(&renewal->ended);
}

void wgo_renewal_failed(struct wgo_renewal *renewal, struct wgo_wall now,
                        const struct wgo_error *why)
{
    bool final = wgo_status_retry(why->status) == WGO_RETRY_NEVER;
    wgo_lock_acquire(&renewal->lock);
    if (why->status == WGO_E_CANCELLED) {
        wgo_credential_abandoned(&renewal->synced.state);
    } else {
        wgo_credential_failed(&renewal->synced.state, now, final);
        renewal->synced.last = *why;
    }
    wgo_lock_release(&renewal->lock);
    wgo_cond_broadcast(&renewal->ended);
}

/* What failed early may go better later. */
static bool is_still_good(struct wgo_renewal *renewal, struct wgo_wall now)
{
    wgo_lock_acquire(&renewal->lock);
    enum wgo_credential_advice advice = wgo_credential_advice(&renewal->synced.state, now);
    wgo_lock_release(&renewal->lock);
    return advice == WGO_CREDENTIAL_USE || advice == WGO_CREDENTIAL_RENEW;
}

/* The caller has begun it. */
static enum wgo_status renew(struct wgo_renewal *renewal, wgo_renewal_fn *fetch, void *self,
                             const struct wgo_services *services, struct wgo_error *err)
{
    struct wgo_wall expires = {0};
    struct wgo_error why = {0};
    enum wgo_status status = fetch(self, services, &expires, &why);
    struct wgo_wall now = wgo_clock_wall(services->clock);
    if (status == WGO_OK) {
        wgo_renewal_done(renewal, now, expires);
        return WGO_OK;
    }
    why.status = status;
    wgo_renewal_failed(renewal, now, &why);
    if (is_still_good(renewal, now)) {
        return WGO_OK;
    }
    if (err) {
        *err = why;
    }
    return status;
}

/* What is to be done now; '*out_last' is why the last renewal failed. What is to be renewed has
 * begun, and who is to wait has waited a while. */
static enum wgo_credential_advice take_advice(struct wgo_renewal *renewal, struct wgo_wall now,
                                              struct wgo_error *out_last)
{
    wgo_lock_acquire(&renewal->lock);
    enum wgo_credential_advice advice = wgo_credential_advice(&renewal->synced.state, now);
    if (is_ours(advice)) {
        wgo_credential_begin(&renewal->synced.state);
    } else if (advice == WGO_CREDENTIAL_WAIT) {
        wgo_cond_wait_for(&renewal->ended, &renewal->lock, POLL_NS);
    } else if (advice == WGO_CREDENTIAL_FAILED) {
        *out_last = renewal->synced.last;
    }
    wgo_lock_release(&renewal->lock);
    return advice;
}

enum wgo_status wgo_renewal_run(struct wgo_renewal *renewal, wgo_renewal_fn *fetch, void *self,
                                const struct wgo_services *services, struct wgo_error *err)
{
    for (;;) {
        struct wgo_error last = {0};
        enum wgo_credential_advice advice =
            take_advice(renewal, wgo_clock_wall(services->clock), &last);
        switch (advice) {
        case WGO_CREDENTIAL_USE:
            return WGO_OK;
        case WGO_CREDENTIAL_RENEW:
        case WGO_CREDENTIAL_MUST:
            return renew(renewal, fetch, self, services, err);
        case WGO_CREDENTIAL_FAILED:
            if (err) {
                *err = last;
            }
            return last.status;
        case WGO_CREDENTIAL_WAIT:
            if (services->cancelled && services->cancelled(services->engine)) {
                return wgo_fail(err, WGO_E_CANCELLED, "stopped while the credentials were renewed");
            }
            break;
        }
    }
}
