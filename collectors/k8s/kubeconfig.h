/* kubeconfig.h: kubeconfig files, found and merged as kubectl does.
 *
 * $KUBECONFIG (several files: the first that names a context, cluster or user, or sets the current
 * context, wins; missing ones are passed over) or ~/.kube/config; where those say nothing, the
 * service account of the pod we run in. Relative paths in a file are relative to that file.
 * Source: kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig.
 *
 * Ownership: everything lives in the arena given. Threads: one.
 * Failure:   CONFIG with file, line and a hint. */
#ifndef WGO_K8S_KUBECONFIG_H
#define WGO_K8S_KUBECONFIG_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "model/collector.h"

/* A program that prints credentials (client.authentication.k8s.io). */
struct wgo_exec_plugin {
    const char **argv; /* NULL-terminated; argv[0] is the command */
    const char **env;  /* "NAME=value", NULL-terminated */
    size_t env_count;
    const char *api_version;
    const char *install_hint;
    bool provide_cluster_info, interactive_always;
};

/* A header that says on whose behalf we ask. */
struct wgo_impersonation {
    struct wgo_str name, value;
};

/* Strings are NUL-terminated or NULL. PEM members hold decoded data. */
struct wgo_kube_context {
    const char *name, *cluster_name, *user_name;
    const char *default_namespace;
    const char *file; /* where the context was found */
    /* cluster */
    const char *server;       /* scheme and host, no slash at the end */
    const char *server_shown; /* the same without a password */
    const char *ca_file, *ca_pem;
    const char *tls_server_name, *proxy_url;
    const char *exec_config; /* JSON: the cluster's own words to exec plugins, or NULL */
    bool insecure;
    bool in_the_clear; /* plain http to another machine: no credentials go there */
    bool withheld;     /* there were some */
    /* user */
    const char *cert_file, *cert_pem, *key_file, *key_pem;
    const char *token, *token_file; /* the file's content goes before the token */
    const char *basic_user, *basic_password;
    struct wgo_impersonation *impersonation;
    size_t impersonation_count;
    struct wgo_exec_plugin *exec;
    const char *unsupported_auth; /* an auth-provider that we cannot ask */
};

struct wgo_kube_file {
    const char *name;
    const struct wgo_yaml *root; /* a map of the right shape, or null */
    struct wgo_kube_file *next;
};

struct wgo_kubeconfig {
    struct wgo_kube_file *files, **tail; /* those that exist, first one first */
    const char *current_context;         /* or NULL */
    const struct wgo_kube_file *current_file;
    unsigned current_line;
    bool in_cluster;                         /* the files say nothing and we are in a pod */
    const char *service_host, *service_port; /* of the cluster we run in */
    const char *service_account;             /* folder with token, ca.crt and namespace */
};

/* Where configuration would come from, without reading it: true and a short text, or false and what
 * was looked for. */
bool wgo_kubeconfig_found(const char *(*getenv_fn)(const char *), char reason[256]);
WGO_NODISCARD enum wgo_status wgo_kubeconfig_load(struct wgo_arena *arena,
                                                  const char *(*getenv_fn)(const char *),
                                                  struct wgo_kubeconfig *out,
                                                  struct wgo_error *err);
/* One more file, after those that are there; 'config' begins zeroed. 'name' must stay. */
WGO_NODISCARD enum wgo_status wgo_kubeconfig_add(struct wgo_arena *arena, const char *name,
                                                 struct wgo_str bytes,
                                                 struct wgo_kubeconfig *config,
                                                 struct wgo_error *err);
/* The contexts that the patterns choose ("all" and globs; none = the current one), sorted by name.
 * A pattern that chooses nothing is CONFIG and hints at what there is. */
WGO_NODISCARD enum wgo_status wgo_kubeconfig_select(struct wgo_arena *arena,
                                                    const struct wgo_kubeconfig *config,
                                                    const struct wgo_str_list *patterns,
                                                    struct wgo_kube_context **out_contexts,
                                                    size_t *out_count, struct wgo_error *err);

#endif
