/* kql_where.c: conditions, and the values that they and columns speak of. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "azure/kql_impl.h"
#include "core/clock.h"

#define MAX_DEPTH 64 /* Of parentheses. */

struct az_node *az_kql_node(struct az_parser *p, enum node_op op)
{
    struct az_node *n = fc_alloc(sizeof(*n));

    n->op = op;
    p->q->nodes = fc_grow(p->q->nodes, (p->q->node_count + 1) * sizeof(*p->q->nodes));
    p->q->nodes[p->q->node_count++] = n;
    return n;
}

static bool column_of(struct fc_str name, enum az_column *out)
{
    size_t i;

    for (i = 0; i < AZ_COLUMNS; i++) {
        if (az_str_same(name, az_column_names[i])) {
            *out = (enum az_column)i;
            return true;
        }
    }
    return false;
}

/* "properties.changeType", or what was named before. */
static bool name_of(const struct az_parser *p, struct fc_str word, struct az_value *out)
{
    const char *dot = memchr(word.p, '.', word.n);
    struct fc_str head = {word.p, dot != NULL ? (size_t)(dot - word.p) : word.n};
    size_t i;

    for (i = p->q->extended_count; i > 0; i--) {
        struct fc_str name = p->q->extended[i - 1].name;

        if (dot == NULL && name.n == word.n && memcmp(name.p, word.p, word.n) == 0) {
            *out = p->q->extended[i - 1].value;
            return true;
        }
    }
    *out = (struct az_value){.column = AZ_COL_ID};
    if (dot != NULL) {
        out->path = (struct fc_str){dot + 1, word.n - head.n - 1};
    }
    return column_of(head, &out->column);
}

static void read_column(struct az_parser *p, struct az_value *out)
{
    if (p->token.kind != TOK_WORD || !name_of(p, p->token.text, out)) {
        az_kql_fail(p, "Default", "Failed to resolve column or scalar expression named '$'",
                    p->token.text);
    }
    az_kql_next(p);
}

void az_kql_value(struct az_parser *p, struct az_value *out)
{
    bool string = az_kql_is(p, "tostring"), moment = az_kql_is(p, "todatetime");

    if (!string && !moment) {
        read_column(p, out);
        return;
    }
    az_kql_next(p);
    az_kql_want(p, "(");
    read_column(p, out);
    out->as = string ? AZ_AS_STRING : AZ_AS_MOMENT;
    az_kql_want(p, ")");
}

/* "datetime(2026-05-01T12:00:00Z)" or "ago(14d)". */
static void read_moment(struct az_parser *p, struct az_node *n)
{
    static const struct {
        char unit;
        int64_t seconds;
    } units[] = {{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}};
    bool ago = az_kql_skip(p, "ago");
    struct fc_str text;
    bool good = false;
    uint64_t count;
    size_t i;

    if (!ago) {
        az_kql_want(p, "datetime");
    }
    text = az_kql_inside(p);
    if (!ago) {
        good = fc_clock_parse(text, &n->moment);
    }
    for (i = 0; ago && text.n > 1 && i < sizeof(units) / sizeof(units[0]); i++) {
        if (text.p[text.n - 1] == units[i].unit &&
            fc_str_u64((struct fc_str){text.p, text.n - 1}, &count) && count < 100000) {
            n->moment = fc_clock_ns() - (int64_t)count * units[i].seconds * FC_SECOND;
            good = true;
        }
    }
    if (!good) {
        az_kql_fail(p, "ParserFailure", "A moment is wanted near '$'", text);
    }
}

static void read_value(struct az_parser *p, struct az_node *n)
{
    if (p->token.kind != TOK_STRING) {
        az_kql_fail(p, "ParserFailure", "A string is wanted near '$'", p->token.text);
        return;
    }
    n->values = fc_grow(n->values, (n->value_count + 1) * sizeof(*n->values));
    n->values[n->value_count++] = p->token.text;
    az_kql_next(p);
}

