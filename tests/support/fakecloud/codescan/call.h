/* call.h: a call of the platform: who makes it, what it costs, how it is answered.
 *
 * Ownership: the request's.
 * Threads:   one at a time.
 * Failure:   calls answer with the platform's error. */
#ifndef FC_CODESCAN_CALL_H
#define FC_CODESCAN_CALL_H

#include "codescan/world.h"
#include "core/request.h"

#define CS_JSON "application/json"

struct cs_call {
    const struct cs_endpoint *endpoint;
    const struct cs_key *key; /* NULL: nobody's. */
    struct fc_text body;      /* Inflated. */
    struct fc_quota quotas[CS_WINDOWS];
    struct fc_quota_state states[CS_WINDOWS];
    size_t quota_count;
};

typedef void cs_operation_fn(const struct cs_world *w, struct fc_request *rq,
                             struct fc_reply *reply);

struct cs_endpoint {
    struct fc_route route;
    const char *name;
    cs_operation_fn *run;
    bool creates;
    bool cached; /* May be kept for max-age seconds. */
};

/* An error in the platform's words; the message is printed. */
void cs_error(const struct cs_world *w, struct fc_reply *reply, unsigned status, const char *code,
              const char *fmt, ...) FC_PRINTF(5, 6);
/* 429 and its body; 'quota' may be NULL. */
void cs_error_limited(const struct cs_world *w, struct fc_reply *reply,
                      const struct fc_quota *quota, int64_t reset_s, int64_t wait_s);
/* The headers that tell what is left. */
void cs_limit_headers(const struct cs_world *w, const struct cs_call *call, struct fc_reply *reply);
/* Takes the text as the body of a 200, with its ETag; 304 when the client has it. */
void cs_answer(const struct cs_world *w, struct fc_request *rq, struct fc_reply *reply,
               struct fc_text *body);
/* Inflates or copies the request's body. False: the reply is the refusal. */
bool cs_body(const struct cs_world *w, const struct fc_request *rq, struct fc_text *out,
             struct fc_reply *reply);

cs_operation_fn cs_account, cs_projects, cs_project, cs_project_scans, cs_findings, cs_rules,
    cs_scan, cs_results, cs_submit, cs_bulk;

/* Parts: an object, with its braces. */
void cs_put_scan(const struct cs_world *w, uint64_t index, const struct fc_job *job,
                 const struct cs_submitted *submitted, struct fc_text *out);
void cs_put_finding(const struct cs_world *w, uint64_t scan, uint64_t project, uint64_t n,
                    struct fc_text *out);
/* A parameter that is a number from 'low' to 'high'. False: it is none, and the reply says so. */
bool cs_number(const struct cs_world *w, const struct fc_request *rq, const char *key,
               uint64_t fallback, uint64_t low, uint64_t high, uint64_t *out,
               struct fc_reply *reply);

#endif
