/* modules.h: the providers served, in the order they are asked whether a path is theirs.
 *
 * One line per provider in modules.c; nothing else in core/ knows them. */
#ifndef FC_MODULES_H
#define FC_MODULES_H

#include "core/request.h"

extern const struct fc_module *const fc_modules[];
extern const size_t fc_module_count;

#endif
