/* config_found.c: is there anything that could give AWS credentials? Files and environment only. */
#include "aws/config.h"

#include "base/file.h"

#include <stdio.h>

/* Settings that make a profile more than a place for a region. */
static const char *const sources[] = {
    "aws_access_key_id", "role_arn",      "sso_account_id",     "sso_role_name",
    "sso_session",       "login_session", "credential_process", "web_identity_token_file",
};

static const struct {
    const char *name, *what;
} variables[] = {
    {"AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY_ID"},
    {"AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"},
    {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "the credentials of this container"},
    {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "the credentials of this container"},
};

static bool has_source(const struct wgo_aws_section *profile)
{
    for (size_t i = 0; i < WGO_COUNT(sources); i++) {
        if (wgo_aws_setting(profile, sources[i])) {
            return true;
        }
    }
    return false;
}

/* ---- the machine ---- */

struct firmware {
    const char *path, *text;
    bool at_start;
};

static bool says(const struct firmware *firmware, bool *out_there)
{
    struct wgo_buf bytes = {0};
    bool there = wgo_file_read(firmware->path, 4096, &bytes, NULL) == WGO_OK;
    struct wgo_str found = wgo_buf_view(&bytes);
    size_t at = wgo_str_find(found, wgo_str(firmware->text));
    *out_there = *out_there || there;
    wgo_buf_fini(&bytes);
    return there && at < found.len && (at == 0 || !firmware->at_start);
}

enum wgo_aws_machine wgo_aws_machine(void)
{
    static const struct firmware signs[] = {
        {"/sys/class/dmi/id/sys_vendor", "Amazon EC2", true},
        {"/sys/class/dmi/id/bios_version", "amazon", false}, /* Xen: "4.11.amazon" */
        {"/sys/hypervisor/uuid", "ec2", true},
    };
    bool there = false;
    for (size_t i = 0; i < WGO_COUNT(signs); i++) {
        if (says(&signs[i], &there)) {
            return WGO_AWS_MACHINE_EC2;
        }
    }
    return there ? WGO_AWS_MACHINE_OTHER : WGO_AWS_MACHINE_UNKNOWN;
}

/* ---- what there is ---- */

static bool in_environment(const char *(*getenv_fn)(const char *), char reason[256])
{
    for (size_t i = 0; i < WGO_COUNT(variables); i++) {
        const char *value = getenv_fn(variables[i].name);
        if (value && *value) {
            snprintf(reason, 256, "%s", variables[i].what);
            return true;
        }
    }
    return false;
}

static bool in_files(const struct wgo_aws_config *config, char reason[256])
{
    const struct wgo_aws_section *other = NULL;
    if (has_source(config->profile)) {
        snprintf(reason, 256, "profile %.*s",
                 WGO_FMT(wgo_str_slice(config->profile->name, 0, 200)));
        return true;
    }
    for (const struct wgo_aws_section *at = config->profiles; at && !other; at = at->next) {
        other = has_source(at) ? at : NULL;
    }
    if (other) {
        snprintf(reason, 256,
                 "profile %.*s has no credentials; --profile or AWS_PROFILE could name another, as "
                 "%.*s",
                 WGO_FMT(wgo_str_slice(config->profile->name, 0, 60)),
                 WGO_FMT(wgo_str_slice(other->name, 0, 60)));
    }
    return false;
}

bool wgo_aws_configured(const char *(*getenv_fn)(const char *name), char reason[256])
{
    const struct wgo_aws_config_options options = {.getenv = getenv_fn};
    struct wgo_aws_config *config = NULL;
    struct wgo_error why = {0};
    const char *disabled = getenv_fn("AWS_EC2_METADATA_DISABLED");
    if (in_environment(getenv_fn, reason)) {
        return true;
    }
    if (wgo_aws_config_new(&options, &config, &why) != WGO_OK) {
        /* Something is meant to be there: better told of than passed over. */
        snprintf(reason, 256, "%.250s", why.message);
        return true;
    }
    reason[0] = '\0';
    bool found = in_files(config, reason);
    wgo_aws_config_free(config);
    if (!found && !(disabled && wgo_str_eq_nocase(wgo_str(disabled), WGO_STR("true"))) &&
        wgo_aws_machine() == WGO_AWS_MACHINE_EC2) {
        snprintf(reason, 256, "the role of this EC2 instance");
        return true;
    }
    if (!found && !reason[0]) {
        snprintf(reason, 256,
                 "no AWS_ACCESS_KEY_ID, no profile with credentials in ~/.aws, and "
                 "not inside AWS");
    }
    return found;
}
