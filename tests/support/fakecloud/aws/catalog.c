#include "aws/catalog.h"

#include <stdlib.h>
#include <string.h>

#include "aws/catalog_read.h"
#include "aws/words.h"
#include "core/conf.h"
#include "template/template.h"

/* The item of a list becomes the whole answer. */
static char *wrap_items(const struct aws_op *op)
{
    struct fc_text t = {0};
    const struct aws_service *s = op->service;
    bool json = s->protocol == AWS_PROTOCOL_JSON || s->protocol == AWS_PROTOCOL_REST_JSON;
    const char *member = op->member != NULL                ? op->member
                         : s->protocol == AWS_PROTOCOL_EC2 ? "item"
                                                           : "member";
    const char *out = op->page.out;

    if (json) {
        fc_text_printf(&t, "{\"%s\":[{{each}}%s{{,}}{{/}}]", op->items, op->body_text);
        if (op->failures != NULL) {
            fc_text_printf(&t,
                           ",\"%s\":[{{eachmissing}}{\"arn\":\"{{value}}\",\"reason\":"
                           "\"MISSING\"}{{,}}{{/}}]",
                           op->failures);
        }
        fc_text_puts(&t, op->truncated ? ",\"Truncated\":{{truncated}}" : "");
        if (out != NULL) {
            fc_text_printf(&t, "{{more}},\"%s\":\"{{token}}\"{{/}}", out);
        }
        fc_text_puts(&t, "}");
        return t.data;
    }
    fc_text_printf(&t, "<%s>{{each}}<%s>%s</%s>{{/}}</%s>", op->items, member, op->body_text,
                   member, op->items);
    fc_text_puts(&t, op->truncated ? "<IsTruncated>{{truncated}}</IsTruncated>" : "");
    if (out != NULL) {
        fc_text_printf(&t, "{{more}}<%s>{{token}}</%s>{{/}}", out, out);
    }
    return t.data;
}

