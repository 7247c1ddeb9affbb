#include "aws/call.h"
#include "aws/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"

#define LONG_LIST 200 /* Objects; longer answers are printed as they are sent. */

static void call_free(void *owned)
{
    struct aws_call *call = owned;

    aws_params_fini(&call->params);
    fc_text_fini(&call->token);
    fc_text_fini(&call->extra);
    free(call->page_token);
    free(call->named);
    free(call);
}

/* "Name": it is there; "!Name": it is not; "Name=a*|b": one of these globs matches it;
 * "!Name=a": none does. */
static bool when_holds(const struct aws_call *call, const char *when)
{
    const char *eq = strchr(when, '=');
    bool absent = when[0] == '!';
    char name[64];
    struct fc_str value;

    when += absent;
    snprintf(name, sizeof(name), "%.*s", eq != NULL ? (int)(eq - when) : 63, when);
    value = aws_param_item(&call->params, name, 0);
    if (eq == NULL) {
        return (value.p != NULL) != absent;
    }
    while (eq != NULL) {
        const char *option = eq + 1;
        char glob[64];

        eq = strchr(option, '|');
        snprintf(glob, sizeof(glob), "%.*s", eq != NULL ? (int)(eq - option) : 63, option);
        if (value.p != NULL && fc_glob(glob, value)) {
            return !absent;
        }
    }
    return absent;
}

static bool path_matches(const struct aws_op *op, const struct fc_request *rq,
                         struct aws_params *bind)
{
    const char *p = op->path;
    size_t seg = 0;

    if (strcmp(op->method, rq->method) != 0) {
        return false;
    }
    while (*p == '/') {
        const char *word = ++p;
        size_t n = strcspn(word, "/");

        p += n;
        if (n == 0 && seg == rq->segment_count) {
            break;
        }
        if (seg == rq->segment_count) {
            return false;
        }
        if (word[0] == '{') {
            if (bind != NULL) {
                aws_params_add(bind, (struct fc_str){word + 1, n - 2}, rq->segments[seg]);
            }
            if (rq->segments[seg].n == 0) {
                return false;
            }
        } else if (rq->segments[seg].n != n || memcmp(rq->segments[seg].p, word, n) != 0) {
            return n == 0 && rq->segments[seg].n == 0 && rq->segment_count == 1;
        }
        seg++;
    }
    return seg == rq->segment_count;
}

static bool rest(const struct aws_service *s)
{
    return s->protocol >= AWS_PROTOCOL_REST_JSON;
}

/* Whether the request has the form the service is asked in. */
static bool speaks(const struct aws_service *s, struct fc_str target, struct fc_str version)
{
    size_t n = s->target != NULL ? strlen(s->target) : 0;

    switch (s->protocol) {
    case AWS_PROTOCOL_JSON:
        return target.n > n && memcmp(target.p, s->target, n) == 0 && target.p[n] == '.';
    case AWS_PROTOCOL_EC2:
    case AWS_PROTOCOL_QUERY:
        return fc_str_eq(version, s->version);
    default:
        return target.p == NULL && version.p == NULL;
    }
}

