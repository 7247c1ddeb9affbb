/* sts.c: see sts.h. */
#include "aws/sts.h"

#include "base/xml.h"

#include <stdio.h>

#define VERSION "Version=2011-06-15"

/* ---- questions ---- */

static void put(struct wgo_buf *form, const char *name, struct wgo_str value)
{
    if (value.len > 0) {
        wgo_buf_format(form, "&%s=", name);
        wgo_url_encode(form, value, false);
    }
}

static struct wgo_str ask_for_role(const char *action, const struct wgo_aws_role *role,
                                   struct wgo_str token, struct wgo_arena *arena)
{
    struct wgo_buf form = {0};
    struct wgo_str body = {0};
    wgo_buf_format(&form, "Action=%s&" VERSION, action);
    put(&form, "RoleArn", role->arn);
    put(&form, "RoleSessionName", role->session_name.len ? role->session_name : WGO_STR("wgo"));
    put(&form, "ExternalId", role->external_id);
    put(&form, "SourceIdentity", role->source_identity);
    put(&form, "Policy", role->policy);
    if (role->duration_s > 0) {
        wgo_buf_format(&form, "&DurationSeconds=%lld", (long long)role->duration_s);
    }
    put(&form, "WebIdentityToken", token);
    if (!form.failed) {
        body = wgo_str_dup(arena, wgo_buf_view(&form));
    }
    if (form.ptr) {
        wgo_wipe(form.ptr, form.cap);
    }
    wgo_buf_fini(&form);
    return body;
}

struct wgo_str wgo_aws_sts_assume_role(const struct wgo_aws_role *role, struct wgo_arena *arena)
{
    return ask_for_role("AssumeRole", role, WGO_STR(""), arena);
}

struct wgo_str wgo_aws_sts_web_identity(const struct wgo_aws_role *role, struct wgo_str token,
                                        struct wgo_arena *arena)
{
    struct wgo_aws_role asked = *role;
    asked.external_id = WGO_STR(""); /* it is no part of this question */
    asked.source_identity = WGO_STR("");
    return ask_for_role("AssumeRoleWithWebIdentity", &asked, token, arena);
}

struct wgo_str wgo_aws_sts_caller_identity(void)
{
    return WGO_STR("Action=GetCallerIdentity&" VERSION);
}

/* ---- refusals ---- */

#define HINT_EXPIRED "log in again, or renew the keys"
#define HINT_KEYS "check the access key, and that it is active"

static const struct {
    const char *code;
    enum wgo_status status;
    const char *hint;
} codes[] = {
    {"AccessDenied", WGO_E_AUTH,
     "the role's trust policy must admit who asks, who in turn needs sts:AssumeRole; check the "
     "external id, too"},
    {"AccessDeniedException", WGO_E_AUTH, ""},
    {"ExpiredToken", WGO_E_AUTH, HINT_EXPIRED},
    {"ExpiredTokenException", WGO_E_AUTH, HINT_EXPIRED},
    {"TokenRefreshRequired", WGO_E_AUTH, HINT_EXPIRED},
    {"InvalidClientTokenId", WGO_E_AUTH, HINT_KEYS},
    {"UnrecognizedClientException", WGO_E_AUTH, HINT_KEYS},
    {"InvalidAccessKeyId", WGO_E_AUTH, HINT_KEYS},
    {"InvalidToken", WGO_E_AUTH, HINT_KEYS},
    {"InvalidSecurity", WGO_E_AUTH, HINT_KEYS},
    {"MissingAuthenticationToken", WGO_E_AUTH, ""},
    {"MissingAuthenticationTokenException", WGO_E_AUTH, ""},
    {"IncompleteSignature", WGO_E_AUTH, ""},
    {"AuthFailure", WGO_E_AUTH, HINT_KEYS},
    {"OptInRequired", WGO_E_AUTH, ""},
    {"InvalidIdentityToken", WGO_E_AUTH,
     "the token file must come from the identity provider that the role trusts"},
    {"ExpiredIdentityToken", WGO_E_AUTH, "whoever writes the token file has stopped renewing it"},
    {"IDPRejectedClaim", WGO_E_AUTH, "check the role's trust policy"},
    {"SignatureDoesNotMatch", WGO_E_AUTH, "check the secret access key and this machine's clock"},
    {"InvalidSignatureException", WGO_E_AUTH,
     "check the secret access key and this machine's clock"},
    {"RequestExpired", WGO_E_AUTH, "check this machine's clock"},
    {"RequestTimeTooSkewed", WGO_E_AUTH, "check this machine's clock"},
    {"RegionDisabledException", WGO_E_AUTH,
     "STS is not active in this region for the account: ask another region, or activate it"},
    {"ValidationError", WGO_E_AUTH, "check the role's ARN, external id and duration"},
    {"MalformedPolicyDocument", WGO_E_AUTH, ""},
    {"PackedPolicyTooLarge", WGO_E_AUTH, ""},
    {"IDPCommunicationError", WGO_E_UNAVAILABLE, ""},
    {"Throttling", WGO_E_THROTTLED, ""},
    {"ThrottlingException", WGO_E_THROTTLED, ""},
    {"TooManyRequestsException", WGO_E_THROTTLED, ""},
    {"RequestLimitExceeded", WGO_E_THROTTLED, ""},
    {"InternalFailure", WGO_E_SERVER, ""},
    {"InternalError", WGO_E_SERVER, ""},
    {"ServiceUnavailable", WGO_E_UNAVAILABLE, ""},
};

