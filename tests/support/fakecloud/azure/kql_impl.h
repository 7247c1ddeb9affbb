/* kql_impl.h: what the reader of queries and those who evaluate them share.
 *
 * Only kql.c and kql_rows.c include this.
 *
 * Ownership, threads, failure: see kql.h. */
#ifndef FC_AZURE_KQL_IMPL_H
#define FC_AZURE_KQL_IMPL_H

#include "azure/kql.h"

enum node_op {
    OP_AND,
    OP_OR,
    OP_NOT,
    OP_EQUAL, /* Any of the values. */
    OP_CONTAINS,
    OP_STARTS,
    OP_ENDS,
    OP_EMPTY,
    OP_TRUE,
};

struct az_node {
    enum node_op op;
    bool negated;
    bool any_case;
    bool lowered; /* tolower(COLUMN) */
    enum az_column column;
    struct fc_str *values;
    size_t value_count;
    struct az_node *left;
    struct az_node *right;
};

/* Finds out for every type whether its objects can be meant at all. */
void az_kql_prepare(const struct az_world *w, struct az_leg *leg);

#endif
