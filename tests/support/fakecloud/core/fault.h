/* fault.h: what goes wrong, when, and with which requests.
 *
 * A rule strikes by counting the requests it matches, or by a hash of the seed, the rule, the URL
 * and how often that URL was asked for: two runs with one seed fail in the same places whatever
 * the threads do, as long as the same questions are asked.
 *
 * Ownership: fc_faults_new/free; rules live as long.
 * Threads:   fc_faults_pick() from any; counters are guarded by the tally's lock.
 * Failure:   a bad scenario ends the program. */
#ifndef FC_FAULT_H
#define FC_FAULT_H

#include "core/match.h"

enum fc_fault_kind {
    FC_FAULT_STATUS,       /* An error answer, maybe with Retry-After. */
    FC_FAULT_RESET,        /* The connection is reset before an answer. */
    FC_FAULT_CUT,          /* The body ends early and the connection closes. */
    FC_FAULT_STALL,        /* The body stops; the connection stays. */
    FC_FAULT_SLOW,         /* The answer comes late. */
    FC_FAULT_DRIP,         /* The body comes slowly. */
    FC_FAULT_TRUNCATE,     /* Half a document whose Content-Length agrees. */
    FC_FAULT_GARBAGE,      /* 200 and a body that is no JSON. */
    FC_FAULT_HTML,         /* A proxy's page. */
    FC_FAULT_EMPTY,        /* The right status and no body. */
    FC_FAULT_CONTENT_TYPE, /* The right body, another Content-Type. */
    FC_FAULT_GZIP_CORRUPT, /* Content-Encoding: gzip, and it is not. */
    FC_FAULT_GZIP_BOMB,    /* A small gzip body that inflates to 'bytes'. */
    FC_FAULT_EXPIRED,      /* A continue token is refused as expired. */
    FC_FAULT_EMPTY_PAGE,   /* A page without items and with a next one. */
    FC_FAULT_REPEAT_TOKEN, /* The next token is the one that was used. */
};

struct fc_fault_rule {
    const char *name;
    struct fc_match match;
    enum fc_fault_kind kind;
    enum fc_per per;
    uint64_t *nth; /* Which of the matching requests; none: all. */
    size_t nth_count;
    uint64_t every;
    uint64_t after;
    uint64_t times; /* Strikes per key at most; 0: no limit. */
    double probability;

    unsigned status;
    int retry_after_s; /* -1: none. */
    bool retry_after_given;
    bool retry_after_date; /* As an HTTP date. */
    const char *code;      /* status: the error's code, where the provider's errors have one. */
    int64_t at_bytes;      /* Where a body is cut or stalls; -1: in the middle; -2: no headers. */
    int64_t latency_ms;    /* slow */
    int64_t stall_ms;      /* stall */
    int64_t bytes_per_s;   /* drip */
    int64_t bytes;         /* gzip_bomb */
    bool chunked;          /* The body is sent under chunked encoding. */
    bool fresh_token;      /* expired */
    const char *value;     /* content_type; body of status, garbage and html */
};

struct fc_faults;

struct fc_faults *fc_faults_new(struct json_object *scenario);
void fc_faults_free(struct fc_faults *f);
/* The first rule that strikes, or NULL. Counts the request. */
const struct fc_fault_rule *fc_faults_pick(struct fc_faults *f, const struct fc_request *rq);

#endif
