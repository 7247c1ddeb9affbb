/* select.c: pages, parents, names: which objects an answer holds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/call.h"
#include "core/fault.h"
#include "core/rng.h"

#define TOKEN_BYTES 13

/* A run of a pool, and what pages of it are bound to. */
struct run {
    const struct fc_type *type;
    uint64_t start;
    uint64_t end;
    uint64_t bound; /* Tokens of other runs do not fit. */
};

static struct aws_trouble trouble(enum aws_problem problem)
{
    return (struct aws_trouble){.problem = problem};
}

static struct aws_trouble not_there(const struct aws_op *op)
{
    return (struct aws_trouble){
        .problem = AWS_PROBLEM_MISSING, .code = op->missing.code, .status = op->missing.status};
}

/* The first of the operation's types that has what 'value' names. */
static bool find(struct aws_call *call, struct fc_str value, struct fc_obj *out)
{
    size_t i;

    for (i = 0; i < AWS_MAX_KINDS && call->op->kinds[i] != NULL; i++) {
        if (fc_obj_find(&call->scene, call->op->kinds[i], value, out)) {
            return true;
        }
    }
    return false;
}

static uint64_t binding(const struct aws_call *call, const struct run *run)
{
    uint64_t h = fc_hash(call->scene.base[run->type->scope], run->bound);

    return fc_hash_bytes(h, call->op->name, strlen(call->op->name));
}

static void make_token(const struct aws_call *call, const struct run *run, uint64_t at, bool hole,
                       struct fc_text *out)
{
    uint8_t bytes[TOKEN_BYTES];
    uint64_t seal = binding(call, run) ^ fc_mix(at + hole);
    size_t i;

    if (call->op->after) {
        struct fc_obj last = fc_obj_at(&call->scene, run->type, at > 0 ? at - 1 : 0);

        fc_template_print(run->type->key, &call->scene, &last, out);
        return;
    }

    for (i = 0; i < 8; i++) {
        bytes[i] = (uint8_t)(at >> (8 * i));
    }
    bytes[8] = hole;
    for (i = 9; i < TOKEN_BYTES; i++) {
        bytes[i] = (uint8_t)(seal >> (8 * (i - 9)));
    }
    fc_text_base64(out, bytes, sizeof(bytes), false);
}

static bool read_token(const struct aws_call *call, const struct run *run, struct fc_str token,
                       uint64_t *at, bool *hole)
{
    uint8_t bytes[TOKEN_BYTES];
    struct fc_text again = {0};
    struct fc_obj last;
    bool same;
    size_t i, n;

    if (call->op->after) {
        same = fc_obj_find(&call->scene, run->type, token, &last);
        *at = same ? last.index + 1 : 0;
        *hole = false;
        return same;
    }

    if (!fc_base64_decode(token, bytes, sizeof(bytes), &n) || n != TOKEN_BYTES) {
        return false;
    }
    *at = 0;
    for (i = 0; i < 8; i++) {
        *at |= (uint64_t)bytes[i] << (8 * i);
    }
    *hole = bytes[8] != 0;
    make_token(call, run, *at, *hole, &again);
    same = again.len == token.n && memcmp(again.data, token.p, token.n) == 0;
    fc_text_fini(&again);
    return same && *at >= run->start && *at <= run->end;
}

static struct aws_trouble page_size(struct aws_call *call, uint64_t *size)
{
    const struct aws_page_rule *p = &call->op->page;
    struct fc_str asked = {NULL, 0};
    uint64_t cap = call->world->page_size;

    *size = p->usual;
    if (p->size != NULL) {
        asked = aws_param(&call->params, p->size);
    }
    if (asked.p != NULL && (!fc_str_u64(asked, size) || *size < 1 || *size > p->max)) {
        snprintf(call->message, sizeof(call->message), "%s must be between 1 and %llu", p->size,
                 (unsigned long long)p->max);
        return (struct aws_trouble){.problem = AWS_PROBLEM_BAD_PARAMETER, .message = call->message};
    }
    *size = p->most > 0 && *size > p->most ? p->most : *size;
    if (cap > 0 && p->max > 0 && (*size == 0 || *size > cap)) {
        *size = cap;
    }
    return trouble(AWS_OK);
}

