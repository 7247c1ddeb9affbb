/* collector.c: the contract of model/collector.h, for Kubernetes. */
#include "base/json.h"
#include "k8s/cluster.h"
#include "k8s/embedded.h"
#include "k8s/k8s.h"

#include <stdio.h>
#include <stdlib.h>

/* ---- opening ---- */

static enum wgo_configured k8s_configured(const struct wgo_collector_env *env, char reason[256])
{
    return wgo_kubeconfig_found(env->getenv, reason) ? WGO_CONFIGURED : WGO_NOT_CONFIGURED;
}

/* What in a context is worth a word, or keeps it from being used at all. */
static enum wgo_status check_context(const struct wgo_services *services,
                                     const struct wgo_kube_context *context, struct wgo_error *err)
{
    if (context->unsupported_auth) {
        bool oidc = strcmp(context->unsupported_auth, "oidc") == 0;
        wgo_fail(err, WGO_E_CONFIG, "kubeconfig %s: user \"%.100s\": auth-provider \"%.40s\" %s",
                 context->file, context->user_name, context->unsupported_auth,
                 oidc ? "holds no id-token" : "was removed from Kubernetes");
        wgo_error_hint(err, "%s",
                       oidc
                           ? "log in again; a plugin such as kubelogin renews tokens by itself"
                           : "let your cloud's CLI write the kubeconfig anew, with an exec plugin");
        return WGO_E_CONFIG;
    }
    if (context->insecure) {
        services->warn(services->engine,
                       "context %s: the server's certificate is not verified "
                       "(insecure-skip-tls-verify in the kubeconfig)",
                       context->name);
    }
    if (context->withheld) {
        services->warn(services->engine,
                       "context %s: %s is plain http: no credentials are sent there", context->name,
                       context->server_shown);
    }
    return WGO_OK;
}

/* A label (RFC 1123). Anything else would be another path on the server, or nothing. */
static bool is_namespace(struct wgo_str name)
{
    bool good = name.len > 0 && name.len <= 63;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                        (c == '-' && i > 0 && i + 1 < name.len));
    }
    return good;
}

static enum wgo_status check_options(const struct wgo_provider_options *options,
                                     int64_t *out_exec_timeout_ns, struct wgo_error *err)
{
    const struct wgo_yaml *timeout = wgo_yaml_get(options->settings, "exec_timeout");
    for (size_t i = 0; i < options->namespaces.count; i++) {
        if (!is_namespace(options->namespaces.items[i])) {
            wgo_fail(err, WGO_E_CONFIG, "\"%.*s\" is no name of a namespace",
                     WGO_FMT(wgo_str_slice(options->namespaces.items[i], 0, 100)));
            wgo_error_hint(err, "--namespace takes a name, not a pattern, and can be repeated");
            return WGO_E_CONFIG;
        }
    }
    if (timeout && timeout->kind != WGO_YAML_NULL &&
        (!wgo_str_to_duration(timeout->text, out_exec_timeout_ns) || *out_exec_timeout_ns <= 0)) {
        wgo_fail(err, WGO_E_CONFIG, "configuration: line %u: exec_timeout \"%.*s\" is no duration",
                 timeout->line, WGO_FMT(wgo_str_slice(timeout->text, 0, 40)));
        wgo_error_hint(err, "as in 60s or 2m");
        return WGO_E_CONFIG;
    }
    return WGO_OK;
}

static bool same_reach(const struct wgo_kube_context *a, const struct wgo_kube_context *b)
{
    const char *x = a->user_name ? a->user_name : "", *y = b->user_name ? b->user_name : "";
    return strcmp(a->cluster_name, b->cluster_name) == 0 && strcmp(x, y) == 0;
}

/* Contexts often differ in their namespace only: what they show is the same. */
static struct wgo_kube_cluster *twin_of(struct wgo_k8s *k8s, const struct wgo_kube_context *context)
{
    for (size_t i = 0; i < k8s->cluster_count; i++) {
        if (same_reach(k8s->clusters[i].context, context)) {
            return &k8s->clusters[i];
        }
    }
    return NULL;
}

