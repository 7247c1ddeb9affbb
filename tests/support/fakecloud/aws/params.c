#include "aws/params.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void aws_params_add(struct aws_params *p, struct fc_str key, struct fc_str value)
{
    if (p->count == p->cap) {
        p->cap = p->cap > 0 ? p->cap * 2 : 16;
        p->pairs = fc_grow(p->pairs, p->cap * sizeof(*p->pairs));
    }
    p->pairs[p->count++] = (struct fc_pair){key, value};
}

static void read_form(struct aws_params *p, struct fc_str form)
{
    size_t i = 0;
    char *at;

    p->decoded = fc_alloc(form.n + 1);
    at = p->decoded;
    while (i < form.n) {
        struct fc_str raw_key = {form.p + i, 0}, raw_value, key, value;

        while (i < form.n && form.p[i] != '=' && form.p[i] != '&') {
            i++;
        }
        raw_key.n = (size_t)(form.p + i - raw_key.p);
        i += i < form.n && form.p[i] == '=';
        raw_value.p = form.p + i;
        while (i < form.n && form.p[i] != '&') {
            i++;
        }
        raw_value.n = (size_t)(form.p + i - raw_value.p);
        i++;
        key = (struct fc_str){at, fc_percent_decode(raw_key, at, true)};
        at += key.n;
        value = (struct fc_str){at, fc_percent_decode(raw_value, at, true)};
        at += value.n;
        aws_params_add(p, key, value);
    }
}

static bool read_json(struct aws_params *p, const struct fc_text *body)
{
    struct json_tokener *tok = json_tokener_new();

    if (tok == NULL) {
        fc_die("out of memory");
    }
    p->json = json_tokener_parse_ex(tok, body->data, (int)body->len);
    json_tokener_free(tok);
    return json_object_is_type(p->json, json_type_object);
}

bool aws_params_read(struct aws_params *p, const struct fc_request *rq)
{
    const char *type = fc_request_header(rq, "Content-Type");
    size_t i;

    for (i = 0; i < rq->param_count; i++) {
        aws_params_add(p, rq->params[i].key, rq->params[i].value);
    }
    if (rq->body.len == 0 || type == NULL) {
        return true;
    }
    if (strncmp(type, "application/x-www-form-urlencoded", 33) == 0) {
        read_form(p, (struct fc_str){rq->body.data, rq->body.len});
        return true;
    }
    return strstr(type, "json") == NULL || read_json(p, &rq->body);
}

void aws_params_fini(struct aws_params *p)
{
    free(p->pairs);
    free(p->decoded);
    json_object_put(p->json);
    *p = (struct aws_params){0};
}

static struct fc_str of_json(struct json_object *v)
{
    if (v == NULL) {
        return (struct fc_str){NULL, 0};
    }
    return fc_str_of(json_object_get_string(v));
}

static struct json_object *json_member(const struct aws_params *p, const char *name)
{
    struct json_object *v = NULL;

    if (p->json != NULL) {
        json_object_object_get_ex(p->json, name, &v);
    }
    return v;
}

struct fc_str aws_param(const struct aws_params *p, const char *name)
{
    size_t i;

    for (i = 0; i < p->count; i++) {
        if (fc_str_eq(p->pairs[i].key, name)) {
            return p->pairs[i].value;
        }
    }
    return of_json(json_member(p, name));
}

/* Whether 'key' is "name.<anything.>N" with this N, or is 'name' and N is 0. */
static bool numbered(struct fc_str key, const char *name, size_t i)
{
    char number[24];
    size_t n = strlen(name);
    size_t digits = (size_t)snprintf(number, sizeof(number), ".%zu", i + 1);

    return key.n >= n + digits && memcmp(key.p, name, n) == 0 && key.p[n] == '.' &&
           memcmp(key.p + key.n - digits, number, digits) == 0;
}

struct fc_str aws_param_item(const struct aws_params *p, const char *name, size_t i)
{
    struct json_object *list = json_member(p, name);
    size_t k, seen = 0;

    if (json_object_is_type(list, json_type_array)) {
        return i < json_object_array_length(list) ? of_json(json_object_array_get_idx(list, i))
                                                  : (struct fc_str){NULL, 0};
    }
    for (k = 0; k < p->count; k++) {
        if (numbered(p->pairs[k].key, name, i) ||
            (fc_str_eq(p->pairs[k].key, name) && seen++ == i)) {
            return p->pairs[k].value;
        }
    }
    return i == 0 ? of_json(list) : (struct fc_str){NULL, 0};
}
