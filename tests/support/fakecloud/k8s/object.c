/* object.c: names, uids and relations of objects, all computed from indices. */
#include <stdio.h>
#include <string.h>

#include "core/rng.h"
#include "k8s/cluster.h"

/* Kubernetes' alphabet for generated suffixes, in ASCII order. */
static const char safe[] = "2456789bcdfghjklmnpqrstvwxz";
#define SAFE (sizeof(safe) - 1)

static void set(const struct k8s_cluster *c, enum k8s_store store, uint32_t ns, uint64_t start,
                uint64_t end, uint64_t g, struct k8s_obj *out)
{
    out->cluster = c;
    out->store = store;
    out->ns = ns;
    out->k = g - start;
    out->n = end - start;
    out->g = g;
    out->h = fc_hash(c->seed + (uint64_t)store * UINT64_C(0x632be59bd9b4e019), g);
    out->name_len = 0;
}

void k8s_obj_at(const struct k8s_cluster *c, enum k8s_store store, uint64_t g, struct k8s_obj *out)
{
    uint32_t lo = 0, hi = c->namespaces;

    while (hi - lo > 1) { /* start(lo) <= g < start(hi) */
        uint32_t mid = lo + (hi - lo) / 2;

        if (k8s_cluster_start(c, store, mid) <= g) {
            lo = mid;
        } else {
            hi = mid;
        }
    }
    set(c, store, lo, k8s_cluster_start(c, store, lo), k8s_cluster_start(c, store, hi), g, out);
}

void k8s_obj_in(const struct k8s_cluster *c, enum k8s_store store, uint32_t ns, uint64_t k,
                struct k8s_obj *out)
{
    uint64_t start = k8s_cluster_start(c, store, ns);

    set(c, store, ns, start, k8s_cluster_start(c, store, ns + 1), start + k, out);
}

bool k8s_obj_next(struct k8s_obj *obj)
{
    const struct k8s_cluster *c = obj->cluster;

    if (obj->g + 1 >= c->counts[obj->store]) {
        return false;
    }
    if (obj->k + 1 < obj->n) {
        uint64_t start = obj->g - obj->k;

        set(c, obj->store, obj->ns, start, start + obj->n, obj->g + 1, obj);
    } else {
        k8s_obj_at(c, obj->store, obj->g + 1, obj);
    }
    return true;
}

static bool related(const struct k8s_obj *obj, enum k8s_store store, enum k8s_relation relation,
                    struct k8s_obj *out)
{
    const struct k8s_cluster *c = obj->cluster;
    uint64_t start, n;

    if (relation == K8S_SAME_INDEX && obj->g < c->counts[store]) {
        k8s_obj_at(c, store, obj->g, out);
        return true;
    }
    if (relation != K8S_SAME_NAMESPACE) {
        return false;
    }
    start = k8s_cluster_start(c, store, obj->ns);
    n = k8s_cluster_start(c, store, obj->ns + 1) - start;
    if (n == 0) {
        return false;
    }
    set(c, store, obj->ns, start, start + n, start + obj->k * n / obj->n, out);
    return true;
}

bool k8s_obj_parent(const struct k8s_obj *obj, struct k8s_obj *out)
{
    const struct k8s_store_type *type = &k8s_stores[obj->store];

    return related(obj, type->parent, type->parent_relation, out);
}

bool k8s_obj_other(const struct k8s_obj *obj, struct k8s_obj *out)
{
    const struct k8s_store_type *type = &k8s_stores[obj->store];

    return related(obj, type->other, type->other_relation, out);
}

bool k8s_obj_node(const struct k8s_obj *obj, struct k8s_obj *out)
{
    uint64_t nodes = obj->cluster->counts[K8S_NODES];

    if (nodes == 0) {
        return false;
    }
    k8s_obj_at(obj->cluster, K8S_NODES, fc_mix(obj->h) % nodes, out);
    return true;
}

static size_t put(char *out, const char *p, size_t n)
{
    memcpy(out, p, n);
    return n;
}

static size_t put_digits(char *out, uint64_t v, unsigned width)
{
    unsigned i;

    for (i = width; i > 0; i--) {
        out[i - 1] = (char)('0' + v % 10);
        v /= 10;
    }
    return width;
}

