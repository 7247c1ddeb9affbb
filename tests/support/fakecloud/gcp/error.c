#include "gcp/error.h"

#include <string.h>

#include "gcp/catalog.h"

#define TYPES "type.googleapis.com/google.rpc."

struct problem {
    unsigned status;
    const char *code;    /* Of google.rpc.Status. */
    const char *reason;  /* Of an "errors" list. */
    const char *domain;  /* Of an "errors" list. */
    const char *message; /* The usual one. */
};

static const struct problem problems[] = {
    [GCP_OK] = {200, "OK", "", "global", ""},
    [GCP_BAD_PARAMETER] = {400, "INVALID_ARGUMENT", "invalid", "global",
                           "Request contains an invalid argument."},
    [GCP_UNAUTHENTICATED] = {401, "UNAUTHENTICATED", "authError", "global",
                             "Request had invalid authentication credentials. Expected OAuth 2 "
                             "access token, login cookie or other valid authentication credential. "
                             "See https://developers.google.com/identity/sign-in/web/"
                             "devconsole-project."},
    [GCP_EXPIRED] = {401, "UNAUTHENTICATED", "authError", "global",
                     "Request had invalid authentication credentials. Expected OAuth 2 access "
                     "token, login cookie or other valid authentication credential. See "
                     "https://developers.google.com/identity/sign-in/web/devconsole-project."},
    [GCP_DENIED] = {403, "PERMISSION_DENIED", "forbidden", "global",
                    "The caller does not have permission"},
    [GCP_DISABLED] = {403, "PERMISSION_DENIED", "accessNotConfigured", "usageLimits", NULL},
    [GCP_MISSING] = {404, "NOT_FOUND", "notFound", "global", "Requested entity was not found."},
    [GCP_THROTTLED] = {429, "RESOURCE_EXHAUSTED", "rateLimitExceeded", "usageLimits", NULL},
    [GCP_INTERNAL] = {500, "INTERNAL", "backendError", "global", "Internal error encountered."},
    [GCP_UNAVAILABLE] = {503, "UNAVAILABLE", "backendError", "global",
                         "The service is currently unavailable."},
    [GCP_NOT_SERVED] = {404, "NOT_FOUND", "notFound", "global", "Method not found."},
};

enum gcp_problem gcp_problem_of(unsigned status)
{
    switch (status) {
    case 400:
        return GCP_BAD_PARAMETER;
    case 401:
        return GCP_UNAUTHENTICATED;
    case 403: /* A refusal by a rule: the quota of an older API. */
    case 429:
        return GCP_THROTTLED;
    case 404:
        return GCP_MISSING;
    case 503:
        return GCP_UNAVAILABLE;
    default:
        return status < 500 ? GCP_BAD_PARAMETER : GCP_INTERNAL;
    }
}

void gcp_error_words(const struct gcp_service *s, const struct gcp_trouble *t, struct fc_text *out)
{
    const char *number = t->project != NULL ? t->project->number : "";

    if (t->message != NULL) {
        fc_text_puts(out, t->message);
    } else if (t->problem == GCP_DISABLED) {
        fc_text_printf(out,
                       "%s has not been used in project %s before or it is disabled. Enable it by "
                       "visiting https://console.developers.google.com/apis/api/%s.googleapis.com/"
                       "overview?project=%s then retry. If you enabled this API recently, wait a "
                       "few minutes for the action to propagate to our systems and retry.",
                       s->title, number, s->name, number);
    } else if (t->problem == GCP_THROTTLED) {
        fc_text_printf(out,
                       "Quota exceeded for quota metric 'Requests' and limit 'Requests per minute' "
                       "of service '%s.googleapis.com' for consumer 'project_number:%s'.",
                       s->name, number);
    } else {
        fc_text_puts(out, problems[t->problem].message);
    }
}

/* google.rpc.ErrorInfo with the service and, where known, the consumer. */
static void put_info(const struct gcp_service *s, const struct gcp_trouble *t, const char *reason,
                     const char *domain, struct fc_text *out)
{
    fc_text_printf(out,
                   "{\"@type\":\"" TYPES "ErrorInfo\",\"reason\":\"%s\",\"domain\":\"%s\","
                   "\"metadata\":{\"service\":\"%s.googleapis.com\"",
                   reason, domain, s->name);
    if (t->project != NULL) {
        fc_text_printf(out, ",\"consumer\":\"projects/%s\"", t->project->number);
    }
    if (t->permission != NULL) {
        fc_text_puts(out, ",\"permission\":");
        fc_text_json(out, fc_str_of(t->permission));
    }
    if (t->problem == GCP_THROTTLED) {
        fc_text_printf(out,
                       ",\"quota_metric\":\"%s.googleapis.com/default_requests\","
                       "\"quota_limit\":\"DefaultRequestsPerMinutePerProject\","
                       "\"quota_location\":\"global\",\"quota_unit\":\"1/min/{project}\"",
                       s->name);
    }
}

