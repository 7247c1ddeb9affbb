/* error.h: what is wrong, and Google's documents that say so.
 *
 * Ownership: strings are borrowed from the call.
 * Threads:   pure.
 * Failure:   none. */
#ifndef FC_GCP_ERROR_H
#define FC_GCP_ERROR_H

#include "core/reply.h"
#include "gcp/world.h"

struct gcp_service;

enum gcp_problem {
    GCP_OK,
    GCP_BAD_PARAMETER,
    GCP_UNAUTHENTICATED,
    GCP_EXPIRED,
    GCP_DENIED,
    GCP_DISABLED,
    GCP_MISSING,
    GCP_THROTTLED,
    GCP_INTERNAL,
    GCP_UNAVAILABLE,
    GCP_NOT_SERVED,
};

struct gcp_trouble {
    enum gcp_problem problem;
    unsigned status;     /* 0: the problem's usual one. */
    const char *message; /* NULL: the problem's usual one. */
    const char *code;    /* NULL: the status' usual name. */
    const struct gcp_project *project;
    const char *permission; /* Denied: what was lacking. */
};

enum gcp_problem gcp_problem_of(unsigned status);
/* What is wrong, in words. */
void gcp_error_words(const struct gcp_service *service, const struct gcp_trouble *t,
                     struct fc_text *out);
/* The same as an answer in plain words: what a download that fails gets of Cloud Storage. */
void gcp_error_say(const struct gcp_service *service, const struct gcp_trouble *t,
                   struct fc_reply *reply);
void gcp_error_reply(const struct gcp_service *service, const struct gcp_trouble *t,
                     struct fc_reply *reply);

#endif
