/* earlier.h: what an earlier scan has found, for one that asks only for what changed. Private to
 * engine.
 *
 * Ownership: nothing. Threads: a worker's. Failure: none; without a base nothing is done. */
#ifndef WGO_ENGINE_EARLIER_H
#define WGO_ENGINE_EARLIER_H

#include "engine/run.h"

/* Says which lists lead to which: once the catalog is loaded. */
void wgo_run_tell_leads(const struct wgo_run *run);
/* Writes into the record where its list was asked for, unless it says so itself. */
void wgo_call_place(const struct wgo_call *call, struct wgo_record *record);
static inline void wgo_record_unplace(struct wgo_record *record)
{
    record->listed_account = record->listed_region = record->listed_type = record->listed_group =
        (struct wgo_str){0};
}
/* Whether its collector counts it in another row than the task's. */
bool wgo_call_elsewhere(const struct wgo_call *call, const struct wgo_record *record);

/* Whose credentials the task is read with; 0 = not known, or nobody asks. */
uint64_t wgo_run_whose(const struct wgo_run *run, const struct wgo_task *task);

void wgo_run_keep(const struct wgo_run *run, struct wgo_str id);
void wgo_run_keep_group(const struct wgo_run *run, struct wgo_str group);
void wgo_run_gone(const struct wgo_run *run, struct wgo_str id);
void wgo_run_retain(const struct wgo_run *run, struct wgo_str account, struct wgo_str region,
                    struct wgo_str type);

#endif
