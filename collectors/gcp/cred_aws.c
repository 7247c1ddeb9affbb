/* cred_aws.c: a role of AWS vouches for us: a request of "who am I" that is signed here and that
 * Google sends to AWS.
 *
 * The keys are the environment's (AWS_ACCESS_KEY_ID ...), else the role's that the instance
 * metadata service gives, after a session token where the credentials name an address for one.
 *
 * Source: google.aip.dev/auth/4117, "Determining the subject token in AWS";
 *         cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token, "subjectToken". */
#include "gcp/credentials.h"

#include "auth/ask.h"
#include "auth/sigv4.h"
#include "base/json.h"
#include "base/json_write.h"

#include <ctype.h>

#define SESSION_LIFE "300"

struct aws {
    const struct wgo_gcp_config *config;
    const char *(*getenv)(const char *name);
    const struct wgo_services *services;
    struct wgo_arena arena; /* wiped */
    struct wgo_str session; /* of the metadata service; "" = none was asked for */
    struct wgo_error *err;
};

static struct wgo_str said(struct aws *aws, const char *name)
{
    const char *value = aws->getenv(name);
    return wgo_str(value ? value : "");
}

/* ---- the instance metadata service ---- */

/* The text at 'url'. */
static enum wgo_status ask(struct aws *aws, const char *method, struct wgo_str url,
                           struct wgo_str header, struct wgo_str value, struct wgo_str *out)
{
    struct wgo_request request = {.method = method, .url = url};
    struct wgo_response response;
    const struct wgo_asking asking = {
        .services = aws->services,
        .identity = aws->config->source,
        .near = wgo_url_is_near(url),
    };
    enum wgo_status status = value.len > 0 ? wgo_request_header(&request, header, value) : WGO_OK;
    if (status == WGO_OK) {
        status = wgo_ask(&asking, &request, &response, aws->err);
    }
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_str text = wgo_str_trim(wgo_buf_view(&response.body));
    if (response.http_status != 200 || text.len == 0) {
        status = wgo_fail(aws->err, WGO_E_AUTH, "%.*s: HTTP %d%s",
                          WGO_FMT(wgo_str_slice(url, 0, 200)), response.http_status,
                          response.http_status == 200 ? ", and nothing in it" : "");
    } else {
        *out = wgo_str_dup(&aws->arena, text);
        status = out->ptr ? WGO_OK : wgo_fail(aws->err, WGO_E_NOMEM, "out of memory");
    }
    wgo_response_fini(&response);
    return status;
}

static enum wgo_status ask_metadata(struct aws *aws, struct wgo_str url, struct wgo_str *out)
{
    struct wgo_str address = aws->config->subject.session_url;
    enum wgo_status status = WGO_OK;
    if (address.len > 0 && aws->session.len == 0) {
        status = ask(aws, "PUT", address, WGO_STR("X-aws-ec2-metadata-token-ttl-seconds"),
                     WGO_STR(SESSION_LIFE), &aws->session);
    }
    return status == WGO_OK
               ? ask(aws, "GET", url, WGO_STR("X-aws-ec2-metadata-token"), aws->session, out)
               : status;
}

/* ---- where, and who ---- */

static enum wgo_status lacks(struct aws *aws, const char *what, const char *hint)
{
    wgo_fail(aws->err, WGO_E_AUTH, "%s of AWS is not known", what);
    wgo_error_hint(aws->err, "%s", hint);
    return WGO_E_AUTH;
}

static enum wgo_status find_region(struct aws *aws, struct wgo_str *out)
{
    struct wgo_str region = said(aws, "AWS_REGION");
    region = region.len > 0 ? region : said(aws, "AWS_DEFAULT_REGION");
    enum wgo_status status = WGO_OK;
    if (region.len == 0 && aws->config->subject.region_url.len > 0) {
        status = ask_metadata(aws, aws->config->subject.region_url, &region);
        /* "us-east-1d" is a zone. */
        bool zone = region.len > 0 && isalpha((unsigned char)region.ptr[region.len - 1]);
        region.len -= zone;
    }
    for (size_t i = 0; i < region.len; i++) {
        unsigned char c = (unsigned char)region.ptr[i];
        if (!isalnum(c) && c != '-') {
            return wgo_fail(aws->err, WGO_E_AUTH, "that is no region of AWS");
        }
    }
    if (status == WGO_OK && region.len == 0) {
        return lacks(aws, "the region", "AWS_REGION names it");
    }
    *out = region;
    return status;
}

static struct wgo_str member(struct aws *aws, struct wgo_str json, const char *name)
{
    struct wgo_str raw = wgo_json_get(json, wgo_str(name));
    return raw.ptr && wgo_json_kind_of(raw) == WGO_JSON_STRING ? wgo_json_text(raw, &aws->arena)
                                                               : (struct wgo_str){0};
}

