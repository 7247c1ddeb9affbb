/* registry.h: credentials by name, for whoever needs to sign.
 *
 * A provider registers under its name ("aws", "gcp", "azure") how it opens a signer; anybody else
 * asks for one by that name and knows nothing more: a Terraform backend in a bucket asks for "aws"
 * with the profile its configuration names. Equal settings give the same signer, so its credentials
 * are fetched once and renewed once, whoever asks.
 *
 *   struct wgo_signer_type     what a provider gives: open, sign, refresh, close
 *   struct wgo_auth_registry   the types by name, and the signers they opened
 *   struct wgo_signer          one identity: settings, credentials, and when they are renewed
 *
 * Before a call: wgo_signer_stale(); when it is, wgo_signer_refresh() from a thread that may block;
 * then wgo_signer_sign(). After a refusal: wgo_signer_stale() with 'refused', and the same again,
 * once.
 *
 * There is no global registry: the scan owns one and hands it to its collectors. Types are
 * registered when it is made, whether or not their provider is scanned.
 *
 * Ownership: the registry owns its signers, which live as long as it does; it borrows the types and
 * their contexts. Settings are not kept, only a digest of them. Threads:   everything may be called
 * from any thread, but for _new and _free. Signing never waits for a renewal. Renewals of one
 * signer are single flight: others wait for the one under way, or go on with credentials that are
 * still good. Failure:   WGO_E_UNSUPPORTED for a name nobody registered; what a type's functions
 * say; WGO_E_AUTH for signing without credentials; WGO_E_CANCELLED when the scan ends during a
 * wait. */
#ifndef WGO_AUTH_REGISTRY_H
#define WGO_AUTH_REGISTRY_H

#include "base/arena.h"
#include "base/clock.h"
#include "model/collector.h"
#include "model/http.h"

/* One thing that tells identities apart: "profile", "role_arn", "scope", "client_secret" ... */
struct wgo_signer_setting {
    struct wgo_str name, value;
};

/* What is to be signed. New strings go to 'arena'. */
struct wgo_signing {
    struct wgo_request *request;
    struct wgo_arena *arena;
    struct wgo_wall now;
    struct wgo_str service, region; /* where signatures depend on them: AWS */
};

/* The provider's side. 'self' is one signer. */
struct wgo_signer_type {
    const char *name;
    /* Required. */
    /* Reads settings, files and environment, never the network; 'settings' are borrowed for the
     * call. An unknown setting is WGO_E_CONFIG. May run for settings that are open already, and is
     * closed then. */
    enum wgo_status (*open)(void *context, const struct wgo_signer_setting *settings, size_t count,
                            void **out_self, struct wgo_error *err);
    void (*close)(void *self);
    /* Any number of threads at once, and while refresh() runs: guard what they share, and hold that
     * lock only to copy. On failure the request is as it was. */
    enum wgo_status (*sign)(void *self, const struct wgo_signing *what, struct wgo_error *err);
    /* Optional: NULL for what never needs renewing. */
    /* Gets credentials; one thread at a time, on a blocker, by 'services' of whoever asked. Gives
     * the end of their life, ns 0 when they have none. On failure the old ones stay. */
    enum wgo_status (*refresh)(void *self, const struct wgo_services *services,
                               struct wgo_wall *out_expires, struct wgo_error *err);
    /* What its configuration says besides credentials, by a name of the provider's own, never from
     * the network and never a secret. WGO_E_ABSENT when it says nothing; new strings go to 'arena'.
     * Any number of threads at once. */
    enum wgo_status (*fact)(void *self, struct wgo_str name, struct wgo_arena *arena,
                            struct wgo_str *out_value, struct wgo_error *err);
};

struct wgo_auth_registry;
struct wgo_signer;

WGO_NODISCARD enum wgo_status wgo_auth_registry_new(struct wgo_auth_registry **out_registry);
/* Closes all signers; nobody may be using one. */
void wgo_auth_registry_free(struct wgo_auth_registry *registry);

/* WGO_E_INTERNAL when the name is taken. 'context' goes to the type's open(). */
WGO_NODISCARD enum wgo_status wgo_auth_register(struct wgo_auth_registry *registry,
                                                const struct wgo_signer_type *type, void *context,
                                                struct wgo_error *err);
/* The signer for these settings, whose order is irrelevant; opened when there is none yet. */
WGO_NODISCARD enum wgo_status wgo_auth_signer(struct wgo_auth_registry *registry,
                                              struct wgo_str name,
                                              const struct wgo_signer_setting *settings,
                                              size_t count, struct wgo_signer **out_signer,
                                              struct wgo_error *err);

/* True when refresh() should come before the next call. 'refused': the last one was refused. */
bool wgo_signer_stale(struct wgo_signer *signer, struct wgo_wall now, bool refused);
/* Blocks. WGO_OK at once when there is nothing to do, and when a renewal failed but the credentials
 * are still good. */
WGO_NODISCARD enum wgo_status wgo_signer_refresh(struct wgo_signer *signer,
                                                 const struct wgo_services *services,
                                                 struct wgo_error *err);
WGO_NODISCARD enum wgo_status
wgo_signer_sign(struct wgo_signer *signer, const struct wgo_signing *what, struct wgo_error *err);
/* What the signer's configuration says of 'name': "region" ... ABSENT when it says nothing, and of
 * a provider that tells nothing. */
WGO_NODISCARD enum wgo_status wgo_signer_fact(struct wgo_signer *signer, struct wgo_str name,
                                              struct wgo_arena *arena, struct wgo_str *out_value,
                                              struct wgo_error *err);
/* The same; empty when it says nothing. */
struct wgo_str wgo_signer_said(struct wgo_signer *signer, const char *name,
                               struct wgo_arena *arena);
/* "aws#2": tells signers of one registry apart without telling what they hold; for struct
 * wgo_endpoint, limit keys and logs. Lives as long as the registry. */
const char *wgo_signer_identity(const struct wgo_signer *signer);

#endif
