/* mark_step.h: one step of a mark's path, and where it leads in the values.
 *
 * Ownership: borrows; decoded texts go to the arena.
 * Threads:   none.
 * Failure:   what cannot be read or found is told as such: the mark then holds where it stands. */
#ifndef WGO_TERRAFORM_MARK_STEP_H
#define WGO_TERRAFORM_MARK_STEP_H

#include "base/arena.h"
#include "base/str.h"

struct wgo_tf_mark_step {
    struct wgo_str name; /* of a member; with a NULL ptr the step goes to an item */
    uint64_t index;
};

/* {"type":"get_attr","value":"a"}, {"type":"index","value":{"value":0,"type":"number"}}. False when
 * it is none that is known. */
bool wgo_tf_mark_step_read(struct wgo_str raw, struct wgo_arena *arena,
                           struct wgo_tf_mark_step *out);
/* How many values lie one step below 'value'; the last of them. What Terraform wraps as a value of
 * any type, {"value", "type"}, is looked into. */
unsigned wgo_tf_mark_step_go(const struct wgo_tf_mark_step *step, struct wgo_str value,
                             struct wgo_arena *arena, struct wgo_str *out);
/* How many members of 'object' have the name; the value of the last. */
unsigned wgo_tf_mark_member(struct wgo_str object, struct wgo_str name, struct wgo_arena *arena,
                            struct wgo_str *out);
/* Whether a flatmap has "name" or "name.more". */
bool wgo_tf_mark_is_flat(struct wgo_str flatmap, struct wgo_str name, struct wgo_arena *arena);

#endif