enum wgo_status wgo_aws_auth_code(struct wgo_str code, const char **out_hint)
{
    for (size_t i = 0; i < WGO_COUNT(codes); i++) {
        if (wgo_str_is(code, codes[i].code)) {
            *out_hint = codes[i].hint;
            return codes[i].status;
        }
    }
    *out_hint = "";
    return WGO_OK;
}

bool wgo_aws_clock_is_off(struct wgo_str code, struct wgo_str message)
{
    static const char *const words[] = {"Signature expired", "Signature not yet current"};
    if (wgo_str_is(code, "RequestTimeTooSkewed") || wgo_str_is(code, "RequestExpired")) {
        return true;
    }
    for (size_t i = 0; i < WGO_COUNT(words); i++) {
        if (wgo_str_find(message, wgo_str(words[i])) < message.len) {
            return true;
        }
    }
    return false;
}

bool wgo_aws_sts_may_repeat(enum wgo_status status)
{
    return status == WGO_E_THROTTLED || status == WGO_E_PARSE || status == WGO_E_CUT_SHORT;
}

static enum wgo_status status_of(int http_status, struct wgo_str code, const char **out_hint)
{
    enum wgo_status status = wgo_aws_auth_code(code, out_hint);
    if (status != WGO_OK) {
        return status;
    }
    if (http_status == 429) {
        return WGO_E_THROTTLED;
    }
    if (http_status >= 500) {
        return http_status == 503 ? WGO_E_UNAVAILABLE : WGO_E_SERVER;
    }
    /* Whatever else a 4xx says, there are no credentials. */
    return WGO_E_AUTH;
}

static void keep_text(char *out, size_t size, struct wgo_str text)
{
    snprintf(out, size, "%.*s", WGO_FMT(wgo_str_slice(text, 0, size - 1)));
    wgo_str_flatten(out, strlen(out));
}

static enum wgo_status refused(int http_status, const struct wgo_xml *root,
                               struct wgo_aws_refusal *out_refusal, struct wgo_error *err)
{
    const struct wgo_xml *errors = wgo_xml_child(root, "Errors"); /* as EC2 has it, and emulators */
    const struct wgo_xml *error = wgo_xml_child(errors ? errors : root, "Error");
    struct wgo_aws_refusal refusal = {0};
    const char *hint = "";
    keep_text(refusal.code, sizeof(refusal.code), wgo_str_trim(wgo_xml_text(error, "Code")));
    /* A refused signature is explained with all that was signed, the session token among it. */
    struct wgo_str words = wgo_xml_text(error, "Message");
    words = wgo_str_slice(words, 0, wgo_str_find(words, WGO_STR("The Canonical String")));
    keep_text(refusal.message, sizeof(refusal.message), wgo_str_trim(words));
    enum wgo_status status = status_of(http_status, wgo_str(refusal.code), &hint);
    wgo_fail(err, status, "STS answered HTTP %d%s%s%s%s", http_status, refusal.code[0] ? " " : "",
             refusal.code, refusal.message[0] ? ": " : "", refusal.message);
    if (err) {
        err->http_status = http_status;
    }
    if (wgo_aws_clock_is_off(wgo_str(refusal.code), wgo_str(refusal.message))) {
        hint = "this machine's clock is wrong";
    }
    if (hint[0]) {
        wgo_error_hint(err, "%s", hint);
    }
    if (out_refusal) {
        *out_refusal = refusal;
    }
    return status;
}

/* ---- answers ---- */