/* The position whose parts are what the cursor's parameters say. */
static bool cursor_position(struct aws_call *call, const struct run *run, uint64_t *at)
{
    struct fc_text want = {0}, have = {0};
    bool found = false;
    size_t i;

    for (i = 0; i < AWS_MAX_KINDS && call->op->cursor[i] != NULL; i++) {
        struct fc_str part = aws_param(&call->params, call->op->cursor[i]);

        if (part.p == NULL) {
            break;
        }
        fc_text_add(&want, part.p, part.n);
        fc_text_puts(&want, "|");
    }
    for (*at = run->start; *at < run->end && want.len > 0 && !found; *at += !found) {
        struct fc_obj obj = fc_obj_at(&call->scene, run->type, *at);

        have.len = 0;
        fc_template_print(call->op->cursor_key, &call->scene, &obj, &have);
        found = have.len >= want.len && memcmp(have.data, want.data, want.len) == 0;
    }
    found = found || want.len == 0;
    fc_text_fini(&want);
    fc_text_fini(&have);
    return found;
}

static struct aws_trouble cut_page(struct aws_call *call, const struct fc_request *rq,
                                   const struct run *run)
{
    const struct aws_op *op = call->op;
    struct fc_scene *scene = &call->scene;
    enum fc_fault_kind kind = rq->fault != NULL ? rq->fault->kind : FC_FAULT_STATUS;
    struct fc_str token = {NULL, 0};
    uint64_t at = run->start, size = 0;
    struct aws_trouble t = page_size(call, &size);
    bool hole = false;

    if (t.problem != AWS_OK) {
        return t;
    }
    if (op->page.in != NULL) {
        token = aws_param(&call->params, op->page.in);
    }
    if (token.n > 0 && (kind == FC_FAULT_EXPIRED || !read_token(call, run, token, &at, &hole))) {
        return trouble(AWS_PROBLEM_BAD_TOKEN);
    }
    if (op->cursor_key != NULL && !cursor_position(call, run, &at)) {
        at = run->end;
    }
    scene->page_size = size;
    scene->start = at;
    scene->end = size == 0 || run->end - at <= size ? run->end : at + size;
    if (op->page.in != NULL &&
        (kind == FC_FAULT_EMPTY_PAGE ||
         (op->holes && call->world->empty_pages && !hole && at < run->end))) {
        scene->end = at;
        hole = true;
    } else {
        hole = false;
    }
    scene->more = scene->end < run->end || hole;
    if (scene->more && op->page.in != NULL) {
        bool again = kind == FC_FAULT_REPEAT_TOKEN;

        make_token(call, run, again ? at : scene->end, hole, &call->token);
        scene->token = (struct fc_str){call->token.data, call->token.len};
    }
    return trouble(AWS_OK);
}

/* A page of the objects that speak of 'whom', wherever in their pool they stand. */
static struct aws_trouble select_speakers(struct aws_call *call, const struct fc_request *rq,
                                          struct run *run, const struct fc_obj *whom)
{
    struct fc_scene *scene = &call->scene;
    struct aws_trouble t;
    uint64_t i, n = 0;

    call->named = fc_alloc((run->end + 1) * sizeof(*call->named));
    for (i = 0; i < run->end; i++) {
        struct fc_obj obj = fc_obj_at(scene, run->type, i);

        if (fc_obj_related(scene, &obj, whom->type).index == whom->index) {
            call->named[n++].obj = obj;
        }
    }
    run->end = n;
    t = cut_page(call, rq, run);
    scene->named = call->named + scene->start;
    scene->named_count = scene->end - scene->start;
    return t;
}

static struct aws_trouble select_list(struct aws_call *call, const struct fc_request *rq)
{
    const struct aws_op *op = call->op;
    struct run run = {.type = op->kinds[0], .end = fc_type_total(op->kinds[0])};
    struct fc_str value = {NULL, 0};
    struct fc_obj parent;

