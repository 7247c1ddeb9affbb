/* load_item.c: what becomes of each item: fields, tags, dependencies, children, redaction. */
#include "catalog/reading.h"

static const char *const TAGS[] = {"map", "list", "key", "value"};
static const char *const DEPENDENCY[] = {"path", "id"};
static const char *const CHILD[] = {"entry", "vars", "needs", "batch"};
static const char *const KEEP[] = {"as", "while"};
static const char *const KINDS[] = {"by", "of", "children"};
static const char *const TYPES[] = {"by", "are"};

static const struct {
    const char *key;
    enum wgo_entry_field field;
} FIELDS[] = {
    {"id", WGO_FIELD_ID},
    {"type", WGO_FIELD_TYPE},
    {"resource_name", WGO_FIELD_NAME},
    {"account", WGO_FIELD_ACCOUNT},
    {"region", WGO_FIELD_REGION},
    {"namespace", WGO_FIELD_NAMESPACE},
    {"native_id", WGO_FIELD_NATIVE_ID},
    {"native_type", WGO_FIELD_NATIVE_TYPE},
    {"created", WGO_FIELD_CREATED},
    {"updated", WGO_FIELD_UPDATED},
    {"version", WGO_FIELD_VERSION},
};

void wgo_read_fields(struct wgo_reading *r)
{
    for (size_t i = 0; i < WGO_COUNT(FIELDS); i++) {
        wgo_read_template(r, wgo_field(r, FIELDS[i].key), &r->entry->fields[FIELDS[i].field]);
    }
}

/* A type's glob is the name of a member, and what it says is the type. */
static void read_type_words(struct wgo_reading *r, const struct wgo_yaml *are)
{
    struct wgo_str *globs = WGO_NEW_ARRAY(r->loader->arena, struct wgo_str, are->count);
    struct wgo_str *types = WGO_NEW_ARRAY(r->loader->arena, struct wgo_str, are->count);
    size_t count = 0;
    if (!globs || !types) {
        wgo_refuse(r, are, "out of memory");
        return;
    }
    for (const struct wgo_yaml *at = are->first; at; at = at->next) {
        globs[count] = wgo_keep(r, at->key);
        types[count] = wgo_text_of(r, at);
        if (types[count].len == 0 || wgo_str_find_char(types[count], '{') < types[count].len) {
            wgo_refuse(r, at, "types: a type is one word");
        }
        count++;
    }
    r->entry->type_globs = (struct wgo_str_list){globs, count};
    r->entry->view.types = (struct wgo_str_list){types, count};
}

void wgo_read_types(struct wgo_reading *r)
{
    const struct wgo_yaml *types = wgo_field(r, "types");
    if (!types) {
        return;
    }
    wgo_check_members(r, types, TYPES, WGO_COUNT(TYPES));
    const struct wgo_yaml *are = wgo_member(types, "are");
    wgo_read_template(r, wgo_member(types, "by"), &r->entry->types_by);
    if (wgo_template_empty(&r->entry->types_by) || !wgo_yaml_is_map(are) || are->count == 0) {
        wgo_refuse(r, types, "types needs by and are");
        return;
    }
    if (r->entry->part.len > 0 || wgo_template_empty(&r->entry->fields[WGO_FIELD_TYPE])) {
        wgo_refuse(r, types,
                   "types needs type, which is what an item is otherwise; a part has none");
    }
    read_type_words(r, are);
}

void wgo_read_tags(struct wgo_reading *r)
{
    const struct wgo_yaml *tags = wgo_field(r, "tags");
    r->entry->tags_slot = -1;
    if (!tags) {
        return;
    }
    wgo_check_members(r, tags, TAGS, WGO_COUNT(TAGS));
    struct wgo_str map = wgo_yaml_text(tags, "map"), list = wgo_yaml_text(tags, "list");
    if ((map.len == 0) == (list.len == 0)) {
        wgo_refuse(r, tags, "tags needs either map or list");
        return;
    }
    r->entry->tags_form = map.len ? WGO_TAGS_MAP : WGO_TAGS_LIST;
    r->entry->tags_slot = wgo_pick(r, tags, wgo_keep(r, map.len ? map : list));
    struct wgo_str key = wgo_yaml_text(tags, "key"), value = wgo_yaml_text(tags, "value");
    r->entry->tag_key = key.len ? wgo_keep(r, key) : WGO_STR("Key");
    r->entry->tag_value = value.len ? wgo_keep(r, value) : WGO_STR("Value");
}