static void find_operation(struct aws_call *call, const struct fc_request *rq, struct fc_str sign)
{
    const struct aws_catalog *c = call->catalog;
    struct fc_str target = fc_str_of(fc_request_header(rq, "X-Amz-Target"));
    struct fc_str version = aws_param(&call->params, "Version");
    struct fc_str action = aws_param(&call->params, "Action");
    size_t i, k;

    if (target.p != NULL && strrchr(target.p, '.') != NULL) {
        action = fc_str_of(strrchr(target.p, '.') + 1);
    }
    snprintf(call->operation, sizeof(call->operation), "%.*s", (int)(action.n < 90 ? action.n : 90),
             action.n > 0 ? action.p : "");
    for (i = 0; i < c->op_count; i++) {
        const struct aws_op *op = c->ops[i];
        bool hit = (sign.p == NULL || fc_str_eq(sign, op->service->sign)) &&
                   (sign.p != NULL || !rest(op->service)) && speaks(op->service, target, version);

        hit = hit && (rest(op->service) ? path_matches(op, rq, NULL) : fc_str_eq(action, op->name));
        for (k = 0; k < AWS_MAX_WHEN && op->when[k] != NULL && hit; k++) {
            hit = when_holds(call, op->when[k]);
        }
        if (hit) {
            call->op = op;
            call->service = op->service;
            snprintf(call->operation, sizeof(call->operation), "%s", op->name);
            if (rest(op->service)) {
                path_matches(op, rq, &call->params);
            }
            return;
        }
    }
    for (i = 0; i < c->service_count && call->service == NULL; i++) {
        if (fc_str_eq(sign, c->services[i]->sign) && speaks(c->services[i], target, version)) {
            call->service = c->services[i];
        }
    }
    for (i = 0; i < c->service_count && call->service == NULL; i++) {
        if (target.p != NULL   ? c->services[i]->protocol == AWS_PROTOCOL_JSON
            : action.p != NULL ? c->services[i]->protocol == AWS_PROTOCOL_QUERY
                               : c->services[i]->protocol == AWS_PROTOCOL_REST_JSON) {
            call->service = c->services[i];
        }
    }
    if (call->service == NULL) {
        call->service = c->services[0];
    }
}

/* "sts.eu-west-1.amazonaws.com": the region of what is not signed. */
static void region_of_host(struct aws_call *call, const struct fc_request *rq)
{
    const char *host = fc_request_header(rq, "Host");
    const char *dot = host != NULL ? strchr(host, '.') : NULL;

    snprintf(call->region, sizeof(call->region), "%.*s", 40, call->world->regions[0].name);
    if (dot != NULL && strstr(host, ".amazonaws.com") != NULL &&
        strncmp(dot, ".amazonaws.com", 14) != 0) {
        snprintf(call->region, sizeof(call->region), "%.*s", (int)strcspn(dot + 1, "."), dot + 1);
    }
}

static bool is_ours(struct aws_call *call, const struct fc_request *rq)
{
    const char *host = fc_request_header(rq, "Host");
    const char *type = fc_request_header(rq, "Content-Type");

    call->is_signed = aws_sign_read(&call->signature, rq);
    return call->is_signed || fc_request_header(rq, "X-Amz-Target") != NULL ||
           (host != NULL && strstr(host, ".amazonaws.com") != NULL) ||
           (rq->path.n == 1 && rq->body.len > 0 && type != NULL &&
            strncmp(type, "application/x-www-form-urlencoded", 33) == 0 &&
            strstr(rq->body.data, "Action=") != NULL) ||
           (rq->path.n == 1 && fc_request_has(rq, "Action"));
}

static void name_request(struct aws_call *call, const struct fc_request *rq)
{
    uint64_t a = fc_hash(call->world->seed, rq->number);
    uint64_t b = fc_mix(a);

    snprintf(call->request_id, sizeof(call->request_id), "%08llx-%04llx-4%03llx-a%03llx-%012llx",
             (unsigned long long)(a & 0xffffffff), (unsigned long long)((a >> 32) & 0xffff),
             (unsigned long long)(a >> 52), (unsigned long long)(b & 0xfff),
             (unsigned long long)(b >> 16));
}

/* What the log, the faults and the throttles are told. */
static void tell(struct aws_call *call, struct fc_request *rq)
{
    struct fc_str token = {NULL, 0};

    if (call->op != NULL && call->op->page.in != NULL) {
        token = aws_param(&call->params, call->op->page.in);
    } else if (call->op != NULL && call->op->cursor[0] != NULL) {
        token = aws_param(&call->params, call->op->cursor[0]);
    }
    if (token.p != NULL) {
        call->page_token = fc_strndup(token.p, token.n);
    }
    rq->call.service = call->service->name;
    rq->call.operation = call->operation;
    rq->call.region = call->region;
    rq->call.page = call->page_token;
    if (call->principal.account != NULL) {
        rq->call.account = call->principal.account->id;
        rq->user_name = call->principal.arn;
    }
}

