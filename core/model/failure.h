/* failure.h: what answers of 200 say went wrong, each in a way of its own. Private to model.
 *
 * Ownership: values are borrowed and must have been checked. Threads: none. Failure: none. */
#ifndef WGO_MODEL_FAILURE_H
#define WGO_MODEL_FAILURE_H

#include "base/str.h"

/* Whether there is anything in what an error would stand in. Nothing are null, false, 0, "" and the
 * like, words such as "none" and "success", lists of nothing, and objects all of whose members
 * are nothing: {"code": 0, "message": "ok"}. */
bool wgo_says_something(struct wgo_str raw);
/* Whether the object says that nothing came of it; 'mild', of enum wgo_mild, is what does not
 * matter. */
bool wgo_tells_failure(struct wgo_str object, unsigned mild);
/* Whether the object holds nothing but what tells of a call: whether it was good, a code, a
 * message, the request's id. */
bool wgo_only_tells(struct wgo_str object);

#endif
