#include "core/request.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

static char *decode_into(struct fc_str raw, char *at, bool plus, struct fc_str *out)
{
    *out = (struct fc_str){at, fc_percent_decode(raw, at, plus)};
    return at + out->n;
}

static bool split_path(struct fc_request *rq, char **at)
{
    size_t i = 0;

    while (i < rq->path.n) {
        size_t start = ++i; /* Past the '/'. */

        while (i < rq->path.n && rq->path.p[i] != '/') {
            i++;
        }
        if (start == rq->path.n && rq->segment_count > 0) {
            break; /* A trailing slash makes no segment. */
        }
        if (rq->segment_count == FC_MAX_SEGMENTS) {
            return false;
        }
        if (rq->segment_count > 0) {
            *(*at)++ = '/'; /* So that the tail of a route is one slice. */
        }
        *at = decode_into((struct fc_str){rq->path.p + start, i - start}, *at, false,
                          &rq->segments[rq->segment_count++]);
    }
    return true;
}

static bool split_query(struct fc_request *rq, char **at)
{
    size_t i = 0;

    while (i < rq->query.n) {
        size_t start = i, eq;

        while (i < rq->query.n && rq->query.p[i] != '&') {
            i++;
        }
        for (eq = start; eq < i && rq->query.p[eq] != '='; eq++) {
        }
        if (i > start) {
            size_t value = eq < i ? eq + 1 : i;
            struct fc_pair *pair;

            if (rq->param_count == FC_MAX_QUERY) {
                return false;
            }
            pair = &rq->params[rq->param_count++];
            *at = decode_into((struct fc_str){rq->query.p + start, eq - start}, *at, true,
                              &pair->key);
            *at = decode_into((struct fc_str){rq->query.p + value, i - value}, *at, true,
                              &pair->value);
        }
        i++;
    }
    return true;
}

bool fc_request_split(struct fc_request *rq)
{
    size_t n = strlen(rq->uri);
    const char *mark = strchr(rq->uri, '?');
    char *at;

    rq->path = (struct fc_str){rq->uri, mark != NULL ? (size_t)(mark - rq->uri) : n};
    rq->query = (struct fc_str){mark != NULL ? mark + 1 : rq->uri + n,
                                mark != NULL ? n - rq->path.n - 1 : 0};
    rq->decoded = fc_alloc(n + 1);
    at = rq->decoded;
    return split_path(rq, &at) && split_query(rq, &at);
}

void fc_request_fini(struct fc_request *rq)
{
    free(rq->uri);
    free(rq->decoded);
    fc_text_fini(&rq->body);
    if (rq->owned_free != NULL) {
        rq->owned_free(rq->owned);
    }
}

static bool route_matches(const char *pattern, struct fc_request *rq, size_t first)
{
    size_t seg = first;

    rq->arg_count = 0;
    rq->tail = (struct fc_str){0};
    while (*pattern == '/') {
        const char *word = ++pattern;
        size_t n = strcspn(word, "/");

        pattern += n;
        if (n == 3 && memcmp(word, "{*}", 3) == 0) {
            if (seg < rq->segment_count) {
                const struct fc_str *last = &rq->segments[rq->segment_count - 1];

                rq->tail.p = rq->segments[seg].p;
                rq->tail.n = (size_t)(last->p + last->n - rq->tail.p);
            }
            return true;
        }
        if (seg == rq->segment_count) {
            return n == 0; /* "/" matches the bare prefix. */
        }
        if (n == 2 && memcmp(word, "{}", 2) == 0) {
            rq->args[rq->arg_count++] = rq->segments[seg];
        } else if (rq->segments[seg].n != n || memcmp(rq->segments[seg].p, word, n) != 0) {
            return false;
        }
        seg++;
    }
    return seg == rq->segment_count;
}

const struct fc_route *fc_route_find(const struct fc_route *routes, size_t count,
                                     struct fc_request *rq, size_t first)
{
    size_t i;

    for (i = 0; i < count; i++) {
        const char *method = strcmp(rq->method, "HEAD") == 0 ? "GET" : rq->method;

        if ((routes[i].method[0] == '*' || strcmp(routes[i].method, method) == 0) &&
            route_matches(routes[i].pattern, rq, first)) {
            return &routes[i];
        }
    }
    return NULL;
}

struct fc_str fc_request_param(const struct fc_request *rq, const char *key)
{
    size_t i;

    for (i = 0; i < rq->param_count; i++) {
        if (fc_str_eq(rq->params[i].key, key)) {
            return rq->params[i].value;
        }
    }
    return (struct fc_str){NULL, 0};
}

bool fc_request_has(const struct fc_request *rq, const char *key)
{
    return fc_request_param(rq, key).p != NULL;
}

const char *fc_request_header(const struct fc_request *rq, const char *name)
{
    return MHD_lookup_connection_value(rq->connection, MHD_HEADER_KIND, name);
}

static enum MHD_Result add_header(void *state, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct fc_text *out = state;

    (void)kind;
    fc_text_puts(out, out->data[out->len - 1] == '{' ? "" : ",");
    fc_text_json(out, fc_str_of(name));
    fc_text_puts(out, ":");
    fc_text_json(out, fc_str_of(value != NULL ? value : ""));
    return MHD_YES;
}

void fc_request_headers(const struct fc_request *rq, struct fc_text *out)
{
    fc_text_puts(out, "{");
    MHD_get_connection_values(rq->connection, MHD_HEADER_KIND, add_header, out);
    fc_text_puts(out, "}");
}

void fc_request_base(const struct fc_request *rq, struct fc_text *out)
{
    const char *host = fc_request_header(rq, "Host");

    fc_text_printf(out, "http://%s", host != NULL ? host : "127.0.0.1");
}
