/* load_token.c: where the next page's token, number or offset goes: into the form where there is
 * one, else into the JSON body, else into the query. */
#include "base/json.h"
#include "catalog/reading.h"

const struct wgo_yaml *wgo_token_places(const struct wgo_reading *r)
{
    const struct wgo_yaml *page = wgo_field(r, "page");
    const struct wgo_yaml *in = wgo_member(page, "token_in");
    in = in ? in : wgo_member(page, "number_in");
    return in ? in : wgo_member(page, "offset_in");
}

static bool has_token(const struct wgo_template *text)
{
    for (size_t i = 0; i < text->count; i++) {
        const struct wgo_template_part *part = &text->parts[i];
        bool variable = part->is_hole && !part->is_item && !part->is_tag;
        if (variable &&
            (wgo_str_is(part->name, "token") || wgo_str_starts(part->name, WGO_STR("token.")))) {
            return true;
        }
    }
    return false;
}

static bool body_has_token(const struct wgo_body *body)
{
    bool has = body && has_token(&body->text);
    for (const struct wgo_body *at = body ? body->first : NULL; at && !has; at = at->next) {
        has = body_has_token(at);
    }
    return has;
}

bool wgo_takes_token(const struct wgo_entry *entry)
{
    const struct {
        const struct wgo_entry_query *pairs;
        size_t count;
    } all[] = {{entry->query, entry->query_count},
               {entry->headers, entry->header_count},
               {entry->form, entry->form_count}};
    bool takes = has_token(&entry->path) || has_token(&entry->body) || body_has_token(entry->json);
    for (size_t i = 0; i < WGO_COUNT(all); i++) {
        for (size_t k = 0; k < all[i].count && !takes; k++) {
            takes = has_token(&all[i].pairs[k].value);
        }
    }
    return takes;
}

/* Puts 'node' where its key says: in place of the member of that name, else before the others. */
static void put(struct wgo_yaml *map, struct wgo_yaml *node)
{
    for (struct wgo_yaml **link = &map->first; *link; link = &(*link)->next) {
        if (wgo_str_eq((*link)->key, node->key)) {
            node->next = (*link)->next;
            *link = node;
            return;
        }
    }
    node->next = map->first;
    map->first = node;
    map->count++;
}

/* A copy of the member that may be changed, in its place; an empty map when there is none. NULL
 * when it is something else. */
static struct wgo_yaml *own_map(struct wgo_reading *r, struct wgo_yaml *map, struct wgo_str key,
                                const struct wgo_yaml *at)
{
    struct wgo_arena *arena = r->loader->arena;
    const struct wgo_yaml *there = map->first;
    while (there && !wgo_str_eq(there->key, key)) {
        there = there->next;
    }
    bool is_map = there && wgo_yaml_is_map(there);
    if (there && !is_map && there->kind != WGO_YAML_NULL) {
        wgo_refuse(r, at, "%.*s of the body is no map, and holds no %.*s", WGO_FMT(key),
                   WGO_FMT(at->text));
        return NULL;
    }
    struct wgo_yaml *copy = WGO_NEW(arena, struct wgo_yaml);
    if (!copy) {
        wgo_refuse(r, at, "out of memory");
        return NULL;
    }
    *copy =
        (struct wgo_yaml){.kind = WGO_YAML_MAP, .line = at->line, .key_line = at->line, .key = key};
    struct wgo_yaml **link = &copy->first;
    for (const struct wgo_yaml *from = is_map ? there->first : NULL; from; from = from->next) {
        *link = WGO_NEW(arena, struct wgo_yaml);
        if (!*link) {
            wgo_refuse(r, at, "out of memory");
            return NULL;
        }
        **link = *from;
        (*link)->next = NULL;
        link = &(*link)->next;
        copy->count++;
    }
    put(map, copy);
    return copy;
}

/* The first member of '*path', which is cut off it; what is in quotes may hold dots. Empty when it
 * is none. */
static struct wgo_str first_member(struct wgo_reading *r, struct wgo_str *path)
{
    size_t end = wgo_str_find_unquoted(*path, '.');
    struct wgo_str name = wgo_str_slice(*path, 0, end);
    bool quoted = name.len > 1 && name.ptr[0] == '"' && name.ptr[name.len - 1] == '"';
    bool dangling = end + 1 == path->len;
    *path = wgo_str_slice(*path, end + 1, path->len);
    if (quoted) {
        name = wgo_json_check(name, NULL) == WGO_OK ? wgo_json_text(name, r->loader->arena)
                                                    : (struct wgo_str){0};
    }
    for (size_t i = 0; i < name.len && !quoted; i++) {
        name = strchr("[]*\" ", name.ptr[i]) ? (struct wgo_str){0} : name;
    }
    return dangling ? (struct wgo_str){0} : name;
}

/* `variables.after` of a JSON body: a member of its member. */
static void put_below(struct wgo_reading *r, struct wgo_yaml *map, struct wgo_yaml *node,
                      const struct wgo_yaml *at)
{
    struct wgo_str path = at->text;
    while (map && r->status == WGO_OK) {
        struct wgo_str name = first_member(r, &path);
        if (name.len == 0) {
            wgo_refuse(r, at,
                       "%.*s names no member: members are joined by dots, and one that "
                       "holds a dot is written in quotes",
                       WGO_FMT(at->text));
        } else if (path.len == 0) {
            node->key = name;
            put(map, node);
            return;
        } else {
            map = own_map(r, map, name, at);
        }
    }
}

/* In JSON a page's number is one, and a token is what the answer gave: a text, a number or a list.
 * What a header says is text. */
static bool is_json(const struct wgo_reading *r)
{
    return !wgo_member(wgo_field(r, "page"), "token_header");
}

void wgo_add_tokens(struct wgo_reading *r, struct wgo_yaml *map, bool is_body)
{
    const struct wgo_yaml *in = wgo_token_places(r);
    struct wgo_str first = wgo_page_first(r);
    struct wgo_arena *arena = r->loader->arena;
    bool several = wgo_yaml_is_list(in), json = is_body && is_json(r);
    unsigned n = 0;
    r->entry->token_json = json && wgo_member(wgo_field(r, "page"), "token_in") != NULL;
    for (const struct wgo_yaml *at = several ? in->first : in; at; at = several ? at->next : NULL) {
        struct wgo_yaml *node = WGO_NEW(arena, struct wgo_yaml);
        if (!node) {
            wgo_refuse(r, in, "out of memory");
            return;
        }
        *node = (struct wgo_yaml){.kind = WGO_YAML_SCALAR,
                                  .quoted = true,
                                  .line = at->line,
                                  .key = wgo_text_of(r, at),
                                  .key_line = at->line,
                                  .text = wgo_str_format(arena, "{token.%u%s|%.*s}", n++,
                                                         json ? ":json" : "", WGO_FMT(first))};
        if (is_body) {
            put_below(r, map, node, at);
        } else {
            put(map, node);
        }
    }
}