/* The element 'action'Result of a good answer, or the refusal. */
static enum wgo_status open_answer(struct wgo_arena *arena, int http_status, struct wgo_str body,
                                   struct wgo_xml **out_root, struct wgo_aws_refusal *out_refusal,
                                   struct wgo_error *err)
{
    struct wgo_error why = {0};
    struct wgo_xml *root = NULL;
    enum wgo_status status = wgo_xml_parse(arena, body, &root, &why);
    if (http_status < 200 || http_status >= 300) {
        return refused(http_status, root, out_refusal, err);
    }
    if (status != WGO_OK) {
        return wgo_fail(err, status == WGO_E_NOMEM ? status : WGO_E_PARSE,
                        "STS's answer is not to be read: %.200s", why.message);
    }
    *out_root = root;
    return WGO_OK;
}

static const struct wgo_xml *result_of(const struct wgo_xml *root, const char *const *names)
{
    const struct wgo_xml *found = NULL;
    for (; *names && !found; names++) {
        found = wgo_xml_child(root, *names);
    }
    return found;
}

static enum wgo_status take(const struct wgo_xml *found, struct wgo_aws_credentials *out,
                            struct wgo_wall *out_expires, struct wgo_error *err)
{
    struct wgo_str id = wgo_str_trim(wgo_xml_text(found, "AccessKeyId"));
    struct wgo_str key = wgo_str_trim(wgo_xml_text(found, "SecretAccessKey"));
    struct wgo_str token = wgo_str_trim(wgo_xml_text(found, "SessionToken"));
    struct wgo_wall expires = {0};
    if (id.len == 0 || key.len == 0 || token.len == 0) {
        return wgo_fail(err, WGO_E_PARSE, "STS's answer holds no credentials");
    }
    if (!wgo_wall_parse(wgo_str_trim(wgo_xml_text(found, "Expiration")), &expires)) {
        return wgo_fail(err, WGO_E_PARSE, "STS's answer does not say when it expires");
    }
    if (wgo_aws_credentials_set(out, id, key, token) != WGO_OK) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    *out_expires = expires;
    return WGO_OK;
}

enum wgo_status wgo_aws_sts_read_credentials(int http_status, struct wgo_str body,
                                             struct wgo_aws_credentials *out_credentials,
                                             struct wgo_wall *out_expires,
                                             struct wgo_aws_refusal *out_refusal,
                                             struct wgo_error *err)
{
    static const char *const names[] = {"AssumeRoleResult", "AssumeRoleWithWebIdentityResult",
                                        NULL};
    struct wgo_arena arena = {0};
    struct wgo_xml *root = NULL;
    enum wgo_status status = open_answer(&arena, http_status, body, &root, out_refusal, err);
    if (status == WGO_OK) {
        const struct wgo_xml *result = result_of(root, names);
        status = take(wgo_xml_child(result, "Credentials"), out_credentials, out_expires, err);
    }
    wgo_arena_fini(&arena);
    return status;
}

enum wgo_status wgo_aws_sts_read_caller(int http_status, struct wgo_str body,
                                        struct wgo_aws_caller *out_caller,
                                        struct wgo_aws_refusal *out_refusal, struct wgo_error *err)
{
    static const char *const names[] = {"GetCallerIdentityResult", NULL};
    struct wgo_arena arena = {0};
    struct wgo_xml *root = NULL;
    struct wgo_aws_caller caller = {0};
    enum wgo_status status = open_answer(&arena, http_status, body, &root, out_refusal, err);
    if (status == WGO_OK) {
        const struct wgo_xml *result = result_of(root, names);
        keep_text(caller.account, sizeof(caller.account),
                  wgo_str_trim(wgo_xml_text(result, "Account")));
        keep_text(caller.arn, sizeof(caller.arn), wgo_str_trim(wgo_xml_text(result, "Arn")));
        keep_text(caller.user_id, sizeof(caller.user_id),
                  wgo_str_trim(wgo_xml_text(result, "UserId")));
        if (!caller.account[0] || !caller.arn[0]) {
            status = wgo_fail(err, WGO_E_PARSE, "STS does not say who we are");
        } else {
            *out_caller = caller;
        }
    }
    wgo_arena_fini(&arena);
    return status;
}

/* ---- ARNs ---- */

static struct wgo_str arn_part(struct wgo_str arn, unsigned index)
{
    struct wgo_str rest = arn, part = WGO_STR("");
    if (!wgo_str_starts(arn, WGO_STR("arn:"))) {
        return part;
    }
    for (unsigned i = 0; i <= index; i++) {
        part = rest.ptr ? wgo_str_split(&rest, ':') : WGO_STR("");
    }
    return part;
}

struct wgo_str wgo_aws_arn_account(struct wgo_str arn)
{
    return arn_part(arn, 4);
}

struct wgo_str wgo_aws_arn_partition(struct wgo_str arn)
{
    return arn_part(arn, 1);
}
