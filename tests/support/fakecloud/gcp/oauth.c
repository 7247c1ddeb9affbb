#include "gcp/oauth.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gcp/key.h"
#include "gcp/token.h"

#define KEY_ID "0123456789abcdef0123456789abcdef01234567"
#define JWT_BEARER "urn:ietf:params:oauth:grant-type:jwt-bearer"
#define EXCHANGE "urn:ietf:params:oauth:grant-type:token-exchange"
#define REFRESH_TOKEN "1//fake-" /* Refresh tokens that begin so are good. */
#define SKEW_S 300
#define MAX_JWT_BYTES 8192

/* A value of the body: of a form, or of a JSON object. Owned; NULL when absent. */
static char *body_value(const struct fc_request *rq, const char *name)
{
    const char *at = rq->body.len > 0 ? rq->body.data : "";
    size_t n = strlen(name);
    struct json_object *json = *at == '{' ? json_tokener_parse(at) : NULL, *v = NULL;
    char *value = NULL;

    if (json != NULL) {
        if (json_object_object_get_ex(json, name, &v)) {
            value = fc_strdup(json_object_get_string(v));
        }
        json_object_put(json);
        return value;
    }
    while (*at != '\0' && value == NULL) {
        size_t end = strcspn(at, "&");

        if (end > n && strncmp(at, name, n) == 0 && at[n] == '=') {
            struct fc_str raw = {at + n + 1, end - n - 1};

            value = fc_alloc(raw.n + 1);
            value[fc_percent_decode(raw, value, true)] = '\0';
        }
        at += end + (at[end] == '&');
    }
    return value;
}

static void refuse(struct fc_reply *reply, unsigned status, const char *error, const char *why)
{
    struct fc_text out = {0};

    fc_text_printf(&out, "{\"error\":\"%s\",\"error_description\":", error);
    fc_text_json(&out, fc_str_of(why));
    fc_text_puts(&out, "}\n");
    fc_reply_text(reply, status, "application/json; charset=UTF-8", &out);
}

static void grant(const struct gcp_world *w, enum gcp_who who, const char *more,
                  struct fc_reply *reply)
{
    struct fc_text out = {0};
    int64_t seconds;

    fc_text_puts(&out, "{\"access_token\":\"");
    seconds = gcp_token_make(w, who, &out);
    fc_text_printf(&out, "\",\"expires_in\":%lld,\"token_type\":\"Bearer\"%s}\n",
                   (long long)seconds, more);
    fc_reply_text(reply, 200, "application/json; charset=UTF-8", &out);
}

/* A part of a JWT as JSON; NULL when it is none. */
static struct json_object *read_part(struct fc_str part)
{
    char *text = fc_alloc(part.n + 1);
    struct json_object *json = NULL;
    size_t n;

    if (fc_base64_decode(part, text, part.n, &n)) {
        text[n] = '\0';
        json = json_tokener_parse(text);
    }
    free(text);
    return json;
}

static const char *member(struct json_object *obj, const char *key)
{
    struct json_object *v = NULL;

    return json_object_object_get_ex(obj, key, &v) ? json_object_get_string(v) : NULL;
}

/* What is wrong with the claims; NULL: nothing. */
static const char *check_claims(const struct gcp_world *w, struct json_object *head,
                                struct json_object *claims)
{
    const char *algorithm = member(head, "alg"), *issuer = member(claims, "iss");
    const char *until = member(claims, "exp"), *since = member(claims, "iat");
    long long now = (long long)time(NULL);

    if (algorithm == NULL || strcmp(algorithm, "RS256") != 0) {
        return "Invalid JWT: the algorithm must be RS256.";
    }
    if (issuer == NULL || strcmp(issuer, w->account) != 0) {
        return "Invalid grant: account not found";
    }
    if (member(claims, "aud") == NULL) {
        return "Invalid JWT: the audience is missing.";
    }
    if (until == NULL || since == NULL || atoll(until) < now - SKEW_S ||
        atoll(since) > now + SKEW_S || atoll(until) - atoll(since) > 3600 + SKEW_S) {
        return "Invalid JWT: Token must be a short-lived token (60 minutes) and in a reasonable "
               "timeframe. Check your iat and exp values in the JWT claim.";
    }
    return NULL;
}

/* What is wrong with the assertion; NULL: nothing. */
static const char *check_jwt(const struct gcp_world *w, const char *jwt)
{
    const char *dot = strchr(jwt, '.');
    const char *last = strrchr(jwt, '.');
    unsigned char signature[1024];
    struct json_object *head, *claims;
    const char *wrong = "Invalid JWT: Failed to parse.";
    size_t n;

    if (dot == NULL || last == dot || strlen(jwt) > MAX_JWT_BYTES) {
        return wrong;
    }
    head = read_part((struct fc_str){jwt, (size_t)(dot - jwt)});
    claims = read_part((struct fc_str){dot + 1, (size_t)(last - dot - 1)});
    if (head != NULL && claims != NULL) {
        wrong = check_claims(w, head, claims);
        if (wrong == NULL &&
            (w->key == NULL ||
             !fc_base64_decode(fc_str_of(last + 1), signature, sizeof(signature), &n) ||
             !gcp_key_verifies(w->key, (struct fc_str){jwt, (size_t)(last - jwt)}, signature, n))) {
            wrong = "Invalid JWT Signature.";
        }
    }
    json_object_put(head);
    json_object_put(claims);
    return wrong;
}

