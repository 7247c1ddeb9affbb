#include "cli/catalogs.h"

#include "lib/catalog_dir.h"

enum wgo_status wgo_cli_take_catalog(struct wgo_cli *cli, const struct wgo_collector_type *type,
                                     struct wgo_catalog **out_catalog, struct wgo_error *err)
{
    const char *folder = wgo_settings_text(&cli->settings, WGO_OPT_CATALOG_DIR);
    enum wgo_status status =
        folder && !cli->overrides
            ? wgo_catalog_dir_read(folder, &cli->arena, &cli->overrides, &cli->override_count, err)
            : WGO_OK;
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
