#include "aws/sign.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aws/sha256.h"

#define SKEW_S 900

/* The part of 's' before 'c'; 's' goes on behind it. */
static struct fc_str cut(struct fc_str *s, char c)
{
    struct fc_str part = *s;
    size_t i = 0;

    while (i < s->n && s->p[i] != c) {
        i++;
    }
    part.n = i;
    i += i < s->n;
    s->p += i;
    s->n -= i;
    return part;
}

static bool read_scope(struct aws_signature *s, struct fc_str credential)
{
    s->access_key = cut(&credential, '/');
    s->date = cut(&credential, '/');
    s->region = cut(&credential, '/');
    s->service = cut(&credential, '/');
    return fc_str_eq(credential, "aws4_request");
}

static struct fc_str after(struct fc_str part, const char *name)
{
    size_t n = strlen(name);

    while (part.n > 0 && part.p[0] == ' ') {
        part.p++;
        part.n--;
    }
    if (part.n < n || memcmp(part.p, name, n) != 0) {
        return (struct fc_str){NULL, 0};
    }
    return (struct fc_str){part.p + n, part.n - n};
}

static bool read_header(struct aws_signature *s, const struct fc_request *rq, const char *header)
{
    struct fc_str rest = after(fc_str_of(header), "AWS4-HMAC-SHA256 ");
    struct fc_str credential = {NULL, 0};

    while (rest.n > 0) {
        struct fc_str part = cut(&rest, ',');

        if (after(part, "Credential=").p != NULL) {
            credential = after(part, "Credential=");
        } else if (after(part, "SignedHeaders=").p != NULL) {
            s->signed_headers = after(part, "SignedHeaders=");
        } else if (after(part, "Signature=").p != NULL) {
            s->signature = after(part, "Signature=");
        }
    }
    s->time = fc_str_of(fc_request_header(rq, "X-Amz-Date"));
    s->token = fc_str_of(fc_request_header(rq, "X-Amz-Security-Token"));
    return credential.p != NULL && read_scope(s, credential);
}

bool aws_sign_read(struct aws_signature *s, const struct fc_request *rq)
{
    const char *header = fc_request_header(rq, "Authorization");
    struct fc_str credential = fc_request_param(rq, "X-Amz-Credential");

    *s = (struct aws_signature){0};
    if (header != NULL && strncmp(header, "AWS4-HMAC-SHA256 ", 17) == 0) {
        return read_header(s, rq, header);
    }
    if (credential.p == NULL) {
        return false;
    }
    s->presigned = true;
    s->signed_headers = fc_request_param(rq, "X-Amz-SignedHeaders");
    s->signature = fc_request_param(rq, "X-Amz-Signature");
    s->time = fc_request_param(rq, "X-Amz-Date");
    s->token = fc_request_param(rq, "X-Amz-Security-Token");
    return read_scope(s, credential);
}

static bool unreserved(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '~';
}

static void add_encoded(struct fc_text *t, struct fc_str s, bool keep_slash)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        if (unreserved(s.p[i]) || (keep_slash && s.p[i] == '/')) {
            fc_text_add(t, s.p + i, 1);
        } else {
            fc_text_printf(t, "%%%02X", (unsigned char)s.p[i]);
        }
    }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void add_query(struct fc_text *t, const struct fc_request *rq)
{
    char *lines[FC_MAX_QUERY];
    size_t i, n = 0;

    for (i = 0; i < rq->param_count; i++) {
        struct fc_text line = {0};

        if (fc_str_eq(rq->params[i].key, "X-Amz-Signature")) {
            continue;
        }
        add_encoded(&line, rq->params[i].key, false);
        fc_text_puts(&line, "=");
        add_encoded(&line, rq->params[i].value, false);
        lines[n++] = line.data;
    }
    qsort(lines, n, sizeof(lines[0]), by_text);
    for (i = 0; i < n; i++) {
        fc_text_puts(t, i > 0 ? "&" : "");
        fc_text_puts(t, lines[i]);
        free(lines[i]);
    }
}

/* Without blanks around it, and with one where there were more. */
static void add_trimmed(struct fc_text *t, const char *value)
{
    while (*value == ' ') {
        value++;
    }
    for (; *value != '\0'; value++) {
        if (value[0] != ' ' || (value[1] != ' ' && value[1] != '\0')) {
            fc_text_add(t, value, 1);
        }
    }
}

