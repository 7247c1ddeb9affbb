/* cred_external.c: workload identity federation: somebody else's token, exchanged for Google's.
 *
 * Source: google.aip.dev/auth/4117; cloud.google.com/iam/docs/workload-identity-federation. */
#include "gcp/credentials.h"

#include "auth/ask.h"
#include "base/file.h"
#include "base/json.h"
#include "base/process.h"

#include <stdio.h>

#define URL_TIMEOUT_NS (30 * WGO_S)
enum { LARGEST_SUBJECT = 1 << 20, MOST_WORDS = 32 };

/* The token in what was found: a member of JSON, or all of it. */
static enum wgo_status take(const struct wgo_gcp_config *config, struct wgo_str found,
                            struct wgo_buf *out, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_str member = config->subject.member, token = wgo_str_trim(found);
    enum wgo_status status = WGO_OK;
    if (member.len > 0) {
        bool json = wgo_json_check(token, NULL) == WGO_OK;
        token = json ? wgo_json_text(wgo_json_get(token, member), &arena) : (struct wgo_str){0};
    }
    if (token.len == 0) {
        status = wgo_fail(err, WGO_E_AUTH, "%.*s: no token there",
                          WGO_FMT(wgo_str_slice(config->subject.place, 0, 200)));
    } else if (!wgo_buf_str(out, token)) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_arena_wipe(&arena);
    return status;
}

static enum wgo_status from_file(const struct wgo_gcp_config *config, struct wgo_str path,
                                 struct wgo_buf *out, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_buf bytes = {.secret = true};
    enum wgo_status status =
        wgo_file_read(wgo_str_cstr(&arena, path), LARGEST_SUBJECT, &bytes, err);
    if (status == WGO_OK) {
        status = take(config, wgo_buf_view(&bytes), out, err);
    } else if (status != WGO_E_NOMEM && err) {
        status = err->status = WGO_E_AUTH;
    }
    wgo_buf_fini(&bytes);
    wgo_arena_fini(&arena);
    return status;
}

