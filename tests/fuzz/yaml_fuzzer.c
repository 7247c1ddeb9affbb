/* YAML: whatever comes in, the tree that comes out keeps its promises, and is the same once it was
 * packed. What comes in may also be a packed tree, or claim to be one. */
#include "base/yaml.h"
#include "fuzz.h"

enum { MOST = 2000, DEEPEST = 64 };

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

static void require_same(struct wgo_str a, struct wgo_str b)
{
    require(wgo_str_eq(a, b) && !a.ptr == !b.ptr);
}

static void compare(const struct wgo_yaml *a, const struct wgo_yaml *b)
{
    require(a->kind == b->kind && a->quoted == b->quoted && a->count == b->count);
    require(a->line == b->line && a->column == b->column && a->key_line == b->key_line);
    require_same(a->text, b->text);
    require_same(a->key, b->key);
    const struct wgo_yaml *from = b->first;
    for (const struct wgo_yaml *child = a->first; child; child = child->next) {
        require(from != NULL);
        compare(child, from);
        from = from->next;
    }
    require(!from);
}

static void pack(const struct wgo_yaml *root)
{
    struct wgo_arena arena = {0};
    struct wgo_buf bytes = {0};
    struct wgo_yaml *again = NULL;
    struct wgo_error err = {0};
    wgo_yaml_pack(root, &bytes);
    require(wgo_yaml_unpack(&arena, "fuzz", wgo_buf_view(&bytes), &again, &err) == WGO_OK);
    walk(again, 1);
    compare(root, again);
    wgo_buf_fini(&bytes);
    wgo_arena_fini(&arena);
}

static void unpack(struct wgo_str bytes)
{
    struct wgo_arena arena = {0};
    struct wgo_yaml *root = NULL;
    struct wgo_error err = {0};
    enum wgo_status status = wgo_yaml_unpack(&arena, "fuzz", bytes, &root, &err);
    if (status == WGO_OK) {
        require(walk(root, 1) <= bytes.len);
        pack(root);
    } else {
        require(!root && err.status == status && err.message[0]);
    }
    wgo_arena_fini(&arena);
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
        pack(root);
    } else {
        require(!root && err.status == status && err.message[0]);
    }
    wgo_arena_fini(&arena);
    unpack(bytes);
    return 0;
}
