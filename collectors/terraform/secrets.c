#include "terraform/secrets.h"

#include <string.h>

enum match {
    WHOLE,
    ENDS,
};

/* Lower case letters and digits only, as fold() leaves them. */
static const struct {
    const char *text;
    enum match match;
    enum wgo_tf_secrecy secrecy;
} names[] = {
    {"password", ENDS, WGO_TF_VALUE},
    {"passwd", ENDS, WGO_TF_VALUE},
    {"passphrase", ENDS, WGO_TF_VALUE},
    {"passwordhash", ENDS, WGO_TF_VALUE},
    {"secret", ENDS, WGO_TF_VALUE},
    {"secretstring", ENDS, WGO_TF_VALUE},
    {"secretbinary", ENDS, WGO_TF_VALUE},
    {"secretdata", ENDS, WGO_TF_VALUE},
    {"secretvalue", ENDS, WGO_TF_VALUE},
    {"token", ENDS, WGO_TF_VALUE},
    {"accesskey", ENDS, WGO_TF_VALUE},
    {"secretkey", ENDS, WGO_TF_VALUE},
    {"sharedkey", ENDS, WGO_TF_VALUE},
    {"privatekey", ENDS, WGO_TF_VALUE},
    {"privatekeypem", ENDS, WGO_TF_VALUE},
    {"privatekeypkcs8", ENDS, WGO_TF_VALUE},
    {"privatekeypempkcs8", ENDS, WGO_TF_VALUE},
    {"privatekeyopenssh", ENDS, WGO_TF_VALUE},
    {"privatekeydata", ENDS, WGO_TF_VALUE},
    {"apikey", ENDS, WGO_TF_VALUE},
    {"authkey", ENDS, WGO_TF_VALUE},
    {"accountkey", ENDS, WGO_TF_VALUE},
    {"clientkey", ENDS, WGO_TF_VALUE},
    {"clientkeydata", ENDS, WGO_TF_VALUE},
    {"primarykey", ENDS, WGO_TF_VALUE},
    {"secondarykey", ENDS, WGO_TF_VALUE},
    {"signingkey", ENDS, WGO_TF_VALUE},
    {"presharedkey", ENDS, WGO_TF_VALUE},
    {"rawkey", ENDS, WGO_TF_VALUE},
    {"keymaterial", ENDS, WGO_TF_VALUE},
    {"saskey", ENDS, WGO_TF_VALUE},
    {"sasurl", ENDS, WGO_TF_VALUE},
    {"sasuri", ENDS, WGO_TF_VALUE},
    {"connectionstring", ENDS, WGO_TF_VALUE},
    {"connectionstrings", ENDS, WGO_TF_DEEP},
    {"credentials", ENDS, WGO_TF_VALUE},
    {"plaintext", ENDS, WGO_TF_VALUE},
    {"plaintextvalue", ENDS, WGO_TF_VALUE},
    {"bcrypthash", ENDS, WGO_TF_VALUE},
    {"smtppasswordv4", ENDS, WGO_TF_VALUE},
    {"certificatep12", ENDS, WGO_TF_VALUE},
    {"authorization", WHOLE, WGO_TF_VALUE},
    {"searchstring", WHOLE, WGO_TF_VALUE}, /* of web ACLs: what a header is compared with */
    {"dockerconfigjson", ENDS, WGO_TF_VALUE},
    {"userdata", ENDS, WGO_TF_VALUE},
    {"userdatabase64", ENDS, WGO_TF_VALUE},
    {"customdata", ENDS, WGO_TF_VALUE},
    {"startupscript", ENDS, WGO_TF_VALUE},
    {"shutdownscript", ENDS, WGO_TF_VALUE},
    {"startupscriptps1", ENDS, WGO_TF_VALUE},
    {"kubeenv", WHOLE, WGO_TF_VALUE},
    {"kubeconfig", ENDS, WGO_TF_DEEP},
    {"kubeconfigraw", ENDS, WGO_TF_VALUE},
    {"kubeadminconfig", WHOLE, WGO_TF_DEEP},
    {"kubeadminconfigraw", WHOLE, WGO_TF_VALUE},
    {"lastappliedconfiguration", ENDS, WGO_TF_DEEP},
    {"protectedsettings", WHOLE, WGO_TF_DEEP},
    {"sensitivecontent", WHOLE, WGO_TF_VALUE},
    {"env", WHOLE, WGO_TF_ENV},
    {"envvars", ENDS, WGO_TF_ENV},
    {"environmentvariable", ENDS, WGO_TF_ENV},
    {"environmentvariables", ENDS, WGO_TF_ENV},
    {"environmentsecrets", ENDS, WGO_TF_ENV},
    {"appsettings", ENDS, WGO_TF_ENV},
    {"configvars", ENDS, WGO_TF_ENV},
};

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

/* Lower case, without '_' and '-'; 0 when longer than any name in the table has to be read. */
static size_t fold(struct wgo_str name, char out[64])
{
    size_t len = 0;
    /* Only the end counts, and whole names are short. */
    size_t from = name.len > 63 ? name.len - 63 : 0;
    for (size_t i = from; i < name.len; i++) {
        char c = name.ptr[i];
        if (c != '_' && c != '-') {
            out[len++] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
        }
    }
    return len;
}

enum wgo_tf_secrecy wgo_tf_secret_name(struct wgo_str name)
{
    char folded[64];
    struct wgo_str text = {folded, fold(name, folded)};
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        struct wgo_str known = wgo_str(names[i].text);
        if (names[i].match == WHOLE ? wgo_str_eq(text, known) : wgo_str_ends(text, known)) {
            return names[i].secrecy;
        }
    }
    return WGO_TF_OPEN;
}

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

/* scheme://user:password@host: from behind the "://". */
static bool has_password(const char *at, const char *end)
{
    const char *colon = NULL;
    for (; at < end; at++) {
        if (*at == '@') {
            return colon && at > colon + 1;
        }
        if (*at == '/' || *at == '?' || *at == '#' || *at == ' ' || *at == '"') {
            return false;
        }
        colon = *at == ':' && !colon ? at : colon;
    }
    return false;
}

bool wgo_tf_secret_text(struct wgo_str text)
{
    static const char pem[] = "PRIVATE KEY-----";
    const char *at = text.ptr, *end = text.ptr + text.len;
    if (text.len < 8) {
        return false;
    }
    while ((at = memmem(at, (size_t)(end - at), "://", 3))) {
        at += 3;
        if (has_password(at, end)) {
            return true;
        }
    }
    return text.len > sizeof(pem) && memmem(text.ptr, text.len, pem, sizeof(pem) - 1);
}
