/* json_path.h: paths into JSON, step by step. Private to core/base; json.h has the grammar.
 *
 * Ownership: a step borrows the path's text.
 * Threads:   none.
 * Failure:   wgo_json_path_next() says what is wrong with the path in a static text. */
#ifndef WGO_BASE_JSON_PATH_H
#define WGO_BASE_JSON_PATH_H

#include "base/str.h"

/* Deep enough for any document a person writes, and a bound for everything that recurses on steps.
 */
#define WGO_JSON_PATH_STEPS 64

enum wgo_json_step_kind {
    WGO_JSON_STEP_END,
    WGO_JSON_STEP_MEMBER,
    WGO_JSON_STEP_ANY,  /* "*" */
    WGO_JSON_STEP_EACH, /* "[]" */
    WGO_JSON_STEP_BAD,
};

struct wgo_json_step {
    enum wgo_json_step_kind kind;
    struct wgo_str name; /* of a MEMBER; a JSON string's body when 'quoted' */
    bool quoted;
    const char *problem; /* of a BAD one */
};

struct wgo_json_path {
    const char *at, *end;
    bool inner; /* a step has been given */
};

void wgo_json_path_init(struct wgo_json_path *path, struct wgo_str text);
struct wgo_json_step wgo_json_path_next(struct wgo_json_path *path);
/* All steps but the END into 'steps'; their number, or -1 with '*out_problem'. */
int wgo_json_path_steps(struct wgo_str text, struct wgo_json_step steps[WGO_JSON_PATH_STEPS],
                        const char **out_problem);

#endif