struct aws_call *aws_call_new(const struct aws_world *w, const struct aws_catalog *c,
                              struct fc_request *rq)
{
    struct aws_call *call = fc_alloc(sizeof(*call));
    struct fc_str sign = {NULL, 0};

    call->world = w;
    call->catalog = c;
    if (!is_ours(call, rq)) {
        call_free(call);
        return NULL;
    }
    rq->owned = call;
    rq->owned_free = call_free;
    call->readable = aws_params_read(&call->params, rq);
    name_request(call, rq);
    region_of_host(call, rq);
    call->identity = AWS_IDENTITY_UNKNOWN;
    if (call->is_signed) {
        sign = call->signature.service;
        snprintf(call->region, sizeof(call->region), "%.*s",
                 (int)(call->signature.region.n < 40 ? call->signature.region.n : 40),
                 call->signature.region.p);
        call->identity =
            aws_creds_find(w, call->signature.access_key, call->signature.token, &call->principal);
    }
    find_operation(call, rq, sign);
    if (call->identity == AWS_IDENTITY_UNKNOWN) {
        call->principal = (struct aws_principal){0};
    }
    tell(call, rq);
    return call;
}

static struct aws_trouble denied(struct aws_call *call, bool policy)
{
    snprintf(call->message, sizeof(call->message), "User: %s is not authorized to perform: %s:%s%s",
             call->principal.arn, call->service->sign, call->operation,
             policy ? " with an explicit deny in a service control policy" : "");
    return (struct aws_trouble){.problem = AWS_PROBLEM_DENIED, .message = call->message};
}

/* Whether the call is refused before anything is looked at. */
static struct aws_trouble refuse(struct aws_call *call, const struct fc_request *rq)
{
    const struct aws_world *w = call->world;
    const struct aws_service *s = call->service;
    const struct aws_region *region = aws_world_region(w, fc_str_of(call->region));
    struct aws_trouble t = {.problem = AWS_OK};
    size_t i;

    if (call->op != NULL && call->op->unsigned_) {
        return t;
    }
    if (!call->is_signed) {
        t.problem = AWS_PROBLEM_UNSIGNED;
    } else if (call->identity == AWS_IDENTITY_UNKNOWN) {
        t.problem = AWS_PROBLEM_UNKNOWN_KEY;
    } else if (w->verify) {
        enum aws_proof proof = aws_sign_check(&call->signature, rq, call->principal.secret);

        t.problem = proof == AWS_PROOF_GOOD ? AWS_OK : AWS_PROBLEM_BAD_SIGNATURE;
        t.message = proof == AWS_PROOF_OLD ? "Signature expired" : NULL;
    }
    if (t.problem == AWS_OK && call->identity == AWS_IDENTITY_EXPIRED) {
        t.problem = AWS_PROBLEM_EXPIRED;
    }
    if (t.problem != AWS_OK) {
        return t;
    }
    if (s->global != NULL && strcmp(s->global, call->region) != 0) {
        snprintf(call->message, sizeof(call->message),
                 "Credential should be scoped to a valid region, not '%s'.", call->region);
        return (struct aws_trouble){.problem = AWS_PROBLEM_BAD_SIGNATURE, .message = call->message};
    }
    if (s->global == NULL && (region == NULL || !region->enabled)) {
        return (struct aws_trouble){.problem = AWS_PROBLEM_UNKNOWN_KEY};
    }
    if (call->op == NULL) {
        return (struct aws_trouble){.problem = AWS_PROBLEM_UNKNOWN_OPERATION};
    }
    if ((s->management && !call->op->anywhere && call->principal.account != &w->accounts[0]) ||
        call->principal.account->suspended) {
        return denied(call, false);
    }
    for (i = 0; i < w->denial_count && call->op->verb != AWS_VERB_CALLER; i++) {
        const struct aws_denial *d = &w->denials[i];

        if (fc_match_hits(&d->match, rq)) {
            return denied(call, d->policy);
        }
    }
    return t;
}

