#include "k8s/template.h"

#include <string.h>

#include "core/rng.h"
#include "k8s/drifted.h"
#include "k8s/template_impl.h"

#define EPOCH_S INT64_C(1704067200) /* 2024-01-01: objects are born in the 200 days after. */
#define SPAN_S (86400 * 200)

#define PAD_HEAD ",\"fakecloud.example/padding\":\""
#define PAD_TAIL "\""

/* The objects a template speaks of; made when first needed. */
struct cast {
    struct k8s_obj *self;
    struct k8s_obj others[K8S_TARGETS]; /* [K8S_TARGET_SELF] is not used. */
    uint8_t known[K8S_TARGETS];         /* 0: not looked up; 1: exists; 2: does not. */
};

static struct k8s_obj *look_up(struct cast *cast, enum k8s_target target)
{
    bool found = false;
    struct k8s_obj *parent;

    if (target == K8S_TARGET_SELF || target >= K8S_TARGETS) {
        return cast->self;
    }
    if (cast->known[target] == 0) {
        switch (target) {
        case K8S_TARGET_PARENT:
            found = k8s_obj_parent(cast->self, &cast->others[K8S_TARGET_PARENT]);
            break;
        case K8S_TARGET_GRAND:
            parent = look_up(cast, K8S_TARGET_PARENT);
            found = parent != NULL && k8s_obj_parent(parent, &cast->others[K8S_TARGET_GRAND]);
            break;
        case K8S_TARGET_OTHER:
            found = k8s_obj_other(cast->self, &cast->others[K8S_TARGET_OTHER]);
            break;
        case K8S_TARGET_NODE:
            found = k8s_obj_node(cast->self, &cast->others[K8S_TARGET_NODE]);
            break;
        case K8S_TARGET_SELF:
        case K8S_TARGETS:
            break;
        }
        cast->known[target] = found ? 1 : 2;
    }
    return cast->known[target] == 1 ? &cast->others[target] : NULL;
}

/* What the object's chance comes from, but for what never changes: its name, uid and birth. */
static uint64_t chance(const struct k8s_obj *obj, uint64_t key)
{
    uint64_t h = k8s_drift_changed(obj->store, obj->g) ? fc_mix(obj->h ^ 0x64726966) : obj->h;

    return fc_hash(h, key);
}

static uint32_t pick_index(const struct k8s_pick *p, const struct k8s_obj *obj)
{
    return (uint32_t)((chance(obj, p->key) >> 32) * p->count >> 32);
}

