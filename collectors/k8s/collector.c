/* collector.c: the contract of model/collector.h, for Kubernetes. */
#include "base/json.h"
#include "k8s/cluster.h"
#include "k8s/embedded.h"
#include "k8s/k8s.h"

#include <stdio.h>
#include <stdlib.h>

static enum wgo_configured k8s_configured(const struct wgo_collector_env *env, char reason[256])
{
    return wgo_kubeconfig_found(env->getenv, reason) ? WGO_CONFIGURED : WGO_NOT_CONFIGURED;
}

static void init_cluster(struct wgo_k8s *k8s, struct wgo_kube_cluster *cluster,
                         const struct wgo_kube_context *context)
{
    cluster->collector = k8s;
    cluster->context = context;
    wgo_kube_credentials_init(&cluster->credentials, context, k8s->services);
    wgo_lock_init(&cluster->lock);
}

static enum wgo_status check_context(const struct wgo_k8s *k8s,
                                     const struct wgo_kube_context *context,
                                     struct wgo_error *err)
{
    if (context->unsupported_auth && !context->token && !context->exec && !context->cert_file &&
        !context->cert_pem) {
        enum wgo_status status =
            wgo_fail(err, WGO_E_CONFIG,
                     "kubeconfig %s: user \"%s\" uses auth-provider \"%s\", which Kubernetes "
                     "removed",
                     context->file, context->user_name, context->unsupported_auth);
        wgo_error_hint(err, "let your cloud's CLI write the kubeconfig anew, with an exec plugin");
        return status;
    }
    if (context->insecure) {
        k8s->services->warn(k8s->services->engine,
                            "context %s: the server's certificate is not verified "
                            "(insecure-skip-tls-verify in the kubeconfig)",
                            context->name);
    }
    return WGO_OK;
}

static void k8s_close(void *self)
{
    struct wgo_k8s *k8s = self;
    if (!k8s) {
        return;
    }
    for (size_t i = 0; i < k8s->cluster_count; i++) {
        struct wgo_kube_cluster *cluster = &k8s->clusters[i];
        wgo_kube_credentials_fini(&cluster->credentials);
        wgo_lock_acquire(&cluster->lock);
        wgo_arena_fini(&cluster->synced.arena);
        wgo_lock_release(&cluster->lock);
        wgo_lock_fini(&cluster->lock);
    }
    wgo_arena_fini(&k8s->arena);
    free(k8s);
}

static enum wgo_status load_all(struct wgo_k8s *k8s, const struct wgo_collector_env *env,
                                struct wgo_error *err)
{
    struct wgo_kubeconfig config;
    struct wgo_kube_context *contexts = NULL;
    size_t count = 0;
    enum wgo_status status = wgo_kube_types_load(&k8s->arena, &k8s->types, err);
    if (status == WGO_OK) {
        status = wgo_kubeconfig_load(&k8s->arena, env->getenv, &config, err);
    }
    if (status == WGO_OK) {
        status = wgo_kubeconfig_select(&k8s->arena, &config, &env->options->contexts, &contexts,
                                       &count, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    k8s->clusters = WGO_NEW_ARRAY(&k8s->arena, struct wgo_kube_cluster, count + 1);
    if (!k8s->clusters) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count && status == WGO_OK; i++) {
        status = check_context(k8s, &contexts[i], err);
        if (status == WGO_OK) {
            init_cluster(k8s, &k8s->clusters[k8s->cluster_count++], &contexts[i]);
        }
    }
    return status;
}

static enum wgo_status k8s_open(const struct wgo_collector_env *env, void **out_self,
                                struct wgo_error *err)
{
    struct wgo_k8s *k8s = calloc(1, sizeof(*k8s));
    if (!k8s) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    k8s->options = env->options;
    k8s->services = env->services;
    enum wgo_status status = load_all(k8s, env, err);
    if (status != WGO_OK) {
        k8s_close(k8s);
        return status;
    }
    *out_self = k8s;
    return WGO_OK;
}

/* The first three questions to every cluster, all at once. */
static enum wgo_status k8s_plan(void *self, struct wgo_emitter *emitter, struct wgo_error *err)
{
    static const struct {
        const char *entry, *base;
    } FIRST[] = {{"cluster", ""}, {"discovery", "api"}, {"discovery", "apis"}};
    struct wgo_k8s *k8s = self;
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < k8s->cluster_count && status == WGO_OK; i++) {
        struct wgo_kube_cluster *cluster = &k8s->clusters[i];
        wgo_kube_more_steps(cluster, WGO_COUNT(FIRST));
        for (size_t k = 0; k < WGO_COUNT(FIRST) && status == WGO_OK; k++) {
            struct wgo_task task;
            wgo_kube_task(cluster, FIRST[k].entry, &task);
            wgo_task_set(&task, WGO_STR("base"), wgo_str(FIRST[k].base));
            status = emitter->task(emitter, &task, err);
        }
    }
    return status;
}

