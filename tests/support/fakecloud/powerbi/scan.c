#include "powerbi/scan.h"

#include <pthread.h>
#include <stdlib.h>

#include "core/clock.h"
#include "core/conf.h"

struct pbi_scans {
    int64_t duration_ns;
    int64_t kept_ns;     /* A result, from its end on. */
    uint64_t fail_every; /* 0: none fails. */
    size_t limit;        /* Under way at once; 0: any number. */

    pthread_mutex_t lock; /* Guards all below. */
    struct pbi_scan **at; /* Oldest first; all take equally long. */
    size_t count;
    size_t cap;
    uint64_t first; /* The number of at[0]. */
    size_t reserved;
    size_t most;
};

struct pbi_scans *pbi_scans_new(const struct pbi_world *w)
{
    struct pbi_scans *s = fc_alloc(sizeof(*s));
    double seconds = fc_conf_double(w->conf, "powerbi", "scan_seconds", 20);
    double hours = fc_conf_double(w->conf, "powerbi", "result_hours", 24);
    int64_t fail = fc_conf_int(w->conf, "powerbi", "scan_fail_every", 0);
    int64_t limit = fc_conf_int(w->conf, "powerbi", "scan_limit", 16);

    if (!(seconds >= 0 && seconds <= 1e6) || !(hours > 0 && hours <= 1e4) || fail < 0 ||
        limit < 0) {
        fc_die("powerbi: scan_seconds, result_hours, scan_fail_every or scan_limit is out of "
               "range");
    }
    s->duration_ns = (int64_t)(seconds * 1e9);
    s->kept_ns = (int64_t)(hours * 3600e9);
    s->fail_every = (uint64_t)fail;
    s->limit = (size_t)limit;
    pthread_mutex_init(&s->lock, NULL);
    return s;
}

void pbi_scans_free(struct pbi_scans *s)
{
    size_t i;

    if (s == NULL) {
        return;
    }
    for (i = 0; i < s->count; i++) {
        free(s->at[i]);
    }
    pthread_mutex_destroy(&s->lock);
    free(s->at);
    free(s);
}

static void forget_locked(struct pbi_scans *s, int64_t now_ns)
{
    size_t gone = 0, i;

    while (gone < s->count && s->at[gone]->created_ns + s->duration_ns + s->kept_ns <= now_ns) {
        free(s->at[gone++]);
    }
    for (i = gone; gone > 0 && i < s->count; i++) {
        s->at[i - gone] = s->at[i];
    }
    s->count -= gone;
    s->first += gone;
}

/* How many are under way; they are the last ones. */
static size_t under_way_locked(const struct pbi_scans *s, int64_t now_ns)
{
    size_t n = 0;

    while (n < s->count && s->at[s->count - 1 - n]->created_ns + s->duration_ns > now_ns) {
        n++;
    }
    return n;
}

int64_t pbi_scans_reserve(struct pbi_scans *s)
{
    int64_t wait_ns = 0, now_ns;
    size_t busy;

    pthread_mutex_lock(&s->lock);
    now_ns = fc_clock_ns();
    busy = under_way_locked(s, now_ns);
    if (s->limit > 0 && busy + s->reserved >= s->limit) {
        wait_ns = busy > 0 ? s->at[s->count - busy]->created_ns + s->duration_ns - now_ns : 1;
    } else {
        s->reserved++;
    }
    pthread_mutex_unlock(&s->lock);
    return wait_ns;
}

void pbi_scans_give_back(struct pbi_scans *s)
{
    pthread_mutex_lock(&s->lock);
    s->reserved--;
    pthread_mutex_unlock(&s->lock);
}

void pbi_scans_begin(struct pbi_scans *s, struct pbi_scan *scan)
{
    size_t busy;

    pthread_mutex_lock(&s->lock);
    scan->created_ns = fc_clock_ns();
    forget_locked(s, scan->created_ns);
    scan->number = s->first + s->count;
    if (s->count == s->cap) {
        s->cap = s->cap > 0 ? s->cap * 2 : 64;
        s->at = fc_grow(s->at, s->cap * sizeof(struct pbi_scan *));
    }
    s->at[s->count] = fc_alloc(sizeof(*scan));
    *s->at[s->count++] = *scan;
    s->reserved--;
    busy = under_way_locked(s, scan->created_ns);
    s->most = busy > s->most ? busy : s->most;
    pthread_mutex_unlock(&s->lock);
}

enum pbi_scan_state pbi_scans_look(struct pbi_scans *s, uint64_t number, struct pbi_scan *out)
{
    enum pbi_scan_state state = PBI_SCAN_UNKNOWN;
    int64_t now_ns;

    pthread_mutex_lock(&s->lock);
    now_ns = fc_clock_ns();
    forget_locked(s, now_ns);
    if (number >= s->first && number - s->first < s->count) {
        int64_t age_ns;

        *out = *s->at[number - s->first];
        age_ns = now_ns - out->created_ns;
        if (age_ns >= s->duration_ns) {
            state = s->fail_every > 0 && (number + 1) % s->fail_every == 0 ? PBI_SCAN_FAILED
                                                                           : PBI_SCAN_SUCCEEDED;
        } else {
            state = age_ns < s->duration_ns / 4 ? PBI_SCAN_NOT_STARTED : PBI_SCAN_RUNNING;
        }
    }
    pthread_mutex_unlock(&s->lock);
    return state;
}

void pbi_scans_count(struct pbi_scans *s, uint64_t *out_begun, size_t *out_most)
{
    pthread_mutex_lock(&s->lock);
    *out_begun = s->first + s->count;
    *out_most = s->most;
    pthread_mutex_unlock(&s->lock);
}
