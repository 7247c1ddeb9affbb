/* filter.h: the OData filters that Power BI's lists are asked with.
 *
 * Understood: not, and, or, parentheses; eq, ne of a property and a quoted string, a GUID, true or
 * false; contains(property,'x'), startswith, endswith, tolower(property); users/any(). The rest is
 * refused.
 *
 * Ownership, threads: pure.
 * Failure:   pbi_filter_check() says whether it is understood. */
#ifndef FC_POWERBI_FILTER_H
#define FC_POWERBI_FILTER_H

#include "core/text.h"

/* The value of a property as text (a truth value is "true" or "false"; "users/any()" asks whether
 * there are users). False: there is no such property. */
typedef bool pbi_property_fn(const void *object, struct fc_str name, struct fc_text *out);

struct pbi_filter {
    struct fc_str text; /* {NULL, 0}: all. */
    pbi_property_fn *property;
};

/* Whether 'filter' is one that can be answered, tried on 'object'. */
bool pbi_filter_check(const struct pbi_filter *filter, const void *object);
bool pbi_filter_hits(const struct pbi_filter *filter, const void *object);

#endif
