/* answer.c: what all answers share: errors, limits in headers, entity tags, bodies that come. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "codescan/call.h"
#include "core/clock.h"
#include "core/rng.h"

#define MAX_INFLATED (4 << 20)

void cs_error(const struct cs_world *w, struct fc_reply *reply, unsigned status, const char *code,
              const char *fmt, ...)
{
    struct fc_text t = {0};
    char buf[512];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(buf, sizeof(buf), fmt, ap);
    va_end(ap);
    fc_text_printf(&t,
                   w->flat ? "{\"error\":\"%s\",\"message\":"
                           : "{\"success\":false,\"error\":{\"code\":\"%s\",\"message\":",
                   w->flat ? "Request failed" : code);
    fc_text_json(&t, fc_str_of(buf));
    if (w->flat) {
        fc_text_printf(&t, ",\"code\":\"%s\"}", code);
    } else {
        fc_text_puts(&t, "}}");
    }
    fc_reply_text(reply, status, CS_JSON, &t);
}

void cs_error_limited(const struct cs_world *w, struct fc_reply *reply,
                      const struct fc_quota *quota, int64_t reset_s, int64_t wait_s)
{
    struct fc_text t = {0};

    if (w->flat) {
        fc_text_printf(&t,
                       "{\"error\":\"Too Many Requests\",\"message\":\"Rate limit exceeded\","
                       "\"code\":\"RATE_LIMIT_EXCEEDED\",\"retry_after\":%lld}",
                       (long long)wait_s);
    } else {
        fc_text_printf(&t,
                       "{\"success\":false,\"error\":{\"code\":\"RATE_LIMIT_EXCEEDED\",\"message\":"
                       "\"Rate limit exceeded\",\"details\":{\"limit\":%zu,\"remaining\":0,"
                       "\"window\":\"%s\",\"reset\":%lld,\"retry_after\":%lld}}}",
                       quota != NULL ? quota->most : 0, quota != NULL ? quota->name : "hour",
                       (long long)reset_s, (long long)wait_s);
    }
    fc_reply_text(reply, 429, CS_JSON, &t);
}

/* The window that has least left. */
static size_t tightest(const struct cs_call *call)
{
    size_t best = 0, i;

    for (i = 1; i < call->quota_count; i++) {
        if (call->states[i].left < call->states[best].left) {
            best = i;
        }
    }
    return best;
}

static int64_t up(int64_t ns)
{
    return (ns + FC_SECOND - 1) / FC_SECOND;
}

static void ietf_headers(const struct cs_call *call, struct fc_reply *reply, size_t best,
                         int64_t now_ns)
{
    struct fc_text policy = {0};
    size_t i;

    for (i = 0; i < call->quota_count; i++) {
        fc_text_printf(&policy, "%s\"%s\";q=%zu;w=%lld", i > 0 ? ", " : "", call->quotas[i].name,
                       call->quotas[i].most, (long long)(call->quotas[i].window_ns / FC_SECOND));
    }
    fc_reply_header(reply, "RateLimit-Policy", "%s", policy.data);
    fc_reply_header(reply, "RateLimit", "\"%s\";r=%zu;t=%lld", call->quotas[best].name,
                    call->states[best].left, (long long)up(call->states[best].reset_ns - now_ns));
    fc_text_fini(&policy);
}

void cs_limit_headers(const struct cs_world *w, const struct cs_call *call, struct fc_reply *reply)
{
    int64_t now_ns = fc_clock_ns();
    size_t best = tightest(call);
    const struct fc_quota_state *state = &call->states[best];

    if (call->quota_count == 0) {
        return;
    }
    if (w->headers == CS_HEADERS_IETF) {
        ietf_headers(call, reply, best, now_ns);
    } else if (w->headers == CS_HEADERS_X) {
        fc_reply_header(reply, "X-RateLimit-Limit", "%zu", call->quotas[best].most);
        fc_reply_header(reply, "X-RateLimit-Remaining", "%zu", state->left);
        fc_reply_header(reply, "X-RateLimit-Reset", "%lld", (long long)up(state->reset_ns));
        fc_reply_header(reply, "X-RateLimit-Window", "%s", call->quotas[best].name);
    } else if (w->headers == CS_HEADERS_DRAFT) {
        fc_reply_header(reply, "RateLimit-Limit", "%zu", call->quotas[best].most);
        fc_reply_header(reply, "RateLimit-Remaining", "%zu", state->left);
        fc_reply_header(reply, "RateLimit-Reset", "%lld", (long long)up(state->reset_ns - now_ns));
    }
}

