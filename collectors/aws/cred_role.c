/* cred_role.c: roles: AssumeRole with a base's credentials, and AssumeRoleWithWebIdentity. */
#include "aws/cred_private.h"

enum { ATTEMPTS = 3 };

/* 'arn' (may be ""): when no region is configured, its partition says where to ask. */
static enum wgo_status address_of_sts(const struct wgo_aws_config *config, struct wgo_str region,
                                      struct wgo_str arn, struct wgo_arena *arena,
                                      struct wgo_aws_address *out, struct wgo_error *err)
{
    if (region.len == 0) {
        region = config->region;
    }
    if (region.len == 0) {
        const struct wgo_aws_partition *partition =
            wgo_aws_partition_named(wgo_aws_arn_partition(arn));
        region = partition ? wgo_str(partition->global_region) : region;
    }
    return wgo_aws_endpoint(config, WGO_STR("sts"), WGO_STR("STS"), region, arena, out, err);
}

static enum wgo_status form_post(struct wgo_str url, struct wgo_str body, struct wgo_arena *arena,
                                 struct wgo_request *out, struct wgo_error *err)
{
    *out = (struct wgo_request){
        .method = "POST",
        .url = wgo_str_format(arena, "%.*s/", WGO_FMT(url)),
        .body = body,
    };
    if (!out->url.ptr || !body.ptr) {
        return wgo_aws_no_memory(err);
    }
    enum wgo_status status = wgo_request_header(
        out, WGO_STR("Content-Type"), WGO_STR("application/x-www-form-urlencoded; charset=utf-8"));
    return status == WGO_OK ? WGO_OK : wgo_fail(err, status, "too many headers");
}

static struct wgo_aws_asking asking_of(const struct wgo_aws_provider *provider,
                                       const struct wgo_services *services)
{
    return (struct wgo_aws_asking){
        .services = services, .config = provider->config, .identity = provider->source};
}

/* ---- AssumeRole ---- */

/* A signed form for STS. */
static enum wgo_status signed_post(struct wgo_aws_provider *signer, struct wgo_str body,
                                   const struct wgo_aws_address *address, struct wgo_wall now,
                                   struct wgo_arena *arena, struct wgo_request *out_request,
                                   struct wgo_error *err)
{
    struct wgo_request request;
    enum wgo_status status = form_post(address->url, body, arena, &request, err);
    if (status == WGO_OK) {
        const struct wgo_signing what = {
            .request = &request,
            .arena = arena,
            .now = now,
            .service = WGO_STR("sts"),
            .region = address->region,
        };
        status = wgo_aws_provider_sign(signer, &what, err);
    }
    if (status == WGO_OK) {
        *out_request = request;
    }
    return status;
}

enum wgo_status wgo_aws_provider_ask_caller(struct wgo_aws_provider *provider,
                                            struct wgo_str region, struct wgo_wall now,
                                            struct wgo_arena *arena,
                                            struct wgo_request *out_request, struct wgo_error *err)
{
    struct wgo_aws_address address;
    enum wgo_status status =
        address_of_sts(provider->config, region, provider->role.arn, arena, &address, err);
    if (status == WGO_OK) {
        status = signed_post(provider, wgo_aws_sts_caller_identity(), &address, now, arena,
                             out_request, err);
    }
    if (status == WGO_OK) {
        out_request->operation = WGO_STR("sts:GetCallerIdentity");
    }
    return status;
}

enum wgo_status wgo_aws_provider_ask_role(struct wgo_aws_provider *provider, struct wgo_wall now,
                                          struct wgo_arena *arena, struct wgo_request *out_request,
                                          struct wgo_error *err)
{
    struct wgo_aws_address address;
    enum wgo_status status = address_of_sts(provider->config, provider->sts_region,
                                            provider->role.arn, arena, &address, err);
    if (status == WGO_OK) {
        status = signed_post(provider->base, wgo_aws_sts_assume_role(&provider->role, arena),
                             &address, now, arena, out_request, err);
    }
    if (status == WGO_OK) {
        out_request->operation = WGO_STR("sts:AssumeRole");
    }
    return status;
}

