#include "terraform/terraform.h"

#include "terraform/backend.h"
#include "terraform/discover.h"
#include "terraform/embedded.h"
#include "terraform/inputs.h"
#include "terraform/session.h"

#include <stdio.h>
#include <stdlib.h>

struct terraform {
    struct wgo_provider_options options;
    const char *(*getenv)(const char *name);
    struct wgo_auth_registry *auth;
    struct wgo_tf_identities *identities;
    struct wgo_tf_inputs inputs;
    struct wgo_arena arena;
};

static enum wgo_configured terraform_configured(const struct wgo_collector_env *env,
                                                char reason[256])
{
    return wgo_tf_inputs_any(env, reason) ? WGO_CONFIGURED : WGO_NOT_CONFIGURED;
}

static void terraform_close(void *self)
{
    struct terraform *terraform = self;
    if (terraform) {
        wgo_tf_identities_free(terraform->identities);
        wgo_arena_fini(&terraform->arena);
        free(terraform);
    }
}

static enum wgo_status terraform_open(const struct wgo_collector_env *env, void **out_self,
                                      struct wgo_error *err)
{
    struct terraform *made = calloc(1, sizeof(*made));
    if (!made) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    made->options = *env->options;
    made->getenv = env->getenv;
    made->auth = env->auth;
    enum wgo_status status = wgo_tf_identities_new(
        &wgo_terraform_identities_yaml, env->options->configuration, &made->identities, err);
    status =
        status == WGO_OK ? wgo_tf_inputs_gather(env, &made->arena, &made->inputs, err) : status;
    status = status == WGO_OK ? wgo_tf_backend_check(made->inputs.backends, err) : status;
    if (status != WGO_OK) {
        terraform_close(made);
        return status;
    }
    *out_self = made;
    return WGO_OK;
}

/* ---- finding the states ---- */

struct finding {
    struct terraform *terraform;
    struct wgo_tf_session *session;
    size_t found; /* states and backends, also those that were known already */
};

static enum wgo_status take_found(void *state, const char *path, enum wgo_tf_find what,
                                  struct wgo_error *err)
{
    struct finding *finding = state;
    const struct wgo_services *services = finding->session->services;
    if (services->cancelled(services->engine)) {
        return wgo_fail(err, WGO_E_CANCELLED, "stopped before the end");
    }
    finding->found++;
    if (what == WGO_TF_FIND_BACKEND) {
        return wgo_tf_backend_recorded(finding->session, finding->terraform->getenv, path, err);
    }
    return wgo_tf_session_file(finding->session, path, err);
}

static enum wgo_status take_unreadable(void *state, const char *path, const struct wgo_error *why,
                                       struct wgo_error *err)
{
    struct finding *finding = state;
    return wgo_tf_session_note(finding->session, wgo_str(path), WGO_TF_FAILED, why, err);
}

static enum wgo_status look_in_folder(struct finding *finding, const char *folder,
                                      struct wgo_error *err)
{
    const struct wgo_tf_discovery discovery = {
        .state = finding,
        .found = take_found,
        .unreadable = take_unreadable,
        .shallow = finding->terraform->inputs.found,
    };
    size_t before = finding->found;
    enum wgo_status status = wgo_tf_discover(&discovery, folder, err);
    if (status == WGO_OK && finding->found == before) {
        struct wgo_error why = {0};
        wgo_fail(&why, WGO_E_SKIPPED, "no Terraform state was found in this folder");
        status = wgo_tf_session_note(finding->session, wgo_str(folder), WGO_TF_LEFT_OUT, &why, err);
    }
    return status;
}

static enum wgo_status find_states(struct terraform *terraform, struct wgo_tf_session *session,
                                   struct wgo_error *err)
{
    struct finding finding = {.terraform = terraform, .session = session};
    const struct wgo_tf_inputs *inputs = &terraform->inputs;
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; status == WGO_OK && i < inputs->file_count; i++) {
        bool backend = wgo_tf_is_backend_path(wgo_str(inputs->files[i]));
        status = take_found(&finding, inputs->files[i],
                            backend ? WGO_TF_FIND_BACKEND : WGO_TF_FIND_STATE, err);
    }
    for (size_t i = 0; status == WGO_OK && i < inputs->folder_count; i++) {
        status = look_in_folder(&finding, inputs->folders[i], err);
    }
    const struct wgo_yaml *at = inputs->backends ? inputs->backends->first : NULL;
    for (; status == WGO_OK && at; at = at->next) {
        status = wgo_tf_backend_read(session, terraform->getenv, inputs->directory,
                                     wgo_yaml_text(at, "type"), at, err);
    }
    return status == WGO_OK ? wgo_tf_session_settle(session, err) : status;
}

