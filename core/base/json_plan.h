/* json_plan.h: a compiled plan, as json_plan.c makes it and the walks read it. Private to
 * core/base.
 *
 * A plan is a trie of path steps in which a member has at most one node: what "*" says is also in
 * every named sibling, so that a walk holds one node and looks each key up once.
 *
 * Ownership: nodes live in the plan's arena.
 * Threads:   read-only once made.
 * Failure:   nothing here fails. */
#ifndef WGO_BASE_JSON_PLAN_H
#define WGO_BASE_JSON_PLAN_H

#include "base/arena.h"
#include "base/json.h"

struct wgo_json_node {
    struct wgo_str name;           /* decoded */
    struct wgo_json_node *sibling; /* next named member of the same object */
    struct wgo_json_node *members; /* named ones */
    struct wgo_json_node *any;     /* every other one */
    struct wgo_json_node *each;    /* of an array */
    uint32_t lengths;              /* bit n: some member's name has n (mod 32) bytes */
    uint32_t picks;                /* bit n: slot n */
    uint64_t finds;                /* likewise */
    bool cut, redact, item;
};

struct wgo_json_plan {
    struct wgo_arena arena;
    struct wgo_json_node *root;
    size_t node_count;
    bool has_items;
};

/* The node for the member whose name has this body; NULL when the plan does not care. */
const struct wgo_json_node *wgo_json_plan_member(const struct wgo_json_node *node,
                                                 struct wgo_str body, bool escaped);

#endif
