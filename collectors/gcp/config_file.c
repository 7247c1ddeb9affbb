/* config_file.c: the JSON files that hold Google's credentials.
 *
 * Source: google.aip.dev/auth/4112 (keys), 4113 (users), 4117 (external accounts). */
#include "gcp/config.h"

#include "base/clock.h"
#include "base/json.h"

#include <stdlib.h>

#define TOKEN_URL "https://oauth2.googleapis.com/token"
#define STS_URL "https://sts.googleapis.com/v1/token"
#define COMMAND_TIMEOUT_NS (30 * WGO_S)
enum { DEEPEST = 3 };

static struct wgo_str text(struct wgo_gcp_config *config, struct wgo_str json, const char *path)
{
    struct wgo_str raw = wgo_json_get(json, wgo_str(path));
    bool is_text = raw.ptr && wgo_json_kind_of(raw) == WGO_JSON_STRING;
    return is_text ? wgo_str_dup(&config->arena, wgo_json_text(raw, &config->arena))
                   : (struct wgo_str){0};
}

static enum wgo_status secret(struct wgo_str json, const char *path, struct wgo_secret *out)
{
    struct wgo_arena arena = {0};
    struct wgo_str raw = wgo_json_get(json, wgo_str(path));
    bool is_text = raw.ptr && wgo_json_kind_of(raw) == WGO_JSON_STRING;
    enum wgo_status status =
        wgo_secret_set(out, is_text ? wgo_json_text(raw, &arena) : (struct wgo_str){0});
    wgo_arena_wipe(&arena);
    return status;
}

static enum wgo_status lacks(const char *member, struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_CONFIG, "the credentials have no %s", member);
}

static enum wgo_status read_key(struct wgo_gcp_config *config, struct wgo_str json,
                                struct wgo_error *err)
{
    struct wgo_str token_url = text(config, json, "token_uri");
    config->kind = WGO_GCP_SERVICE_ACCOUNT;
    config->email = text(config, json, "client_email");
    config->key_id = text(config, json, "private_key_id");
    config->token_url = token_url.len > 0 ? token_url : WGO_STR(TOKEN_URL);
    struct wgo_str project = text(config, json, "project_id");
    config->project = config->project.len > 0 ? config->project : project;
    if (secret(json, "private_key", &config->private_key) != WGO_OK) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (config->email.len == 0) {
        return lacks("client_email", err);
    }
    return wgo_secret_reveal(&config->private_key).len > 0 ? WGO_OK : lacks("private_key", err);
}

static enum wgo_status read_user(struct wgo_gcp_config *config, struct wgo_str json,
                                 struct wgo_error *err)
{
    struct wgo_str token_url = text(config, json, "token_uri");
    config->kind = WGO_GCP_USER;
    config->client_id = text(config, json, "client_id");
    config->token_url = token_url.len > 0 ? token_url : WGO_STR(TOKEN_URL);
    if (secret(json, "client_secret", &config->client_secret) != WGO_OK ||
        secret(json, "refresh_token", &config->refresh_token) != WGO_OK) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    return wgo_secret_reveal(&config->refresh_token).len > 0 ? WGO_OK : lacks("refresh_token", err);
}

static enum wgo_status read_headers(struct wgo_gcp_config *config, struct wgo_str map,
                                    struct wgo_error *err)
{
    struct wgo_json json;
    struct wgo_str key, value;
    struct wgo_gcp_subject *subject = &config->subject;
    wgo_json_init(&json, map);
    if (!map.ptr || wgo_json_peek(&json) != WGO_JSON_OBJECT || !wgo_json_enter_object(&json)) {
        return WGO_OK;
    }
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &value)) {
        struct wgo_str said = wgo_json_text(value, &config->arena);
        if (said.len > 0 && subject->header_count == WGO_GCP_HEADERS) {
            return wgo_fail(err, WGO_E_CONFIG, "credential_source.headers: more than %d of them",
                            WGO_GCP_HEADERS);
        }
        if (said.len > 0) {
            subject->headers[subject->header_count].name = wgo_str_dup(&config->arena, key);
            subject->headers[subject->header_count++].value = wgo_str_dup(&config->arena, said);
        }
    }
    return WGO_OK;
}

static enum wgo_status read_aws(struct wgo_gcp_config *config, struct wgo_str source,
                                struct wgo_error *err)
{
    struct wgo_gcp_subject *subject = &config->subject;
    struct wgo_str environment = text(config, source, "environment_id");
    if (!wgo_str_is(environment, "aws1")) {
        return wgo_fail(err, WGO_E_CONFIG,
                        "credential_source.environment_id \"%.*s\" is not understood",
                        WGO_FMT(wgo_str_slice(environment, 0, 60)));
    }
    subject->source = WGO_GCP_FROM_AWS;
    subject->place = text(config, source, "regional_cred_verification_url");
    subject->region_url = text(config, source, "region_url");
    subject->keys_url = text(config, source, "url");
    subject->session_url = text(config, source, "imdsv2_session_token_url");
    return subject->place.len > 0 ? WGO_OK
                                  : lacks("credential_source.regional_cred_verification_url", err);
}

