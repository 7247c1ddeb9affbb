/* yaml.h: configuration files as a tree (libyaml underneath).
 *
 * YAML 1.1 as libyaml reads it, one document; JSON is YAML too. Every node knows its line, so that
 * whoever rejects a value can say where it stands. Anchors and aliases work; merge keys ("<<") do
 * too. A bomb (aliases that multiply, nesting without end) is refused: at most 'max_nodes' after
 * expansion and 64 levels.
 *
 * Ownership: nodes live in the arena given.
 * Threads:   one at a time while parsing; the tree is read-only afterwards.
 * Failure:   WGO_E_PARSE with "NAME: line L, column C: ...", WGO_E_TOO_LARGE, WGO_E_NOMEM. */
#ifndef WGO_BASE_YAML_H
#define WGO_BASE_YAML_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/digest.h"
#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

struct wgo_json_writer;

enum wgo_yaml_kind {
    WGO_YAML_NULL, /* absent, ~, null or empty plain scalar */
    WGO_YAML_SCALAR,
    WGO_YAML_LIST,
    WGO_YAML_MAP,
};

struct wgo_yaml {
    enum wgo_yaml_kind kind;
    bool quoted;           /* scalar was quoted: a string, whatever it looks like */
    unsigned line, column; /* from 1 */
    struct wgo_str text;   /* scalar; NUL-terminated in memory */
    struct wgo_str key;    /* when this node is a map's value */
    unsigned key_line;
    struct wgo_yaml *first, *next; /* children of a list or map; next sibling */
    size_t count;                  /* children */
};

/* 'name' appears in errors. An empty document gives a WGO_YAML_NULL root. Duplicate keys are an
 * error. */
WGO_NODISCARD enum wgo_status wgo_yaml_parse(struct wgo_arena *arena, const char *name,
                                             struct wgo_str bytes, size_t max_nodes,
                                             struct wgo_yaml **out_root, struct wgo_error *err);

/* The value under 'key', or NULL. 'map' may be NULL or of another kind. */
const struct wgo_yaml *wgo_yaml_get(const struct wgo_yaml *map, const char *key);
/* Text of a scalar under 'key', or an empty string. */
struct wgo_str wgo_yaml_text(const struct wgo_yaml *map, const char *key);
/* The node as JSON. What was quoted is a string; a plain scalar is the number or the truth value
 * that it looks like in JSON, else a string. */
void wgo_yaml_put_json(const struct wgo_yaml *node, struct wgo_json_writer *w);

/* A tree as bytes, for files that are read when the program is built; packing marks the buffer
 * failed when there is no memory. What is unpacked borrows the bytes; WGO_E_PARSE when they are of
 * no tree. */
void wgo_yaml_pack(const struct wgo_yaml *root, struct wgo_buf *out);
WGO_NODISCARD enum wgo_status wgo_yaml_unpack(struct wgo_arena *arena, const char *name,
                                              struct wgo_str bytes, struct wgo_yaml **out_root,
                                              struct wgo_error *err);

/* Adds all of it, names and values and how they lie in each other; NULL is something else than an
 * empty map. */
void wgo_yaml_digest(const struct wgo_yaml *node, struct wgo_digest *out);

bool wgo_yaml_is_list(const struct wgo_yaml *node);
bool wgo_yaml_is_map(const struct wgo_yaml *node);

#endif