/* Five letters that sort as 'v' does, for v below 27^5 = 14,348,907. */
static size_t put_letters(char *out, uint64_t v)
{
    unsigned i;

    for (i = 5; i > 0; i--) {
        out[i - 1] = safe[v % SAFE];
        v /= SAFE;
    }
    return 5;
}

static size_t put_hex(char *out, uint64_t v, unsigned digits)
{
    static const char hex[] = "0123456789abcdef";
    unsigned i;

    for (i = digits; i > 0; i--) {
        out[i - 1] = hex[v & 15];
        v >>= 4;
    }
    return digits;
}

/* The i-th of 'count' parts of a string; they are divided by 'sep'. */
static struct fc_str part(const char *s, size_t n, char sep, uint64_t i)
{
    const char *end = s + n;
    const char *next;

    while (i > 0 && (next = memchr(s, sep, (size_t)(end - s))) != NULL) {
        s = next + 1;
        i--;
    }
    next = memchr(s, sep, (size_t)(end - s));
    return (struct fc_str){i > 0 ? end : s, i > 0 ? 0 : (size_t)((next != NULL ? next : end) - s)};
}

static uint64_t parts(const char *s, char sep)
{
    uint64_t n = 1;

    for (; *s != '\0'; s++) {
        n += *s == sep;
    }
    return n;
}

struct fc_str k8s_obj_fixed(const struct k8s_obj *obj, unsigned field)
{
    const char *words = k8s_stores[obj->store].words;
    struct fc_str record = part(words, strlen(words), '|', obj->g);

    return part(record.p, record.n, ';', field);
}

static size_t word_name(const struct k8s_obj *obj, char *out)
{
    const struct k8s_store_type *type = &k8s_stores[obj->store];
    struct fc_str word;
    size_t n;

    if (type->first != NULL && obj->k == 0 &&
        obj->cluster->counts[obj->store] >= obj->cluster->namespaces) {
        return put(out, type->first, strlen(type->first));
    }
    word = part(type->words, strlen(type->words), '|', obj->k * parts(type->words, '|') / obj->n);
    n = put(out, word.p, word.n);
    out[n++] = '-';
    return n + put_digits(out + n, obj->k, obj->cluster->widths[obj->store]);
}

static size_t parent_name(const struct k8s_obj *obj, char *out)
{
    struct k8s_obj parent;

    if (!k8s_obj_parent(obj, &parent) && !k8s_obj_other(obj, &parent)) {
        return put(out, "lone", 4);
    }
    k8s_obj_name(&parent);
    return put(out, parent.name, parent.name_len);
}

static size_t pv_name(const struct k8s_obj *obj, char *out)
{
    uint64_t r = fc_mix(obj->h ^ 7);
    size_t n = put(out, "pvc-", 4);

    n += put_hex(out + n, obj->g, 8);
    out[n++] = '-';
    n += put_hex(out + n, r, 4);
    n += put(out + n, "-4", 2);
    n += put_hex(out + n, r >> 16, 3);
    n += put(out + n, "-8", 2);
    n += put_hex(out + n, r >> 32, 3);
    out[n++] = '-';
    return n + put_hex(out + n, fc_mix(r), 12);
}

static size_t make_name(const struct k8s_obj *obj, char *out)
{
    struct fc_str fixed;
    size_t n;

    switch (k8s_stores[obj->store].naming) {
    case K8S_NAME_NAMESPACE:
        return k8s_namespace_name(obj->cluster, (uint32_t)obj->g, out);
    case K8S_NAME_WORD:
        return word_name(obj, out);
    case K8S_NAME_RS:
        n = parent_name(obj, out);
        out[n++] = '-';
        n += put_letters(out + n, obj->k);
        return n + put_letters(out + n, obj->h >> 8);
    case K8S_NAME_POD:
        n = parent_name(obj, out);
        out[n++] = '-';
        return n + put_letters(out + n, obj->k);
    case K8S_NAME_EVENT:
        n = parent_name(obj, out);
        out[n++] = '.';
        n += put_hex(out + n, obj->k, 8);
        return n + put_hex(out + n, obj->h, 8);
    case K8S_NAME_JOB:
        n = parent_name(obj, out);
        out[n++] = '-';
        return n + put_digits(out + n, 28000000 + obj->k, 8);
    case K8S_NAME_PV:
        return pv_name(obj, out);
    case K8S_NAME_PARENT:
        return parent_name(obj, out);
    case K8S_NAME_FIXED:
        fixed = k8s_obj_fixed(obj, 0);
        return put(out, fixed.p, fixed.n);
    }
    return 0;
}

