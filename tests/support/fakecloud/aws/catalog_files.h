/* catalog_files.h: the files of catalog/, embedded by the build.
 *
 * Ownership: static.
 * Threads:   constant.
 * Failure:   none. */
#ifndef FC_AWS_CATALOG_FILES_H
#define FC_AWS_CATALOG_FILES_H

#include <stddef.h>

struct aws_catalog_file {
    const char *name;
    const char *text;
    size_t length;
};

extern const struct aws_catalog_file aws_catalog_files[];
extern const size_t aws_catalog_file_count;

#endif
