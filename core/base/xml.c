#include "base/xml.h"

#include "base/buf.h"

#include <expat.h>
#include <limits.h>

enum { DEEPEST = 128 };

/* Stands between a namespace and a name in what expat reports; neither can hold it. */
#define SEPARATOR '\n'

struct level {
    struct wgo_xml *node;
    struct wgo_xml **end; /* where its next child goes */
    struct wgo_buf text;  /* kept from one element of this level to the next */
};

struct reader {
    XML_Parser parser;
    struct wgo_arena *arena;
    struct wgo_xml *root;
    enum wgo_status status; /* of a handler, which stopped the parser */
    const char *problem;
    unsigned depth;
    struct level levels[DEEPEST];
};

static void stop(struct reader *reader, enum wgo_status status, const char *problem)
{
    reader->status = status;
    reader->problem = problem;
    XML_StopParser(reader->parser, XML_FALSE);
}

static void stop_nomem(struct reader *reader)
{
    stop(reader, WGO_E_NOMEM, "out of memory");
}

static struct wgo_str local_name(struct wgo_arena *arena, const char *name)
{
    const char *separator = strrchr(name, SEPARATOR);
    return wgo_str_dup(arena, wgo_str(separator ? separator + 1 : name));
}

static bool read_attributes(struct reader *reader, struct wgo_xml *node, const char **pairs)
{
    size_t count = 0;
    while (pairs[2 * count]) {
        count++;
    }
    if (count == 0) {
        return true;
    }
    node->attributes = WGO_NEW_ARRAY(reader->arena, struct wgo_xml_attribute, count);
    if (!node->attributes) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        struct wgo_xml_attribute *attribute = &node->attributes[i];
        attribute->name = local_name(reader->arena, pairs[2 * i]);
        attribute->value = wgo_str_dup(reader->arena, wgo_str(pairs[2 * i + 1]));
        if (!attribute->name.ptr || !attribute->value.ptr) {
            return false;
        }
    }
    node->attribute_count = count;
    return true;
}

static void XMLCALL on_start(void *state, const char *name, const char **pairs)
{
    struct reader *reader = state;
    if (reader->status) {
        return; /* expat may report a little more after it was stopped */
    }
    if (reader->depth == DEEPEST) {
        stop(reader, WGO_E_TOO_LARGE, "nested too deep");
        return;
    }
    struct wgo_xml *node = WGO_NEW(reader->arena, struct wgo_xml);
    if (!node) {
        stop_nomem(reader);
        return;
    }
    node->name = local_name(reader->arena, name);
    if (!node->name.ptr || !read_attributes(reader, node, pairs)) {
        stop_nomem(reader);
        return;
    }
    if (reader->depth == 0) {
        reader->root = node;
    } else {
        struct level *parent = &reader->levels[reader->depth - 1];
        *parent->end = node;
        parent->end = &node->next;
    }
    struct level *level = &reader->levels[reader->depth++];
    level->node = node;
    level->end = &node->first;
    wgo_buf_reset(&level->text);
}

static void XMLCALL on_text(void *state, const char *text, int len)
{
    struct reader *reader = state;
    if (!reader->status && reader->depth > 0 &&
        !wgo_buf_append(&reader->levels[reader->depth - 1].text, text, (size_t)len)) {
        stop_nomem(reader);
    }
}

static void XMLCALL on_end(void *state, const char *name)
{
    struct reader *reader = state;
    (void)name;
    if (reader->status) {
        return;
    }
    struct level *level = &reader->levels[--reader->depth];
    level->node->text = wgo_str_dup(reader->arena, wgo_buf_view(&level->text));
    if (!level->node->text.ptr) {
        stop_nomem(reader);
    }
}

static void XMLCALL on_doctype(void *state, const char *name, const char *system_id,
                               const char *public_id, int has_subset)
{
    struct reader *reader = state;
    (void)name, (void)system_id, (void)public_id, (void)has_subset;
    stop(reader, WGO_E_PARSE, "a document type declaration is not accepted");
}

/* A document cut short is the commonest fault: it gets words of its own. */
static const char *problem_text(enum XML_Error problem)
{
    switch (problem) {
    case XML_ERROR_NO_ELEMENTS:
    case XML_ERROR_UNCLOSED_TOKEN:
    case XML_ERROR_PARTIAL_CHAR:
    case XML_ERROR_UNCLOSED_CDATA_SECTION:
        return "the document ends too early";
    default:
        return XML_ErrorString(problem);
    }
}

static enum wgo_status fail_here(struct reader *reader, struct wgo_error *err)
{
    enum wgo_status status = reader->status;
    const char *problem = reader->problem;
    if (!status) {
        enum XML_Error error = XML_GetErrorCode(reader->parser);
        status = error == XML_ERROR_NO_MEMORY ? WGO_E_NOMEM : WGO_E_PARSE;
        problem = problem_text(error);
    }
    return wgo_fail(err, status, "line %lu, column %lu: %s",
                    (unsigned long)XML_GetCurrentLineNumber(reader->parser),
                    (unsigned long)XML_GetCurrentColumnNumber(reader->parser) + 1, problem);
}

enum wgo_status wgo_xml_parse(struct wgo_arena *arena, struct wgo_str document,
                              struct wgo_xml **out_root, struct wgo_error *err)
{
    if (document.len > INT_MAX) {
        return wgo_fail(err, WGO_E_TOO_LARGE, "an XML document of %zu bytes", document.len);
    }
    struct reader reader = {.arena = arena, .parser = XML_ParserCreateNS(NULL, SEPARATOR)};
    if (!reader.parser) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    XML_SetUserData(reader.parser, &reader);
    XML_SetElementHandler(reader.parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader.parser, on_text);
    XML_SetStartDoctypeDeclHandler(reader.parser, on_doctype);

    enum wgo_status status = WGO_OK;
    /* All at once: fed in pieces, expat would scan a long token anew for every piece. */
    const char *bytes = document.len ? document.ptr : "";
    if (XML_Parse(reader.parser, bytes, (int)document.len, XML_TRUE) != XML_STATUS_OK) {
        status = fail_here(&reader, err);
    } else {
        *out_root = reader.root;
    }
    for (size_t i = 0; i < DEEPEST; i++) {
        wgo_buf_fini(&reader.levels[i].text);
    }
    XML_ParserFree(reader.parser);
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
