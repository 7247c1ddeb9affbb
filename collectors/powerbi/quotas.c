/* quotas.c: what a tenant may ask in an hour, and our part of it.
 *
 * Source: learn.microsoft.com/rest/api/power-bi/admin, "Limitations" of each call. Some tenants
 * have one budget for all calls instead. */
#include "powerbi/session.h"

#include <stdio.h>

#define HOUR_NS (3600 * WGO_S)

/* The first is what scans take most of: what is told of the quota is told of it. */
static const struct {
    const char *match;
    uint64_t an_hour;
} ENDPOINTS[] = {
    {"powerbi/*/getInfo", 500},  {"powerbi/*/scanResult", 500}, {"powerbi/*/scanStatus", 10000},
    {"powerbi/*/modified", 30},  {"powerbi/*/capacities", 200}, {"powerbi/*/groups", 50},
    {"powerbi/*/activity", 200},
};

/* Scans at once, and the share of the quota that they may take; in between by the line. */
static const struct {
    unsigned scans;
    double share;
} SHARES[] = {{1, 0.24}, {3, 0.72}, {5, 0.832}, {8, 0.96}};
enum { TOO_MANY = 8 };

static double share_of(const struct wgo_powerbi_config *config, unsigned scans)
{
    if (config->share > 0) {
        return config->share;
    }
    for (size_t i = 1; i < WGO_COUNT(SHARES); i++) {
        if (scans <= SHARES[i].scans) {
            unsigned below = scans > SHARES[i - 1].scans ? scans - SHARES[i - 1].scans : 0;
            return SHARES[i - 1].share + (SHARES[i].share - SHARES[i - 1].share) * below /
                                             (SHARES[i].scans - SHARES[i - 1].scans);
        }
    }
    return SHARES[WGO_COUNT(SHARES) - 1].share;
}

unsigned wgo_powerbi_quotas(struct wgo_powerbi *powerbi, unsigned most_jobs,
                            struct wgo_known_quota out[WGO_KNOWN_QUOTAS])
{
    const struct wgo_powerbi_config *config = &powerbi->config;
    double share = share_of(config, most_jobs);
    unsigned count = 0;
    if (most_jobs >= TOO_MANY && config->share == 0) {
        powerbi->services->warn(powerbi->services->engine,
                                "%u scans at once take %.0f%% of the tenant's quota: other tools "
                                "that ask Power BI's admin API will be throttled",
                                most_jobs, share * 100);
    }
    if (!config->per_endpoint) {
        out[count++] = (struct wgo_known_quota){.match = "powerbi/*/all",
                                                .limit = config->hour_most,
                                                .window_ns = HOUR_NS,
                                                .share = share,
                                                .even = config->even};
        return count;
    }
    for (size_t i = 0; i < WGO_COUNT(ENDPOINTS); i++) {
        out[count++] = (struct wgo_known_quota){.match = ENDPOINTS[i].match,
                                                .limit = ENDPOINTS[i].an_hour,
                                                .window_ns = HOUR_NS,
                                                .share = share,
                                                .even = config->even};
    }
    return count;
}

double wgo_powerbi_hourly(const struct wgo_powerbi_config *config, unsigned most_jobs)
{
    uint64_t limit = config->per_endpoint ? ENDPOINTS[0].an_hour : config->hour_most;
    double calls = (double)limit * share_of(config, most_jobs);
    return calls < 1 ? 1 : calls;
}

double wgo_powerbi_hours(const struct wgo_powerbi_config *config, size_t workspaces, double polls,
                         unsigned most_jobs)
{
    size_t whole = (workspaces + WGO_POWERBI_BATCH - 1) / WGO_POWERBI_BATCH;
    double scans = (double)whole;
    double calls = config->per_endpoint ? scans : scans * (2 + polls);
    return calls / wgo_powerbi_hourly(config, most_jobs);
}
