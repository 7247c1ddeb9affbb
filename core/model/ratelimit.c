#include "model/ratelimit.h"

#include "base/json.h"

static const int64_t longest_ns = 86400 * WGO_S;
enum { LONGEST_BODY = 64 * 1024 };

static int64_t capped(int64_t ns)
{
    return ns < longest_ns ? ns : longest_ns;
}

/* "12" and "1.5" in thousandths; false for anything else. Numbers too large to matter saturate. */
static bool to_thousandths(struct wgo_str s, int64_t *out)
{
    const int64_t most = INT64_MAX / 20;
    int64_t n = 0;
    int decimals = -1; /* after the point; -1: it has not come yet */
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '.' && decimals < 0 && i > 0 && i + 1 < s.len) {
            decimals = 0;
        } else if (c < '0' || c > '9') {
            return false;
        } else if (decimals < 3) {
            n = n < most ? n * 10 + (c - '0') : n;
            decimals += decimals >= 0;
        }
    }
    for (int i = decimals < 0 ? 0 : decimals; i < 3; i++) {
        n = n < most ? n * 10 : n;
    }
    *out = n;
    return s.len > 0;
}

static int64_t delta_ns(struct wgo_str s)
{
    int64_t thousandths;
    if (!to_thousandths(s, &thousandths)) {
        return -1;
    }
    return thousandths < 86400 * 1000 ? thousandths * WGO_MS : longest_ns;
}

/* A reset: a delta, or a moment in Unix time. */
static int64_t reset_ns(struct wgo_str s, struct wgo_wall now)
{
    const int64_t latest_s = INT64_MAX / WGO_S;
    int64_t moment;
    if (!to_thousandths(s, &moment)) {
        return -1;
    }
    int64_t seconds = moment / 1000;
    if (seconds < 100000000) {
        return delta_ns(s);
    }
    if (seconds >= 100000000000) {
        moment = seconds; /* it was in milliseconds */
        seconds = moment / 1000;
    }
    if (seconds >= latest_s) {
        return -1;
    }
    int64_t due = seconds * WGO_S + moment % 1000 * WGO_MS;
    return due > now.ns ? capped(due - now.ns) : -1;
}

/* True when the answer says that calls are left: then the reset is not what stopped us. */
static bool some_left(const struct wgo_response *response, const char *header)
{
    int64_t left;
    return wgo_str_to_i64(wgo_response_header(response, header), &left) && left > 0;
}

/* Cuts the part before 'sep' off '*rest', as wgo_str_split() but blind to quoted text. */
static struct wgo_str split_unquoted(struct wgo_str *rest, char sep)
{
    bool quoted = false;
    size_t at = 0;
    for (; at < rest->len; at++) {
        char c = rest->ptr[at];
        if (c == '"') {
            quoted = !quoted;
        } else if (c == '\\' && quoted) {
            at++;
        } else if (c == sep && !quoted) {
            break;
        }
    }
    struct wgo_str part = wgo_str_slice(*rest, 0, at);
    *rest = at < rest->len ? wgo_str_slice(*rest, at + 1, rest->len) : (struct wgo_str){0};
    return wgo_str_trim(part);
}

struct policy {
    int64_t left, reset_s; /* -1: not said */
};

static void read_parameter(struct wgo_str parameter, struct policy *policy)
{
    size_t equals = wgo_str_find_char(parameter, '=');
    struct wgo_str name = wgo_str_slice(parameter, 0, equals);
    struct wgo_str value = wgo_str_slice(parameter, equals + 1, parameter.len);
    int64_t n;
    if (!wgo_str_to_i64(value, &n) || n < 0) {
        return;
    }
    if (wgo_str_is(name, "r") || wgo_str_is(name, "remaining")) {
        policy->left = n;
    } else if (wgo_str_is(name, "t") || wgo_str_is(name, "reset")) {
        policy->reset_s = n;
    }
}