static enum wgo_status k8s_prepare(void *self, const struct wgo_task *task,
                                   struct wgo_arena *arena, struct wgo_request *request,
                                   struct wgo_error *err)
{
    struct wgo_kube_cluster *cluster = wgo_kube_cluster_of(self, task);
    if (!cluster) {
        return wgo_fail(err, WGO_E_INTERNAL, "a task without its context");
    }
    return wgo_kube_credentials_apply(&cluster->credentials, arena, request, err);
}

static struct wgo_str k8s_stale(void *self, const struct wgo_task *task, bool refused)
{
    struct wgo_kube_cluster *cluster = wgo_kube_cluster_of(self, task);
    return cluster && wgo_kube_credentials_stale(&cluster->credentials, refused)
               ? wgo_str(cluster->context->name)
               : (struct wgo_str){0};
}

static enum wgo_status k8s_refresh(void *self, struct wgo_str key, struct wgo_error *err)
{
    struct wgo_k8s *k8s = self;
    for (size_t i = 0; i < k8s->cluster_count; i++) {
        if (wgo_str_is(key, k8s->clusters[i].context->name)) {
            return wgo_kube_credentials_refresh(&k8s->clusters[i].credentials, err);
        }
    }
    return wgo_fail(err, WGO_E_INTERNAL, "credentials of an unknown context");
}

/* ---- errors ---- */

static void hint(struct wgo_verdict *verdict, const char *text)
{
    snprintf(verdict->hint, sizeof(verdict->hint), "%s", text);
}

/* The server's fresh token in a 410's Status, or nothing. */
static struct wgo_str fresh_token(const struct wgo_response *response)
{
    struct wgo_str body = wgo_buf_view(&response->body);
    if (wgo_json_check(body, NULL) != WGO_OK) {
        return (struct wgo_str){0};
    }
    struct wgo_str raw = wgo_json_get(body, WGO_STR("metadata.continue"));
    if (wgo_json_kind_of(raw) != WGO_JSON_STRING || raw.len < 2) {
        return (struct wgo_str){0};
    }
    /* Tokens are base64: no escapes, so the bytes between the quotes are the token. */
    return wgo_str_slice(raw, 1, raw.len - 1);
}

static void classify_forbidden(const struct wgo_task *task, struct wgo_verdict *out)
{
    bool step = wgo_str_is(task->entry, "cluster") || wgo_str_is(task->entry, "namespaces");
    bool cluster_wide = wgo_str_is(wgo_task_var(task, WGO_STR("namespaced")), "true") &&
                        wgo_task_var(task, WGO_STR("in")).len == 0;
    if (step || cluster_wide) {
        out->kind = WGO_VERDICT_FALLBACK;
    }
    hint(out, "ask for a role with the verb list on it; `kubectl auth can-i --list` shows what you "
              "have");
}

static void k8s_classify(void *self, const struct wgo_task *task,
                         const struct wgo_response *response, struct wgo_verdict *out)
{
    struct wgo_k8s *k8s = self;
    struct wgo_kube_cluster *cluster = wgo_kube_cluster_of(k8s, task);
    wgo_classify_http(response, wgo_clock_wall(k8s->services->clock), out);
    if (response->status != WGO_OK) {
        return;
    }
    switch (response->http_status) {
    case 401:
        if (cluster && wgo_kube_credentials_renewable(&cluster->credentials)) {
            out->kind = WGO_VERDICT_REFRESH;
        }
        out->status = WGO_E_AUTH;
        hint(out, "the server does not know these credentials; log in again, then try `kubectl "
                  "auth whoami`");
        break;
    case 403:
        classify_forbidden(task, out);
        break;
    case 404:
    case 405:
        if (wgo_str_is(task->entry, "cluster")) {
            out->kind = WGO_VERDICT_FALLBACK;
        } else {
            out->kind = WGO_VERDICT_FAILED;
            out->status = WGO_E_UNAVAILABLE;
        }
        break;
    case 400:
    case 410:
        if (task->token.len > 0) {
            out->kind = WGO_VERDICT_RESTART;
            out->status = WGO_E_EXPIRED;
            out->token = fresh_token(response);
        }
        break;
    case 503:
        if (out->kind == WGO_VERDICT_RETRY) {
            out->status = WGO_E_UNAVAILABLE;
            hint(out, "`kubectl get apiservices` shows aggregated APIs that are down");
        }
        break;
    default:
        break;
    }
}