void k8s_obj_name(struct k8s_obj *obj)
{
    if (obj->name_len == 0) {
        obj->name_len = make_name(obj, obj->name);
    }
}

static uint64_t read_letters(const char *p)
{
    uint64_t v = 0;
    unsigned i;

    for (i = 0; i < 5; i++) {
        const char *at = memchr(safe, p[i], SAFE);

        v = v * SAFE + (at != NULL ? (uint64_t)(at - safe) : 0);
    }
    return v;
}

/* The number that stands after the last 'before'. */
static uint64_t read_digits(struct fc_str s, char before)
{
    size_t i = s.n;
    uint64_t v = 0;

    while (i > 0 && s.p[i - 1] != before) {
        i--;
    }
    return fc_str_u64((struct fc_str){s.p + i, s.n - i}, &v) ? v : 0;
}

/* Eight hex digits from 'at' on. */
static uint64_t read_hex(struct fc_str s, size_t at)
{
    uint64_t v = 0;
    size_t i;

    for (i = at; i < at + 8 && i < s.n; i++) {
        v = v * 16 + (uint64_t)(s.p[i] >= 'a' ? s.p[i] - 'a' + 10 : s.p[i] - '0');
    }
    return v;
}

/* A guess at the index in the namespace; the caller compares names. */
static uint64_t guess(const struct k8s_cluster *c, enum k8s_store store, struct fc_str name)
{
    const struct k8s_store_type *type = &k8s_stores[store];
    uint64_t i;

    switch (type->naming) {
    case K8S_NAME_NAMESPACE: {
        uint32_t ns = 0;

        return k8s_namespace_find(c, name, &ns) ? ns : c->namespaces;
    }
    case K8S_NAME_WORD:
        return type->first != NULL && fc_str_eq(name, type->first) ? 0 : read_digits(name, '-');
    case K8S_NAME_RS:
        return name.n < 10 ? 0 : read_letters(name.p + name.n - 10);
    case K8S_NAME_POD:
        return name.n < 5 ? 0 : read_letters(name.p + name.n - 5);
    case K8S_NAME_EVENT:
        return name.n < 16 ? 0 : read_hex(name, name.n - 16);
    case K8S_NAME_JOB:
        i = read_digits(name, '-');
        return i < 28000000 ? 0 : i - 28000000;
    case K8S_NAME_PV:
        return read_hex(name, 4);
    case K8S_NAME_PARENT:
        return guess(c, type->parent, name);
    case K8S_NAME_FIXED:
        for (i = 0; i < c->counts[store]; i++) {
            struct fc_str record = part(type->words, strlen(type->words), '|', i);
            struct fc_str first = part(record.p, record.n, ';', 0);

            if (first.n == name.n && memcmp(first.p, name.p, name.n) == 0) {
                return i;
            }
        }
        return i;
    }
    return 0;
}

bool k8s_obj_find(const struct k8s_cluster *c, enum k8s_store store, uint32_t ns,
                  struct fc_str name, struct k8s_obj *out)
{
    uint64_t k = guess(c, store, name);
    uint64_t n = k8s_cluster_start(c, store, ns + 1) - k8s_cluster_start(c, store, ns);

    if (k >= n) {
        return false;
    }
    k8s_obj_in(c, store, ns, k, out);
    k8s_obj_name(out);
    return out->name_len == name.n && memcmp(out->name, name.p, name.n) == 0;
}

void k8s_obj_uid(const struct k8s_obj *obj, char *out)
{
    uint64_t a = fc_mix(obj->h ^ UINT64_C(0x75696431)), b = fc_mix(a);

    if (obj->store == K8S_NAMESPACES && obj->g == 3 && obj->cluster->uid != NULL) {
        memcpy(out, obj->cluster->uid, 36);
        return;
    }
    put_hex(out, a >> 32, 8);
    out[8] = '-';
    put_hex(out + 9, a >> 16, 4);
    out[13] = '-';
    out[14] = '4';
    put_hex(out + 15, a, 3);
    out[18] = '-';
    out[19] = "89ab"[b >> 62];
    put_hex(out + 20, b >> 48, 3);
    out[23] = '-';
    put_hex(out + 24, b, 12);
}
