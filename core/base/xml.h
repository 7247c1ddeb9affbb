/* xml.h: XML answers (expat underneath), read as they stream by or as a small tree.
 *
 * A document type declaration is refused: no provider sends one, and entities are how XML is made
 * to explode. Comments and processing instructions are ignored. At most WGO_XML_DEPTH levels.
 *
 * Reading: the caller's state begins with a struct wgo_xml_reader, and its handlers get a pointer
 * to that. They may be called a little more after wgo_xml_stop(): look at 'status' first. Text
 * comes in pieces. The tree: elements, attributes and text, namespaces dropped from names.
 *
 * Ownership: nodes live in the arena given; what handlers see is lent for the call.
 * Threads:   one at a time.
 * Failure:   WGO_E_PARSE with line and column (a document cut short is one), TOO_LARGE, NOMEM, and
 *            whatever a handler stopped with. */
#ifndef WGO_BASE_XML_H
#define WGO_BASE_XML_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

#define WGO_XML_DEPTH 128

struct wgo_xml_reader {
    void *parser;           /* while reading */
    enum wgo_status status; /* why a handler stopped it */
    const char *problem;    /* static text */
};

struct wgo_xml_handlers {
    /* 'attributes' are names and values in turn, ended by NULL. */
    void (*start)(void *reader, const char *name, const char **attributes);
    void (*end)(void *reader, const char *name);
    void (*text)(void *reader, const char *bytes, int len);
    /* Prefixes are resolved (an unbound one is an error) and names come as "uri\nname"; without, as
     * they are written: "prefix:name". */
    bool namespaces;
};

/* Reads 'document' to its end. Levels are counted by the handlers, who know what they keep. */
WGO_NODISCARD enum wgo_status wgo_xml_read(struct wgo_xml_reader *reader,
                                           const struct wgo_xml_handlers *handlers,
                                           struct wgo_str document, struct wgo_error *err);
/* From a handler: no more of it. The first reason counts. */
void wgo_xml_stop(struct wgo_xml_reader *reader, enum wgo_status status, const char *problem);

struct wgo_xml_attribute {
    struct wgo_str name, value;
};

struct wgo_xml {
    struct wgo_str name;
    struct wgo_str text; /* all character data of the element, white space kept */
    struct wgo_xml_attribute *attributes;
    size_t attribute_count;
    struct wgo_xml *first, *next;
};

WGO_NODISCARD enum wgo_status wgo_xml_parse(struct wgo_arena *arena, struct wgo_str document,
                                            struct wgo_xml **out_root, struct wgo_error *err);
/* First child element named 'name', or NULL; 'node' may be NULL. */
const struct wgo_xml *wgo_xml_child(const struct wgo_xml *node, const char *name);
struct wgo_str wgo_xml_text(const struct wgo_xml *node, const char *name);

#endif
