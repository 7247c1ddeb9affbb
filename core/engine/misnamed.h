/* misnamed.h: `items` that name nothing, where the answer has a list or an object under another.
 * Private to engine.
 *
 * Many servers leave an empty list out, so that it is no error; but nobody should wonder where it
 * is.
 *
 * Threads: the worker's. Failure: none; it is a warning, once for each entry. */
#ifndef WGO_ENGINE_MISNAMED_H
#define WGO_ENGINE_MISNAMED_H

#include "engine/run.h"

/* Looks into the first page of a described API's list, which has no items: for a list of objects,
 * or for an object where `items` names one or its members. */
void wgo_misnamed_look(struct wgo_call *call, struct wgo_str document);

#endif
