/* pools.c: how many objects of each type there are, and in which order Resource Graph has them. */
#include "azure/pools.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "azure/object.h"
#include "core/conf.h"

typedef void (*set_fn)(struct az_type *t, uint64_t n);

static void set_count(struct az_type *t, uint64_t n)
{
    t->count = n;
    t->fixed = true;
}

static void set_touched(struct az_type *t, uint64_t n)
{
    t->touched = n;
}

static void add_lower(struct fc_text *out, const char *s)
{
    for (; *s != '\0'; s++) {
        char c = (char)(*s >= 'A' && *s <= 'Z' ? *s + 'a' - 'A' : *s);

        fc_text_add(out, &c, 1);
    }
}

static void set_bare(struct az_type *t, uint64_t n)
{
    t->bare = n;
}

/* Sets a number of all types that 'pattern' hits, whatever the case. */
static void set_types(struct az_world *w, const char *where, const char *pattern, uint64_t n,
                      set_fn set)
{
    struct fc_text glob = {0}, name = {0};
    size_t i, hits = 0;

    add_lower(&glob, pattern);
    for (i = 0; i < w->catalog->type_count; i++) {
        struct az_type *t = w->catalog->types[i];

        name.len = 0;
        add_lower(&name, t->name);
        if (t->scope != AZ_SUBS && t->scope != AZ_IN_TENANT && glob.data != NULL &&
            fc_glob(glob.data, (struct fc_str){name.data, name.len})) {
            set(t, n);
            hits++;
        }
    }
    if (hits == 0) {
        fc_die("azure.%s: there is no type \"%s\"", where, pattern);
    }
    fc_text_fini(&glob);
    fc_text_fini(&name);
}

/* An object of the scenario: numbers by type. */
static void set_all(struct az_world *w, const char *where, set_fn set)
{
    struct json_object *numbers = fc_conf_get(w->conf, where);

    if (numbers == NULL) {
        return;
    }
    json_object_object_foreach(numbers, pattern, value)
    {
        int64_t n = json_object_get_int64(value);

        if (!json_object_is_type(value, json_type_int) || n < 0 || n > 10000000) {
            fc_die("azure.%s.%s: a whole number is wanted", where, pattern);
        }
        set_types(w, where, pattern, (uint64_t)n, set);
    }
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
        fc_die("azure.objects: the counts given make %llu", (unsigned long long)sum);
    }
    if (filler != NULL) {
        filler->count += wanted - sum;
    }
}

void az_pools_count(struct az_world *w)
{
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
    set_all(w, "counts", set_count);
    set_all(w, "touched", set_touched);
    set_all(w, "bare", set_bare);
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

void az_pools_sort(struct az_world *w)
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
