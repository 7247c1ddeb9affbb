#include "powerbi/limit.h"

#include "core/clock.h"
#include "core/conf.h"

struct limit {
    const char *name;
    size_t an_hour; /* 0: none is published. */
    size_t a_minute;
    const char *minute_name;
};

/* As Microsoft publishes them with each operation. */
static const struct limit limits[] = {
    [PBI_MODIFIED] = {"modified", 30, 0, NULL},
    [PBI_GET_INFO] = {"getInfo", 500, 0, NULL},
    [PBI_SCAN_STATUS] = {"scanStatus", 10000, 0, NULL},
    [PBI_SCAN_RESULT] = {"scanResult", 500, 0, NULL},
    [PBI_CAPACITIES] = {"capacities", 200, 0, NULL},
    [PBI_GROUPS] = {"groups", 50, 15, "groups a minute"},
    [PBI_GATEWAYS] = {"gateways", 0, 0, NULL},
    [PBI_GATEWAY_SOURCES] = {"gatewayDatasources", 0, 0, NULL},
    [PBI_ACTIVITY] = {"activityevents", 200, 0, NULL},
    [PBI_UNKNOWN] = {"unknown", 0, 0, NULL},
};

const char *pbi_endpoint_name(enum pbi_endpoint endpoint)
{
    return limits[endpoint].name;
}

int64_t pbi_limit_take(const struct pbi_world *w, enum pbi_endpoint endpoint)
{
    const struct limit *l = &limits[endpoint];
    int64_t pool = fc_conf_int(w->conf, "powerbi", "pooled", 0);
    struct fc_quota quotas[2] = {
        {.name = l->name, .most = l->an_hour, .window_ns = 3600 * FC_SECOND}};
    struct fc_quota_state states[2];
    size_t refused, count = 1;

    if (fc_conf_bool(w->conf, "powerbi", "no_throttle", false)) {
        return 0;
    }
    if (pool > 0) {
        quotas[0].name = "pool";
        quotas[0].most = (size_t)pool;
    } else if (l->a_minute > 0) {
        quotas[count++] = (struct fc_quota){
            .name = l->minute_name, .most = l->a_minute, .window_ns = 60 * FC_SECOND};
    }
    return fc_quotas_take(w->quotas, "tenant", quotas, count, states, &refused);
}
