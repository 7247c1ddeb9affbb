/* body.h: JSON bodies of requests, from the catalog's YAML.
 *
 * A mapping becomes an object, a list an array. Plain numbers, true and false stay what they are;
 * quoted and other text is a template. A member or element whose text turns out empty is left out,
 * so that the first page needs no other body than the next. A template that is one hole with :json
 * puts a JSON value there.
 *
 * Ownership: lives in the catalog's arena. Threads: read-only once made.
 * Failure:   WGO_E_CONFIG for a malformed template; a hole with nothing to fill it. */
#ifndef WGO_CATALOG_BODY_H
#define WGO_CATALOG_BODY_H

#include "base/yaml.h"
#include "catalog/template.h"

enum wgo_body_kind { WGO_BODY_RAW, WGO_BODY_TEXT, WGO_BODY_OBJECT, WGO_BODY_ARRAY };

struct wgo_body {
    enum wgo_body_kind kind;
    struct wgo_str key; /* of an object's member */
    struct wgo_str raw;
    struct wgo_template text;
    struct wgo_body *first, *next;
};

WGO_NODISCARD enum wgo_status wgo_body_parse(struct wgo_arena *arena, const struct wgo_yaml *node,
                                             struct wgo_body **out_body, struct wgo_error *err);
/* Appends the document; false as wgo_template_expand(). */
bool wgo_body_write(const struct wgo_body *body, wgo_template_value_fn *value, void *state,
                    struct wgo_buf *out, struct wgo_str *out_missing);

#endif
