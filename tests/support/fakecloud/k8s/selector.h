/* selector.h: labelSelector and fieldSelector.
 *
 * Ownership: caller-allocated; k8s_selector_fini() frees what init made.
 * Threads:   one request's.
 * Failure:   k8s_selector_init() returns false when a selector cannot be parsed.
 *
 * Syntax: the Kubernetes documentation, "Labels and Selectors" and "Field Selectors". */
#ifndef FC_K8S_SELECTOR_H
#define FC_K8S_SELECTOR_H

#include "core/text.h"

enum k8s_operator { K8S_IN, K8S_NOT_IN, K8S_EXISTS, K8S_ABSENT };

struct k8s_requirement {
    bool label; /* Else a field, by a dotted path. */
    enum k8s_operator op;
    char *key;
    struct fc_text values; /* Each followed by '\n'. */
};

struct k8s_selector {
    struct k8s_requirement *at;
    size_t count;
};

bool k8s_selector_init(struct k8s_selector *s, struct fc_str labels, struct fc_str fields);
void k8s_selector_fini(struct k8s_selector *s);
/* 'json' is an object, NUL-terminated. */
bool k8s_selector_matches(const struct k8s_selector *s, const char *json, size_t len);

#endif
