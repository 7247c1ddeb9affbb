/* token_desk.h: where Google's credentials become tokens in tests: a clock that stands still, a
 * folder, and a network that is a script: requests are written down and answered here.
 *
 * Ownership: desk_set_up/_tear_down, one at a time. Threads: one. Failure: ends the test. */
#ifndef TESTS_GCP_TOKEN_DESK_H
#define TESTS_GCP_TOKEN_DESK_H

#include "gcp/credentials.h"

#include <criterion/criterion.h>
#include <sys/stat.h>

enum { MOST_ANSWERS = 3 };

struct desk {
    struct wgo_clock clock; /* says 2026-02-01T12:00:00Z */
    struct wgo_services services;
    struct wgo_buf asked; /* "METHOD URL\nname: value\n...\n\nbody\n" of each request */
    struct {
        int http_status; /* 0: 200 */
        const char *body;
    } answers[MOST_ANSWERS]; /* the last is given again */
    enum wgo_status failure; /* of the transport */
    unsigned count;          /* of requests */
    bool plain_http;         /* the last request might go over it */
    char home[64];
    const char *allowed; /* GOOGLE_EXTERNAL_ACCOUNT_ALLOW_EXECUTABLES */
    struct wgo_error err;
    struct wgo_gcp_config *config;
    struct wgo_oauth2_token token;
    struct wgo_arena arena;
};
extern struct desk desk;

/* Every request is answered with the token "of-google", which lives for 3599 s. */
void desk_set_up(void);
void desk_tear_down(void);
/* Nothing is in the environment but the metadata server's host and what 'allowed' says. */
const char *desk_env(const char *name);
/* Credentials of a file that holds this. */
void desk_opens(const char *json);
enum wgo_status desk_ask(void);
void desk_gives(const char *token);
/* Errors quote no TOPSECRET, and nothing is given out. */
void desk_fails(enum wgo_status status, const char *message, const char *hint);
/* Whether a request of the last desk_ask() holds it. */
bool desk_sent(const char *text);
/* A file in the folder; its path. */
const char *desk_put(const char *name, const char *text, mode_t mode);

#endif
