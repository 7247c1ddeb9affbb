/* size.c: how large the scan before this one was, and how long it took. */
#include "lib/session_private.h"

#include <stdio.h>

#define LIFETIME_NS (90 * 24 * 3600 * WGO_S)
#define MOST_MS (UINT64_C(365) * 24 * 3600 * 1000)

/* A number that is kept of the provider's scans. */
enum fact { CALLS, TIME };

static struct wgo_str key_of(const struct wgo_session *session, enum fact fact, size_t index,
                             char out[40])
{
    int len = snprintf(out, 40, "wgo/%s/%016llx", fact == CALLS ? "calls" : "time",
                       (unsigned long long)session->kinds[index]);
    return wgo_str_from(out, (size_t)len);
}

static bool get(struct wgo_session *session, enum fact fact, size_t index, uint64_t *out)
{
    const struct wgo_cache *cache = wgo_store_cache(session->store);
    struct wgo_buf value = {0};
    char key[40];
    int64_t age;
    bool known =
        cache && session->kinds &&
        cache->get(cache->self, key_of(session, fact, index, key), &value, &age) == WGO_OK &&
        wgo_str_to_u64(wgo_buf_view(&value), out);
    wgo_buf_fini(&value);
    return known;
}

static void put(struct wgo_session *session, enum fact fact, size_t index, uint64_t value)
{
    const struct wgo_cache *cache = wgo_store_cache(session->store);
    char key[40], text[24];
    snprintf(text, sizeof(text), "%llu", (unsigned long long)value);
    /* What cannot be kept is not known the next time. */
    (void)cache->put(cache->self, key_of(session, fact, index, key), wgo_str(text), LIFETIME_NS);
}

bool wgo_session_calls_before(struct wgo_session *session, size_t index, uint64_t *out_calls)
{
    return get(session, CALLS, index, out_calls);
}

void wgo_session_recall_times(struct wgo_session *session, struct wgo_scan_options *scan)
{
    size_t count = scan->provider_count;
    if (!scan->concurrent || count < 2 || session->o.preferred_order.count > 0) {
        return;
    }
    struct wgo_scan_provider *providers =
        WGO_NEW_ARRAY(&session->arena, struct wgo_scan_provider, count);
    if (!providers) {
        return; /* then they start as they stand */
    }
    memcpy(providers, scan->providers, count * sizeof(*providers));
    for (size_t i = 0; i < count; i++) {
        uint64_t ms;
        providers[i].expected_ns =
            get(session, TIME, i, &ms) && ms > 0 && ms < MOST_MS ? (int64_t)ms * WGO_MS : 0;
    }
    scan->providers = providers;
}

/* One that has not seen everything, or asked for what changed only, does not make the next one
 * smaller. */
static void keep_calls(struct wgo_session *session, size_t index,
                       const struct wgo_provider_result *result, bool part)
{
    uint64_t before = 0, calls = result->calls + result->replayed;
    bool known = wgo_session_calls_before(session, index, &before);
    bool lesser = part && calls <= before;
    if (calls > 0 && !lesser && !(known && calls == before)) {
        put(session, CALLS, index, calls);
    }
}

/* Nor does it say how long the next one will take. A tenth more or less is no news. */
static void keep_time(struct wgo_session *session, size_t index,
                      const struct wgo_provider_result *result, bool part)
{
    uint64_t before = 0, ms = (uint64_t)(result->duration_ns / WGO_MS) + 1;
    bool known = get(session, TIME, index, &before);
    uint64_t away = before > ms ? before - ms : ms - before;
    if (!part && result->replayed == 0 && !(known && away <= before / 10)) {
        put(session, TIME, index, ms);
    }
}

static void keep(struct wgo_session *session, size_t index)
{
    struct wgo_provider_result result;
    wgo_scanner_provider(session->scanner, index, &result);
    bool part = result.outcome != WGO_PROVIDER_COMPLETE || session->o.incremental;
    keep_calls(session, index, &result, part);
    keep_time(session, index, &result, part);
}

void wgo_session_keep_size(struct wgo_session *session)
{
    const struct wgo_cache *cache = wgo_store_cache(session->store);
    for (size_t i = 0; cache && session->kinds && i < session->o.scan.provider_count; i++) {
        keep(session, i);
    }
}
