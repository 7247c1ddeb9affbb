/* catalogs.h: the providers' catalogs, with those of --catalog-dir, for a command that looks into
 * them.
 *
 * The folder is read once, and a catalog that was put back is not loaded again, by the scan either.
 *
 * Ownership: wgo_cli_take_catalog() gives a catalog, to put back or to free.
 * Threads:   one.
 * Failure:   what reading the folder and loading can fail with. */
#ifndef WGO_CLI_CATALOGS_H
#define WGO_CLI_CATALOGS_H

#include "cli/command.h"
#include "cli/select.h"

/* Loads those of all providers that are read, for whoever takes them. */
WGO_NODISCARD enum wgo_status wgo_cli_stock_catalogs(struct wgo_cli *cli,
                                                     const struct wgo_selection *selection,
                                                     struct wgo_error *err);
WGO_NODISCARD enum wgo_status wgo_cli_take_catalog(struct wgo_cli *cli,
                                                   const struct wgo_collector_type *type,
                                                   struct wgo_catalog **out_catalog,
                                                   struct wgo_error *err);
void wgo_cli_put_back_catalog(struct wgo_cli *cli, const struct wgo_collector_type *type,
                              struct wgo_catalog *catalog);

#endif