static void set_scene(struct aws_call *call)
{
    struct fc_scene *scene = &call->scene;
    const struct aws_account *account =
        call->principal.account != NULL ? call->principal.account : &call->world->accounts[0];
    uint64_t seed = call->world->seed;

    call->account = account;
    scene->words = &aws_words;
    scene->owner = call;
    scene->json = call->service->protocol == AWS_PROTOCOL_JSON ||
                  call->service->protocol == AWS_PROTOCOL_REST_JSON;
    scene->base[AWS_SCOPE_ORG] = fc_mix(seed);
    scene->base[AWS_SCOPE_ACCOUNT] = fc_hash_bytes(seed, account->id, AWS_ACCOUNT_DIGITS);
    scene->base[AWS_SCOPE_REGION] =
        fc_hash_bytes(scene->base[AWS_SCOPE_ACCOUNT], call->region, strlen(call->region));
}

static struct aws_trouble special(struct aws_call *call, struct fc_text *out)
{
    const char *name = call->op->name;
    struct aws_trouble t;

    fc_text_printf(out, "<%sResponse xmlns=\"%s\"><%sResult>", name, call->service->xmlns, name);
    t = call->op->verb == AWS_VERB_CALLER ? aws_sts_caller(call, out) : aws_sts_assume(call, out);
    fc_text_printf(out,
                   "</%sResult><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata>"
                   "</%sResponse>\n",
                   name, call->request_id, name);
    return t;
}

/* The right answer: at once, or printed as it is sent when it is long. */
static void answer(struct aws_call *call, struct fc_reply *reply)
{
    const struct aws_op *op = call->op;
    const struct fc_scene *scene = &call->scene;
    const char *type = op->raw ? "application/json" : aws_content_type(call->service);
    const struct fc_obj *self = scene->one.type != NULL ? &scene->one : NULL;
    struct fc_text out = {0};
    struct fc_source source;

    if (scene->end - scene->start > LONG_LIST && fc_template_source(op->body, scene, &source)) {
        fc_reply_source(reply, 200, type, source, FC_LENGTH_UNKNOWN);
        return;
    }
    fc_template_print(op->body, scene, self, &out);
    fc_reply_text(reply, 200, type, &out);
}

/* What is wrong with the call, or its answer in 'reply'. */
static struct aws_trouble serve(struct aws_call *call, const struct fc_request *rq,
                                struct fc_reply *reply)
{
    struct aws_trouble t = refuse(call, rq);

    if (t.problem == AWS_OK && !call->readable) {
        t = (struct aws_trouble){.problem = AWS_PROBLEM_BAD_PARAMETER,
                                 .code = "SerializationException"};
    }
    if (t.problem != AWS_OK) {
        return t;
    }
    set_scene(call);
    if (call->op->verb >= AWS_VERB_ASSUME) {
        struct fc_text out = {0};

        t = special(call, &out);
        fc_reply_text(reply, 200, aws_content_type(call->service), &out);
        return t;
    }
    t = aws_select(call, rq);
    if (t.problem == AWS_OK) {
        answer(call, reply);
    }
    return t;
}

void aws_call_run(struct aws_call *call, const struct fc_request *rq, struct fc_reply *reply)
{
    struct aws_trouble t = serve(call, rq, reply);

    if (t.problem != AWS_OK) {
        aws_error_reply(call->service, &t, call->request_id, reply);
    } else {
        aws_reply_headers(call->service, call->request_id, reply);
    }
    if (call->op != NULL && call->op->bucket && call->scene.one.type != NULL) {
        const struct aws_world *w = call->world;

        fc_reply_header(reply, "x-amz-bucket-region", "%s",
                        w->regions[call->scene.one.index % w->enabled_count].name);
    }
}
