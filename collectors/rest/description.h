/* description.h: what `api:` and `scopes:` say, checked. Private to the room.
 *
 * Ownership: everything lives in the description's arena, or in the tree. Threads: read-only once
 * made. Failure: as rest.h. */
#ifndef WGO_REST_DESCRIPTION_H
#define WGO_REST_DESCRIPTION_H

#include "base/arena.h"
#include "model/url.h"
#include "rest/rest.h"

enum { WGO_REST_BASES = 16, WGO_REST_KEYS = 16, WGO_REST_SCOPES = 1000, WGO_REST_HEADERS = 8 };

/* Where a value comes from. */
enum wgo_rest_source {
    WGO_REST_NOTHING,
    WGO_REST_LITERAL,
    WGO_REST_ENV,
    WGO_REST_FILE,
    WGO_REST_COMMAND
};

struct wgo_rest_value {
    enum wgo_rest_source source;
    const char *text;        /* the value, the variable's name or the file's path */
    const char *const *argv; /* of a command */
};

/* One credential. */
struct wgo_rest_key {
    struct wgo_str name;
    const char *identity;       /* PROVIDER/NAME */
    struct wgo_rest_value user; /* basic: user; oauth2: client_id */
    struct wgo_rest_value secret;
};

enum wgo_rest_auth_kind {
    WGO_REST_AUTH_NONE,
    WGO_REST_AUTH_BEARER,
    WGO_REST_AUTH_HEADER,
    WGO_REST_AUTH_BASIC,
    WGO_REST_AUTH_QUERY,
    WGO_REST_AUTH_OAUTH2,
};

struct wgo_rest_auth {
    enum wgo_rest_auth_kind kind;
    struct wgo_str name;   /* of the header or the parameter */
    struct wgo_str prefix; /* before the header's value */
    struct wgo_str token_url, scope, audience, resource;
    bool in_header;            /* oauth2: the client proves itself in the Authorization header */
    struct wgo_rest_key *keys; /* one at least, without a secret where there is no auth */
    unsigned key_count;
};

/* One server. */
struct wgo_rest_base {
    struct wgo_str name; /* the host, and the port where one is named */
    struct wgo_str url;  /* as it was written, without a slash at its end */
    struct wgo_url parts;
};

/* What an error code means here. */
struct wgo_rest_code {
    struct wgo_str code;
    enum wgo_verdict_kind kind;
    enum wgo_status status;
};

struct wgo_rest {
    struct wgo_collector_type type; /* first: a type leads to its description */
    struct wgo_embedded_file file;
    struct wgo_arena arena;
    struct wgo_str summary;
    struct wgo_rest_base *bases;
    unsigned base_count;
    struct wgo_rest_auth auth;
    struct wgo_header *headers;
    struct wgo_rest_value *header_values; /* of those that are credentials, else NOTHING */
    unsigned header_count;
    int64_t timeout_ns;
    bool plain_http;
    const char *ca_file;  /* NULL: the system's */
    struct wgo_str check; /* what validate asks for: a path */
    struct wgo_rest_code *codes;
    size_t code_count;
    struct wgo_scope *scopes;
    size_t scope_count;
};

/* While it is read. With 'each', mistakes are told of and what follows is read all the same;
 * without, the first one stays in 'status' and 'err'. */
struct wgo_rest_reading {
    struct wgo_rest *rest;
    const char *file;
    struct wgo_error *err;
    enum wgo_status status;
    wgo_rest_problem_fn *each;
    void *state;
    size_t problems;
};

void wgo_rest_refuse(struct wgo_rest_reading *r, const struct wgo_yaml *node, const char *hint,
                     const char *format, ...) WGO_PRINTF(4, 5);
void wgo_rest_no_memory(struct wgo_rest_reading *r);
/* False when 'node' is no map, which is refused; unknown members are refused too. NULL is no map,
 * and no mistake. */
bool wgo_rest_is_map(struct wgo_rest_reading *r, const struct wgo_yaml *node, const char *what,
                     const char *const *known, size_t count);
/* A scalar's text, kept and NUL-terminated; empty when it is absent. */
struct wgo_str wgo_rest_text(struct wgo_rest_reading *r, const struct wgo_yaml *map,
                             const char *key);
/* The value under 'key'; NULL when it is absent or null. */
const struct wgo_yaml *wgo_rest_member(const struct wgo_yaml *map, const char *key);
bool wgo_rest_truth(struct wgo_rest_reading *r, const struct wgo_yaml *map, const char *key);

/* auth.c */
void wgo_rest_read_auth(struct wgo_rest_reading *r, const struct wgo_yaml *node);
/* "env:NAME", "file:PATH", {command: [...]}, or the value itself, which no message shows. */
void wgo_rest_read_value(struct wgo_rest_reading *r, const struct wgo_yaml *node, const char *what,
                         struct wgo_rest_value *out);
/* scopes.c */
void wgo_rest_read_scopes(struct wgo_rest_reading *r, const struct wgo_yaml *node);
/* Whether http to this URL needs no permission. */
bool wgo_rest_may_be_plain(const struct wgo_rest *rest, const struct wgo_url *url);

#endif
