/* url.h: the little that must be known of a URL: whose host it is, whether that is this machine,
 * and what of it may be shown.
 *
 * Ownership: borrows from the text it was read from.
 * Threads:   values.
 * Failure:   wgo_url_parse() is false for what is not an absolute http or https URL. */
#ifndef WGO_MODEL_URL_H
#define WGO_MODEL_URL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"

struct wgo_url {
    bool tls;
    bool loopback;            /* localhost, *.localhost, 127.0.0.0/8 or ::1, by its name alone */
    struct wgo_str host;      /* without brackets */
    struct wgo_str authority; /* host and port as written, without user information */
    struct wgo_str target;    /* all that follows the authority */
    struct wgo_str path;      /* the target without query and fragment: fit for a log */
    unsigned port;
};

bool wgo_url_parse(struct wgo_str text, struct wgo_url *out);

/* A reference that is relative to the document at 'base' ("?page=2", "items?page=2", "../items"),
 * as the path from the root that it stands for (RFC 3986 5.2), without a fragment; any other
 * reference, and any where the base is no URL, as it is. NULL bytes when out of memory. */
struct wgo_str wgo_url_from_root(struct wgo_str base, struct wgo_str reference,
                                 struct wgo_arena *arena);

/* The first segment of a URL's path, or of a path, that is "." or "..", plainly or encoded: who
 * reads it goes to another path. Empty with a NULL ptr: there is none. */
struct wgo_str wgo_url_dots(struct wgo_str url);

/* "https://host:443": what makes two URLs go to the same server, NUL-terminated into 'out'; in
 * front of it the path of a unix socket, if any. False when 'size' does not suffice. */
bool wgo_url_key(const struct wgo_url *url, const char *unix_socket, char *out, size_t size);

/* A text that may be a URL, of whatever scheme, as it may be shown: "***" for user and password,
 * and for what parameters of the query hold whose names say that it is a secret. */
void wgo_url_put_shown(struct wgo_buf *out, struct wgo_str text);

#endif
