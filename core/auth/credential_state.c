#include "auth/credential_state.h"

#define EARLY_NS (300 * WGO_S)
#define BELIEVED_NS (60 * WGO_S) /* that what has just arrived is good, whatever it says */
#define YOUNG_NS (10 * WGO_S)
#define FIRST_PAUSE_NS (1 * WGO_S)
#define LONGEST_PAUSE_NS (60 * WGO_S)

/* True when 'now' lies less than 'ns' after 'since'; before it, the clock was set back. */
static bool within(struct wgo_wall now, struct wgo_wall since, int64_t ns)
{
    return now.ns >= since.ns && now.ns - since.ns < ns;
}

static bool reached(struct wgo_wall now, struct wgo_wall moment)
{
    return moment.ns != 0 && now.ns >= moment.ns;
}

enum wgo_credential_advice wgo_credential_advice(const struct wgo_credential_state *state,
                                                 struct wgo_wall now)
{
    bool usable = state->loaded && !state->refused && !reached(now, state->expires);
    bool paused = state->failures > 0 && within(now, state->failed_at, state->pause_ns);
    if (usable) {
        bool due = reached(now, state->renew_at) && !state->renewing && !paused;
        return due ? WGO_CREDENTIAL_RENEW : WGO_CREDENTIAL_USE;
    }
    if (state->renewing) {
        return WGO_CREDENTIAL_WAIT;
    }
    return paused ? WGO_CREDENTIAL_FAILED : WGO_CREDENTIAL_MUST;
}

void wgo_credential_begin(struct wgo_credential_state *state)
{
    state->renewing = true;
}

void wgo_credential_renewed(struct wgo_credential_state *state, struct wgo_wall now,
                            struct wgo_wall expires)
{
    *state = (struct wgo_credential_state){.loaded = true, .loaded_at = now};
    if (expires.ns == 0) {
        return;
    }
    state->said = expires;
    bool long_enough = expires.ns > now.ns && expires.ns - now.ns > BELIEVED_NS;
    int64_t life = long_enough ? expires.ns - now.ns : BELIEVED_NS;
    int64_t early = life / 2 < EARLY_NS ? life / 2 : EARLY_NS;
    state->expires.ns = now.ns + life;
    state->renew_at.ns = state->expires.ns - early;
}

void wgo_credential_failed(struct wgo_credential_state *state, struct wgo_wall now, bool final)
{
    int64_t pause = state->failures == 0 ? FIRST_PAUSE_NS : state->pause_ns * 2;
    state->renewing = false;
    state->failures++;
    state->failed_at = now;
    state->pause_ns = final || pause > LONGEST_PAUSE_NS ? LONGEST_PAUSE_NS : pause;
}

void wgo_credential_abandoned(struct wgo_credential_state *state)
{
    state->renewing = false;
}

bool wgo_credential_refused(struct wgo_credential_state *state, struct wgo_wall now)
{
    bool young = within(now, state->loaded_at, YOUNG_NS) && !reached(now, state->said);
    if (state->loaded && !young) {
        state->refused = true;
    }
    return state->refused;
}
