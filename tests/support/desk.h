/* desk.h: where credentials are asked for in tests: an environment, a home of its own, a clock that
 * stands still, and a network that is a script: requests are written down and answered here.
 *
 * Ownership: desk_open/_close; one at a time. Threads: one. Failure: ends the test. */
#ifndef TESTS_SUPPORT_DESK_H
#define TESTS_SUPPORT_DESK_H

#include "model/collector.h"

#include <sys/stat.h>

enum { DESK_ANSWERS = 8, DESK_VARIABLES = 32 };

struct desk_answer {
    int http_status;
    const char *body;    /* NULL: the answers end before this one, and the last is given again */
    const char *headers; /* "name: value\n" lines */
};

struct desk {
    char home[64]; /* $HOME */
    struct wgo_clock clock;
    struct wgo_services services;
    struct wgo_buf asked; /* "METHOD URL\nname: value\n...\n\nbody\n" of each request */
    struct desk_answer answers[DESK_ANSWERS];
    unsigned count;              /* of requests so far */
    bool silent;                 /* nobody answers */
    enum wgo_status silence;     /* what the transport says then; WGO_OK: TIMEOUT */
    bool forgetful;              /* nothing is written down */
    struct wgo_endpoint through; /* of the last request; strings are gone */
    struct {
        const char *name;
        char value[512];
    } variables[DESK_VARIABLES];
};
extern struct desk desk;

/* The clock says 2026-02-01T12:00:00Z; every request is answered with 'body'. */
void desk_open(const char *body);
void desk_close(void);
void desk_set(const char *name, const char *value);
const char *desk_env(const char *name);
/* A path in its home; good until the fourth call after this one. */
const char *desk_path(const char *name);
void desk_write(const char *name, const char *text, mode_t mode);

#endif
