/* Shapes from their notation (shape.h). Two passes: the first finds the names, the second the
 * members, which may refer to any of them. */
#include "aws/shape.h"

#include "aws/shape_hash.h"
#include "base/json_write.h"

#include <stdlib.h>

enum { DEEPEST_TYPE = 16 }; /* lists of lists of lists ... */

struct named {
    struct wgo_str name;
    struct wgo_aws_shape shape;
};

struct parse {
    struct wgo_arena *arena;
    struct wgo_error *err;
    struct wgo_aws_service *service;
    struct named *types; /* sorted by name */
    size_t type_count;
    struct wgo_str rest; /* lines not yet read */
    size_t line_number;
    struct wgo_buf text; /* scratch */
};

static enum wgo_status bad(struct parse *p, const char *what)
{
    return wgo_fail(p->err, WGO_E_PARSE, "shapes of %.*s: line %zu: %s", WGO_FMT(p->service->name),
                    p->line_number, what);
}

static enum wgo_status no_memory(struct parse *p)
{
    return wgo_fail(p->err, WGO_E_NOMEM, "out of memory");
}

/* The next line that is no comment; false at the end. */
static bool next_line(struct parse *p, struct wgo_str *out_line)
{
    while (p->rest.ptr && p->rest.len > 0) {
        *out_line = wgo_str_split(&p->rest, '\n');
        p->line_number++;
        if (out_line->len > 0 && out_line->ptr[0] != '#') {
            return true;
        }
    }
    return false;
}

static void rewind_to(struct parse *p, struct wgo_str text)
{
    p->rest = text;
    p->line_number = 0;
}

static bool is_member(struct wgo_str line)
{
    return line.ptr[0] == ' ';
}

/* ---- the first pass ---- */

static bool read_protocol(struct wgo_str word, enum wgo_aws_protocol *out)
{
    static const char *const names[] = {
        [WGO_AWS_EC2] = "ec2", [WGO_AWS_QUERY] = "query", [WGO_AWS_REST_XML] = "rest-xml"};
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        if (wgo_str_is(word, names[i])) {
            *out = (enum wgo_aws_protocol)i;
            return true;
        }
    }
    return false;
}

static enum wgo_status read_op(struct parse *p, struct wgo_str words)
{
    struct wgo_aws_output *output = &p->service->outputs[p->service->output_count++];
    output->operation = wgo_str_split(&words, ' ');
    output->service = p->service;
    output->shape.kind = WGO_AWS_STRUCTURE;
    if (words.ptr) {
        struct wgo_str in = wgo_str_split(&words, ' ');
        output->wrapper = words;
        if (!wgo_str_is(in, "in") || words.len == 0) {
            return bad(p, "an operation's name is followed by \"in WRAPPER\" or nothing");
        }
    }
    return output->operation.len ? WGO_OK : bad(p, "an operation without a name");
}

static enum wgo_status read_heading(struct parse *p, struct wgo_str line)
{
    struct wgo_str words = line, word = wgo_str_split(&words, ' ');
    if (!words.ptr || words.len == 0) {
        return bad(p, "a word without anything behind it");
    }
    if (wgo_str_is(word, "op")) {
        return read_op(p, words);
    }
    if (wgo_str_is(word, "type")) {
        p->types[p->type_count++] =
            (struct named){.name = words, .shape = {.kind = WGO_AWS_STRUCTURE}};
        return WGO_OK;
    }
    if (wgo_str_is(word, "version")) {
        p->service->version = words;
        return WGO_OK;
    }
    if (wgo_str_is(word, "protocol") && read_protocol(words, &p->service->protocol)) {
        return WGO_OK;
    }
    return bad(p, "neither protocol, version, op nor type, nor a member");
}

static int by_operation(const void *a, const void *b)
{
    const struct wgo_aws_output *first = a, *second = b;
    return wgo_str_cmp(first->operation, second->operation);
}

static int by_name(const void *a, const void *b)
{
    const struct named *first = a, *second = b;
    return wgo_str_cmp(first->name, second->name);
}

static enum wgo_status sort_names(struct parse *p)
{
    struct wgo_aws_service *service = p->service;
    qsort(service->outputs, service->output_count, sizeof(*service->outputs), by_operation);
    qsort(p->types, p->type_count, sizeof(*p->types), by_name);
    for (size_t i = 1; i < service->output_count; i++) {
        if (by_operation(&service->outputs[i - 1], &service->outputs[i]) == 0) {
            return bad(p, "an operation is there twice");
        }
    }
    for (size_t i = 1; i < p->type_count; i++) {
        if (by_name(&p->types[i - 1], &p->types[i]) == 0) {
            return bad(p, "a type is there twice");
        }
    }
    return WGO_OK;
}

