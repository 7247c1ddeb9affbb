/* template_compile.c: from the text of a template file to a run of literals and fields. */
#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "k8s/template_files.h"
#include "k8s/template_impl.h"

#define MAX_NESTING 6

struct compiler {
    struct k8s_template *t;
    const struct k8s_resource *r;
    size_t lit_start;
    size_t open[MAX_NESTING];
    size_t depth;
};

static void bad(const struct compiler *c, struct fc_str at)
{
    fc_die("template %s: bad place {{%.*s}}",
           c->r->template_name != NULL ? c->r->template_name : c->r->kind, (int)at.n, at.p);
}

static struct k8s_op *add_op(struct compiler *c, enum k8s_field field)
{
    struct k8s_template *t = c->t;
    struct k8s_op *op = &t->ops[t->op_count++];

    if (t->op_count == K8S_MAX_OPS) {
        fc_die("template %s: too long", c->r->kind);
    }
    op->lit = (uint32_t)c->lit_start;
    op->lit_len = (uint32_t)(t->literals.len - c->lit_start);
    op->field = (uint8_t)field;
    c->lit_start = t->literals.len;
    return op;
}

static struct fc_str next_word(struct fc_str *s, char sep)
{
    struct fc_str word = {s->p, 0};

    while (word.n < s->n && s->p[word.n] != sep) {
        word.n++;
    }
    s->p += word.n + (word.n < s->n);
    s->n -= word.n + (word.n < s->n);
    return word;
}

static uint16_t key_of(struct fc_str word)
{
    return (uint16_t)fc_hash_bytes(0, word.p, word.n);
}

static uint32_t find_pick(struct compiler *c, struct fc_str key, struct fc_str options)
{
    struct k8s_template *t = c->t;
    uint64_t hash = fc_hash_bytes(0, key.p, key.n);
    struct k8s_pick *p;
    uint32_t i;

    for (i = 0; i < t->pick_count; i++) {
        if (t->picks[i].key == hash) {
            return i;
        }
    }
    if (options.n == 0 || t->pick_count == K8S_MAX_PICKS) {
        bad(c, key);
    }
    p = &t->picks[t->pick_count++];
    p->key = hash;
    while (options.n > 0) {
        if (p->count == K8S_MAX_OPTIONS) {
            bad(c, key);
        }
        p->options[p->count++] = next_word(&options, '|');
    }
    return i;
}

static enum k8s_target read_target(struct fc_str word, struct fc_str *rest)
{
    static const char *const names[K8S_TARGETS] = {"self", "parent", "grand", "other", "node"};
    struct fc_str head = *rest = word;
    unsigned i;

    head = next_word(rest, '.');
    for (i = 0; i < K8S_TARGETS; i++) {
        if (fc_str_eq(head, names[i])) {
            return (enum k8s_target)i;
        }
    }
    *rest = word;
    return K8S_TARGET_SELF;
}

/* {{?parent}} {{!parent}} {{?key:value}} {{!key:value}} */
static void open_block(struct compiler *c, struct fc_str place)
{
    bool negated = place.p[0] == '!';
    struct fc_str rest = {place.p + 1, place.n - 1};
    struct fc_str word = next_word(&rest, ':');
    struct fc_str none;
    struct k8s_op *op;

    if (c->depth == MAX_NESTING) {
        bad(c, place);
    }
    c->open[c->depth++] = c->t->op_count;
    if (rest.n == 0) {
        op = add_op(c, K8S_FIELD_IF);
        op->target = (uint8_t)read_target(word, &none);
        op->b = negated;
        return;
    }
    op = add_op(c, K8S_FIELD_IFPICK);
    op->target = negated;
    op->a = find_pick(c, word, (struct fc_str){NULL, 0});
    for (op->b = 0; op->b < c->t->picks[op->a].count; op->b++) {
        const struct fc_str *o = &c->t->picks[op->a].options[op->b];

        if (o->n == rest.n && memcmp(o->p, rest.p, rest.n) == 0) {
            return;
        }
    }
    bad(c, place);
}

