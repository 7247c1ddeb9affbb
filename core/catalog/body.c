#include "catalog/body.h"

#include "base/json.h"
#include "base/json_write.h"

static struct wgo_body *new_body(struct wgo_arena *arena, const struct wgo_yaml *node)
{
    struct wgo_body *body = WGO_NEW(arena, struct wgo_body);
    if (body) {
        *body = (struct wgo_body){.key = wgo_str_dup(arena, node->key)};
    }
    return body;
}

/* Unquoted numbers and truths, and null. */
static bool is_plain(const struct wgo_yaml *node)
{
    enum wgo_json_kind kind = wgo_json_kind_of(node->text);
    return !node->quoted && (kind == WGO_JSON_NUMBER || kind == WGO_JSON_BOOL) &&
           wgo_json_check(node->text, NULL) == WGO_OK;
}

/* One hole, whose value is JSON already, whichever of its names has it. */
static bool is_json_hole(const struct wgo_template *text)
{
    for (size_t i = 0; i < text->count; i++) {
        const struct wgo_template_part *part = &text->parts[i];
        if (part->has_other != (i + 1 < text->count) || !(part->filters & WGO_FILTER_JSON)) {
            return false;
        }
    }
    return text->count > 0;
}

static enum wgo_status parse_text(struct wgo_arena *arena, const struct wgo_yaml *node,
                                  struct wgo_body *body, struct wgo_error *err)
{
    enum wgo_status status = wgo_template_parse(arena, node->text, &body->text, err);
    if (status != WGO_OK || !is_json_hole(&body->text)) {
        return status;
    }
    struct wgo_str fallback = body->text.parts[body->text.count - 1].fallback;
    return fallback.len == 0 || wgo_json_check(fallback, NULL) == WGO_OK
               ? WGO_OK
               : wgo_fail(err, WGO_E_CONFIG, "\"%.*s\" is no JSON", WGO_FMT(fallback));
}

static enum wgo_status parse_children(struct wgo_arena *arena, const struct wgo_yaml *node,
                                      struct wgo_body *body, struct wgo_error *err)
{
    struct wgo_body **link = &body->first;
    for (const struct wgo_yaml *at = node->first; at; at = at->next) {
        if (body->kind == WGO_BODY_OBJECT && at->key.len == 0) {
            return wgo_fail(err, WGO_E_CONFIG, "a member of json has no name");
        }
        enum wgo_status status = wgo_body_parse(arena, at, link, err);
        if (status != WGO_OK) {
            return status;
        }
        link = &(*link)->next;
    }
    return WGO_OK;
}

enum wgo_status wgo_body_parse(struct wgo_arena *arena, const struct wgo_yaml *node,
                               struct wgo_body **out_body, struct wgo_error *err)
{
    struct wgo_body *body = new_body(arena, node);
    if (!body) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    enum wgo_status status = WGO_OK;
    if (wgo_yaml_is_map(node) || wgo_yaml_is_list(node)) {
        body->kind = wgo_yaml_is_map(node) ? WGO_BODY_OBJECT : WGO_BODY_ARRAY;
        status = parse_children(arena, node, body, err);
    } else if (node->kind == WGO_YAML_NULL || is_plain(node)) {
        body->kind = WGO_BODY_RAW;
        body->raw = node->kind == WGO_YAML_NULL ? WGO_STR("null") : wgo_str_dup(arena, node->text);
    } else {
        body->kind = WGO_BODY_TEXT;
        status = parse_text(arena, node, body, err);
    }
    if (status == WGO_OK) {
        *out_body = body;
    }
    return status;
}

struct writing {
    struct wgo_json_writer w;
    wgo_template_value_fn *value;
    void *state;
    struct wgo_str *out_missing;
    struct wgo_buf text; /* scratch */
};

/* Also true for a text that is empty; then nothing is written, not even its key. */
static bool write_text(struct writing *writing, const struct wgo_body *body)
{
    bool raw = is_json_hole(&body->text);
    wgo_buf_reset(&writing->text);
    if (!wgo_template_expand(&body->text, writing->value, writing->state, WGO_TEMPLATE_PLAIN,
                             &writing->text, writing->out_missing)) {
        return false;
    }
    struct wgo_str text = wgo_buf_view(&writing->text);
    if (text.len == 0 && body->text.count > 0) {
        return true;
    }
    if (body->key.len > 0) {
        wgo_json_key_str(&writing->w, body->key);
    }
    if (raw) {
        wgo_json_put_raw(&writing->w, text);
    } else {
        wgo_json_put_str(&writing->w, text);
    }
    return true;
}

static bool write_node(struct writing *writing, const struct wgo_body *body)
{
    bool object = body->kind == WGO_BODY_OBJECT, good = true;
    if (body->kind == WGO_BODY_TEXT) {
        return write_text(writing, body);
    }
    if (body->key.len > 0) {
        wgo_json_key_str(&writing->w, body->key);
    }
    if (body->kind == WGO_BODY_RAW) {
        wgo_json_put_raw(&writing->w, body->raw);
        return true;
    }
    if (object) {
        wgo_json_open_object(&writing->w);
    } else {
        wgo_json_open_array(&writing->w);
    }
    for (const struct wgo_body *at = body->first; at && good; at = at->next) {
        good = write_node(writing, at);
    }
    if (object) {
        wgo_json_close_object(&writing->w);
    } else {
        wgo_json_close_array(&writing->w);
    }
    return good;
}

bool wgo_body_write(const struct wgo_body *body, wgo_template_value_fn *value, void *state,
                    struct wgo_buf *out, struct wgo_str *out_missing)
{
    struct writing writing = {.value = value, .state = state, .out_missing = out_missing};
    wgo_json_writer_init(&writing.w, out);
    bool good = write_node(&writing, body);
    wgo_buf_fini(&writing.text);
    return good && out->failed == WGO_OK;
}
