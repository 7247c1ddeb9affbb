/* Credential files and error answers of Google's, and what AWS's metadata service says of a role,
 * as somebody else might have written them. */
#include "auth/ask.h"
#include "fuzz.h"
#include "gcp/credentials.h"
#include "gcp/error_answer.h"

#include <stdlib.h>

static enum wgo_status fetch(void *engine, const struct wgo_request *request,
                             struct wgo_response *out, struct wgo_error *err)
{
    const struct wgo_str *bytes = engine;
    (void)request;
    (void)err;
    wgo_response_init(out);
    out->status = WGO_OK;
    out->http_status = 200;
    wgo_buf_str(&out->body, *bytes);
    return WGO_OK;
}

static const char *region_only(const char *name)
{
    return strcmp(name, "AWS_REGION") == 0 ? "us-east-2" : NULL;
}

static void ask_aws(struct wgo_str bytes)
{
    struct wgo_clock clock;
    struct wgo_error error = {0};
    struct wgo_buf token = {.secret = true};
    struct wgo_gcp_config config = {
        .audience = WGO_STR("//iam/p"),
        .subject = {.source = WGO_GCP_FROM_AWS,
                    .place = WGO_STR("https://sts.{region}.amazonaws.com?Action=GetCallerIdentity"),
                    .keys_url = WGO_STR("http://169.254.169.254/keys")},
    };
    const struct wgo_services services = {.clock = &clock, .fetch = fetch, .engine = &bytes};
    wgo_clock_init_manual(&clock, (struct wgo_wall){INT64_C(1769860800) * WGO_S});
    enum wgo_status status = wgo_gcp_subject_token(&config, region_only, &services, &token, &error);
    if ((status == WGO_OK) != (token.len > 0) || (status != WGO_OK && !error.message[0])) {
        abort();
    }
    wgo_buf_fini(&token);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_gcp_config *config = calloc(1, sizeof(*config));
    struct wgo_gcp_error answer;
    struct wgo_error error = {0};
    struct wgo_str bytes = wgo_str_from((const char *)data, size);
    if (!config) {
        return 0;
    }
    enum wgo_status status = wgo_gcp_config_read(config, bytes, 0, &error);
    if ((status == WGO_OK) == (error.message[0] != '\0')) {
        abort(); /* a failure says why, and nothing else does */
    }
    wgo_gcp_config_free(config);
    ask_aws(bytes);
    (void)wgo_url_is_near(bytes);
    wgo_gcp_error_read(bytes, &answer);
    if (memchr(answer.message, '\n', strlen(answer.message))) {
        abort();
    }
    return 0;
}
