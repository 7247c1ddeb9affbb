/* credentials.h: one context's credentials, kept fresh. Private to k8s.
 *
 * Static ones (tokens, certificates, passwords) never change. A token file is read again every
 * minute, since kubelets rotate it; while it cannot be read, the last content goes on, else the
 * kubeconfig's token. An exec plugin runs when its answer is about to expire or was refused; one
 * that failed is not run again for a minute, however many calls wait for it. Both block, so they
 * happen in wgo_kube_credentials_refresh(), on a blocker.
 *
 * Whose they are: the server, the user's name and password, impersonation; the subject of a token
 * that is a JWT and of a certificate, whoever gave them; any other token itself, but for a
 * plugin's, which may be a new one each time: there it is how the plugin is run.
 *
 * Ownership: caller-allocated; borrows the context.
 * Threads:   any; 'lock' guards what changes. Refresh: one at a time.
 * Failure:   AUTH when there are no credentials to be had. */
#ifndef WGO_K8S_CREDENTIALS_H
#define WGO_K8S_CREDENTIALS_H

#include "base/lock.h"
#include "k8s/kube_exec.h"

struct wgo_kube_credentials {
    const struct wgo_kube_context *context;
    const struct wgo_services *services;
    int64_t exec_timeout_ns;
    struct wgo_digest lasting; /* of what never changes */
    struct wgo_lock lock;
    struct {
        bool loaded;
        uint64_t whose;                /* once loaded */
        bool refused;                  /* a request that carried these was answered with 401 */
        struct wgo_exec_answer answer; /* of the plugin; a file's content is its token */
        struct wgo_mono loaded_at;
        unsigned generation;      /* of the client certificate */
        struct wgo_error failure; /* of the last refresh */
        struct wgo_mono failed_at;
    } synced WGO_GUARDED;
};

/* 'exec_timeout_ns': how long a plugin may take; 0 = 60 s. */
void wgo_kube_credentials_init(struct wgo_kube_credentials *credentials,
                               const struct wgo_kube_context *context,
                               const struct wgo_services *services, int64_t exec_timeout_ns);
void wgo_kube_credentials_fini(struct wgo_kube_credentials *credentials);
/* True when refresh must come before the next request. */
bool wgo_kube_credentials_stale(struct wgo_kube_credentials *credentials);
/* A digest of whose they are; false: they are yet to be had. */
bool wgo_kube_credentials_whose(const struct wgo_kube_credentials *credentials, uint64_t *out);
/* A request that left 'age_ns' ago was answered with 401. True when a refresh may mend that: newer
 * credentials than it carried count as one. */
bool wgo_kube_credentials_refused(struct wgo_kube_credentials *credentials, int64_t age_ns);
WGO_NODISCARD enum wgo_status wgo_kube_credentials_refresh(struct wgo_kube_credentials *credentials,
                                                           struct wgo_error *err);
/* When what we have expires; ns 0 = never or unknown. */
struct wgo_wall wgo_kube_credentials_expiry(struct wgo_kube_credentials *credentials);
/* Puts server, trust and credentials into 'request'; its URL is a path until now. */
WGO_NODISCARD enum wgo_status wgo_kube_credentials_apply(struct wgo_kube_credentials *credentials,
                                                         struct wgo_arena *arena,
                                                         struct wgo_request *request,
                                                         struct wgo_error *err);

#endif
