#include "azure/kql.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "azure/kql_impl.h"

#define MAX_DEPTH 64 /* Of parentheses. */

struct token {
    enum { TOK_END, TOK_WORD, TOK_STRING, TOK_NUMBER, TOK_MARK } kind;
    struct fc_str text; /* A string's without its quotes. */
    size_t at;
};

struct parser {
    const struct az_world *w;
    struct az_kql *q;
    const char *at;
    struct token token;
    struct fc_text *why;
    size_t depth;
    bool failed;
};

/* '$' in 'fmt' stands for 'what'. */
static void fail(struct parser *p, const char *code, const char *fmt, struct fc_str what)
{
    const char *place = fmt + strcspn(fmt, "$");
    struct fc_text text = {0};

    if (p->failed) {
        return;
    }
    p->failed = true;
    fc_text_add(&text, fmt, (size_t)(place - fmt));
    fc_text_add(&text, what.p, what.n);
    fc_text_puts(&text, *place != '\0' ? place + 1 : "");
    fc_text_printf(
        p->why,
        "[{\"code\":\"InvalidQuery\",\"message\":\"Query is invalid. Please refer to the "
        "documentation for the Azure Resource Graph service and fix the error before "
        "retrying.\"},{\"code\":\"%s\",\"message\":",
        code);
    fc_text_json(p->why, (struct fc_str){text.data, text.len});
    if (strcmp(code, "ParserFailure") == 0) {
        fc_text_printf(p->why,
                       ",\"line\":1,\"characterPositionInLine\":%zu,\"token\":", p->token.at);
        fc_text_json(p->why, p->token.text);
    }
    fc_text_puts(p->why, "}]");
    fc_text_fini(&text);
}

static bool wordy(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-' || c == '.' || c == '$';
}

static void next(struct parser *p)
{
    static const char *const marks[] = {"==", "=~", "!=", "!~"};
    struct token *t = &p->token;
    size_t i;

    for (;;) {
        p->at += strspn(p->at, " \t\r\n");
        if (p->at[0] != '/' || p->at[1] != '/') {
            break;
        }
        p->at += strcspn(p->at, "\n");
    }
    t->at = (size_t)(p->at - p->q->text);
    t->text = (struct fc_str){p->at, 1};
    t->kind = TOK_MARK;
    if (*p->at == '\0') {
        t->kind = TOK_END;
        t->text.n = 0;
        return;
    }
    if (*p->at == '\'' || *p->at == '"') {
        const char *end = strchr(p->at + 1, *p->at);

        t->kind = TOK_STRING;
        t->text = (struct fc_str){p->at + 1, end != NULL ? (size_t)(end - p->at - 1) : 0};
        if (end == NULL) {
            fail(p, "ParserFailure", "A string is not closed", (struct fc_str){"", 0});
        }
        p->at = end != NULL ? end + 1 : p->at + strlen(p->at);
        return;
    }
    for (i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (strncmp(p->at, marks[i], 2) == 0) {
            t->text.n = 2;
        }
    }
    if (wordy(*p->at) || (*p->at == '!' && wordy(p->at[1]))) {
        t->kind = *p->at >= '0' && *p->at <= '9' ? TOK_NUMBER : TOK_WORD;
        for (t->text.n = 1; wordy(p->at[t->text.n]); t->text.n++) {
        }
        if (p->at[t->text.n] == '~') {
            t->text.n++; /* in~, has~... */
        }
    }
    p->at += t->text.n;
}

static bool is(const struct parser *p, const char *text)
{
    return p->token.kind != TOK_STRING && p->token.kind != TOK_END &&
           fc_str_eq(p->token.text, text);
}

static bool skip(struct parser *p, const char *text)
{
    if (!is(p, text)) {
        return false;
    }
    next(p);
    return true;
}

static void want(struct parser *p, const char *text)
{
    if (!skip(p, text)) {
        fail(p, "ParserFailure", "ParserFailure near '$'", p->token.text);
    }
}

static struct az_node *new_node(struct parser *p, enum node_op op)
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