static const struct wgo_yaml *link_named(const struct wgo_reading *r, struct wgo_str name)
{
    for (size_t i = 0; i < WGO_COUNT(r->loader->links); i++) {
        const struct wgo_yaml *links = r->loader->links[i];
        for (const struct wgo_yaml *at = links ? links->first : NULL; at; at = at->next) {
            if (wgo_str_eq(at->key, name)) {
                return at;
            }
        }
    }
    return NULL;
}

/* {path, id}, or the short form `path: link`, where a link is one that the catalogs name, or a
 * template. */
static void read_dependency(struct wgo_reading *r, const struct wgo_yaml *node, bool is_short)
{
    struct wgo_entry_dependency *dependency = &r->entry->dependencies[r->entry->dependency_count++];
    const struct wgo_yaml *id = node;
    dependency->absolute = r->loader->absolute;
    if (is_short) {
        dependency->path = wgo_keep(r, node->key);
        bool is_template = wgo_str_find_char(node->text, '{') < node->text.len;
        id = is_template ? node : link_named(r, node->text);
        if (!id) {
            wgo_refuse(r, node, "no link is named \"%.*s\"", WGO_FMT(node->text));
            return;
        }
    } else {
        wgo_check_members(r, node, DEPENDENCY, WGO_COUNT(DEPENDENCY));
        dependency->path = wgo_text_of(r, wgo_member(node, "path"));
        id = wgo_member(node, "id");
    }
    wgo_read_template(r, id, &dependency->id);
    if (dependency->path.len == 0 || wgo_template_empty(&dependency->id)) {
        wgo_refuse(r, node, "a dependency needs path and id");
    }
}

/* Those along the chain add up. */
void wgo_read_dependencies(struct wgo_reading *r)
{
    size_t count = 0;
    for (size_t i = 0; i < r->chain_count; i++) {
        const struct wgo_yaml *node = wgo_member(r->chain[i], "dependencies");
        if (node && !wgo_yaml_is_map(node) && !wgo_yaml_is_list(node)) {
            wgo_refuse(r, node, "dependencies must be a map or a list");
        }
        count += node ? node->count : 0;
    }
    if (count > WGO_JSON_FINDS) {
        wgo_refuse(r, r->chain[0], "more than 64 dependencies");
    }
    if (count == 0 || r->status != WGO_OK) {
        return;
    }
    r->entry->dependencies = WGO_NEW_ARRAY(r->loader->arena, struct wgo_entry_dependency, count);
    if (!r->entry->dependencies) {
        wgo_refuse(r, r->chain[0], "out of memory");
        return;
    }
    for (size_t i = 0; i < r->chain_count; i++) {
        const struct wgo_yaml *node = wgo_member(r->chain[i], "dependencies");
        bool is_short = wgo_yaml_is_map(node);
        for (const struct wgo_yaml *at = node ? node->first : NULL; at; at = at->next) {
            read_dependency(r, at, is_short);
        }
    }
}

void wgo_read_children(struct wgo_reading *r)
{
    const struct wgo_yaml *list = wgo_field(r, "children"), *at = wgo_elements(r, list);
    if (!at) {
        return;
    }
    r->entry->children = WGO_NEW_ARRAY(r->loader->arena, struct wgo_entry_child, list->count);
    if (!r->entry->children) {
        wgo_refuse(r, list, "out of memory");
        return;
    }
    for (; at; at = at->next) {
        struct wgo_entry_child *child = &r->entry->children[r->entry->child_count++];
        wgo_check_members(r, at, CHILD, WGO_COUNT(CHILD));
        const struct wgo_yaml *batch = wgo_member(at, "batch");
        uint64_t most = 0;
        child->entry = wgo_text_of(r, wgo_member(at, "entry"));
        child->vars = wgo_read_pairs(r, wgo_member(at, "vars"), &child->var_count);
        wgo_read_template(r, wgo_member(at, "needs"), &child->needs);
        if (batch && (!wgo_str_to_u64(batch->text, &most) || most == 0 || most > 1000)) {
            wgo_refuse(r, batch, "batch must be a number from 1 to 1000");
        }
        child->batch = (unsigned)most;
        if (child->entry.len == 0) {
            wgo_refuse(r, at, "a child needs entry");
        }
    }
}

void wgo_read_kinds(struct wgo_reading *r)
{
    const struct wgo_yaml *kinds = wgo_field(r, "kinds");
    struct wgo_entry_kinds *out = &r->entry->kinds;
    out->of_slot = -1;
    if (!kinds) {
        return;
    }
    wgo_check_members(r, kinds, KINDS, WGO_COUNT(KINDS));
    wgo_read_template(r, wgo_member(kinds, "by"), &out->by);
    struct wgo_str of = wgo_text_of(r, wgo_member(kinds, "of"));
    const struct wgo_yaml *children = wgo_member(kinds, "children");
    out->children = !children || wgo_truth_of(r, children);
    if (wgo_template_empty(&out->by) || of.len == 0 || r->entry->items.len == 0) {
        wgo_refuse(r, kinds, "kinds needs by and of, and the entry items");
    } else if (!wgo_str_is(of, ".")) {
        out->of_slot = wgo_pick(r, kinds, of);
    }
    if (r->entry->dependency_count + r->entry->child_count > 0) {
        wgo_refuse(r, kinds, "dependencies and children are those of the kinds' own entries");
    }
}

