/* classify.c: what an answer of AWS means. */
#include "aws/error_answer.h"
#include "aws/session.h"

#include <stdio.h>
#include <stdlib.h>

/* Clocks that differ less are as good as equal; a day is no skew but a wrong clock. */
#define LEAST_SKEW_NS (2 * WGO_S)

enum meaning {
    MEANS_NOTHING,
    MEANS_THROTTLED,
    MEANS_RETRY,
    MEANS_DENIED,
    MEANS_STALE,
    MEANS_REFUSED,
    MEANS_SKIPPED,
};

static const struct {
    const char *code;
    enum meaning meaning;
} CODES[] = {
#define WGO_AWS_CODE(code, meaning) {#code, MEANS_##meaning},
#include "aws/codes.def"
#undef WGO_AWS_CODE
};

static enum meaning meaning_of(const char *code)
{
    for (size_t i = 0; i < WGO_COUNT(CODES); i++) {
        if (strcmp(CODES[i].code, code) == 0) {
            return CODES[i].meaning;
        }
    }
    return MEANS_NOTHING;
}

/* By its code, or by "CODE: words" of its message where the code alone says something else too. */
static bool is_absent(const struct wgo_entry_view *entry, const struct wgo_aws_error *error)
{
    for (size_t i = 0; entry && i < entry->absent.count; i++) {
        struct wgo_str words = entry->absent.items[i], code = wgo_str_split(&words, ':');
        struct wgo_str message = wgo_str(error->message);
        words = wgo_str_trim(words);
        if (wgo_str_is(code, error->code) &&
            (words.len == 0 || wgo_str_find(message, words) < message.len)) {
            return true;
        }
    }
    return false;
}

/* A status where a code should be says less than what wgo_classify_http() has found to quote. */
static void say(struct wgo_verdict *out, const struct wgo_aws_error *error)
{
    if (error->code[0] >= '0' && error->code[0] <= '9' && !error->message[0]) {
        return;
    }
    snprintf(out->message, sizeof(out->message), "%.90s%s%.300s", error->code,
             error->message[0] ? ": " : "", error->message);
}

static void hint(struct wgo_verdict *out, const char *text)
{
    snprintf(out->hint, sizeof(out->hint), "%s", text);
}

/* The server's clock is right: signs by it from now on. False when that changes nothing; when it
 * is known already, the call was signed before it was, and goes again. */
static bool learn_skew(struct wgo_aws *aws, struct wgo_aws_provider *provider,
                       const struct wgo_response *response)
{
    struct wgo_wall theirs, ours = wgo_clock_wall(aws->services->clock);
    if (!provider || !wgo_wall_parse_http(wgo_response_header(response, "date"), &theirs)) {
        return false;
    }
    int64_t skew = theirs.ns - ours.ns, known = wgo_aws_provider_skew(provider);
    if (llabs(skew - known) < LEAST_SKEW_NS) {
        return known != 0;
    }
    wgo_aws_provider_set_skew(provider, skew);
    return true;
}

/* S3 says where the bucket is; false when it is where it was asked. */
static bool follow_bucket(struct wgo_aws *aws, const struct wgo_task *task,
                          const struct wgo_aws_error *error)
{
    struct wgo_str bucket = wgo_task_var(task, WGO_STR("bucket"));
    struct wgo_str region = wgo_str(error->region);
    if (bucket.len == 0 || !wgo_aws_is_region(region)) {
        return false;
    }
    struct wgo_str known = wgo_aws_bucket_region(aws, bucket);
    if (wgo_str_eq(known, region)) {
        return true; /* learnt from another call while this one was out */
    }
    known = known.len > 0 ? known : wgo_task_var(task, WGO_STR("bucket_region"));
    known = known.len > 0 ? known : task->region;
    if (wgo_str_eq(known, region)) {
        return false;
    }
    wgo_aws_bucket_moved(aws, bucket, region);
    return true;
}

static void again(struct wgo_verdict *out)
{
    out->kind = WGO_VERDICT_RETRY;
    out->status = WGO_E_SERVER;
    out->retry_after_ns = 0;
}

/* Refusals that are none: the service is not set up, or answers in another region. By what they
 * say, as their code is that of a refusal. */
static const char *const NOT_HERE[] = {
    "complete AWS Audit Manager setup", /* Audit Manager */
    "but your identity region is",      /* QuickSight: users, groups, settings */
};

/* That the caller's own policies are the reason. */
static const char *const OWN_POLICIES[] = {"identity-based policy", "explicit deny",
                                           "permissions boundary", "session policy",
                                           "control policy"};

static bool says_one_of(const struct wgo_aws_error *error, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (strstr(error->message, texts[i])) {
            return true;
        }
    }
    return false;
}

/* Of another account, by what a catalog calls kept_by, which keeps it to itself. */
static bool is_anothers(const struct wgo_task *task, const struct wgo_aws_error *error)
{
    struct wgo_str owner = wgo_task_var(task, WGO_STR("kept_by"));
    return owner.len > 0 && !wgo_str_eq(owner, task->account) &&
           !says_one_of(error, OWN_POLICIES, WGO_COUNT(OWN_POLICIES));
}