static void read_column(struct parser *p, enum az_column *out)
{
    if (p->token.kind != TOK_WORD || !column_of(p->token.text, out)) {
        fail(p, "Default", "Failed to resolve column or scalar expression named '$'",
             p->token.text);
    }
    next(p);
}

static void read_value(struct parser *p, struct az_node *n)
{
    if (p->token.kind != TOK_STRING) {
        fail(p, "ParserFailure", "A string is wanted near '$'", p->token.text);
        return;
    }
    n->values = fc_grow(n->values, (n->value_count + 1) * sizeof(*n->values));
    n->values[n->value_count++] = p->token.text;
    next(p);
}

static void read_operator(struct parser *p, struct az_node *n)
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
    struct fc_str text = p->token.text;
    size_t i;

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
        fail(p, "ParserFailure", "ParserFailure near '$'", p->token.text);
        return;
    }
    next(p);
    n->op = ops[i].op;
    n->any_case = ops[i].any_case;
    if (!ops[i].list) {
        read_value(p, n);
        return;
    }
    want(p, "(");
    do {
        read_value(p, n);
    } while (!p->failed && skip(p, ","));
    want(p, ")");
}

static struct az_node *read_or(struct parser *p);

static struct az_node *read_simple(struct parser *p)
{
    struct az_node *n;
    bool not_empty;

    if (skip(p, "(")) {
        n = read_or(p);
        want(p, ")");
        return n;
    }
    n = new_node(p, OP_TRUE);
    if (skip(p, "not")) {
        want(p, "(");
        n->op = OP_NOT;
        n->left = read_or(p);
        want(p, ")");
        return n;
    }
    not_empty = is(p, "isnotempty");
    if (not_empty || is(p, "isempty")) {
        next(p);
        want(p, "(");
        n->op = OP_EMPTY;
        n->negated = not_empty;
        read_column(p, &n->column);
        want(p, ")");
        return n;
    }
    if (skip(p, "tolower")) {
        want(p, "(");
        n->lowered = true;
        read_column(p, &n->column);
        want(p, ")");
    } else {
        read_column(p, &n->column);
    }
    if (!p->failed) {
        read_operator(p, n);
    }
    return n;
}

static struct az_node *read_term(struct parser *p)
{
    struct az_node *n;

    if (p->depth == MAX_DEPTH) {
        fail(p, "ParserFailure", "The query is too deep near '$'", p->token.text);
        return new_node(p, OP_TRUE);
    }
    p->depth++;
    n = read_simple(p);
    p->depth--;
    return n;
}

static struct az_node *read_and(struct parser *p)
{
    struct az_node *left = read_term(p);

    while (!p->failed && skip(p, "and")) {
        struct az_node *n = new_node(p, OP_AND);

        n->left = left;
        n->right = read_term(p);
        left = n;
    }
    return left;
}

static struct az_node *read_or(struct parser *p)
{
    struct az_node *left = read_and(p);

    while (!p->failed && skip(p, "or")) {
        struct az_node *n = new_node(p, OP_OR);

        n->left = left;
        n->right = read_and(p);
        left = n;
    }
    return left;
}

static void add_where(struct parser *p, struct az_leg *leg, struct az_node *condition)
{
    struct az_node *n;

    if (leg->where == NULL) {
        leg->where = condition;
        return;
    }
    n = new_node(p, OP_AND);
    n->left = leg->where;
    n->right = condition;
    leg->where = n;
}

/* Tables that Resource Graph documents and that nothing here is in. */
static const char *const empty_tables[] = {
    "alertsmanagementresources",
    "appserviceresources",
    "awsresources",
    "batchresources",
    "capabilityresources",
    "chaosresources",
    "communitygalleryresources",
    "computeresources",
    "desktopvirtualizationresources",
    "dnsresources",
    "edgeorderresources",
    "elasticsanresources",
    "extendedlocationresources",
    "extensibilityresourcechanges",
    "featureresources",
    "guestconfigurationresources",
    "healthresourcechanges",
    "healthresources",
    "insightsresources",
    "iotsecurityresources",
    "kubernetesconfigurationresources",
    "kustoresources",
    "maintenanceresources",
    "managedservicesresources",
    "migrateresources",
    "networkresources",
    "orbitalresources",
    "patchassessmentresources",
    "patchinstallationresources",
    "quotaresources",
    "recoveryservicesresources",
    "resourcechanges",
    "resourcecontainerchanges",
    "servicefabricresources",
    "servicehealthresources",
    "spotresources",
    "supportresources",
    "tagsresources",
    "advisorresources",
    "securityresources",
    "policyresources",
    "authorizationresources",
};

