#include "aws/tuning.h"

#include "base/compiler.h"

#include <stdbool.h>

/* Of an account, one after another. */
#define UNTUNED_NS (2700 * WGO_MS)
/* Connections that all calls share. */
#define POOL 50
#define RETRIES 2
#define RETRY_BASE_NS (500 * WGO_MS)
/* Up to so many nothing is said. */
#define FEW 20

struct size {
    size_t most; /* accounts; the last has no end */
    unsigned at_once, batch;
    int64_t account_ns;
};

static const struct size SIZES[] = {
    {10, 15, 10, 1500 * WGO_MS},
    {50, 25, 50, 1200 * WGO_MS},
    {SIZE_MAX, 30, 50, 1000 * WGO_MS},
};

static const struct {
    size_t most;
    int64_t timeout_ns;
} TIMEOUTS[] = {{9, 90 * WGO_S}, {100, 60 * WGO_S}, {SIZE_MAX, 45 * WGO_S}};

static unsigned at_most(size_t accounts, unsigned most)
{
    return accounts < most ? (unsigned)accounts : most;
}

struct wgo_aws_tuning wgo_aws_tune(size_t accounts)
{
    const struct size *size = SIZES;
    while (accounts > size->most) {
        size++;
    }
    size_t timeout = 0;
    while (accounts > TIMEOUTS[timeout].most) {
        timeout++;
    }
    return (struct wgo_aws_tuning){
        .accounts_at_once = at_most(accounts, size->at_once),
        .batch = at_most(accounts, size->batch),
        .calls_in_flight = POOL,
        .retries = RETRIES,
        .retry_base_ns = RETRY_BASE_NS,
        .account_timeout_ns = TIMEOUTS[timeout].timeout_ns,
        .untuned_ns = (int64_t)accounts * UNTUNED_NS,
        .tuned_ns = (int64_t)accounts * size->account_ns,
    };
}

double wgo_aws_tuning_ratio(const struct wgo_aws_tuning *tuning)
{
    return tuning->tuned_ns > 0 ? (double)tuning->untuned_ns / (double)tuning->tuned_ns : 1.0;
}

bool wgo_aws_tuning_is_told(size_t accounts)
{
    return accounts > FEW;
}
