#include "azure/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "core/clock.h"
#include "core/rng.h"

void az_put_now(struct fc_text *out, bool precise)
{
    time_t now = (time_t)fc_clock_s();
    struct tm tm;

    gmtime_r(&now, &tm);
    fc_text_printf(out, "%04d-%02d-%02d%s%02d:%02d:%02d%s", tm.tm_year + 1900, tm.tm_mon + 1,
                   tm.tm_mday, precise ? "T" : " ", tm.tm_hour, tm.tm_min, tm.tm_sec,
                   precise ? ".0000000Z" : "Z");
}

static void put_ids(const struct az_world *w, const struct fc_request *rq, char request[AZ_GUID],
                    char correlation[AZ_GUID])
{
    az_guid(w->seed + 21, rq->number, request);
    az_guid(w->seed + 22, rq->number, correlation);
}

void az_headers(const struct az_world *w, const struct fc_request *rq, struct fc_reply *reply)
{
    char request[AZ_GUID], correlation[AZ_GUID];

    put_ids(w, rq, request, correlation);
    fc_reply_header(reply, "Cache-Control", "no-cache");
    fc_reply_header(reply, "x-ms-request-id", "%s", request);
    fc_reply_header(reply, "x-ms-correlation-request-id", "%s", correlation);
}

void az_error(struct fc_reply *reply, unsigned status, const char *code, const char *fmt, ...)
{
    struct fc_text t = {0};
    char buf[16384];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(buf, sizeof(buf), fmt, ap);
    va_end(ap);
    fc_text_printf(&t, "{\"error\":{\"code\":\"%s\",\"message\":", code);
    fc_text_json(&t, fc_str_of(buf));
    fc_text_puts(&t, "}}");
    fc_reply_text(reply, status, AZ_JSON, &t);
}

void az_graph_error(const struct fc_request *rq, struct fc_reply *reply, unsigned status,
                    const char *code, const char *details)
{
    struct fc_text t = {0};
    char correlation[AZ_GUID];

    az_guid(23, rq->number, correlation);
    fc_text_printf(
        &t,
        "{\"error\":{\"code\":\"%s\",\"message\":\"Please provide below info when asking "
        "for support: timestamp = ",
        code);
    az_put_now(&t, true);
    fc_text_printf(&t, ", correlationId = %s.\",\"details\":%s}}", correlation, details);
    fc_reply_text(reply, status, AZ_JSON, &t);
}

void az_login_error(const struct az_world *w, const struct fc_request *rq, struct fc_reply *reply,
                    unsigned status, const char *error, unsigned number, const char *fmt, ...)
{
    struct fc_text t = {0}, text = {0};
    char buf[2048], trace[AZ_GUID], correlation[AZ_GUID];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(buf, sizeof(buf), fmt, ap);
    va_end(ap);
    put_ids(w, rq, trace, correlation);
    fc_text_printf(&text, "AADSTS%u: %s Trace ID: %s Correlation ID: %s Timestamp: ", number, buf,
                   trace, correlation);
    az_put_now(&text, false);
    fc_text_printf(&t, "{\"error\":\"%s\",\"error_description\":", error);
    fc_text_json(&t, (struct fc_str){text.data, text.len});
    fc_text_printf(&t, ",\"error_codes\":[%u],\"timestamp\":\"", number);
    az_put_now(&t, false);
    fc_text_printf(&t,
                   "\",\"trace_id\":\"%s\",\"correlation_id\":\"%s\",\"error_uri\":"
                   "\"https://login.microsoftonline.com/error?code=%u\"}",
                   trace, correlation, number);
    fc_reply_text(reply, status, AZ_JSON, &t);
    fc_text_fini(&text);
}
