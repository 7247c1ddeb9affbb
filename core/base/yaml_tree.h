/* yaml_tree.h: builds the tree that yaml.h describes from a parser's events. Private to this room.
 *
 * A node knows, beyond what its reader sees, how many nodes and levels it stands for once aliases
 * are expanded. An alias becomes a copy of the node it names that shares its children, and is
 * charged as if everything below had been copied: that is what stops a bomb.
 *
 * Ownership: nodes live in the arena; the struct itself is the caller's, with nothing to free.
 * Threads:   one at a time.
 * Failure:   each step returns a status and has filled 'err' with name, line and column; no step
 * may follow a failed one. */
#ifndef WGO_BASE_YAML_TREE_H
#define WGO_BASE_YAML_TREE_H

#include "base/yaml.h"

enum { YAML_DEEPEST = 64, YAML_ANCHOR_BUCKETS = 1024 };

struct yaml_place {
    unsigned line, column; /* from 1 */
};

struct yaml_node {
    struct wgo_yaml yaml; /* first: a reader's pointer is ours */
    size_t size;          /* nodes it stands for, itself included */
    unsigned height;      /* levels of lists and maps, itself included */
    unsigned key_column;  /* beside yaml.key_line */
    bool open;            /* its end has not been seen */
};

struct yaml_anchor {
    struct wgo_str name;
    struct yaml_node *node;
    struct yaml_anchor *older;
};

/* A list or map whose end has not been seen. */
struct yaml_frame {
    struct yaml_node *node;
    struct wgo_yaml *last; /* child, NULL while it has none */
    struct wgo_str key;    /* of the map's next value, when has_key */
    struct yaml_place key_place;
    bool has_key;
    bool key_is_merge;       /* a plain "<<" */
    struct yaml_node *merge; /* what stood under it */
};

struct yaml_tree {
    struct wgo_arena *arena;
    const char *name;
    size_t max_nodes;
    struct wgo_error *err;

    struct yaml_node *root;
    size_t nodes; /* so far, aliases expanded */
    unsigned depth;
    struct yaml_frame frames[YAML_DEEPEST];
    struct yaml_anchor *anchors[YAML_ANCHOR_BUCKETS]; /* newest first: the last definition counts */
};

struct yaml_scalar {
    struct wgo_str text;
    bool quoted, null;
};

enum wgo_status yaml_tree_fail(struct yaml_tree *tree, enum wgo_status status,
                               struct yaml_place place, const char *format, ...) WGO_PRINTF(4, 5);
enum wgo_status yaml_tree_nomem(struct yaml_tree *tree);

/* 'anchor' is empty where there is none. */
enum wgo_status yaml_tree_scalar(struct yaml_tree *tree, const struct yaml_scalar *scalar,
                                 struct wgo_str anchor, struct yaml_place place);
enum wgo_status yaml_tree_alias(struct yaml_tree *tree, struct wgo_str anchor,
                                struct yaml_place place);
enum wgo_status yaml_tree_open(struct yaml_tree *tree, enum wgo_yaml_kind kind,
                               struct wgo_str anchor, struct yaml_place place);
enum wgo_status yaml_tree_close(struct yaml_tree *tree);

/* Ends a map: refuses duplicate keys and brings in what "<<" named. In yaml_merge.c. */
enum wgo_status yaml_tree_finish_map(struct yaml_tree *tree, struct yaml_frame *frame);
enum wgo_status yaml_tree_charge(struct yaml_tree *tree, size_t nodes, struct yaml_place place);
/* Adds 'child' (charged already) to the list or map of 'frame'. */
enum wgo_status yaml_tree_append(struct yaml_tree *tree, struct yaml_frame *frame,
                                 struct yaml_node *child);

#endif
