#include "base/yaml_tree.h"

#include <stdio.h>

enum wgo_status yaml_tree_fail(struct yaml_tree *tree, enum wgo_status status,
                               struct yaml_place place, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    wgo_fail_v(tree->err, status, format, args);
    va_end(args);
    wgo_error_prefix(tree->err, "%s: line %u, column %u", tree->name, place.line, place.column);
    return status;
}

enum wgo_status yaml_tree_nomem(struct yaml_tree *tree)
{
    return wgo_fail(tree->err, WGO_E_NOMEM, "%s: out of memory", tree->name);
}

static struct yaml_place node_place(const struct yaml_node *node)
{
    return (struct yaml_place){node->yaml.line, node->yaml.column};
}

enum wgo_status yaml_tree_charge(struct yaml_tree *tree, size_t nodes, struct yaml_place place)
{
    if (nodes > tree->max_nodes - tree->nodes) {
        return yaml_tree_fail(tree, WGO_E_TOO_LARGE, place, "more than %zu values",
                              tree->max_nodes);
    }
    tree->nodes += nodes;
    return WGO_OK;
}

static struct yaml_anchor **bucket_of(struct yaml_tree *tree, struct wgo_str name)
{
    uint32_t hash = UINT32_C(2166136261); /* FNV-1a */
    for (size_t i = 0; i < name.len; i++) {
        hash = (hash ^ (unsigned char)name.ptr[i]) * UINT32_C(16777619);
    }
    return &tree->anchors[hash % YAML_ANCHOR_BUCKETS];
}

static enum wgo_status remember(struct yaml_tree *tree, struct wgo_str name, struct yaml_node *node)
{
    if (name.len == 0) {
        return WGO_OK;
    }
    struct yaml_anchor **bucket = bucket_of(tree, name);
    struct yaml_anchor *anchor = *bucket;
    while (anchor && !wgo_str_eq(anchor->name, name)) {
        anchor = anchor->older;
    }
    if (!anchor) {
        anchor = WGO_NEW(tree->arena, struct yaml_anchor);
        struct wgo_str copy = wgo_str_dup(tree->arena, name);
        if (!anchor || !copy.ptr) {
            return yaml_tree_nomem(tree);
        }
        *anchor = (struct yaml_anchor){.name = copy, .older = *bucket};
        *bucket = anchor;
    }
    anchor->node = node;
    return WGO_OK;
}

static enum wgo_status new_node(struct yaml_tree *tree, enum wgo_yaml_kind kind,
                                struct wgo_str anchor, struct yaml_place place,
                                struct yaml_node **out_node)
{
    enum wgo_status status = yaml_tree_charge(tree, 1, place);
    if (status) {
        return status;
    }
    struct yaml_node *node = WGO_NEW(tree->arena, struct yaml_node);
    if (!node) {
        return yaml_tree_nomem(tree);
    }
    node->yaml.kind = kind;
    node->yaml.line = place.line;
    node->yaml.column = place.column;
    node->size = 1;
    *out_node = node;
    return remember(tree, anchor, node);
}

enum wgo_status yaml_tree_append(struct yaml_tree *tree, struct yaml_frame *frame,
                                 struct yaml_node *child)
{
    struct yaml_node *node = frame->node;
    /* The open frames are the levels above; what an alias brings comes on top of them. */
    if (tree->depth + child->height > YAML_DEEPEST) {
        return yaml_tree_fail(tree, WGO_E_TOO_LARGE, node_place(child),
                              "nested deeper than %d levels", YAML_DEEPEST);
    }
    if (frame->last) {
        frame->last->next = &child->yaml;
    } else {
        node->yaml.first = &child->yaml;
    }
    frame->last = &child->yaml;
    node->yaml.count++;
    node->size += child->size;
    node->height = child->height + 1 > node->height ? child->height + 1 : node->height;
    return WGO_OK;
}

static enum wgo_status take_key(struct yaml_tree *tree, struct yaml_frame *frame,
                                struct yaml_node *node)
{
    if (node->height > 0) {
        return yaml_tree_fail(tree, WGO_E_PARSE, node_place(node), "a key must be a scalar");
    }
    tree->nodes -= node->size; /* a key is no value */
    frame->key = node->yaml.text;
    frame->key_place = node_place(node);
    frame->has_key = true;
    frame->key_is_merge = !node->yaml.quoted && wgo_str_is(node->yaml.text, "<<");
    return WGO_OK;
}

