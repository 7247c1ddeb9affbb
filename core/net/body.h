/* body.h: where an answer's bytes go: inflated, bounded, and into a file when they are too many.
 *
 * Inflating is done here and not by libcurl, which takes a gzip stream that ends too early for a
 * whole one: a cut that HTTP/2 did not report shows here (7.88).
 *
 * Ownership: wgo_net_body_fini() frees what inflating needed. Bytes and file belong to the
 *            response.
 * Threads:   one at a time.
 * Failure:   put and end return TOO_LARGE, NO_SPACE, IO, NOMEM, PARSE (what should be gzip is
 *            not), UNSUPPORTED (an encoding nobody asked for) or, end only, CUT_SHORT. */
#ifndef WGO_NET_BODY_H
#define WGO_NET_BODY_H

#include "model/http.h"

#include <zlib.h>

struct wgo_net_body {
    struct wgo_response *response;
    uint64_t limit;  /* bytes after inflation */
    uint64_t memory; /* more than this many go to a file */
    bool begun, inflates, ended;
    z_stream inflate;
};

/* What a body may grow to. */
struct wgo_net_body_limits {
    uint64_t limit, memory;
};

void wgo_net_body_init(struct wgo_net_body *body, struct wgo_response *response,
                       struct wgo_net_body_limits limits);
void wgo_net_body_fini(struct wgo_net_body *body);
/* Forgets what came: another answer will. */
void wgo_net_body_restart(struct wgo_net_body *body);
/* The next bytes as they came. 'expected' is the Content-Length, or -1; looked at once, to make
 * room. */
WGO_NODISCARD enum wgo_status wgo_net_body_put(struct wgo_net_body *body, struct wgo_str bytes,
                                               int64_t expected, struct wgo_error *err);
/* After the last byte: is it whole? Puts the size into the response. */
WGO_NODISCARD enum wgo_status wgo_net_body_end(struct wgo_net_body *body, struct wgo_error *err);

#endif
