#include "k8s/template.h"

#include <stdlib.h>
#include <string.h>

#include "core/rng.h"
#include "k8s/template_files.h"

#define MAX_OPS 400
#define MAX_PICKS 24
#define MAX_OPTIONS 12
#define MAX_NESTING 6
#define EPOCH_S INT64_C(1704067200) /* 2024-01-01: objects are born in the 200 days after. */
#define SPAN_S (86400 * 200)

#define PAD_HEAD ",\"fakecloud.example/padding\":\""
#define PAD_TAIL "\""

enum field {
    FIELD_NONE,
    FIELD_NAME,
    FIELD_NS,
    FIELD_UID,
    FIELD_RV,
    FIELD_TIME,
    FIELD_INDEX,
    FIELD_IP,
    FIELD_HEX,
    FIELD_B64,
    FIELD_PICK,
    FIELD_NUM,
    FIELD_FIXED,
    FIELD_PAD,
    FIELD_IF,     /* Skips to 'jump' unless the target exists. */
    FIELD_IFPICK, /* Skips to 'jump' unless the pick has the value. */
};

enum target { SELF, PARENT, GRAND, OTHER, NODE, TARGETS };

struct op {
    uint32_t lit; /* Offset of the literal that comes first. */
    uint32_t lit_len;
    uint8_t field;
    uint8_t target;
    uint16_t jump;
    uint32_t a;
    uint32_t b;
};

struct pick {
    uint64_t key;
    uint32_t count;
    struct fc_str options[MAX_OPTIONS];
};

struct k8s_template {
    struct fc_text text; /* Macros expanded. Picks point into it. */
    struct fc_text literals;
    struct op ops[MAX_OPS];
    size_t op_count;
    struct pick picks[MAX_PICKS];
    size_t pick_count;
    size_t max;
};

/* The objects a template speaks of; made when first needed. */
struct cast {
    struct k8s_obj *self;
    struct k8s_obj others[TARGETS]; /* [SELF] is not used. */
    uint8_t known[TARGETS];         /* 0: not looked up; 1: exists; 2: does not. */
};

static struct k8s_obj *look_up(struct cast *cast, enum target target)
{
    bool found = false;
    struct k8s_obj *parent;

    if (target == SELF || target >= TARGETS) {
        return cast->self;
    }
    if (cast->known[target] == 0) {
        switch (target) {
        case PARENT:
            found = k8s_obj_parent(cast->self, &cast->others[PARENT]);
            break;
        case GRAND:
            parent = look_up(cast, PARENT);
            found = parent != NULL && k8s_obj_parent(parent, &cast->others[GRAND]);
            break;
        case OTHER:
            found = k8s_obj_other(cast->self, &cast->others[OTHER]);
            break;
        case NODE:
            found = k8s_obj_node(cast->self, &cast->others[NODE]);
            break;
        case SELF:
        case TARGETS:
            break;
        }
        cast->known[target] = found ? 1 : 2;
    }
    return cast->known[target] == 1 ? &cast->others[target] : NULL;
}

static uint32_t pick_index(const struct pick *p, const struct k8s_obj *obj)
{
    return (uint32_t)((fc_hash(obj->h, p->key) >> 32) * p->count >> 32);
}

static unsigned digits(uint64_t v)
{
    unsigned n = 1;

    for (; v >= 10; v /= 10) {
        n++;
    }
    return n;
}

static size_t put_number(char *out, uint64_t v, unsigned width)
{
    char *p = out + width;

    while (p > out) {
        *--p = (char)('0' + v % 10);
        v /= 10;
    }
    return width;
}

static size_t put_time(char *out, int64_t t)
{
    int64_t days = t / 86400, rest = t % 86400;
    int64_t z = days + 719468; /* Days from 0000-03-01, after Howard Hinnant's civil_from_days. */
    int64_t era = z / 146097, doe = z % 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9;

    put_number(out, (uint64_t)(yoe + era * 400 + (month <= 2)), 4);
    out[4] = '-';
    put_number(out + 5, (uint64_t)month, 2);
    out[7] = '-';
    put_number(out + 8, (uint64_t)(doy - (153 * mp + 2) / 5 + 1), 2);
    out[10] = 'T';
    put_number(out + 11, (uint64_t)(rest / 3600), 2);
    out[13] = ':';
    put_number(out + 14, (uint64_t)(rest / 60 % 60), 2);
    out[16] = ':';
    put_number(out + 17, (uint64_t)(rest % 60), 2);
    out[19] = 'Z';
    return 20;
}

static size_t put_chars(char *out, uint64_t h, uint32_t n, const char *abc, unsigned bits)
{
    uint32_t i;
    unsigned left = 0;
    uint64_t r = 0;

    for (i = 0; i < n; i++) {
        if (left < bits) {
            r = h = fc_mix(h);
            left = 64;
        }
        out[i] = abc[r & ((1U << bits) - 1)];
        r >>= bits;
        left -= bits;
    }
    return n;
}

static size_t put_ip(char *out, uint64_t h)
{
    size_t n = 3;
    unsigned i;

    memcpy(out, "10.", 3);
    for (i = 0; i < 3; i++) {
        n += put_number(out + n, 100 + (h >> (i * 16)) % 128, 3);
        out[n++] = '.';
    }
    return n - 1;
}

