/* drift.h: which objects changed, or went, since the world without drift was seen (core/drift.h).
 *
 * Subscriptions and management groups stay as they are; so does what its parent's properties show
 * as well, or the parent would have changed with it. Resource groups change and do not go. What
 * is below something that is gone is gone too.
 *
 * Ownership, threads: values; the world is read only, but for az_drift_prepare().
 * Failure:   none. */
#ifndef FC_AZURE_DRIFT_H
#define FC_AZURE_DRIFT_H

#include "azure/world.h"

/* Once the templates are there. */
void az_drift_prepare(struct az_world *w);
bool az_obj_changed(const struct az_obj *o);
bool az_obj_gone(const struct az_world *w, const struct az_obj *o);
/* When Resource Graph says that the object changed last, in ns since 1970; 0 = not within its 14
 * days. Some did long before the server started, and nothing differs for it. */
int64_t az_obj_change_ns(const struct az_world *w, const struct az_obj *o);

#endif
