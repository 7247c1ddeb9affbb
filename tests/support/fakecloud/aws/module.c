/* module.c: AWS as the server sees it: which requests are its own, errors, declared numbers. */
#include <stdlib.h>
#include <string.h>

#include "aws/aws.h"
#include "aws/call.h"
#include "core/fault.h"

struct state {
    struct aws_world *world;
    struct aws_catalog *catalog;
};

static void handle(void *state, struct fc_request *rq, struct fc_reply *reply)
{
    (void)state;
    aws_call_run(rq->owned, rq, reply);
}

static const struct fc_route route = {"*", "aws (not served)", handle};

static const struct fc_route *module_route(void *state, struct fc_request *rq)
{
    struct state *s = state;

    return aws_call_new(s->world, s->catalog, rq) != NULL ? &route : NULL;
}

static void module_identify(void *state, struct fc_request *rq)
{
    const struct aws_call *call = rq->owned;

    (void)state;
    if (call->op != NULL) {
        rq->route_name = call->op->route_name;
    }
}

static void module_error(void *state, struct fc_request *rq, unsigned status, int retry_after_s,
                         struct fc_reply *reply)
{
    const struct aws_call *call = rq->owned;
    struct aws_trouble t = {.problem = aws_problem_of(status)};

    (void)state;
    (void)retry_after_s;
    if (rq->fault != NULL && rq->fault->code != NULL) {
        t.code = rq->fault->code;
        t.status = status;
    } else if (t.problem != AWS_PROBLEM_THROTTLED && status >= 500) {
        t.status = status;
    }
    aws_error_reply(call->service, &t, call->request_id, reply);
}

static void print_names(struct fc_text *out, const struct state *s)
{
    const struct aws_world *w = s->world;
    size_t i;

    fc_text_puts(out, "\"accounts\":[");
    for (i = 0; i < w->account_count; i++) {
        fc_text_printf(out, "%s\"%s\"", i > 0 ? "," : "", w->accounts[i].id);
    }
    fc_text_puts(out, "],\"regions\":[");
    for (i = 0; i < w->enabled_count; i++) {
        fc_text_printf(out, "%s\"%s\"", i > 0 ? "," : "", w->regions[i].name);
    }
    fc_text_puts(out, "]");
}

static void module_counts(void *state, struct fc_request *rq, struct fc_text *out)
{
    static const char *const scopes[] = {"region", "account", "org"};
    const struct state *s = state;
    const struct aws_catalog *c = s->catalog;
    size_t i;

    (void)rq;
    fc_text_puts(out, "\"aws\":{");
    print_names(out, s);
    fc_text_puts(out, ",\"types\":{");
    for (i = 0; i < c->lexicon.type_count; i++) {
        const struct fc_type *t = c->lexicon.types[i];

        fc_text_printf(out, "%s\"%s\":{\"scope\":\"%s\",\"count\":%llu,\"total\":%llu,\"parent\":",
                       i > 0 ? "," : "", t->name, scopes[t->scope], (unsigned long long)t->count,
                       (unsigned long long)fc_type_total(t));
        fc_text_printf(out, t->parent != NULL ? "\"%s\"}" : "null}",
                       t->parent != NULL ? t->parent->name : "");
    }
    fc_text_puts(out, "},\"operations\":[");
    for (i = 0; i < c->op_count; i++) {
        const struct aws_op *op = c->ops[i];

        fc_text_printf(out,
                       "%s{\"service\":\"%s\",\"operation\":\"%s\",\"lists\":", i > 0 ? "," : "",
                       op->service->name, op->name);
        fc_text_printf(out, op->verb == AWS_VERB_LIST ? "\"%s\"" : "null",
                       op->verb == AWS_VERB_LIST ? op->kinds[0]->name : "");
        fc_text_printf(out, ",\"parent\":\"%s\",\"when\":%s,\"pages\":%s}",
                       op->parent != NULL ? op->parent : "", op->when[0] != NULL ? "true" : "false",
                       op->page.in != NULL || op->cursor_key != NULL ? "true" : "false");
    }
    fc_text_puts(out, "]}");
}

static void *module_open(struct json_object *scenario)
{
    struct state *s = fc_alloc(sizeof(*s));

    s->world = aws_world_new(scenario);
    s->catalog = aws_catalog_new(s->world);
    return s;
}

static void module_close(void *state)
{
    struct state *s = state;

    aws_catalog_free(s->catalog);
    aws_world_free(s->world);
    free(s);
}

const struct fc_module fc_aws_module = {
    .name = "aws",
    .plain_refusals = true,
    .open = module_open,
    .close = module_close,
    .route = module_route,
    .identify = module_identify,
    .error = module_error,
    .counts = module_counts,
};
