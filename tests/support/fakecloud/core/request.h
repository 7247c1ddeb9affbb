/* request.h: one request as the modules see it, and what a module is.
 *
 * Ownership: a request belongs to the server; slices point into its buffers and live as long.
 * Threads:   a request is handled by one thread at a time. Module state is read-only once open()
 *            returned, or guards itself.
 * Failure:   handlers always produce an answer. */
#ifndef FC_REQUEST_H
#define FC_REQUEST_H

#include <json-c/json.h>

#include "core/reply.h"
#include "core/text.h"

#define FC_MAX_SEGMENTS 24
#define FC_MAX_QUERY 128

struct fc_server;
struct fc_module;
struct fc_fault_rule;
struct MHD_Connection;

struct fc_pair {
    struct fc_str key;
    struct fc_str value;
};

/* What a request asks where its path does not say so; NULL: the module does not tell. */
struct fc_call {
    const char *service; /* Lives as long as the request, as all of these. */
    const char *operation;
    const char *account;
    const char *region;
    const char *page;  /* The page token sent with it. */
    const char *query; /* What was asked for in words of the provider's; NULL: in none. */
};

struct fc_request {
    struct fc_server *server;
    struct MHD_Connection *connection;
    char *uri;           /* As received: path and query, still encoded. */
    struct fc_str path;  /* The part of 'uri' before '?'. */
    struct fc_str query; /* The part after it, maybe empty. */
    char method[16];

    struct fc_str segments[FC_MAX_SEGMENTS]; /* Of the path, percent-decoded. */
    size_t segment_count;
    struct fc_pair params[FC_MAX_QUERY]; /* Of the query, percent-decoded. */
    size_t param_count;
    char *decoded; /* Backs segments and params. */

    struct fc_text body;
    const char *user_name; /* For the log; set by the module's identify(). NULL: nobody. */
    const void *principal; /* The module's own. */
    const void *scope;     /* The module's own: which cluster, account... */
    struct fc_str tail;    /* What a "{*}" of the route matched, decoded. */
    struct fc_str args[4]; /* What the "{}" of the route matched. */
    size_t arg_count;
    const char *route_name;            /* For the statistics. Static. */
    const struct fc_fault_rule *fault; /* The rule that struck, or NULL. */
    struct fc_call call;               /* Set by modules whose paths say little. */
    void *owned;                       /* The module's, freed with the request. */
    void (*owned_free)(void *owned);

    uint64_t number;        /* In order of arrival, from 1. */
    uint64_t connection_id; /* From 1. */
    int64_t started_ns;     /* Of fc_now_ns(). */
    int64_t clock_ns;       /* Of fc_clock_ns(): what providers measure by. */
    uint32_t in_flight;     /* With this one, when it arrived. */
};

struct fc_route {
    const char *method;  /* "GET", or "*" */
    const char *pattern; /* "/api/v1/namespaces/{}/pods": "{}" one segment, "{*}" the rest. */
    void (*handle)(void *state, struct fc_request *rq, struct fc_reply *reply);
};

struct fc_module {
    const char *name;
    /* Refusals bring no Retry-After unless the rule asks for one: this provider sends none. */
    bool plain_refusals;
    /* Reads its part of the scenario. Returns the module's state. */
    void *(*open)(struct json_object *scenario);
    void (*close)(void *state);
    /* The route that answers 'rq', or NULL when the path is not this module's. May set scope. */
    const struct fc_route *(*route)(void *state, struct fc_request *rq);
    /* Finds out who asks. Sets user_name and principal; leaves them when nobody is known. */
    void (*identify)(void *state, struct fc_request *rq);
    /* The provider's own error document for a fault; 'retry_after_s' < 0: none. */
    void (*error)(void *state, struct fc_request *rq, unsigned status, int retry_after_s,
                  struct fc_reply *reply);
    /* Optional: adds members to the objects of /_fakecloud/counts. */
    void (*counts)(void *state, struct fc_request *rq, struct fc_text *out);
    /* Optional: adds a member to the object of /_fakecloud/stats. */
    void (*stats)(void *state, struct fc_text *out);
    /* Optional: the port is known; files that name it can be written. */
    void (*listening)(void *state, unsigned port);
};

/* The first of 'count' routes whose pattern matches segments[first..]; fills args and tail. */
const struct fc_route *fc_route_find(const struct fc_route *routes, size_t count,
                                     struct fc_request *rq, size_t first);
/* The value of a query parameter; {NULL, 0} when absent. */
struct fc_str fc_request_param(const struct fc_request *rq, const char *key);
bool fc_request_has(const struct fc_request *rq, const char *key);
/* A request header; NULL when absent. */
const char *fc_request_header(const struct fc_request *rq, const char *name);
/* Adds all of them as a JSON object. */
void fc_request_headers(const struct fc_request *rq, struct fc_text *out);
/* Fills path, query, segments and params from 'uri'. False: too many of them. */
bool fc_request_split(struct fc_request *rq);
void fc_request_fini(struct fc_request *rq);
/* The base URL the client used, from its Host header: "http://127.0.0.1:1234". */
void fc_request_base(const struct fc_request *rq, struct fc_text *out);

#endif
