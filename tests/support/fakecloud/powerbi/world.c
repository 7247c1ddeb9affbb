#include "powerbi/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/conf.h"
#include "core/rng.h"
#include "powerbi/scan.h"

static const char *const conf_keys[] = {
    "workspaces",
    "personal",
    "capacities",
    "gateways",
    "datasources",
    "modified",
    "touched",
    "deleted",
    "events",
    "event_page",
    "spelling",
    "error_object",
    "changed_connections",
    "denials",
    "scan_seconds",
    "scan_fail_every",
    "scan_fail_first",
    "scan_limit",
    "result_hours",
    "pooled",
    "no_throttle",
    "admins",
    NULL,
};

static uint64_t count(const struct pbi_world *w, const char *key, uint64_t fallback, uint64_t most)
{
    int64_t n = fc_conf_int(w->conf, "powerbi", key, (int64_t)fallback);

    if (n < 0 || (uint64_t)n > most) {
        fc_die("powerbi.%s: 0 to %llu is wanted", key, (unsigned long long)most);
    }
    return (uint64_t)n;
}

static enum pbi_spelling read_spelling(const struct pbi_world *w)
{
    const char *word = fc_conf_str(w->conf, "powerbi", "spelling", "schema");

    if (strcmp(word, "examples") == 0) {
        return PBI_SPELL_EXAMPLES;
    }
    if (strcmp(word, "old") == 0) {
        return PBI_SPELL_OLD;
    }
    if (strcmp(word, "schema") != 0) {
        fc_die("powerbi.spelling: schema, examples or old is wanted");
    }
    return PBI_SPELL_SCHEMA;
}

static struct fc_jobs *new_scans(const struct pbi_world *w)
{
    double seconds = fc_conf_double(w->conf, "powerbi", "scan_seconds", 20);
    double hours = fc_conf_double(w->conf, "powerbi", "result_hours", 24);
    struct fc_job_rules rules;

    if (!(seconds >= 0 && seconds <= 1e6) || !(hours > 0 && hours <= 1e4)) {
        fc_die("powerbi: scan_seconds or result_hours is out of range");
    }
    rules = (struct fc_job_rules){
        .payload_bytes = sizeof(struct pbi_scan),
        .duration_ns = (int64_t)(seconds * 1e9),
        .kept_ns = (int64_t)(hours * 3600e9),
        .fail_every = count(w, "scan_fail_every", 0, 1000000),
        .limit = count(w, "scan_limit", 16, 1000000),
    };
    return fc_jobs_new(&rules);
}

struct pbi_world *pbi_world_new(struct json_object *scenario)
{
    struct pbi_world *w = fc_alloc(sizeof(*w));

    w->conf = fc_conf_get(scenario, "powerbi");
    fc_conf_only(w->conf, "powerbi", conf_keys);
    w->identity = az_world_identity(scenario);
    w->seed =
        fc_hash((uint64_t)fc_conf_int(scenario, "scenario", "seed", 1), UINT64_C(0x706f77657262));
    w->workspaces = count(w, "workspaces", 60, 50000000);
    w->all = w->workspaces + count(w, "personal", w->workspaces / 6, 50000000);
    w->capacities = count(w, "capacities", 3, 10000);
    w->gateways = count(w, "gateways", 4, 10000);
    w->sources = count(w, "datasources", w->all / 2 + 8, 50000000);
    w->touched = count(w, "touched", 0, w->all);
    w->modified = count(w, "modified", w->touched > 0 ? 0 : (w->all + 49) / 50, w->all);
    w->deleted = count(w, "deleted", 0, w->workspaces);
    w->connections = count(w, "changed_connections", 0, pbi_modified_count(w));
    w->events = count(w, "events", 200, 10000000);
    w->event_page = count(w, "event_page", 100, 10000);
    w->spelling = read_spelling(w);
    w->error_object = fc_conf_bool(w->conf, "powerbi", "error_object", false);
    if (w->sources == 0 || w->event_page == 0) {
        fc_die("powerbi.datasources, powerbi.event_page: at least 1 is wanted");
    }
    w->quotas = fc_quotas_new();
    w->scans = new_scans(w);
    return w;
}

void pbi_world_free(struct pbi_world *w)
{
    if (w != NULL) {
        fc_jobs_free(w->scans);
        fc_quotas_free(w->quotas);
        az_world_free(w->identity);
        free(w);
    }
}

uint64_t pbi_chance(const struct pbi_world *w, enum pbi_kind kind, uint64_t index, uint64_t what)
{
    return fc_hash(fc_hash(w->seed + kind, index), what);
}

/* The digits go into the text by hand: millions of them are printed. */
static void put_hex(char *at, uint64_t v, unsigned digits)
{
    while (digits > 0) {
        at[--digits] = "0123456789abcdef"[v & 15];
        v >>= 4;
    }
}

void pbi_guid(const struct pbi_world *w, enum pbi_kind kind, uint64_t index, char out[AZ_GUID])
{
    uint64_t key = fc_mix(w->seed + kind);
    uint64_t h = fc_hash(key, index);

    memcpy(out, "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx", AZ_GUID);
    put_hex(out, fc_hide((uint32_t)index, key), 8);
    put_hex(out + 9, h, 4);
    put_hex(out + 15, h >> 16, 3);
    put_hex(out + 20, h >> 28, 3);
    put_hex(out + 24, (index >> 32 & 0xffff) ^ (key >> 8 & 0xffff), 4);
    put_hex(out + 28, h >> 32, 8);
}

