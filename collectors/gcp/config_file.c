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

static enum wgo_status secret(struct wgo_gcp_config *config, struct wgo_str json, const char *path,
                              struct wgo_secret *out)
{
    struct wgo_str value = text(config, json, path);
    enum wgo_status status = wgo_secret_set(out, value);
    if (value.len > 0) {
        wgo_wipe((char *)(uintptr_t)value.ptr, value.len);
    }
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
    if (secret(config, json, "private_key", &config->private_key) != WGO_OK) {
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
    if (secret(config, json, "client_secret", &config->client_secret) != WGO_OK ||
        secret(config, json, "refresh_token", &config->refresh_token) != WGO_OK) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    return wgo_secret_reveal(&config->refresh_token).len > 0 ? WGO_OK : lacks("refresh_token", err);
}

static void read_headers(struct wgo_gcp_config *config, struct wgo_str map)
{
    struct wgo_json json;
    struct wgo_str key, value;
    struct wgo_gcp_subject *subject = &config->subject;
    wgo_json_init(&json, map);
    if (!map.ptr || wgo_json_peek(&json) != WGO_JSON_OBJECT || !wgo_json_enter_object(&json)) {
        return;
    }
    while (wgo_json_next_member(&json, &key) && wgo_json_skip(&json, &value)) {
        struct wgo_str said = wgo_json_text(value, &config->arena);
        if (subject->header_count < WGO_GCP_HEADERS && said.len > 0) {
            subject->headers[subject->header_count].name = wgo_str_dup(&config->arena, key);
            subject->headers[subject->header_count++].value = wgo_str_dup(&config->arena, said);
        }
    }
}

static enum wgo_status read_source(struct wgo_gcp_config *config, struct wgo_str source,
                                   struct wgo_error *err)
{
    struct wgo_gcp_subject *subject = &config->subject;
    struct wgo_str file = text(config, source, "file"), url = text(config, source, "url");
    struct wgo_str command = text(config, source, "executable.command");
    struct wgo_str millis =
        wgo_json_text(wgo_json_get(source, WGO_STR("executable.timeout_millis")), &config->arena);
    uint64_t timeout_ms = 0;
    if (wgo_str_is(text(config, source, "format.type"), "json")) {
        subject->member = text(config, source, "format.subject_token_field_name");
        if (subject->member.len == 0) {
            return lacks("credential_source.format.subject_token_field_name", err);
        }
    }
    subject->timeout_ns = wgo_str_to_u64(millis, &timeout_ms) && timeout_ms <= 120000
                              ? (int64_t)timeout_ms * WGO_MS
                              : COMMAND_TIMEOUT_NS;
    if (file.len > 0) {
        subject->source = WGO_GCP_FROM_FILE;
        subject->place = file;
    } else if (url.len > 0 && !wgo_json_get(source, WGO_STR("environment_id")).ptr) {
        subject->source = WGO_GCP_FROM_URL;
        subject->place = url;
        read_headers(config, wgo_json_get(source, WGO_STR("headers")));
    } else if (command.len > 0) {
        subject->source = WGO_GCP_FROM_PROCESS;
        subject->place = command;
        subject->output_file = text(config, source, "executable.output_file");
    } else {
        enum wgo_status status =
            wgo_fail(err, WGO_E_CONFIG, "external credentials of this source are not understood");
        wgo_error_hint(err, "wgo knows file, url and executable; of AWS roles make a token with "
                            "`gcloud auth print-access-token`, or use a service account");
        return status;
    }
    return WGO_OK;
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
    if (secret(config, json, "client_secret", &config->client_secret) != WGO_OK) {
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
