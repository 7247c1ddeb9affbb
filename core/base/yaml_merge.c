/* The end of a map: no key twice, and what "<<" names is brought in. */
#include "base/yaml_tree.h"

#include <stdlib.h>

struct entry {
    struct yaml_node *node;
    size_t rank; /* its place in the map: the map's own values, then what is merged, in order */
    bool merged, beaten;
};

static int by_key(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    int order = wgo_str_cmp(left->node->yaml.key, right->node->yaml.key);
    return order ? order : (left->rank > right->rank) - (left->rank < right->rank);
}

static int by_rank(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;
    return (left->rank > right->rank) - (left->rank < right->rank);
}

static size_t add_children(struct entry *entries, size_t count, struct wgo_yaml *map, bool merged)
{
    for (struct wgo_yaml *child = map->first; child; child = child->next) {
        entries[count] = (struct entry){(struct yaml_node *)child, count, merged, false};
        count++;
    }
    return count;
}

/* How many values the maps under "<<" hold. */
static size_t merged_count(const struct yaml_node *merge)
{
    if (!merge || wgo_yaml_is_map(&merge->yaml)) {
        return merge ? merge->yaml.count : 0;
    }
    size_t count = 0;
    for (const struct wgo_yaml *map = merge->yaml.first; map; map = map->next) {
        count += map->count;
    }
    return count;
}

static enum wgo_status refuse_duplicate(struct yaml_tree *tree, const struct yaml_node *node)
{
    struct yaml_place place = {node->yaml.key_line, node->key_column};
    return yaml_tree_fail(tree, WGO_E_PARSE, place, "\"%.*s\" appears twice",
                          WGO_FMT(node->yaml.key));
}

/* Sorts by key, and of those with the same key keeps the first. */
static enum wgo_status beat_later(struct yaml_tree *tree, struct entry *entries, size_t count)
{
    qsort(entries, count, sizeof(*entries), by_key);
    for (size_t i = 1; i < count; i++) {
        if (wgo_str_eq(entries[i - 1].node->yaml.key, entries[i].node->yaml.key)) {
            if (!entries[i].merged) {
                return refuse_duplicate(tree, entries[i].node);
            }
            entries[i].beaten = true;
        }
    }
    return WGO_OK;
}

static enum wgo_status append_merged(struct yaml_tree *tree, struct yaml_frame *frame,
                                     struct entry *entries, size_t count)
{
    struct yaml_place place = {frame->merge->yaml.line, frame->merge->yaml.column};
    tree->nodes -= frame->merge->size; /* "<<" itself leaves, its values come */
    qsort(entries, count, sizeof(*entries), by_rank);
    for (size_t i = 0; i < count; i++) {
        if (!entries[i].merged || entries[i].beaten) {
            continue;
        }
        enum wgo_status status = yaml_tree_charge(tree, entries[i].node->size, place);
        if (status) {
            return status;
        }
        struct yaml_node *copy = WGO_NEW(tree->arena, struct yaml_node);
        if (!copy) {
            return yaml_tree_nomem(tree);
        }
        *copy = *entries[i].node;
        copy->yaml.next = NULL;
        status = yaml_tree_append(tree, frame, copy);
        if (status) {
            return status;
        }
    }
    return WGO_OK;
}

enum wgo_status yaml_tree_finish_map(struct yaml_tree *tree, struct yaml_frame *frame)
{
    struct wgo_yaml *map = &frame->node->yaml;
    size_t room = map->count + merged_count(frame->merge);
    if (room < 2 && !frame->merge) {
        return WGO_OK;
    }
    struct entry *entries = calloc(room ? room : 1, sizeof(*entries));
    if (!entries) {
        return yaml_tree_nomem(tree);
    }
    size_t count = add_children(entries, 0, map, false);
    if (frame->merge && wgo_yaml_is_map(&frame->merge->yaml)) {
        count = add_children(entries, count, &frame->merge->yaml, true);
    } else if (frame->merge) {
        for (struct wgo_yaml *from = frame->merge->yaml.first; from; from = from->next) {
            count = add_children(entries, count, from, true);
        }
    }
    enum wgo_status status = beat_later(tree, entries, count);
    if (status == WGO_OK && frame->merge) {
        status = append_merged(tree, frame, entries, count);
    }
    free(entries);
    return status;
}
