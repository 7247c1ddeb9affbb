/* size.c: how large the scan before this one was. */
#include "lib/session_private.h"

#include <stdio.h>

#define LIFETIME_NS (90 * 24 * 3600 * WGO_S)

static struct wgo_str key_of(const struct wgo_session *session, size_t index, char out[40])
{
    int len = snprintf(out, 40, "wgo/calls/%016llx", (unsigned long long)session->kinds[index]);
    return wgo_str_from(out, (size_t)len);
}

bool wgo_session_calls_before(struct wgo_session *session, size_t index, uint64_t *out_calls)
{
    const struct wgo_cache *cache = wgo_store_cache(session->store);
    struct wgo_buf value = {0};
    char key[40];
    int64_t age;
    bool known = cache && session->kinds &&
                 cache->get(cache->self, key_of(session, index, key), &value, &age) == WGO_OK &&
                 wgo_str_to_u64(wgo_buf_view(&value), out_calls);
    wgo_buf_fini(&value);
    return known;
}

/* One that has not seen everything, or asked for what changed only, does not make the next one
 * smaller. */
static void keep(struct wgo_session *session, const struct wgo_cache *cache, size_t index)
{
    struct wgo_provider_result result;
    char key[40], text[24];
    uint64_t before = 0;
    wgo_scanner_provider(session->scanner, index, &result);
    uint64_t calls = result.calls + result.replayed;
    bool known = wgo_session_calls_before(session, index, &before);
    bool part = result.outcome != WGO_PROVIDER_COMPLETE || session->o.incremental;
    bool lesser = part && calls <= before;
    if (calls > 0 && !lesser && !(known && calls == before)) {
        snprintf(text, sizeof(text), "%llu", (unsigned long long)calls);
        /* What cannot be kept is not known the next time. */
        (void)cache->put(cache->self, key_of(session, index, key), wgo_str(text), LIFETIME_NS);
    }
}

void wgo_session_keep_calls(struct wgo_session *session)
{
    const struct wgo_cache *cache = wgo_store_cache(session->store);
    for (size_t i = 0; cache && session->kinds && i < session->o.scan.provider_count; i++) {
        keep(session, cache, i);
    }
}
