/* terraform.h: the places Terraform keeps states in: http, consul and Terraform Cloud.
 *
 * (The kubernetes backend is the Kubernetes module's: a Secret, see k8s/tfstate.h.)
 * States are files of the test, read anew for each answer, never held whole unless base64 asks.
 *
 * Source: Terraform's documentation of its backends, HashiCorp's Consul KV and HCP Terraform API
 * documentation.
 *
 * Ownership, threads, failure: as fc_module demands (core/request.h). */
#ifndef FC_TERRAFORM_H
#define FC_TERRAFORM_H

#include "core/request.h"

extern const struct fc_module fc_terraform_module;

/* The rooms of the module; each reads its object of the scenario's "terraform". */
void tf_http_get(struct json_object *conf, struct fc_request *rq, struct fc_reply *reply);
void tf_consul_check(struct json_object *conf);
void tf_consul_get(struct json_object *conf, struct fc_request *rq, struct fc_reply *reply);
void tf_cloud_check(struct json_object *conf);
void tf_cloud_service(struct fc_reply *reply);
void tf_cloud_ping(struct fc_reply *reply);
void tf_cloud_organizations(struct json_object *conf, struct fc_request *rq,
                            struct fc_reply *reply);
void tf_cloud_workspaces(struct json_object *conf, struct fc_request *rq, struct fc_reply *reply);
void tf_cloud_workspace(struct json_object *conf, struct fc_request *rq, struct fc_reply *reply);
void tf_cloud_current_state(struct json_object *conf, struct fc_request *rq,
                            struct fc_reply *reply);
void tf_cloud_download(struct json_object *conf, struct fc_request *rq, struct fc_reply *reply);
/* The errors of a JSON:API document. */
void tf_cloud_error(unsigned status, struct fc_reply *reply);

#endif