/* Around what the catalog says: the protocol's envelope. */
static char *wrap_answer(const struct aws_op *op, const char *body)
{
    const struct aws_service *s = op->service;
    struct fc_text t = {0};

    if (op->raw || s->protocol == AWS_PROTOCOL_JSON || s->protocol == AWS_PROTOCOL_REST_JSON) {
        fc_text_puts(&t, body);
    } else if (s->protocol == AWS_PROTOCOL_EC2) {
        fc_text_printf(&t,
                       "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<%sResponse xmlns=\"%s\">"
                       "<requestId>{{requestid}}</requestId>%s</%sResponse>",
                       op->name, s->xmlns, body, op->name);
    } else if (s->protocol == AWS_PROTOCOL_QUERY) {
        fc_text_printf(&t,
                       "<%sResponse xmlns=\"%s\"><%sResult>%s</%sResult><ResponseMetadata>"
                       "<RequestId>{{requestid}}</RequestId></ResponseMetadata></%sResponse>\n",
                       op->name, s->xmlns, op->name, body, op->name, op->name);
    } else {
        fc_text_printf(&t, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n%s", body);
    }
    return t.data;
}

static void compile_op(const struct aws_catalog *c, struct aws_op *op)
{
    char *items = op->items != NULL ? wrap_items(op) : NULL;
    char *whole = wrap_answer(op, items != NULL ? items : op->body_text);
    char *save = NULL, *word;
    size_t n = 0;

    if (op->kind_names != NULL) {
        for (word = strtok_r(op->kind_names, "|", &save); word != NULL && n < AWS_MAX_KINDS;
             word = strtok_r(NULL, "|", &save)) {
            op->kinds[n++] = fc_lexicon_type(&c->lexicon, op->service->name, word);
        }
    }
    if (op->in_name != NULL) {
        op->in = fc_lexicon_type(&c->lexicon, op->service->name, op->in_name);
    }
    op->body = fc_template_new(&c->lexicon, op->service->name, whole);
    if (op->cursor_text != NULL) {
        op->cursor_key = fc_template_new(&c->lexicon, op->service->name, op->cursor_text);
    }
    free(items);
    free(whole);
}

static void link_types(struct aws_catalog *c)
{
    size_t i, k;

    for (i = 0; i < c->lexicon.type_count; i++) {
        struct fc_type *t = c->lexicon.types[i];
        struct aws_service *service = NULL;

        for (k = 0; k < c->service_count; k++) {
            size_t n = strlen(c->services[k]->name);

            if (strncmp(t->name, c->services[k]->name, n) == 0 && t->name[n] == '.') {
                service = c->services[k];
            }
        }
        if (t->parent_name != NULL) {
            t->parent = fc_lexicon_type(&c->lexicon, service->name, t->parent_name);
            t->scope = t->parent->scope;
        }
        t->key = fc_template_new(&c->lexicon, service->name, t->key_text);
    }
}

/* "counts" by type, and "objects" for all the roots that are not as many as something else. */
static void set_counts(struct aws_catalog *c, const struct aws_world *w)
{
    struct json_object *counts = fc_conf_get(w->conf, "counts");
    int64_t objects = fc_conf_int(w->conf, "aws", "objects", -1);
    size_t i;

    for (i = 0; i < c->lexicon.type_count && objects >= 0; i++) {
        if (c->lexicon.types[i]->parent_name == NULL &&
            c->lexicon.types[i]->scope != AWS_SCOPE_ORG) {
            c->lexicon.types[i]->count = (uint64_t)objects;
        }
    }
    if (counts == NULL) {
        return;
    }
    json_object_object_foreach(counts, name, value)
    {
        for (i = 0; i < c->lexicon.type_count && strcmp(c->lexicon.types[i]->name, name) != 0;
             i++) {
        }
        if (i == c->lexicon.type_count || !json_object_is_type(value, json_type_int) ||
            json_object_get_int64(value) < 0) {
            fc_die("aws.counts: \"%s\" is no type, or no count is given", name);
        }
        c->lexicon.types[i]->count = (uint64_t)json_object_get_int64(value);
    }
}

struct aws_catalog *aws_catalog_new(const struct aws_world *w)
{
    struct aws_catalog *c = fc_alloc(sizeof(*c));
    size_t i;

    c->lexicon.words = &aws_words;

    for (i = 0; i < aws_catalog_file_count; i++) {
        aws_catalog_read(c, w, &aws_catalog_files[i]);
    }
    set_counts(c, w);
    link_types(c);
    for (i = 0; i < c->op_count; i++) {
        compile_op(c, c->ops[i]);
    }
    return c;
}

static void free_op(struct aws_op *op)
{
    size_t i;

    for (i = 0; i < AWS_MAX_WHEN; i++) {
        free(op->when[i]);
    }
    for (i = 0; i < AWS_MAX_KINDS; i++) {
        free(op->cursor[i]);
    }
    free(op->name);
    free(op->route_name);
    free(op->kind_names);
    free(op->by);
    free(op->parent);
    free(op->in_name);
    free(op->page.in);
    free(op->page.out);
    free(op->page.size);
    free(op->cursor_text);
    free(op->method);
    free(op->path);
    free(op->missing.code);
    free(op->lacks.code);
    free(op->items);
    free(op->member);
    free(op->failures);
    free(op->body_text);
    fc_template_free(op->body);
    fc_template_free(op->cursor_key);
    free(op);
}

static void free_service(struct aws_service *s)
{
    free(s->name);
    free(s->sign);
    free(s->version);
    free(s->target);
    free(s->json);
    free(s->xmlns);
    free(s->global);
    free(s->throttle.code);
    free(s->invalid);
    free(s);
}

void aws_catalog_free(struct aws_catalog *c)
{
    size_t i;

    for (i = 0; i < c->op_count; i++) {
        free_op(c->ops[i]);
    }
    for (i = 0; i < c->service_count; i++) {
        free_service(c->services[i]);
    }
    fc_lexicon_fini(&c->lexicon);
    free(c->services);
    free(c->ops);
    free(c);
}
