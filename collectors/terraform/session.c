#include "terraform/session.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Guards the temporary folder against a small file that inflates without end. */
static const uint64_t most_inflated = UINT64_C(16) << 30;
/* As much as is fetched of a state. */
static const uint64_t most_piped = UINT64_C(4) << 30;

void wgo_tf_session_init(struct wgo_tf_session *session, const struct wgo_services *services,
                         const struct wgo_provider_options *options,
                         const struct wgo_tf_identities *identities)
{
    *session =
        (struct wgo_tf_session){.services = services, .options = options, .identities = identities};
    wgo_tf_spool_init(&session->spool);
    session->spool.cancelled = services->cancelled;
    session->spool.cancelled_state = services->engine;
}

void wgo_tf_session_fini(struct wgo_tf_session *session)
{
    if (!session) {
        return;
    }
    for (size_t i = 0; i < session->count; i++) {
        wgo_tf_survey_fini(&session->states[i].survey);
    }
    free(session->states);
    wgo_tf_spool_fini(&session->spool);
    wgo_arena_fini(&session->arena);
}

static enum wgo_status fail_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

/* A new state, or NULL when memory is out. */
static struct wgo_tf_state *add(struct wgo_tf_session *session, struct wgo_str backend,
                                struct wgo_str location, struct wgo_str home)
{
    if (session->count == session->cap) {
        size_t cap = session->cap ? session->cap * 2 : 16;
        struct wgo_tf_state *states = realloc(session->states, cap * sizeof(*states));
        if (!states) {
            return NULL;
        }
        session->states = states;
        session->cap = cap;
    }
    struct wgo_tf_state *state = &session->states[session->count];
    *state = (struct wgo_tf_state){
        .location = wgo_str_dup(&session->arena, location),
        .backend = wgo_str_dup(&session->arena, backend),
        .home = wgo_str_dup(&session->arena, home),
    };
    if (!state->location.ptr || !state->backend.ptr || !state->home.ptr) {
        return NULL;
    }
    session->count++;
    return state;
}

/* Takes a failure as the state's own fate; memory is everybody's, and the end of the scan. */
static enum wgo_status settle_failure(struct wgo_tf_state *state, enum wgo_status status,
                                      const struct wgo_error *why, struct wgo_error *err)
{
    if (status == WGO_OK) {
        return WGO_OK;
    }
    if (status == WGO_E_NOMEM || status == WGO_E_NO_SPACE || status == WGO_E_CANCELLED) {
        if (err) {
            *err = *why;
        }
        return status;
    }
    state->fate = WGO_TF_FAILED;
    state->error = *why;
    return WGO_OK;
}

static enum wgo_status survey(struct wgo_tf_session *session, struct wgo_tf_state *state,
                              struct wgo_error *err)
{
    if (wgo_tf_source_is_gzip(&state->source)) {
        struct wgo_tf_source inflated;
        enum wgo_status status =
            wgo_tf_spool_inflate(&session->spool, &state->source, most_inflated, &inflated, err);
        if (status != WGO_OK) {
            return status;
        }
        state->source = inflated;
        state->path = NULL;
    }
    return wgo_tf_survey(&state->source, session->window, &session->arena, &state->survey, err);
}

enum wgo_status wgo_tf_session_spooled(struct wgo_tf_session *session, struct wgo_str backend,
                                       struct wgo_str location, uint64_t start,
                                       struct wgo_error *err)
{
    struct wgo_error why = {0};
    struct wgo_tf_state *state = add(session, backend, location, location);
    if (!state) {
        return fail_memory(err);
    }
    state->source = wgo_tf_spool_since(&session->spool, start);
    return settle_failure(state, survey(session, state, &why), &why, err);
}

enum wgo_status wgo_tf_session_note(struct wgo_tf_session *session, struct wgo_str location,
                                    enum wgo_tf_fate fate, const struct wgo_error *why,
                                    struct wgo_error *err)
{
    struct wgo_tf_state *state = add(session, WGO_STR(""), location, location);
    if (!state) {
        return fail_memory(err);
    }
    state->fate = fate;
    state->error = *why;
    return WGO_OK;
}

/* ---- files ---- */

static enum wgo_status fail_errno(struct wgo_error *err, const char *doing)
{
    char text[128];
    enum wgo_status status = errno == ENOENT || errno == ENOTDIR ? WGO_E_NOT_FOUND
                             : errno == EACCES || errno == EPERM ? WGO_E_DENIED
                                                                 : WGO_E_IO;
    return wgo_fail(err, status, "cannot %s: %s", doing, strerror_r(errno, text, sizeof(text)));
}

static bool have_seen(const struct wgo_tf_session *session, struct wgo_str location)
{
    for (size_t i = 0; i < session->count; i++) {
        if (wgo_str_eq(session->states[i].location, location)) {
            return true;
        }
    }
    return false;
}

static enum wgo_status survey_fd(struct wgo_tf_session *session, struct wgo_tf_state *state, int fd,
                                 struct wgo_error *err)
{
    if (fstat(fd, &state->seen) != 0) {
        return fail_errno(err, "read");
    }
    if (S_ISDIR(state->seen.st_mode)) {
        return wgo_fail(err, WGO_E_CONFIG, "is a folder, not a file");
    }
    if (S_ISCHR(state->seen.st_mode) || S_ISBLK(state->seen.st_mode)) {
        return wgo_fail(err, WGO_E_CONFIG, "is a device, not a file");
    }
    if (!S_ISREG(state->seen.st_mode)) {
        state->path = NULL;
        enum wgo_status status =
            wgo_tf_spool_drain(&session->spool, fd, most_piped, &state->source, err);
        return status == WGO_OK ? survey(session, state, err) : status;
    }
    state->source = (struct wgo_tf_source){.fd = fd, .size = (uint64_t)state->seen.st_size};
    return survey(session, state, err);
}

enum wgo_status wgo_tf_session_file(struct wgo_tf_session *session, const char *path,
                                    struct wgo_error *err)
{
    bool standard_input = strcmp(path, "-") == 0;
    char real[PATH_MAX];
    const char *location = standard_input ? "stdin" : realpath(path, real) ? real : path;
    const char *slash = strrchr(location, '/');
    struct wgo_str home = {location, slash ? (size_t)(slash - location) : strlen(location)};
    struct wgo_error why = {0};
    if (have_seen(session, wgo_str(location))) {
        return WGO_OK;
    }
    struct wgo_tf_state *state = add(session, WGO_STR("local"), wgo_str(location), home);
    if (!state || !(state->path = wgo_str_cstr(&session->arena, wgo_str(location)))) {
        return fail_memory(err);
    }
    /* A pipe is opened by the name it was given, and waited for while it is read. */
    int fd = standard_input ? STDIN_FILENO
                            : open(location == real && access(real, F_OK) == 0 ? real : path,
                                   O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    enum wgo_status status =
        fd < 0 ? fail_errno(&why, "open") : survey_fd(session, state, fd, &why);
    if (fd >= 0 && !standard_input) {
        close(fd);
    }
    if (status == WGO_E_PARSE) {
        wgo_error_hint(&why,
                       "the file is damaged, or still being written; Terraform keeps the state "
                       "before it in a .backup beside it");
    }
    return settle_failure(state, status, &why, err);
}
