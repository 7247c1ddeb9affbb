/* catalog_files.h: the files of catalog/, embedded by the build.
 *
 * Ownership: static.
 * Threads:   constant.
 * Failure:   none. */
#ifndef FC_GCP_CATALOG_FILES_H
#define FC_GCP_CATALOG_FILES_H

#include <stddef.h>

struct gcp_catalog_file {
    const char *name;
    const char *text;
    size_t length;
};

extern const struct gcp_catalog_file gcp_catalog_files[];
extern const size_t gcp_catalog_file_count;

#endif
