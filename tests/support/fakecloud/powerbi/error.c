#include "powerbi/error.h"

#include <stdarg.h>
#include <stdio.h>

void pbi_error(struct fc_reply *reply, unsigned status, const char *code, const char *fmt, ...)
{
    struct fc_text t = {0};
    char buf[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(buf, sizeof(buf), fmt, ap);
    va_end(ap);
    fc_text_printf(&t, "{\"error\":{\"code\":\"%s\",\"message\":", code);
    fc_text_json(&t, fc_str_of(buf));
    fc_text_puts(&t, "}}");
    fc_reply_text(reply, status, PBI_JSON, &t);
}

void pbi_error_bare(struct fc_reply *reply, unsigned status, const char *code)
{
    struct fc_text t = {0};

    fc_text_printf(&t,
                   "{\"error\":{\"code\":\"%s\",\"pbi.error\":{\"code\":\"%s\",\"parameters\":{},"
                   "\"details\":[],\"exceptionCulprit\":1}}}",
                   code, code);
    fc_reply_text(reply, status, PBI_JSON, &t);
}

void pbi_error_missing(struct fc_reply *reply)
{
    pbi_error_bare(reply, 404, "PowerBIEntityNotFound");
}

void pbi_error_throttled(const struct pbi_world *w, struct fc_reply *reply, int64_t wait_s)
{
    struct fc_text t = {0}, message = {0};

    fc_text_printf(&message,
                   "You have exceeded the amount of requests allowed in the current time frame and "
                   "further requests will fail. Retry in %lld seconds.",
                   (long long)(wait_s > 0 ? wait_s : 1));
    fc_text_printf(&t,
                   w->error_object ? "{\"error\":{\"code\":\"TooManyRequests\",\"message\":\"%s\"}}"
                                   : "{\"message\":\"%s\"}",
                   message.data);
    fc_text_fini(&message);
    fc_reply_text(reply, 429, PBI_JSON, &t);
}

void pbi_headers(const struct pbi_world *w, const struct fc_request *rq, struct fc_reply *reply)
{
    char request[AZ_GUID];

    az_guid(w->seed + 41, rq->number, request);
    fc_reply_header(reply, "RequestId", "%s", request);
    fc_reply_header(reply, "Cache-Control", "no-store, must-revalidate, no-cache");
    fc_reply_header(reply, "Pragma", "no-cache");
}
