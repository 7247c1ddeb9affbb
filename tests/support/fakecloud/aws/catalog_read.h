/* catalog_read.h: the language of catalog/: lines into services, types, operations, definitions.
 *
 * Only catalog.c includes this; it links and compiles what was read.
 *
 * Ownership: what is read belongs to the catalog.
 * Threads:   at start only.
 * Failure:   a bad file ends the program: it is part of the program. */
#ifndef FC_AWS_CATALOG_READ_H
#define FC_AWS_CATALOG_READ_H

#include "aws/catalog.h"
#include "aws/catalog_files.h"

void aws_catalog_read(struct aws_catalog *c, const struct aws_world *w,
                      const struct aws_catalog_file *file);

#endif
