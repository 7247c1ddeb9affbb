/* tfstate.h: a Terraform state as Terraform's kubernetes backend keeps it: a Secret.
 *
 * Ownership: the caller owns the object returned.
 * Threads:   before the server starts only.
 * Failure:   a bad scenario or an unreadable file ends the program. */
#ifndef FC_K8S_TFSTATE_H
#define FC_K8S_TFSTATE_H

#include <json-c/json.h>

/* 'conf' is {file, namespace, workspace, suffix}. */
struct json_object *k8s_tfstate_secret(struct json_object *conf, const char *where);

#endif