static uint64_t field_number(const struct op *op, const struct k8s_obj *obj, uint64_t key)
{
    return op->a + fc_hash(obj->h, key) % (op->b - op->a + 1);
}

static size_t field_length(const struct k8s_template *t, const struct op *op, struct k8s_obj *obj,
                           uint32_t pad)
{
    char ns[K8S_NAME_MAX];

    switch ((enum field)op->field) {
    case FIELD_NAME:
        k8s_obj_name(obj);
        return obj->name_len;
    case FIELD_NS:
        return k8s_namespace_name(obj->cluster, obj->ns, ns);
    case FIELD_UID:
        return 36;
    case FIELD_RV:
        return digits(obj->cluster->resource_version);
    case FIELD_TIME:
        return 20;
    case FIELD_INDEX:
        return digits(obj->g);
    case FIELD_IP:
        return 14;
    case FIELD_HEX:
    case FIELD_B64:
        return op->a;
    case FIELD_PICK:
        return t->picks[op->a].options[pick_index(&t->picks[op->a], obj)].n;
    case FIELD_NUM:
        return digits(field_number(op, obj, op->jump));
    case FIELD_FIXED:
        return k8s_obj_fixed(obj, op->a).n;
    case FIELD_PAD:
        return pad > 0 ? sizeof(PAD_HEAD) - 1 + pad + sizeof(PAD_TAIL) - 1 : 0;
    case FIELD_NONE:
    case FIELD_IF:
    case FIELD_IFPICK:
        break;
    }
    return 0;
}

static size_t put_field(const struct k8s_template *t, const struct op *op, struct k8s_obj *obj,
                        uint32_t pad, char *out)
{
    static const char hex[] = "0123456789abcdef";
    static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const struct fc_str *s;
    struct fc_str fixed;
    uint64_t v;

    switch ((enum field)op->field) {
    case FIELD_NAME:
        k8s_obj_name(obj);
        memcpy(out, obj->name, obj->name_len);
        return obj->name_len;
    case FIELD_NS:
        return k8s_namespace_name(obj->cluster, obj->ns, out);
    case FIELD_UID:
        k8s_obj_uid(obj, out);
        return 36;
    case FIELD_RV: /* As many digits as the cluster's, and never greater. */
        v = obj->cluster->resource_version;
        return put_number(out, v - obj->h % 100000, digits(v));
    case FIELD_TIME:
        return put_time(out, EPOCH_S + (int64_t)(obj->h % SPAN_S) + (int64_t)op->a);
    case FIELD_INDEX:
        return put_number(out, obj->g, digits(obj->g));
    case FIELD_IP:
        return put_ip(out, fc_hash(obj->h, op->jump));
    case FIELD_HEX:
        return put_chars(out, fc_hash(obj->h, op->jump), op->a, hex, 4);
    case FIELD_B64:
        return put_chars(out, fc_hash(obj->h, op->jump), op->a, b64, 6);
    case FIELD_PICK:
        s = &t->picks[op->a].options[pick_index(&t->picks[op->a], obj)];
        memcpy(out, s->p, s->n);
        return s->n;
    case FIELD_NUM:
        v = field_number(op, obj, op->jump);
        return put_number(out, v, digits(v));
    case FIELD_FIXED:
        fixed = k8s_obj_fixed(obj, op->a);
        memcpy(out, fixed.p, fixed.n);
        return fixed.n;
    case FIELD_PAD:
        if (pad == 0) {
            return 0;
        }
        memcpy(out, PAD_HEAD, sizeof(PAD_HEAD) - 1);
        memcpy(out + sizeof(PAD_HEAD) - 1, obj->cluster->padding, pad);
        memcpy(out + sizeof(PAD_HEAD) - 1 + pad, PAD_TAIL, sizeof(PAD_TAIL) - 1);
        return sizeof(PAD_HEAD) - 1 + pad + sizeof(PAD_TAIL) - 1;
    case FIELD_NONE:
    case FIELD_IF:
    case FIELD_IFPICK:
        break;
    }
    return 0;
}

/* Whether the op is a condition that fails, so that its block is skipped. */
static bool skips(const struct k8s_template *t, const struct op *op, struct cast *cast)
{
    if (op->field == FIELD_IF) {
        return (look_up(cast, (enum target)op->target) == NULL) == (op->b == 0);
    }
    return op->field == FIELD_IFPICK &&
           (pick_index(&t->picks[op->a], cast->self) == op->b) != (op->target == 0);
}

size_t k8s_template_print(const struct k8s_template *t, struct k8s_obj *obj, uint32_t pad_bytes,
                          char *out)
{
    struct cast cast;
    size_t i, n = 0;

    cast.self = obj;
    memset(cast.known, 0, sizeof(cast.known));
    for (i = 0; i < t->op_count; i++) {
        const struct op *op = &t->ops[i];
        struct k8s_obj *about;

        memcpy(out + n, t->literals.data + op->lit, op->lit_len);
        n += op->lit_len;
        if (op->field >= FIELD_IF) {
            if (skips(t, op, &cast)) {
                i = (size_t)op->jump - 1;
            }
        } else if (op->field != FIELD_NONE) {
            about = look_up(&cast, (enum target)op->target);
            n += about != NULL ? put_field(t, op, about, pad_bytes, out + n) : 0;
        }
    }
    return n;
}

