#include "k8s/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "k8s/drifted.h"
#include "k8s/kept.h"
#include "k8s/page.h"
#include "k8s/partial.h"
#include "k8s/status.h"

/* The state of one list answer as it is printed. */
struct list_source {
    const struct k8s_cluster *cluster;
    const struct k8s_template *t;
    const struct k8s_resource *r;
    struct fc_str ns; /* Empty: all. The request's. */
    struct k8s_range range;
    uint64_t at; /* Next position. */
    uint64_t end;
    struct fc_str kept; /* All of it, between its head and its tail; or nothing. */
    bool any;           /* An item was printed. */
    bool tail_printed;
    struct k8s_obj obj; /* The generated object at 'at', if that is one. */
    uint32_t pad;
    size_t item_max;
    char item_head[K8S_HEAD_MAX];
    size_t item_head_len;
    struct fc_text carry; /* Printed but not yet taken. */
    size_t carry_pos;
};

static bool is_generated(const struct list_source *s, uint64_t position)
{
    return position < s->range.total && k8s_range_place(&s->range, position) < s->range.generated;
}

/* Moves 'obj', the object at 'position' - 1, to 'position', if a generated one is there. */
static void advance(const struct list_source *s, struct k8s_obj *obj, uint64_t position)
{
    if (position >= s->end || !is_generated(s, position)) {
        return;
    }
    if (s->range.picked != NULL) {
        k8s_obj_at(s->cluster, s->r->store, k8s_range_index(s->cluster, s->r, &s->range, position),
                   obj);
    } else {
        while (k8s_obj_next(obj) && k8s_drift_gone(obj->store, obj->g)) {
        }
    }
}

static size_t print_item(struct list_source *s, char *out)
{
    size_t n = 0;

    if (s->any) {
        out[n++] = ',';
    }
    s->any = true;
    memcpy(out + n, s->item_head, s->item_head_len);
    n += s->item_head_len;
    n += k8s_template_print(s->t, &s->obj, s->pad, out + n);
    advance(s, &s->obj, ++s->at);
    return n;
}

/* Prints the next piece into the carry buffer. */
static void fill_carry(struct list_source *s)
{
    s->carry.len = 0;
    s->carry_pos = 0;
    if (s->at == s->end) {
        fc_text_puts(&s->carry, s->tail_printed ? "" : "]}\n");
        s->tail_printed = true;
        return;
    }
    if (is_generated(s, s->at)) {
        if (s->carry.cap < s->item_max) {
            s->carry.data = fc_grow(s->carry.data, s->item_max);
            s->carry.cap = s->item_max;
        }
        s->carry.len = print_item(s, s->carry.data);
        return;
    }
    fc_text_puts(&s->carry, s->any ? "," : "");
    fc_text_puts(&s->carry, k8s_extra_at(s->cluster, s->r, s->ns,
                                         k8s_range_place(&s->range, s->at) - s->range.generated)
                                ->item);
    s->any = true;
    s->at++;
}

/* As much of 'n' bytes as there is room for. */
static size_t put(char *buf, size_t room, const char *p, size_t n)
{
    n = n < room ? n : room;
    memcpy(buf, p, n);
    return n;
}

static size_t list_read(void *ctx, char *buf, size_t cap)
{
    struct list_source *s = ctx;
    size_t n = 0;

    while (n < cap) {
        if (s->carry_pos < s->carry.len) {
            size_t got =
                put(buf + n, cap - n, s->carry.data + s->carry_pos, s->carry.len - s->carry_pos);

            s->carry_pos += got;
            n += got;
        } else if (s->kept.n > 0) {
            size_t got = put(buf + n, cap - n, s->kept.p, s->kept.n);

            s->kept.p += got;
            s->kept.n -= got;
            n += got;
        } else if (s->at < s->end && cap - n >= s->item_max && is_generated(s, s->at)) {
            n += print_item(s, buf + n);
        } else {
            fill_carry(s);
            if (s->carry.len == 0) {
                break;
            }
        }
    }
    return n;
}

static void list_free(void *ctx)
{
    struct list_source *s = ctx;

    fc_text_fini(&s->carry);
    free(s->range.picked);
    free(s);
}

static struct fc_text print_items(struct list_source *s)
{
    struct fc_text head = s->carry, items = {0};

    s->carry = (struct fc_text){0};
    while (s->at < s->end) {
        fill_carry(s);
        fc_text_add(&items, s->carry.data, s->carry.len);
    }
    fc_text_fini(&s->carry);
    s->carry = head;
    s->carry_pos = 0;
    return items;
}

/* The items come from where they were kept, or are printed at once and kept. */
static void give_kept(struct list_source *s)
{
    struct k8s_kept *kept = s->cluster->kept;
    struct k8s_kept_key key = {s->r, s->ns, s->at, s->end};

    if (kept == NULL || s->range.picked != NULL || s->at == s->end) {
        return;
    }
    s->kept = k8s_kept_find(kept, &key);
    if (s->kept.p == NULL) {
        struct fc_text items = print_items(s);

        s->kept = k8s_kept_add(kept, &key, &items);
        if (s->kept.p == NULL) { /* There is no room for them. */
            fc_text_add(&s->carry, items.data, items.len);
        }
        fc_text_fini(&items);
    }
    s->at = s->end;
}

static int64_t body_length(const struct list_source *s)
{
    struct k8s_obj obj = s->obj;
    uint64_t i;
    uint64_t n = s->carry.len + s->kept.n + 3 + (s->end > s->at ? s->end - s->at - 1 : 0);

    for (i = s->at; i < s->end; i++) {
        if (is_generated(s, i)) {
            n += s->item_head_len + k8s_template_length(s->t, &obj, s->pad);
            advance(s, &obj, i + 1);
        } else {
            n += strlen(k8s_extra_at(s->cluster, s->r, s->ns,
                                     k8s_range_place(&s->range, i) - s->range.generated)
                            ->item);
        }
    }
    return (int64_t)n;
}

