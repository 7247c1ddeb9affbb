/* cloud_token.h: the token for a Terraform Cloud host, from where `terraform login` and CI leave
 * it.
 *
 * In Terraform's own order: the environment variable TF_TOKEN_<host, '.' as '_', '-' as '__'>;
 * `credentials "HOST" { token = "..." }` in the CLI configuration (TF_CLI_CONFIG_FILE, else
 * ~/.terraformrc); ~/.terraform.d/credentials.tfrc.json.
 *
 * Ownership: the token lives in the backend's arena.
 * Threads:   one at a time.
 * Failure:   none: no token is an empty string. Credential helpers are not run. */
#ifndef WGO_TERRAFORM_CLOUD_TOKEN_H
#define WGO_TERRAFORM_CLOUD_TOKEN_H

#include "terraform/backend.h"

struct wgo_str wgo_tf_cloud_token(struct wgo_tf_backend *backend, struct wgo_str host);
/* The token for 'host' in the text of a CLI configuration; borrows 'text', empty when there is
 * none. */
struct wgo_str wgo_tf_cli_token(struct wgo_str text, struct wgo_str host);

#endif
