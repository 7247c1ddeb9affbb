/* facts.h: what an instance's attributes say about where it is and what it is called.
 *
 * Only attributes that mean the same in every provider that has them are read; what is not said
 * stays empty. All are read from the redacted copy, so that a secret name stays one.
 *
 *   name        name; tags.Name; metadata.0.name; the resource's own name
 *   native_id   id
 *   account     the account of an ARN; google_*: project; an ARM id's subscription
 *   region      region; the ARN's; azurerm_*: location; google_*: location, or the zone without its
 *               last part; aws_*: the availability zone without its letter
 *   namespace   metadata.0.namespace; namespace
 *   created_at  created_at, creation_timestamp, create_date, when it is an RFC 3339 time
 *   tags        tags_all, tags, effective_labels, labels, metadata.0.labels: the first that is an
 *               object; its values that are strings, keys sorted
 *
 * Ownership: borrows the attributes; decoded text goes to the arena, tags to the buffer.
 * Threads:   none.
 * Failure:   out of memory leaves a fact out, and sets the buffer's 'failed' for tags. */
#ifndef WGO_TERRAFORM_FACTS_H
#define WGO_TERRAFORM_FACTS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

struct wgo_tf_facts {
    struct wgo_str name, native_id, account, region, namespace_name, created_at;
};

/* Tags are written to 'out_tags' as a JSON object; nothing when there are none. */
struct wgo_tf_facts wgo_tf_facts(struct wgo_str type, struct wgo_str own_name,
                                 struct wgo_str attributes, bool flat, struct wgo_arena *arena,
                                 struct wgo_buf *out_tags);

#endif
