/* YAML: whatever comes in, the tree that comes out keeps its promises. */
#include "base/yaml.h"

#include <stdlib.h>

enum { MOST = 2000, DEEPEST = 64 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool true_always)
{
    if (!true_always) {
        abort();
    }
}

/* Walks the tree as a reader does, aliases and all; returns the number of nodes. */
static size_t walk(const struct wgo_yaml *node, unsigned depth)
{
    require(depth <= DEEPEST + 1);
    require(node->line > 0 && node->column > 0);
    if (node->kind == WGO_YAML_SCALAR || node->kind == WGO_YAML_NULL) {
        require(node->text.ptr && node->text.ptr[node->text.len] == '\0');
        require(!node->first);
    }
    size_t nodes = 1, children = 0;
    for (const struct wgo_yaml *child = node->first; child; child = child->next) {
        require(!wgo_yaml_is_map(node) || child->key.ptr);
        nodes += walk(child, depth + 1);
        children++;
    }
    require(children == node->count);
    return nodes;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_arena arena = {0};
    struct wgo_yaml *root = NULL;
    struct wgo_error err = {0};
    struct wgo_str bytes = wgo_str_from((const char *)data, size);
    enum wgo_status status = wgo_yaml_parse(&arena, "fuzz", bytes, MOST, &root, &err);
    if (status == WGO_OK) {
        require(walk(root, 1) <= MOST);
    } else {
        require(!root && err.status == status && err.message[0]);
    }
    wgo_arena_fini(&arena);
    return 0;
}