static enum wgo_status ask_keys(struct aws *aws, struct wgo_aws_credentials *out)
{
    struct wgo_str address = aws->config->subject.keys_url, role = {0}, json = {0};
    if (address.len == 0) {
        return lacks(aws, "the key", "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY hold it");
    }
    enum wgo_status status = ask_metadata(aws, address, &role);
    if (status == WGO_OK) {
        bool slash = wgo_str_ends(address, WGO_STR("/"));
        struct wgo_str url = wgo_str_format(&aws->arena, "%.*s%s%.*s", WGO_FMT(address),
                                            slash ? "" : "/", WGO_FMT(role));
        status = ask_metadata(aws, url, &json);
    }
    if (status != WGO_OK) {
        return status;
    }
    bool good = wgo_json_check(json, NULL) == WGO_OK;
    struct wgo_str id = good ? member(aws, json, "AccessKeyId") : (struct wgo_str){0};
    struct wgo_str key = good ? member(aws, json, "SecretAccessKey") : (struct wgo_str){0};
    if (id.len == 0 || key.len == 0) {
        return wgo_fail(aws->err, WGO_E_AUTH, "%.*s: no key there",
                        WGO_FMT(wgo_str_slice(address, 0, 200)));
    }
    return wgo_aws_credentials_set(out, id, key, member(aws, json, "Token")) == WGO_OK
               ? WGO_OK
               : wgo_fail(aws->err, WGO_E_NOMEM, "out of memory");
}

static enum wgo_status find_keys(struct aws *aws, struct wgo_aws_credentials *out)
{
    struct wgo_str id = said(aws, "AWS_ACCESS_KEY_ID"), key = said(aws, "AWS_SECRET_ACCESS_KEY");
    if (id.len == 0 || key.len == 0) {
        return ask_keys(aws, out);
    }
    return wgo_aws_credentials_set(out, id, key, said(aws, "AWS_SESSION_TOKEN")) == WGO_OK
               ? WGO_OK
               : wgo_fail(aws->err, WGO_E_NOMEM, "out of memory");
}

/* ---- the request ---- */

static enum wgo_status sign(struct aws *aws, struct wgo_str region,
                            const struct wgo_aws_credentials *credentials, struct wgo_request *out)
{
    struct wgo_str url = aws->config->subject.place, hole = WGO_STR("{region}");
    size_t at = wgo_str_find(url, hole);
    if (at < url.len) {
        url = wgo_str_format(&aws->arena, "%.*s%.*s%.*s", WGO_FMT(wgo_str_slice(url, 0, at)),
                             WGO_FMT(region), WGO_FMT(wgo_str_slice(url, at + hole.len, url.len)));
    }
    struct wgo_str host = wgo_str_slice(url, wgo_str_find(url, WGO_STR("//")) + 2, url.len);
    size_t end = 0;
    while (end < host.len && !strchr("/?#", host.ptr[end])) {
        end++;
    }
    const struct wgo_sigv4_options options = {
        .credentials = credentials,
        .region = region,
        .service = WGO_STR("sts"),
        .now = wgo_clock_wall(aws->services->clock),
    };
    *out = (struct wgo_request){.method = "POST", .url = url};
    /* Google must send it to the provider that it was made for. */
    enum wgo_status status =
        wgo_request_header(out, WGO_STR("x-goog-cloud-target-resource"), aws->config->audience);
    if (status == WGO_OK) {
        status = wgo_request_header(out, WGO_STR("host"), wgo_str_slice(host, 0, end));
    }
    return status == WGO_OK ? wgo_sigv4_sign(&options, &aws->arena, out, aws->err) : status;
}

/* JSON, percent-encoded. */
static enum wgo_status write_token(struct aws *aws, const struct wgo_request *request,
                                   struct wgo_buf *out)
{
    struct wgo_buf json = {.secret = true};
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, &json);
    wgo_json_open_object(&w);
    wgo_json_member_str(&w, "url", request->url);
    wgo_json_member_str(&w, "method", wgo_str(request->method));
    wgo_json_key(&w, "headers");
    wgo_json_open_array(&w);
    for (unsigned i = 0; i < request->header_count; i++) {
        wgo_json_open_object(&w);
        wgo_json_member_str(&w, "key", request->headers[i].name);
        wgo_json_member_str(&w, "value", request->headers[i].value);
        wgo_json_close_object(&w);
    }
    wgo_json_close_array(&w);
    wgo_json_close_object(&w);
    bool good = !json.failed && wgo_url_encode(out, wgo_buf_view(&json), false);
    wgo_buf_fini(&json);
    return good ? WGO_OK : wgo_fail(aws->err, WGO_E_NOMEM, "out of memory");
}

enum wgo_status wgo_gcp_aws_token(const struct wgo_gcp_config *config,
                                  const char *(*getenv)(const char *name),
                                  const struct wgo_services *services, struct wgo_buf *out,
                                  struct wgo_error *err)
{
    struct aws aws = {.config = config, .getenv = getenv, .services = services, .err = err};
    struct wgo_aws_credentials credentials = {.access_key_id = {0}};
    struct wgo_request request;
    struct wgo_str region = {0};
    enum wgo_status status = find_region(&aws, &region);
    if (status == WGO_OK) {
        status = find_keys(&aws, &credentials);
    }
    if (status == WGO_OK) {
        status = sign(&aws, region, &credentials, &request);
    }
    if (status == WGO_OK) {
        status = write_token(&aws, &request, out);
    }
    wgo_aws_credentials_fini(&credentials);
    wgo_arena_wipe(&aws.arena);
    return status;
}
