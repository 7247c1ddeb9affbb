/* page.h: which objects a list answer holds: namespace, selectors, limit and continue.
 *
 * Ownership: k8s_page_choose() fills the caller's page; k8s_page_fini() frees it.
 * Threads:   one request's.
 * Failure:   k8s_page_choose() returns false and 'reply' is the error to send. */
#ifndef FC_K8S_PAGE_H
#define FC_K8S_PAGE_H

#include "core/request.h"
#include "k8s/template.h"

/* What stands before the members of an object that k8s_template_print() prints. */
#define K8S_HEAD_MAX 256

/* A range of positions: generated objects that are there first, then the scenario's own. With a
 * selector the positions count what it picked. */
struct k8s_range {
    uint64_t first; /* Of the store's objects that are there, the first generated one. */
    uint64_t generated;
    uint64_t total;
    uint64_t *picked; /* NULL: no selector. Else 'total' places in the range without one. */
};

/* The page asked for. */
struct k8s_page {
    struct k8s_range range;
    uint64_t begin;
    uint64_t end;
    uint64_t limit; /* 0: none. */
    bool inconsistent;
    struct fc_text next; /* Continue token, empty after the last page. */
};

bool k8s_page_choose(const struct k8s_cluster *c, const struct k8s_template *t,
                     const struct k8s_resource *r, const struct fc_str *ns, struct fc_request *rq,
                     struct k8s_page *out, struct fc_reply *reply);
/* Adds the members that a list's metadata has for the page. */
void k8s_page_print(const struct k8s_cluster *c, const struct k8s_resource *r,
                    const struct k8s_page *page, struct fc_text *out);
void k8s_page_fini(struct k8s_page *page);

/* The place of a position in the range as it would be without a selector. */
uint64_t k8s_range_place(const struct k8s_range *range, uint64_t position);
/* The index in the store of the generated object there. */
uint64_t k8s_range_index(const struct k8s_cluster *c, const struct k8s_resource *r,
                         const struct k8s_range *range, uint64_t position);
/* The i-th of the scenario's own objects of a resource; 'ns' empty: of all namespaces. */
const struct k8s_extra *k8s_extra_at(const struct k8s_cluster *c, const struct k8s_resource *r,
                                     struct fc_str ns, uint64_t i);

#endif