static enum wgo_status read_names(struct parse *p)
{
    struct wgo_str line, whole = p->rest;
    size_t headings = 0;
    while (next_line(p, &line)) {
        headings += !is_member(line);
    }
    p->service->outputs = WGO_NEW_ARRAY(p->arena, struct wgo_aws_output, headings + 1);
    p->types = WGO_NEW_ARRAY(p->arena, struct named, headings + 1);
    if (!p->service->outputs || !p->types) {
        return no_memory(p);
    }
    rewind_to(p, whole);
    while (next_line(p, &line)) {
        enum wgo_status status = is_member(line) ? WGO_OK : read_heading(p, line);
        if (status) {
            return status;
        }
    }
    return sort_names(p);
}

/* ---- the second pass ---- */

static const struct scalar {
    const char *name;
    struct wgo_aws_shape shape;
} scalars[] = {
    {"", {.kind = WGO_AWS_STRING}},       {"bool", {.kind = WGO_AWS_BOOL}},
    {"int", {.kind = WGO_AWS_INT}},       {"float", {.kind = WGO_AWS_FLOAT}},
    {"blob", {.kind = WGO_AWS_BLOB}},     {"time", {.kind = WGO_AWS_TIME}},
    {"policy", {.kind = WGO_AWS_POLICY}}, {"json", {.kind = WGO_AWS_JSON}},
};

static struct wgo_aws_shape *find_type(struct parse *p, struct wgo_str name)
{
    struct named key = {.name = name};
    struct named *found = bsearch(&key, p->types, p->type_count, sizeof(key), by_name);
    return found ? &found->shape : NULL;
}

static enum wgo_status read_simple(struct parse *p, struct wgo_str word,
                                   const struct wgo_aws_shape **out_shape)
{
    if (word.len > 0 && word.ptr[0] == '.') {
        *out_shape = find_type(p, wgo_str_slice(word, 1, word.len));
        return *out_shape ? WGO_OK : bad(p, "a type that is not there");
    }
    for (size_t i = 0; i < WGO_COUNT(scalars); i++) {
        if (wgo_str_is(word, scalars[i].name)) {
            *out_shape = &scalars[i].shape;
            return WGO_OK;
        }
    }
    return bad(p, "an unknown type");
}

/* Words from left to right; each container's last word begins the type of what it holds. */
static enum wgo_status read_type(struct parse *p, struct wgo_str words,
                                 const struct wgo_aws_shape **out_shape)
{
    for (unsigned depth = 0; depth < DEEPEST_TYPE; depth++) {
        struct wgo_str all = words, word = wgo_str_split(&words, ' ');
        bool flat_list = wgo_str_is(word, "flat"), list = wgo_str_is(word, "list");
        bool flat_map = wgo_str_is(word, "flatmap"), map = wgo_str_is(word, "map");
        if (!flat_list && !list && !flat_map && !map) {
            return read_simple(p, all, out_shape);
        }
        struct wgo_aws_shape *shape = WGO_NEW(p->arena, struct wgo_aws_shape);
        if (!shape) {
            return no_memory(p);
        }
        shape->kind = list || flat_list ? WGO_AWS_LIST : WGO_AWS_MAP;
        shape->flat = flat_list || flat_map;
        if (list) {
            shape->item_name = wgo_str_split(&words, ' ');
        } else if (!flat_list) {
            shape->key_name = wgo_str_split(&words, ' ');
            shape->value_name = wgo_str_split(&words, ' ');
        }
        if ((list && shape->item_name.len == 0) ||
            (!list && !flat_list && (shape->key_name.len == 0 || shape->value_name.len == 0))) {
            return bad(p, "a list without its items' name, or a map without its keys' or values'");
        }
        *out_shape = shape;
        out_shape = &shape->item;
    }
    return bad(p, "lists nested too deep");
}

static void read_place(struct wgo_str place, struct wgo_aws_member *member)
{
    struct wgo_str name = wgo_str_slice(place, 1, place.len);
    member->element = name;
    switch (place.len > 0 ? place.ptr[0] : '\0') {
    case '@':
        member->place = WGO_AWS_ATTRIBUTE;
        break;
    case '.':
        member->place = WGO_AWS_ROOT;
        break;
    case '$':
        member->place = WGO_AWS_BODY;
        break;
    case '^':
        member->place = name.len == 0 ? WGO_AWS_HTTP_STATUS : WGO_AWS_HEADER;
        if (name.len > 0 && name.ptr[name.len - 1] == '*') {
            member->place = WGO_AWS_HEADERS;
            member->element.len--;
        }
        break;
    default:
        member->element = place;
    }
}

static enum wgo_status read_member(struct parse *p, struct wgo_str line,
                                   struct wgo_aws_member *member)
{
    struct wgo_str words = wgo_str_slice(line, 1, line.len), place = wgo_str_split(&words, ' ');
    struct wgo_str name = wgo_str_split(&place, '=');
    if (name.len == 0 || (place.ptr && place.len == 0)) {
        return bad(p, "a member without a name or place");
    }
    read_place(place.ptr ? place : name, member);
    wgo_buf_reset(&p->text);
    wgo_buf_char(&p->text, ',');
    wgo_json_quote(&p->text, name);
    wgo_buf_char(&p->text, ':');
    member->key =
        p->text.failed ? (struct wgo_str){0} : wgo_str_dup(p->arena, wgo_buf_view(&p->text));
    if (!member->key.ptr) {
        return no_memory(p);
    }
    return read_type(p, words, &member->shape);
}

