/* kube_exec.h: a kubeconfig's exec plugin: its description, its run, its answer. Private to k8s.
 *
 * Source: kubernetes.io/docs/reference/access-authn-authz/authentication, "client-go credential
 * plugins"; versions v1 and v1beta1 of client.authentication.k8s.io, which differ in nothing we
 * use.
 *
 * Ownership: the description lives in the reading's arena; the answer is the caller's, to be given
 *            back with wgo_kube_exec_fini().
 * Threads:   running blocks: a blocker's work.
 * Failure:   AUTH: there are no credentials to be had; CANCELLED. */
#ifndef WGO_K8S_KUBE_EXEC_H
#define WGO_K8S_KUBE_EXEC_H

#include "base/clock.h"
#include "base/secret.h"
#include "k8s/kube_reading.h"
#include "k8s/kubeconfig.h"

/* What a plugin said. */
struct wgo_exec_answer {
    struct wgo_secret token, cert_pem, key_pem;
    struct wgo_wall expires; /* ns 0 = never */
};

/* NULL when it is refused. */
struct wgo_exec_plugin *wgo_kube_exec_read(struct wgo_kube_reading *r, const struct wgo_yaml *exec);
/* The extension of a cluster that is meant for plugins, as JSON; NULL when there is none. */
const char *wgo_kube_exec_config(struct wgo_kube_reading *r, const struct wgo_yaml *extensions);
WGO_NODISCARD enum wgo_status
wgo_kube_exec_run(const struct wgo_kube_context *context, const struct wgo_services *services,
                  int64_t timeout_ns, struct wgo_exec_answer *out_answer, struct wgo_error *err);
/* The document a plugin printed; the error never quotes it. */
WGO_NODISCARD enum wgo_status wgo_kube_exec_parse(struct wgo_str text, const char *api_version,
                                                  struct wgo_exec_answer *out_answer,
                                                  struct wgo_error *err);
void wgo_kube_exec_fini(struct wgo_exec_answer *answer);

#endif