static uint32_t number(struct compiler *c, struct fc_str word)
{
    uint64_t v = 0;

    if (word.n > 0 && word.p[0] == '+') {
        word.p++;
        word.n--;
    }
    if (!fc_str_u64(word, &v)) {
        bad(c, word);
    }
    return (uint32_t)v;
}

static void compile_place(struct compiler *c, struct fc_str place)
{
    static const struct {
        const char *name;
        enum k8s_field field;
        unsigned max;
    } fields[] = {
        {"name", K8S_FIELD_NAME, K8S_NAME_MAX},
        {"ns", K8S_FIELD_NS, 64},
        {"uid", K8S_FIELD_UID, 36},
        {"rv", K8S_FIELD_RV, 20},
        {"time", K8S_FIELD_TIME, 20},
        {"index", K8S_FIELD_INDEX, 20},
        {"ip", K8S_FIELD_IP, 15},
        {"hex", K8S_FIELD_HEX, 0},
        {"b64", K8S_FIELD_B64, 0},
        {"pick", K8S_FIELD_PICK, 200},
        {"num", K8S_FIELD_NUM, 20},
        {"fixed", K8S_FIELD_FIXED, 100},
        {"pad", K8S_FIELD_PAD, 64},
    };
    struct fc_str rest = place, word, field;
    struct k8s_op *op;
    size_t i;

    if (place.p[0] == '?' || place.p[0] == '!') {
        open_block(c, place);
        return;
    }
    if (fc_str_eq(place, "/")) {
        if (c->depth == 0) {
            bad(c, place);
        }
        add_op(c, K8S_FIELD_NONE);
        c->t->ops[c->open[--c->depth]].jump = (uint16_t)c->t->op_count;
        return;
    }
    word = next_word(&rest, ' ');
    i = 0;
    op = add_op(c, K8S_FIELD_NONE);
    op->target = (uint8_t)read_target(word, &field);
    while (i < sizeof(fields) / sizeof(fields[0]) && !fc_str_eq(field, fields[i].name)) {
        i++;
    }
    if (i == sizeof(fields) / sizeof(fields[0])) {
        bad(c, place);
    }
    op->field = (uint8_t)fields[i].field;
    c->t->max += fields[i].max;
    switch (fields[i].field) {
    case K8S_FIELD_TIME:
        op->a = rest.n > 0 ? number(c, rest) : 0;
        break;
    case K8S_FIELD_FIXED:
        op->a = number(c, rest);
        break;
    case K8S_FIELD_IP:
        op->jump = key_of(rest);
        break;
    case K8S_FIELD_HEX:
    case K8S_FIELD_B64:
        op->jump = key_of(next_word(&rest, ' '));
        op->a = number(c, rest);
        c->t->max += op->a;
        break;
    case K8S_FIELD_NUM:
        op->jump = key_of(next_word(&rest, ' '));
        op->a = number(c, next_word(&rest, ' '));
        op->b = number(c, rest);
        break;
    case K8S_FIELD_PICK:
        word = next_word(&rest, ' ');
        op->a = find_pick(c, word, rest);
        break;
    default:
        break;
    }
}

static void expand_macros(struct fc_text *out, const struct k8s_resource *r, const char *src,
                          size_t n);

