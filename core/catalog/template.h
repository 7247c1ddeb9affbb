/* template.h: text with holes: the catalogs' smallest language.
 *
 *   {name}          a variable of the task or scope
 *   {item.PATH}     a value of the item at hand (PATH as in json.h, without [] and *); {item} is
 * the item itself {tag.KEY}       the value of one of the item's tags {a,b|text}      the first
 * that has a value; 'text' when none has {name:lower}    in ASCII lower case {name:time} seconds
 * since 1970, or a date, as RFC 3339 in UTC; {name:ms} from milliseconds {name:last}     what
 * follows the last '/' or ':' {name:json}     in bodies: a JSON value as it stands
 *   {item:member}   the name of the object's member that the item is
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

/* {token.0} to {token.3}: the most values that the token of a page has. */
#define WGO_PAGE_TOKENS 4

enum wgo_template_filter {
    WGO_FILTER_LOWER = 1 << 0,
    WGO_FILTER_TIME = 1 << 1,
    WGO_FILTER_MS = 1 << 2,
    WGO_FILTER_LAST = 1 << 3,
    WGO_FILTER_JSON = 1 << 4,
    WGO_FILTER_MEMBER = 1 << 5, /* {item:member} */
    WGO_FILTER_UTC = 1 << 6,
};

struct wgo_template_part {
    bool is_hole;         /* else 'literal' */
    bool is_item, is_tag; /* else a variable */
    bool reserved;        /* {+name} */
    bool has_fallback;
    bool has_other;   /* the next part is what to try when this one has no value */
    unsigned filters; /* enum wgo_template_filter */
    int slot;         /* item parts: which pick; set by the loader */
    struct wgo_str literal;
    struct wgo_str name; /* variable, tag's key, or path below "item." */
    struct wgo_str fallback;
};

struct wgo_template {
    struct wgo_str source;
    struct wgo_template_part *parts;
    size_t count;
};

WGO_NODISCARD enum wgo_status wgo_template_parse(struct wgo_arena *arena, struct wgo_str source,
                                                 struct wgo_template *out, struct wgo_error *err);

/* For URLs: percent-encodes what its literals may not hold there, of a parameter's value also what
 * would end it (& # +). Triplets stay. Fails with NOMEM only. */
WGO_NODISCARD enum wgo_status wgo_template_escape(struct wgo_arena *arena,
                                                  struct wgo_template *template_, bool in_query);

/* Gives the value of a hole; an empty string with a NULL ptr when there is none. With
 * WGO_FILTER_JSON a JSON value. */
typedef struct wgo_str wgo_template_value_fn(void *state, const struct wgo_template_part *part);

enum wgo_template_mode {
    WGO_TEMPLATE_PLAIN,
    WGO_TEMPLATE_URL, /* values are percent-encoded; literals are as wgo_template_escape() left them
                       */
    WGO_TEMPLATE_JSON, /* values are JSON-escaped, for bodies */
};

/* Appends the expansion. 'out_missing', when given, is set to the first hole that had no value;
 * then false is returned and 'out' holds what came before it. */
bool wgo_template_expand(const struct wgo_template *template_, wgo_template_value_fn *value,
                         void *state, enum wgo_template_mode mode, struct wgo_buf *out,
                         struct wgo_str *out_missing);
/* The value after the part's filters. 'scratch' may hold the result. */
#define WGO_TEMPLATE_SCRATCH 40
struct wgo_str wgo_template_filter(const struct wgo_template_part *part, struct wgo_str value,
                                   char scratch[WGO_TEMPLATE_SCRATCH]);
/* The text when there are no holes; an empty string with a NULL ptr otherwise. */
struct wgo_str wgo_template_constant(const struct wgo_template *t);
static inline bool wgo_template_empty(const struct wgo_template *t)
{
    return t->count == 0;
}

#endif
