/* basket.h: a record sink that keeps what it is given, for tests.
 *
 * Ownership: basket_init/_fini. Threads: as the sink's port says. Failure: aborts on lack of
 * memory; 'fail_after' makes it refuse like a full disk. */
#ifndef TESTS_SUPPORT_BASKET_H
#define TESTS_SUPPORT_BASKET_H

#include "base/lock.h"
#include "model/ports.h"

#include <stdatomic.h>

struct basket_record {
    char *id, *part, *type, *name, *configuration, *tags;
};

struct basket {
    struct wgo_lock lock; /* Guards what follows. */
    struct basket_record *records;
    size_t count, cap;
    size_t fail_after;           /* 0 = never */
    enum wgo_status fail_status; /* NO_SPACE unless set */
    _Atomic int lanes;           /* open now */
};

void basket_init(struct basket *basket);
void basket_fini(struct basket *basket);
struct wgo_sink basket_sink(struct basket *basket);
/* Records with that id ("" = all) and part (NULL = any). */
size_t basket_count(struct basket *basket, const char *id, const char *part);
/* The one record with that id and part; NULL when there is none, or more. */
const struct basket_record *basket_find(struct basket *basket, const char *id, const char *part);
/* Different ids. */
size_t basket_ids(struct basket *basket);

#endif
