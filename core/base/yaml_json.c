#include "base/json.h"
#include "base/json_write.h"
#include "base/yaml.h"

static void put_plain(struct wgo_json_writer *w, struct wgo_str text)
{
    bool number = wgo_json_kind_of(text) == WGO_JSON_NUMBER && wgo_json_check(text, NULL) == WGO_OK;
    if (number || wgo_str_is(text, "true") || wgo_str_is(text, "false")) {
        wgo_json_put_raw(w, text);
    } else {
        wgo_json_put_str(w, text);
    }
}

/* Trees are at most 64 deep. */
void wgo_yaml_put_json(const struct wgo_yaml *node, struct wgo_json_writer *w)
{
    switch (node->kind) {
    case WGO_YAML_NULL:
        wgo_json_put_null(w);
        break;
    case WGO_YAML_SCALAR:
        if (node->quoted) {
            wgo_json_put_str(w, node->text);
        } else {
            put_plain(w, node->text);
        }
        break;
    case WGO_YAML_LIST:
        wgo_json_open_array(w);
        for (const struct wgo_yaml *at = node->first; at; at = at->next) {
            wgo_yaml_put_json(at, w);
        }
        wgo_json_close_array(w);
        break;
    case WGO_YAML_MAP:
        wgo_json_open_object(w);
        for (const struct wgo_yaml *at = node->first; at; at = at->next) {
            wgo_json_key_str(w, at->key);
            wgo_yaml_put_json(at, w);
        }
        wgo_json_close_object(w);
        break;
    }
}
