#include "net/identity.h"

#include "net/manager.h"

#include <stdlib.h>

static int on_timer(CURLM *multi, long timeout_ms, void *state)
{
    struct wgo_net_identity *identity = state;
    (void)multi;
    identity->due_ns =
        timeout_ms < 0 ? -1 : wgo_clock_mono(wgo_clock_system()).ns + timeout_ms * WGO_MS;
    return 0;
}

struct wgo_net_identity *wgo_net_identity_get(struct wgo_net_shard *shard, const char *name)
{
    for (struct wgo_net_link *at = shard->identities.next; at != &shard->identities;
         at = at->next) {
        struct wgo_net_identity *identity = WGO_NET_OWNER(at, struct wgo_net_identity, link);
        if (strcmp(identity->name, name) == 0) {
            return identity;
        }
    }
    struct wgo_net_identity *identity = calloc(1, sizeof *identity);
    char *copy = strdup(name);
    if (!identity || !copy) {
        free(identity);
        free(copy);
        return NULL;
    }
    identity->shard = shard;
    identity->name = copy;
    identity->due_ns = -1;
    identity->idle_since = shard->now;
    wgo_net_link_init(&identity->link);
    wgo_net_link_insert(&shard->identities, &identity->link);
    return identity;
}

bool wgo_net_identity_wake(struct wgo_net_identity *identity)
{
    if (identity->multi) {
        return true;
    }
    const struct wgo_net_options *options = &identity->shard->net->options;
    CURLM *multi = curl_multi_init();
    if (!multi) {
        return false;
    }
    /* Options of a CURLM fail only when they are unknown. */
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, wgo_net_watch_on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, identity);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, identity);
    curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
    curl_multi_setopt(multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)WGO_NET_STREAMS);
    curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)options->total_connections);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)options->total_connections);
    identity->multi = multi;
    identity->squeezed = false;
    return true;
}

void wgo_net_identity_rest(struct wgo_net_identity *identity)
{
    if (identity->multi) {
        curl_multi_cleanup(identity->multi);
        identity->multi = NULL;
        identity->due_ns = -1;
        identity->touched = false;
        wgo_net_watch_forget(&identity->shard->watch, identity);
    }
}

void wgo_net_identity_free(struct wgo_net_identity *identity)
{
    wgo_net_identity_rest(identity);
    while (identity->spares > 0) {
        curl_easy_cleanup(identity->spare[--identity->spares]);
    }
    wgo_net_link_remove(&identity->link);
    free(identity->name);
    free(identity);
}

CURL *wgo_net_identity_take_easy(struct wgo_net_identity *identity)
{
    /* The one last used: its TLS session is the freshest. */
    return identity->spares > 0 ? identity->spare[--identity->spares] : curl_easy_init();
}

void wgo_net_identity_give_easy(struct wgo_net_identity *identity, CURL *easy)
{
    if (identity->spares < WGO_NET_SPARE_EASIES) {
        curl_easy_reset(easy);
        identity->spare[identity->spares++] = easy;
    } else {
        curl_easy_cleanup(easy);
    }
}

void wgo_net_identity_squeeze(struct wgo_net_identity *identity)
{
    if (!identity->multi) {
        return;
    }
    if (identity->active == 0) {
        wgo_net_identity_rest(identity);
        return;
    }
    /* libcurl closes the oldest idle connection, one each time a call gives one back. */
    identity->squeezed = true;
    curl_multi_setopt(identity->multi, CURLMOPT_MAXCONNECTS, (long)identity->active);
}

void wgo_net_identity_relax(struct wgo_net_identity *identity)
{
    if (identity->multi && identity->squeezed) {
        identity->squeezed = false;
        curl_multi_setopt(identity->multi, CURLMOPT_MAXCONNECTS,
                          (long)identity->shard->net->options.total_connections);
    }
}

void wgo_net_identity_drive(struct wgo_net_identity *identity, curl_socket_t fd, int events)
{
    int running;
    if (fd == CURL_SOCKET_TIMEOUT) {
        identity->due_ns = -1;
    }
    /* It fails only for a broken handle, and then the calls' own time limits end them. */
    (void)curl_multi_socket_action(identity->multi, fd, events, &running);
    identity->touched = true;
}