static enum wgo_status add_context(struct wgo_k8s *k8s, const struct wgo_kube_context *context,
                                   int64_t exec_timeout_ns, struct wgo_error *err)
{
    struct wgo_kube_cluster *cluster = twin_of(k8s, context);
    if (cluster) {
        struct wgo_kube_twin *twin = WGO_NEW(&k8s->arena, struct wgo_kube_twin);
        if (!twin) {
            return wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
        *twin = (struct wgo_kube_twin){.context = context, .next = cluster->twins};
        cluster->twins = twin;
        return WGO_OK;
    }
    enum wgo_status status = check_context(k8s->services, context, err);
    if (status == WGO_OK) {
        cluster = &k8s->clusters[k8s->cluster_count++];
        cluster->collector = k8s;
        cluster->context = context;
        wgo_kube_credentials_init(&cluster->credentials, context, k8s->services, exec_timeout_ns);
        wgo_lock_init(&cluster->lock);
    }
    return status;
}

static enum wgo_status load_all(struct wgo_k8s *k8s, const struct wgo_collector_env *env,
                                struct wgo_error *err)
{
    struct wgo_kubeconfig config;
    struct wgo_kube_context *contexts = NULL;
    size_t count = 0;
    int64_t exec_timeout_ns = 0;
    enum wgo_status status = check_options(env->options, &exec_timeout_ns, err);
    if (status == WGO_OK) {
        status = wgo_kube_types_load(&k8s->arena, &k8s->types, err);
    }
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
        status = add_context(k8s, &contexts[i], exec_timeout_ns, err);
    }
    return status;
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

/* ---- working ---- */

static void say_twins(const struct wgo_kube_cluster *cluster, struct wgo_emitter *emitter)
{
    for (const struct wgo_kube_twin *at = cluster->twins; at; at = at->next) {
        struct wgo_row row = {.account = wgo_str(at->context->name),
                              .seen = WGO_SEEN_SKIPPED,
                              .error = wgo_str_format(emitter->arena,
                                                      "same cluster and user as context %s",
                                                      cluster->context->name)};
        emitter->row(emitter, &row);
    }
}

/* The first questions to every cluster, all at once; the last one where what is found is kept. */
static enum wgo_status k8s_plan(void *self, struct wgo_emitter *emitter, struct wgo_error *err)
{
    static const struct {
        const char *entry, *base;
    } FIRST[] = {{"cluster", ""}, {"discovery", "api"}, {"discovery", "apis"}, {"schemas", ""}};
    struct wgo_k8s *k8s = self;
    bool is_kept = k8s->services->begun(k8s->services->engine) > 0;
    unsigned questions = WGO_COUNT(FIRST) - !is_kept;
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < k8s->cluster_count && status == WGO_OK; i++) {
        struct wgo_kube_cluster *cluster = &k8s->clusters[i];
        say_twins(cluster, emitter);
        /* And one for what is asked ahead: lists that are queued before it would be asked twice. */
        wgo_kube_more_steps(cluster, questions + 1);
        for (size_t k = 0; k < questions && status == WGO_OK; k++) {
            struct wgo_task task;
            wgo_kube_task(cluster, FIRST[k].entry, &task);
            wgo_task_set(&task, WGO_STR("base"), wgo_str(FIRST[k].base));
            status = emitter->task(emitter, &task, err);
        }
        status = status == WGO_OK ? wgo_kube_ahead(cluster, emitter, err) : status;
        status = status == WGO_OK ? wgo_kube_step(cluster, emitter, err) : status;
    }
    return status;
}

