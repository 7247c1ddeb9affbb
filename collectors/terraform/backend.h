/* backend.h: where Terraform keeps states that are not plain files.
 *
 * A backend is described as Terraform describes it: a type and its settings, from the configuration
 * file (`providers: terraform: backends: [{type: consul, path: ...}]`) or from what `terraform
 * init` recorded in .terraform/terraform.tfstate. Settings that are absent come from the
 * environment variables that Terraform itself reads. All workspaces of a backend are read, none is
 * ever locked or written.
 *
 * One driver per type, in a table.
 *
 * Ownership: a call borrows everything for its duration.
 * Threads:   a blocker; drivers block.
 * Failure:   drivers fail for the backend as a whole, which becomes its row; single states fail
 *            through the session. */
#ifndef WGO_TERRAFORM_BACKEND_H
#define WGO_TERRAFORM_BACKEND_H

#include "auth/registry.h"
#include "base/arena.h"
#include "base/yaml.h"
#include "model/http.h"
#include "terraform/session.h"

struct wgo_tf_backend {
    struct wgo_tf_session *session;
    const char *(*getenv)(const char *name);
    const char *directory;         /* relative paths start here; "" = the process's */
    const struct wgo_yaml *config; /* settings of the backend */
    struct wgo_arena arena;
    struct wgo_str place; /* for the row when the backend as a whole fails */
    char identity[32];    /* of its connections */
};

struct wgo_tf_backend_type {
    const char *name;
    enum wgo_status (*read)(struct wgo_tf_backend *backend, struct wgo_error *err);
};

extern const struct wgo_tf_backend_type *const wgo_tf_backend_types[];
extern const size_t wgo_tf_backend_type_count;

/* Hands the backend's states to 'session'. Fails only for what ends the scan. */
WGO_NODISCARD enum wgo_status wgo_tf_backend_read(struct wgo_tf_session *session,
                                                  const char *(*getenv)(const char *name),
                                                  const char *directory, struct wgo_str type,
                                                  const struct wgo_yaml *config,
                                                  struct wgo_error *err);
/* The same for what FOLDER/.terraform/terraform.tfstate records. A file that records none is a
 * state. */
WGO_NODISCARD enum wgo_status wgo_tf_backend_recorded(struct wgo_tf_session *session,
                                                      const char *(*getenv)(const char *name),
                                                      const char *path, struct wgo_error *err);
/* Checks `backends:` without reaching anything: each has a type that is known. */
WGO_NODISCARD enum wgo_status wgo_tf_backend_check(const struct wgo_yaml *backends,
                                                   struct wgo_error *err);

/* ---- for drivers ---- */

/* Text of a setting; else of the first environment variable that is set; else empty. All
 * NUL-terminated. */
struct wgo_str wgo_tf_setting(const struct wgo_tf_backend *backend, const char *key,
                              const char *variable);
bool wgo_tf_setting_bool(const struct wgo_tf_backend *backend, const char *key,
                         const char *variable, bool fallback);
/* A setting that must be there. */
WGO_NODISCARD enum wgo_status wgo_tf_setting_needed(const struct wgo_tf_backend *backend,
                                                    const char *key, const char *variable,
                                                    struct wgo_str *out, struct wgo_error *err);
/* 'path' from where the backend's configuration lies; "~/" is the home folder. */
const char *wgo_tf_backend_path(struct wgo_tf_backend *backend, struct wgo_str path);
/* Sends a GET and waits. Anything but a 2xx with a body is a failure: 204 and 404 are
 * WGO_E_ABSENT, 401 AUTH, 403 DENIED, others by their class. Redirects are followed; to another
 * host without headers and credentials. 'headers' are NULL-terminated pairs of name and value;
 * pairs without a value are left out. */
struct wgo_tf_get {
    struct wgo_str url;
    const struct wgo_endpoint *endpoint; /* from wgo_tf_backend_endpoint() */
    struct wgo_header headers[4];
    bool spool; /* the answer is a state: any size */
};
WGO_NODISCARD enum wgo_status wgo_tf_backend_get(struct wgo_tf_backend *backend,
                                                 const struct wgo_tf_get *get,
                                                 struct wgo_response *out_response,
                                                 struct wgo_error *err);
/* Fills what all backends' endpoints share: an identity of its own, and whether plain http may
 * leave the machine (the setting `plain_http`). */
void wgo_tf_backend_endpoint(struct wgo_tf_backend *backend, struct wgo_endpoint *out);
/* A GET whose answer is a state, spooled and handed in as one; its failure is the state's. */
WGO_NODISCARD enum wgo_status wgo_tf_backend_get_state(struct wgo_tf_backend *backend,
                                                       const struct wgo_tf_get *get,
                                                       struct wgo_str type, struct wgo_str location,
                                                       struct wgo_error *err);
/* 'url' without user, password, query and fragment: fit to be shown. */
struct wgo_str wgo_tf_backend_shown_url(struct wgo_tf_backend *backend, struct wgo_str url);
/* The body of an answer, wherever it lies, to the spool. */
WGO_NODISCARD enum wgo_status wgo_tf_backend_spool(struct wgo_tf_backend *backend,
                                                   const struct wgo_response *response,
                                                   struct wgo_error *err);
/* Renews the signer's credentials when it is time, or after a refusal; '*out_renewed' false: there
 * was nothing to renew. 'signer' may be NULL. */
WGO_NODISCARD enum wgo_status wgo_tf_backend_renew(const struct wgo_tf_backend *backend,
                                                   struct wgo_signer *signer, bool refused,
                                                   bool *out_renewed, struct wgo_error *err);
/* A state that is known to be there but could not be read, or of which there is none yet. */
WGO_NODISCARD enum wgo_status wgo_tf_backend_failed(struct wgo_tf_backend *backend,
                                                    struct wgo_str location,
                                                    const struct wgo_error *why,
                                                    struct wgo_error *err);
/* Says once for this backend that nobody checks whom it talks to. */
void wgo_tf_backend_warn_insecure(const struct wgo_tf_backend *backend);
/* True for a failure that ends the scan rather than one state. */
bool wgo_tf_is_fatal(enum wgo_status status);

#endif
