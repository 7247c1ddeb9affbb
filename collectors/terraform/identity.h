/* identity.h: when a Terraform resource is the same thing as a live object, and what its id is.
 *
 * A table (identities.yaml) lists the types that the catalogs collect, each with a template of the
 * live object's id:
 *
 *   - types: [aws_security_group_rule]
 *     id: arn:{partition}:ec2:{region}:{account}:security-group-rule/{security_group_rule_id}
 *     or: ...       # a second template, for when something that the first one needs is not known
 *   - types: [aws_iam_access_key]
 *     none: why no state can tell which live object it is
 *
 * {a,b} is the text of the first attribute that is there. Filters stand behind it, each after a
 * '|':
 *
 *   group       the group of an apiVersion ("core" when it has none)
 *   dash        "-" when there is no text
 *   or=TEXT     TEXT, which may be empty, when there is no text
 *   after=C     what follows the last C, or all
 *   first       what stands before the first '|': of two ids in one the first
 *   cut=TEXT    without TEXT at its end
 *   like=GLOB   unknown unless it matches
 *   lower       in lower case, as Azure's ids are compared
 *   dns         a record's name as Route 53 lists it: with a dot at its end, "\\052" for '*'
 *   bus         "NAME/" of an event bus that is not the default one
 *
 * What comes out begins with "arn:", a '/' or a scheme, or is no id. Where one of Google's ids
 * calls its project by number and the attribute `project` by name, the name counts. These are no
 * attributes
 * ({.cluster} is one, of that name):
 *
 *   {cluster}    what the configuration says about the state at hand; nobody can tell from a state
 *                which cluster it describes:
 *
 *                  terraform:
 *                    clusters:
 *                      - state: "/srv/prod*.tfstate"  # glob over the state's location
 *                        cluster: 0f6b6f3e-...       # uid of its kube-system namespace
 *
 *   {region}     the attribute of that name, else the region of the provider's home (home.h)
 *   {account}    the account of the provider's home
 *   {partition}  that of the region, else that of the provider's home
 *
 * Ownership: wgo_tf_identities_new/_free. Borrows the table's bytes and the configuration.
 * Threads:   read-only once made.
 * Failure:   WGO_E_CONFIG with file and line. */
#ifndef WGO_TERRAFORM_IDENTITY_H
#define WGO_TERRAFORM_IDENTITY_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"
#include "base/yaml.h"
#include "model/collector.h"
#include "terraform/home.h"

struct wgo_tf_identities;

/* 'table' is identities.yaml; 'configuration' the user's whole file, or NULL. */
WGO_NODISCARD enum wgo_status wgo_tf_identities_new(const struct wgo_embedded_file *table,
                                                    const struct wgo_yaml *configuration,
                                                    struct wgo_tf_identities **out_identities,
                                                    struct wgo_error *err);
void wgo_tf_identities_free(struct wgo_tf_identities *identities);
/* The cluster of the first entry whose glob matches, or an empty string. */
struct wgo_str wgo_tf_identities_cluster(const struct wgo_tf_identities *identities,
                                         struct wgo_str location);
/* True when the type has a template that may give an id: the cluster it wants is known. */
bool wgo_tf_identities_know(const struct wgo_tf_identities *identities, struct wgo_str type,
                            struct wgo_str cluster);
/* The ARN of a resource that carries its own, or an empty string. */
struct wgo_str wgo_tf_identity_arn(const struct wgo_tf_identities *identities, struct wgo_str type,
                                   struct wgo_str attributes, bool flat, struct wgo_arena *scratch);
/* Appends the live id of a resource. False, with nothing appended, when it has none: its type is
 * not in the table, or something its id needs is not known. */
bool wgo_tf_identity(const struct wgo_tf_identities *identities, struct wgo_str type,
                     const struct wgo_tf_home *home, struct wgo_str attributes, bool flat,
                     struct wgo_arena *scratch, struct wgo_buf *out);

#endif
