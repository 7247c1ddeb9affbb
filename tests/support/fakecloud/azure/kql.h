/* kql.h: as much of Kusto's language as inventories ask Resource Graph in.
 *
 *   Table [| union Table | union (Table | where ...)], of Resources and ResourceContainers
 *     [| extend NAME = VALUE, ...] [| where CONDITION]...
 *     [| project COLUMN, NAME = VALUE...] [| project-away COLUMN...]
 *     [| order by id asc|desc] [| take N]
 *     [| summarize count() [by COLUMN...]] [| count] [| distinct COLUMN...]
 *
 * Ownership: az_kql_new/free; tables are the world's.
 * Threads:   read-only once parsed.
 * Failure:   NULL and 'why', the details of Resource Graph's refusal, which the caller frees. */
#ifndef FC_AZURE_KQL_H
#define FC_AZURE_KQL_H

#include "azure/object.h"

#define AZ_MAX_LEGS 4
#define AZ_MAX_COLUMNS 24

enum az_column {
    AZ_COL_ID,
    AZ_COL_NAME,
    AZ_COL_TYPE,
    AZ_COL_TENANT,
    AZ_COL_KIND,
    AZ_COL_LOCATION,
    AZ_COL_GROUP,
    AZ_COL_SUB,
    AZ_COL_MANAGED_BY,
    AZ_COL_SKU,
    AZ_COL_PLAN,
    AZ_COL_PROPERTIES,
    AZ_COL_TAGS,
    AZ_COL_IDENTITY,
    AZ_COL_ZONES,
    AZ_COL_EXTENDED,
    AZ_COLUMNS
};
extern const char *const az_column_names[AZ_COLUMNS];

struct az_node;

/* A column, or what lies below it, as a type. */
struct az_value {
    enum az_column column;
    struct fc_str path; /* "changeAttributes.timestamp"; empty: the column itself. */
    enum { AZ_AS_IS, AZ_AS_STRING, AZ_AS_MOMENT } as;
};

struct az_leg {
    struct fc_str name;           /* Of the table. */
    const struct az_table *table; /* NULL: one that holds nothing. */
    struct az_node *where;        /* NULL: all. */
    bool changes;                 /* Of what is in 'table', what changed and what is gone. */
    bool *types;                  /* Which of the catalog's may hold; NULL until prepared. */
    bool exact;                   /* What 'types' says is all there is to the condition. */
};

struct az_output {
    struct az_value value;
    struct fc_str name;
};

struct az_kql {
    char *text;
    struct az_leg legs[AZ_MAX_LEGS];
    size_t leg_count;
    struct az_output outputs[AZ_MAX_COLUMNS];
    size_t output_count;
    struct az_output extended[AZ_MAX_COLUMNS]; /* What 'extend' has named. */
    size_t extended_count;
    bool ordered; /* By id. */
    bool descending;
    uint64_t take; /* UINT64_MAX: all. */
    enum { AZ_ROWS, AZ_SUMMARY, AZ_COUNT, AZ_DISTINCT } answer;
    struct fc_str count_name;
    struct az_node **nodes; /* All of them, to be freed. */
    size_t node_count;
};

struct az_kql *az_kql_new(const struct az_world *w, struct fc_str query, struct fc_text *why);
void az_kql_free(struct az_kql *q);
bool az_kql_has(const struct az_kql *q, enum az_column column);
/* Whether 'o' of that leg's table is asked for. */
bool az_kql_holds(const struct az_world *w, const struct az_leg *leg, const struct az_entry *e,
                  const struct az_obj *o);
/* As JSON. */
void az_put_value(const struct az_world *w, const struct az_obj *o, const struct az_value *value,
                  struct fc_text *out);
/* As text; of columns that are strings. */
void az_put_plain(const struct az_world *w, const struct az_obj *o, enum az_column column,
                  struct fc_text *out);

#endif
