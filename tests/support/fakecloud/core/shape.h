/* shape.h: turns a fault that struck into an answer, and a body into its faulty self.
 *
 * Ownership: works on a reply the caller owns.
 * Threads:   pure.
 * Failure:   none. */
#ifndef FC_SHAPE_H
#define FC_SHAPE_H

#include "core/fault.h"

/* How the bytes of one body leave. */
struct fc_shape {
    int64_t cut_at;   /* -1: not. */
    int64_t stall_at; /* -1: not. */
    int64_t stall_ms;
    int64_t bytes_per_s; /* 0: as fast as it goes. */
    int64_t delay_ms;    /* Before the answer. */
    bool reset;          /* No answer at all. */
};

/* Changes 'reply', the right answer, into what 'rule' makes of it, and fills 'shape'. */
void fc_shape_apply(const struct fc_fault_rule *rule, struct fc_reply *reply,
                    struct fc_shape *shape);
/* Compresses the body where the client's Accept-Encoding allows it and it is worth it. */
void fc_shape_gzip(struct fc_reply *reply, const char *accept_encoding);

#endif
