/* kubeconfig.h: kubeconfig files, found and merged as kubectl does.
 *
 * $KUBECONFIG (several files, first mention of a name wins) or ~/.kube/config; without either, the
 * service account of the pod we run in. Relative paths in a file are relative to that file.
 * Source: kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig.
 *
 * Ownership: everything lives in the arena given. Threads: one. Failure: CONFIG with file, line and a hint. */
#ifndef WGO_K8S_KUBECONFIG_H
#define WGO_K8S_KUBECONFIG_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"
#include "model/collector.h"

struct wgo_exec_plugin {
    const char **argv; /* NULL-terminated; argv[0] is the command */
    const char **env;  /* "NAME=value", NULL-terminated */
    const char *api_version;
    const char *install_hint;
    bool provide_cluster_info, interactive_always;
};

/* Strings are NUL-terminated or NULL. PEM members hold decoded data. */
struct wgo_kube_context {
    const char *name, *cluster_name, *user_name;
    const char *default_namespace;
    const char *file; /* where the context was found */
    /* cluster */
    const char *server;
    const char *ca_file, *ca_pem;
    const char *tls_server_name, *proxy_url;
    bool insecure;
    /* user */
    const char *cert_file, *cert_pem, *key_file, *key_pem;
    const char *token, *token_file;
    const char *basic_user, *basic_password;
    const char *impersonate_user, *impersonate_uid;
    const char **impersonate_groups; /* NULL-terminated, or NULL */
    struct wgo_exec_plugin *exec;
    const char *unsupported_auth; /* an auth-provider kubectl itself no longer knows */
};

struct wgo_kubeconfig {
    const struct wgo_yaml **roots; /* one per file that exists */
    const char **files;
    size_t file_count;
    const char *current_context; /* or NULL */
    bool in_cluster;
    const char *service_host, *service_port; /* of the cluster we run in */
};

/* Where configuration would come from, without reading it: true and a short text, or false and what was looked for. */
bool wgo_kubeconfig_found(const char *(*getenv_fn)(const char *), char reason[256]);
WGO_NODISCARD enum wgo_status wgo_kubeconfig_load(struct wgo_arena *arena,
                                                  const char *(*getenv_fn)(const char *),
                                                  struct wgo_kubeconfig *out,
                                                  struct wgo_error *err);
/* The contexts that the patterns choose ("all" and globs; none = the current one), sorted by name.
 * A pattern that chooses nothing is NOT_FOUND and lists what there is. */
WGO_NODISCARD enum wgo_status wgo_kubeconfig_select(struct wgo_arena *arena,
                                                    const struct wgo_kubeconfig *config,
                                                    const struct wgo_str_list *patterns,
                                                    struct wgo_kube_context **out_contexts,
                                                    size_t *out_count, struct wgo_error *err);

#endif
