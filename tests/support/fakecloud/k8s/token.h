/* token.h: continue tokens: base64 of a small JSON document, as the API server's are.
 *
 * The real document holds v, rv and start; ours adds the position and, where tokens expire, the
 * time of issue. A token belongs to the list it came from; used elsewhere it is refused.
 *
 * Ownership, threads: pure functions. */
#ifndef FC_K8S_TOKEN_H
#define FC_K8S_TOKEN_H

#include "k8s/cluster.h"

struct k8s_token {
    uint64_t position; /* Of the next item. */
    int64_t issued_ms; /* 0: does not expire. */
    bool inconsistent; /* Was given together with a 410. */
    uint64_t empties;  /* Pages without items before it: so that each has a token of its own. */
};

/* 'list' names the list: "/api/v1/pods". */
void k8s_token_print(const struct k8s_cluster *c, const struct k8s_token *token, struct fc_str list,
                     struct fc_text *out);
bool k8s_token_parse(const struct k8s_cluster *c, struct fc_str text, struct fc_str list,
                     struct k8s_token *out);

#endif
