/* file.h: files of the test that are served, whole or as a source.
 *
 * Ownership: the caller owns what is returned.
 * Threads:   any.
 * Failure:   fc_file_read() ends the program; fc_file_source() returns false. */
#ifndef FC_FILE_H
#define FC_FILE_H

#include "core/reply.h"

void fc_file_read(const char *path, struct fc_text *out);
/* A body that is read as it is sent, and its length. */
bool fc_file_source(const char *path, struct fc_source *out, int64_t *out_length);

#endif
