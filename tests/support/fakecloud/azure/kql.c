#include "azure/kql.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "azure/kql_impl.h"

static void add_where(struct az_parser *p, struct az_leg *leg, struct az_node *condition)
{
    struct az_node *n;

    if (leg->where == NULL) {
        leg->where = condition;
        return;
    }
    n = az_kql_node(p, OP_AND);
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

/* Tables of what changed in other tables. */
static const struct {
    const char *name, *of;
} change_tables[] = {
    {"resourcechanges", "resources"},
    {"resourcecontainerchanges", "resourcecontainers"},
};

static void read_table(struct az_parser *p)
{
    struct az_leg *leg = &p->q->legs[p->q->leg_count];
    struct fc_str name = p->token.text;
    bool known;
    size_t i;

    if (p->q->leg_count == AZ_MAX_LEGS) {
        az_kql_fail(p, "UnionLegsLimitExceeded", "There can be at most 3 union legs",
                    (struct fc_str){"", 0});
        return;
    }
    if (p->token.kind != TOK_WORD) {
        az_kql_fail(p, "ParserFailure", "ParserFailure near '$'", name);
        return;
    }
    leg->name = name;
    leg->table = az_world_table(p->w, name);
    for (i = 0; i < sizeof(change_tables) / sizeof(change_tables[0]); i++) {
        if (az_str_same(name, change_tables[i].name)) {
            leg->table = az_world_table(p->w, fc_str_of(change_tables[i].of));
            leg->changes = true;
        }
    }
    known = leg->table != NULL;
    for (i = 0; i < sizeof(empty_tables) / sizeof(empty_tables[0]); i++) {
        known = known || az_str_same(name, empty_tables[i]);
    }
    if (!known) {
        az_kql_fail(p, "DisallowedLogicalTableName",
                    "Table $ is invalid, unsupported or disallowed.", name);
    }
    p->q->leg_count++;
    az_kql_next(p);
}

/* "Used within a single table or between the Resources and ResourceContainers tables." */
static bool joins(struct fc_str a, struct fc_str b)
{
    bool both = (az_str_same(a, "resources") || az_str_same(a, "resourcecontainers")) &&
                (az_str_same(b, "resources") || az_str_same(b, "resourcecontainers"));

    return both || (a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0);
}

static void read_leg(struct az_parser *p)
{
    if (p->token.kind == TOK_WORD && !joins(p->q->legs[0].name, p->token.text)) {
        az_kql_fail(p, "Default", "A union with the table '$' is not allowed", p->token.text);
    }
    read_table(p);
}

static void read_union(struct az_parser *p)
{
    while (az_kql_is(p, "kind") || az_kql_is(p, "withsource")) {
        az_kql_next(p);
        az_kql_want(p, "=");
        az_kql_next(p);
    }
    do {
        if (az_kql_skip(p, "(")) {
            struct az_leg *leg = &p->q->legs[p->q->leg_count];

            read_leg(p);
            while (!p->failed && az_kql_skip(p, "|")) {
                az_kql_want(p, "where");
                add_where(p, leg, az_kql_condition(p));
            }
            az_kql_want(p, ")");
        } else {
            read_leg(p);
        }
    } while (!p->failed && az_kql_skip(p, ","));
}

static void set_outputs(struct az_kql *q)
{
    size_t i;

    for (i = 0; i < AZ_COLUMNS; i++) {
        q->outputs[i] =
            (struct az_output){{.column = (enum az_column)i}, fc_str_of(az_column_names[i])};
    }
    q->output_count = AZ_COLUMNS;
}

static void read_columns(struct az_parser *p)
{
    struct az_kql *q = p->q;

    q->output_count = 0;
    do {
        struct az_output *o = &q->outputs[q->output_count];

        if (q->output_count == AZ_MAX_COLUMNS) {
            az_kql_fail(p, "Default", "There are too many columns", (struct fc_str){"", 0});
            return;
        }
        o->name = p->token.text;
        if (*p->at == ' ' || *p->at == '=') { /* "NAME = COLUMN", maybe. */
            const char *ahead = p->at + strspn(p->at, " ");

            if (*ahead == '=') {
                az_kql_next(p);
                az_kql_next(p);
                az_kql_value(p, &o->value);
                q->output_count++;
                continue;
            }
        }
        o->name = fc_str_of("");
        if (p->token.kind == TOK_WORD) {
            o->name = p->token.text;
        }
        az_kql_value(p, &o->value);
        if (o->value.path.n == 0 && o->value.as == AZ_AS_IS) {
            o->name = fc_str_of(az_column_names[o->value.column]);
        }
        q->output_count++;
    } while (!p->failed && az_kql_skip(p, ","));
}

static void read_extension(struct az_parser *p)
{
    struct az_kql *q = p->q;

    do {
        struct az_output *o = &q->extended[q->extended_count];

        if (q->extended_count == AZ_MAX_COLUMNS || q->output_count == AZ_MAX_COLUMNS) {
            az_kql_fail(p, "Default", "There are too many columns", (struct fc_str){"", 0});
            return;
        }
        o->name = p->token.text;
        if (p->token.kind != TOK_WORD) {
            az_kql_fail(p, "ParserFailure", "A name is wanted near '$'", p->token.text);
        }
        az_kql_next(p);
        az_kql_want(p, "=");
        az_kql_value(p, &o->value);
        q->extended_count++;
        q->outputs[q->output_count++] = *o;
    } while (!p->failed && az_kql_skip(p, ","));
}

static void read_away(struct az_parser *p)
{
    do {
        struct az_value value = {.column = AZ_COL_ID};
        size_t i, n = 0;

        az_kql_value(p, &value);
        for (i = 0; i < p->q->output_count; i++) {
            if (p->q->outputs[i].value.column != value.column) {
                p->q->outputs[n++] = p->q->outputs[i];
            }
        }
        p->q->output_count = n;
    } while (!p->failed && az_kql_skip(p, ","));
}

static void read_order(struct az_parser *p)
{
    az_kql_want(p, "by");
    if (!az_kql_is(p, "id")) {
        az_kql_fail(p, "Default", "Only an order by id is served here, not by '$'", p->token.text);
        return;
    }
    az_kql_next(p);
    p->q->ordered = true;
    p->q->descending = !az_kql_skip(p, "asc"); /* Kusto's own default. */
    az_kql_skip(p, "desc");
}

static void read_summary(struct az_parser *p)
{
    struct az_kql *q = p->q;

    q->answer = AZ_SUMMARY;
    q->count_name = fc_str_of("count_");
    if (!az_kql_is(p, "count")) {
        q->count_name = p->token.text;
        az_kql_next(p);
        az_kql_want(p, "=");
    }
    az_kql_want(p, "count");
    az_kql_want(p, "(");
    az_kql_want(p, ")");
    if (az_kql_skip(p, "by")) {
        read_columns(p);
    } else {
        q->output_count = 0;
    }
}

static void read_stage(struct az_parser *p)
{
    struct az_kql *q = p->q;
    uint64_t n;
    size_t i;

    if (q->answer != AZ_ROWS) {
        az_kql_fail(p, "Default", "The operator '$' is not served after summarize", p->token.text);
    } else if (az_kql_skip(p, "where")) {
        struct az_node *condition = az_kql_condition(p);

        for (i = 0; i < q->leg_count; i++) {
            add_where(p, &q->legs[i], condition);
        }
    } else if (az_kql_skip(p, "extend")) {
        read_extension(p);
    } else if (az_kql_skip(p, "union")) {
        read_union(p);
    } else if (az_kql_skip(p, "project")) {
        read_columns(p);
    } else if (az_kql_skip(p, "project-away")) {
        read_away(p);
    } else if (az_kql_skip(p, "order") || az_kql_skip(p, "sort")) {
        read_order(p);
    } else if (az_kql_skip(p, "take") || az_kql_skip(p, "limit")) {
        if (!fc_str_u64(p->token.text, &n)) {
            az_kql_fail(p, "ParserFailure", "A number is wanted near '$'", p->token.text);
        }
        q->take = n < q->take ? n : q->take;
        az_kql_next(p);
    } else if (az_kql_skip(p, "summarize")) {
        read_summary(p);
    } else if (az_kql_skip(p, "distinct")) {
        q->answer = AZ_DISTINCT;
        read_columns(p);
    } else if (az_kql_skip(p, "count")) {
        q->answer = AZ_COUNT;
        q->output_count = 0;
        q->count_name = fc_str_of("Count");
    } else {
        az_kql_fail(p, "ParserFailure", "ParserFailure near '$'", p->token.text);
    }
}

bool az_kql_has(const struct az_kql *q, enum az_column column)
{
    size_t i;

    for (i = 0; i < q->output_count; i++) {
        if (q->outputs[i].value.column == column && q->outputs[i].value.path.n == 0 &&
            az_str_same(q->outputs[i].name, az_column_names[column])) {
            return true;
        }
    }
    return false;
}

struct az_kql *az_kql_new(const struct az_world *w, struct fc_str query, struct fc_text *why)
{
    struct az_kql *q = fc_alloc(sizeof(*q));
    struct az_parser p = {.w = w, .q = q, .why = why};
    size_t i;

    q->text = fc_strndup(query.p != NULL ? query.p : "", query.n);
    q->take = UINT64_MAX;
    p.at = q->text;
    set_outputs(q);
    az_kql_next(&p);
    read_table(&p);
    while (!p.failed && az_kql_skip(&p, "|")) {
        read_stage(&p);
    }
    if (p.token.kind != TOK_END) {
        az_kql_fail(&p, "ParserFailure", "ParserFailure near '$'", p.token.text);
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
