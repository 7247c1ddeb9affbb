/* sts.h: questions to AWS's Security Token Service, and what it answers.
 *
 * Pure: makes bodies of requests, reads bodies of answers. Sending and signing are the caller's.
 * The requests are POSTs of a form to STS's regional address; AssumeRoleWithWebIdentity is not
 * signed, the others are.
 * Source: docs.aws.amazon.com/STS/latest/APIReference, version 2011-06-15.
 *
 * Ownership: bodies live in the arena; credentials are the caller's. Threads: no state.
 * Failure:   AUTH with STS's own code and words when it refuses, one of WGO_RETRY_BACKOFF's when it
 *            may go better later, PARSE for an answer that is none. Credentials are never quoted.
 */
#ifndef WGO_AWS_STS_H
#define WGO_AWS_STS_H

#include "auth/sigv4.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "model/http.h"

/* Empty strings are not sent, but for the session's name, which has to have one: "wgo". */
struct wgo_aws_role {
    struct wgo_str arn;
    struct wgo_str external_id, session_name, source_identity, policy;
    int64_t duration_s; /* 0 = an hour, STS's own default */
};

struct wgo_str wgo_aws_sts_assume_role(const struct wgo_aws_role *role, struct wgo_arena *arena);
/* 'token' is a secret, and with it the body. */
struct wgo_str wgo_aws_sts_web_identity(const struct wgo_aws_role *role, struct wgo_str token,
                                        struct wgo_arena *arena);
struct wgo_str wgo_aws_sts_caller_identity(void);

/* What a refusal says. */
struct wgo_aws_refusal {
    char code[64]; /* "AccessDenied"; "" when there is none */
    char message[400];
};

/* An answer of AssumeRole or AssumeRoleWithWebIdentity: 'out_credentials' is zeroed or holds older
 * ones. 'out_refusal' may be NULL. */
WGO_NODISCARD enum wgo_status wgo_aws_sts_read_credentials(
    int http_status, struct wgo_str body, struct wgo_aws_credentials *out_credentials,
    struct wgo_wall *out_expires, struct wgo_aws_refusal *out_refusal, struct wgo_error *err);

struct wgo_aws_caller {
    char account[32], arn[2048 + 1], user_id[160];
};
WGO_NODISCARD enum wgo_status wgo_aws_sts_read_caller(int http_status, struct wgo_str body,
                                                      struct wgo_aws_caller *out_caller,
                                                      struct wgo_aws_refusal *out_refusal,
                                                      struct wgo_error *err);

/* What AWS's error codes mean for credentials; WGO_OK for those that mean nothing special. */
enum wgo_status wgo_aws_auth_code(struct wgo_str code, const char **out_hint);
/* True for a code and words that say that this machine's clock is wrong. */
bool wgo_aws_clock_is_off(struct wgo_str code, struct wgo_str message);
/* Whether asking STS once more may go better: a throttle that is no HTTP 429, half an answer, or
 * something that is none. What the network and servers do is repeated by services->fetch. */
bool wgo_aws_sts_may_repeat(enum wgo_status status);
/* The account of an ARN ("arn:aws:iam::123456789012:role/x"), or "". */
struct wgo_str wgo_aws_arn_account(struct wgo_str arn);
/* The partition of an ARN ("aws-cn"), or "". */
struct wgo_str wgo_aws_arn_partition(struct wgo_str arn);

#endif
