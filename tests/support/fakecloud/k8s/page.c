#include "k8s/page.h"

#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/fault.h"
#include "k8s/drifted.h"
#include "k8s/selector.h"
#include "k8s/status.h"
#include "k8s/token.h"

uint64_t k8s_range_place(const struct k8s_range *range, uint64_t position)
{
    return range->picked != NULL ? range->picked[position] : position;
}

uint64_t k8s_range_index(const struct k8s_cluster *c, const struct k8s_resource *r,
                         const struct k8s_range *range, uint64_t position)
{
    return k8s_live_at(c, r->store, range->first + k8s_range_place(range, position));
}

const struct k8s_extra *k8s_extra_at(const struct k8s_cluster *c, const struct k8s_resource *r,
                                     struct fc_str ns, uint64_t i)
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

static void whole_range(const struct k8s_cluster *c, const struct k8s_resource *r,
                        const struct fc_str *ns, struct k8s_range *out)
{
    uint32_t index;

    *out = (struct k8s_range){0};
    if (ns == NULL) {
        out->generated = k8s_live_before(r->store, c->counts[r->store]);
    } else if (k8s_namespace_find(c, *ns, &index)) {
        out->first = k8s_live_before(r->store, k8s_cluster_start(c, r->store, index));
        out->generated =
            k8s_live_before(r->store, k8s_cluster_start(c, r->store, index + 1)) - out->first;
    }
    out->total = k8s_cluster_count(c, r, ns);
}

