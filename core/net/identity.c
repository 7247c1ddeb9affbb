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

static struct wgo_net_easy *easy_new(void)
{
    struct wgo_net_easy *easy = calloc(1, sizeof *easy);
    if (easy) {
        easy->curl = curl_easy_init();
    }
    if (easy && !easy->curl) {
        free(easy);
        easy = NULL;
    }
    return easy;
}

static void easy_free(struct wgo_net_easy *easy)
{
    curl_easy_cleanup(easy->curl);
    curl_slist_free_all(easy->headers);
    free(easy);
}

void wgo_net_easy_forget(struct wgo_net_easy *easy)
{
    curl_easy_reset(easy->curl);
    easy->kind = 0;
}

void wgo_net_identity_free(struct wgo_net_identity *identity)
{
    wgo_net_identity_rest(identity);
    while (identity->spare) {
        struct wgo_net_easy *next = identity->spare->next;
        easy_free(identity->spare);
        identity->spare = next;
    }
    wgo_net_link_remove(&identity->link);
    free(identity->name);
    free(identity);
}

struct wgo_net_easy *wgo_net_identity_take_easy(struct wgo_net_identity *identity)
{
    /* The one last used: its TLS session is the freshest. */
    struct wgo_net_easy *easy = identity->spare;
    if (!easy) {
        return easy_new();
    }
    identity->spare = easy->next;
    identity->spares--;
    return easy;
}

void wgo_net_identity_give_easy(struct wgo_net_identity *identity, struct wgo_net_easy *easy,
                                bool sound)
{
    unsigned connections = identity->shard->net->options.total_connections;
    easy->call = NULL;
    if (identity->spares >= WGO_NET_SPARE_EASIES && identity->spares >= connections) {
        easy_free(easy);
        return;
    }
    if (!sound || (easy->kind & WGO_NET_EASY_RARE)) {
        wgo_net_easy_forget(easy);
    }
    easy->next = identity->spare;
    identity->spare = easy;
    identity->spares++;
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
