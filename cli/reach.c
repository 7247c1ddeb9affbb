#include "cli/reach.h"

#include "cli/catalogs.h"
#include "lib/builtin.h"

/* More regions than a provider has that reads each by itself. */
#define EVERY_REGION 40

static bool is_open(struct wgo_str name)
{
    return wgo_str_has_glob(name) || wgo_str_is(name, "all") || name.len == 0 || name.ptr[0] == '!';
}

/* How many places 'names' stand for, and 'otherwise' where that is left open. */
static uint64_t count_named(const struct wgo_str_list *names, uint64_t otherwise)
{
    for (size_t i = 0; i < names->count; i++) {
        if (is_open(names->items[i])) {
            return otherwise;
        }
    }
    return names->count;
}

static uint64_t times(uint64_t a, uint64_t b)
{
    bool open = a == WGO_REACH_OPEN || b == WGO_REACH_OPEN || (b > 0 && a > UINT64_MAX / b);
    return open ? WGO_REACH_OPEN : a * b;
}

static bool last_is(const struct wgo_str_list *words, const char *word)
{
    return words->count > 0 && wgo_str_is(words->items[words->count - 1], word);
}

/* Nothing is asked of a place by itself: --azure-source graph, --gcp-source asset. */
static bool is_bulk_only(const struct wgo_provider_options *o)
{
    return last_is(&o->azure_sources, "graph") || last_is(&o->gcp_sources, "asset");
}

/* Subscriptions are all that can be seen where none is named; a profile and a region are the
 * configured ones. */
static uint64_t count_places(const struct wgo_scan_provider *provider)
{
    const struct wgo_provider_options *o = &provider->options;
    const struct wgo_builtin *builtin = wgo_builtin_find(wgo_str(provider->type->name));
    uint64_t places = 1;
    if (builtin && wgo_builtin_takes(builtin, WGO_SCOPED_WORKSPACE)) {
        return WGO_REACH_OPEN; /* what is known of them is known without asking */
    }
    if (!builtin || provider->type->foresee || !provider->type->plan) {
        return 1;
    }
    if (is_bulk_only(o)) {
        return 1;
    }
    if (o->org || o->organizations.count > 0 || o->folders.count > 0 ||
        o->management_groups.count > 0) {
        return WGO_REACH_OPEN;
    }
    if (wgo_builtin_takes(builtin, WGO_SCOPED_PROFILE) && o->profiles.count > 0) {
        places = times(places, count_named(&o->profiles, WGO_REACH_OPEN));
    }
    /* Elsewhere one call lists all regions. */
    if (!provider->type->region_of_items && o->regions.count > 0) {
        places = times(places, count_named(&o->regions, EVERY_REGION));
    }
    /* Which there are a list tells, but what is on in each only a call to each. */
    if (wgo_builtin_takes(builtin, WGO_SCOPED_PROJECT) && o->projects.count > 0) {
        places = times(places, count_named(&o->projects, 1));
    }
    if (wgo_builtin_takes(builtin, WGO_SCOPED_SUBSCRIPTION)) {
        places =
            times(places, o->subscriptions.count ? count_named(&o->subscriptions, WGO_REACH_OPEN)
                                                 : WGO_REACH_OPEN);
    }
    return places;
}

/* Whatever their scopes: more than any one place is asked. */
static uint64_t count_lists(const struct wgo_scan_provider *provider, struct wgo_cli *cli)
{
    struct wgo_catalog *catalog = NULL;
    struct wgo_error error = {0}; /* the scan tells of it */
    uint64_t lists = 0;
    if (wgo_cli_take_catalog(cli, provider->type, &catalog, &error) != WGO_OK) {
        return WGO_REACH_OPEN;
    }
    wgo_catalog_want(catalog, &provider->options.resource_types);
    for (size_t i = 0; i < wgo_catalog_count(catalog); i++) {
        const struct wgo_entry_view *view = &wgo_catalog_at(catalog, i)->view;
        lists += view->scope.len > 0 && !view->is_child && view->needed;
    }
    wgo_cli_put_back_catalog(cli, provider->type, catalog);
    return lists;
}

uint64_t wgo_reach(const struct wgo_scan_provider *provider, struct wgo_cli *cli)
{
    uint64_t places = count_places(provider);
    return places == 1 || places == WGO_REACH_OPEN ? places
                                                   : times(places, count_lists(provider, cli));
}
