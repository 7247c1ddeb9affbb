#include "base/pack.h"
#include "base/yaml.h"

/* The number of nodes, then each of them before its children. A node is a number that says what it
 * is, its line and column, its key with the line of that where it has one, and its text or the
 * number of its children. A NUL follows each text, so that nothing needs to be copied. */
enum { KIND = 3, QUOTED = 4, KEYED = 8, FLAGS_END = 16 };
enum { DEEPEST = 64, SMALLEST_NODE = 4 /* bytes */ };

static bool is_leaf(const struct wgo_yaml *node)
{
    return node->kind == WGO_YAML_NULL || node->kind == WGO_YAML_SCALAR;
}

static size_t nodes_of(const struct wgo_yaml *node)
{
    size_t count = 1;
    for (const struct wgo_yaml *at = node->first; at; at = at->next) {
        count += nodes_of(at);
    }
    return count;
}

static void put_text(struct wgo_buf *out, struct wgo_str text)
{
    wgo_pack_text(out, text);
    wgo_buf_char(out, '\0');
}

static void put_node(struct wgo_buf *out, const struct wgo_yaml *node)
{
    bool keyed = node->key.ptr != NULL;
    wgo_pack_number(out, (unsigned)node->kind | (node->quoted ? QUOTED : 0) | (keyed ? KEYED : 0));
    wgo_pack_number(out, node->line);
    wgo_pack_number(out, node->column);
    if (keyed) {
        put_text(out, node->key);
        wgo_pack_number(out, node->key_line);
    }
    if (is_leaf(node)) {
        put_text(out, node->text);
        return;
    }
    wgo_pack_number(out, node->count);
    for (const struct wgo_yaml *at = node->first; at; at = at->next) {
        put_node(out, at);
    }
}

void wgo_yaml_pack(const struct wgo_yaml *root, struct wgo_buf *out)
{
    wgo_pack_number(out, nodes_of(root));
    put_node(out, root);
}

struct unpacking {
    struct wgo_unpack in;
    struct wgo_yaml *next, *end; /* nodes not used yet */
};

static struct wgo_str take_text(struct wgo_unpack *in)
{
    struct wgo_str text = wgo_unpack_text(in);
    if (in->bad || in->rest.len == 0 || *in->rest.ptr != '\0') {
        in->bad = true;
        return (struct wgo_str){0};
    }
    in->rest = wgo_str_slice(in->rest, 1, in->rest.len);
    return text;
}

static unsigned take_place(struct wgo_unpack *in)
{
    uint64_t number = wgo_unpack_number(in);
    in->bad = in->bad || number == 0 || number > UINT32_MAX;
    return (unsigned)number;
}

static struct wgo_yaml *take_node(struct unpacking *u, bool in_map, unsigned level)
{
    uint64_t flags = wgo_unpack_number(&u->in);
    bool keyed = (flags & KEYED) != 0;
    u->in.bad =
        u->in.bad || flags >= FLAGS_END || keyed != in_map || u->next == u->end || level > DEEPEST;
    if (u->in.bad) {
        return NULL;
    }
    struct wgo_yaml *node = u->next++;
    node->kind = (enum wgo_yaml_kind)(flags & KIND);
    node->quoted = (flags & QUOTED) != 0;
    node->line = take_place(&u->in);
    node->column = take_place(&u->in);
    if (keyed) {
        node->key = take_text(&u->in);
        node->key_line = take_place(&u->in);
    }
    if (is_leaf(node)) {
        node->text = take_text(&u->in);
        return node;
    }
    node->count = (size_t)wgo_unpack_number(&u->in);
    struct wgo_yaml **at = &node->first;
    for (size_t i = 0; i < node->count && !u->in.bad; i++) {
        *at = take_node(u, node->kind == WGO_YAML_MAP, level + 1);
        at = *at ? &(*at)->next : at;
    }
    return node;
}

enum wgo_status wgo_yaml_unpack(struct wgo_arena *arena, const char *name, struct wgo_str bytes,
                                struct wgo_yaml **out_root, struct wgo_error *err)
{
    struct unpacking u = {.in = {.rest = bytes}};
    uint64_t count = wgo_unpack_number(&u.in);
    if (!u.in.bad && count <= bytes.len / SMALLEST_NODE) {
        u.next = WGO_NEW_ARRAY(arena, struct wgo_yaml, (size_t)count);
        if (!u.next) {
            return wgo_fail(err, WGO_E_NOMEM, "%s: out of memory", name);
        }
        u.end = u.next + count;
    }
    struct wgo_yaml *root = take_node(&u, false, 0);
    if (u.in.bad || u.in.rest.len > 0 || u.next != u.end) {
        return wgo_fail(err, WGO_E_PARSE, "%s: no packed tree", name);
    }
    *out_root = root;
    return WGO_OK;
}