void gcp_oauth_token(const struct gcp_world *w, const struct fc_request *rq, struct fc_reply *reply)
{
    char *type = body_value(rq, "grant_type");
    char *assertion = body_value(rq, "assertion");
    char *refresh = body_value(rq, "refresh_token");
    char *client = body_value(rq, "client_id");
    const char *wrong;

    if (type != NULL && strcmp(type, JWT_BEARER) == 0) {
        wrong = check_jwt(w, assertion != NULL ? assertion : "");
        if (wrong != NULL) {
            refuse(reply, 400, "invalid_grant", wrong);
        } else {
            grant(w, GCP_WHO_ACCOUNT, "", reply);
        }
    } else if (type == NULL || strcmp(type, "refresh_token") != 0) {
        refuse(reply, 400, "unsupported_grant_type", "Invalid grant_type");
    } else if (client == NULL || *client == '\0') {
        refuse(reply, 401, "invalid_client", "The OAuth client was not found.");
    } else if (refresh == NULL || strncmp(refresh, REFRESH_TOKEN, sizeof(REFRESH_TOKEN) - 1) != 0) {
        refuse(reply, 400, "invalid_grant", "Token has been expired or revoked.");
    } else {
        grant(w, GCP_WHO_USER, ",\"scope\":\"https://www.googleapis.com/auth/cloud-platform\"",
              reply);
    }
    free(type);
    free(assertion);
    free(refresh);
    free(client);
}

void gcp_oauth_exchange(const struct gcp_world *w, const struct fc_request *rq,
                        struct fc_reply *reply)
{
    static const char *const names[] = {"grant_type",      "grantType", "subject_token",
                                        "subjectToken",    "audience",  "subject_token_type",
                                        "subjectTokenType"};
    char *v[7];
    const char *type, *audience;
    size_t i;

    for (i = 0; i < 7; i++) {
        v[i] = body_value(rq, names[i]);
    }
    type = v[0] != NULL ? v[0] : v[1];
    audience = v[4];
    if (type == NULL || strcmp(type, EXCHANGE) != 0) {
        refuse(reply, 400, "unsupported_grant_type", "Invalid grant_type");
    } else if (audience == NULL || strncmp(audience, "//iam.googleapis.com/", 21) != 0) {
        refuse(reply, 400, "invalid_request", "Invalid value for \"audience\".");
    } else if ((v[2] == NULL && v[3] == NULL) || (v[5] == NULL && v[6] == NULL)) {
        refuse(reply, 400, "invalid_request", "Missing \"subject_token\" or its type.");
    } else if (strcmp(v[2] != NULL ? v[2] : v[3], "bad") == 0) {
        refuse(reply, 400, "invalid_grant", "The subject token could not be verified.");
    } else {
        grant(w, GCP_WHO_FEDERATED,
              ",\"issued_token_type\":\"urn:ietf:params:oauth:token-type:access_token\"", reply);
    }
    for (i = 0; i < 7; i++) {
        free(v[i]);
    }
}

void gcp_oauth_impersonate(const struct gcp_world *w, const struct fc_request *rq,
                           struct fc_str name, struct fc_reply *reply)
{
    static const char verb[] = ":generateAccessToken";
    size_t n = sizeof(verb) - 1;
    struct fc_text out = {0};
    enum gcp_who who;
    struct tm tm;
    time_t until;

    if (strcmp(rq->method, "POST") != 0 || name.n <= n ||
        memcmp(name.p + name.n - n, verb, n) != 0) {
        fc_reply_string(reply, 404, "application/json",
                        "{\"error\":{\"code\":404,\"message\":\"Method not found.\",\"status\":"
                        "\"NOT_FOUND\"}}\n");
        return;
    }
    if (gcp_token_read(w, fc_request_header(rq, "Authorization"), &who) != GCP_PROOF_GOOD) {
        fc_reply_string(reply, 401, "application/json",
                        "{\"error\":{\"code\":401,\"message\":\"Request had invalid authentication "
                        "credentials.\",\"status\":\"UNAUTHENTICATED\"}}\n");
        return;
    }
    fc_text_puts(&out, "{\"accessToken\":\"");
    until = time(NULL) + (time_t)gcp_token_make(w, GCP_WHO_IMPERSONATED, &out);
    gmtime_r(&until, &tm);
    fc_text_printf(&out, "\",\"expireTime\":\"%04d-%02d-%02dT%02d:%02d:%02dZ\"}\n",
                   tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
    fc_reply_text(reply, 200, "application/json; charset=UTF-8", &out);
}

#define ACCOUNTS "instance/service-accounts/"

/* The value at a path of the metadata; false: there is none. */
static bool put_metadata(const struct gcp_world *w, const struct fc_request *rq, struct fc_str path,
                         struct fc_text *out, bool *json)
{
    const char *email = gcp_who_name(w, GCP_WHO_VM);
    const char *scope = "https://www.googleapis.com/auth/cloud-platform";
    bool recursive = fc_str_eq(fc_request_param(rq, "recursive"), "true");
    struct fc_str rest = path;
    size_t n = sizeof(ACCOUNTS) - 1;

