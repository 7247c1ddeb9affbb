#include "core/match.h"

#include <string.h>

#include "core/conf.h"
#include "core/rng.h"

void fc_match_read(struct fc_match *m, struct json_object *rule, const char *where)
{
    m->method = fc_conf_str(rule, where, "method", NULL);
    m->path = fc_conf_str(rule, where, "path", NULL);
    m->query = fc_conf_str(rule, where, "query", NULL);
    m->user = fc_conf_str(rule, where, "user", NULL);
    m->service = fc_conf_str(rule, where, "service", NULL);
    m->operation = fc_conf_str(rule, where, "operation", NULL);
    m->account = fc_conf_str(rule, where, "account", NULL);
    m->region = fc_conf_str(rule, where, "region", NULL);
}

static bool told(const char *pattern, const char *value)
{
    return pattern == NULL || (value != NULL && fc_glob(pattern, fc_str_of(value)));
}

bool fc_match_call(const struct fc_match *m, const struct fc_call *call)
{
    return told(m->service, call->service) && told(m->operation, call->operation) &&
           told(m->account, call->account) && told(m->region, call->region);
}

bool fc_match_hits(const struct fc_match *m, const struct fc_request *rq)
{
    return (m->method == NULL || fc_glob(m->method, fc_str_of(rq->method))) &&
           (m->path == NULL || fc_glob(m->path, rq->path)) &&
           (m->query == NULL || fc_glob(m->query, rq->query)) &&
           (m->user == NULL ||
            fc_glob(m->user, fc_str_of(rq->user_name != NULL ? rq->user_name : ""))) &&
           fc_match_call(m, &rq->call);
}

static uint64_t add(uint64_t key, const char *s)
{
    return s != NULL ? fc_hash_bytes(key, s, strlen(s)) : fc_hash(key, 1);
}

enum fc_per fc_per_read(const char *name, const char *where)
{
    static const char *const names[] = {"rule",    "url",     "path",      "user", "connection",
                                        "account", "service", "operation", "call"};
    size_t i;

    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i]) == 0) {
            return (enum fc_per)i;
        }
    }
    fc_die("%s: \"%s\" is none of rule, url, path, user, connection, account, service, operation, "
           "call",
           where, name);
}

uint64_t fc_per_key(enum fc_per per, uint64_t rule, const struct fc_request *rq)
{
    uint64_t key = rule + 1;

    switch (per) {
    case FC_PER_RULE:
        break;
    case FC_PER_URL:
        key = fc_hash_bytes(key, rq->uri, rq->path.n + (rq->query.n > 0 ? 1 : 0) + rq->query.n);
        break;
    case FC_PER_PATH:
        key = fc_hash_bytes(key, rq->path.p, rq->path.n);
        break;
    case FC_PER_USER:
        key = fc_hash_bytes(key, rq->user_name != NULL ? rq->user_name : "",
                            rq->user_name != NULL ? strlen(rq->user_name) : 0);
        break;
    case FC_PER_CONNECTION:
        key = fc_hash(key, rq->connection_id);
        break;
    case FC_PER_CALL:
        key = add(key, rq->call.page);
        /* fall through */
    case FC_PER_OPERATION:
        key = add(key, rq->call.operation);
        /* fall through */
    case FC_PER_SERVICE:
        key = add(add(key, rq->call.service), rq->call.region);
        /* fall through */
    case FC_PER_ACCOUNT:
        key = add(key, rq->call.account);
        break;
    }
    return key != 0 ? key : 1;
}
