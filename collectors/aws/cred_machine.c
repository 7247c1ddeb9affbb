/* cred_machine.c: credentials that the place we run in gives: a container's agent, or the EC2
 * instance metadata service (version 2 only).
 *
 * Source: docs.aws.amazon.com/sdkref, "Container credential provider" and "IMDS credential
 * provider". */
#include "aws/cred_private.h"

#include "base/json.h"

/* So near a server answers at once or not at all. */
#define NEAR_NS (2 * WGO_S)
#define TOKEN_LIFE "21600"

static const struct wgo_aws_members members = {
    .id = "AccessKeyId",
    .key = "SecretAccessKey",
    .token = "Token",
    .expires = "Expiration",
    .token_required = true,
};

static enum wgo_status answered(const struct wgo_response *response, const char *who,
                                struct wgo_error *err)
{
    int code = response->http_status;
    if (code >= 200 && code < 300) {
        return WGO_OK;
    }
    enum wgo_status status = code == 429   ? WGO_E_THROTTLED
                             : code == 503 ? WGO_E_UNAVAILABLE
                             : code >= 500 ? WGO_E_SERVER
                                           : WGO_E_AUTH;
    wgo_fail(err, status, "%s answered HTTP %d", who, code);
    if (err) {
        err->http_status = code;
    }
    return status;
}

static enum wgo_status read_answer(const struct wgo_response *response, const char *who,
                                   struct wgo_aws_grant *out, struct wgo_error *err)
{
    struct wgo_str body = wgo_buf_view(&response->body);
    enum wgo_status status = answered(response, who, err);
    if (status != WGO_OK) {
        return status;
    }
    if (wgo_json_check(body, NULL) != WGO_OK) {
        return wgo_fail(err, WGO_E_PARSE, "%s did not answer with JSON", who);
    }
    status = wgo_aws_take_members(body, &members, out, err);
    if (status == WGO_E_AUTH) {
        wgo_error_prefix(err, "%s", who);
    }
    return status;
}

/* ---- container ---- */

enum wgo_status wgo_aws_fetch_container(struct wgo_aws_provider *provider,
                                        const struct wgo_services *services,
                                        struct wgo_aws_grant *out, struct wgo_error *err)
{
    static const char who[] = "the container's credentials server";
    struct wgo_request request = {.method = "GET", .url = provider->url};
    struct wgo_response response;
    struct wgo_buf file = {0};
    struct wgo_str authorization = provider->authorization;
    const struct wgo_aws_asking asking = {
        .services = services,
        .config = provider->config,
        .identity = provider->source,
        .metadata = wgo_str_starts(provider->url, WGO_STR("http://")),
        .timeout_ns = 5 * NEAR_NS,
    };
    enum wgo_status status = WGO_OK;
    if (provider->token_file.len > 0) {
        status = wgo_aws_read_token(provider->token_file.ptr, &file, &authorization, err);
    }
    if (status == WGO_OK) {
        status = wgo_request_header(&request, WGO_STR("Accept"), WGO_STR("application/json"));
    }
    if (status == WGO_OK && authorization.len > 0) {
        status = wgo_request_header(&request, WGO_STR("Authorization"), authorization);
    }
    if (status == WGO_OK) {
        status = wgo_aws_ask(&asking, &request, &response, err);
        if (status == WGO_OK) {
            status = read_answer(&response, who, out, err);
            wgo_aws_answer_fini(&response);
        }
    }
    wgo_aws_wipe(&file);
    return status;
}

/* ---- instance metadata ---- */

struct metadata {
    const struct wgo_aws_provider *provider;
    const struct wgo_services *services;
    struct wgo_arena arena;
    struct wgo_str token;
};

static enum wgo_status ask_metadata(struct metadata *m, const char *method, const char *path,
                                    struct wgo_str more, struct wgo_response *out_response,
                                    struct wgo_error *err)
{
    const struct wgo_aws_asking asking = {
        .services = m->services,
        .config = m->provider->config,
        .identity = m->provider->source,
        .metadata = true,
        .timeout_ns = NEAR_NS / 2,
    };
    struct wgo_request request = {
        .method = method,
        .url =
            wgo_str_format(&m->arena, "%.*s%s%.*s", WGO_FMT(m->provider->url), path, WGO_FMT(more)),
    };
    if (!request.url.ptr) {
        return wgo_aws_no_memory(err);
    }
    enum wgo_status status =
        m->token.len > 0
            ? wgo_request_header(&request, WGO_STR("X-aws-ec2-metadata-token"), m->token)
            : wgo_request_header(&request, WGO_STR("X-aws-ec2-metadata-token-ttl-seconds"),
                                 WGO_STR(TOKEN_LIFE));
    return status == WGO_OK ? wgo_aws_ask(&asking, &request, out_response, err) : status;
}