/* Longest reset among the policies that have nothing left. */
static int64_t ratelimit_field_ns(struct wgo_str field)
{
    int64_t longest_s = -1;
    struct policy flat = {-1, -1}; /* of drafts that had one policy, spread over the list */
    while (field.ptr) {
        struct wgo_str member = split_unquoted(&field, ',');
        struct policy policy = {-1, -1};
        struct wgo_str rest = member;
        while (rest.ptr) {
            struct wgo_str parameter = split_unquoted(&rest, ';');
            read_parameter(parameter, parameter.ptr == member.ptr ? &flat : &policy);
        }
        if (policy.left == 0 && policy.reset_s > longest_s) {
            longest_s = policy.reset_s;
        }
    }
    if (flat.left == 0 && flat.reset_s > longest_s) {
        longest_s = flat.reset_s;
    }
    if (longest_s < 0) {
        return -1;
    }
    return longest_s < 86400 ? longest_s * WGO_S : longest_ns;
}

/* The least that any policy has left, and its reset. */
static int64_t ratelimit_field_left(struct wgo_str field, int64_t *out_reset_ns)
{
    struct policy least = {-1, -1}, flat = {-1, -1};
    while (field.ptr) {
        struct wgo_str member = split_unquoted(&field, ',');
        struct policy policy = {-1, -1};
        struct wgo_str rest = member;
        while (rest.ptr) {
            struct wgo_str parameter = split_unquoted(&rest, ';');
            read_parameter(parameter, parameter.ptr == member.ptr ? &flat : &policy);
        }
        if (policy.left >= 0 && (least.left < 0 || policy.left < least.left)) {
            least = policy;
        }
    }
    least = least.left >= 0 ? least : flat;
    *out_reset_ns =
        least.reset_s < 0 ? -1 : capped(least.reset_s < 86400 ? least.reset_s * WGO_S : longest_ns);
    return least.left;
}

int64_t wgo_ratelimit_left(const struct wgo_response *response, struct wgo_wall now,
                           int64_t *out_reset_ns)
{
    static const struct {
        const char *left, *reset;
    } names[] = {{"x-ratelimit-remaining", "x-ratelimit-reset"},
                 {"ratelimit-remaining", "ratelimit-reset"},
                 {"x-rate-limit-remaining", "x-rate-limit-reset"}};
    int64_t left = -1;
    *out_reset_ns = -1;
    for (size_t i = 0; i < WGO_COUNT(names); i++) {
        if (wgo_str_to_i64(wgo_response_header(response, names[i].left), &left)) {
            *out_reset_ns = reset_ns(wgo_response_header(response, names[i].reset), now);
            return left > 0 ? left : 0;
        }
    }
    return ratelimit_field_left(wgo_response_header(response, "ratelimit"), out_reset_ns);
}

static int64_t body_ns(const struct wgo_response *response, struct wgo_wall now)
{
    static const char *const delays[] = {"retry_after", "error.retry_after",
                                         "error.details.retry_after"};
    static const char *const resets[] = {"reset", "error.reset", "error.details.reset"};
    struct wgo_str body = wgo_buf_view(&response->body);
    if (body.len == 0 || body.len > LONGEST_BODY || wgo_json_check(body, NULL) != WGO_OK) {
        return -1;
    }
    int64_t wait = -1;
    for (size_t i = 0; i < WGO_COUNT(delays) && wait < 0; i++) {
        wait = delta_ns(wgo_json_get(body, wgo_str(delays[i])));
    }
    for (size_t i = 0; i < WGO_COUNT(resets) && wait < 0; i++) {
        wait = reset_ns(wgo_json_get(body, wgo_str(resets[i])), now);
    }
    return wait;
}

int64_t wgo_ratelimit_wait_ns(const struct wgo_response *response, struct wgo_wall now)
{
    int64_t wait = wgo_response_retry_after_ns(response, now);
    if (wait < 0) {
        wait = delta_ns(wgo_response_header(response, "x-ratelimit-retry-after"));
    }
    if (wait < 0) {
        wait = delta_ns(wgo_response_header(response, "retry-after-ms"));
        wait = wait > 0 ? wait / 1000 : wait;
    }
    if (wait < 0) {
        wait = ratelimit_field_ns(wgo_response_header(response, "ratelimit"));
    }
    if (wait < 0 && !some_left(response, "ratelimit-remaining")) {
        wait = reset_ns(wgo_response_header(response, "ratelimit-reset"), now);
    }
    if (wait < 0 && !some_left(response, "x-ratelimit-remaining")) {
        wait = reset_ns(wgo_response_header(response, "x-ratelimit-reset"), now);
    }
    return wait >= 0 ? wait : body_ns(response, now);
}