/* Fills range->picked with the places that a selector matches. */
static void pick(const struct k8s_cluster *c, const struct k8s_template *t,
                 const struct k8s_resource *r, struct fc_str ns,
                 const struct k8s_selector *selector, struct k8s_range *range)
{
    uint32_t pad = c->pad_bytes[r - k8s_resources];
    char *buf = fc_alloc(k8s_template_max(t) + pad + K8S_HEAD_MAX);
    uint64_t *picked = fc_alloc(range->total * sizeof(*picked));
    uint64_t i, n = 0;
    struct k8s_obj obj;

    buf[0] = '{';
    for (i = 0; i < range->total; i++) {
        const char *json = buf;
        size_t len;

        if (i < range->generated) {
            k8s_obj_at(c, r->store, k8s_range_index(c, r, range, i), &obj);
            len = 1 + k8s_template_print(t, &obj, pad, buf + 1);
            buf[len] = '\0';
        } else {
            json = k8s_extra_at(c, r, ns, i - range->generated)->whole;
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

/* "metadata.name=NAME" alone, which a server answers without a walk. */
static bool is_name(struct fc_str labels, struct fc_str fields, struct fc_str *out_name)
{
    static const char key[] = "metadata.name=";
    size_t n = sizeof(key) - 1;

    if (labels.n > 0 || fields.n <= n || memcmp(fields.p, key, n) != 0 || fields.p[n] == '=' ||
        memchr(fields.p, ',', fields.n) != NULL || memchr(fields.p, '\\', fields.n) != NULL) {
        return false;
    }
    *out_name = (struct fc_str){fields.p + n, fields.n - n};
    return true;
}

/* The place of the one object of that name where 'ns' says which there is. */
static void pick_one(const struct k8s_cluster *c, const struct k8s_resource *r, struct fc_str ns,
                     struct fc_str name, struct k8s_range *range)
{
    uint64_t i, total = range->total;
    uint32_t index = 0;
    struct k8s_obj obj;

    range->picked = fc_alloc(sizeof(*range->picked));
    range->total = 0;
    if ((ns.n == 0 || k8s_namespace_find(c, ns, &index)) &&
        k8s_obj_find(c, r->store, index, name, &obj) && !k8s_drift_gone(r->store, obj.g)) {
        range->picked[range->total++] = k8s_live_before(r->store, obj.g) - range->first;
        return;
    }
    for (i = range->generated; i < total; i++) {
        if (fc_str_eq(name, k8s_extra_at(c, r, ns, i - range->generated)->name)) {
            range->picked[range->total++] = i;
            return;
        }
    }
}

/* Applies the selectors of the request. False: 'reply' is an error. */
static bool select_range(const struct k8s_cluster *c, const struct k8s_template *t,
                         const struct k8s_resource *r, struct fc_str ns, struct fc_request *rq,
                         struct k8s_range *range, struct fc_reply *reply)
{
    struct fc_str labels = fc_request_param(rq, "labelSelector");
    struct fc_str fields = fc_request_param(rq, "fieldSelector");
    struct k8s_selector selector;
    struct fc_str name;
    bool ok;

    if (labels.n == 0 && fields.n == 0) {
        return true;
    }
    if ((ns.n > 0 || !r->namespaced) && is_name(labels, fields, &name)) {
        pick_one(c, r, ns, name, range);
        return true;
    }
    ok = k8s_selector_init(&selector, labels, fields);
    if (ok) {
        pick(c, t, r, ns, &selector, range);
    } else {
        k8s_status_message(reply, 400, "BadRequest",
                           "unable to parse requirement: invalid "
                           "selector");
    }
    k8s_selector_fini(&selector);
    return ok;
}

static struct k8s_token fresh_token(const struct k8s_cluster *c, uint64_t position,
                                    bool inconsistent)
{
    struct k8s_token token = {.position = position, .inconsistent = inconsistent};

    if (c->token_ttl_ms > 0) {
        token.issued_ms = fc_clock_ns() / 1000000;
    }
    return token;
}

static bool refuse_expired(const struct k8s_cluster *c, const struct k8s_token *token,
                           struct fc_request *rq, struct fc_reply *reply)
{
    bool struck = rq->fault != NULL && rq->fault->kind == FC_FAULT_EXPIRED;
    bool aged = token->issued_ms > 0 && c->token_ttl_ms > 0 &&
                fc_clock_ns() / 1000000 - token->issued_ms > c->token_ttl_ms;

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

/* Counts the pages without items in 'empties'. */
static void faulty_page(struct k8s_page *page, const struct fc_fault_rule *fault, bool *has_next,
                        uint64_t *next, uint64_t *empties)
{
    if (fault == NULL) {
        return;
    }
    if (fault->kind == FC_FAULT_EMPTY_PAGE && page->limit > 0) {
        page->end = page->begin;
        *next = page->begin;
        *has_next = page->begin < page->range.total;
        ++*empties;
    } else if (fault->kind == FC_FAULT_REPEAT_TOKEN && page->limit > 0) {
        *next = page->begin;
        *has_next = true;
    }
}

/* Lists of a moment: only the present one is kept. False: 'reply' is an error. */
static bool check_version(const struct k8s_cluster *c, struct fc_request *rq, uint64_t limit,
                          struct fc_reply *reply)
{
    struct fc_str rv = fc_request_param(rq, "resourceVersion");
    struct fc_str match = fc_request_param(rq, "resourceVersionMatch");
    bool exact = fc_str_eq(match, "Exact") || (match.n == 0 && limit > 0);
    uint64_t version = 0;

    if (match.n > 0 &&
        (rv.n == 0 || fc_request_param(rq, "continue").n > 0 || (exact && fc_str_eq(rv, "0")) ||
         (!exact && !fc_str_eq(match, "NotOlderThan")))) {
        k8s_status_message(reply, 422, "Invalid",
                           "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: "
                           "Forbidden: resourceVersionMatch is forbidden here");
        return false;
    }
    if (rv.n == 0 || fc_str_eq(rv, "0")) {
        return true;
    }
    if (!fc_str_u64(rv, &version)) {
        k8s_status_message(reply, 400, "BadRequest", "Invalid value for resourceVersion");
        return false;
    }
    if (version > k8s_version(c) + 1) { /* One more: an inconsistent list's. */
        k8s_status_message(reply, 504, "Timeout", "Timeout: Too large resource version");
        return false;
    }
    if (exact && version < k8s_version(c)) {
        k8s_status(reply, 410, -1);
        return false;
    }
    return true;
}

/* Reads limit and continue. False: 'reply' is an error. */
static bool choose_page(const struct k8s_cluster *c, const struct k8s_resource *r,
                        struct fc_request *rq, struct k8s_page *page, struct fc_reply *reply)
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
    if (!check_version(c, rq, page->limit, reply)) {
        return false;
    }
    if (cont.n > 0 &&
        (!k8s_token_parse(c, cont, rq->path, &token) || token.position > page->range.total)) {
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
    faulty_page(page, rq->fault, &has_next, &next, &token.empties);
    if (has_next) {
        struct k8s_token t = fresh_token(c, next, token.inconsistent);

        t.empties = token.empties;
        k8s_token_print(c, &t, rq->path, &page->next);
    }
    return true;
}

bool k8s_page_choose(const struct k8s_cluster *c, const struct k8s_template *t,
                     const struct k8s_resource *r, const struct fc_str *ns, struct fc_request *rq,
                     struct k8s_page *out, struct fc_reply *reply)
{
    struct k8s_page page = {0};

    whole_range(c, r, ns, &page.range);
    if (!select_range(c, t, r, ns != NULL ? *ns : (struct fc_str){"", 0}, rq, &page.range, reply) ||
        !choose_page(c, r, rq, &page, reply)) {
        k8s_page_fini(&page);
        return false;
    }
    *out = page;
    return true;
}

void k8s_page_print(const struct k8s_cluster *c, const struct k8s_resource *r,
                    const struct k8s_page *page, struct fc_text *out)
{
    if (!r->unpaged) {
        fc_text_printf(out, "\"resourceVersion\":\"%llu\"",
                       (unsigned long long)(k8s_version(c) + page->inconsistent));
    }
    if (page->next.len > 0) {
        fc_text_printf(out, ",\"continue\":\"%s\"", page->next.data);
        if (page->range.total > page->end && page->range.picked == NULL) {
            fc_text_printf(out, ",\"remainingItemCount\":%llu",
                           (unsigned long long)(page->range.total - page->end));
        }
    }
}

void k8s_page_fini(struct k8s_page *page)
{
    fc_text_fini(&page->next);
    free(page->range.picked);
    page->range.picked = NULL;
}
