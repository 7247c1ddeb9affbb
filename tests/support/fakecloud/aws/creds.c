#include "aws/creds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aws/sha256.h"
#include "core/rng.h"

#define MAX_TOKEN 512

int64_t aws_now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void seal(const struct aws_world *w, const char *body, size_t n,
                 uint8_t out[AWS_SHA256_BYTES])
{
    char key[32];

    snprintf(key, sizeof(key), "fakecloud%016llx", (unsigned long long)w->seed);
    aws_hmac(key, strlen(key), body, n, out);
}

/* The key and the secret that belong to a seal. */
static void name_session(const uint8_t mark[AWS_SHA256_BYTES], char access_key[24], char secret[64])
{
    static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    char hex[2 * AWS_SHA256_BYTES + 1];
    size_t i;

    memcpy(access_key, "ASIA", 4);
    for (i = 0; i < 16; i++) {
        access_key[4 + i] = abc[mark[i] & 31];
    }
    access_key[20] = '\0';
    aws_hex(mark + 8, 20, hex);
    memcpy(secret, hex, 41);
}

void aws_creds_make(const struct aws_world *w, const struct aws_account *account,
                    struct fc_str role, struct fc_str session, int64_t ttl_ms,
                    struct aws_session *out)
{
    struct fc_text body = {0};
    uint8_t mark[AWS_SHA256_BYTES];

    out->expires_ms = aws_now_ms() + ttl_ms;
    fc_text_printf(&body, "%s|%lld|%.*s/%.*s", account->id, (long long)out->expires_ms, (int)role.n,
                   role.p, (int)session.n, session.p);
    seal(w, body.data, body.len, mark);
    name_session(mark, out->access_key, out->secret);
    fc_text_add(&body, mark, 16);
    out->token = (struct fc_text){0};
    fc_text_puts(&out->token, "FwoGZXIvYXdz+/");
    fc_text_base64(&out->token, body.data, body.len, false);
    fc_text_fini(&body);
}

static void set_arn(struct aws_principal *out, const char *role)
{
    const char *slash = strrchr(role, '/');
    uint64_t h = fc_hash_bytes(0, role, (size_t)(slash - role));

    snprintf(out->arn, sizeof(out->arn), "arn:aws:sts::%s:assumed-role/%.200s", out->account->id,
             role);
    snprintf(out->user_id, sizeof(out->user_id), "AROA%016llX:%.64s", (unsigned long long)h,
             slash + 1);
}

static enum aws_identity open_token(const struct aws_world *w, struct fc_str access_key,
                                    struct fc_str token, struct aws_principal *out)
{
    char body[MAX_TOKEN + 1];
    uint8_t mark[AWS_SHA256_BYTES];
    char key[24], role[MAX_TOKEN];
    long long expires;
    size_t n;

    if (token.n < 14 || memcmp(token.p, "FwoGZXIvYXdz+/", 14) != 0 ||
        !fc_base64_decode((struct fc_str){token.p + 14, token.n - 14}, body, MAX_TOKEN, &n) ||
        n < 32) {
        return AWS_IDENTITY_UNKNOWN;
    }
    n -= 16;
    seal(w, body, n, mark);
    name_session(mark, key, out->secret);
    if (memcmp(mark, body + n, 16) != 0 || !fc_str_eq(access_key, key)) {
        return AWS_IDENTITY_UNKNOWN;
    }
    body[n] = '\0';
    out->account = aws_world_account(w, (struct fc_str){body, AWS_ACCOUNT_DIGITS});
    if (out->account == NULL ||
        sscanf(body + AWS_ACCOUNT_DIGITS, "|%lld|%200[^\n]", &expires, role) != 2 ||
        strchr(role, '/') == NULL) {
        return AWS_IDENTITY_UNKNOWN;
    }
    set_arn(out, role);
    return aws_now_ms() < expires ? AWS_IDENTITY_KNOWN : AWS_IDENTITY_EXPIRED;
}

static void set_user(struct aws_principal *out, const struct aws_world *w,
                     const struct aws_key *key)
{
    out->account = &w->accounts[key->account];
    snprintf(out->arn, sizeof(out->arn), "%s", key->arn);
    snprintf(out->user_id, sizeof(out->user_id), "AIDA%016llX",
             (unsigned long long)fc_hash_bytes(w->seed, key->arn, strlen(key->arn)));
    snprintf(out->secret, sizeof(out->secret), "%s", key->secret);
}

enum aws_identity aws_creds_find(const struct aws_world *w, struct fc_str access_key,
                                 struct fc_str token, struct aws_principal *out)
{
    size_t i;

    if (access_key.n > 4 && memcmp(access_key.p, "ASIA", 4) == 0) {
        return open_token(w, access_key, token, out);
    }
    for (i = 0; i < w->key_count; i++) {
        if (fc_str_eq(access_key, w->keys[i].id)) {
            set_user(out, w, &w->keys[i]);
            return AWS_IDENTITY_KNOWN;
        }
    }
    return AWS_IDENTITY_UNKNOWN;
}
