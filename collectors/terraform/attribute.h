/* attribute.h: single values out of an instance's attributes.
 *
 * A path joins members and list positions by '.', as flatmaps do: "metadata.0.name". In a flatmap
 * the whole path is the key.
 *
 * Ownership: borrows the attributes; decoded text goes to the arena.
 * Threads:   none. Failure: what is not there, or is not text, is empty with a NULL ptr. */
#ifndef WGO_TERRAFORM_ATTRIBUTE_H
#define WGO_TERRAFORM_ATTRIBUTE_H

#include "base/arena.h"
#include "base/str.h"

/* The value as JSON. */
struct wgo_str wgo_tf_attribute(struct wgo_str attributes, bool flat, struct wgo_str path);
/* The text of a JSON value that is a string or number, neither empty nor a redacted secret. */
struct wgo_str wgo_tf_text(struct wgo_str raw, struct wgo_arena *arena);
/* The same of the value at 'path'. */
struct wgo_str wgo_tf_attribute_text(struct wgo_str attributes, bool flat, struct wgo_str path,
                                     struct wgo_arena *arena);
/* What a redactor puts in a secret's place. */
bool wgo_tf_is_redacted(struct wgo_str text);

#endif