static void denied(struct wgo_aws *aws, const struct wgo_task *task,
                   const struct wgo_entry_view *entry, struct wgo_str place,
                   const struct wgo_aws_error *error, struct wgo_verdict *out)
{
    struct wgo_aws_account *account = wgo_aws_account_find(aws, task->account);
    /* Not "because no service control policy allows": that is about the call, not the region. */
    bool policy = strstr(error->message, "explicit deny in a service control policy") != NULL;
    out->kind = WGO_VERDICT_FAILED;
    if (says_one_of(error, NOT_HERE, WGO_COUNT(NOT_HERE)) || is_anothers(task, error)) {
        out->status = WGO_E_SKIPPED;
        return;
    }
    out->status = WGO_E_DENIED;
    if (entry && entry->permission.len > 0) {
        snprintf(out->hint, sizeof(out->hint), "needs %.*s; wgo permissions aws prints a policy",
                 WGO_FMT(entry->permission));
    }
    if (policy && account && entry && wgo_aws_account_denied(aws, account, place, entry->service)) {
        aws->services->warn(aws->services->engine,
                            "account %.*s%s%.*s: a service control policy denied ten calls of "
                            "several services: the rest is not asked",
                            WGO_FMT(task->account), place.len ? ", " : " (global services)",
                            WGO_FMT(place));
    }
}

static void apply(struct wgo_aws *aws, const struct wgo_task *task,
                  const struct wgo_entry_view *entry, struct wgo_str place,
                  const struct wgo_response *response, const struct wgo_aws_error *error,
                  struct wgo_verdict *out)
{
    say(out, error);
    switch (meaning_of(error->code)) {
    case MEANS_THROTTLED:
        out->kind = WGO_VERDICT_THROTTLED;
        out->status = WGO_E_THROTTLED;
        break;
    case MEANS_RETRY:
        out->kind = WGO_VERDICT_RETRY;
        out->status = WGO_E_SERVER;
        break;
    case MEANS_DENIED:
        denied(aws, task, entry, place, error, out);
        break;
    case MEANS_STALE:
        out->kind = WGO_VERDICT_REFRESH;
        out->status = WGO_E_AUTH;
        break;
    case MEANS_REFUSED:
        out->kind = WGO_VERDICT_FAILED;
        out->status = WGO_E_AUTH;
        hint(out, "wgo validate --provider aws says which credentials are used");
        break;
    case MEANS_SKIPPED:
        out->kind = WGO_VERDICT_FAILED;
        out->status = WGO_E_SKIPPED;
        break;
    case MEANS_NOTHING:
        if (response->http_status >= 500 && response->http_status != 501) {
            out->kind = WGO_VERDICT_RETRY;
            out->status = WGO_E_SERVER;
        } else if (response->http_status == 401) {
            out->kind = WGO_VERDICT_FAILED;
            out->status = WGO_E_AUTH;
        } else if (response->http_status == 403) {
            denied(aws, task, entry, place, error, out);
        } else if (response->http_status == 429) {
            out->kind = WGO_VERDICT_THROTTLED;
            out->status = WGO_E_THROTTLED;
        } else {
            out->kind = WGO_VERDICT_FAILED;
            out->status = WGO_E_REJECTED;
        }
        break;
    }
}

/* An address that does not resolve: the service is not offered in the region, or the network is
 * gone. Only where AWS is known to be without it is the call left out. */
static void explain_transport(const struct wgo_task *task,
                              const struct wgo_aws_service_facts *service,
                              const struct wgo_response *response, struct wgo_verdict *out)
{
    if (!service || !strstr(response->problem, "does not resolve")) {
        return;
    }
    if (wgo_aws_service_is_elsewhere(service, task->region)) {
        out->kind = WGO_VERDICT_FAILED;
        out->status = WGO_E_SKIPPED;
        snprintf(out->message, sizeof(out->message), "%.*s is not offered in the region",
                 WGO_FMT(service->id));
        return;
    }
    out->status = WGO_E_UNAVAILABLE;
    snprintf(out->hint, sizeof(out->hint),
             "the service is perhaps not offered in %.*s: leave the type out with "
             "--resource-type '!TYPE'",
             WGO_FMT(task->region));
}

void wgo_aws_classify(struct wgo_aws *aws, const struct wgo_task *task,
                      const struct wgo_response *response, struct wgo_verdict *out)
{
    struct wgo_aws_account *account = wgo_aws_account_find(aws, task->account);
    const struct wgo_entry_view *entry = aws->services->entry(aws->services->engine, task->entry);
    const struct wgo_aws_service_facts *service =
        entry ? wgo_aws_service_named(&aws->table, entry->service) : NULL;
    struct wgo_str place = service && service->global ? (struct wgo_str){0} : task->region;

    wgo_classify_http(response, wgo_clock_wall(aws->services->clock), out);
    if (response->status != WGO_OK) {
        explain_transport(task, service, response, out);
        return;
    }
    if (account) {
        wgo_aws_account_answered(aws, account);
    }
    if (out->kind == WGO_VERDICT_GOOD &&
        !wgo_aws_error_instead(response, entry ? entry->items : (struct wgo_str){0})) {
        return;
    }
    struct wgo_aws_error error;
    wgo_aws_error_read(response, &error);
    if (is_absent(entry, &error)) {
        out->kind = WGO_VERDICT_NONE;
        out->status = WGO_OK;
    } else if (wgo_aws_clock_is_off(wgo_str(error.code), wgo_str(error.message)) &&
               learn_skew(aws, wgo_aws_task_provider(aws, task), response)) {
        say(out, &error);
        again(out);
    } else if (error.region[0] && follow_bucket(aws, task, &error)) {
        say(out, &error);
        again(out);
    } else {
        apply(aws, task, entry, place, response, &error, out);
    }
}
