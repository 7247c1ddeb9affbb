/* index.h: where the blocks of a state are, by the hash of their addresses.
 *
 * Sixteen bytes for an entry, so that a state of a million blocks needs 16 to 32 MB to be able to
 * follow its dependencies. Two blocks may share a hash: whoever finds one checks its address.
 *
 * Ownership: zeroed is empty; wgo_tf_index_fini() frees.
 * Threads:   one at a time.
 * Failure:   out of memory is remembered in 'failed'. */
#ifndef WGO_TERRAFORM_INDEX_H
#define WGO_TERRAFORM_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wgo_tf_index_entry {
    uint64_t hash, at;
};

struct wgo_tf_index {
    struct wgo_tf_index_entry *entries;
    size_t count, cap;
    bool sorted, failed;
};

void wgo_tf_index_fini(struct wgo_tf_index *index);
void wgo_tf_index_add(struct wgo_tf_index *index, uint64_t hash, uint64_t at);
/* The entries of 'hash', in the order of their places; sorts first when something was added. */
const struct wgo_tf_index_entry *wgo_tf_index_find(struct wgo_tf_index *index, uint64_t hash,
                                                   size_t *out_count);

#endif
