/* session_emit.c: the second pass, and one row for each state. */
#include "terraform/record.h"
#include "terraform/session.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct emission {
    struct wgo_tf_recorder recorder;
    const struct wgo_tf_source *source;
    struct wgo_error problem; /* the first one */
    unsigned problems;
};

static void take_problem(void *state, const struct wgo_tf_place *place, const char *text)
{
    struct emission *emission = state;
    char where[64];
    if (emission->problems++ == 0) {
        wgo_tf_place_format(emission->source, place, where, sizeof(where));
        wgo_fail(&emission->problem, WGO_E_PARSE, "%s: %s", where, text);
    }
}

static enum wgo_status take_instance(void *state, const struct wgo_tf_instance *instance,
                                     struct wgo_error *err)
{
    struct emission *emission = state;
    return wgo_tf_record_instance(&emission->recorder, instance, err);
}

static void add_row(struct wgo_tf_session *session, const struct wgo_tf_state *state, int64_t count,
                    bool inconsistent)
{
    const struct wgo_row row = {
        .provider = WGO_STR("terraform"),
        .account = state->location,
        .type = WGO_STR("*"),
        .seen =
            wgo_status_seen(state->fate == WGO_TF_LEFT_OUT ? WGO_E_SKIPPED : state->error.status),
        .count = count,
        .inconsistent = inconsistent,
        .error = wgo_str(state->error.message),
        .hint = wgo_str(state->error.hint),
    };
    wgo_rows_add(session->services->rows, &row);
}

/* A row and, when it is a failure, a report. */
static void close_state(struct wgo_tf_session *session, struct wgo_tf_state *state, int64_t count,
                        bool inconsistent)
{
    if (state->fate == WGO_TF_FAILED && state->error.status != WGO_E_CANCELLED) {
        char scope[sizeof(state->error.scope)];
        struct wgo_str cut = wgo_str_slice(state->location, 0, sizeof(scope) - 1);
        memcpy(scope, cut.ptr, cut.len);
        scope[cut.len] = '\0';
        wgo_error_at(&state->error, "terraform", scope, NULL);
        session->services->report(session->services->engine, &state->error);
    }
    add_row(session, state, count, inconsistent);
}

static bool same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* The file of 'state' again, if it is still the one that was surveyed; -1 otherwise. */
static int open_again(struct wgo_tf_state *state)
{
    struct stat now;
    int fd = open(state->path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) {
        char text[128];
        wgo_fail(&state->error, WGO_E_IO, "cannot open: %s", strerror_r(errno, text, sizeof(text)));
    } else if (fstat(fd, &now) != 0 || !same_file(&now, &state->seen)) {
        wgo_fail(&state->error, WGO_E_IO, "the file changed while it was read");
        wgo_error_hint(&state->error, "scan again when no Terraform run is writing it");
        close(fd);
        fd = -1;
    }
    return fd;
}

static bool changed_meanwhile(int fd, const struct wgo_tf_state *state)
{
    struct stat now;
    return fd >= 0 && (fstat(fd, &now) != 0 || !same_file(&now, &state->seen));
}

static enum wgo_status emit_state(struct wgo_tf_session *session, struct wgo_tf_state *state,
                                  struct wgo_error *err)
{
    int fd = -1;
    if (state->path) {
        fd = open_again(state);
        if (fd < 0) {
            state->fate = WGO_TF_FAILED;
            close_state(session, state, 0, false);
            return WGO_OK;
        }
        state->source.fd = fd;
    }
    struct emission emission = {.source = &state->source};
    const struct wgo_tf_recorder_options options = {
        .services = session->services,
        .identities = session->identities,
        .resource_types =
            session->options->resource_types.count ? &session->options->resource_types : NULL,
        .survey = &state->survey,
        .source = &state->source,
        .lineage = state->lineage,
        .location = state->location,
        .backend = state->backend,
        .data_sources = session->options->include_data_sources,
    };
    const struct wgo_tf_visitor visitor = {
        .state = &emission, .instance = take_instance, .problem = take_problem};
    wgo_tf_recorder_init(&emission.recorder, &options);
    struct wgo_error why = {0};
    enum wgo_status status = wgo_tf_recorder_learn(&emission.recorder, session->window, &why);
    if (status == WGO_OK) {
        status =
            wgo_tf_survey_read(&state->survey, &state->source, session->window, &visitor, &why);
    }
    bool changed = changed_meanwhile(fd, state);
    if (status != WGO_OK) {
        state->fate = WGO_TF_FAILED;
        state->error = why;
    } else if (emission.problems) {
        state->fate = WGO_TF_FAILED;
        state->error = emission.problem;
        if (emission.problems > 1) {
            wgo_error_hint(&state->error, "%u more like this were left out", emission.problems - 1);
        }
    }
    close_state(session, state, emission.recorder.emitted, changed);
    wgo_tf_recorder_fini(&emission.recorder);
    if (fd >= 0) {
        close(fd);
    }
    /* What is not this state's fault is nobody's to hide. */
    if (status == WGO_OK || status == WGO_E_PARSE || status == WGO_E_TOO_LARGE ||
        status == WGO_E_IO) {
        return WGO_OK;
    }
    if (err) {
        *err = why;
    }
    return status;
}

static void give_up(struct wgo_tf_session *session, struct wgo_tf_state *state,
                    enum wgo_status status)
{
    if (state->fate == WGO_TF_COUNTS) {
        state->fate = WGO_TF_FAILED;
        wgo_fail(&state->error, status, "not read: the scan ended before");
    }
    close_state(session, state, 0, false);
}

void wgo_tf_session_abandon(struct wgo_tf_session *session, enum wgo_status status)
{
    for (size_t i = 0; i < session->count; i++) {
        give_up(session, &session->states[i], status);
    }
}

enum wgo_status wgo_tf_session_emit(struct wgo_tf_session *session, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < session->count; i++) {
        struct wgo_tf_state *state = &session->states[i];
        if (status == WGO_OK && state->fate == WGO_TF_COUNTS) {
            status = emit_state(session, state, err);
        } else {
            give_up(session, state, status);
        }
        wgo_tf_survey_fini(&state->survey);
    }
    return status;
}
