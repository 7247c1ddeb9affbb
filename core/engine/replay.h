/* replay.h: pages that are kept while a scan runs, and given again by the one that resumes it.
 * Private to engine.
 *
 * What a page led to is written down as it happens: its records, the calls, scopes and rows that
 * came of it, and the token of the next page. A call whose page is known is not made: what was
 * written down happens again. Pages whose decoder does more than that (it tells the collector what
 * there is) are asked for anew, unless their entry says `replay: true`.
 *
 * A page goes by everything that its request is made of: the entry, the place, the variables, the
 * token; and by whose credentials it is read with. As long as those are not known (collector.h,
 * whose()) no page is given, and each call looks once more when it is about to go out.
 *
 * Ownership: nothing of its own. Threads: the worker's; the pages' keeper takes any.
 * Failure:   a page that cannot be given again is asked for. */
#ifndef WGO_ENGINE_REPLAY_H
#define WGO_ENGINE_REPLAY_H

#include "engine/run.h"

/* Whose credentials the task is read with; false: not known. */
bool wgo_replay_whose(const struct wgo_run *run, const struct wgo_task *task, uint64_t *out);
/* The same, where it matters: true when nothing is kept anyway. */
bool wgo_replay_named(const struct wgo_call *call);
/* What the call's page goes by, among those of 'kind'. False: it is not known whose it is, and no
 * more than a page of nobody's. */
bool wgo_replay_key(const struct wgo_call *call, uint64_t kind, struct wgo_page_key *out);
/* Whether the call's page may be kept at all. */
bool wgo_replay_may(const struct wgo_call *call);
/* Whether the interrupted scan has read it. */
bool wgo_replay_has(struct wgo_call *call);

/* ---- writing down ---- */

void wgo_replay_record(struct wgo_buf *page, const struct wgo_record *record);
void wgo_replay_task(struct wgo_buf *page, const struct wgo_task *task);
void wgo_replay_scope(struct wgo_buf *page, const struct wgo_scope *scope);
void wgo_replay_row(struct wgo_buf *page, const struct wgo_row *row);
/* The page has been read whole. */
void wgo_replay_put(struct wgo_call *call, const struct wgo_buf *page, struct wgo_str token);

/* ---- giving again ---- */

/* Everything that 'page' says, through the emitter. PARSE for what is no such page, having given a
 * part of it perhaps: the keeper checks its bytes. */
WGO_NODISCARD enum wgo_status wgo_replay_give(struct wgo_str page, struct wgo_emitter *emitter,
                                              struct wgo_error *err);
/* '*out_wall_ns': when it was read. */
WGO_NODISCARD enum wgo_status wgo_replay_get(struct wgo_call *call, struct wgo_buf *out_page,
                                             struct wgo_buf *out_token, int64_t *out_wall_ns);

#endif
