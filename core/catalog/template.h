/* template.h: text with holes: the catalogs' smallest language.
 *
 *   {name}          a variable of the task or scope
 *   {item.PATH}     a value of the item at hand (PATH as in json.h, without [] and *)
 *   {name|text}     'text' when the value is absent or empty
 *   {name:lower}    in ASCII lower case
 *   {+name}         in URLs: '/' and other reserved characters stay as they are (RFC 6570 3.2.3)
 *   {{ and }}       braces
 *
 * Ownership: a template lives in its catalog's arena. Threads: read-only once made.
 * Failure:   wgo_template_parse() says what is wrong; expansion reports a hole with neither value
 * nor default. */
#ifndef WGO_CATALOG_TEMPLATE_H
#define WGO_CATALOG_TEMPLATE_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/error.h"

struct wgo_template_part {
    struct wgo_str literal; /* when 'name' is empty */
    struct wgo_str name;    /* variable, or path below "item." */
    struct wgo_str fallback;
    bool has_fallback, is_item, lower, reserved;
    int slot; /* item parts: which pick; set by the loader */
};

struct wgo_template {
    struct wgo_str source;
    struct wgo_template_part *parts;
    size_t count;
};

WGO_NODISCARD enum wgo_status wgo_template_parse(struct wgo_arena *arena, struct wgo_str source,
                                                 struct wgo_template *out, struct wgo_error *err);

/* Gives the value of a hole; an empty string with a NULL ptr when there is none. */
typedef struct wgo_str wgo_template_value_fn(void *state, const struct wgo_template_part *part);

enum wgo_template_mode {
    WGO_TEMPLATE_PLAIN,
    WGO_TEMPLATE_URL,  /* values are percent-encoded, literals are not */
    WGO_TEMPLATE_JSON, /* values are JSON-escaped, for bodies */
};

/* Appends the expansion. 'out_missing', when given, is set to the first hole that had no value;
 * then false is returned and 'out' holds what came before it. */
bool wgo_template_expand(const struct wgo_template *template_, wgo_template_value_fn *value,
                         void *state, enum wgo_template_mode mode, struct wgo_buf *out,
                         struct wgo_str *out_missing);
static inline bool wgo_template_empty(const struct wgo_template *t)
{
    return t->count == 0;
}

#endif
