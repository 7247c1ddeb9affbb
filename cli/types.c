#include "cli/types.h"

#include "cli/catalogs.h"

struct naming {
    struct wgo_arena *arena;
    const struct wgo_collector_type *provider;
    wgo_types_each_fn *each;
    void *state;
};

/* Copies, each with a NUL behind it: what is passed is the provider's, for the moment. */
static void pass(const struct naming *naming, struct wgo_str type, struct wgo_str native_type,
                 struct wgo_str summary)
{
    const char *name = wgo_str_cstr(naming->arena, type),
               *native = wgo_str_cstr(naming->arena, native_type),
               *words = wgo_str_cstr(naming->arena, summary);
    if (name && native && words) {
        naming->each(naming->state, &(struct wgo_known_type){.provider = naming->provider,
                                                             .type = wgo_str(name),
                                                             .native_type = wgo_str(native),
                                                             .summary = wgo_str(words)});
    }
}

static void pass_on(void *state, const char *type, const char *summary)
{
    const struct naming *naming = state;
    pass(naming, wgo_str(type), WGO_STR(""), wgo_str(summary ? summary : ""));
}

/* Catalog entries; types that are found out at run time by something else than items the collector
 * names itself.
 * 'keep': the catalog will be needed again. */
static enum wgo_status pass_catalog(struct wgo_cli *cli, const struct naming *naming, bool keep,
                                    struct wgo_error *err)
{
    struct wgo_catalog *catalog = NULL;
    enum wgo_status status = wgo_cli_take_catalog(cli, naming->provider, &catalog, err);
    if (status != WGO_OK) {
        return status;
    }
    for (size_t i = 0; i < wgo_catalog_count(catalog); i++) {
        const struct wgo_entry *entry = wgo_catalog_at(catalog, i);
        if (entry->part.len == 0 && entry->view.type.len > 0) {
            pass(naming, entry->view.type, entry->native_type, entry->summary);
        } else if (entry->list_type.len > 0) {
            pass(naming, WGO_STR("<type>"), WGO_STR(""), entry->summary);
        } else if (wgo_entry_is_bulk(entry)) {
            naming->each(naming->state, &(struct wgo_known_type){.provider = naming->provider});
        }
        for (size_t t = 0; t < entry->view.types.count; t++) {
            pass(naming, entry->view.types.items[t], entry->native_type, entry->summary);
        }
    }
    if (keep) {
        wgo_cli_put_back_catalog(cli, naming->provider, catalog);
    } else {
        wgo_catalog_free(catalog);
    }
    return WGO_OK;
}

enum wgo_status wgo_types_of(struct wgo_cli *cli, bool keep, wgo_types_wanted_fn *wanted,
                             const void *wanted_state, wgo_types_each_fn *each, void *state,
                             struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < wgo_providers_count(&cli->providers) && status == WGO_OK; i++) {
        struct naming naming = {.arena = &cli->arena,
                                .provider = wgo_providers_at(&cli->providers, i)->type,
                                .each = each,
                                .state = state};
        if (wanted && !wanted(wanted_state, naming.provider)) {
            continue;
        }
        if (naming.provider->types) {
            naming.provider->types(pass_on, &naming);
        }
        status = pass_catalog(cli, &naming, keep, err);
    }
    return status;
}

enum wgo_status wgo_types_each(struct wgo_cli *cli, wgo_types_each_fn *each, void *state,
                               struct wgo_error *err)
{
    return wgo_types_of(cli, false, NULL, NULL, each, state, err);
}