    call->scene.type = run.type;
    if (op->service->home && strcmp(call->region, call->world->regions[0].name) != 0) {
        run.end = 0;
    }
    if (op->parent != NULL) {
        value = aws_param(&call->params, op->parent);
    }
    if (value.n == 0 && op->parent != NULL && !op->any_parent) {
        snprintf(call->message, sizeof(call->message), "%s is missing", op->parent);
        return (struct aws_trouble){.problem = AWS_PROBLEM_BAD_PARAMETER, .message = call->message};
    }
    if (value.n == 0) {
        return cut_page(call, rq, &run);
    }
    if (!fc_obj_find(&call->scene, op->in != NULL ? op->in : run.type->parent, value, &parent)) {
        return not_there(op);
    }
    run.bound = parent.index + 1;
    if (op->in != NULL) {
        return select_speakers(call, rq, &run, &parent);
    }
    run.start = parent.index * run.type->count;
    run.end = run.start + run.type->count;
    return cut_page(call, rq, &run);
}

static struct aws_trouble select_batch(struct aws_call *call)
{
    const struct aws_op *op = call->op;
    size_t n = 0, i;

    while (aws_param_item(&call->params, op->by, n).p != NULL) {
        n++;
    }
    if (op->limit > 0 && n > op->limit) {
        snprintf(call->message, sizeof(call->message), "%s may name at most %llu", op->by,
                 (unsigned long long)op->limit);
        return (struct aws_trouble){.problem = AWS_PROBLEM_BAD_PARAMETER, .message = call->message};
    }
    call->named = fc_alloc(n * sizeof(*call->named));
    for (i = 0; i < n; i++) {
        struct fc_named *name = &call->named[i];

        name->value = aws_param_item(&call->params, op->by, i);
        if (!find(call, name->value, &name->obj)) {
            name->obj.type = NULL;
            if (op->missing.code != NULL) {
                return not_there(op);
            }
        }
    }
    call->scene.named = call->named;
    call->scene.named_count = n;
    return trouble(AWS_OK);
}

/* S3 answers for a bucket only where the bucket is. */
static struct aws_trouble check_home(struct aws_call *call, const struct fc_obj *bucket)
{
    const struct aws_world *w = call->world;
    const char *home = w->regions[bucket->index % w->enabled_count].name;
    bool scoped = strcmp(call->region, "us-east-1") == 0;

    if (strcmp(home, call->region) == 0) {
        return trouble(AWS_OK);
    }
    snprintf(call->message, sizeof(call->message),
             scoped ? "The authorization header is malformed; the region '%s' is wrong; expecting "
                      "'%s'"
                    : "The bucket you are attempting to access must be addressed using the "
                      "specified endpoint. Please send all future requests to this endpoint. (%s, "
                      "%s)",
             call->region, home);
    if (scoped) {
        fc_text_printf(&call->extra, "<Region>%s</Region>", home);
    } else {
        fc_text_printf(&call->extra, "<Endpoint>s3.%s.amazonaws.com</Endpoint>", home);
    }
    return (struct aws_trouble){.problem = AWS_PROBLEM_MISSING,
                                .code =
                                    scoped ? "AuthorizationHeaderMalformed" : "PermanentRedirect",
                                .status = scoped ? 400 : 301,
                                .message = call->message,
                                .extra = call->extra.data};
}

static struct aws_trouble select_one(struct aws_call *call)
{
    const struct aws_op *op = call->op;

    if (!find(call, aws_param(&call->params, op->by), &call->scene.one)) {
        call->scene.one.type = NULL;
        return not_there(op);
    }
    if (op->bucket) {
        struct aws_trouble t = check_home(call, &call->scene.one);

        if (t.problem != AWS_OK) {
            return t;
        }
    }
    if (op->lacks_every > 0 && call->scene.one.index % op->lacks_every == op->lacks_at) {
        return (struct aws_trouble){
            .problem = AWS_PROBLEM_MISSING, .code = op->lacks.code, .status = op->lacks.status};
    }
    return trouble(AWS_OK);
}

struct aws_trouble aws_select(struct aws_call *call, const struct fc_request *rq)
{
    switch (call->op->verb) {
    case AWS_VERB_LIST:
        return select_list(call, rq);
    case AWS_VERB_ONE:
        return select_one(call);
    case AWS_VERB_BATCH:
        return select_batch(call);
    default:
        return trouble(AWS_OK);
    }
}
