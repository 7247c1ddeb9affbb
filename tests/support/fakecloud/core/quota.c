#include "core/quota.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/window.h"

#define HOUR_NS (3600 * FC_SECOND)

/* A window of an owner, or a meter of a caller. */
struct row {
    char *owner;
    const char *name;
    struct fc_window window;
    uint64_t calls;
    uint64_t refused;
};

struct rows {
    struct row *at;
    size_t count;
};

struct fc_quotas {
    pthread_mutex_t lock; /* Guards all below. */
    struct rows windows;
    struct rows meters;
    struct rows endpoints; /* Meters of all callers together. */
};

struct fc_quotas *fc_quotas_new(void)
{
    struct fc_quotas *q = fc_alloc(sizeof(*q));

    pthread_mutex_init(&q->lock, NULL);
    return q;
}

static void free_rows(struct rows *rows)
{
    size_t i;

    for (i = 0; i < rows->count; i++) {
        free(rows->at[i].owner);
        fc_window_fini(&rows->at[i].window);
    }
    free(rows->at);
}

void fc_quotas_free(struct fc_quotas *q)
{
    if (q != NULL) {
        pthread_mutex_destroy(&q->lock);
        free_rows(&q->windows);
        free_rows(&q->meters);
        free_rows(&q->endpoints);
        free(q);
    }
}

/* The row of 'owner' and 'name', made when absent; valid until the next call. */
static struct row *row_locked(struct rows *rows, const char *owner, const char *name)
{
    size_t i;

    for (i = 0; i < rows->count; i++) {
        if (strcmp(rows->at[i].name, name) == 0 && strcmp(rows->at[i].owner, owner) == 0) {
            return &rows->at[i];
        }
    }
    rows->at = fc_grow(rows->at, (i + 1) * sizeof(*rows->at));
    rows->at[i] = (struct row){.owner = fc_strdup(owner), .name = name};
    rows->count++;
    return &rows->at[i];
}

static int64_t wait_locked(struct fc_window *w, const struct fc_quota *quota, int64_t now_ns)
{
    if (quota->whole) {
        fc_window_forget_whole(w, now_ns, quota->window_ns);
    } else {
        fc_window_forget(w, now_ns, quota->window_ns);
    }
    if (quota->most == 0 || w->count < quota->most) {
        return 0;
    }
    return fc_window_oldest(w) + quota->window_ns - now_ns;
}

int64_t fc_quotas_take(struct fc_quotas *q, const char *owner, const struct fc_quota *quotas,
                       size_t count, struct fc_quota_state *out_states, size_t *out_refused)
{
    int64_t longest_ns = 0, now_ns;
    size_t i;

    pthread_mutex_lock(&q->lock);
    now_ns = fc_clock_ns();
    for (i = 0; i < count; i++) {
        struct row *r = row_locked(&q->windows, owner, quotas[i].name);
        int64_t wait_ns = wait_locked(&r->window, &quotas[i], now_ns);

        if (wait_ns > longest_ns) {
            longest_ns = wait_ns;
            *out_refused = i;
        }
    }
    for (i = 0; i < count; i++) {
        struct fc_window *w = &row_locked(&q->windows, owner, quotas[i].name)->window;

        if (longest_ns == 0) {
            fc_window_add(w, now_ns);
        }
        out_states[i].left = quotas[i].most > w->count ? quotas[i].most - w->count : 0;
        out_states[i].reset_ns =
            (w->count > 0 ? fc_window_oldest(w) : now_ns) + quotas[i].window_ns;
    }
    pthread_mutex_unlock(&q->lock);
    return longest_ns;
}

static void meter_locked(struct rows *rows, const char *caller, const char *endpoint, bool refused,
                         int64_t now_ns)
{
    struct row *r = row_locked(rows, caller, endpoint);

    fc_window_forget(&r->window, now_ns, HOUR_NS);
    fc_window_add(&r->window, now_ns);
    r->calls++;
    r->refused += refused;
}

void fc_quotas_meter(struct fc_quotas *q, const char *caller, const char *endpoint, bool refused)
{
    int64_t now_ns;

    pthread_mutex_lock(&q->lock);
    now_ns = fc_clock_ns();
    meter_locked(&q->meters, caller, endpoint, refused, now_ns);
    meter_locked(&q->meters, caller, "all", refused, now_ns);
    meter_locked(&q->endpoints, "", endpoint, refused, now_ns);
    meter_locked(&q->endpoints, "", "all", refused, now_ns);
    pthread_mutex_unlock(&q->lock);
}

static bool seen_before(const struct rows *rows, size_t at)
{
    size_t i;

    for (i = 0; i < at && strcmp(rows->at[i].owner, rows->at[at].owner) != 0; i++) {
    }
    return i < at;
}

/* The meters of one owner, as an object. */
static void put_meters(const struct rows *rows, const char *owner, struct fc_text *out)
{
    bool first = true;
    size_t i;

    fc_text_puts(out, "{");
    for (i = 0; i < rows->count; i++) {
        const struct row *r = &rows->at[i];

        if (strcmp(r->owner, owner) == 0) {
            fc_text_printf(out, "%s\"%s\":{\"calls\":%llu,\"throttled\":%llu,\"most_in_hour\":%zu}",
                           first ? "" : ",", r->name, (unsigned long long)r->calls,
                           (unsigned long long)r->refused, r->window.most);
            first = false;
        }
    }
    fc_text_puts(out, "}");
}

void fc_quotas_stats(struct fc_quotas *q, struct fc_text *out)
{
    const struct rows *rows = &q->meters;
    bool first = true;
    size_t i;

    pthread_mutex_lock(&q->lock);
    fc_text_puts(out, "{\"endpoints\":");
    put_meters(&q->endpoints, "", out);
    fc_text_puts(out, ",\"callers\":{");
    for (i = 0; i < rows->count; i++) {
        if (!seen_before(rows, i)) {
            fc_text_puts(out, first ? "" : ",");
            fc_text_json(out, fc_str_of(rows->at[i].owner));
            fc_text_puts(out, ":");
            put_meters(rows, rows->at[i].owner, out);
            first = false;
        }
    }
    fc_text_puts(out, "}}");
    pthread_mutex_unlock(&q->lock);
}
