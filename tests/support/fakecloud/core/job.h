/* job.h: work that a request begins and others ask about: waiting, running, done or failed,
 * forgotten.
 *
 * Nothing is done: a job's state follows from its age by the server's clock. It waits for a quarter
 * of its time.
 *
 * Ownership: fc_jobs_new/free. Payloads are copied in and out.
 * Threads:   any; the lock guards all.
 * Failure:   none but memory. */
#ifndef FC_JOB_H
#define FC_JOB_H

#include "core/text.h"

struct fc_job_rules {
    size_t payload_bytes;
    int64_t duration_ns;
    int64_t kept_ns;     /* From its end on; 0: for good. */
    uint64_t fail_every; /* 0: none fails. */
    size_t limit;        /* Under way at once; 0: any number. */
};

enum fc_job_state { FC_JOB_WAITING, FC_JOB_RUNNING, FC_JOB_DONE, FC_JOB_FAILED };

struct fc_job {
    uint64_t number; /* From 0. */
    int64_t created_ns;
    enum fc_job_state state;
};

struct fc_jobs;

struct fc_jobs *fc_jobs_new(const struct fc_job_rules *rules);
void fc_jobs_free(struct fc_jobs *j);
/* Keeps a place among those that may be under way at once. Returns 0, or how long until one is
 * free. A place that is kept is given back or used by fc_jobs_begin(). */
int64_t fc_jobs_reserve(struct fc_jobs *j);
void fc_jobs_give_back(struct fc_jobs *j);
void fc_jobs_begin(struct fc_jobs *j, const void *payload, struct fc_job *out);
/* False: there is none, or not any more. */
bool fc_jobs_look(struct fc_jobs *j, uint64_t number, void *out_payload, struct fc_job *out);
/* How many were begun, and the most that were under way at once. */
void fc_jobs_count(struct fc_jobs *j, uint64_t *out_begun, size_t *out_most);

#endif
