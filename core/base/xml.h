/* xml.h: XML answers as a small tree (expat underneath).
 *
 * Elements, attributes and text; namespaces are dropped from names; comments and processing
 * instructions are ignored. A document type declaration is refused: no provider sends one, and
 * entities are how XML is made to explode. At most 128 levels.
 *
 * Ownership: nodes live in the arena given. Threads: one at a time.
 * Failure:   WGO_E_PARSE with line and column (a document cut short is one), TOO_LARGE, NOMEM. */
#ifndef WGO_BASE_XML_H
#define WGO_BASE_XML_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

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
