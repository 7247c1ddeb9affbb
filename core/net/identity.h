/* identity.h: the connections of one credential: a CURLM, its timer, and easy handles to use
 * again.
 *
 * Telling a handle all that a call needs takes as long as much of the call itself, and nearly all
 * of it is what the last call needed too. So a handle keeps what it was told, and is told anew
 * only when the next call is of another kind.
 *
 * Within one CURLM libcurl may give any call any connection to the host, so each identity has its
 * own. Easy handles remember TLS sessions, so they stay with their identity too. The CA bundle,
 * which takes longer to read than a handshake, is kept by libcurl with the CURLM.
 *
 * Ownership: the shard's list owns them; an identity owns its CURLM and idle easy handles.
 * Threads:   the shard's.
 * Failure:   NULL when out of memory. */
#ifndef WGO_NET_IDENTITY_H
#define WGO_NET_IDENTITY_H

#include "net/shard.h"

enum {
    WGO_NET_SPARE_EASIES = 128, /* or as many as there may be connections */
    WGO_NET_STREAMS = 100, /* at once on one HTTP/2 connection, unless the server allows fewer */
};

/* What a handle has been told; 0 = nothing. */
enum {
    WGO_NET_EASY_TOLD = 1,
    WGO_NET_EASY_TLS = 2,
    WGO_NET_EASY_LOOPBACK = 4,
    WGO_NET_EASY_POST = 8,
    WGO_NET_EASY_RARE = 16, /* something that the next call is hardly going to want */
};

struct wgo_net_easy {
    struct wgo_net_easy *next; /* spare */
    CURL *curl;
    struct wgo_net_call *call; /* whom libcurl's callbacks are about */
    unsigned kind;
    struct curl_slist *headers; /* of the last request: the next one's are most often the same */
};

struct wgo_net_identity {
    struct wgo_net_link link;
    struct wgo_net_shard *shard;
    char *name;
    CURLM *multi;     /* NULL while it has nothing to do and nothing to keep */
    int64_t due_ns;   /* of the world's monotonic clock, when libcurl wants to be called; -1 */
    bool touched;     /* libcurl has worked: it may have something to say */
    bool squeezed;    /* keeps no idle connections for now */
    unsigned active;  /* calls in 'multi' */
    unsigned sockets; /* open, connections of all its hosts */
    unsigned queues;  /* that refer to it */
    struct wgo_mono idle_since;
    struct wgo_net_easy *spare; /* the one last used first */
    unsigned spares;
};

/* The shard's identity of that name, made when new. */
struct wgo_net_identity *wgo_net_identity_get(struct wgo_net_shard *shard, const char *name);
/* Makes the CURLM when there is none. */
bool wgo_net_identity_wake(struct wgo_net_identity *identity);
/* Closes every connection; there must be no active call. */
void wgo_net_identity_rest(struct wgo_net_identity *identity);
void wgo_net_identity_free(struct wgo_net_identity *identity);

struct wgo_net_easy *wgo_net_identity_take_easy(struct wgo_net_identity *identity);
/* 'sound': its last call ended as it should, and it may keep what it was told. */
void wgo_net_identity_give_easy(struct wgo_net_identity *identity, struct wgo_net_easy *easy,
                                bool sound);
/* Makes it as if it were new, but for its TLS sessions. */
void wgo_net_easy_forget(struct wgo_net_easy *easy);

/* Gives up what idle connections it can: all when it is idle, else one with every call that
 * ends. */
void wgo_net_identity_squeeze(struct wgo_net_identity *identity);
void wgo_net_identity_relax(struct wgo_net_identity *identity);

/* Lets libcurl work: because of 'fd' (CURL_SOCKET_TIMEOUT: its timer). */
void wgo_net_identity_drive(struct wgo_net_identity *identity, curl_socket_t fd, int events);

#endif