static enum wgo_status terraform_collect(void *self, const struct wgo_services *services,
                                         struct wgo_error *err)
{
    struct terraform *terraform = self;
    struct wgo_tf_session session;
    wgo_tf_session_init(&session, services, &terraform->options, terraform->identities);
    session.auth = terraform->auth;
    enum wgo_status status = find_states(terraform, &session, err);
    if (status == WGO_OK) {
        status = wgo_tf_session_emit(&session, err);
    } else {
        wgo_tf_session_abandon(&session, status);
    }
    wgo_tf_session_fini(&session);
    return status;
}

/* ---- validate ---- */

static void describe(const struct wgo_tf_state *state, struct wgo_finding *out)
{
    static const char *const formats[] = {
        [WGO_TF_V4] = "version 4", [WGO_TF_V3] = "version 3", [WGO_TF_SHOW] = "terraform show"};
    const struct wgo_tf_survey *survey = &state->survey;
    struct wgo_str lineage = survey->lineage.len ? survey->lineage : WGO_STR("none");
    out->status = WGO_OK;
    snprintf(out->detail, sizeof(out->detail),
             "%s, lineage %.*s, serial %llu, written by Terraform %.*s, %lld resources, %lld data "
             "sources",
             formats[survey->format], WGO_FMT(wgo_str_slice(lineage, 0, 80)),
             (unsigned long long)survey->serial,
             WGO_FMT(survey->terraform_version.len ? wgo_str_slice(survey->terraform_version, 0, 40)
                                                   : WGO_STR("?")),
             (long long)survey->managed, (long long)survey->data);
}

static void give_finding(const struct wgo_tf_state *state, wgo_finding_fn *each, void *each_state)
{
    struct wgo_finding finding = {.status = WGO_OK};
    struct wgo_str end = state->location; /* the end of a long path says more */
    if (end.len > 140) {
        end = wgo_str_slice(end, end.len - 140, end.len);
    }
    snprintf(finding.subject, sizeof(finding.subject), "state %.*s", WGO_FMT(end));
    if (state->fate == WGO_TF_COUNTS) {
        describe(state, &finding);
    } else {
        finding.status = state->fate == WGO_TF_FAILED ? state->error.status : WGO_OK;
        snprintf(finding.detail, sizeof(finding.detail), "%.500s", state->error.message);
        snprintf(finding.hint, sizeof(finding.hint), "%.300s", state->error.hint);
    }
    each(each_state, &finding);
}

static void foresee_one(const char *what, const char *where, const char *more, wgo_finding_fn *each,
                        void *state)
{
    struct wgo_finding finding = {.status = WGO_OK};
    snprintf(finding.subject, sizeof(finding.subject), "%s %.140s", what, where);
    snprintf(finding.detail, sizeof(finding.detail), "%s", more);
    each(state, &finding);
}

/* Where states would be looked for; what is in them only reading tells. */
static enum wgo_status terraform_foresee(void *self, wgo_finding_fn *each, void *state,
                                         struct wgo_error *err)
{
    const struct terraform *terraform = self;
    const struct wgo_tf_inputs *inputs = &terraform->inputs;
    (void)err;
    for (size_t i = 0; i < inputs->file_count; i++) {
        foresee_one("state", inputs->files[i], "", each, state);
    }
    for (size_t i = 0; i < inputs->folder_count; i++) {
        foresee_one("folder", inputs->folders[i], "its states, and the backends it names", each,
                    state);
    }
    const struct wgo_yaml *at = inputs->backends ? inputs->backends->first : NULL;
    for (; at; at = at->next) {
        char type[64];
        snprintf(type, sizeof(type), "%.*s", WGO_FMT(wgo_yaml_text(at, "type")));
        foresee_one("backend", type, "its states are listed when it is read", each, state);
    }
    return WGO_OK;
}

static enum wgo_status terraform_validate(void *self, const struct wgo_services *services,
                                          wgo_finding_fn *each, void *state, struct wgo_error *err)
{
    struct terraform *terraform = self;
    struct wgo_tf_session session;
    wgo_tf_session_init(&session, services, &terraform->options, terraform->identities);
    session.auth = terraform->auth;
    enum wgo_status status = find_states(terraform, &session, err);
    for (size_t i = 0; status == WGO_OK && i < session.count; i++) {
        give_finding(&session.states[i], each, state);
    }
    wgo_tf_session_fini(&session);
    return status;
}

static void terraform_types(void (*each)(void *state, const char *type, const char *summary),
                            void *state)
{
    each(state, "<type>", "every managed resource of a state, by Terraform's name for its type");
}

const struct wgo_collector_type wgo_terraform_collector = {
    .name = "terraform",
    .summary = "Terraform and OpenTofu states: files, folders and backends",
    .configured = terraform_configured,
    .open = terraform_open,
    .close = terraform_close,
    .collect = terraform_collect,
    .foresee = terraform_foresee,
    .validate = terraform_validate,
    .types = terraform_types,
};
