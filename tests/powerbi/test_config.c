/* Settings, quotas and what gives itself away. */
#include "powerbi/config.h"
#include "powerbi/secrets.h"
#include "powerbi/session.h"

#include <criterion/criterion.h>

static const struct wgo_wall now = {INT64_C(1780000000) * WGO_S};

static enum wgo_status read(const char *yaml, struct wgo_arena *arena,
                            struct wgo_powerbi_config *out, struct wgo_error *err)
{
    struct wgo_yaml *root = NULL;
    struct wgo_provider_options options = {0};
    cr_assert_eq(wgo_yaml_parse(arena, "t", wgo_str(yaml), 1000, &root, err), WGO_OK);
    options.settings = root;
    return wgo_powerbi_config_read(&options, now, arena, out, err);
}

Test(powerbi_config, everything_is_asked_for_unless_said)
{
    struct wgo_arena arena = {0};
    struct wgo_powerbi_config config = {0};
    struct wgo_error err = {0};
    cr_assert_eq(read("", &arena, &config, &err), WGO_OK, "%s", err.message);
    cr_expect(config.lineage && config.datasource_details && config.dataset_schema);
    cr_expect(config.dataset_expressions && config.artifact_users);
    cr_expect(config.personal_workspaces && config.inactive_workspaces && config.per_endpoint);
    cr_expect_not(config.even);
    cr_expect_eq(config.modified_since.len, 0);
    cr_assert_eq(read("lineage: false\nartifact_users: no\nquota_model: pooled\nquota_share: 10%\n"
                      "quota_per_hour: 300\nmodified_since: 2d\ncapacities: [a, b]\neven: true\n",
                      &arena, &config, &err),
                 WGO_OK, "%s", err.message);
    cr_expect_not(config.lineage || config.artifact_users || config.per_endpoint);
    cr_expect(config.even);
    cr_expect_eq(config.capacities.count, 2);
    cr_expect_eq(config.hour_most, 300);
    cr_expect_float_eq(config.share, 0.1, 1e-9);
    cr_expect(wgo_str_is(config.modified_since, "2026-05-26T20:26:40Z"), "%.*s",
              WGO_FMT(config.modified_since));
    wgo_arena_fini(&arena);
}

Test(powerbi_config, what_makes_no_sense_is_refused)
{
    static const char *const cases[] = {
        "lineage: perhaps",      "quota_model: both",    "quota_share: 0",
        "quota_share: 120%",     "quota_per_hour: no",   "quota_per_hour: 10",
        "modified_since: 10m",   "modified_since: 40d",  "modified_since: yesterday",
        "workspaces_file: \"\"", "capacities: [{a: b}]",
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_arena arena = {0};
        struct wgo_powerbi_config config = {0};
        struct wgo_error err = {0};
        cr_expect_eq(read(cases[i], &arena, &config, &err), WGO_E_CONFIG, "%s", cases[i]);
        cr_expect(strstr(err.message, "providers: powerbi: ") == err.message, "%s", err.message);
        wgo_arena_fini(&arena);
    }
}

static void ignore(void *engine, const char *format, ...) WGO_PRINTF(2, 3);
static unsigned warned;
static void ignore(void *engine, const char *format, ...)
{
    (void)engine;
    (void)format;
    warned++;
}

Test(powerbi_config, shares_go_with_the_scans_at_once)
{
    static const struct {
        unsigned jobs;
        double calls;
        bool warns;
    } cases[] = {{0, 120, false}, {1, 120, false}, {2, 240, false}, {3, 360, false},
                 {5, 416, false}, {8, 480, true},  {20, 480, true}};
    const struct wgo_services services = {.warn = ignore};
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        struct wgo_powerbi powerbi = {.services = &services, .config = {.hour_most = 500}};
        struct wgo_known_quota quotas[WGO_KNOWN_QUOTAS];
        warned = 0;
        cr_assert_eq(wgo_powerbi_quotas(&powerbi, cases[i].jobs, quotas), 1);
        cr_expect_float_eq(quotas[0].share * 500, cases[i].calls, 1e-6, "%u", cases[i].jobs);
        cr_expect_eq(warned, cases[i].warns);
        cr_expect_float_eq(wgo_powerbi_hourly(&powerbi.config, cases[i].jobs), cases[i].calls,
                           1e-6);
    }
}