    if (fc_str_eq(path, "") || fc_str_eq(path, "instance")) {
        fc_text_puts(out, "instance/\nproject/\n");
    } else if (fc_str_eq(path, "project/project-id")) {
        fc_text_puts(out, w->projects[0].id);
    } else if (fc_str_eq(path, "project/numeric-project-id")) {
        fc_text_puts(out, w->projects[0].number);
    } else if (fc_str_eq(path, "universe/universe-domain") ||
               fc_str_eq(path, "universe/universe_domain")) {
        fc_text_puts(out, "googleapis.com");
    } else if (fc_str_eq(path, "instance/zone")) {
        fc_text_printf(out, "projects/%s/zones/%s", w->projects[0].number, w->zones[0].name);
    } else if (path.n < n - 1 || memcmp(path.p, ACCOUNTS, n - 1) != 0) {
        return false;
    } else {
        rest.p += path.n < n ? path.n : n;
        rest.n -= path.n < n ? path.n : n;
        *json = recursive;
        if (rest.n == 0) {
            fc_text_printf(out, "default/\n%s/\n", email);
        } else if (fc_str_eq(rest, "default") || fc_str_eq(rest, email)) {
            fc_text_printf(out,
                           recursive ? "{\"aliases\":[\"default\"],\"email\":\"%s\",\"scopes\":"
                                       "[\"%s\"]}"
                                     : "aliases\nemail\nidentity\nscopes\ntoken\n",
                           email, scope);
        } else if (fc_str_eq(rest, "default/email")) {
            fc_text_puts(out, email);
        } else if (fc_str_eq(rest, "default/scopes")) {
            fc_text_puts(out, scope);
        } else if (rest.n > 6 && memcmp(rest.p + rest.n - 6, "/token", 6) == 0) {
            struct fc_text token = {0};
            int64_t seconds = gcp_token_make(w, GCP_WHO_VM, &token);

            fc_text_printf(out,
                           "{\"access_token\":\"%s\",\"expires_in\":%lld,\"token_type\":"
                           "\"Bearer\"}",
                           token.data, (long long)seconds);
            fc_text_fini(&token);
            *json = true;
        } else {
            return false;
        }
    }
    return true;
}

void gcp_metadata(const struct gcp_world *w, const struct fc_request *rq, struct fc_str path,
                  struct fc_reply *reply)
{
    const char *flavor = fc_request_header(rq, "Metadata-Flavor");
    struct fc_text out = {0};
    bool json = false;

    if (flavor == NULL || strcmp(flavor, "Google") != 0) {
        fc_reply_string(reply, 403, "text/html; charset=UTF-8",
                        "Missing required header: Metadata-Flavor\n");
    } else if (!put_metadata(w, rq, path, &out, &json)) {
        fc_text_fini(&out);
        fc_reply_string(reply, 404, "text/html; charset=UTF-8", "Not Found\n");
    } else {
        fc_reply_text(reply, 200, json ? "application/json" : "application/text", &out);
    }
    fc_reply_header(reply, "Metadata-Flavor", "Google");
}

void gcp_oauth_write_key(const struct gcp_world *w, unsigned port)
{
    struct fc_text pem = {0}, out = {0}, path = {0};
    FILE *f;
    int fd;

    gcp_key_pem(w->key, &pem);
    fc_text_printf(&out,
                   "{\"type\":\"service_account\",\"project_id\":\"%s\",\"private_key_id\":"
                   "\"" KEY_ID "\",\"private_key\":",
                   w->projects[0].id);
    fc_text_json(&out, (struct fc_str){pem.data, pem.len});
    fc_text_printf(&out,
                   ",\"client_email\":\"%s\",\"client_id\":\"100000000000000000001\","
                   "\"auth_uri\":\"http://127.0.0.1:%u/gcp/oauth2/auth\",\"token_uri\":"
                   "\"http://127.0.0.1:%u/gcp/oauth2/token\",\"universe_domain\":"
                   "\"googleapis.com\"}\n",
                   w->account, port, port);
    fc_text_printf(&path, "%s.%ld", w->write_key, (long)getpid());
    fd = open(path.data, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    f = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (f == NULL || fwrite(out.data, 1, out.len, f) != out.len || fclose(f) != 0 ||
        rename(path.data, w->write_key) != 0) {
        fc_die("%s: %s", w->write_key, strerror(errno));
    }
    fc_text_fini(&pem);
    fc_text_fini(&out);
    fc_text_fini(&path);
}
