#include "powerbi/source.h"

/* A kind of data source and the members of its connectionDetails; %llu is its number. */
struct kind {
    const char *type;
    bool local; /* Behind a gateway. */
    const char *keys[2];
    const char *values[2];
};

static const struct kind kinds[] = {
    {"Sql", false, {"server", "database"}, {"sql%llu.database.windows.net", "warehouse%llu"}},
    {"Sql", true, {"server", "database"}, {"SQL-%llu\\\\PROD", "sales%llu"}},
    {"AnalysisServices", true, {"server", "database"}, {"olap%llu.contoso.local", "cube%llu"}},
    {"Oracle", true, {"server", NULL}, {"ora%llu.contoso.local:1521/ORCL", NULL}},
    {"PostgreSql", false, {"server", "database"}, {"pg%llu.contoso.com", "app%llu"}},
    {"File", true, {"path", NULL}, {"\\\\\\\\files\\\\share\\\\plan%llu.xlsx", NULL}},
    {"Web", false, {"url", NULL}, {"https://data%llu.contoso.com/feed", NULL}},
    {"OData", false, {"url", NULL}, {"https://odata%llu.contoso.com/v4", NULL}},
    {"SharePointList", false, {"url", NULL}, {"https://contoso.sharepoint.com/sites/s%llu", NULL}},
    {"AzureBlobs", false, {"account", "domain"}, {"store%llu", "blob.core.windows.net"}},
    {"Extension", false, {"path", "kind"}, {"acct%llu.snowflakecomputing.com;WH", "Snowflake"}},
    {"Exchange", false, {"emailAddress", NULL}, {"box%llu@contoso.com", NULL}},
    {"Salesforce",
     false,
     {"loginServer", "classInfo"},
     {"https://login%llu.salesforce.com", "objects"}},
};

static const struct kind *kind_of(const struct pbi_world *w, uint64_t source)
{
    uint64_t h = pbi_chance(w, PBI_SOURCE, source, 1);
    const struct kind *k = &kinds[h % (sizeof(kinds) / sizeof(kinds[0]))];

    return k->local && w->gateways == 0 ? &kinds[0] : k;
}

const char *pbi_source_type(const struct pbi_world *w, uint64_t source)
{
    return kind_of(w, source)->type;
}

unsigned pbi_sources_of(const struct pbi_world *w, enum pbi_kind kind, uint64_t index,
                        uint64_t workspace, uint64_t out[PBI_MAX_USES])
{
    uint64_t h = pbi_chance(w, kind, index, 20);
    unsigned n = (unsigned)((h >> 60) % (PBI_MAX_USES + 1)), i;
    bool changed = pbi_is_reconnected(w, workspace);

    n = n == 0 && changed ? 1 : n; /* What changed is there. */
    n = n > w->sources ? (unsigned)w->sources : n;
    for (i = 0; i < n; i++) {
        out[i] = (h % w->sources + i + (changed ? PBI_MAX_USES : 0)) % w->sources;
    }
    return n;
}

bool pbi_bad_source_of(const struct pbi_world *w, enum pbi_kind kind, uint64_t index, uint64_t *out)
{
    uint64_t h = pbi_chance(w, kind, index, 21);

    *out = (h >> 8) % (w->sources / 16 + 1);
    return h % 13 == 0;
}

void pbi_put_connection(const struct pbi_world *w, uint64_t source, const char *quote,
                        struct fc_text *out)
{
    const struct kind *k = kind_of(w, source);
    bool plain = quote[0] == '"';
    size_t i;

    for (i = 0; i < 2 && k->keys[i] != NULL; i++) {
        const char *at;

        fc_text_printf(out, "%s%s%s%s:%s", i > 0 ? "," : "", quote, k->keys[i], quote, quote);
        for (at = k->values[i]; *at != '\0'; at++) {
            if (at[0] == '%') {
                fc_text_printf(out, "%llu", (unsigned long long)source);
                at += 3;
            } else {
                /* JSON within a string of JSON: its backslashes twice again. */
                fc_text_add(out, at, 1);
                fc_text_add(out, at, *at == '\\' && !plain);
            }
        }
        fc_text_puts(out, quote);
    }
}

bool pbi_source_gateway(const struct pbi_world *w, uint64_t source, uint64_t *out_gateway)
{
    *out_gateway = w->gateways > 0 ? source % w->gateways : 0;
    return kind_of(w, source)->local;
}

void pbi_put_source(const struct pbi_world *w, enum pbi_kind kind, uint64_t source,
                    struct fc_text *out)
{
    char id[AZ_GUID], gateway_id[AZ_GUID];
    uint64_t gateway;

    pbi_guid(w, kind, source, id);
    fc_text_printf(out, "{\"datasourceType\":\"%s\",\"connectionDetails\":{",
                   pbi_source_type(w, source));
    pbi_put_connection(w, source, "\"", out);
    fc_text_printf(out, "},\"datasourceId\":\"%s\"", id);
    if (pbi_source_gateway(w, source, &gateway)) {
        pbi_guid(w, PBI_GATEWAY, gateway, gateway_id);
        fc_text_printf(out, ",\"gatewayId\":\"%s\"", gateway_id);
    }
    fc_text_puts(out, "}");
}