Test(powerbi_config, the_endpoints_have_quotas_of_their_own)
{
    const struct wgo_services services = {.warn = ignore};
    struct wgo_powerbi powerbi = {.services = &services, .config = {.per_endpoint = true}};
    struct wgo_known_quota quotas[WGO_KNOWN_QUOTAS];
    unsigned count = wgo_powerbi_quotas(&powerbi, 0, quotas);
    static const struct {
        const char *key;
        uint64_t limit;
    } wanted[] = {{"powerbi/t/getInfo", 500},
                  {"powerbi/t/scanResult", 500},
                  {"powerbi/t/scanStatus", 10000},
                  {"powerbi/t/modified", 30}};
    for (size_t i = 0; i < WGO_COUNT(wanted); i++) {
        unsigned hits = 0;
        for (unsigned q = 0; q < count; q++) {
            if (wgo_str_glob(wgo_str(quotas[q].match), wgo_str(wanted[i].key))) {
                hits++;
                cr_expect_eq(quotas[q].limit, wanted[i].limit, "%s", wanted[i].key);
                cr_expect_float_eq(quotas[q].share, 0.24, 1e-9);
            }
        }
        cr_expect_eq(hits, 1, "%s", wanted[i].key);
    }
}

/* The arithmetic of a large tenant. */
Test(powerbi_config, hours)
{
    static const struct {
        bool per_endpoint;
        double polls, share, hours;
    } cases[] = {{true, 2, 0, 20.58},     {false, 6, 0, 164.67},  {false, 2, 0, 82.33},
                 {false, 6, 0.5, 79.04},  {false, 6, 0.2, 197.6}, {false, 6, 0.72, 54.89},
                 {false, 6, 0.832, 47.5}, {false, 6, 0.96, 41.17}};
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        const struct wgo_powerbi_config config = {
            .per_endpoint = cases[i].per_endpoint, .share = cases[i].share, .hour_most = 500};
        cr_expect_float_eq(wgo_powerbi_hours(&config, 247000, cases[i].polls, 0), cases[i].hours,
                           0.01, "case %zu", i);
    }
}

Test(powerbi_secrets, what_gives_itself_away)
{
    static const struct {
        const char *text;
        bool secret;
    } cases[] = {
        {"let Source = Sql.Database(\"s.database.windows.net\", \"DB\") in Source", false},
        {"CALCULATE(SUM('Sales'[Amount]), 'Date'[Year] = 2024)", false},
        {"\"revenues param value\" meta [IsParameterQuery=true, Type=\"Text\"]", false},
        {"PowerBI.Dataflows(null){[workspaceId=\"d507422c-8d6d-4361-ac7a-30074a8cd0a1\"]}", false},
        {"https://contoso.sharepoint.com/sites/finance", false},
        {"d507422c-8d6d-4361-ac7a-30074a8cd0a1/e7e8a355-e77b-4418-a7b8-ae5972fdaa03", false},
        {"Web.Contents(\"https://x\", [Headers=[#\"x-api-key\"=\"abc\"]])", true},
        {"[Headers=[Authorization=\"Basic YWJj\"]]", true},
        {"https://store.blob.core.windows.net/c?sv=2020&sig=abc%3D", true},
        {"Driver={SQL};Server=s;Uid=sa;Pwd=hunter2;", true},
        {"DefaultEndpointsProtocol=https;AccountName=a;AccountKey=abc==", true},
        {"key = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c\"", true},
        {"let t = \"eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0\" in t", true},
    };
    for (size_t i = 0; i < WGO_COUNT(cases); i++) {
        cr_expect_eq(wgo_powerbi_text_is_secret(wgo_str(cases[i].text)), cases[i].secret, "%s",
                     cases[i].text);
    }
}
