/* access.h: users and what they may do, as RBAC would have it: only permissions, no denials.
 *
 * Ownership: k8s_users_new/free.
 * Threads:   read-only once made.
 * Failure:   a bad scenario ends the program. */
#ifndef FC_K8S_ACCESS_H
#define FC_K8S_ACCESS_H

#include <json-c/json.h>

#include "core/text.h"

struct k8s_users;
struct k8s_user;

/* What somebody wants to do. Empty strings where something does not apply. */
struct k8s_attributes {
    struct fc_str verb;
    struct fc_str group;
    struct fc_str resource;
    struct fc_str subresource;
    struct fc_str ns;
    struct fc_str name;
};

/* From the scenario's "users"; without any, everybody may do everything. */
struct k8s_users *k8s_users_new(struct json_object *scenario);
void k8s_users_free(struct k8s_users *users);
/* Who sends this Authorization header (NULL: none). NULL: nobody we know. */
const struct k8s_user *k8s_users_find(const struct k8s_users *users, const char *authorization);
const struct k8s_user *k8s_users_named(const struct k8s_users *users, const char *name);
const char *k8s_user_name(const struct k8s_user *user);
bool k8s_user_may(const struct k8s_user *user, const struct k8s_attributes *want);
/* The answer's "status" of a SelfSubjectRulesReview. */
void k8s_user_rules(const struct k8s_user *user, struct fc_str ns, struct fc_text *out);
/* For kubeconfigs: the i-th user (NULL after the last) and a credential of it. */
const struct k8s_user *k8s_users_at(const struct k8s_users *users, size_t i);
void k8s_user_kubeconfig(const struct k8s_user *user, struct fc_text *out);

#endif
