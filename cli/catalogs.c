#include "cli/catalogs.h"

#include "lib/catalog_dir.h"
#include "scan/stock.h"

static enum wgo_status read_folder(struct wgo_cli *cli, struct wgo_error *err)
{
    const char *folder = wgo_settings_text(&cli->settings, WGO_OPT_CATALOG_DIR);
    return folder && !cli->overrides ? wgo_catalog_dir_read(folder, &cli->arena, &cli->overrides,
                                                            &cli->override_count, err)
                                     : WGO_OK;
}

enum wgo_status wgo_cli_stock_catalogs(struct wgo_cli *cli, const struct wgo_selection *selection,
                                       struct wgo_error *err)
{
    const struct wgo_collector_type **types =
        WGO_NEW_ARRAY(&cli->arena, const struct wgo_collector_type *, selection->count + 1);
    if (!types) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < selection->count; i++) {
        types[i] = selection->providers[i].type;
    }
    enum wgo_status status = read_folder(cli, err);
    if (status == WGO_OK) {
        wgo_stock_catalogs(&cli->shelf, types, selection->count, cli->overrides,
                           cli->override_count);
    }
    /* A mistake in the user's own files is said before anything is written or asked. */
    for (size_t i = 0; i < selection->count && cli->override_count > 0 && status == WGO_OK; i++) {
        struct wgo_catalog *catalog = NULL;
        status = wgo_cli_take_catalog(cli, types[i], &catalog, err);
        wgo_cli_put_back_catalog(cli, types[i], catalog);
    }
    return status;
}

enum wgo_status wgo_cli_take_catalog(struct wgo_cli *cli, const struct wgo_collector_type *type,
                                     struct wgo_catalog **out_catalog, struct wgo_error *err)
{
    enum wgo_status status = read_folder(cli, err);
    return status == WGO_OK
               ? wgo_catalog_take(&cli->shelf, type->catalogs, type->catalog_count, cli->overrides,
                                  cli->override_count, out_catalog, err)
               : status;
}

void wgo_cli_put_back_catalog(struct wgo_cli *cli, const struct wgo_collector_type *type,
                              struct wgo_catalog *catalog)
{
    wgo_catalog_put_back(&cli->shelf, type->catalogs, catalog);
}