static void read_executable(struct wgo_gcp_config *config, struct wgo_str source)
{
    struct wgo_gcp_subject *subject = &config->subject;
    struct wgo_str millis =
        wgo_json_text(wgo_json_get(source, WGO_STR("executable.timeout_millis")), &config->arena);
    uint64_t timeout_ms = 0;
    subject->source = WGO_GCP_FROM_PROCESS;
    subject->timeout_ns = wgo_str_to_u64(millis, &timeout_ms) && timeout_ms <= 120000
                              ? (int64_t)timeout_ms * WGO_MS
                              : COMMAND_TIMEOUT_NS;
    subject->output_file = text(config, source, "executable.output_file");
}

static enum wgo_status read_source(struct wgo_gcp_config *config, struct wgo_str source,
                                   struct wgo_error *err)
{
    struct wgo_gcp_subject *subject = &config->subject;
    struct wgo_str file = text(config, source, "file"), url = text(config, source, "url");
    struct wgo_str command = text(config, source, "executable.command");
    if (wgo_str_is(text(config, source, "format.type"), "json")) {
        subject->member = text(config, source, "format.subject_token_field_name");
        if (subject->member.len == 0) {
            return lacks("credential_source.format.subject_token_field_name", err);
        }
    }
    if (wgo_json_get(source, WGO_STR("environment_id")).ptr) {
        return read_aws(config, source, err);
    }
    subject->place = file.len > 0 ? file : url.len > 0 ? url : command;
    if (file.len > 0) {
        subject->source = WGO_GCP_FROM_FILE;
        return WGO_OK;
    }
    if (url.len > 0) {
        subject->source = WGO_GCP_FROM_URL;
        return read_headers(config, wgo_json_get(source, WGO_STR("headers")), err);
    }
    if (command.len > 0) {
        read_executable(config, source);
        return WGO_OK;
    }
    wgo_fail(err, WGO_E_CONFIG, "external credentials of this source are not understood");
    wgo_error_hint(err, "wgo knows file, url, executable and the roles of AWS (environment_id)");
    return WGO_E_CONFIG;
}

static enum wgo_status read_external(struct wgo_gcp_config *config, struct wgo_str json,
                                     struct wgo_error *err)
{
    struct wgo_str token_url = text(config, json, "token_url");
    struct wgo_str life = wgo_json_text(
        wgo_json_get(json, WGO_STR("service_account_impersonation.token_lifetime_seconds")),
        &config->arena);
    uint64_t seconds = 0;
    config->kind = WGO_GCP_EXTERNAL;
    config->audience = text(config, json, "audience");
    config->subject_token_type = text(config, json, "subject_token_type");
    config->token_url = token_url.len > 0 ? token_url : WGO_STR(STS_URL);
    config->impersonation_url = text(config, json, "service_account_impersonation_url");
    config->client_id = text(config, json, "client_id");
    config->lifetime_s = wgo_str_to_u64(life, &seconds) ? (int64_t)seconds : 0;
    if (secret(json, "client_secret", &config->client_secret) != WGO_OK) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    if (config->audience.len == 0 || config->subject_token_type.len == 0) {
        return lacks(config->audience.len == 0 ? "audience" : "subject_token_type", err);
    }
    return read_source(config, wgo_json_get(json, WGO_STR("credential_source")), err);
}

static enum wgo_status read_impersonated(struct wgo_gcp_config *config, struct wgo_str json,
                                         unsigned depth, struct wgo_error *err)
{
    struct wgo_str source = wgo_json_get(json, WGO_STR("source_credentials"));
    config->kind = WGO_GCP_IMPERSONATED;
    config->impersonation_url = text(config, json, "service_account_impersonation_url");
    config->delegates = wgo_str_dup(&config->arena, wgo_json_get(json, WGO_STR("delegates")));
    if (config->impersonation_url.len == 0 || !source.ptr) {
        return lacks(source.ptr ? "service_account_impersonation_url" : "source_credentials", err);
    }
    config->inner = calloc(1, sizeof(*config->inner));
    return config->inner ? wgo_gcp_config_read(config->inner, source, depth + 1, err)
                         : wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

enum wgo_status wgo_gcp_config_read(struct wgo_gcp_config *config, struct wgo_str json,
                                    unsigned depth, struct wgo_error *err)
{
    if (wgo_json_check(json, err) != WGO_OK) {
        wgo_error_prefix(err, "the credentials are no JSON");
        if (err) {
            err->status = WGO_E_CONFIG;
        }
        return WGO_E_CONFIG;
    }
    if (depth > DEEPEST) {
        return wgo_fail(err, WGO_E_CONFIG, "the credentials are nested too deep");
    }
    struct wgo_str type = text(config, json, "type");
    struct wgo_str quota = text(config, json, "quota_project_id");
    config->quota_project = config->quota_project.len > 0 ? config->quota_project : quota;
    if (wgo_str_is(type, "service_account")) {
        return read_key(config, json, err);
    }
    if (wgo_str_is(type, "authorized_user")) {
        return read_user(config, json, err);
    }
    if (wgo_str_is(type, "external_account")) {
        return read_external(config, json, err);
    }
    if (wgo_str_is(type, "impersonated_service_account")) {
        return read_impersonated(config, json, depth, err);
    }
    enum wgo_status status = wgo_fail(err, WGO_E_CONFIG, "credentials of the type \"%.*s\"",
                                      WGO_FMT(wgo_str_slice(type, 0, 60)));
    wgo_error_hint(err, "wgo knows service_account, authorized_user, external_account and "
                        "impersonated_service_account");
    return status;
}