static void item_head(const struct k8s_resource *r, bool with_type, char *out, size_t *len)
{
    const char *slash = r->group[0] != '\0' ? "/" : "";
    int n = 1;

    out[0] = '{';
    if (with_type) {
        n = snprintf(out, K8S_HEAD_MAX, "{\"apiVersion\":\"%s%s%s\",\"kind\":\"%s\",", r->group,
                     slash, r->version, r->kind);
    }
    *len = (size_t)n;
}

static void print_head(struct list_source *s, const struct k8s_page *page)
{
    const struct k8s_resource *r = s->r;
    struct fc_text *t = &s->carry;

    fc_text_printf(t, "{\"kind\":\"%sList\",\"apiVersion\":\"%s%s%s\",\"metadata\":{", r->kind,
                   r->group, r->group[0] != '\0' ? "/" : "", r->version);
    k8s_page_print(s->cluster, r, page, t);
    fc_text_puts(t, "},\"items\":[");
}

void k8s_list(const struct k8s_cluster *c, const struct k8s_template *t,
              const struct k8s_resource *r, const struct fc_str *ns, struct fc_request *rq,
              struct fc_reply *reply)
{
    struct k8s_page page;
    struct list_source *s;

    if (!k8s_page_choose(c, t, r, ns, rq, &page, reply)) {
        return;
    }
    if (k8s_partial_wanted(rq, "as=PartialObjectMetadataList")) {
        k8s_partial_list(c, t, r, ns != NULL ? *ns : (struct fc_str){"", 0}, &page, reply);
        k8s_page_fini(&page);
        return;
    }
    s = fc_alloc(sizeof(*s));
    s->cluster = c;
    s->t = t;
    s->r = r;
    s->ns = ns != NULL ? *ns : (struct fc_str){"", 0};
    s->range = page.range;
    s->at = page.begin;
    s->end = page.end;
    s->pad = c->pad_bytes[r - k8s_resources];
    s->item_max = k8s_template_max(t) + s->pad + K8S_HEAD_MAX;
    item_head(r, r->custom, s->item_head, &s->item_head_len);
    if (s->at < s->end && is_generated(s, s->at)) {
        k8s_obj_at(c, r->store, k8s_range_index(c, r, &s->range, s->at), &s->obj);
    }
    print_head(s, &page);
    give_kept(s);
    page.range.picked = NULL; /* The source's now. */
    k8s_page_fini(&page);
    fc_reply_source(reply, 200, K8S_JSON,
                    (struct fc_source){.read = list_read, .free = list_free, .ctx = s},
                    body_length(s));
}

static void reply_object(const struct k8s_cluster *c, const struct k8s_template *t,
                         const struct k8s_resource *r, struct k8s_obj *obj, bool partial,
                         struct fc_reply *reply)
{
    uint32_t pad = c->pad_bytes[r - k8s_resources];
    char *buf = fc_alloc(k8s_template_max(t) + pad + K8S_HEAD_MAX);
    struct fc_text body = {0};
    size_t n;

    item_head(r, true, buf, &n);
    n += k8s_template_print(t, obj, pad, buf + n);
    if (partial) {
        k8s_partial_add(&body, buf, n);
    } else {
        fc_text_add(&body, buf, n);
    }
    fc_text_puts(&body, "\n");
    free(buf);
    fc_reply_text(reply, 200, K8S_JSON, &body);
}

static void reply_extra(const struct k8s_extra *x, bool partial, struct fc_reply *reply)
{
    struct fc_text body = {0};

    if (!partial) {
        fc_reply_string(reply, 200, K8S_JSON, x->whole);
        return;
    }
    k8s_partial_add(&body, x->whole, strlen(x->whole));
    fc_text_puts(&body, "\n");
    fc_reply_text(reply, 200, K8S_JSON, &body);
}

void k8s_get(const struct k8s_cluster *c, const struct k8s_template *t,
             const struct k8s_resource *r, const struct fc_str *ns, struct fc_str name,
             const struct fc_request *rq, struct fc_reply *reply)
{
    bool partial = k8s_partial_wanted(rq, "as=PartialObjectMetadata");
    struct k8s_obj obj;
    uint32_t index = 0;
    size_t i;

    if ((ns == NULL || k8s_namespace_find(c, *ns, &index)) &&
        k8s_obj_find(c, r->store, index, name, &obj) && !k8s_drift_gone(r->store, obj.g)) {
        reply_object(c, t, r, &obj, partial, reply);
        return;
    }
    for (i = 0; i < c->extra_count; i++) {
        const struct k8s_extra *x = &c->extras[i];

        if (x->resource == r && fc_str_eq(name, x->name) &&
            fc_str_eq(ns != NULL ? *ns : (struct fc_str){"", 0}, x->ns)) {
            reply_extra(x, partial, reply);
            return;
        }
    }
    k8s_status_not_found(reply, r->group, r->plural, name);
}

uint32_t k8s_padding(const struct k8s_cluster *c, const struct k8s_template *t,
                     const struct k8s_resource *r)
{
    struct k8s_obj obj;
    size_t n;

    if (c->object_bytes == 0 || c->counts[r->store] == 0) {
        return 0;
    }
    k8s_obj_at(c, r->store, c->counts[r->store] / 2, &obj);
    n = k8s_template_length(t, &obj, 0) + 32; /* With the padding's own name. */
    return c->object_bytes > n ? (uint32_t)(c->object_bytes - n) : 0;
}
