#include "base/xml.h"

#include "base/buf.h"

struct level {
    struct wgo_xml *node;
    struct wgo_xml **end; /* where its next child goes */
    struct wgo_buf text;  /* kept from one element of this level to the next */
};

struct tree {
    struct wgo_xml_reader reader; /* first: handlers get its address */
    struct wgo_arena *arena;
    struct wgo_xml *root;
    unsigned depth;
    struct level levels[WGO_XML_DEPTH];
};

static void stop_nomem(struct tree *tree)
{
    wgo_xml_stop(&tree->reader, WGO_E_NOMEM, "out of memory");
}

static struct wgo_str local_name(struct wgo_arena *arena, const char *name)
{
    const char *separator = strrchr(name, '\n');
    return wgo_str_dup(arena, wgo_str(separator ? separator + 1 : name));
}

static bool read_attributes(struct tree *tree, struct wgo_xml *node, const char **pairs)
{
    size_t count = 0;
    while (pairs[2 * count]) {
        count++;
    }
    if (count == 0) {
        return true;
    }
    node->attributes = WGO_NEW_ARRAY(tree->arena, struct wgo_xml_attribute, count);
    if (!node->attributes) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct wgo_xml_attribute *attribute = &node->attributes[i];
        attribute->name = local_name(tree->arena, pairs[2 * i]);
        attribute->value = wgo_str_dup(tree->arena, wgo_str(pairs[2 * i + 1]));
        if (!attribute->name.ptr || !attribute->value.ptr) {
            return false;
        }
    }
    node->attribute_count = count;
    return true;
}

static void on_start(void *state, const char *name, const char **pairs)
{
    struct tree *tree = state;
    if (tree->reader.status) {
        return; /* expat may report a little more after it was stopped */
    }
    if (tree->depth == WGO_XML_DEPTH) {
        wgo_xml_stop(&tree->reader, WGO_E_TOO_LARGE, "nested too deep");
        return;
    }
    struct wgo_xml *node = WGO_NEW(tree->arena, struct wgo_xml);
    if (!node) {
        stop_nomem(tree);
        return;
    }
    node->name = local_name(tree->arena, name);
    if (!node->name.ptr || !read_attributes(tree, node, pairs)) {
        stop_nomem(tree);
        return;
    }
    if (tree->depth == 0) {
        tree->root = node;
    } else {
        struct level *parent = &tree->levels[tree->depth - 1];
        *parent->end = node;
        parent->end = &node->next;
    }
    struct level *level = &tree->levels[tree->depth++];
    level->node = node;
    level->end = &node->first;
    wgo_buf_reset(&level->text);
}

static void on_text(void *state, const char *text, int len)
{
    struct tree *tree = state;
    if (!tree->reader.status && tree->depth > 0 &&
        !wgo_buf_append(&tree->levels[tree->depth - 1].text, text, (size_t)len)) {
        stop_nomem(tree);
    }
}

static void on_end(void *state, const char *name)
{
    struct tree *tree = state;
    (void)name;
    if (tree->reader.status) {
        return;
    }
    struct level *level = &tree->levels[--tree->depth];
    level->node->text = wgo_str_dup(tree->arena, wgo_buf_view(&level->text));
    if (!level->node->text.ptr) {
        stop_nomem(tree);
    }
}

enum wgo_status wgo_xml_parse(struct wgo_arena *arena, struct wgo_str document,
                              struct wgo_xml **out_root, struct wgo_error *err)
{
    static const struct wgo_xml_handlers handlers = {
        .start = on_start, .end = on_end, .text = on_text, .namespaces = true};
    struct tree tree = {.arena = arena};
    enum wgo_status status = wgo_xml_read(&tree.reader, &handlers, document, err);
    if (status == WGO_OK) {
        *out_root = tree.root;
    }
    for (size_t i = 0; i < WGO_XML_DEPTH; i++) {
        wgo_buf_fini(&tree.levels[i].text);
    }
    return status;
}

const struct wgo_xml *wgo_xml_child(const struct wgo_xml *node, const char *name)
{
    const struct wgo_xml *child = node ? node->first : NULL;
    while (child && !wgo_str_is(child->name, name)) {
        child = child->next;
    }
    return child;
}

struct wgo_str wgo_xml_text(const struct wgo_xml *node, const char *name)
{
    const struct wgo_xml *child = wgo_xml_child(node, name);
    return child ? child->text : (struct wgo_str){0};
}