/* ---- pages ---- */

typedef enum wgo_status decoder_fn(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                   struct wgo_emitter *emitter, struct wgo_error *err);

static const struct {
    const char *name;
    decoder_fn *decode;
} DECODERS[] = {
    {"cluster", wgo_kube_identity},   {"discovery", wgo_kube_discovery},
    {"group", wgo_kube_group},        {"namespaces", wgo_kube_namespaces},
    {"rules", wgo_kube_rules},        {"", wgo_kube_refused}, /* a list that was refused */
};

static enum wgo_status k8s_decode(void *self, struct wgo_str decoder, const struct wgo_page *page,
                                  struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_kube_cluster *cluster = wgo_kube_cluster_of(self, page->task);
    for (size_t i = 0; i < WGO_COUNT(DECODERS) && cluster; i++) {
        if (wgo_str_is(decoder, DECODERS[i].name)) {
            return DECODERS[i].decode(cluster, page, emitter, err);
        }
    }
    return wgo_fail(err, WGO_E_INTERNAL, "no decoder \"%.*s\"", WGO_FMT(decoder));
}

static enum wgo_status k8s_finish(void *self, struct wgo_str finisher, const struct wgo_task *task,
                                  struct wgo_str item, struct wgo_emitter *emitter,
                                  struct wgo_record *record, struct wgo_error *err)
{
    (void)finisher; /* there is one: owners */
    struct wgo_kube_cluster *cluster = wgo_kube_cluster_of(self, task);
    return wgo_kube_owners(cluster, task, item, emitter, record, err);
}

static enum wgo_status k8s_validate(void *self, const struct wgo_services *services,
                                    wgo_finding_fn *each, void *state, struct wgo_error *err)
{
    struct wgo_k8s *k8s = self;
    (void)services;
    enum wgo_status worst = WGO_OK;
    for (size_t i = 0; i < k8s->cluster_count; i++) {
        enum wgo_status status = wgo_kube_validate(&k8s->clusters[i], each, state, err);
        worst = status != WGO_OK ? status : worst;
    }
    return worst;
}

static void k8s_types(void (*each)(void *state, const char *type, const char *summary),
                      void *state)
{
    struct wgo_arena arena = {0};
    struct wgo_kube_types types;
    if (wgo_kube_types_load(&arena, &types, NULL) == WGO_OK) {
        for (size_t i = 0; i < types.count; i++) {
            struct wgo_str type = types.items[i].type.len ? types.items[i].type
                                                          : types.items[i].native;
            struct wgo_str summary =
                types.items[i].noise
                    ? wgo_str_format(&arena, "%.*s, only when asked for by name",
                                     WGO_FMT(types.items[i].native))
                    : types.items[i].native;
            each(state, wgo_str_cstr(&arena, type), wgo_str_cstr(&arena, summary));
        }
        each(state, "<group>/<Kind>", "every other kind the server lists, custom resources too");
    }
    wgo_arena_fini(&arena);
}

const struct wgo_collector_type wgo_kubernetes_collector = {
    .name = "kubernetes",
    .alias = "k8s",
    .summary = "Kubernetes clusters: everything their API servers list",
    .configured = k8s_configured,
    .open = k8s_open,
    .close = k8s_close,
    .catalogs = &wgo_k8s_kubernetes_yaml,
    .catalog_count = 1,
    .plan = k8s_plan,
    .prepare = k8s_prepare,
    .classify = k8s_classify,
    .decode = k8s_decode,
    .finish = k8s_finish,
    .stale = k8s_stale,
    .refresh = k8s_refresh,
    .validate = k8s_validate,
    .types = k8s_types,
};
