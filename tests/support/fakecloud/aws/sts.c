/* sts.c: who am I, and temporary credentials. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "aws/call.h"

#define DEFAULT_SESSION_MS INT64_C(3600000)

struct aws_trouble aws_sts_caller(struct aws_call *call, struct fc_text *out)
{
    fc_text_printf(out, "<Arn>%s</Arn><UserId>%s</UserId><Account>%s</Account>",
                   call->principal.arn, call->principal.user_id, call->principal.account->id);
    return (struct aws_trouble){.problem = AWS_OK};
}

/* Cuts "arn:aws:iam::123456789012:role/path/name" into the account and the name. */
static bool cut_role(struct fc_str arn, struct fc_str *account, struct fc_str *name)
{
    static const char head[] = "arn:aws:iam::";
    size_t n = sizeof(head) - 1;

    if (arn.n < n + AWS_ACCOUNT_DIGITS + 7 || memcmp(arn.p, head, n) != 0 ||
        memcmp(arn.p + n + AWS_ACCOUNT_DIGITS, ":role/", 6) != 0) {
        return false;
    }
    *account = (struct fc_str){arn.p + n, AWS_ACCOUNT_DIGITS};
    *name = (struct fc_str){arn.p + arn.n, 0};
    while (name->p[-1] != '/') {
        name->p--;
        name->n++;
    }
    return name->n > 0;
}

static bool may_assume(const struct aws_call *call, struct fc_str arn,
                       const struct aws_account *account)
{
    const struct aws_world *w = call->world;
    size_t i;

    if (account == NULL || account->suspended) {
        return false;
    }
    if (w->external_id != NULL && !call->op->unsigned_ &&
        !fc_str_eq(aws_param(&call->params, "ExternalId"), w->external_id)) {
        return false;
    }
    for (i = 0; i < w->denied_role_count; i++) {
        if (fc_glob(w->denied_roles[i], arn)) {
            return false;
        }
    }
    return true;
}

static void print_session(const struct aws_session *s, const struct aws_account *account,
                          struct fc_str role, struct fc_str session, struct fc_text *out)
{
    time_t expires = (time_t)(s->expires_ms / 1000);
    struct tm tm;
    char when[32];

    gmtime_r(&expires, &tm);
    strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &tm);
    fc_text_printf(out,
                   "<Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>%s"
                   "</SecretAccessKey><SessionToken>%s</SessionToken><Expiration>%s</Expiration>"
                   "</Credentials><AssumedRoleUser><AssumedRoleId>AROAFAKECLOUD:%.*s"
                   "</AssumedRoleId><Arn>arn:aws:sts::%s:assumed-role/%.*s/%.*s</Arn>"
                   "</AssumedRoleUser>",
                   s->access_key, s->secret, s->token.data, when, (int)session.n, session.p,
                   account->id, (int)role.n, role.p, (int)session.n, session.p);
}

static bool plain_name(struct fc_str s)
{
    size_t i;

    for (i = 0; i < s.n; i++) {
        if (strchr("<>&|/\"\n", s.p[i]) != NULL) {
            return false;
        }
    }
    return s.n >= 2 && s.n <= 64;
}

struct aws_trouble aws_sts_assume(struct aws_call *call, struct fc_text *out)
{
    struct fc_str arn = aws_param(&call->params, "RoleArn");
    struct fc_str session = aws_param(&call->params, "RoleSessionName");
    struct fc_str asked = aws_param(&call->params, "DurationSeconds");
    struct fc_str id, role;
    const struct aws_account *account;
    struct aws_session made;
    int64_t ttl =
        call->world->session_ttl_ms > 0 ? call->world->session_ttl_ms : DEFAULT_SESSION_MS;
    uint64_t seconds;

    if (!cut_role(arn, &id, &role) || !plain_name(session) || !plain_name(role)) {
        return (struct aws_trouble){.problem = AWS_PROBLEM_BAD_PARAMETER};
    }
    account = aws_world_account(call->world, id);
    if (!may_assume(call, arn, account)) {
        snprintf(call->message, sizeof(call->message),
                 "User: %s is not authorized to perform: sts:%s on resource: %.*s",
                 call->principal.arn[0] != '\0' ? call->principal.arn : "anonymous", call->op->name,
                 (int)(arn.n < 200 ? arn.n : 200), arn.p);
        return (struct aws_trouble){.problem = AWS_PROBLEM_DENIED, .message = call->message};
    }
    if (call->world->session_ttl_ms == 0 && fc_str_u64(asked, &seconds)) {
        if (seconds < 900 || seconds > 43200) {
            return (struct aws_trouble){.problem = AWS_PROBLEM_BAD_PARAMETER};
        }
        ttl = (int64_t)seconds * 1000;
    }
    aws_creds_make(call->world, account, role, session, ttl, &made);
    print_session(&made, account, role, session, out);
    if (call->op->unsigned_) {
        fc_text_puts(out, "<SubjectFromWebIdentityToken>fakecloud</SubjectFromWebIdentityToken>"
                          "<Audience>sts.amazonaws.com</Audience>");
    }
    fc_text_fini(&made.token);
    return (struct aws_trouble){.problem = AWS_OK};
}
