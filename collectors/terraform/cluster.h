/* cluster.h: how the kubernetes backend reaches its cluster.
 *
 * Settings as Terraform's backend has them, each with the environment variable Terraform reads:
 * host, token, username, password, client_certificate, client_key, cluster_ca_certificate,
 * insecure, proxy_url; else in_cluster_config; else a kubeconfig: config_path [KUBE_CONFIG_PATH],
 * the first of config_paths [KUBE_CONFIG_PATHS] or ~/.kube/config, and config_context,
 * config_context_cluster, config_context_auth_info. Of a kubeconfig only what is written in it is
 * read: tokens, token files, certificates, passwords. Plugins (exec, auth-provider) are not run
 * for a backend.
 *
 * Ownership: strings live in the backend's arena.
 * Threads:   one at a time.
 * Failure:   WGO_E_CONFIG, WGO_E_NOT_FOUND, WGO_E_UNSUPPORTED for credentials that need a plugin.
 */
#ifndef WGO_TERRAFORM_CLUSTER_H
#define WGO_TERRAFORM_CLUSTER_H

#include "terraform/backend.h"

struct wgo_tf_cluster {
    struct wgo_str server; /* without a slash at its end */
    struct wgo_str bearer; /* "Bearer TOKEN", or empty */
    struct wgo_endpoint endpoint;
};

WGO_NODISCARD enum wgo_status wgo_tf_cluster_find(struct wgo_tf_backend *backend,
                                                  struct wgo_tf_cluster *out_cluster,
                                                  struct wgo_error *err);

#endif
