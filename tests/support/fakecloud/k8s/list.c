#include "k8s/list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/fault.h"
#include "core/timer.h"
#include "k8s/selector.h"
#include "k8s/status.h"
#include "k8s/token.h"

/* What stands before the members of an object that 'k8s_template_print' prints. */
#define HEAD_MAX 256

/* A range of positions: generated objects first, then the scenario's own. With a selector the
 * positions count what it picked. */
struct range {
    uint64_t first; /* Index in the store of the first generated object. */
    uint64_t generated;
    uint64_t total;
    uint64_t *picked; /* NULL: no selector. Else 'total' places in the range without one. */
};

/* The state of one list answer as it is printed. */
struct list_source {
    const struct k8s_cluster *cluster;
    const struct k8s_template *t;
    const struct k8s_resource *r;
    struct fc_str ns; /* Empty: all. Points into 'head'. */
    struct range range;
    uint64_t at;  /* Next position. */
    uint64_t end;
    bool any;     /* An item was printed. */
    bool tail_printed;
    struct k8s_obj obj; /* The generated object at 'at', if that is one. */
    uint32_t pad;
    size_t item_max;
    char item_head[HEAD_MAX];
    size_t item_head_len;
    struct fc_text carry; /* Printed but not yet taken. */
    size_t carry_pos;
};

static const struct k8s_extra *find_extra(const struct k8s_cluster *c,
                                          const struct k8s_resource *r, struct fc_str ns,
                                          uint64_t i)
{
    size_t k;

    for (k = 0; k < c->extra_count; k++) {
        const struct k8s_extra *x = &c->extras[k];

        if (x->resource == r && (ns.n == 0 || fc_str_eq(ns, x->ns)) && i-- == 0) {
            return x;
        }
    }
    return NULL;
}

/* The place of a position in the range without a selector. */
static uint64_t place(const struct range *range, uint64_t position)
{
    return range->picked != NULL ? range->picked[position] : position;
}

static bool is_generated(const struct list_source *s, uint64_t position)
{
    return position < s->range.total && place(&s->range, position) < s->range.generated;
}

