/* credentials.h: one context's credentials, kept fresh. Private to k8s.
 *
 * Static ones (tokens, certificates, basic authentication) never change. A token file is read again
 * every minute, since kubelets rotate it; an exec plugin runs when its answer has expired or was
 * refused. Both block, so they happen in wgo_kube_credentials_refresh(), on a blocker.
 *
 * Ownership: caller-allocated; borrows the context. Threads: any; 'lock' guards what changes. */
#ifndef WGO_K8S_CREDENTIALS_H
#define WGO_K8S_CREDENTIALS_H

#include "base/lock.h"
#include "base/secret.h"
#include "k8s/kubeconfig.h"

struct wgo_kube_credentials {
    const struct wgo_kube_context *context;
    const struct wgo_services *services;
    struct wgo_lock lock;
    struct {
        bool loaded;
        struct wgo_secret token, cert_pem, key_pem;
        struct wgo_wall expires; /* ns 0 = never */
        struct wgo_mono loaded_at;
        unsigned generation; /* of the client certificate */
    } synced WGO_GUARDED;
};

void wgo_kube_credentials_init(struct wgo_kube_credentials *credentials,
                               const struct wgo_kube_context *context,
                               const struct wgo_services *services);
void wgo_kube_credentials_fini(struct wgo_kube_credentials *credentials);
/* True when refresh must come before the next request; 'refused': the last ones were not accepted. */
bool wgo_kube_credentials_stale(struct wgo_kube_credentials *credentials, bool refused);
WGO_NODISCARD enum wgo_status
wgo_kube_credentials_refresh(struct wgo_kube_credentials *credentials, struct wgo_error *err);
/* True when a 401 may be mended by a refresh. */
bool wgo_kube_credentials_renewable(const struct wgo_kube_credentials *credentials);
/* Puts server, trust and credentials into 'request'; its URL is a path until now. */
WGO_NODISCARD enum wgo_status wgo_kube_credentials_apply(struct wgo_kube_credentials *credentials,
                                                         struct wgo_arena *arena,
                                                         struct wgo_request *request,
                                                         struct wgo_error *err);

#endif
