/* scrub.h: stars for the secrets that servers repeat.
 *
 * A secret is found however it was sent, and however the answer writes it: as it is, in percent
 * encoding, as a form's field, as JSON or XML escape it, in base64 together with a user. In texts
 * so is every JSON Web Token, whosever it is.
 *
 * Ownership: zeroed is empty; copies what it is given, and wipes it with wgo_scrub_fini().
 * Threads:   read-only once made.
 * Failure:   none: where memory ran out while secrets were added, all of a text is hidden. */
#ifndef WGO_MODEL_SCRUB_H
#define WGO_MODEL_SCRUB_H

#include "base/buf.h"
#include "model/http.h"

enum { WGO_SCRUB_MOST = 80 };

struct wgo_scrub {
    struct wgo_buf bytes; /* the secrets, one behind the other */
    size_t ends[WGO_SCRUB_MOST];
    size_t count;
    bool failed;
};

/* Those of less than four bytes are left out: they would be found anywhere. */
void wgo_scrub_add(struct wgo_scrub *scrub, struct wgo_str secret);
/* The secret alone, and with its user as basic authentication sends them: as they are, and
 * form-encoded as OAuth wants it. */
void wgo_scrub_add_basic(struct wgo_scrub *scrub, struct wgo_str user, struct wgo_str secret);
/* What the request carries: its own word of it, headers and parameters whose names say that they
 * are secrets, and its endpoint's password. */
void wgo_scrub_add_request(struct wgo_scrub *scrub, const struct wgo_request *request);
void wgo_scrub_fini(struct wgo_scrub *scrub);

/* Hides the secrets in 'text'; returns its new length, which is not above 'len'. */
size_t wgo_scrub_bytes(const struct wgo_scrub *scrub, char *text, size_t len);
/* The same of a line that may have been cut: its end may be the beginning of a secret, with "..."
 * behind it or not. */
void wgo_scrub_line(const struct wgo_scrub *scrub, char *line);
/* Hides in an error's body what the request carries, before anybody reads it and cuts it. Good
 * answers stay as they are. */
void wgo_scrub_answer(const struct wgo_request *request, struct wgo_response *response);

#endif
