/* session_settle.c: which states count, and what their ids begin with. */
#include "model/http.h"
#include "terraform/session.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

static int compare_locations(const void *a, const void *b)
{
    const struct wgo_tf_state *left = a, *right = b;
    return wgo_str_cmp(left->location, right->location);
}

static void leave_out(struct wgo_tf_state *state, const struct wgo_tf_state *other, const char *why)
{
    state->fate = WGO_TF_LEFT_OUT;
    wgo_fail(&state->error, WGO_E_SKIPPED, "%s %.*s", why, WGO_FMT(other->location));
}

static bool share_lineage(const struct wgo_tf_state *a, const struct wgo_tf_state *b)
{
    return wgo_str_eq(a->survey.lineage, b->survey.lineage);
}

/* The same bytes twice: the first location stands for both. */
static void drop_copies(struct wgo_tf_session *session)
{
    for (size_t i = 0; i < session->count; i++) {
        struct wgo_tf_state *state = &session->states[i];
        for (size_t j = 0; j < i && state->fate == WGO_TF_COUNTS; j++) {
            const struct wgo_tf_state *other = &session->states[j];
            if (other->fate == WGO_TF_COUNTS &&
                memcmp(state->survey.digest, other->survey.digest, WGO_TF_DIGEST) == 0) {
                leave_out(state, other, "the same state as");
            }
        }
    }
}

/* An older serial of a state that lies in the same backend. */
static void drop_outdated(struct wgo_tf_session *session)
{
    for (size_t i = 0; i < session->count; i++) {
        struct wgo_tf_state *state = &session->states[i];
        for (size_t j = 0; j < session->count && state->fate == WGO_TF_COUNTS; j++) {
            const struct wgo_tf_state *other = &session->states[j];
            /* One that was left out itself for a higher serial is as good a reason. */
            if (other->fate == WGO_TF_FAILED || !state->survey.lineage.len ||
                other->survey.serial <= state->survey.serial || !share_lineage(state, other) ||
                !wgo_str_eq(state->home, other->home)) {
                continue;
            }
            leave_out(state, other, "an older serial of the state in");
            session->services->warn(
                session->services->engine,
                "%.*s: left out: %.*s has the same lineage and a higher serial (%llu, not %llu)",
                WGO_FMT(state->location), WGO_FMT(other->location),
                (unsigned long long)other->survey.serial, (unsigned long long)state->survey.serial);
        }
    }
}

static bool put_location_tag(struct wgo_buf *out, struct wgo_str location)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char hex[9];
    if (!EVP_Digest(location.ptr, location.len, digest, NULL, EVP_sha256(), NULL)) {
        return false;
    }
    wgo_str_hex(digest, sizeof(hex) / 2, hex);
    return wgo_buf_char(out, '@') && wgo_buf_cstr(out, hex);
}

static void warn_shared(struct wgo_tf_session *session, size_t at, size_t count)
{
    const struct wgo_tf_state *state = &session->states[at];
    if (!state->survey.lineage.len) {
        return; /* `terraform show -json` never has one */
    }
    session->services->warn(session->services->engine,
                            "%zu different states share the lineage %.*s: they are kept apart by "
                            "their locations; the first is %.*s",
                            count, WGO_FMT(wgo_str_slice(state->survey.lineage, 0, 80)),
                            WGO_FMT(state->location));
}

static enum wgo_status name_lineage(struct wgo_tf_session *session, size_t at,
                                    struct wgo_error *err)
{
    struct wgo_tf_state *state = &session->states[at];
    struct wgo_buf text = {.limit = 1 << 20};
    size_t sharing = 0, earlier = 0;
    for (size_t i = 0; i < session->count; i++) {
        bool shares =
            session->states[i].fate == WGO_TF_COUNTS && share_lineage(&session->states[i], state);
        sharing += shares;
        earlier += shares && i < at;
    }
    wgo_url_encode(&text, state->survey.lineage.len ? state->survey.lineage : WGO_STR("-"), false);
    bool good = sharing < 2 || put_location_tag(&text, state->location);
    state->lineage = wgo_str_dup(&session->arena, wgo_buf_view(&text));
    good = good && !text.failed && state->lineage.ptr;
    wgo_buf_fini(&text);
    if (good && sharing > 1 && earlier == 0) {
        warn_shared(session, at, sharing);
    }
    return good ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

enum wgo_status wgo_tf_session_settle(struct wgo_tf_session *session, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    if (session->count) {
        qsort(session->states, session->count, sizeof(*session->states), compare_locations);
    }
    drop_copies(session);
    drop_outdated(session);
    for (size_t i = 0; i < session->count && status == WGO_OK; i++) {
        if (session->states[i].fate == WGO_TF_COUNTS) {
            status = name_lineage(session, i, err);
        }
    }
    return status;
}
