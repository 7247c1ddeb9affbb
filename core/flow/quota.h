/* quota.h: how many calls an owner of a quota lets us make, and what has been made of it.
 *
 * A quota has windows that slide: 500 an hour and 10,000 a day at once. Of each we take our share.
 * Windows are counted by whoever keeps the ledger (store/ledger.h), for all processes of a machine;
 * here is what they mean and what is told of them.
 *
 * Ownership: values. Threads: none. Failure: parsing says what is wrong.
 * Units:     calls; nanoseconds; shares from 0 to 1. */
#ifndef WGO_FLOW_QUOTA_H
#define WGO_FLOW_QUOTA_H

#include "base/clock.h"
#include "base/error.h"
#include "base/json_write.h"
#include "base/str.h"

#define WGO_QUOTA_WINDOWS 4

struct wgo_quota_window {
    uint64_t limit; /* calls of everybody */
    int64_t length_ns;
};

struct wgo_quota {
    struct wgo_str match; /* glob over limit keys, and over the provider's name */
    struct wgo_quota_window windows[WGO_QUOTA_WINDOWS];
    unsigned window_count;
    double share;      /* of each window; 0 = all of it */
    bool per_endpoint; /* each of the provider's calls has a quota of its own */
    bool even;         /* spread over the window instead of in bursts */
    bool jobs;         /* of calls that start a job of the server's only */
};

/* "500/h", "10000/d", "20/m", "5/s", "3000/5m". USAGE with a hint. */
WGO_NODISCARD enum wgo_status
wgo_quota_window_parse(struct wgo_str text, struct wgo_quota_window *out, struct wgo_error *err);
/* "24%" or "0.24": more than none, not more than all. */
WGO_NODISCARD enum wgo_status wgo_quota_share_parse(struct wgo_str text, double *out,
                                                    struct wgo_error *err);
/* Our part of a window's calls, rounded down, and one at least. */
uint64_t wgo_quota_allowed(uint64_t limit, double share);

/* How long so many calls take at our share of the narrowest window. */
int64_t wgo_quota_time_ns(const struct wgo_quota *quota, uint64_t calls);

/* What an answer tells of how its provider bears calls (flow/health.h). */
enum wgo_quota_answer {
    WGO_QUOTA_SILENT, /* nothing: it was not for want of strength, or is another charge's to tell */
    WGO_QUOTA_GOOD,
    WGO_QUOTA_THROTTLED,
    WGO_QUOTA_OTHER, /* it failed, or none came */
};

/* How many answers there were of each that tells something. */
struct wgo_quota_answers {
    uint64_t good, throttled, other;
};

/* The ledger of all processes: who calls is charged first.
 *
 * Threads: any. Failure of charge(): LIMITED when there is no room yet, anything else when the
 * ledger cannot be kept. */
struct wgo_ledger {
    void *self;
    /* Takes one call under 'key' when every window of the quota has room for it. WGO_E_LIMITED:
     * '*out_wait_ns' is how long to stay away before asking again. */
    enum wgo_status (*charge)(void *self, struct wgo_str key, const struct wgo_quota *quota,
                              int64_t *out_charge, int64_t *out_wait_ns, struct wgo_error *err);
    /* The answer is here: the charge counts for a window's length from now. */
    void (*settle)(void *self, int64_t charge, enum wgo_quota_answer answer);
    /* The call was not made after all. */
    void (*forget)(void *self, int64_t charge);
    /* True once, when the clock was found to have been put back: charges of what is the future now
     * count from now on. */
    bool (*put_back)(void *self);
};

/* What is told of a quota's use. Calls of a few minutes are no rate an hour: until five of them, or
 * the window where that is shorter, have passed, they are held against what the window holds. */
#define WGO_QUOTA_LEAST_NS (5 * 60 * WGO_S)
struct wgo_quota_use {
    struct wgo_quota_window window;
    uint64_t calls;
    double elapsed_minutes;
    bool has_rate;            /* it was long enough */
    uint64_t rate_per_hour;   /* as the calls went */
    double percentage_used;   /* of the limit, at that rate; without one, so far */
    uint64_t left_for_others; /* an hour, at that rate; without one, of the window */
    const char *verdict;
};
/* 'calls' in 'elapsed_ns', of a window; 'share' as above. */
struct wgo_quota_use wgo_quota_use(uint64_t calls, int64_t elapsed_ns,
                                   const struct wgo_quota_window *window, double share);
/* "150 calls in 25.3 min, 356/h: 71.2% of the quota at this rate, 144/h left for others", or
 * "90 calls in 3 s: 1.8% of 5000/h, 4910 left for others". */
#define WGO_QUOTA_USE_TEXT 200
const char *wgo_quota_use_text(const struct wgo_quota_use *use, char out[WGO_QUOTA_USE_TEXT]);
/* "500/h", "300/5m", as they are written. */
#define WGO_QUOTA_TEXT 48
const char *wgo_quota_window_text(const struct wgo_quota_window *window, char out[WGO_QUOTA_TEXT]);
/* {"calls", "elapsed_minutes", "rate_per_hour", "percentage_used", "left_for_others", "verdict"};
 * without a rate that is null. */
void wgo_quota_use_write(const struct wgo_quota_use *use, struct wgo_json_writer *w);

#endif