size_t k8s_template_length(const struct k8s_template *t, struct k8s_obj *obj, uint32_t pad_bytes)
{
    struct cast cast;
    size_t i, n = 0;

    cast.self = obj;
    memset(cast.known, 0, sizeof(cast.known));
    for (i = 0; i < t->op_count; i++) {
        const struct op *op = &t->ops[i];
        struct k8s_obj *about;

        n += op->lit_len;
        if (op->field >= FIELD_IF) {
            if (skips(t, op, &cast)) {
                i = (size_t)op->jump - 1;
            }
        } else if (op->field != FIELD_NONE) {
            about = look_up(&cast, (enum target)op->target);
            n += about != NULL ? field_length(t, op, about, pad_bytes) : 0;
        }
    }
    return n;
}

size_t k8s_template_max(const struct k8s_template *t)
{
    return t->max;
}

/* ---- Compiling. ---- */

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

static struct op *add_op(struct compiler *c, enum field field)
{
    struct k8s_template *t = c->t;
    struct op *op = &t->ops[t->op_count++];

    if (t->op_count == MAX_OPS) {
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
    struct pick *p;
    uint32_t i;

    for (i = 0; i < t->pick_count; i++) {
        if (t->picks[i].key == hash) {
            return i;
        }
    }
    if (options.n == 0 || t->pick_count == MAX_PICKS) {
        bad(c, key);
    }
    p = &t->picks[t->pick_count++];
    p->key = hash;
    while (options.n > 0) {
        if (p->count == MAX_OPTIONS) {
            bad(c, key);
        }
        p->options[p->count++] = next_word(&options, '|');
    }
    return i;
}

static enum target read_target(struct fc_str word, struct fc_str *rest)
{
    static const char *const names[TARGETS] = {"self", "parent", "grand", "other", "node"};
    struct fc_str head = *rest = word;
    unsigned i;

    head = next_word(rest, '.');
    for (i = 0; i < TARGETS; i++) {
        if (fc_str_eq(head, names[i])) {
            return (enum target)i;
        }
    }
    *rest = word;
    return SELF;
}

/* {{?parent}} {{!parent}} {{?key:value}} {{!key:value}} */
static void open_block(struct compiler *c, struct fc_str place)
{
    bool negated = place.p[0] == '!';
    struct fc_str rest = {place.p + 1, place.n - 1};
    struct fc_str word = next_word(&rest, ':');
    struct fc_str none;
    struct op *op;

    if (c->depth == MAX_NESTING) {
        bad(c, place);
    }
    c->open[c->depth++] = c->t->op_count;
    if (rest.n == 0) {
        op = add_op(c, FIELD_IF);
        op->target = (uint8_t)read_target(word, &none);
        op->b = negated;
        return;
    }
    op = add_op(c, FIELD_IFPICK);
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
        enum field field;
        unsigned max;
    } fields[] = {
        {"name", FIELD_NAME, K8S_NAME_MAX}, {"ns", FIELD_NS, 64},   {"uid", FIELD_UID, 36},
        {"rv", FIELD_RV, 20},               {"time", FIELD_TIME, 20}, {"index", FIELD_INDEX, 20},
        {"ip", FIELD_IP, 15},               {"hex", FIELD_HEX, 0},  {"b64", FIELD_B64, 0},
        {"pick", FIELD_PICK, 200},          {"num", FIELD_NUM, 20}, {"fixed", FIELD_FIXED, 100},
        {"pad", FIELD_PAD, 64},
    };
    struct fc_str rest = place, word, field;
    struct op *op;
    size_t i;

    if (place.p[0] == '?' || place.p[0] == '!') {
        open_block(c, place);
        return;
    }
    if (fc_str_eq(place, "/")) {
        if (c->depth == 0) {
            bad(c, place);
        }
        add_op(c, FIELD_NONE);
        c->t->ops[c->open[--c->depth]].jump = (uint16_t)c->t->op_count;
        return;
    }
    word = next_word(&rest, ' ');
    i = 0;
    op = add_op(c, FIELD_NONE);
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
    case FIELD_TIME:
        op->a = rest.n > 0 ? number(c, rest) : 0;
        break;
    case FIELD_FIXED:
        op->a = number(c, rest);
        break;
    case FIELD_IP:
        op->jump = key_of(rest);
        break;
    case FIELD_HEX:
    case FIELD_B64:
        op->jump = key_of(next_word(&rest, ' '));
        op->a = number(c, rest);
        c->t->max += op->a;
        break;
    case FIELD_NUM:
        op->jump = key_of(next_word(&rest, ' '));
        op->a = number(c, next_word(&rest, ' '));
        op->b = number(c, rest);
        break;
    case FIELD_PICK:
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

        fc_text_printf(&t,
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
    add_op(c, FIELD_NONE);
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
