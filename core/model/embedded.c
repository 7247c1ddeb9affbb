#include "base/yaml.h"
#include "model/collector.h"

enum wgo_status wgo_embedded_tree(const struct wgo_embedded_file *file, struct wgo_arena *arena,
                                  size_t max_nodes, const struct wgo_yaml **out_root,
                                  struct wgo_error *err)
{
    struct wgo_str bytes = wgo_str_from(file->bytes, file->len);
    struct wgo_yaml *root = NULL;
    if (file->tree) {
        *out_root = file->tree;
        return WGO_OK;
    }
    enum wgo_status status = file->packed
                                 ? wgo_yaml_unpack(arena, file->name, bytes, &root, err)
                                 : wgo_yaml_parse(arena, file->name, bytes, max_nodes, &root, err);
    if (status == WGO_OK) {
        *out_root = root;
    }
    return status;
}

void wgo_embedded_digest(const struct wgo_embedded_file *file, struct wgo_digest *out)
{
    wgo_digest_add(out, wgo_str_from(file->bytes, file->len));
    wgo_yaml_digest(file->tree, out);
}