static enum wgo_status from_url(const struct wgo_gcp_config *config,
                                const struct wgo_services *services, struct wgo_buf *out,
                                struct wgo_error *err)
{
    const struct wgo_gcp_subject *subject = &config->subject;
    const struct wgo_asking asking = {
        .services = services,
        .identity = config->source,
        .near = wgo_url_is_near(subject->place),
        .timeout_ns = URL_TIMEOUT_NS,
    };
    struct wgo_request request = {.method = "GET", .url = subject->place};
    struct wgo_response response;
    enum wgo_status status = WGO_OK;
    for (unsigned i = 0; i < subject->header_count && status == WGO_OK; i++) {
        status = wgo_request_header(&request, subject->headers[i].name, subject->headers[i].value);
    }
    if (status == WGO_OK) {
        status = wgo_ask(&asking, &request, &response, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    status = response.http_status == 200
                 ? take(config, wgo_buf_view(&response.body), out, err)
                 : wgo_fail(err, WGO_E_AUTH, "%.*s: HTTP %d",
                            WGO_FMT(wgo_str_slice(subject->place, 0, 200)), response.http_status);
    wgo_response_fini(&response);
    return status;
}

/* ---- an executable ---- */

/* Splits a command line at spaces; quotes keep them. False: too many words, or out of memory. */
static bool split(struct wgo_str line, struct wgo_arena *arena, const char *argv[MOST_WORDS + 1])
{
    size_t count = 0, at = 0;
    while (at < line.len) {
        while (at < line.len && line.ptr[at] == ' ') {
            at++;
        }
        if (at == line.len) {
            break;
        }
        char *word = wgo_arena_bytes(arena, line.len - at + 1);
        size_t len = 0;
        char quote = '\0';
        if (!word || count == MOST_WORDS) {
            return false;
        }
        for (; at < line.len && (quote || line.ptr[at] != ' '); at++) {
            char c = line.ptr[at];
            if (quote ? c == quote : c == '"' || c == '\'') {
                quote = quote ? '\0' : c;
            } else {
                word[len++] = c;
            }
        }
        word[len] = '\0';
        argv[count++] = word;
    }
    argv[count] = NULL;
    return count > 0;
}

/* {"version":1,"success":true,"token_type":...,"id_token" or "saml_response"} */
static enum wgo_status read_printed(struct wgo_str printed, struct wgo_wall now,
                                    struct wgo_buf *out, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    enum wgo_status status = WGO_OK;
    int64_t until = 0;
    if (wgo_json_check(printed, NULL) != WGO_OK) {
        return wgo_fail(err, WGO_E_AUTH, "the executable did not print JSON");
    }
    struct wgo_str token = wgo_json_text(wgo_json_get(printed, WGO_STR("id_token")), &arena);
    struct wgo_str saml = wgo_json_text(wgo_json_get(printed, WGO_STR("saml_response")), &arena);
    struct wgo_str expires =
        wgo_json_text(wgo_json_get(printed, WGO_STR("expiration_time")), &arena);
    struct wgo_str message = wgo_json_text(wgo_json_get(printed, WGO_STR("message")), &arena);
    token = token.len > 0 ? token : saml;
    if (!wgo_str_is(wgo_json_get(printed, WGO_STR("success")), "true")) {
        status = wgo_fail(err, WGO_E_AUTH, "the executable says: %.*s",
                          WGO_FMT(wgo_str_slice(message, 0, 300)));
    } else if (wgo_str_to_i64(expires, &until) && until <= now.ns / WGO_S) {
        status = wgo_fail(err, WGO_E_EXPIRED, "the executable's token has expired");
    } else if (token.len == 0) {
        status = wgo_fail(err, WGO_E_AUTH, "the executable printed no id_token");
    } else if (!wgo_buf_str(out, token)) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    wgo_arena_wipe(&arena);
    return status;
}

static enum wgo_status run(const struct wgo_gcp_config *config, const struct wgo_services *services,
                           struct wgo_buf *out, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_buf printed = {.secret = true};
    const char *argv[MOST_WORDS + 1];
    const struct wgo_gcp_subject *subject = &config->subject;
    const char *env[] = {
        wgo_str_format(&arena, "GOOGLE_EXTERNAL_ACCOUNT_AUDIENCE=%.*s", WGO_FMT(config->audience))
            .ptr,
        wgo_str_format(&arena, "GOOGLE_EXTERNAL_ACCOUNT_TOKEN_TYPE=%.*s",
                       WGO_FMT(config->subject_token_type))
            .ptr,
        "GOOGLE_EXTERNAL_ACCOUNT_INTERACTIVE=0",
        NULL,
    };
    const struct wgo_process_options options = {
        .argv = argv,
        .env = env,
        .timeout_ns = subject->timeout_ns,
        .max_output = LARGEST_SUBJECT,
        .cancelled = services->cancelled,
        .cancelled_state = services->engine,
    };
    enum wgo_status status =
        split(subject->place, &arena, argv) && env[0] && env[1]
            ? wgo_process_run(&options, &printed, err)
            : wgo_fail(err, WGO_E_CONFIG, "credential_source.executable.command is no command");
    if (status == WGO_OK) {
        status = read_printed(wgo_buf_view(&printed), wgo_clock_wall(services->clock), out, err);
    } else if (status == WGO_E_REJECTED || status == WGO_E_NOT_FOUND) {
        status = WGO_E_AUTH;
        if (err) {
            err->status = status;
        }
    }
    wgo_buf_fini(&printed);
    wgo_arena_fini(&arena);
    return status;
}

static enum wgo_status from_process(const struct wgo_gcp_config *config,
                                    const char *(*getenv)(const char *name),
                                    const struct wgo_services *services, struct wgo_buf *out,
                                    struct wgo_error *err)
{
    const char *allowed = getenv("GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES");
    struct wgo_buf kept = {.secret = true};
    struct wgo_arena arena = {0};
    if (!allowed || strcmp(allowed, "1") != 0) {
        enum wgo_status status = wgo_fail(
            err, WGO_E_AUTH, "the credentials want to run a program, which is not allowed");
        wgo_error_hint(err, "GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES=1 allows it; look at the "
                            "file first");
        return status;
    }
    /* What it printed last time, as long as that is good. */
    struct wgo_str file = config->subject.output_file;
    bool held = file.len > 0 &&
                wgo_file_read(wgo_str_cstr(&arena, file), LARGEST_SUBJECT, &kept, NULL) == WGO_OK;
    enum wgo_status status =
        held ? read_printed(wgo_buf_view(&kept), wgo_clock_wall(services->clock), out, NULL)
             : WGO_E_ABSENT;
    wgo_buf_fini(&kept);
    wgo_arena_fini(&arena);
    return status == WGO_OK ? WGO_OK : run(config, services, out, err);
}

enum wgo_status wgo_gcp_subject_token(const struct wgo_gcp_config *config,
                                      const char *(*getenv)(const char *name),
                                      const struct wgo_services *services, struct wgo_buf *out,
                                      struct wgo_error *err)
{
    switch (config->subject.source) {
    case WGO_GCP_FROM_FILE:
        return from_file(config, config->subject.place, out, err);
    case WGO_GCP_FROM_URL:
        return from_url(config, services, out, err);
    case WGO_GCP_FROM_AWS:
        return wgo_gcp_aws_token(config, getenv, services, out, err);
    case WGO_GCP_FROM_PROCESS:
        break;
    }
    return from_process(config, getenv, services, out, err);
}

enum wgo_status wgo_gcp_external_token(const struct wgo_gcp_config *config,
                                       const char *(*getenv)(const char *name),
                                       const struct wgo_services *services, struct wgo_str scope,
                                       struct wgo_oauth2_token *out_token, struct wgo_error *err)
{
    struct wgo_buf subject = {.secret = true};
    struct wgo_oauth2_token federated = {.token_type = ""};
    bool impersonates = config->impersonation_url.len > 0;
    enum wgo_status status = wgo_gcp_subject_token(config, getenv, services, &subject, err);
    if (status == WGO_OK) {
        const struct wgo_oauth2_grant grant = {
            .kind = WGO_OAUTH2_TOKEN_EXCHANGE,
            .token_url = config->token_url,
            .client_id = config->client_id,
            .client_secret = wgo_secret_reveal(&config->client_secret),
            .basic_auth = config->client_id.len > 0,
            .audience = config->audience,
            .scope = impersonates ? WGO_STR(WGO_GCP_WHOLE_SCOPE) : scope,
            .subject_token = wgo_buf_view(&subject),
            .subject_token_type = config->subject_token_type,
            .requested_token_type = WGO_STR("urn:ietf:params:oauth:token-type:access_token"),
        };
        status = wgo_gcp_grant(config, services, &grant, &federated, err);
    }
    if (status == WGO_OK && impersonates) {
        status =
            wgo_gcp_impersonate(config, services, scope, &federated.access_token, out_token, err);
        wgo_oauth2_token_fini(&federated);
    } else if (status == WGO_OK) {
        *out_token = federated;
    }
    wgo_buf_fini(&subject);
    return status;
}