void wgo_read_finish(struct wgo_reading *r)
{
    struct wgo_str with = wgo_text_field(r, "finish_with");
    r->entry->finish = wgo_text_field(r, "finish");
    r->entry->finish_slot = -1;
    if (with.len > 0) {
        r->entry->finish_slot = wgo_pick(r, wgo_field(r, "finish_with"), with);
    }
    const struct wgo_yaml *own = wgo_member(r->chain[0], "finish_with");
    if (own && own->text.len > 0 && r->entry->finish.len == 0) {
        wgo_refuse(r, own, "finish_with needs finish");
    }
}

void wgo_read_keep(struct wgo_reading *r)
{
    const struct wgo_yaml *keep = wgo_field(r, "keep");
    if (!keep) {
        return;
    }
    wgo_check_members(r, keep, KEEP, WGO_COUNT(KEEP));
    wgo_read_template(r, wgo_member(keep, "as"), &r->entry->keep_as);
    wgo_read_template(r, wgo_member(keep, "while"), &r->entry->keep_while);
    if (wgo_template_empty(&r->entry->keep_as) || wgo_template_empty(&r->entry->keep_while)) {
        wgo_refuse(r, keep, "keep needs as and while");
    }
    if (r->entry->child_count > 0 || r->entry->kinds.children || r->entry->decode.len > 0) {
        wgo_refuse(r, keep, "what is kept leads to nothing: no children, no decode");
    }
}

/* Adds one rule per scalar of the lists named 'key' along the chain: extending adds, never removes.
 */
static size_t add_rules(struct wgo_reading *r, const char *key, enum wgo_json_action action,
                        struct wgo_json_rule *rules, size_t count, size_t max)
{
    for (size_t i = 0; i < r->chain_count; i++) {
        const struct wgo_yaml *list = wgo_member(r->chain[i], key);
        for (const struct wgo_yaml *at = wgo_elements(r, list); at; at = at->next) {
            if (count == max) {
                wgo_refuse(r, at, "too many %s paths", key);
                return count;
            }
            if (at->text.len == 0) { /* the empty path is the whole item */
                wgo_refuse(r, at, "%s holds what is no path", key);
            }
            rules[count++] = (struct wgo_json_rule){.path = at->text, .action = action};
        }
    }
    return count;
}

#define MAX_RULES 224

static void make_plan(struct wgo_reading *r, const struct wgo_json_rule *rules, size_t count,
                      struct wgo_json_plan **out)
{
    if (r->status != WGO_OK) {
        return;
    }
    enum wgo_status status = wgo_json_plan_new(rules, count, out, r->loader->err);
    if (status != WGO_OK) {
        wgo_error_prefix(r->loader->err, "%s: line %u: entry %.*s", r->loader->file,
                         r->chain[0]->line, WGO_FMT(r->entry->name));
        r->status = status;
    }
}

static size_t add_picks(const struct wgo_reading *r, struct wgo_json_rule *rules)
{
    for (unsigned i = 0; i < r->picks.count; i++) {
        rules[i] =
            (struct wgo_json_rule){.path = r->picks.paths[i], .action = WGO_JSON_PICK, .slot = i};
    }
    return r->picks.count;
}

