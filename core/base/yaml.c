#include "base/yaml.h"

#include "base/yaml_tree.h"

#include <yaml.h>

/* libyaml counts lines and columns from zero. */
static struct yaml_place place_of(yaml_mark_t mark)
{
    return (struct yaml_place){(unsigned)mark.line + 1, (unsigned)mark.column + 1};
}

static struct wgo_str text_of(const yaml_char_t *text)
{
    return wgo_str((const char *)text);
}

/* The place of byte 'at': columns are characters, as everywhere in messages. */
static struct yaml_place place_at(struct wgo_str bytes, size_t at)
{
    struct yaml_place place = {1, 1};
    for (size_t i = 0; i < at && i < bytes.len; i++) {
        if (bytes.ptr[i] == '\n') {
            place.line++;
            place.column = 1;
        } else if (((unsigned char)bytes.ptr[i] & 0xc0) != 0x80) {
            place.column++;
        }
    }
    return place;
}

static enum wgo_status parser_problem(struct yaml_tree *tree, const yaml_parser_t *parser,
                                      struct wgo_str bytes)
{
    struct yaml_place place = place_of(parser->problem_mark);
    const char *problem = parser->problem ? parser->problem : "malformed";
    switch (parser->error) {
    case YAML_MEMORY_ERROR:
        return yaml_tree_nomem(tree);
    case YAML_READER_ERROR:
        place = place_at(bytes, parser->problem_offset);
        return yaml_tree_fail(tree, WGO_E_PARSE, place, "%s", problem);
    default:
        if (parser->context) {
            return yaml_tree_fail(tree, WGO_E_PARSE, place, "%s %s", problem, parser->context);
        }
        return yaml_tree_fail(tree, WGO_E_PARSE, place, "%s", problem);
    }
}

static bool is_null_word(struct wgo_str text)
{
    static const char *const words[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; i < WGO_COUNT(words); i++) {
        if (wgo_str_is(text, words[i])) {
            return true;
        }
    }
    return false;
}

static enum wgo_status take_scalar(struct yaml_tree *tree, const yaml_event_t *event)
{
    struct wgo_str text =
        wgo_str_from((const char *)event->data.scalar.value, event->data.scalar.length);
    struct wgo_str tag = text_of(event->data.scalar.tag);
    struct yaml_scalar scalar = {
        .text = text,
        /* A tag that says string counts as quotes. */
        .quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE || wgo_str_is(tag, "!") ||
                  wgo_str_is(tag, YAML_STR_TAG),
    };
    scalar.null = wgo_str_is(tag, YAML_NULL_TAG) || (!scalar.quoted && is_null_word(text));
    return yaml_tree_scalar(tree, &scalar, text_of(event->data.scalar.anchor),
                            place_of(event->start_mark));
}

static enum wgo_status take_event(struct yaml_tree *tree, const yaml_event_t *event)
{
    struct yaml_place place = place_of(event->start_mark);
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (tree->root) {
            return yaml_tree_fail(tree, WGO_E_PARSE, place, "a second document begins here");
        }
        return WGO_OK;
    case YAML_SCALAR_EVENT:
        return take_scalar(tree, event);
    case YAML_ALIAS_EVENT:
        return yaml_tree_alias(tree, text_of(event->data.alias.anchor), place);
    case YAML_SEQUENCE_START_EVENT:
        return yaml_tree_open(tree, WGO_YAML_LIST, text_of(event->data.sequence_start.anchor),
                              place);
    case YAML_MAPPING_START_EVENT:
        return yaml_tree_open(tree, WGO_YAML_MAP, text_of(event->data.mapping_start.anchor), place);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return yaml_tree_close(tree);
    default:
        return WGO_OK;
    }
}

static enum wgo_status take_all(struct yaml_tree *tree, yaml_parser_t *parser, struct wgo_str bytes)
{
    bool more = true;
    while (more) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            return parser_problem(tree, parser, bytes);
        }
        more = event.type != YAML_STREAM_END_EVENT;
        enum wgo_status status = take_event(tree, &event);
        yaml_event_delete(&event);
        if (status) {
            return status;
        }
    }
    return WGO_OK;
}

enum wgo_status wgo_yaml_parse(struct wgo_arena *arena, const char *name, struct wgo_str bytes,
                               size_t max_nodes, struct wgo_yaml **out_root, struct wgo_error *err)
{
    struct yaml_tree tree = {.arena = arena, .name = name, .max_nodes = max_nodes, .err = err};
    size_t bad_at;
    if (!wgo_str_is_utf8(bytes, &bad_at)) {
        return yaml_tree_fail(&tree, WGO_E_PARSE, place_at(bytes, bad_at), "not UTF-8");
    }
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        return yaml_tree_nomem(&tree);
    }
    yaml_parser_set_input_string(&parser, (const unsigned char *)(bytes.len ? bytes.ptr : ""),
                                 bytes.len);
    enum wgo_status status = take_all(&tree, &parser, bytes);
    yaml_parser_delete(&parser);
    if (status == WGO_OK && !tree.root) {
        status = yaml_tree_scalar(&tree, &(struct yaml_scalar){.null = true}, (struct wgo_str){0},
                                  (struct yaml_place){1, 1});
    }
    if (status == WGO_OK) {
        *out_root = &tree.root->yaml;
    }
    return status;
}

const struct wgo_yaml *wgo_yaml_get(const struct wgo_yaml *map, const char *key)
{
    const struct wgo_yaml *child = wgo_yaml_is_map(map) ? map->first : NULL;
    struct wgo_str wanted = wgo_str(key);
    while (child && !wgo_str_eq(child->key, wanted)) {
        child = child->next;
    }
    return child;
}

void wgo_yaml_digest(const struct wgo_yaml *node, struct wgo_digest *out)
{
    uint64_t facts[] = {node ? node->kind + UINT64_C(1) : 0, node ? node->count : 0};
    wgo_digest_add(out, wgo_str_from((const char *)facts, sizeof(facts)));
    if (node) {
        wgo_digest_add(out, node->key);
        wgo_digest_add(out, node->text);
        for (const struct wgo_yaml *at = node->first; at; at = at->next) {
            wgo_yaml_digest(at, out);
        }
    }
}

struct wgo_str wgo_yaml_text(const struct wgo_yaml *map, const char *key)
{
    const struct wgo_yaml *child = wgo_yaml_get(map, key);
    return child && child->kind == WGO_YAML_SCALAR ? child->text : (struct wgo_str){0};
}

bool wgo_yaml_is_list(const struct wgo_yaml *node)
{
    return node && node->kind == WGO_YAML_LIST;
}

bool wgo_yaml_is_map(const struct wgo_yaml *node)
{
    return node && node->kind == WGO_YAML_MAP;
}
