#include "azure/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "azure/access.h"
#include "azure/limit.h"
#include "azure/object.h"
#include "core/conf.h"
#include "core/rng.h"

static const char *const conf_keys[] = {
    "tenant",        "domain",       "subscriptions", "disabled",       "management_groups",
    "groups",        "counts",       "objects",       "page_size",      "apps",
    "cert",          "verify",       "token_ttl_s",   "identity_header", "arc_dir",
    "denials",       "unregistered", "throttle",      "bucket",         "graph_quota",
    "graph_truncate", "retry_after_s", NULL,
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

static void set_count(struct az_world *w, const char *pattern, uint64_t n)
{
    struct fc_text glob = {0};
    size_t i, hits = 0;

    for (i = 0; pattern[i] != '\0'; i++) {
        char c = pattern[i];

        c = (char)(c >= 'A' && c <= 'Z' ? c + 'a' - 'A' : c);
        fc_text_add(&glob, &c, 1);
    }
    for (i = 0; i < w->catalog->type_count; i++) {
        struct az_type *t = w->catalog->types[i];
        char low[160];
        size_t k;

        for (k = 0; t->name[k] != '\0' && k + 1 < sizeof(low); k++) {
            low[k] = (char)(t->name[k] >= 'A' && t->name[k] <= 'Z' ? t->name[k] + 32 : t->name[k]);
        }
        low[k] = '\0';
        if (t->scope != AZ_SUBS && t->scope != AZ_IN_TENANT && glob.data != NULL &&
            fc_glob(glob.data, (struct fc_str){low, k})) {
            t->count = n;
            t->fixed = true;
            hits++;
        }
    }
    if (hits == 0) {
        fc_die("azure.counts: there is no type \"%s\"", pattern);
    }
    fc_text_fini(&glob);
}

static uint64_t total_of(const struct az_type *t)
{
    return t->parent != NULL ? total_of(t->parent) * t->count : t->count;
}

static bool tracked(const struct az_type *t)
{
    return t->table != NULL && strcmp(t->table, "resources") == 0;
}

static uint64_t tracked_total(const struct az_world *w)
{
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < w->catalog->type_count; i++) {
        sum += tracked(w->catalog->types[i]) ? total_of(w->catalog->types[i]) : 0;
    }
    return sum;
}

static bool scales(const struct az_type *t)
{
    return tracked(t) && t->parent == NULL && !t->fixed;
}

static void scale(struct az_world *w, double factor)
{
    size_t i;

    for (i = 0; i < w->catalog->type_count; i++) {
        struct az_type *t = w->catalog->types[i];

        if (scales(t)) {
            t->count = (uint64_t)((double)t->usual * factor);
        }
    }
}

static bool has_children(const struct az_world *w, const struct az_type *parent)
{
    size_t i;

    for (i = 0; i < w->catalog->type_count; i++) {
        const struct az_type *t = w->catalog->types[i];

        if (t->parent == parent && tracked(t) && t->count > 0) {
            return true;
        }
    }
    return false;
}

/* Scales what may be scaled until there are exactly 'wanted' resources per subscription. */
static void fit(struct az_world *w, uint64_t wanted)
{
    struct az_type *filler = NULL;
    double low = 0, high = 1e6;
    uint64_t sum;
    size_t i;

    for (i = 0; i < 80; i++) {
        double middle = (low + high) / 2;

        scale(w, middle);
        if (tracked_total(w) > wanted) {
            high = middle;
        } else {
            low = middle;
        }
    }
    scale(w, low);
    sum = tracked_total(w);
    for (i = 0; i < w->catalog->type_count; i++) {
        struct az_type *t = w->catalog->types[i];

        if (scales(t) && !has_children(w, t) && (filler == NULL || t->usual > filler->usual)) {
            filler = t;
        }
    }
    if (sum > wanted || (sum < wanted && filler == NULL)) {
        fc_die("azure.objects: the counts given make %llu",
               (unsigned long long)sum);
    }
    if (filler != NULL) {
        filler->count += wanted - sum;
    }
}