/* {{meta}}, {{annotations}}, {{owner Kind apiVersion}}, {{managed MANAGER}}: text, not fields. */
static bool expand_macro(struct fc_text *out, const struct k8s_resource *r, struct fc_str place)
{
    struct fc_str rest = place;
    struct fc_str word = next_word(&rest, ' ');
    struct fc_text t = {0};
    const char *slash = r->group[0] != '\0' ? "/" : "";

    if (fc_str_eq(word, "meta")) {
        fc_text_printf(&t,
                       "\"name\":\"{{name}}\",%s\"uid\":\"{{uid}}\","
                       "\"resourceVersion\":\"{{rv}}\",\"creationTimestamp\":\"{{time}}\"",
                       r->namespaced ? "\"namespace\":\"{{ns}}\"," : "");
    } else if (fc_str_eq(word, "annotations")) {
        fc_text_puts(&t, "\"annotations\":{\"example.com/origin\":\"fakecloud\"{{pad}}}");
    } else if (fc_str_eq(word, "owner")) {
        struct fc_str kind = next_word(&rest, ' ');

        fc_text_printf(
            &t,
            "{{?parent}},\"ownerReferences\":[{\"apiVersion\":\"%.*s\",\"kind\":\"%.*s\","
            "\"name\":\"{{parent.name}}\",\"uid\":\"{{parent.uid}}\","
            "\"controller\":true,\"blockOwnerDeletion\":true}]{{/}}",
            (int)rest.n, rest.p, (int)kind.n, kind.p);
    } else if (fc_str_eq(word, "managed")) {
        fc_text_printf(&t,
                       "\"managedFields\":[{\"manager\":\"%.*s\",\"operation\":\"Update\","
                       "\"apiVersion\":\"%s%s%s\",\"time\":\"{{time 4}}\",\"fieldsType\":"
                       "\"FieldsV1\",\"fieldsV1\":{\"f:metadata\":{\"f:annotations\":{\".\":{},"
                       "\"f:example.com/origin\":{}},\"f:labels\":{\".\":{},\"f:app\":{}}},"
                       "\"f:spec\":{\".\":{}}}}]",
                       (int)rest.n, rest.p, r->group, slash, r->version);
    } else {
        return false;
    }
    expand_macros(out, r, t.data, t.len);
    fc_text_fini(&t);
    return true;
}

static size_t find_close(const char *p, size_t n)
{
    size_t i;

    for (i = 0; i + 1 < n; i++) {
        if (p[i] == '}' && p[i + 1] == '}') {
            return i;
        }
    }
    fc_die("a template has a {{ without }}");
}

static void expand_macros(struct fc_text *out, const struct k8s_resource *r, const char *src,
                          size_t n)
{
    size_t i = 0;

    while (i < n) {
        if (i + 1 < n && src[i] == '{' && src[i + 1] == '{') {
            size_t len = find_close(src + i + 2, n - i - 2);

            if (!expand_macro(out, r, (struct fc_str){src + i + 2, len})) {
                fc_text_add(out, src + i, len + 4);
            }
            i += len + 4;
        } else {
            fc_text_add(out, &src[i++], 1);
        }
    }
}

static void compile(struct compiler *c, const char *p, size_t n)
{
    bool in_string = false;
    size_t i = 0;

    while (i < n) {
        if (i + 1 < n && p[i] == '{' && p[i + 1] == '{') {
            size_t len = find_close(p + i + 2, n - i - 2);

            compile_place(c, (struct fc_str){p + i + 2, len});
            i += len + 4;
            continue;
        }
        if (in_string && p[i] == '\\') {
            fc_text_add(&c->t->literals, &p[i++], 1);
        } else if (p[i] == '"') {
            in_string = !in_string;
        } else if (!in_string && (p[i] == ' ' || p[i] == '\n')) {
            i++;
            continue;
        }
        fc_text_add(&c->t->literals, &p[i++], 1);
    }
    add_op(c, K8S_FIELD_NONE);
}

struct k8s_template *k8s_template_new(const struct k8s_resource *r)
{
    const char *name = r->template_name != NULL ? r->template_name : r->kind;
    struct k8s_template *t = fc_alloc(sizeof(*t));
    struct compiler c = {.t = t, .r = r};
    size_t i;

    for (i = 0; i < k8s_template_file_count; i++) {
        if (strcmp(k8s_template_files[i].name, name) == 0) {
            break;
        }
    }
    if (i == k8s_template_file_count) {
        fc_die("there is no template %s", name);
    }
    expand_macros(&t->text, r, k8s_template_files[i].text, k8s_template_files[i].size);
    compile(&c, strchr(t->text.data, '{') + 1,
            t->text.len - (size_t)(strchr(t->text.data, '{') + 1 - t->text.data));
    t->max += t->literals.len;
    return t;
}

void k8s_template_free(struct k8s_template *t)
{
    if (t != NULL) {
        fc_text_fini(&t->text);
        fc_text_fini(&t->literals);
        free(t);
    }
}
