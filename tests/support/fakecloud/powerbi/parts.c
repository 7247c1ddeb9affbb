/* parts.c: what the items of a workspace have in common: people, times, marks, schemas. */
#include "core/clock.h"
#include "core/rng.h"
#include "powerbi/result.h"

#define PEOPLE 997
#define FIRST_DAY INT64_C(18262) /* 2020-01-01 */

uint64_t pbi_item(uint64_t workspace, unsigned k)
{
    return workspace * PBI_MAX_ITEMS + k;
}

void pbi_put_guid(const struct pbi_world *w, enum pbi_kind kind, uint64_t index,
                  struct fc_text *out)
{
    char id[AZ_GUID];

    pbi_guid(w, kind, index, id);
    fc_text_add(out, "\"", 1);
    fc_text_add(out, id, AZ_GUID - 1);
    fc_text_add(out, "\"", 1);
}

void pbi_put_time(const struct pbi_world *w, enum pbi_kind kind, uint64_t index, uint64_t workspace,
                  struct fc_text *out)
{
    uint64_t h = pbi_chance(w, kind, index, 10);
    int64_t ms = FIRST_DAY * 86400000 + (int64_t)(h % (UINT64_C(1700) * 86400000));

    if (pbi_is_touched(w, workspace)) {
        ms += INT64_C(40) * 86400000;
    }
    fc_text_puts(out, "\"");
    fc_clock_print(out, ms * 1000000, 3);
    fc_text_puts(out, "\"");
}

void pbi_put_person(const struct pbi_world *w, const char *key, uint64_t chance,
                    struct fc_text *out)
{
    (void)w;
    fc_text_printf(out, ",\"%s\":\"user%llu@contoso.com\"", key,
                   (unsigned long long)(chance % PEOPLE));
}

/* One of them, without the closing brace: mostly people, sometimes a group or an application. */
static void put_principal(const struct pbi_world *w, uint64_t h, const char *right,
                          const char *value, struct fc_text *out)
{
    unsigned long long n = h % PEOPLE;
    uint64_t who = pbi_chance(w, PBI_USER, n, 1); /* The same wherever it is named. */
    char id[AZ_GUID];

    pbi_guid(w, PBI_USER, n, id);
    if (who % 8 != 0) {
        fc_text_printf(out,
                       "{\"displayName\":\"User %llu\",\"emailAddress\":\"user%llu@contoso.com\","
                       "\"%s\":\"%s\",\"identifier\":\"user%llu@contoso.com\",\"graphId\":\"%s\","
                       "\"principalType\":\"User\"",
                       n, n, right, value, n, id);
    } else {
        bool group = who % 16 == 0;

        fc_text_printf(out,
                       "{\"displayName\":\"%s %llu\",\"%s\":\"%s\",\"identifier\":\"%s\","
                       "\"graphId\":\"%s\",\"principalType\":\"%s\"",
                       group ? "Team" : "Robot", n, right, value, id, id, group ? "Group" : "App");
    }
}

void pbi_put_users(const struct pbi_world *w, enum pbi_kind kind, uint64_t index, const char *right,
                   struct fc_text *out)
{
    static const char *const items[] = {"Read", "ReadWrite", "ReadReshare", "Owner"};
    static const char *const sets[] = {"Read", "ReadReshare", "ReadWriteReshareExplore",
                                       "ReadExplore"};
    static const char *const groups[] = {"Admin", "Member", "Contributor", "Viewer"};
    const char *const *values = kind == PBI_WORKSPACE ? groups : kind == PBI_DATASET ? sets : items;
    uint64_t h = pbi_chance(w, kind, index, 11);
    unsigned n = 1 + (unsigned)(h % 3), i;

    fc_text_puts(out, ",\"users\":[");
    for (i = 0; i < n && !(kind == PBI_WORKSPACE && pbi_is_orphaned(w, index)); i++) {
        uint64_t one = fc_hash(h, i);

        fc_text_puts(out, i > 0 ? "," : "");
        put_principal(w, one, right,
                      i == 0 && kind == PBI_WORKSPACE ? "Admin" : values[one >> 44 & 3], out);
        fc_text_puts(out, "}");
    }
    fc_text_puts(out, "]");
}

void pbi_put_mart_users(const struct pbi_world *w, uint64_t index, struct fc_text *out)
{
    uint64_t h = pbi_chance(w, PBI_DATAMART, index, 11);
    bool examples = w->spelling == PBI_SPELL_EXAMPLES;

    fc_text_puts(out, examples ? ",\"Users\":[" : ",\"users\":[");
    put_principal(w, h, "datamartUserAccessRight", "ReadWriteReshareExplore", out);
    fc_text_puts(out, ",\"userType\":\"Member\"");
    if (examples || h >> 50 & 1) {
        fc_text_puts(out, ",\"profile\":{\"id\":");
        pbi_put_guid(w, PBI_USER, PEOPLE + index, out);
        fc_text_puts(out, ",\"displayName\":\"Profile\"}");
    }
    fc_text_puts(out, "}]");
}

