/* XML: whatever comes in, a tree that can be walked or an error that says where. */
#include "base/xml.h"
#include "fuzz.h"

enum { DEEPEST = 128 };

static void walk(const struct wgo_xml *node, unsigned depth)
{
    require(depth <= DEEPEST);
    require(node->name.len > 0 && wgo_str_is_utf8(node->name, NULL));
    require(node->text.ptr && wgo_str_is_utf8(node->text, NULL));
    for (size_t i = 0; i < node->attribute_count; i++) {
        require(node->attributes[i].name.len > 0);
        require(wgo_str_is_utf8(node->attributes[i].value, NULL));
    }
    for (const struct wgo_xml *child = node->first; child; child = child->next) {
        walk(child, depth + 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_arena arena = {0};
    struct wgo_xml *root = NULL;
    struct wgo_error err = {0};
    enum wgo_status status =
        wgo_xml_parse(&arena, wgo_str_from((const char *)data, size), &root, &err);
    if (status == WGO_OK) {
        walk(root, 1);
    } else {
        require(!root && err.status == status);
        require(wgo_str_starts(wgo_str(err.message), WGO_STR("line ")));
    }
    wgo_arena_fini(&arena);
    return 0;
}
