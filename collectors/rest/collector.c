/* collector.c: the contract of model/collector.h, for APIs that users describe. */
#include "rest/session.h"

#include <stdio.h>

static enum wgo_configured rest_configured(const struct wgo_collector_env *env, char reason[256])
{
    const struct wgo_rest *rest = (const struct wgo_rest *)env->type;
    unsigned found = 0;
    for (unsigned i = rest->auth.key_count; i-- > 0;) { /* of several reasons the first is said */
        const struct wgo_rest_key *key = &rest->auth.keys[i];
        found += wgo_rest_value_found(&key->user, env->getenv, reason, 256) &&
                 wgo_rest_value_found(&key->secret, env->getenv, reason, 256);
    }
    for (unsigned i = 0; i < rest->header_count && found > 0; i++) {
        if (!wgo_rest_value_found(&rest->header_values[i], env->getenv, reason, 256)) {
            found = 0;
        }
    }
    if (found == 0) {
        return WGO_NOT_CONFIGURED;
    }
    bool several = rest->auth.key_count > 1;
    snprintf(reason, 256, "%.100s: %.*s", rest->file.name, WGO_FMT(rest->bases[0].url));
    size_t len = strlen(reason);
    if (rest->base_count > 1) {
        len += (size_t)snprintf(reason + len, 256 - len, " and %u more", rest->base_count - 1);
    }
    if (found < rest->auth.key_count && len < 256) {
        snprintf(reason + len, 256 - len, ", %u of %u keys", found, rest->auth.key_count);
    } else if (several && len < 256) {
        snprintf(reason + len, 256 - len, ", %u keys", rest->auth.key_count);
    }
    return WGO_CONFIGURED;
}

static enum wgo_status rest_open(const struct wgo_collector_env *env, void **out_self,
                                 struct wgo_error *err)
{
    struct wgo_rest_session *session = NULL;
    enum wgo_status status = wgo_rest_open(env, &session, err);
    if (status == WGO_OK) {
        *out_self = session;
    }
    return status;
}

static void rest_close(void *self)
{
    wgo_rest_close(self);
}

static bool rest_whose(void *self, const struct wgo_task *task, uint64_t *out)
{
    (void)task;
    return wgo_rest_whose(self, out);
}

static enum wgo_status rest_plan(void *self, struct wgo_emitter *emitter, struct wgo_error *err)
{
    const struct wgo_rest_session *session = self;
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < session->rest->scope_count && status == WGO_OK; i++) {
        status = emitter->scope(emitter, &session->rest->scopes[i], err);
    }
    return status;
}

static enum wgo_status rest_prepare(void *self, const struct wgo_task *task,
                                    struct wgo_arena *arena, struct wgo_request *request,
                                    struct wgo_error *err)
{
    return wgo_rest_prepare(self, task, arena, request, err);
}

static void rest_classify(void *self, const struct wgo_task *task,
                          const struct wgo_response *response, struct wgo_verdict *out)
{
    wgo_rest_classify(self, task, response, out);
}

static struct wgo_str rest_stale(void *self, const struct wgo_task *task, bool refused)
{
    (void)task;
    (void)refused; /* by which key is noted already */
    return wgo_rest_stale(self) ? WGO_STR("credentials") : (struct wgo_str){0};
}

static enum wgo_status rest_refresh(void *self, struct wgo_str key, struct wgo_error *err)
{
    (void)key;
    return wgo_rest_refresh(self, err);
}

static enum wgo_status rest_validate(void *self, const struct wgo_services *services,
                                     wgo_finding_fn *each, void *state, struct wgo_error *err)
{
    return wgo_rest_validate(self, services, each, state, err);
}

static unsigned rest_lanes(void *self)
{
    const struct wgo_rest *rest = ((const struct wgo_rest_session *)self)->rest;
    return rest->base_count * rest->auth.key_count;
}

static struct wgo_str rest_lane_var(void *self, unsigned lane, struct wgo_str name)
{
    const struct wgo_rest *rest = ((const struct wgo_rest_session *)self)->rest;
    if (wgo_str_is(name, "base")) {
        return rest->bases[lane / rest->auth.key_count].name;
    }
    if (wgo_str_is(name, "key")) {
        return rest->auth.keys[lane % rest->auth.key_count].name;
    }
    return (struct wgo_str){0};
}

static bool rest_lane_usable(void *self, unsigned lane)
{
    struct wgo_rest_session *session = self;
    return wgo_rest_usable(session, lane % session->rest->auth.key_count, NULL);
}

const struct wgo_collector_type wgo_rest_callbacks = {
    .configured = rest_configured,
    .open = rest_open,
    .close = rest_close,
    .whose = rest_whose,
    .plan = rest_plan,
    .prepare = rest_prepare,
    .lanes = rest_lanes,
    .lane_var = rest_lane_var,
    .lane_usable = rest_lane_usable,
    .classify = rest_classify,
    .stale = rest_stale,
    .refresh = rest_refresh,
    .validate = rest_validate,
    .permissions = wgo_rest_permissions,
};
