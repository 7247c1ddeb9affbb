/* sigv4_canonical.h: the one spelling of a request that client and server both digest. Private to
 * the room: see sigv4.h.
 *
 * Ownership: appends to the caller's buffer; scratch and header names go to 'arena'.
 * Threads:   no state.
 * Failure:   out of memory: false, or the buffer's 'failed'. */
#ifndef WGO_AUTH_SIGV4_CANONICAL_H
#define WGO_AUTH_SIGV4_CANONICAL_H

#include "base/arena.h"
#include "model/http.h"

/* "20150830T123600Z": the moment, and in its first eight characters the day. */
enum { WGO_SIGV4_STAMP = 17, WGO_SIGV4_DAY = 8 };
void wgo_sigv4_stamp(struct wgo_wall now, char out[WGO_SIGV4_STAMP]);

/* An absolute URL's parts, as spans of it. 'host' has no user and no port that the scheme implies.
 */
struct wgo_sigv4_url {
    struct wgo_str before_query; /* scheme, authority and path */
    struct wgo_str host, path, query;
};
bool wgo_sigv4_url_split(struct wgo_str url, struct wgo_sigv4_url *out);

/* A header is worth signing unless proxies change it or it is the signature itself. */
bool wgo_sigv4_signs_header(struct wgo_str name);

void wgo_sigv4_put_path(struct wgo_buf *out, struct wgo_str path, unsigned flags);
bool wgo_sigv4_put_query(struct wgo_buf *out, struct wgo_str query, struct wgo_arena *arena);

/* Lower-case names and tidy values, sorted; headers of one name joined by commas. */
struct wgo_sigv4_headers {
    struct wgo_header items[WGO_REQUEST_HEADERS + 1];
    unsigned count;
    struct wgo_str signed_names; /* "host;x-amz-date" */
};
/* Of 'request' without 'unsigned_name' (may be empty), and with "host" when it has none. */
bool wgo_sigv4_headers_of(const struct wgo_request *request, struct wgo_str host,
                          struct wgo_str unsigned_name, struct wgo_arena *arena,
                          struct wgo_sigv4_headers *out);

#endif
