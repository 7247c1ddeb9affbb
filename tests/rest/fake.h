/* fake.h: a described API as its collector meets it, without an engine. */
#ifndef TESTS_REST_FAKE_H
#define TESTS_REST_FAKE_H

#include "rest/session.h"

struct fake {
    struct wgo_arena arena;
    struct wgo_rest *rest;
    struct wgo_services services;
    struct wgo_provider_options options;
    struct wgo_rest_session *session;
};

/* False, with 'err' set, when the description is refused or cannot be opened. */
bool fake_open(struct fake *fake, const char *text, struct wgo_error *err);
void fake_close(struct fake *fake);

#endif
