#include "k8s/selector.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"

static struct fc_str trim(struct fc_str s)
{
    while (s.n > 0 && s.p[0] == ' ') {
        s.p++;
        s.n--;
    }
    while (s.n > 0 && s.p[s.n - 1] == ' ') {
        s.n--;
    }
    return s;
}

/* Takes the text up to the first comma outside parentheses. */
static struct fc_str next_clause(struct fc_str *s)
{
    struct fc_str clause = {s->p, 0};
    int depth = 0;

    while (clause.n < s->n && (depth > 0 || s->p[clause.n] != ',')) {
        depth += s->p[clause.n] == '(';
        depth -= s->p[clause.n] == ')';
        clause.n++;
    }
    s->p += clause.n + (clause.n < s->n);
    s->n -= clause.n + (clause.n < s->n);
    return trim(clause);
}

static void set_key(struct k8s_requirement *r, struct fc_str key, enum k8s_operator op)
{
    key = trim(key);
    r->key = fc_strndup(key.p, key.n);
    r->op = op;
}

static void add_value(struct k8s_requirement *r, struct fc_str value)
{
    value = trim(value);
    fc_text_add(&r->values, value.p, value.n);
    fc_text_add(&r->values, "\n", 1);
}

/* "key in (a, b)" and "key notin (a, b)" */
static bool parse_set(struct k8s_requirement *r, struct fc_str s)
{
    const char *open = memchr(s.p, '(', s.n);
    const char *space = memchr(s.p, ' ', s.n);
    struct fc_str list, word;

    if (open == NULL || space == NULL || space > open || s.p[s.n - 1] != ')') {
        return false;
    }
    word = trim((struct fc_str){space, (size_t)(open - space)});
    if (!fc_str_eq(word, "in") && !fc_str_eq(word, "notin")) {
        return false;
    }
    set_key(r, (struct fc_str){s.p, (size_t)(space - s.p)},
            fc_str_eq(word, "in") ? K8S_IN : K8S_NOT_IN);
    list = (struct fc_str){open + 1, (size_t)(s.p + s.n - 1 - (open + 1))};
    while (list.n > 0) {
        add_value(r, next_clause(&list));
    }
    return true;
}

static bool parse_clause(struct k8s_requirement *r, struct fc_str s)
{
    const char *eq = memchr(s.p, '=', s.n);
    size_t key, value;

    if (memchr(s.p, '(', s.n) != NULL) {
        return parse_set(r, s);
    }
    if (eq == NULL) {
        bool absent = s.p[0] == '!';

        set_key(r, (struct fc_str){s.p + absent, s.n - absent}, absent ? K8S_ABSENT : K8S_EXISTS);
        return r->label && r->key[0] != '\0' && strchr(r->key, ' ') == NULL;
    }
    key = (size_t)(eq - s.p);
    value = key + 1;
    if (value < s.n && s.p[value] == '=') {
        value++;
    }
    if (key > 0 && s.p[key - 1] == '!') {
        set_key(r, (struct fc_str){s.p, key - 1}, K8S_NOT_IN);
    } else {
        set_key(r, (struct fc_str){s.p, key}, K8S_IN);
    }
    add_value(r, (struct fc_str){s.p + value, s.n - value});
    return r->key[0] != '\0';
}

static bool parse_all(struct k8s_selector *s, struct fc_str text, bool label)
{
    while (text.n > 0) {
        struct fc_str clause = next_clause(&text);
        struct k8s_requirement *r;

        if (clause.n == 0) {
            continue;
        }
        s->at = fc_grow(s->at, (s->count + 1) * sizeof(*s->at));
        r = &s->at[s->count++];
        *r = (struct k8s_requirement){.label = label};
        if (!parse_clause(r, clause)) {
            return false;
        }
    }
    return true;
}

bool k8s_selector_init(struct k8s_selector *s, struct fc_str labels, struct fc_str fields)
{
    *s = (struct k8s_selector){0};
    return parse_all(s, labels, true) && parse_all(s, fields, false);
}

void k8s_selector_fini(struct k8s_selector *s)
{
    size_t i;

    for (i = 0; i < s->count; i++) {
        free(s->at[i].key);
        fc_text_fini(&s->at[i].values);
    }
    free(s->at);
}

static bool has_value(const struct k8s_requirement *r, const char *value)
{
    const char *at = r->values.data;
    size_t n = strlen(value);

    while (at != NULL && *at != '\0') {
        size_t len = strcspn(at, "\n");

        if (len == n && memcmp(at, value, n) == 0) {
            return true;
        }
        at += len + 1;
    }
    return false;
}

/* NULL when the object has no such label or field. */
static const char *look_up(const struct k8s_requirement *r, struct json_object *object)
{
    struct json_object *at = object;
    const char *key = r->key;

    if (r->label) {
        at = fc_conf_get(fc_conf_get(fc_conf_get(object, "metadata"), "labels"), key);
        return at != NULL ? json_object_get_string(at) : NULL;
    }
    while (*key != '\0' && at != NULL) {
        size_t n = strcspn(key, ".");
        char *word = fc_strndup(key, n);

        at = json_object_is_type(at, json_type_object) ? fc_conf_get(at, word) : NULL;
        free(word);
        key += n + (key[n] == '.');
    }
    return at != NULL ? json_object_get_string(at) : NULL;
}

static bool satisfied(const struct k8s_requirement *r, struct json_object *object)
{
    const char *value = look_up(r, object);

    switch (r->op) {
    case K8S_IN:
        return value != NULL ? has_value(r, value) : !r->label && has_value(r, "");
    case K8S_NOT_IN:
        return value == NULL || !has_value(r, value);
    case K8S_EXISTS:
        return value != NULL;
    case K8S_ABSENT:
        return value == NULL;
    }
    return false;
}

/* Cheap and never wrong when it says no: an equality needs "key":"value" somewhere in the text. */
static bool may_match(const struct k8s_requirement *r, const char *json, size_t len)
{
    const char *dot = strrchr(r->key, '.');
    const char *newline = r->values.len > 1 ? strchr(r->values.data, '\n') : NULL;
    struct fc_text needle = {0};
    bool found;

    if (r->op != K8S_IN || newline == NULL || newline[1] != '\0') {
        return true;
    }
    fc_text_printf(&needle, "\"%s\":\"%.*s\"", !r->label && dot != NULL ? dot + 1 : r->key,
                   (int)(newline - r->values.data), r->values.data);
    found = memmem(json, len, needle.data, needle.len) != NULL;
    fc_text_fini(&needle);
    return found;
}

bool k8s_selector_matches(const struct k8s_selector *s, const char *json, size_t len)
{
    struct json_object *object;
    bool all = true;
    size_t i;

    for (i = 0; i < s->count; i++) {
        if (!may_match(&s->at[i], json, len)) {
            return false;
        }
    }
    object = json_tokener_parse(json);
    for (i = 0; i < s->count && all; i++) {
        all = satisfied(&s->at[i], object);
    }
    json_object_put(object);
    return all;
}