static bool read_hex(const char *p, unsigned digits, uint64_t *out)
{
    *out = 0;
    while (digits-- > 0) {
        char c = *p++;
        unsigned v = c >= '0' && c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 32) - 'a') + 10;

        if (v > 15) {
            return false;
        }
        *out = *out << 4 | v;
    }
    return true;
}

bool pbi_guid_index(const struct pbi_world *w, enum pbi_kind kind, struct fc_str guid,
                    uint64_t *out_index)
{
    uint64_t key = fc_mix(w->seed + kind), low, high, index;
    char again[AZ_GUID];
    size_t i;

    if (!az_is_guid(guid) || !read_hex(guid.p, 8, &low) || !read_hex(guid.p + 24, 4, &high)) {
        return false;
    }
    index = (high ^ (key >> 8 & 0xffff)) << 32 | fc_find((uint32_t)low, key);
    pbi_guid(w, kind, index, again);
    for (i = 0; i < AZ_GUID - 1; i++) {
        char c = guid.p[i];

        if ((c >= 'A' && c <= 'F' ? c + 32 : c) != again[i]) {
            return false;
        }
    }
    *out_index = index;
    return true;
}

bool pbi_is_personal(const struct pbi_world *w, uint64_t workspace)
{
    return workspace >= w->workspaces;
}

bool pbi_is_deleted(const struct pbi_world *w, uint64_t workspace)
{
    return !pbi_is_personal(w, workspace) && workspace >= w->workspaces - w->deleted;
}

bool pbi_is_touched(const struct pbi_world *w, uint64_t workspace)
{
    return workspace < w->touched;
}

/* Those that are modified and not touched stand evenly in what is left. */
static uint64_t rest(const struct pbi_world *w)
{
    return w->all - w->touched;
}

static uint64_t spread(const struct pbi_world *w)
{
    return w->modified < rest(w) ? w->modified : rest(w);
}

bool pbi_is_modified(const struct pbi_world *w, uint64_t workspace)
{
    uint64_t i = workspace - w->touched;

    if (workspace < w->touched) {
        return true;
    }
    return (i + 1) * spread(w) / rest(w) > i * spread(w) / rest(w);
}

uint64_t pbi_nth_modified(const struct pbi_world *w, uint64_t n)
{
    if (n < w->touched) {
        return n;
    }
    /* The first i for which (i + 1) * spread / rest reaches n + 1. */
    return w->touched + ((n - w->touched + 1) * rest(w) + spread(w) - 1) / spread(w) - 1;
}

uint64_t pbi_modified_count(const struct pbi_world *w)
{
    return w->touched + spread(w);
}

bool pbi_is_reconnected(const struct pbi_world *w, uint64_t workspace)
{
    return w->connections > 0 && pbi_is_modified(w, workspace) &&
           workspace <= pbi_nth_modified(w, w->connections - 1);
}

bool pbi_is_inactive(const struct pbi_world *w, uint64_t workspace)
{
    return pbi_chance(w, PBI_WORKSPACE, workspace, 1) % 8 == 0 && !pbi_is_modified(w, workspace);
}

bool pbi_is_orphaned(const struct pbi_world *w, uint64_t workspace)
{
    return !pbi_is_personal(w, workspace) && pbi_chance(w, PBI_WORKSPACE, workspace, 2) % 23 == 0;
}

bool pbi_capacity_of(const struct pbi_world *w, uint64_t workspace, uint64_t *out_capacity)
{
    uint64_t h = pbi_chance(w, PBI_WORKSPACE, workspace, 3);

    if (w->capacities == 0 || h % 5 < 2 || pbi_is_personal(w, workspace) ||
        pbi_is_deleted(w, workspace)) {
        return false;
    }
    *out_capacity = (h >> 8) % w->capacities;
    return true;
}

struct pbi_contents pbi_contents_once(const struct pbi_world *w, uint64_t workspace)
{
    uint64_t h = pbi_chance(w, PBI_WORKSPACE, workspace, 4);
    struct pbi_contents c = {0};

    if (h % 11 == 0) {
        return c; /* Empty ones there are, too. */
    }
    c.datasets = 1 + (h >> 8) % 3;
    c.reports = c.datasets + (h >> 16) % 3;
    c.dashboards = (h >> 24) % 3;
    if (!pbi_is_personal(w, workspace)) {
        c.dataflows = (h >> 32) % 3;
        c.datamarts = (h >> 40) % 4 == 0;
    }
    return c;
}

struct pbi_contents pbi_contents_of(const struct pbi_world *w, uint64_t workspace)
{
    return pbi_is_deleted(w, workspace) ? (struct pbi_contents){0}
                                        : pbi_contents_once(w, workspace);
}

void pbi_put_name(const struct pbi_world *w, uint64_t workspace, struct fc_text *out)
{
    static const char *const areas[] = {"Finance", "Sales",    "Vertrieb \\u00d6st",  "Logistics",
                                        "People",  "Research", "Ventes \\\"Nord\\\"", "Platform"};
    uint64_t h = pbi_chance(w, PBI_WORKSPACE, workspace, 5);

    if (pbi_is_personal(w, workspace)) {
        fc_text_printf(out, "\"PersonalWorkspace user%llu\"",
                       (unsigned long long)(workspace - w->workspaces));
    } else {
        fc_text_printf(out, "\"%s %llu\"", areas[h % 8], (unsigned long long)workspace);
    }
}
