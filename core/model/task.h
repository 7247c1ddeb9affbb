/* task.h: one call that is to be made, as plain data.
 *
 * A task names a catalog entry, where it applies (account, region), the variables its templates
 * use, and the page to ask for. It holds nothing that could not be written to a file and read back
 * in another process: that is what resume and scans over several machines are built on.
 *
 * Ownership: a task's strings live in one allocation behind it (wgo_task_copy); freed as a whole.
 * Threads:   belongs to one thread at a time.
 * Failure:   NULL when out of memory. */
#ifndef WGO_MODEL_TASK_H
#define WGO_MODEL_TASK_H

#include "base/str.h"

#include <stdint.h>

struct wgo_var {
    struct wgo_str name, value;
};

#define WGO_TASK_VARS 16

/* Which task goes first, of those that the same limits hold back. */
enum wgo_priority {
    WGO_PRIORITY_FIRST,  /* pages of a list that is known to be long, what does not last */
    WGO_PRIORITY_USUAL,  /* lists that have not begun: any of them may be the longest */
    WGO_PRIORITY_SECOND, /* second pages: most lists have no more */
    WGO_PRIORITY_AHEAD,  /* what may not be needed */
    WGO_PRIORITIES,
};

struct wgo_task {
    struct wgo_str entry; /* catalog entry's name */
    struct wgo_str account, region;
    struct wgo_str type;  /* what its completeness row is about; "" = makes no row */
    struct wgo_str token; /* page token, "" = first page */
    struct wgo_var vars[WGO_TASK_VARS];
    unsigned var_count;
    uint32_t page;         /* pages read before this one */
    uint32_t restarts;     /* times the list began anew */
    int64_t items;         /* read on earlier pages */
    uint8_t priority;      /* enum wgo_priority */
    bool inconsistent;     /* an earlier page belongs to another moment */
    bool ahead;            /* before it is known whether it is needed: a task that asks the same
                              may come later, or not */
    bool alone;            /* of a page that is asked for by itself: none follows it */
    uint64_t token_digest; /* of an earlier token, or of what that page held where pages are
                              counted, to notice one that repeats */
};

/* A deep copy in one allocation, free()d as one. Its strings end with a NUL. */
WGO_NODISCARD struct wgo_task *wgo_task_copy(const struct wgo_task *task);
/* The variable's value; empty with a NULL ptr when it is not set. */
struct wgo_str wgo_task_var(const struct wgo_task *task, struct wgo_str name);
/* Replaces or adds; false when there is no room. Borrows both strings. */
bool wgo_task_set(struct wgo_task *task, struct wgo_str name, struct wgo_str value);

#endif
