/* drift.h: a world that changed since somebody last looked.
 *
 * With `drift.every` (--drift-every N), of every N objects of a list one has another content than
 * without, changed when the server was started, and one is gone. Which ones follows from the index
 * alone, so a server without drift and one with it show the same world before and after. What
 * others hang on (accounts, projects, subscriptions, namespaces, tenants) does not drift; modules
 * say what does.
 *
 * Ownership: none.
 * Threads:   fc_drift_start() before any thread; the others from any.
 * Failure:   a wrong number ends the program with a message. */
#ifndef FC_DRIFT_H
#define FC_DRIFT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/conf.h"

void fc_drift_start(struct json_object *scenario);
/* Whether there is any. */
bool fc_drift_is_on(void);
bool fc_drift_changed(uint64_t index);
bool fc_drift_deleted(uint64_t index);
/* Of 'count' objects, with indices from 0. */
uint64_t fc_drift_changed_of(uint64_t count);
uint64_t fc_drift_deleted_of(uint64_t count);
/* When all of it happened: the server's start, in ns since 1970. */
int64_t fc_drift_at_ns(void);

#endif