/* One line of the answer's body: a token, a role's name. */
static enum wgo_status ask_line(struct metadata *m, const char *method, const char *path,
                                struct wgo_str *out_line, struct wgo_error *err)
{
    struct wgo_response response;
    enum wgo_status status = ask_metadata(m, method, path, WGO_STR(""), &response, err);
    if (status != WGO_OK) {
        return status;
    }
    status = answered(&response, "the instance metadata service", err);
    struct wgo_str line = wgo_str_trim(wgo_buf_view(&response.body));
    line = wgo_str_trim(wgo_str_slice(line, 0, wgo_str_find_char(line, '\n')));
    for (size_t i = 0; i < line.len && status == WGO_OK; i++) {
        if ((unsigned char)line.ptr[i] <= ' ' || (unsigned char)line.ptr[i] >= 127) {
            status =
                wgo_fail(err, WGO_E_PARSE, "the instance metadata service answered in riddles");
        }
    }
    if (status == WGO_OK && line.len == 0) {
        status = wgo_fail(err, WGO_E_AUTH, "the instance has no role");
    }
    if (status == WGO_OK) {
        *out_line = wgo_str_dup(&m->arena, line);
        status = out_line->ptr ? WGO_OK : wgo_aws_no_memory(err);
    }
    wgo_aws_answer_fini(&response);
    return status;
}

#define ROLES "/latest/meta-data/iam/security-credentials/"

static enum wgo_status ask_role(struct metadata *m, struct wgo_aws_grant *out,
                                struct wgo_error *err)
{
    struct wgo_response response;
    struct wgo_str token = {0}, role = {0};
    enum wgo_status status = ask_line(m, "PUT", "/latest/api/token", &token, err);
    m->token = token;
    if (status == WGO_OK) {
        status = ask_line(m, "GET", ROLES, &role, err);
        if (status == WGO_E_AUTH && err && err->http_status == 404) {
            wgo_fail(err, status, "the instance has no role");
        }
    }
    if (status == WGO_OK) {
        struct wgo_buf encoded = {0};
        wgo_url_encode(&encoded, role, false);
        status = encoded.failed
                     ? wgo_aws_no_memory(err)
                     : ask_metadata(m, "GET", ROLES, wgo_buf_view(&encoded), &response, err);
        wgo_buf_fini(&encoded);
        if (status == WGO_OK) {
            status = read_answer(&response, "the instance metadata service", out, err);
            wgo_aws_answer_fini(&response);
        }
    }
    if (token.ptr) {
        wgo_wipe((char *)token.ptr, token.len);
    }
    return status;
}

static enum wgo_status nothing_found(const char *why, struct wgo_error *err)
{
    wgo_fail(err, WGO_E_AUTH,
             "there are none: not in the environment, the profile or a container, and %s", why);
    wgo_error_hint(err, "`aws configure` or `aws configure sso` sets them up; --profile names "
                        "another profile");
    return WGO_E_AUTH;
}

enum wgo_status wgo_aws_fetch_machine(struct wgo_aws_provider *provider,
                                      const struct wgo_services *services,
                                      struct wgo_aws_grant *out, struct wgo_error *err)
{
    struct metadata m = {.provider = provider, .services = services};
    struct wgo_error why = {0};
    if (provider->url.len == 0) {
        return nothing_found("AWS_EC2_METADATA_DISABLED is set", err);
    }
    /* Nobody waits for a server that cannot be there. */
    if (provider->found_machine && wgo_aws_machine() == WGO_AWS_MACHINE_OTHER) {
        return nothing_found("this machine is no EC2 instance", err);
    }
    enum wgo_status status = ask_role(&m, out, &why);
    wgo_arena_fini(&m.arena);
    if (status == WGO_OK || status == WGO_E_CANCELLED || status == WGO_E_NOMEM) {
        if (err && status != WGO_OK) {
            *err = why;
        }
        return status;
    }
    bool silent = why.http_status == 0 && status != WGO_E_AUTH && status != WGO_E_PARSE;
    if (silent && provider->found_machine && wgo_aws_machine() != WGO_AWS_MACHINE_EC2) {
        return nothing_found("no instance metadata service answers", err);
    }
    if (err) {
        *err = why;
    }
    return status;
}
