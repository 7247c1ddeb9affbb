/* token_case.h: what the tests of Google's tokens share: credentials, the token they give, and what
 * is said of both. The network is support/desk.h's.
 *
 * Ownership: case_set_up/_tear_down, one at a time. Threads: one. Failure: ends the test. */
#ifndef TESTS_GCP_TOKEN_CASE_H
#define TESTS_GCP_TOKEN_CASE_H

#include "desk.h"
#include "gcp/credentials.h"

#include <criterion/criterion.h>

struct token_case {
    struct wgo_gcp_config *config;
    struct wgo_oauth2_token token;
    struct wgo_error err;
    struct wgo_arena arena;
};
extern struct token_case token_case;

/* Every request is answered with the token "of-google", which lives for 3599 s. */
void case_set_up(void);
void case_tear_down(void);
/* Credentials of a file that holds this. */
void case_opens(const char *json);
enum wgo_status case_ask(void);
void case_gives(const char *token);
/* Errors quote no TOPSECRET, and nothing is given out. */
void case_fails(enum wgo_status status, const char *message, const char *hint);
/* Whether a request of the last case_ask() holds it. */
bool case_sent(const char *text);

#endif