static enum wgo_status take_merge(struct yaml_tree *tree, struct yaml_frame *frame,
                                  struct yaml_node *node)
{
    if (frame->merge) {
        return yaml_tree_fail(tree, WGO_E_PARSE, frame->key_place, "\"<<\" appears twice");
    }
    bool fits = wgo_yaml_is_map(&node->yaml) || wgo_yaml_is_list(&node->yaml);
    if (wgo_yaml_is_list(&node->yaml)) {
        for (const struct wgo_yaml *item = node->yaml.first; item; item = item->next) {
            fits = fits && wgo_yaml_is_map(item);
        }
    }
    if (!fits) {
        return yaml_tree_fail(tree, WGO_E_PARSE, node_place(node),
                              "\"<<\" takes a map or a list of maps");
    }
    frame->merge = node;
    return WGO_OK;
}

/* A finished node goes where the open frame expects it. */
static enum wgo_status place_node(struct yaml_tree *tree, struct yaml_node *node)
{
    if (tree->depth == 0) {
        tree->root = node;
        return WGO_OK;
    }
    struct yaml_frame *frame = &tree->frames[tree->depth - 1];
    if (frame->node->yaml.kind == WGO_YAML_LIST) {
        return yaml_tree_append(tree, frame, node);
    }
    if (!frame->has_key) {
        return take_key(tree, frame, node);
    }
    frame->has_key = false;
    if (frame->key_is_merge) {
        return take_merge(tree, frame, node);
    }
    node->yaml.key = frame->key;
    node->yaml.key_line = frame->key_place.line;
    node->key_column = frame->key_place.column;
    return yaml_tree_append(tree, frame, node);
}

enum wgo_status yaml_tree_scalar(struct yaml_tree *tree, const struct yaml_scalar *scalar,
                                 struct wgo_str anchor, struct yaml_place place)
{
    struct yaml_node *node;
    enum wgo_status status =
        new_node(tree, scalar->null ? WGO_YAML_NULL : WGO_YAML_SCALAR, anchor, place, &node);
    if (status) {
        return status;
    }
    char *text = wgo_str_cstr(tree->arena, scalar->text);
    if (!text) {
        return yaml_tree_nomem(tree);
    }
    node->yaml.text = wgo_str_from(text, scalar->text.len);
    node->yaml.quoted = scalar->quoted;
    return place_node(tree, node);
}

enum wgo_status yaml_tree_alias(struct yaml_tree *tree, struct wgo_str name,
                                struct yaml_place place)
{
    struct yaml_anchor *anchor = *bucket_of(tree, name);
    while (anchor && !wgo_str_eq(anchor->name, name)) {
        anchor = anchor->older;
    }
    if (!anchor) {
        return yaml_tree_fail(tree, WGO_E_PARSE, place, "*%.*s: no such anchor", WGO_FMT(name));
    }
    if (anchor->node->open) {
        return yaml_tree_fail(tree, WGO_E_PARSE, place, "*%.*s: contains itself", WGO_FMT(name));
    }
    enum wgo_status status = yaml_tree_charge(tree, anchor->node->size, place);
    if (status) {
        return status;
    }
    struct yaml_node *copy = WGO_NEW(tree->arena, struct yaml_node);
    if (!copy) {
        return yaml_tree_nomem(tree);
    }
    /* Children are never touched again once their parent is closed, so the copy may share them. */
    *copy = *anchor->node;
    copy->yaml.line = place.line;
    copy->yaml.column = place.column;
    copy->yaml.key = (struct wgo_str){0};
    copy->yaml.key_line = 0;
    copy->yaml.next = NULL;
    return place_node(tree, copy);
}

enum wgo_status yaml_tree_open(struct yaml_tree *tree, enum wgo_yaml_kind kind,
                               struct wgo_str anchor, struct yaml_place place)
{
    if (tree->depth == YAML_DEEPEST) {
        return yaml_tree_fail(tree, WGO_E_TOO_LARGE, place, "nested deeper than %d levels",
                              YAML_DEEPEST);
    }
    struct yaml_node *node;
    enum wgo_status status = new_node(tree, kind, anchor, place, &node);
    if (status) {
        return status;
    }
    node->open = true;
    node->height = 1;
    tree->frames[tree->depth++] = (struct yaml_frame){.node = node};
    return WGO_OK;
}

enum wgo_status yaml_tree_close(struct yaml_tree *tree)
{
    struct yaml_frame *frame = &tree->frames[tree->depth - 1];
    if (frame->node->yaml.kind == WGO_YAML_MAP) {
        enum wgo_status status = yaml_tree_finish_map(tree, frame);
        if (status) {
            return status;
        }
    }
    frame->node->open = false;
    tree->depth--;
    return place_node(tree, frame->node);
}