void wgo_make_plans(struct wgo_reading *r)
{
    struct wgo_json_rule rules[MAX_RULES];
    size_t count = 0;
    if (r->entry->items.len > 0) {
        bool whole = wgo_str_is(r->entry->items, "."); /* the document is the item */
        rules[count++] = (struct wgo_json_rule){
            .path = whole ? (struct wgo_str){0} : r->entry->items, .action = WGO_JSON_ITEM};
    }
    for (unsigned i = 0; i < r->entry->token_count; i++) {
        rules[count++] = (struct wgo_json_rule){
            .path = r->entry->token_out[i], .action = WGO_JSON_PICK, .slot = i};
    }
    const struct {
        struct wgo_str path;
        enum wgo_page_slot slot;
    } picks[] = {{r->entry->more, WGO_SLOT_MORE},
                 {r->entry->numbers.total, WGO_SLOT_TOTAL},
                 {r->entry->numbers.last, WGO_SLOT_LAST},
                 {r->entry->poll.status, WGO_SLOT_POLL_STATUS},
                 {r->entry->poll.error, WGO_SLOT_POLL_ERROR}};
    for (size_t i = 0; i < WGO_COUNT(picks); i++) {
        if (picks[i].path.len > 0) {
            rules[count++] = (struct wgo_json_rule){
                .path = picks[i].path, .action = WGO_JSON_PICK, .slot = picks[i].slot};
        }
    }
    for (unsigned i = 0; i < r->entry->partial.count; i++) {
        rules[count++] = (struct wgo_json_rule){.path = r->entry->partial.items[i],
                                                .action = WGO_JSON_PICK,
                                                .slot = WGO_SLOT_PARTIAL + i};
    }
    make_plan(r, rules, count, &r->entry->page_plan);

    count = add_picks(r, rules);
    if (wgo_entry_is_bulk(r->entry)) {
        make_plan(r, rules, count, &r->entry->kinds.picks);
        count = 0; /* what is kept may be another value than what is picked from */
    }
    for (unsigned i = 0; i < r->entry->dependency_count; i++) {
        rules[count++] = (struct wgo_json_rule){
            .path = r->entry->dependencies[i].path, .action = WGO_JSON_FIND, .slot = i};
    }
    count = add_rules(r, "sensitive", WGO_JSON_REDACT, rules, count, MAX_RULES);
    count = add_rules(r, "cut", WGO_JSON_CUT, rules, count, MAX_RULES);
    make_plan(r, rules, count, &r->entry->item_plan);
}

/* ---- what is shown of sensitive values ---- */

static bool is_hidden(const struct wgo_reading *r, int slot, const struct wgo_json_rule *rules,
                      size_t count)
{
    for (size_t i = 0; slot >= 0 && i < count; i++) {
        if (wgo_json_paths_meet(r->picks.paths[slot], rules[i].path)) {
            return true;
        }
    }
    return false;
}

static bool tells_hidden(const struct wgo_reading *r, const struct wgo_template *text,
                         const struct wgo_json_rule *rules, size_t count)
{
    bool tells = false;
    for (size_t i = 0; i < text->count && !tells; i++) {
        const struct wgo_template_part *part = &text->parts[i];
        tells = part->is_hole && part->is_item && is_hidden(r, part->slot, rules, count);
    }
    return tells;
}

/* Whether tags or fields are made of what one of the rules hides. */
static bool shows_hidden(const struct wgo_reading *r, const struct wgo_json_rule *rules,
                         size_t count)
{
    const struct wgo_entry *entry = r->entry;
    bool shows = is_hidden(r, entry->tags_slot, rules, count);
    for (size_t field = 0; field < WGO_FIELD_COUNT && !shows; field++) {
        shows = field != WGO_FIELD_ID && tells_hidden(r, &entry->fields[field], rules, count);
    }
    return shows;
}

static bool asks_with_hidden(const struct wgo_reading *r, const struct wgo_json_rule *rules,
                             size_t count)
{
    bool asks = false;
    for (size_t i = 0; i < r->entry->child_count; i++) {
        const struct wgo_entry_child *child = &r->entry->children[i];
        for (size_t v = 0; v < child->var_count && !asks; v++) {
            asks = tells_hidden(r, &child->vars[v].value, rules, count);
        }
    }
    return asks;
}

/* The path of what is below 'path' in what a bulk list keeps, within the item. */
static struct wgo_str below_kept(struct wgo_reading *r, struct wgo_str path)
{
    int slot = r->entry->kinds.of_slot;
    if (!wgo_entry_is_bulk(r->entry) || slot < 0) {
        return path;
    }
    bool joins = path.len > 0 && path.ptr[0] == '[';
    struct wgo_str joined =
        wgo_str_format(r->loader->arena, "%.*s%s%.*s", WGO_FMT(r->picks.paths[slot]),
                       joins ? "" : ".", WGO_FMT(path));
    if (!joined.ptr) {
        wgo_refuse(r, r->chain[0], "out of memory");
    }
    return joined;
}

void wgo_make_veil(struct wgo_reading *r)
{
    struct wgo_json_rule rules[MAX_RULES];
    if (r->status != WGO_OK) {
        return;
    }
    size_t count = add_rules(r, "sensitive", WGO_JSON_REDACT, rules, 0, MAX_RULES);
    for (size_t i = 0; i < count; i++) {
        rules[i].path = below_kept(r, rules[i].path);
    }
    r->entry->asks_with_secrets = asks_with_hidden(r, rules, count);
    if (r->status == WGO_OK && shows_hidden(r, rules, count)) {
        make_plan(r, rules, count, &r->entry->veil.copy);
        make_plan(r, rules, add_picks(r, rules), &r->entry->veil.picks);
    }
}
