#include "terraform/secrets.h"

#include <string.h>

static const struct {
    const char *type; /* a glob */
    const char *path;
} paths[] = {
    {"random_password", "result"},
    {"kubernetes_secret", "data"},
    {"kubernetes_secret", "binary_data"},
    {"kubernetes_secret_v1", "data"},
    {"kubernetes_secret_v1", "binary_data"},
    {"kubernetes_secret_v1_data", "data"},
    {"kubernetes_manifest", "manifest.data"},
    {"kubernetes_manifest", "manifest.stringData"},
    {"kubernetes_manifest", "object.data"},
    {"kubernetes_manifest", "object.stringData"},
    {"kubectl_manifest", "yaml_body"},
    {"kubectl_manifest", "yaml_body_parsed"},
    {"kubectl_manifest", "yaml_incluster"},
    {"kubectl_manifest", "live_manifest_incluster"},
    {"helm_release", "set_sensitive"},
    {"helm_release", "values"},
    {"helm_release", "metadata.*.values"},
    {"helm_release", "metadata.values"},
    {"aws_ssm_parameter", "value"},
    {"aws_lambda_function", "environment.*.variables"},
    {"aws_ecs_task_definition", "container_definitions"},
    {"aws_batch_job_definition", "container_properties"},
    {"aws_batch_job_definition", "node_properties"},
    {"aws_glue_job", "default_arguments"},
    {"aws_elastic_beanstalk_environment", "setting.*.value"},
    {"aws_elastic_beanstalk_environment", "all_settings.*.value"},
    {"azurerm_key_vault_secret", "value"},
    {"azurerm_key_vault_certificate", "certificate.*.contents"},
    {"azurerm_automation_variable_*", "value"},
    {"azurerm_*app*", "connection_string.*.value"},
    {"github_*secret*", "encrypted_value"},
    {"github_*_variable", "value"},
    {"gitlab_*_variable", "value"},
    {"tfe_variable", "value"},
    {"vercel_*environment_variable*", "value"},
    {"cloudflare_workers_kv", "value"},
    {"vault_*", "data"},
    {"vault_*", "data_json"},
    {"nomad_job", "jobspec"},
    {"local_sensitive_file", "content"},
    {"local_sensitive_file", "content_base64"},
    {"terraform_remote_state", "outputs"},
    {"terraform_remote_state", "config"},
};

static const struct {
    const char *type; /* a glob */
    const char *name;
} open_names[] = {
    {"google_secret_manager_*secret_version*", "secret"}, /* projects/P/secrets/S */
};

const char *wgo_tf_secret_path(struct wgo_str type, size_t at)
{
    for (size_t i = 0; i < WGO_COUNT(paths); i++) {
        struct wgo_str pattern = wgo_str(paths[i].type);
        /* Almost no type matches: the first letters decide before the glob is tried. */
        if (type.len < 2 || type.ptr[0] != pattern.ptr[0] || type.ptr[1] != pattern.ptr[1]) {
            continue;
        }
        if (wgo_str_glob(pattern, type) && at-- == 0) {
            return paths[i].path;
        }
    }
    return NULL;
}

const char *wgo_tf_open_name(struct wgo_str type)
{
    for (size_t i = 0; i < WGO_COUNT(open_names); i++) {
        if (wgo_str_glob(wgo_str(open_names[i].type), type)) {
            return open_names[i].name;
        }
    }
    return NULL;
}
