/* identity.h: when a Terraform resource is the same thing as a live object, and what its id is.
 *
 * A table (identities.yaml) lists the types that the catalogs collect, each with a template of the
 * live object's id:
 *
 *   - types: [kubernetes_config_map, kubernetes_config_map_v1]
 *     id: k8s://{cluster}/core/ConfigMap/{metadata.0.namespace}/{metadata.0.name}
 *
 * {path} is the text of an attribute; {path|group} the group of an apiVersion ("core" when it has
 * none); {path|dash} is "-" when the attribute is absent. {cluster} is what the configuration says
 * about the state at hand; nobody can tell from a state which cluster it describes:
 *
 *   terraform:
 *     clusters:
 *       - state: "/srv/prod*.tfstate"  # glob over the state's location
 *         cluster: 0f6b6f3e-...       # uid of its kube-system namespace
 *
 * Ownership: wgo_tf_identities_new/_free. Borrows the configuration.
 * Threads:   read-only once made.
 * Failure:   WGO_E_CONFIG with file and line. */
#ifndef WGO_TERRAFORM_IDENTITY_H
#define WGO_TERRAFORM_IDENTITY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/yaml.h"

struct wgo_tf_identities;

/* 'table' is the text of identities.yaml; 'configuration' the user's whole file, or NULL. */
WGO_NODISCARD enum wgo_status wgo_tf_identities_new(struct wgo_str table,
                                                    const struct wgo_yaml *configuration,
                                                    struct wgo_tf_identities **out_identities,
                                                    struct wgo_error *err);
void wgo_tf_identities_free(struct wgo_tf_identities *identities);
/* The cluster of the first entry whose glob matches, or an empty string. */
struct wgo_str wgo_tf_identities_cluster(const struct wgo_tf_identities *identities,
                                         struct wgo_str location);
bool wgo_tf_identities_know(const struct wgo_tf_identities *identities, struct wgo_str type);
/* Appends the live id of a resource. False, with nothing appended, when it has none: its type is
 * not in the table, or something its id needs is not known. */
bool wgo_tf_identity(const struct wgo_tf_identities *identities, struct wgo_str type,
                     struct wgo_str cluster, struct wgo_str attributes, bool flat,
                     struct wgo_arena *scratch, struct wgo_buf *out);

#endif