static void add_headers(struct fc_text *t, const struct fc_request *rq, struct fc_str names)
{
    struct fc_str rest = names;

    while (rest.n > 0) {
        struct fc_str part = cut(&rest, ';');
        char *name = fc_strndup(part.p, part.n);
        const char *value = fc_request_header(rq, name);

        fc_text_printf(t, "%s:", name);
        add_trimmed(t, value != NULL ? value : "");
        fc_text_puts(t, "\n");
        free(name);
    }
    fc_text_puts(t, "\n");
    fc_text_add(t, names.p, names.n);
}

static void add_payload(struct fc_text *t, const struct aws_signature *s,
                        const struct fc_request *rq)
{
    const char *told = fc_request_header(rq, "X-Amz-Content-Sha256");
    uint8_t hash[AWS_SHA256_BYTES];
    char hex[2 * AWS_SHA256_BYTES + 1];

    aws_sha256(rq->body.data, rq->body.len, hash);
    aws_hex(hash, sizeof(hash), hex);
    if (told != NULL && strncmp(told, "UNSIGNED-PAYLOAD", 16) == 0) {
        fc_text_puts(t, "UNSIGNED-PAYLOAD");
    } else {
        fc_text_puts(t, s->presigned && fc_str_eq(s->service, "s3") ? "UNSIGNED-PAYLOAD" : hex);
    }
}

static void canonical(struct fc_text *t, const struct aws_signature *s, const struct fc_request *rq)
{
    fc_text_printf(t, "%s\n", rq->method);
    if (fc_str_eq(s->service, "s3")) {
        fc_text_add(t, rq->path.p, rq->path.n);
    } else {
        add_encoded(t, rq->path, true); /* A second time: it came encoded. */
    }
    fc_text_puts(t, "\n");
    add_query(t, rq);
    fc_text_puts(t, "\n");
    add_headers(t, rq, s->signed_headers);
    fc_text_puts(t, "\n");
    add_payload(t, s, rq);
}

static void signing_key(const struct aws_signature *s, const char *secret,
                        uint8_t key[AWS_SHA256_BYTES])
{
    struct fc_text first = {0};
    const struct fc_str steps[] = {s->date, s->region, s->service, fc_str_of("aws4_request")};
    size_t i;

    fc_text_printf(&first, "AWS4%s", secret);
    aws_hmac(first.data, first.len, steps[0].p, steps[0].n, key);
    for (i = 1; i < sizeof(steps) / sizeof(steps[0]); i++) {
        uint8_t next[AWS_SHA256_BYTES];

        aws_hmac(key, AWS_SHA256_BYTES, steps[i].p, steps[i].n, next);
        memcpy(key, next, sizeof(next));
    }
    fc_text_fini(&first);
}

static bool timely(const struct aws_signature *s, const struct fc_request *rq)
{
    uint64_t allowed = SKEW_S;
    char text[17] = "";
    struct tm tm = {0};
    int64_t age;

    if (s->time.n != 16) {
        return false;
    }
    memcpy(text, s->time.p, 16);
    if (strptime(text, "%Y%m%dT%H%M%SZ", &tm) == NULL) {
        return false;
    }
    if (s->presigned && !fc_str_u64(fc_request_param(rq, "X-Amz-Expires"), &allowed)) {
        return false;
    }
    age = (int64_t)time(NULL) - (int64_t)timegm(&tm);
    return age <= (int64_t)allowed && age >= -SKEW_S;
}

enum aws_proof aws_sign_check(const struct aws_signature *s, const struct fc_request *rq,
                              const char *secret)
{
    struct fc_text request = {0}, text = {0};
    uint8_t key[AWS_SHA256_BYTES], hash[AWS_SHA256_BYTES];
    char hex[2 * AWS_SHA256_BYTES + 1];
    bool good;

    canonical(&request, s, rq);
    aws_sha256(request.data, request.len, hash);
    aws_hex(hash, sizeof(hash), hex);
    fc_text_printf(&text, "AWS4-HMAC-SHA256\n%.*s\n%.*s/%.*s/%.*s/aws4_request\n%s", (int)s->time.n,
                   s->time.p, (int)s->date.n, s->date.p, (int)s->region.n, s->region.p,
                   (int)s->service.n, s->service.p, hex);
    signing_key(s, secret, key);
    aws_hmac(key, sizeof(key), text.data, text.len, hash);
    aws_hex(hash, sizeof(hash), hex);
    good = fc_str_eq(s->signature, hex);
    fc_text_fini(&request);
    fc_text_fini(&text);
    if (!good) {
        return AWS_PROOF_BAD;
    }
    return timely(s, rq) ? AWS_PROOF_GOOD : AWS_PROOF_OLD;
}