/* Places that a structure knows without looking, and the table of its elements. */
static bool index_members(struct wgo_arena *arena, struct wgo_aws_shape *shape)
{
    unsigned size = 4;
    while (size < 2u * shape->member_count) {
        size *= 2;
    }
    uint8_t *slots = WGO_NEW_ARRAY(arena, uint8_t, size);
    if (!slots) {
        return false;
    }
    shape->slots = slots;
    shape->slot_mask = size - 1;
    for (unsigned i = 0; i < shape->member_count; i++) {
        const struct wgo_aws_member *member = &shape->members[i];
        if (member->place == WGO_AWS_ELEMENT) {
            unsigned at = wgo_aws_name_hash(member->element) & shape->slot_mask;
            while (slots[at] != 0) {
                at = (at + 1) & shape->slot_mask;
            }
            slots[at] = (uint8_t)(i + 1);
        }
        shape->attribute_count += member->place == WGO_AWS_ATTRIBUTE;
        shape->root = member->place == WGO_AWS_ROOT ? member : shape->root;
        shape->raw = member->place == WGO_AWS_BODY ? member : shape->raw;
    }
    return true;
}

/* The member lines that follow a heading. */
static enum wgo_status read_members(struct parse *p, struct wgo_aws_shape *shape)
{
    struct wgo_aws_member members[WGO_AWS_MEMBERS];
    size_t count = 0;
    struct wgo_str before = p->rest, line;
    size_t line_before = p->line_number;
    while (next_line(p, &line) && is_member(line)) {
        if (count == WGO_AWS_MEMBERS) {
            return bad(p, "too many members");
        }
        members[count] = (struct wgo_aws_member){.index = (uint8_t)count};
        enum wgo_status status = read_member(p, line, &members[count++]);
        if (status) {
            return status;
        }
        before = p->rest;
        line_before = p->line_number;
    }
    p->rest = before; /* the heading that ended the loop is the caller's */
    p->line_number = line_before;
    struct wgo_aws_member *kept = WGO_NEW_ARRAY(p->arena, struct wgo_aws_member, count + 1);
    if (!kept) {
        return no_memory(p);
    }
    memcpy(kept, members, count * sizeof(*kept));
    shape->members = kept;
    shape->member_count = (uint8_t)count;
    return index_members(p->arena, shape) ? WGO_OK : no_memory(p);
}

/* The shape that a heading's members belong to; NULL when they belong nowhere. */
static struct wgo_aws_shape *shape_of_heading(struct parse *p, struct wgo_str line,
                                              struct wgo_aws_output **out_output)
{
    struct wgo_str words = line, word = wgo_str_split(&words, ' ');
    *out_output = NULL;
    if (wgo_str_is(word, "type")) {
        return find_type(p, words);
    }
    if (!wgo_str_is(word, "op")) {
        return NULL;
    }
    struct wgo_str name = wgo_str_split(&words, ' ');
    struct wgo_aws_service *service = p->service;
    *out_output = &service->outputs[wgo_aws_service_output(service, name) - service->outputs];
    return &(*out_output)->shape;
}

static enum wgo_status read_shapes(struct parse *p)
{
    struct wgo_str line;
    while (next_line(p, &line)) {
        struct wgo_aws_output *output = NULL;
        struct wgo_aws_shape *shape = is_member(line) ? NULL : shape_of_heading(p, line, &output);
        if (is_member(line)) {
            return bad(p, "a member that belongs to nothing");
        }
        enum wgo_status status = shape ? read_members(p, shape) : WGO_OK;
        if (status) {
            return status;
        }
        for (unsigned i = 0; output && i < shape->member_count; i++) {
            enum wgo_aws_place place = shape->members[i].place;
            output->has_elements |=
                place == WGO_AWS_ELEMENT || place == WGO_AWS_ATTRIBUTE || place == WGO_AWS_ROOT;
        }
    }
    return WGO_OK;
}

enum wgo_status wgo_aws_service_parse(struct wgo_arena *arena, struct wgo_str name,
                                      struct wgo_str text,
                                      const struct wgo_aws_service **out_service,
                                      struct wgo_error *err)
{
    struct wgo_str kept = wgo_str_dup(arena, text);
    struct wgo_aws_service *service = WGO_NEW(arena, struct wgo_aws_service);
    if (!kept.ptr || !service) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    service->name = wgo_str_dup(arena, name);
    struct parse p = {.arena = arena, .err = err, .service = service};
    rewind_to(&p, kept);
    enum wgo_status status = read_names(&p);
    if (status == WGO_OK) {
        rewind_to(&p, kept);
        status = read_shapes(&p);
    }
    wgo_buf_fini(&p.text);
    if (status == WGO_OK) {
        *out_service = service;
    }
    return status;
}
