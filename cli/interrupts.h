/* interrupts.h: the signals that end a command (SIGINT, SIGTERM, SIGHUP). The first one ends the
 * sessions, which keep what was read and whose programs for credentials end with them; the second
 * one the program. While there is no session yet, the first one does.
 *
 * Ownership: borrows. Threads: one, and signal handlers. Failure: the session's. */
#ifndef WGO_CLI_INTERRUPTS_H
#define WGO_CLI_INTERRUPTS_H

#include "lib/session.h"

/* The exit code of a program that was interrupted. */
#define WGO_INTERRUPTED 130

/* Heeds them from now on. What nohup ignores stays ignored. */
void wgo_interrupts_heed(void);
/* Makes the session of the command while signals wait: none may find an unfinished file that nobody
 * knows of yet. */
WGO_NODISCARD enum wgo_status wgo_interrupts_session(const struct wgo_session_options *options,
                                                     struct wgo_session **out_session,
                                                     struct wgo_error *err);
/* It is about to be freed. */
void wgo_interrupts_forget(void);
/* Another session is under way before the command's; NULL: no more. */
void wgo_interrupts_look(struct wgo_session *session);
bool wgo_interrupted(void);

#endif