/* Whether If-None-Match names the tag; weakly, as RFC 9110 wants. */
static bool has_tag(const struct fc_request *rq, const char *tag)
{
    const char *header = fc_request_header(rq, "If-None-Match");

    return header != NULL && (strcmp(header, "*") == 0 || strstr(header, tag) != NULL);
}

void cs_answer(const struct cs_world *w, struct fc_request *rq, struct fc_reply *reply,
               struct fc_text *body)
{
    const struct cs_call *call = rq->owned;
    char tag[24];

    snprintf(tag, sizeof(tag), "\"%016llx\"",
             (unsigned long long)fc_hash_bytes(w->seed, body->data, body->len));
    if (has_tag(rq, tag)) {
        fc_text_fini(body);
        fc_reply_string(reply, 304, NULL, "");
    } else {
        fc_reply_text(reply, 200, CS_JSON, body);
    }
    fc_reply_header(reply, "ETag", "%s", tag);
    if (call->endpoint->cached) {
        fc_reply_header(reply, "Cache-Control", "private, max-age=%lld", (long long)w->max_age_s);
    } else {
        fc_reply_header(reply, "Cache-Control", "no-cache");
    }
}

/* 0, or the status of the refusal. */
static unsigned inflate_body(const struct fc_text *in, struct fc_text *out)
{
    z_stream z = {.next_in = (unsigned char *)in->data, .avail_in = (unsigned)in->len};
    char *buf = fc_alloc(65536);
    int rc = Z_OK;

    if (inflateInit2(&z, 15 + 16) != Z_OK) {
        fc_die("zlib cannot start");
    }
    while (rc == Z_OK && out->len <= MAX_INFLATED) {
        z.next_out = (unsigned char *)buf;
        z.avail_out = 65536;
        rc = inflate(&z, Z_NO_FLUSH);
        fc_text_add(out, buf, 65536 - z.avail_out);
    }
    inflateEnd(&z);
    free(buf);
    if (out->len > MAX_INFLATED) {
        return 413;
    }
    return rc == Z_STREAM_END ? 0 : 400;
}

bool cs_body(const struct cs_world *w, const struct fc_request *rq, struct fc_text *out,
             struct fc_reply *reply)
{
    const char *coding = fc_request_header(rq, "Content-Encoding");
    unsigned status = 0;

    if (coding == NULL || strcmp(coding, "identity") == 0) {
        fc_text_add(out, rq->body.len > 0 ? rq->body.data : "", rq->body.len);
    } else if (strcmp(coding, "gzip") == 0) {
        status = inflate_body(&rq->body, out);
    } else {
        status = 415;
    }
    if (status != 0) {
        cs_error(w, reply, status,
                 status == 413   ? "PAYLOAD_TOO_LARGE"
                 : status == 415 ? "UNSUPPORTED_ENCODING"
                                 : "INVALID_BODY",
                 "The body cannot be read");
    }
    return status == 0;
}

bool cs_number(const struct cs_world *w, const struct fc_request *rq, const char *key,
               uint64_t fallback, uint64_t low, uint64_t high, uint64_t *out,
               struct fc_reply *reply)
{
    struct fc_str v = fc_request_param(rq, key);

    *out = fallback;
    if (v.p == NULL || (fc_str_u64(v, out) && *out >= low && *out <= high)) {
        return true;
    }
    cs_error(w, reply, 400, "VALIDATION_ERROR", "%s must be %llu to %llu", key,
             (unsigned long long)low, (unsigned long long)high);
    return false;
}
