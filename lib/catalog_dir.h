/* catalog_dir.h: the catalogs of --catalog-dir.
 *
 * Ownership: names and bytes live in the arena given.
 * Threads:   no state.
 * Failure:   NOT_FOUND, IO, TOO_LARGE with the file's name; a folder without *.yaml is CONFIG. */
#ifndef WGO_LIB_CATALOG_DIR_H
#define WGO_LIB_CATALOG_DIR_H

#include "model/collector.h"

/* Every *.yaml and *.yml of 'path', by name. */
WGO_NODISCARD enum wgo_status wgo_catalog_dir_read(const char *path, struct wgo_arena *arena,
                                                   const struct wgo_embedded_file **out_files,
                                                   size_t *out_count, struct wgo_error *err);

#endif
