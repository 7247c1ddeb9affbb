/* marks.h: the places within one instance that were marked as sensitive, as a tree.
 *
 * Ownership: everything lives in the arena given, and borrows the texts it was made from.
 * Threads:   one at a time.
 * Failure:   out of memory, as a false result; what cannot be understood, or found in the values,
 *            is taken to mark more, never less: all of the deepest value that was reached. */
#ifndef WGO_TERRAFORM_MARKS_H
#define WGO_TERRAFORM_MARKS_H

#include "base/arena.h"
#include "base/str.h"

struct wgo_tf_mark {
    struct wgo_str name;              /* of a member, or the digits of an index; NULL ptr: any */
    bool secret;                      /* all that lies here or below */
    struct wgo_tf_mark *first, *next; /* children; next sibling */
};

/* Steps of a path joined by '.', "*" for any. */
bool wgo_tf_marks_add_path(struct wgo_tf_mark *root, struct wgo_str path, struct wgo_arena *arena);
/* What the marks below are of. */
struct wgo_tf_values {
    struct wgo_str raw;
    bool flat; /* a flatmap: marks hold for whole attributes */
};
/* Version 4:
 * [[{"type":"get_attr","value":"a"},{"type":"index","value":{"value":0,"type":"number"}}]] */
bool wgo_tf_marks_add_paths(struct wgo_tf_mark *root, struct wgo_str raw,
                            const struct wgo_tf_values *values, struct wgo_arena *arena);
/* terraform show: a tree in the shape of the values, true where they are sensitive. */
bool wgo_tf_marks_add_tree(struct wgo_tf_mark *root, struct wgo_str raw,
                           const struct wgo_tf_values *values, struct wgo_arena *arena);

/* The marks that hold at one place of a walk. */
#define WGO_TF_ACTIVE 8
struct wgo_tf_active {
    const struct wgo_tf_mark *marks[WGO_TF_ACTIVE];
    unsigned count;
    bool secret;
};
/* What holds one step further down. Too many at once: all of it is taken as secret. */
struct wgo_tf_active wgo_tf_marks_step(const struct wgo_tf_active *active, struct wgo_str name);

#endif
