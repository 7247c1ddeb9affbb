/* kept.h: pages that were printed once, kept for whoever asks again, so that the server takes
 * little of the processors that a benchmark measures on.
 *
 * Objects never change while the server runs, so a page is known by the range it has of its list.
 *
 * Ownership: what was found lives as long as the store. A full store keeps what it has.
 * Threads:   any.
 * Failure:   none. */
#ifndef FC_K8S_KEPT_H
#define FC_K8S_KEPT_H

#include <stdint.h>

#include "core/text.h"

struct k8s_kept;

struct k8s_kept_key {
    const void *resource;
    struct fc_str ns;
    uint64_t begin, end;
};

/* NULL for no bytes. */
struct k8s_kept *k8s_kept_new(uint64_t most_bytes);
void k8s_kept_free(struct k8s_kept *kept);
/* No bytes, ptr NULL, when it is not there. */
struct fc_str k8s_kept_find(struct k8s_kept *kept, const struct k8s_kept_key *key);
/* What is kept from now on, or was already; no bytes when there is no room. 'text' is emptied if it
 * was taken. */
struct fc_str k8s_kept_add(struct k8s_kept *kept, const struct k8s_kept_key *key,
                           struct fc_text *text);

#endif
