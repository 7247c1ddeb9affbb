#include "azure/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "azure/access.h"
#include "azure/drift.h"
#include "azure/limit.h"
#include "azure/pools.h"
#include "core/conf.h"
#include "core/rng.h"

static const char *const conf_keys[] = {
    "tenant",
    "domain",
    "subscriptions",
    "disabled",
    "management_groups",
    "groups",
    "counts",
    "objects",
    "page_size",
    "apps",
    "cert",
    "verify",
    "token_ttl_s",
    "identity_header",
    "arc_dir",
    "denials",
    "unregistered",
    "throttle",
    "bucket",
    "graph_quota",
    "graph_truncate",
    "retry_after_s",
    "touched",
    "bare",
    NULL,
};

void az_guid(uint64_t a, uint64_t b, char out[AZ_GUID])
{
    uint64_t h = fc_hash(a, b), g = fc_mix(h);

    snprintf(out, AZ_GUID, "%08x-%04x-4%03x-a%03x-%04x%08x", (unsigned)(h & 0xffffffff),
             (unsigned)(h >> 32 & 0xffff), (unsigned)(h >> 48 & 0xfff), (unsigned)(g & 0xfff),
             (unsigned)(g >> 12 & 0xffff), (unsigned)(g >> 28 & 0xffffffff));
}

bool az_is_guid(struct fc_str s)
{
    size_t i;

    if (s.n != AZ_GUID - 1) {
        return false;
    }
    for (i = 0; i < s.n; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;

        if (dash ? s.p[i] != '-' : strchr("0123456789abcdefABCDEF", s.p[i]) == NULL) {
            return false;
        }
    }
    return true;
}

static int compare_subs(const void *a, const void *b)
{
    return strcmp(((const struct az_sub *)a)->id, ((const struct az_sub *)b)->id);
}

static void make_subs(struct az_world *w)
{
    size_t i;

    w->sub_count = (size_t)fc_conf_int(w->conf, "azure", "subscriptions", 3);
    w->disabled = (size_t)fc_conf_int(w->conf, "azure", "disabled", 0);
    if (w->sub_count > 20000 || w->disabled > w->sub_count) {
        fc_die("azure.subscriptions: at most 20000, of which some may be disabled");
    }
    w->subs = fc_alloc(w->sub_count * sizeof(*w->subs));
    for (i = 0; i < w->sub_count; i++) {
        az_guid(fc_hash(w->seed, 1), i, w->subs[i].id);
    }
    if (w->sub_count > 0) {
        qsort(w->subs, w->sub_count, sizeof(*w->subs), compare_subs);
    }
    w->group_count = 1 + (size_t)fc_conf_int(w->conf, "azure", "management_groups", 4);
    for (i = 0; i < w->sub_count; i++) {
        w->subs[i].base = fc_hash_bytes(w->seed, w->subs[i].id, AZ_GUID - 1);
        w->subs[i].group = w->group_count > 1 ? 1 + i % (w->group_count - 1) : 0;
    }
}

/* The providers that a subscription lacks, by its id, a glob of it, or its number from 1. */
static void make_missing(struct az_world *w)
{
    struct json_object *all = fc_conf_get(w->conf, "unregistered");
    size_t i;

    if (all == NULL) {
        return;
    }
    json_object_object_foreach(all, which, value)
    {
        for (i = 0; i < w->sub_count; i++) {
            struct az_sub *s = &w->subs[i];
            char number[24];
            char *copy, *save = NULL, *name;
            size_t n = 0;

            snprintf(number, sizeof(number), "%zu", i + 1);
            if (strcmp(which, number) != 0 && !fc_glob(which, fc_str_of(s->id))) {
                continue;
            }
            copy = fc_strdup(json_object_get_string(value));
            while (s->missing != NULL && s->missing[n] != NULL) {
                n++;
            }
            for (name = strtok_r(copy, ",", &save); name != NULL;
                 name = strtok_r(NULL, ",", &save)) {
                const struct az_provider *p = az_catalog_provider(w->catalog, fc_str_of(name));

                if (p == NULL) {
                    fc_die("azure.unregistered: there is no provider \"%s\"", name);
                }
                s->missing = fc_grow(s->missing, (n + 2) * sizeof(*s->missing));
                s->missing[n++] = p->name;
                s->missing[n] = NULL;
                w->partial = true;
            }
            free(copy);
        }
    }
}

struct az_world *az_world_identity(struct json_object *scenario)
{
    struct az_world *w = fc_alloc(sizeof(*w));
    const char *tenant;

    w->conf = fc_conf_get(scenario, "azure");
    fc_conf_only(w->conf, "azure", conf_keys);
    w->seed =
        fc_hash((uint64_t)fc_conf_int(scenario, "scenario", "seed", 1), UINT64_C(0x617a757265));
    az_guid(w->seed, 2, w->tenant);
    tenant = fc_conf_str(w->conf, "azure", "tenant", w->tenant);
    if (!az_is_guid(fc_str_of(tenant))) {
        fc_die("azure.tenant: a GUID is wanted");
    }
    if (tenant != w->tenant) {
        snprintf(w->tenant, sizeof(w->tenant), "%s", tenant);
    }
    w->domain = fc_conf_str(w->conf, "azure", "domain", "contoso.onmicrosoft.com");
    w->tenant_name = "Contoso";
    az_access_open(w);
    return w;
}

struct az_world *az_world_new(struct json_object *scenario)
{
    struct az_world *w = az_world_identity(scenario);

    w->catalog = az_catalog_new();
    w->page_size = (uint64_t)fc_conf_int(w->conf, "azure", "page_size", 0);
    w->graph_truncate = fc_conf_bool(w->conf, "azure", "graph_truncate", false);
    make_subs(w);
    make_missing(w);
    az_pools_count(w);
    az_drift_prepare(w);
    az_pools_sort(w);
    w->limits = az_limits_new(w->conf);
    return w;
}

void az_world_free(struct az_world *w)
{
    size_t i, s;

    if (w == NULL) {
        return;
    }
    for (i = 0; i < w->table_count; i++) {
        for (s = 0; s < w->sub_count && (s == 0 || !w->tables[i].shared); s++) {
            free(w->tables[i].subs[s]);
        }
        free(w->tables[i].subs);
        free(w->tables[i].tenant);
    }
    for (i = 0; i < w->sub_count; i++) {
        free(w->subs[i].missing);
    }
    az_limits_free(w->limits);
    az_access_close(w);
    free(w->tables);
    free(w->subs);
    az_catalog_free(w->catalog);
    free(w);
}

const struct az_sub *az_world_sub(const struct az_world *w, struct fc_str id)
{
    size_t low = 0, high = w->sub_count;

    while (low < high && id.n == AZ_GUID - 1) {
        size_t middle = (low + high) / 2;
        int order = strncasecmp(id.p, w->subs[middle].id, id.n);

        if (order == 0) {
            return &w->subs[middle];
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return NULL;
}

bool az_world_registered(const struct az_world *w, uint32_t sub, const char *provider)
{
    const char **m = sub != AZ_NO_SUB ? w->subs[sub].missing : NULL;

    for (; m != NULL && *m != NULL; m++) {
        if (strcmp(*m, provider) == 0) {
            return false;
        }
    }
    return true;
}

const struct az_table *az_world_table(const struct az_world *w, struct fc_str name)
{
    size_t i;

    for (i = 0; i < w->table_count; i++) {
        if (az_str_same(name, w->tables[i].name)) {
            return &w->tables[i];
        }
    }
    return NULL;
}
