#include "core/drift.h"

#include "core/clock.h"
#include "core/text.h"

static uint64_t every; /* 0 = none */

static const char *const keys[] = {"every", NULL};

void fc_drift_start(struct json_object *scenario)
{
    struct json_object *conf = fc_conf_get(scenario, "drift");
    int64_t n = fc_conf_int(conf, "drift", "every", 0);

    fc_conf_only(conf, "drift", keys);
    if (n < 0 || n == 1 || n == 2) {
        fc_die("drift.every: 0, or at least 3 is wanted");
    }
    every = (uint64_t)n;
}

bool fc_drift_is_on(void)
{
    return every > 0;
}

static uint64_t changed_at(void)
{
    return every / 3;
}

static uint64_t deleted_at(void)
{
    return every / 3 * 2;
}

bool fc_drift_changed(uint64_t index)
{
    return every > 0 && index % every == changed_at();
}

bool fc_drift_deleted(uint64_t index)
{
    return every > 0 && index % every == deleted_at();
}

static uint64_t count_of(uint64_t count, uint64_t at)
{
    return every == 0 || count <= at ? 0 : (count - at - 1) / every + 1;
}

uint64_t fc_drift_changed_of(uint64_t count)
{
    return count_of(count, changed_at());
}

uint64_t fc_drift_deleted_of(uint64_t count)
{
    return count_of(count, deleted_at());
}

int64_t fc_drift_at_ns(void)
{
    return fc_clock_start_ns();
}
