/* crew.h: the workers: what each does next, who sleeps, and who is woken. Private to engine.
 *
 * Waking a thread costs as much as reading a short answer does. So a worker takes several short
 * answers at once, and several calls to send; one that sleeps is woken only when there is something
 * to do that nobody has been called for yet; and whoever comes calls the next, if there is more.
 * When all are at work the next is a new one, up to the number of workers.
 *
 * One of those who sleep keeps watch: it wakes by itself when the next timer is due. So a timer
 * that is sooner than that needs somebody woken, unless all are at work: then the first who has
 * nothing to do will see it.
 *
 * Ownership: a part of the run.
 * Threads:   the run's lock guards it.
 * Failure:   none. */
#ifndef WGO_ENGINE_CREW_H
#define WGO_ENGINE_CREW_H

#include "base/clock.h"

struct wgo_crew {
    unsigned asleep;
    bool called;              /* one of them is on its way */
    struct wgo_mono watch_at; /* when the one who keeps watch wakes; WGO_NEVER = nobody does */
};

#endif