/* Moves 'obj', the object at 'position' - 1, to 'position', if a generated one is there. */
static void advance(const struct list_source *s, struct k8s_obj *obj, uint64_t position)
{
    if (position >= s->end || !is_generated(s, position)) {
        return;
    }
    if (s->range.picked != NULL) {
        k8s_obj_at(s->cluster, s->r->store, s->range.first + place(&s->range, position), obj);
    } else {
        k8s_obj_next(obj);
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
    fc_text_puts(&s->carry, find_extra(s->cluster, s->r, s->ns,
                                       place(&s->range, s->at) - s->range.generated)
                                ->item);
    s->any = true;
    s->at++;
}

static size_t list_read(void *ctx, char *buf, size_t cap)
{
    struct list_source *s = ctx;
    size_t n = 0;

    while (n < cap) {
        if (s->carry_pos < s->carry.len) {
            size_t left = s->carry.len - s->carry_pos;
            size_t take = left < cap - n ? left : cap - n;

            memcpy(buf + n, s->carry.data + s->carry_pos, take);
            s->carry_pos += take;
            n += take;
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

static int64_t body_length(const struct list_source *s)
{
    struct k8s_obj obj = s->obj;
    uint64_t i;
    uint64_t n = s->carry.len + 3 + (s->end > s->at ? s->end - s->at - 1 : 0);

    for (i = s->at; i < s->end; i++) {
        if (is_generated(s, i)) {
            n += s->item_head_len + k8s_template_length(s->t, &obj, s->pad);
            advance(s, &obj, i + 1);
        } else {
            n += strlen(find_extra(s->cluster, s->r, s->ns,
                                   place(&s->range, i) - s->range.generated)
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
        n = snprintf(out, HEAD_MAX, "{\"apiVersion\":\"%s%s%s\",\"kind\":\"%s\",", r->group, slash,
                     r->version, r->kind);
    }
    *len = (size_t)n;
}

static void head_range(const struct k8s_cluster *c, const struct k8s_resource *r,
                       const struct fc_str *ns, struct range *out)
{
    uint32_t index;

    *out = (struct range){0};
    if (ns == NULL) {
        out->generated = c->counts[r->store];
    } else if (k8s_namespace_find(c, *ns, &index)) {
        out->first = k8s_cluster_start(c, r->store, index);
        out->generated = k8s_cluster_start(c, r->store, index + 1) - out->first;
    }
    out->total = k8s_cluster_count(c, r, ns);
}

/* Fills range->picked with the places that a selector matches. */
static void pick(const struct k8s_cluster *c, const struct k8s_template *t,
                 const struct k8s_resource *r, struct fc_str ns,
                 const struct k8s_selector *selector, struct range *range)
{
    uint32_t pad = c->pad_bytes[r - k8s_resources];
    char *buf = fc_alloc(k8s_template_max(t) + pad + HEAD_MAX);
    uint64_t *picked = fc_alloc(range->total * sizeof(*picked));
    uint64_t i, n = 0;
    struct k8s_obj obj;

    buf[0] = '{';
    for (i = 0; i < range->total; i++) {
        const char *json = buf;
        size_t len;

        if (i < range->generated) {
            k8s_obj_at(c, r->store, range->first + i, &obj);
            len = 1 + k8s_template_print(t, &obj, pad, buf + 1);
            buf[len] = '\0';
        } else {
            json = find_extra(c, r, ns, i - range->generated)->whole;
            len = strlen(json);
        }
        if (k8s_selector_matches(selector, json, len)) {
            picked[n++] = i;
        }
    }
    free(buf);
    range->picked = picked;
    range->total = n;
}

/* Applies the selectors of the request. False: 'reply' is an error. */
static bool select_range(const struct k8s_cluster *c, const struct k8s_template *t,
                         const struct k8s_resource *r, struct fc_str ns, struct fc_request *rq,
                         struct range *range, struct fc_reply *reply)
{
    struct fc_str labels = fc_request_param(rq, "labelSelector");
    struct fc_str fields = fc_request_param(rq, "fieldSelector");
    struct k8s_selector selector;
    bool ok;

    if (labels.n == 0 && fields.n == 0) {
        return true;
    }
    ok = k8s_selector_init(&selector, labels, fields);
    if (ok) {
        pick(c, t, r, ns, &selector, range);
    } else {
        k8s_status_message(reply, 400, "BadRequest", "unable to parse requirement: invalid "
                                                     "selector");
    }
    k8s_selector_fini(&selector);
    return ok;
}

/* The page asked for. */
struct page {
    struct range range;
    uint64_t begin;
    uint64_t end;
    uint64_t limit; /* 0: none. */
    bool inconsistent;
    struct fc_text next; /* Continue token, empty after the last page. */
};

static struct k8s_token fresh_token(const struct k8s_cluster *c, uint64_t position,
                                    bool inconsistent)
{
    struct k8s_token token = {.position = position, .inconsistent = inconsistent};

    if (c->token_ttl_ms > 0) {
        token.issued_ms = fc_now_ns() / 1000000;
    }
    return token;
}

static bool refuse_expired(const struct k8s_cluster *c, const struct k8s_token *token,
                           struct fc_request *rq, struct fc_reply *reply)
{
    bool struck = rq->fault != NULL && rq->fault->kind == FC_FAULT_EXPIRED;
    bool aged = token->issued_ms > 0 && c->token_ttl_ms > 0 &&
                fc_now_ns() / 1000000 - token->issued_ms > c->token_ttl_ms;

    if (!struck && !aged) {
        return false;
    }
    if (struck ? rq->fault->fresh_token : c->fresh_token) {
        struct k8s_token fresh = fresh_token(c, token->position, true);
        struct fc_text text = {0};

        k8s_token_print(c, &fresh, rq->path, &text);
        k8s_status_expired(reply, text.data);
        fc_text_fini(&text);
    } else {
        k8s_status_expired(reply, NULL);
    }
    return true;
}

static void faulty_page(struct page *page, const struct fc_fault_rule *fault, bool *has_next,
                        uint64_t *next)
{
    if (fault == NULL) {
        return;
    }
    if (fault->kind == FC_FAULT_EMPTY_PAGE && page->limit > 0) {
        page->end = page->begin;
        *next = page->begin;
        *has_next = page->begin < page->range.total;
    } else if (fault->kind == FC_FAULT_REPEAT_TOKEN && page->limit > 0) {
        *next = page->begin;
        *has_next = true;
    }
}

/* Reads limit and continue. False: 'reply' is an error. */
static bool choose_page(const struct k8s_cluster *c, const struct k8s_resource *r,
                        struct fc_request *rq, struct page *page, struct fc_reply *reply)
{
    struct fc_str limit = fc_request_param(rq, "limit");
    struct fc_str cont = fc_request_param(rq, "continue");
    struct fc_str rv = fc_request_param(rq, "resourceVersion");
    struct k8s_token token = {0};
    bool has_next;
    uint64_t next;

    if (limit.n > 0 && !fc_str_u64(limit, &page->limit)) {
        k8s_status_message(reply, 400, "BadRequest",
                           "strconv.ParseInt: parsing limit: invalid syntax");
        return false;
    }
    if (cont.n > 0 && rv.n > 0 && !fc_str_eq(rv, "0")) {
        k8s_status_message(reply, 400, "BadRequest",
                           "specifying resource version is not allowed when using continue");
        return false;
    }
    if (cont.n > 0 && (!k8s_token_parse(c, cont, rq->path, &token) ||
                       token.position > page->range.total)) {
        k8s_status_message(reply, 400, "BadRequest",
                           "continue key is not valid: illegal base64 data or another list's key");
        return false;
    }
    if (cont.n > 0 && refuse_expired(c, &token, rq, reply)) {
        return false;
    }
    if (r->unpaged || (cont.n == 0 && fc_str_eq(rv, "0"))) {
        page->limit = 0; /* From the watch cache, which knows no pages. */
    }
    page->begin = token.position;
    page->end = page->range.total;
    page->inconsistent = token.inconsistent;
    if (page->limit > 0 && page->range.total - page->begin > page->limit) {
        page->end = page->begin + page->limit;
    }
    has_next = page->end < page->range.total;
    next = page->end;
    faulty_page(page, rq->fault, &has_next, &next);
    if (has_next) {
        struct k8s_token t = fresh_token(c, next, token.inconsistent);

        k8s_token_print(c, &t, rq->path, &page->next);
    }
    return true;
}

static void print_head(struct list_source *s, const struct page *page)
{
    const struct k8s_resource *r = s->r;
    struct fc_text *t = &s->carry;

    fc_text_printf(t, "{\"kind\":\"%sList\",\"apiVersion\":\"%s%s%s\",\"metadata\":{", r->kind,
                   r->group, r->group[0] != '\0' ? "/" : "", r->version);
    if (!r->unpaged) {
        fc_text_printf(t, "\"resourceVersion\":\"%llu\"",
                       (unsigned long long)(s->cluster->resource_version + page->inconsistent));
    }
    if (page->next.len > 0) {
        fc_text_printf(t, ",\"continue\":\"%s\"", page->next.data);
        if (page->range.total > page->end && page->range.picked == NULL) {
            fc_text_printf(t, ",\"remainingItemCount\":%llu",
                           (unsigned long long)(page->range.total - page->end));
        }
    }
    fc_text_puts(t, "},\"items\":[");
}

void k8s_list(const struct k8s_cluster *c, const struct k8s_template *t,
              const struct k8s_resource *r, const struct fc_str *ns, struct fc_request *rq,
              struct fc_reply *reply)
{
    struct page page = {0};
    struct list_source *s;

    head_range(c, r, ns, &page.range);
    if (!select_range(c, t, r, ns != NULL ? *ns : (struct fc_str){"", 0}, rq, &page.range,
                      reply) ||
        !choose_page(c, r, rq, &page, reply)) {
        fc_text_fini(&page.next);
        free(page.range.picked);
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
    s->item_max = k8s_template_max(t) + s->pad + HEAD_MAX;
    item_head(r, r->custom, s->item_head, &s->item_head_len);
    if (s->at < s->end && is_generated(s, s->at)) {
        k8s_obj_at(c, r->store, s->range.first + place(&s->range, s->at), &s->obj);
    }
    print_head(s, &page);
    fc_text_fini(&page.next);
    fc_reply_source(reply, 200, K8S_JSON,
                    (struct fc_source){.read = list_read, .free = list_free, .ctx = s},
                    body_length(s));
}

static void reply_object(const struct k8s_cluster *c, const struct k8s_template *t,
                         const struct k8s_resource *r, struct k8s_obj *obj,
                         struct fc_reply *reply)
{
    uint32_t pad = c->pad_bytes[r - k8s_resources];
    char *buf = fc_alloc(k8s_template_max(t) + pad + HEAD_MAX);
    struct fc_text body = {0};
    size_t n;

    item_head(r, true, buf, &n);
    n += k8s_template_print(t, obj, pad, buf + n);
    fc_text_add(&body, buf, n);
    fc_text_puts(&body, "\n");
    free(buf);
    fc_reply_text(reply, 200, K8S_JSON, &body);
}

void k8s_get(const struct k8s_cluster *c, const struct k8s_template *t,
             const struct k8s_resource *r, const struct fc_str *ns, struct fc_str name,
             struct fc_reply *reply)
{
    struct k8s_obj obj;
    uint32_t index = 0;
    size_t i;

    if ((ns == NULL || k8s_namespace_find(c, *ns, &index)) &&
        k8s_obj_find(c, r->store, index, name, &obj)) {
        reply_object(c, t, r, &obj, reply);
        return;
    }
    for (i = 0; i < c->extra_count; i++) {
        const struct k8s_extra *x = &c->extras[i];

        if (x->resource == r && fc_str_eq(name, x->name) &&
            fc_str_eq(ns != NULL ? *ns : (struct fc_str){"", 0}, x->ns)) {
            fc_reply_string(reply, 200, K8S_JSON, x->whole);
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