static void make_counts(struct az_world *w)
{
    struct json_object *counts = fc_conf_get(w->conf, "counts");
    int64_t objects = fc_conf_int(w->conf, "azure", "objects", -1);
    struct az_type *groups = az_catalog_alias(w->catalog, fc_str_of("rg"));
    size_t i;

    w->groups = groups;
    w->self = az_catalog_alias(w->catalog, fc_str_of("sub"));
    w->mgmt = az_catalog_alias(w->catalog, fc_str_of("mg"));
    for (i = 0; i < w->catalog->type_count; i++) {
        w->catalog->types[i]->count = w->catalog->types[i]->usual;
    }
    az_catalog_alias(w->catalog, fc_str_of("mg"))->count = w->group_count;
    if (objects >= 0) {
        groups->count = (uint64_t)objects / 40 + 1;
    }
    groups->count = (uint64_t)fc_conf_int(w->conf, "azure", "groups", (int64_t)groups->count);
    if (counts != NULL) {
        json_object_object_foreach(counts, pattern, value)
        {
            int64_t n = json_object_get_int64(value);

            if (!json_object_is_type(value, json_type_int) || n < 0 || n > 10000000) {
                fc_die("azure.counts.%s: a whole number is wanted", pattern);
            }
            set_count(w, pattern, (uint64_t)n);
        }
    }
    if (objects >= 0) {
        fit(w, (uint64_t)objects);
    }
    for (i = 0; i < w->catalog->type_count; i++) {
        struct az_type *t = w->catalog->types[i];

        t->total = total_of(t);
        if (t->scope == AZ_IN_GROUP && t->total > 0 && groups->count == 0) {
            fc_die("azure: %s need a resource group", t->name);
        }
    }
}

/* Sorting: an entry and its id from the subscription on, in lower case. */
struct sorted {
    struct az_entry entry;
    size_t at;
    const struct fc_text *text;
};

static int compare_ids(const void *a, const void *b)
{
    const struct sorted *x = a, *y = b;

    return strcasecmp(x->text->data + x->at, y->text->data + y->at);
}

/* The entries of a table for one subscription, or the tenant, by id. */
static struct az_entry *make_entries(const struct az_world *w, const struct az_table *table,
                                     uint32_t sub, size_t count)
{
    struct az_entry *entries = fc_alloc(count * sizeof(*entries));
    struct sorted *all = fc_alloc(count * sizeof(*all));
    struct fc_text text = {0};
    size_t n = 0, i;

    for (i = 0; i < w->catalog->type_count; i++) {
        const struct az_type *t = w->catalog->types[i];
        uint64_t k;

        if (t->table == NULL || strcmp(t->table, table->name) != 0 ||
            (t->scope == AZ_IN_TENANT) != (sub == AZ_NO_SUB)) {
            continue;
        }
        for (k = 0; k < t->total && n < count; k++, n++) {
            struct az_obj o = az_obj_at(w, t, sub, k);

            all[n] = (struct sorted){{(uint32_t)i, (uint32_t)k}, text.len, &text};
            az_put_id(w, &o, &text);
            fc_text_add(&text, "", 1);
        }
    }
    if (n > 0) {
        qsort(all, n, sizeof(*all), compare_ids);
    }
    for (i = 0; i < n; i++) {
        entries[i] = all[i].entry;
    }
    free(all);
    fc_text_fini(&text);
    return entries;
}

static struct az_table *table_of(struct az_world *w, const char *name)
{
    size_t i;

    for (i = 0; i < w->table_count; i++) {
        if (strcmp(w->tables[i].name, name) == 0) {
            return &w->tables[i];
        }
    }
    w->tables = fc_grow(w->tables, (w->table_count + 1) * sizeof(*w->tables));
    w->tables[w->table_count] = (struct az_table){.name = name, .shared = true};
    return &w->tables[w->table_count++];
}

static void make_tables(struct az_world *w)
{
    size_t i, s;

    for (i = 0; i < w->catalog->type_count; i++) {
        const struct az_type *t = w->catalog->types[i];
        struct az_table *table;

        if (t->table == NULL) {
            continue;
        }
        table = table_of(w, t->table);
        *(t->scope == AZ_IN_TENANT ? &table->tenant_count : &table->sub_count) += t->total;
        table->shared = table->shared && !t->varied_names;
    }
    for (i = 0; i < w->table_count; i++) {
        struct az_table *table = &w->tables[i];

        table->tenant = make_entries(w, table, AZ_NO_SUB, table->tenant_count);
        table->subs = fc_alloc(w->sub_count * sizeof(*table->subs));
        for (s = 0; s < w->sub_count; s++) {
            table->subs[s] = table->shared && s > 0
                                 ? table->subs[0]
                                 : make_entries(w, table, (uint32_t)s, table->sub_count);
        }
    }
    w->resources = table_of(w, "resources");
}

struct az_world *az_world_new(struct json_object *scenario)
{
    struct az_world *w = fc_alloc(sizeof(*w));
    const char *tenant;

    w->conf = fc_conf_get(scenario, "azure");
    fc_conf_only(w->conf, "azure", conf_keys);
    w->seed = fc_hash((uint64_t)fc_conf_int(scenario, "scenario", "seed", 1),
                      UINT64_C(0x617a757265));
    w->catalog = az_catalog_new();
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
    w->page_size = (uint64_t)fc_conf_int(w->conf, "azure", "page_size", 0);
    w->graph_truncate = fc_conf_bool(w->conf, "azure", "graph_truncate", false);
    make_subs(w);
    make_missing(w);
    make_counts(w);
    make_tables(w);
    az_access_open(w);
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