static enum wgo_status k8s_prepare(void *self, const struct wgo_task *task, struct wgo_arena *arena,
                                   struct wgo_request *request, struct wgo_error *err)
{
    struct wgo_kube_cluster *cluster = wgo_kube_cluster_of(self, task);
    if (!cluster) {
        return wgo_fail(err, WGO_E_INTERNAL, "a task without its context");
    }
    return wgo_kube_credentials_apply(&cluster->credentials, arena, request, err);
}

/* Whether the last answer refused the credentials is known already: k8s_classify() noted it, and by
 * now somebody else may have renewed them. */
static struct wgo_str k8s_stale(void *self, const struct wgo_task *task, bool refused)
{
    (void)refused;
    struct wgo_kube_cluster *cluster = wgo_kube_cluster_of(self, task);
    return cluster && wgo_kube_credentials_stale(&cluster->credentials)
               ? wgo_str(cluster->context->name)
               : (struct wgo_str){0};
}

static bool k8s_whose(void *self, const struct wgo_task *task, uint64_t *out)
{
    struct wgo_kube_cluster *cluster = wgo_kube_cluster_of(self, task);
    return cluster && wgo_kube_credentials_whose(&cluster->credentials, out);
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

static void k8s_classify(void *self, const struct wgo_task *task,
                         const struct wgo_response *response, struct wgo_verdict *out)
{
    struct wgo_kube_cluster *cluster = wgo_kube_cluster_of(self, task);
    if (cluster) {
        wgo_kube_classify(cluster, task, response, out);
    }
}

typedef enum wgo_status decoder_fn(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                   struct wgo_emitter *emitter, struct wgo_error *err);

/* A list that was refused, or is of a moment that the server has forgotten. */
static enum wgo_status list_fell_back(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                      struct wgo_emitter *emitter, struct wgo_error *err)
{
    return page->response->http_status == 403 ? wgo_kube_refused(cluster, page, emitter, err)
                                              : wgo_kube_forgotten(cluster, page, emitter, err);
}

static enum wgo_status list_page(struct wgo_kube_cluster *cluster, const struct wgo_page *page,
                                 struct wgo_emitter *emitter, struct wgo_error *err)
{
    return page->fallback ? list_fell_back(cluster, page, emitter, err)
                          : wgo_kube_listed(cluster, page, emitter, err);
}

static const struct {
    const char *name;
    decoder_fn *decode;
} DECODERS[] = {
    {"cluster", wgo_kube_identity},
    {"discovery", wgo_kube_discovery},
    {"group", wgo_kube_group},
    {"namespaces", wgo_kube_namespaces},
    {"rules", wgo_kube_rules},
    {"schemas", wgo_kube_schemas},
    {WGO_KUBE_CHANGES, wgo_kube_changes},
    {"list", list_page},
    {"spaces", wgo_kube_spaces},
    {"watch", wgo_kube_watched},
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
                                  struct wgo_str references, struct wgo_emitter *emitter,
                                  struct wgo_record *record, struct wgo_error *err)
{
    (void)finisher; /* there is one: owners */
    struct wgo_kube_cluster *cluster = wgo_kube_cluster_of(self, task);
    return wgo_kube_owners(cluster, task, references, emitter, record, err);
}

/* ---- looking ---- */

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

static enum wgo_status k8s_foresee(void *self, wgo_finding_fn *each, void *state,
                                   struct wgo_error *err)
{
    (void)err;
    return wgo_kube_foresee(self, each, state);
}

static void k8s_types(void (*each)(void *state, const char *type, const char *summary), void *state)
{
    struct wgo_arena arena = {0};
    struct wgo_kube_types types;
    if (wgo_kube_types_load(&arena, &types, NULL) == WGO_OK) {
        for (size_t i = 0; i < types.count; i++) {
            struct wgo_str type =
                types.items[i].type.len ? types.items[i].type : types.items[i].native;
            struct wgo_str summary =
                types.items[i].noise ? wgo_str_format(&arena, "%.*s, only when asked for by name",
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
    .whose = k8s_whose,
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
    .foresee = k8s_foresee,
    .types = k8s_types,
};