static void read_table(struct parser *p)
{
    struct az_leg *leg = &p->q->legs[p->q->leg_count];
    struct fc_str name = p->token.text;
    bool known;
    size_t i;

    if (p->q->leg_count == AZ_MAX_LEGS) {
        fail(p, "UnionLegsLimitExceeded", "There can be at most 3 union legs",
             (struct fc_str){"", 0});
        return;
    }
    if (p->token.kind != TOK_WORD) {
        fail(p, "ParserFailure", "ParserFailure near '$'", name);
        return;
    }
    leg->name = name;
    leg->table = az_world_table(p->w, name);
    known = leg->table != NULL;
    for (i = 0; i < sizeof(empty_tables) / sizeof(empty_tables[0]); i++) {
        known = known || az_str_same(name, empty_tables[i]);
    }
    if (!known) {
        fail(p, "DisallowedLogicalTableName", "Table $ is invalid, unsupported or disallowed.",
             name);
    }
    p->q->leg_count++;
    next(p);
}

/* "Used within a single table or between the Resources and ResourceContainers tables." */
static bool joins(struct fc_str a, struct fc_str b)
{
    bool both = (az_str_same(a, "resources") || az_str_same(a, "resourcecontainers")) &&
                (az_str_same(b, "resources") || az_str_same(b, "resourcecontainers"));

    return both || (a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0);
}

static void read_leg(struct parser *p)
{
    if (p->token.kind == TOK_WORD && !joins(p->q->legs[0].name, p->token.text)) {
        fail(p, "Default", "A union with the table '$' is not allowed", p->token.text);
    }
    read_table(p);
}

static void read_union(struct parser *p)
{
    while (is(p, "kind") || is(p, "withsource")) {
        next(p);
        want(p, "=");
        next(p);
    }
    do {
        if (skip(p, "(")) {
            struct az_leg *leg = &p->q->legs[p->q->leg_count];

            read_leg(p);
            while (!p->failed && skip(p, "|")) {
                want(p, "where");
                add_where(p, leg, read_or(p));
            }
            want(p, ")");
        } else {
            read_leg(p);
        }
    } while (!p->failed && skip(p, ","));
}

static void set_outputs(struct az_kql *q)
{
    size_t i;

    for (i = 0; i < AZ_COLUMNS; i++) {
        q->outputs[i] = (struct az_output){(enum az_column)i, fc_str_of(az_column_names[i])};
    }
    q->output_count = AZ_COLUMNS;
}

static void read_columns(struct parser *p)
{
    struct az_kql *q = p->q;

    q->output_count = 0;
    do {
        struct az_output *o = &q->outputs[q->output_count];

        if (q->output_count == AZ_MAX_COLUMNS) {
            fail(p, "Default", "There are too many columns", (struct fc_str){"", 0});
            return;
        }
        o->name = p->token.text;
        if (*p->at == ' ' || *p->at == '=') { /* "NAME = COLUMN", maybe. */
            const char *ahead = p->at + strspn(p->at, " ");

            if (*ahead == '=') {
                next(p);
                next(p);
                read_column(p, &o->column);
                q->output_count++;
                continue;
            }
        }
        read_column(p, &o->column);
        o->name = fc_str_of(az_column_names[o->column]);
        q->output_count++;
    } while (!p->failed && skip(p, ","));
}

static void read_away(struct parser *p)
{
    do {
        enum az_column column = AZ_COL_ID;
        size_t i, n = 0;

        read_column(p, &column);
        for (i = 0; i < p->q->output_count; i++) {
            if (p->q->outputs[i].column != column) {
                p->q->outputs[n++] = p->q->outputs[i];
            }
        }
        p->q->output_count = n;
    } while (!p->failed && skip(p, ","));
}

