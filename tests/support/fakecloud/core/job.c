#include "core/job.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"

/* A job and, behind it, its payload. */
struct entry {
    int64_t created_ns;
    char payload[];
};

struct fc_jobs {
    struct fc_job_rules rules;

    pthread_mutex_t lock; /* Guards all below. */
    struct entry **at;    /* Oldest first; all take equally long. */
    size_t count;
    size_t cap;
    uint64_t first; /* The number of at[0]. */
    size_t reserved;
    size_t most;
};

struct fc_jobs *fc_jobs_new(const struct fc_job_rules *rules)
{
    struct fc_jobs *j = fc_alloc(sizeof(*j));

    j->rules = *rules;
    pthread_mutex_init(&j->lock, NULL);
    return j;
}

void fc_jobs_free(struct fc_jobs *j)
{
    size_t i;

    if (j == NULL) {
        return;
    }
    for (i = 0; i < j->count; i++) {
        free(j->at[i]);
    }
    pthread_mutex_destroy(&j->lock);
    free(j->at);
    free(j);
}

static void forget_locked(struct fc_jobs *j, int64_t now_ns)
{
    size_t gone = 0, i;

    while (j->rules.kept_ns > 0 && gone < j->count &&
           j->at[gone]->created_ns + j->rules.duration_ns + j->rules.kept_ns <= now_ns) {
        free(j->at[gone++]);
    }
    for (i = gone; gone > 0 && i < j->count; i++) {
        j->at[i - gone] = j->at[i];
    }
    j->count -= gone;
    j->first += gone;
}

/* How many are under way; they are the last ones. */
static size_t under_way_locked(const struct fc_jobs *j, int64_t now_ns)
{
    size_t n = 0;

    while (n < j->count && j->at[j->count - 1 - n]->created_ns + j->rules.duration_ns > now_ns) {
        n++;
    }
    return n;
}

int64_t fc_jobs_reserve(struct fc_jobs *j)
{
    int64_t wait_ns = 0, now_ns;
    size_t busy;

    pthread_mutex_lock(&j->lock);
    now_ns = fc_clock_ns();
    busy = under_way_locked(j, now_ns);
    if (j->rules.limit > 0 && busy + j->reserved >= j->rules.limit) {
        wait_ns = busy > 0 ? j->at[j->count - busy]->created_ns + j->rules.duration_ns - now_ns : 1;
    } else {
        j->reserved++;
    }
    pthread_mutex_unlock(&j->lock);
    return wait_ns;
}

void fc_jobs_give_back(struct fc_jobs *j)
{
    pthread_mutex_lock(&j->lock);
    j->reserved--;
    pthread_mutex_unlock(&j->lock);
}

void fc_jobs_begin(struct fc_jobs *j, const void *payload, struct fc_job *out)
{
    struct entry *e = fc_alloc(sizeof(*e) + j->rules.payload_bytes);
    size_t busy;

    memcpy(e->payload, payload, j->rules.payload_bytes);
    pthread_mutex_lock(&j->lock);
    e->created_ns = fc_clock_ns();
    forget_locked(j, e->created_ns);
    if (j->count == j->cap) {
        j->cap = j->cap > 0 ? j->cap * 2 : 64;
        j->at = fc_grow(j->at, j->cap * sizeof(struct entry *));
    }
    *out = (struct fc_job){j->first + j->count, e->created_ns, FC_JOB_WAITING};
    j->at[j->count++] = e;
    j->reserved--;
    busy = under_way_locked(j, e->created_ns);
    j->most = busy > j->most ? busy : j->most;
    pthread_mutex_unlock(&j->lock);
}

bool fc_jobs_look(struct fc_jobs *j, uint64_t number, void *out_payload, struct fc_job *out)
{
    bool found;
    int64_t now_ns;

    pthread_mutex_lock(&j->lock);
    now_ns = fc_clock_ns();
    forget_locked(j, now_ns);
    found = number >= j->first && number - j->first < j->count;
    if (found) {
        const struct entry *e = j->at[number - j->first];
        int64_t age_ns = now_ns - e->created_ns, all_ns = j->rules.duration_ns;
        uint64_t every = j->rules.fail_every;

        memcpy(out_payload, e->payload, j->rules.payload_bytes);
        *out = (struct fc_job){number, e->created_ns, FC_JOB_WAITING};
        if (age_ns >= all_ns) {
            out->state = every > 0 && (number + 1) % every == 0 ? FC_JOB_FAILED : FC_JOB_DONE;
        } else if (age_ns >= all_ns / 4) {
            out->state = FC_JOB_RUNNING;
        }
    }
    pthread_mutex_unlock(&j->lock);
    return found;
}

void fc_jobs_count(struct fc_jobs *j, uint64_t *out_begun, size_t *out_most)
{
    pthread_mutex_lock(&j->lock);
    *out_begun = j->first + j->count;
    *out_most = j->most;
    pthread_mutex_unlock(&j->lock);
}