void pbi_put_marks(const struct pbi_world *w, enum pbi_kind kind, uint64_t index,
                   struct fc_text *out)
{
    uint64_t h = pbi_chance(w, kind, index, 12);

    if (kind != PBI_DASHBOARD && h % 5 < 2) {
        fc_text_printf(out, ",\"endorsementDetails\":{\"endorsement\":\"%s\"",
                       h % 5 == 0 ? "Certified" : "Promoted");
        if (h % 5 == 0) {
            pbi_put_person(w, "certifiedBy", h >> 8, out);
        }
        fc_text_puts(out, "}");
    }
    if ((h >> 24) % 4 == 0) {
        fc_text_puts(out, ",\"sensitivityLabel\":{\"labelId\":");
        pbi_put_guid(w, PBI_LABEL, (h >> 32) % 6, out);
        fc_text_puts(out, "}");
    }
}

static void put_table(const struct pbi_scan *scan, uint64_t h, unsigned n, struct fc_text *out)
{
    static const char *const types[] = {"Int64", "String", "Double", "DateTime", "Boolean"};
    unsigned columns = 2 + (unsigned)(h % 4), i;

    fc_text_printf(out, "{\"name\":\"Table %u\",\"columns\":[", n);
    for (i = 0; i < columns; i++) {
        fc_text_printf(out, "%s{\"name\":\"Column %u\",\"dataType\":\"%s\",\"isHidden\":%s}",
                       i > 0 ? "," : "", i, types[(h >> (8 + 4 * i)) % 5],
                       i == 0 ? "true" : "false");
    }
    fc_text_puts(out, "],\"measures\":[");
    if (h >> 40 & 1) {
        fc_text_printf(out, "{\"name\":\"Measure %u\",", n);
        if (scan->expressions) {
            fc_text_printf(out, "\"expression\":\"SUM('Table %u'[Column 1])\",", n);
        }
        fc_text_puts(out, "\"description\":\"What is summed\",\"isHidden\":false}");
    }
    fc_text_printf(out, "],\"isHidden\":false,\"description\":\"Table %u of it\"", n);
    if (scan->expressions) {
        fc_text_printf(out,
                       ",\"source\":[{\"expression\":\"let\\n    Source = Query%u\\nin\\n    "
                       "Source\"}]",
                       n);
    }
    fc_text_puts(out, "}");
}

static void put_role(const struct pbi_world *w, uint64_t h, struct fc_text *out)
{
    fc_text_printf(out,
                   "{\"name\":\"Region\",\"modelPermission\":\"Read\",\"members\":[{\"memberName\":"
                   "\"user%llu@contoso.com\",\"memberId\":",
                   (unsigned long long)(h % PEOPLE));
    pbi_put_guid(w, PBI_USER, h % PEOPLE, out);
    fc_text_puts(out, ",\"memberType\":\"User\",\"identityProvider\":\"AzureAD\"}],"
                      "\"tablePermissions\":[{\"name\":\"Table 0\",\"filterExpression\":"
                      "\"[Column 1] = \\\"North\\\"\"}]}");
}

void pbi_put_schema(const struct pbi_world *w, const struct pbi_scan *scan, uint64_t index,
                    struct fc_text *out)
{
    uint64_t h = pbi_chance(w, PBI_DATASET, index, 13);
    unsigned tables = 1 + (unsigned)(h % 3), i;

    if ((h >> 8) % 41 == 0) {
        fc_text_puts(out, ",\"schemaRetrievalError\":\"Workspace on disabled capacity\"");
        return;
    }
    fc_text_puts(out, ",\"tables\":[");
    for (i = 0; i < tables; i++) {
        fc_text_puts(out, i > 0 ? "," : "");
        put_table(scan, fc_hash(h, i), i, out);
    }
    fc_text_puts(out, "],\"relationships\":[]");
    if ((h >> 16) % 29 == 0) {
        fc_text_puts(out, ",\"schemaMayNotBeUpToDate\":true");
    }
    if (scan->expressions) {
        fc_text_puts(out,
                     ",\"expressions\":[{\"name\":\"Query0\",\"description\":\"Where it comes "
                     "from\",\"expression\":\"let\\n    Source = "
                     "Sql.Database(\\\"sql.contoso.com\\\", \\\"DB\\\")\\nin\\n    Source\"}]");
    }
    fc_text_puts(out, ",\"roles\":[");
    if (h >> 24 & 1) {
        put_role(w, h >> 30, out);
    }
    fc_text_puts(out, "]");
}
