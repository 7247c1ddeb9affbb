#include "k8s/status.h"

#include <stdio.h>

struct usual {
    unsigned status;
    const char *reason;
    const char *message;
};

static const struct usual table[] = {
    {400, "BadRequest", "the server rejected our request for an unknown reason"},
    {401, "Unauthorized", "Unauthorized"},
    {403, "Forbidden", "forbidden"},
    {404, "NotFound", "the server could not find the requested resource"},
    {405, "MethodNotAllowed", "the server does not allow this method on the requested resource"},
    {406, "NotAcceptable", "only the following media types are accepted: application/json"},
    {409, "Conflict", "the server reported a conflict"},
    {410, "Expired", "The resourceVersion for the provided list is too old."},
    {429, "TooManyRequests", "Too many requests, please try again later."},
    {500, "InternalError",
     "Internal error occurred: etcdserver: request timed out, possibly due to connection lost"},
    {503, "ServiceUnavailable", "the server is currently unable to handle the request"},
    {504, "Timeout", "Timeout: request did not complete within the allotted timeout"},
};

/* 'details' are the members of an object, or NULL. */
static void print(struct fc_reply *reply, unsigned status, const char *reason,
                  struct fc_str message, const char *metadata, const char *details)
{
    struct fc_text t = {0};

    fc_text_printf(&t,
                   "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{%s},"
                   "\"status\":\"Failure\",\"message\":",
                   metadata);
    fc_text_json(&t, message);
    fc_text_printf(&t, ",\"reason\":\"%s\"", reason);
    if (details != NULL) {
        fc_text_printf(&t, ",\"details\":{%s}", details);
    }
    fc_text_printf(&t, ",\"code\":%u}\n", status);
    fc_reply_text(reply, status, K8S_JSON, &t);
}

void k8s_status(struct fc_reply *reply, unsigned status, int retry_after_s)
{
    char details[64] = "";
    size_t i;

    if (retry_after_s >= 0) {
        snprintf(details, sizeof(details), "\"retryAfterSeconds\":%d", retry_after_s);
    }
    for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].status == status) {
            print(reply, status, table[i].reason, fc_str_of(table[i].message), "",
                  details[0] != '\0' || status == 404 ? details : NULL);
            return;
        }
    }
    print(reply, status, status >= 500 ? "InternalError" : "BadRequest",
          fc_str_of("an error on the server has prevented the request from succeeding"), "",
          details[0] != '\0' ? details : NULL);
}

void k8s_status_message(struct fc_reply *reply, unsigned status, const char *reason,
                        const char *message)
{
    print(reply, status, reason, fc_str_of(message), "", NULL);
}

static void add_quoted_name(struct fc_text *t, struct fc_str name)
{
    if (name.n > 0) {
        fc_text_printf(t, " \"%.*s\"", (int)name.n, name.p);
    }
}

void k8s_status_forbidden(struct fc_reply *reply, const char *user,
                          const struct k8s_attributes *want)
{
    struct fc_text m = {0}, d = {0};
    const char *dot = want->group.n > 0 ? "." : "";
    const char *slash = want->subresource.n > 0 ? "/" : "";

    fc_text_printf(&m, "%.*s%s%.*s", (int)want->resource.n, want->resource.p, dot,
                   (int)want->group.n, want->group.p);
    add_quoted_name(&m, want->name);
    fc_text_printf(&m,
                   " is forbidden: User \"%s\" cannot %.*s resource \"%.*s%s%.*s\" in API group "
                   "\"%.*s\" ",
                   user, (int)want->verb.n, want->verb.p, (int)want->resource.n, want->resource.p,
                   slash, (int)want->subresource.n, want->subresource.p, (int)want->group.n,
                   want->group.p);
    if (want->ns.n > 0) {
        fc_text_printf(&m, "in the namespace \"%.*s\"", (int)want->ns.n, want->ns.p);
    } else {
        fc_text_puts(&m, "at the cluster scope");
    }
    if (want->name.n > 0) {
        fc_text_puts(&d, "\"name\":");
        fc_text_json(&d, want->name);
        fc_text_puts(&d, ",");
    }
    if (want->group.n > 0) {
        fc_text_puts(&d, "\"group\":");
        fc_text_json(&d, want->group);
        fc_text_puts(&d, ",");
    }
    fc_text_puts(&d, "\"kind\":");
    fc_text_json(&d, want->resource);
    print(reply, 403, "Forbidden", (struct fc_str){m.data, m.len}, "", d.data);
    fc_text_fini(&m);
    fc_text_fini(&d);
}

void k8s_status_not_found(struct fc_reply *reply, const char *group, const char *plural,
                          struct fc_str name)
{
    struct fc_text m = {0}, d = {0};

    fc_text_printf(&m, "%s%s%s", plural, group[0] != '\0' ? "." : "", group);
    add_quoted_name(&m, name);
    fc_text_puts(&m, " not found");
    fc_text_puts(&d, "\"name\":");
    fc_text_json(&d, name);
    if (group[0] != '\0') {
        fc_text_printf(&d, ",\"group\":\"%s\"", group);
    }
    fc_text_printf(&d, ",\"kind\":\"%s\"", plural);
    print(reply, 404, "NotFound", (struct fc_str){m.data, m.len}, "", d.data);
    fc_text_fini(&m);
    fc_text_fini(&d);
}

void k8s_status_too_old(struct fc_text *out, uint64_t version, uint64_t now)
{
    fc_text_printf(out,
                   "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":"
                   "\"Failure\",\"message\":\"too old resource version: %llu (%llu)\",\"reason\":"
                   "\"Expired\",\"code\":410}",
                   (unsigned long long)version, (unsigned long long)now);
}

void k8s_status_expired(struct fc_reply *reply, const char *fresh)
{
    struct fc_text meta = {0};

    if (fresh == NULL) {
        print(reply, 410, "Expired",
              fc_str_of("The provided continue parameter is too old to display a consistent list "
                        "result. You must start a new list without the continue parameter."),
              "", NULL);
        return;
    }
    fc_text_printf(&meta, "\"continue\":\"%s\"", fresh);
    print(reply, 410, "Expired",
          fc_str_of("The provided continue parameter is too old to display a consistent list "
                    "result. You can start a new list without the continue parameter, or use the "
                    "continue token in this response to retrieve the remainder of the results. "
                    "Continuing with the provided token results in an inconsistent list - objects "
                    "that were created, modified, or deleted between the time the first chunk was "
                    "returned and now may show up in the list."),
          meta.data, NULL);
    fc_text_fini(&meta);
}
