/* place.h: a machine of its own for tests of the AWS configuration: a home folder, an environment,
 * a clock that stands, and one HTTP server that is STS, the SSO portal, a container's agent or the
 * instance metadata service, as the test says.
 *
 * Ownership: place_init/_fini; one place at a time. Threads: the script runs on the server's.
 * Failure:   aborts. */
#ifndef TESTS_AWS_PLACE_H
#define TESTS_AWS_PLACE_H

#include "aws/credentials.h"
#include "http_script.h"
#include "net/net.h"

#define PLACE_NOW "2026-02-01T12:00:00Z"

/* One answer; the first rule that fits serves. NULL members fit everything. */
struct place_rule {
    const char *method, *target; /* target: its beginning */
    const char *body_has;        /* of the request */
    const char *header, *value;  /* a header the request must carry */
    int status;                  /* 0 = 200 */
    const char *body;
    const char *headers; /* "name: value\r\n" of the answer, or NULL */
    unsigned times;      /* serves so often; 0 = for ever */
    unsigned asked;      /* counted */
};

struct place {
    char home[128];
    struct wgo_services services;
    struct wgo_clock clock;
    struct wgo_net *net;
    struct wgo_net_group *group;
    struct http_script *server;
    char url[64]; /* of the server */
    struct place_rule *rules;
    size_t rule_count;
    struct wgo_buf last_headers, last_body; /* of the request served last */
    struct wgo_buf warnings;
    bool cancelled;
    bool unreachable; /* every call fails as if nobody answered */
};

extern struct place place;

void place_init(void);
void place_fini(void);
/* Sets a variable of the environment; NULL unsets it. The value is copied. */
void place_env(const char *name, const char *value);
const char *place_getenv(const char *name);
/* Writes a file below the home folder. */
void place_file(const char *path, const char *text);
/* A path below the home folder; good until the next few calls. */
const char *place_path(const char *path);
/* The whole file. */
void place_read(const char *path, struct wgo_buf *out);
/* The server becomes AWS's every service, by AWS_ENDPOINT_URL. */
void place_serve(struct place_rule *rules, size_t count);
/* Loads the configuration; asserts that it can be. */
struct wgo_aws_config *place_config(const char *profile);

#endif