static void put_disabled(const struct gcp_service *s, const struct gcp_trouble *t,
                         struct fc_str message, struct fc_text *out)
{
    const char *number = t->project != NULL ? t->project->number : "";
    struct fc_text url = {0};

    fc_text_printf(&url,
                   "https://console.developers.google.com/apis/api/%s.googleapis.com/"
                   "overview?project=%s",
                   s->name, number);
    put_info(s, t, "SERVICE_DISABLED", "googleapis.com", out);
    fc_text_printf(out,
                   ",\"serviceTitle\":\"%s\",\"containerInfo\":\"%s\",\"activationUrl\":\"%s\"",
                   s->title, number, url.data);
    fc_text_puts(out, "}},{\"@type\":\"" TYPES "LocalizedMessage\",\"locale\":\"en-US\","
                      "\"message\":");
    fc_text_json(out, message);
    fc_text_printf(out,
                   "},{\"@type\":\"" TYPES "Help\",\"links\":[{\"description\":\"Google developers "
                   "console API activation\",\"url\":\"%s\"}]}",
                   url.data);
    fc_text_fini(&url);
}

static void put_details(const struct gcp_service *s, const struct gcp_trouble *t,
                        struct fc_str message, struct fc_text *out)
{
    size_t start = out->len;

    fc_text_puts(out, ",\"details\":[");
    switch (t->problem) {
    case GCP_DISABLED:
        put_disabled(s, t, message, out);
        break;
    case GCP_THROTTLED:
        put_info(s, t, "RATE_LIMIT_EXCEEDED", "googleapis.com", out);
        fc_text_puts(out, "}},{\"@type\":\"" TYPES "Help\",\"links\":[{\"description\":\"Request a "
                          "higher quota limit.\",\"url\":\"https://cloud.google.com/docs/quotas/"
                          "help/request_increase\"}]}");
        break;
    case GCP_UNAUTHENTICATED:
    case GCP_EXPIRED:
        put_info(s, t,
                 t->problem == GCP_EXPIRED ? "ACCESS_TOKEN_EXPIRED"
                                           : "ACCESS_TOKEN_TYPE_UNSUPPORTED",
                 "googleapis.com", out);
        fc_text_puts(out, "}}");
        break;
    case GCP_DENIED:
        put_info(s, t, "IAM_PERMISSION_DENIED", "iam.googleapis.com", out);
        fc_text_puts(out, "}}");
        break;
    default:
        out->len = start;
        return;
    }
    fc_text_puts(out, "]");
}

void gcp_error_say(const struct gcp_service *service, const struct gcp_trouble *t,
                   struct fc_reply *reply)
{
    struct fc_text out = {0};

    gcp_error_words(service, t, &out);
    fc_reply_text(reply, t->status != 0 ? t->status : problems[t->problem].status,
                  "text/html; charset=UTF-8", &out);
}

void gcp_error_reply(const struct gcp_service *service, const struct gcp_trouble *t,
                     struct fc_reply *reply)
{
    const struct problem *p = &problems[t->problem];
    unsigned status = t->status != 0 ? t->status : p->status;
    struct fc_text message = {0}, out = {0};
    struct fc_str text;

    if (t->problem == GCP_THROTTLED && service->old && t->status == 0) {
        status = 403;
    }
    gcp_error_words(service, t, &message);
    text = (struct fc_str){message.data, message.len};
    fc_text_printf(&out, "{\"error\":{\"code\":%u,\"message\":", status);
    fc_text_json(&out, text);
    if (service->old) {
        fc_text_puts(&out, ",\"errors\":[{\"message\":");
        fc_text_json(&out, text);
        fc_text_printf(&out, ",\"domain\":\"%s\",\"reason\":\"%s\"}]", p->domain,
                       t->code != NULL ? t->code : p->reason);
    }
    fc_text_printf(&out, ",\"status\":\"%s\"",
                   t->code != NULL && !service->old               ? t->code
                   : t->problem == GCP_THROTTLED && status == 403 ? "PERMISSION_DENIED"
                                                                  : p->code);
    put_details(service, t, text, &out);
    fc_text_puts(&out, "}}\n");
    fc_text_fini(&message);
    fc_reply_text(reply, status, "application/json; charset=UTF-8", &out);
    if (status == 401) {
        fc_reply_header(reply, "WWW-Authenticate",
                        "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"");
    }
}
