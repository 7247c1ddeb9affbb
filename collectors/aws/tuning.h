/* tuning.h: how an organisation of so many accounts is read. Private to aws.
 *
 * Pure functions over one table, which knows three sizes: up to 10 accounts, up to 50, and more.
 *
 * Ownership: values. Threads: any. Failure: none. */
#ifndef WGO_AWS_TUNING_H
#define WGO_AWS_TUNING_H

#include "base/clock.h"

struct wgo_aws_tuning {
    unsigned accounts_at_once; /* worked on */
    unsigned batch;           /* planned together; the next one follows as soon as one is planned */
    unsigned calls_in_flight; /* of all accounts together */
    unsigned retries;
    int64_t retry_base_ns;
    int64_t account_timeout_ns;   /* without an answer */
    int64_t untuned_ns, tuned_ns; /* estimates of the whole */
};

struct wgo_aws_tuning wgo_aws_tune(size_t accounts);
/* How many times faster the tuned estimate is. */
double wgo_aws_tuning_ratio(const struct wgo_aws_tuning *tuning);
/* Whether there are so many accounts that the user is told first. */
bool wgo_aws_tuning_is_told(size_t accounts);

#endif
