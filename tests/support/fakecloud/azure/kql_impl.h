/* kql_impl.h: what the reader of queries and those who evaluate them share.
 *
 * Only the files kql*.c include this.
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
    OP_BEFORE, /* Of moments. */
    OP_UNTIL,
    OP_AFTER,
    OP_SINCE,
};

struct az_node {
    enum node_op op;
    bool negated;
    bool any_case;
    bool lowered; /* tolower(COLUMN) */
    struct az_value value;
    int64_t moment; /* In ns since 1970. */
    struct fc_str *values;
    size_t value_count;
    struct az_node *left;
    struct az_node *right;
};

struct az_token {
    enum { TOK_END, TOK_WORD, TOK_STRING, TOK_NUMBER, TOK_MARK } kind;
    struct fc_str text; /* A string's without its quotes. */
    size_t at;
};

struct az_parser {
    const struct az_world *w;
    struct az_kql *q;
    const char *at;
    struct az_token token;
    struct fc_text *why;
    size_t depth;
    bool failed;
};

/* kql_lex.c. '$' in 'fmt' stands for 'what'; the first failure is the one that is told. */
void az_kql_fail(struct az_parser *p, const char *code, const char *fmt, struct fc_str what);
void az_kql_next(struct az_parser *p);
bool az_kql_is(const struct az_parser *p, const char *text);
bool az_kql_skip(struct az_parser *p, const char *text);
void az_kql_want(struct az_parser *p, const char *text);
/* What stands in the parentheses that are open, without them. */
struct fc_str az_kql_inside(struct az_parser *p);

/* kql_where.c */
struct az_node *az_kql_node(struct az_parser *p, enum node_op op);
struct az_node *az_kql_condition(struct az_parser *p);
/* A column, what 'extend' has named, "properties.a.b", tostring(...) or todatetime(...) of such. */
void az_kql_value(struct az_parser *p, struct az_value *out);

/* kql_changes.c: az_put_plain() of a row that tells of a change. */
void az_put_change(const struct az_world *w, const struct az_obj *o, enum az_column column,
                   struct fc_text *out);

/* Finds out for every type whether its objects can be meant at all. */
void az_kql_prepare(const struct az_world *w, struct az_leg *leg);

#endif
