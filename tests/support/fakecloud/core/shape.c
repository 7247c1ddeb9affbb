#include "core/shape.h"

#include <stdlib.h>
#include <string.h>

/* Smaller bodies are not worth compressing. */
#define GZIP_MIN_BYTES 1400

static const char garbage[] = "{\"kind\":\"List\",\"apiVersion\":\"v1\",\"items\":[{\"metadata\":";
static const char html[] = "<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>"
                           "<body><h1>Bad Gateway</h1></body></html>\n";

static void truncate_body(const struct fc_fault_rule *rule, struct fc_reply *reply)
{
    struct fc_text t = {0};

    fc_source_drain(&reply->body, &t);
    t.len =
        rule->at_bytes >= 0 && (size_t)rule->at_bytes < t.len ? (size_t)rule->at_bytes : t.len / 2;
    reply->length = rule->chunked ? FC_LENGTH_UNKNOWN : (int64_t)t.len;
    reply->body = fc_source_text(&t);
}

static void replace_body(const struct fc_fault_rule *rule, struct fc_reply *reply,
                         const char *content_type, const char *body)
{
    fc_reply_string(reply, rule->status != 0 ? rule->status : reply->status, content_type,
                    rule->value != NULL ? rule->value : body);
}

static void corrupt_gzip(struct fc_reply *reply)
{
    struct fc_text t = {0};

    reply->body = fc_source_gzip(reply->body);
    fc_source_drain(&reply->body, &t);
    if (t.len > 20) {
        memset(t.data + 12, 0xff, t.len / 2 < 64 ? t.len / 2 : 64);
    }
    fc_reply_header(reply, "Content-Encoding", "gzip");
    reply->length = (int64_t)t.len;
    reply->body = fc_source_text(&t);
}

struct blanks {
    int64_t left;
};

static size_t blanks_read(void *ctx, char *buf, size_t cap)
{
    struct blanks *b = ctx;
    size_t n = b->left < (int64_t)cap ? (size_t)b->left : cap;

    memset(buf, ' ', n);
    b->left -= (int64_t)n;
    return n;
}

static void bomb(const struct fc_fault_rule *rule, struct fc_reply *reply)
{
    struct blanks *b = fc_alloc(sizeof(*b));
    struct fc_source inner = {.read = blanks_read, .free = free, .ctx = b};

    b->left = rule->bytes;
    fc_reply_header(reply, "Content-Encoding", "gzip");
    fc_reply_source(reply, reply->status, reply->content_type, fc_source_gzip(inner),
                    FC_LENGTH_UNKNOWN);
}

static int64_t place(const struct fc_fault_rule *rule, const struct fc_reply *reply)
{
    if (rule->at_bytes >= 0) {
        return rule->at_bytes;
    }
    return reply->length >= 0 ? reply->length / 2 : 512;
}

void fc_shape_apply(const struct fc_fault_rule *rule, struct fc_reply *reply,
                    struct fc_shape *shape)
{
    switch (rule->kind) {
    case FC_FAULT_RESET:
        shape->reset = true;
        break;
    case FC_FAULT_CUT:
        shape->cut_at = place(rule, reply);
        break;
    case FC_FAULT_STALL:
        if (rule->at_bytes == -2) {
            shape->delay_ms += rule->stall_ms;
        } else {
            shape->stall_at = place(rule, reply);
            shape->stall_ms = rule->stall_ms;
        }
        break;
    case FC_FAULT_SLOW:
        shape->delay_ms += rule->latency_ms;
        break;
    case FC_FAULT_DRIP:
        shape->bytes_per_s = rule->bytes_per_s;
        break;
    case FC_FAULT_TRUNCATE:
        truncate_body(rule, reply);
        break;
    case FC_FAULT_GARBAGE:
        replace_body(rule, reply, reply->content_type, garbage);
        break;
    case FC_FAULT_HTML:
        replace_body(rule, reply, "text/html; charset=utf-8", html);
        break;
    case FC_FAULT_EMPTY:
        fc_reply_string(reply, rule->status != 0 ? rule->status : reply->status,
                        reply->content_type, "");
        break;
    case FC_FAULT_CONTENT_TYPE:
        reply->content_type = rule->value != NULL ? rule->value : "text/plain; charset=utf-8";
        break;
    case FC_FAULT_GZIP_CORRUPT:
        corrupt_gzip(reply);
        break;
    case FC_FAULT_GZIP_BOMB:
        bomb(rule, reply);
        break;
    case FC_FAULT_STATUS:
    case FC_FAULT_EXPIRED:
    case FC_FAULT_EMPTY_PAGE:
    case FC_FAULT_REPEAT_TOKEN:
        break; /* The module's doing. */
    }
    if (rule->chunked) {
        reply->length = FC_LENGTH_UNKNOWN;
    }
}

void fc_shape_gzip(struct fc_reply *reply, const char *accept_encoding)
{
    size_t i;

    if (accept_encoding == NULL || strstr(accept_encoding, "gzip") == NULL ||
        (reply->length >= 0 && reply->length < GZIP_MIN_BYTES)) {
        return;
    }
    for (i = 0; i < reply->header_count; i++) {
        if (strcmp(reply->headers[i].name, "Content-Encoding") == 0) {
            return;
        }
    }
    fc_reply_header(reply, "Content-Encoding", "gzip");
    fc_reply_header(reply, "Vary", "Accept-Encoding");
    reply->body = fc_source_gzip(reply->body);
    reply->length = FC_LENGTH_UNKNOWN;
}