/* As many digits as the cluster's, and never greater; but for what has changed since. */
static uint64_t version_of(const struct k8s_obj *obj)
{
    return k8s_drift_changed(obj->store, obj->g) || k8s_drift_gone(obj->store, obj->g)
               ? k8s_drift_version(obj->cluster, obj->store, obj->g)
               : obj->cluster->resource_version - obj->h % 100000;
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

static uint64_t field_number(const struct k8s_op *op, const struct k8s_obj *obj, uint64_t key)
{
    return op->a + chance(obj, key) % (op->b - op->a + 1);
}

static size_t field_length(const struct k8s_template *t, const struct k8s_op *op,
                           struct k8s_obj *obj, uint32_t pad)
{
    char ns[K8S_NAME_MAX];

    switch ((enum k8s_field)op->field) {
    case K8S_FIELD_NAME:
        k8s_obj_name(obj);
        return obj->name_len;
    case K8S_FIELD_NS:
        return k8s_namespace_name(obj->cluster, obj->ns, ns);
    case K8S_FIELD_UID:
        return 36;
    case K8S_FIELD_RV:
        return digits(version_of(obj));
    case K8S_FIELD_TIME:
        return 20;
    case K8S_FIELD_INDEX:
        return digits(obj->g);
    case K8S_FIELD_IP:
        return 14;
    case K8S_FIELD_HEX:
    case K8S_FIELD_B64:
        return op->a;
    case K8S_FIELD_PICK:
        return t->picks[op->a].options[pick_index(&t->picks[op->a], obj)].n;
    case K8S_FIELD_NUM:
        return digits(field_number(op, obj, op->jump));
    case K8S_FIELD_FIXED:
        return k8s_obj_fixed(obj, op->a).n;
    case K8S_FIELD_PAD:
        return pad > 0 ? sizeof(PAD_HEAD) - 1 + pad + sizeof(PAD_TAIL) - 1 : 0;
    case K8S_FIELD_NONE:
    case K8S_FIELD_IF:
    case K8S_FIELD_IFPICK:
        break;
    }
    return 0;
}

static size_t put_field(const struct k8s_template *t, const struct k8s_op *op, struct k8s_obj *obj,
                        uint32_t pad, char *out)
{
    static const char hex[] = "0123456789abcdef";
    static const char b64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const struct fc_str *s;
    struct fc_str fixed;
    uint64_t v;

    switch ((enum k8s_field)op->field) {
    case K8S_FIELD_NAME:
        k8s_obj_name(obj);
        memcpy(out, obj->name, obj->name_len);
        return obj->name_len;
    case K8S_FIELD_NS:
        return k8s_namespace_name(obj->cluster, obj->ns, out);
    case K8S_FIELD_UID:
        k8s_obj_uid(obj, out);
        return 36;
    case K8S_FIELD_RV:
        v = version_of(obj);
        return put_number(out, v, digits(v));
    case K8S_FIELD_TIME:
        return put_time(out, EPOCH_S + (int64_t)(obj->h % SPAN_S) + (int64_t)op->a);
    case K8S_FIELD_INDEX:
        return put_number(out, obj->g, digits(obj->g));
    case K8S_FIELD_IP:
        return put_ip(out, chance(obj, op->jump));
    case K8S_FIELD_HEX:
        return put_chars(out, chance(obj, op->jump), op->a, hex, 4);
    case K8S_FIELD_B64:
        return put_chars(out, chance(obj, op->jump), op->a, b64, 6);
    case K8S_FIELD_PICK:
        s = &t->picks[op->a].options[pick_index(&t->picks[op->a], obj)];
        memcpy(out, s->p, s->n);
        return s->n;
    case K8S_FIELD_NUM:
        v = field_number(op, obj, op->jump);
        return put_number(out, v, digits(v));
    case K8S_FIELD_FIXED:
        fixed = k8s_obj_fixed(obj, op->a);
        memcpy(out, fixed.p, fixed.n);
        return fixed.n;
    case K8S_FIELD_PAD:
        if (pad == 0) {
            return 0;
        }
        memcpy(out, PAD_HEAD, sizeof(PAD_HEAD) - 1);
        memcpy(out + sizeof(PAD_HEAD) - 1, obj->cluster->padding, pad);
        memcpy(out + sizeof(PAD_HEAD) - 1 + pad, PAD_TAIL, sizeof(PAD_TAIL) - 1);
        return sizeof(PAD_HEAD) - 1 + pad + sizeof(PAD_TAIL) - 1;
    case K8S_FIELD_NONE:
    case K8S_FIELD_IF:
    case K8S_FIELD_IFPICK:
        break;
    }
    return 0;
}

/* Whether the op is a condition that fails, so that its block is skipped. */
static bool skips(const struct k8s_template *t, const struct k8s_op *op, struct cast *cast)
{
    if (op->field == K8S_FIELD_IF) {
        return (look_up(cast, (enum k8s_target)op->target) == NULL) == (op->b == 0);
    }
    return op->field == K8S_FIELD_IFPICK &&
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
        const struct k8s_op *op = &t->ops[i];
        struct k8s_obj *about;

        memcpy(out + n, t->literals.data + op->lit, op->lit_len);
        n += op->lit_len;
        if (op->field >= K8S_FIELD_IF) {
            if (skips(t, op, &cast)) {
                i = (size_t)op->jump - 1;
            }
        } else if (op->field != K8S_FIELD_NONE) {
            about = look_up(&cast, (enum k8s_target)op->target);
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
        const struct k8s_op *op = &t->ops[i];
        struct k8s_obj *about;

        n += op->lit_len;
        if (op->field >= K8S_FIELD_IF) {
            if (skips(t, op, &cast)) {
                i = (size_t)op->jump - 1;
            }
        } else if (op->field != K8S_FIELD_NONE) {
            about = look_up(&cast, (enum k8s_target)op->target);
            n += about != NULL ? field_length(t, op, about, pad_bytes) : 0;
        }
    }
    return n;
}

size_t k8s_template_max(const struct k8s_template *t)
{
    return t->max;
}