static void read_operator(struct az_parser *p, struct az_node *n)
{
    static const struct {
        const char *text;
        enum node_op op;
        bool any_case, list;
    } ops[] = {
        {"==", OP_EQUAL, false, false},
        {"=~", OP_EQUAL, true, false},
        {"in", OP_EQUAL, false, true},
        {"in~", OP_EQUAL, true, true},
        {"contains", OP_CONTAINS, true, false},
        {"has", OP_CONTAINS, true, false},
        {"contains_cs", OP_CONTAINS, false, false},
        {"startswith", OP_STARTS, true, false},
        {"endswith", OP_ENDS, true, false},
        {"startswith_cs", OP_STARTS, false, false},
    };
    static const struct {
        const char *text;
        enum node_op op;
    } moments[] = {{"<", OP_BEFORE}, {"<=", OP_UNTIL}, {">", OP_AFTER}, {">=", OP_SINCE}};
    struct fc_str text = p->token.text;
    size_t i;

    for (i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        if (az_kql_skip(p, moments[i].text)) {
            n->op = moments[i].op;
            read_moment(p, n);
            return;
        }
    }
    if (fc_str_eq(text, "!=") || fc_str_eq(text, "!~")) {
        n->negated = true;
        text = fc_str_of(text.p[1] == '=' ? "==" : "=~");
    } else if (text.n > 1 && text.p[0] == '!') {
        n->negated = true;
        text = (struct fc_str){text.p + 1, text.n - 1};
    }
    for (i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
        if (fc_str_eq(text, ops[i].text)) {
            break;
        }
    }
    if (i == sizeof(ops) / sizeof(ops[0])) {
        az_kql_fail(p, "ParserFailure", "ParserFailure near '$'", p->token.text);
        return;
    }
    az_kql_next(p);
    n->op = ops[i].op;
    n->any_case = ops[i].any_case;
    if (!ops[i].list) {
        read_value(p, n);
        return;
    }
    az_kql_want(p, "(");
    do {
        read_value(p, n);
    } while (!p->failed && az_kql_skip(p, ","));
    az_kql_want(p, ")");
}

static struct az_node *read_simple(struct az_parser *p)
{
    struct az_node *n;
    bool not_empty;

    if (az_kql_skip(p, "(")) {
        n = az_kql_condition(p);
        az_kql_want(p, ")");
        return n;
    }
    n = az_kql_node(p, OP_TRUE);
    if (az_kql_skip(p, "not")) {
        az_kql_want(p, "(");
        n->op = OP_NOT;
        n->left = az_kql_condition(p);
        az_kql_want(p, ")");
        return n;
    }
    not_empty = az_kql_is(p, "isnotempty");
    if (not_empty || az_kql_is(p, "isempty")) {
        az_kql_next(p);
        az_kql_want(p, "(");
        n->op = OP_EMPTY;
        n->negated = not_empty;
        az_kql_value(p, &n->value);
        az_kql_want(p, ")");
        return n;
    }
    if (az_kql_skip(p, "tolower")) {
        az_kql_want(p, "(");
        n->lowered = true;
        az_kql_value(p, &n->value);
        az_kql_want(p, ")");
    } else {
        az_kql_value(p, &n->value);
    }
    if (!p->failed) {
        read_operator(p, n);
    }
    return n;
}

static struct az_node *read_term(struct az_parser *p)
{
    struct az_node *n;

    if (p->depth == MAX_DEPTH) {
        az_kql_fail(p, "ParserFailure", "The query is too deep near '$'", p->token.text);
        return az_kql_node(p, OP_TRUE);
    }
    p->depth++;
    n = read_simple(p);
    p->depth--;
    return n;
}

static struct az_node *read_and(struct az_parser *p)
{
    struct az_node *left = read_term(p);

    while (!p->failed && az_kql_skip(p, "and")) {
        struct az_node *n = az_kql_node(p, OP_AND);

        n->left = left;
        n->right = read_term(p);
        left = n;
    }
    return left;
}

struct az_node *az_kql_condition(struct az_parser *p)
{
    struct az_node *left = read_and(p);

    while (!p->failed && az_kql_skip(p, "or")) {
        struct az_node *n = az_kql_node(p, OP_OR);

        n->left = left;
        n->right = read_and(p);
        left = n;
    }
    return left;
}
