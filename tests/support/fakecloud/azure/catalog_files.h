/* catalog_files.h: the files of catalog/, embedded by the build.
 *
 * Ownership: static.
 * Threads:   constant.
 * Failure:   none. */
#ifndef FC_AZURE_CATALOG_FILES_H
#define FC_AZURE_CATALOG_FILES_H

#include <stddef.h>

struct az_catalog_file {
    const char *name;
    const char *text;
    size_t length;
};

extern const struct az_catalog_file az_catalog_files[];
extern const size_t az_catalog_file_count;

#endif