static void read_order(struct parser *p)
{
    want(p, "by");
    if (!is(p, "id")) {
        fail(p, "Default", "Only an order by id is served here, not by '$'", p->token.text);
        return;
    }
    next(p);
    p->q->ordered = true;
    p->q->descending = !skip(p, "asc"); /* Kusto's own default. */
    skip(p, "desc");
}

static void read_summary(struct parser *p)
{
    struct az_kql *q = p->q;

    q->answer = AZ_SUMMARY;
    q->count_name = fc_str_of("count_");
    if (!is(p, "count")) {
        q->count_name = p->token.text;
        next(p);
        want(p, "=");
    }
    want(p, "count");
    want(p, "(");
    want(p, ")");
    if (skip(p, "by")) {
        read_columns(p);
    } else {
        q->output_count = 0;
    }
}

static void read_stage(struct parser *p)
{
    struct az_kql *q = p->q;
    uint64_t n;
    size_t i;

    if (q->answer != AZ_ROWS) {
        fail(p, "Default", "The operator '$' is not served after summarize", p->token.text);
    } else if (skip(p, "where")) {
        struct az_node *condition = read_or(p);

        for (i = 0; i < q->leg_count; i++) {
            add_where(p, &q->legs[i], condition);
        }
    } else if (skip(p, "union")) {
        read_union(p);
    } else if (skip(p, "project")) {
        read_columns(p);
    } else if (skip(p, "project-away")) {
        read_away(p);
    } else if (skip(p, "order") || skip(p, "sort")) {
        read_order(p);
    } else if (skip(p, "take") || skip(p, "limit")) {
        if (!fc_str_u64(p->token.text, &n)) {
            fail(p, "ParserFailure", "A number is wanted near '$'", p->token.text);
        }
        q->take = n < q->take ? n : q->take;
        next(p);
    } else if (skip(p, "summarize")) {
        read_summary(p);
    } else if (skip(p, "distinct")) {
        q->answer = AZ_DISTINCT;
        read_columns(p);
    } else if (skip(p, "count")) {
        q->answer = AZ_COUNT;
        q->output_count = 0;
        q->count_name = fc_str_of("Count");
    } else {
        fail(p, "ParserFailure", "ParserFailure near '$'", p->token.text);
    }
}

bool az_kql_has(const struct az_kql *q, enum az_column column)
{
    size_t i;

    for (i = 0; i < q->output_count; i++) {
        if (q->outputs[i].column == column &&
            az_str_same(q->outputs[i].name, az_column_names[column])) {
            return true;
        }
    }
    return false;
}

struct az_kql *az_kql_new(const struct az_world *w, struct fc_str query, struct fc_text *why)
{
    struct az_kql *q = fc_alloc(sizeof(*q));
    struct parser p = {.w = w, .q = q, .why = why};
    size_t i;

    q->text = fc_strndup(query.p != NULL ? query.p : "", query.n);
    q->take = UINT64_MAX;
    p.at = q->text;
    set_outputs(q);
    next(&p);
    read_table(&p);
    while (!p.failed && skip(&p, "|")) {
        read_stage(&p);
    }
    if (p.token.kind != TOK_END) {
        fail(&p, "ParserFailure", "ParserFailure near '$'", p.token.text);
    }
    if (p.failed) {
        az_kql_free(q);
        return NULL;
    }
    for (i = 0; i < q->leg_count; i++) {
        az_kql_prepare(w, &q->legs[i]);
    }
    return q;
}

void az_kql_free(struct az_kql *q)
{
    size_t i;

    if (q == NULL) {
        return;
    }
    for (i = 0; i < q->node_count; i++) {
        free(q->nodes[i]->values);
        free(q->nodes[i]);
    }
    for (i = 0; i < AZ_MAX_LEGS; i++) {
        free(q->legs[i].types);
    }
    free(q->nodes);
    free(q->text);
    free(q);
}