static enum wgo_status ask_once(struct wgo_aws_provider *provider,
                                const struct wgo_services *services, struct wgo_arena *arena,
                                struct wgo_response *out_response, struct wgo_error *err)
{
    struct wgo_request request;
    struct wgo_aws_asking asking = asking_of(provider, services);
    asking.identity = provider->base->source;
    enum wgo_status status =
        wgo_aws_provider_ask_role(provider, wgo_clock_wall(services->clock), arena, &request, err);
    return status == WGO_OK ? wgo_aws_ask(&asking, &request, out_response, err) : status;
}

/* True when what STS says of our clock taught us something. */
static bool learn_time(struct wgo_aws_provider *provider, const struct wgo_services *services,
                       const struct wgo_response *response, const struct wgo_aws_refusal *refusal)
{
    struct wgo_wall theirs;
    if (!wgo_aws_clock_is_off(wgo_str(refusal->code), wgo_str(refusal->message)) ||
        !wgo_wall_parse_http(wgo_response_header(response, "date"), &theirs)) {
        return false;
    }
    int64_t skew = theirs.ns - wgo_clock_wall(services->clock).ns;
    int64_t news = skew - wgo_aws_provider_skew(provider);
    wgo_aws_provider_set_skew(provider, skew);
    return news > 60 * WGO_S || news < -60 * WGO_S;
}

static bool is_refused_key(const struct wgo_aws_refusal *refusal)
{
    static const char *const codes[] = {"ExpiredToken", "ExpiredTokenException",
                                        "InvalidClientTokenId", "UnrecognizedClientException"};
    for (size_t i = 0; i < WGO_COUNT(codes); i++) {
        if (wgo_str_is(wgo_str(refusal->code), codes[i])) {
            return true;
        }
    }
    return false;
}

enum wgo_status wgo_aws_fetch_role(struct wgo_aws_provider *provider,
                                   const struct wgo_services *services, struct wgo_aws_grant *out,
                                   struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    enum wgo_status status = WGO_E_AUTH;
    bool again = true;
    for (unsigned attempt = 0; attempt < ATTEMPTS && again; attempt++) {
        struct wgo_response response;
        struct wgo_aws_refusal refusal = {0};
        again = false;
        status = wgo_aws_provider_refresh(provider->base, services, err);
        if (status != WGO_OK) {
            break;
        }
        status = ask_once(provider, services, &arena, &response, err);
        if (status != WGO_OK) {
            break;
        }
        status = wgo_aws_sts_read_credentials(response.http_status, wgo_buf_view(&response.body),
                                              &out->credentials, &out->expires, &refusal, err);
        if (status == WGO_E_AUTH) {
            again = learn_time(provider, services, &response, &refusal) ||
                    (is_refused_key(&refusal) &&
                     wgo_aws_provider_stale(provider->base, wgo_clock_wall(services->clock), true));
        }
        again = again || wgo_aws_sts_may_repeat(status);
        wgo_aws_answer_fini(&response);
    }
    wgo_arena_fini(&arena);
    return status;
}

/* ---- web identity ---- */

enum wgo_status wgo_aws_fetch_web_identity(struct wgo_aws_provider *provider,
                                           const struct wgo_services *services,
                                           struct wgo_aws_grant *out, struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    struct wgo_buf file = {0};
    struct wgo_str token, body = {0};
    struct wgo_aws_address address;
    struct wgo_request request;
    struct wgo_response response;
    const struct wgo_aws_asking asking = asking_of(provider, services);
    enum wgo_status status = wgo_aws_read_token(provider->token_file.ptr, &file, &token, err);
    if (status == WGO_OK) {
        status = address_of_sts(provider->config, WGO_STR(""), provider->role.arn, &arena, &address,
                                err);
    }
    if (status == WGO_OK) {
        body = wgo_aws_sts_web_identity(&provider->role, token, &arena);
        status = form_post(address.url, body, &arena, &request, err);
    }
    if (status == WGO_OK) {
        request.operation = WGO_STR("sts:AssumeRoleWithWebIdentity");
        status = wgo_aws_ask(&asking, &request, &response, err);
    }
    if (status == WGO_OK) {
        status = wgo_aws_sts_read_credentials(response.http_status, wgo_buf_view(&response.body),
                                              &out->credentials, &out->expires, NULL, err);
        wgo_aws_answer_fini(&response);
    }
    if (body.ptr) {
        wgo_wipe((char *)body.ptr, body.len);
    }
    wgo_aws_wipe(&file);
    wgo_arena_fini(&arena);
    return status;
}
