#include "azure/access.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "azure/assertion.h"
#include "core/clock.h"
#include "core/conf.h"
#include "core/rng.h"

static const struct az_app usual_apps[] = {
    {"a0000000-0000-4000-a000-000000000001", "reader", "fake-secret", "old-secret",
     "system:serviceaccount:default:wgo", NULL, ""},
    {"a0000000-0000-4000-a000-000000000002", "other", "other-secret", NULL, NULL, NULL, ""},
};

static void read_app(struct az_app *app, struct json_object *o)
{
    static const char *const keys[] = {"id",      "name",   "secret", "expired_secret",
                                       "subject", "issuer", NULL};

    fc_conf_only(o, "azure.apps[]", keys);
    app->id = fc_conf_str(o, "azure.apps[]", "id", NULL);
    app->name = fc_conf_str(o, "azure.apps[]", "name", "app");
    app->secret = fc_conf_str(o, "azure.apps[]", "secret", NULL);
    app->expired = fc_conf_str(o, "azure.apps[]", "expired_secret", NULL);
    app->subject = fc_conf_str(o, "azure.apps[]", "subject", NULL);
    app->issuer = fc_conf_str(o, "azure.apps[]", "issuer", NULL);
    if (app->id == NULL) {
        fc_die("azure.apps[]: an id is wanted");
    }
}

static void read_denials(struct az_world *w)
{
    static const char *const keys[] = {"action", "scope", "user", NULL};
    struct json_object *list = fc_conf_get(w->conf, "denials");
    size_t i;

    w->denial_count = fc_conf_len(list, "azure.denials");
    w->denials = fc_alloc(w->denial_count * sizeof(*w->denials));
    for (i = 0; i < w->denial_count; i++) {
        struct json_object *o = json_object_array_get_idx(list, i);

        fc_conf_only(o, "azure.denials[]", keys);
        w->denials[i].action = fc_conf_str(o, "azure.denials[]", "action", NULL);
        w->denials[i].scope = fc_conf_str(o, "azure.denials[]", "scope", NULL);
        w->denials[i].user = fc_conf_str(o, "azure.denials[]", "user", NULL);
    }
}

void az_access_open(struct az_world *w)
{
    struct json_object *list = fc_conf_get(w->conf, "apps");
    const char *cert = fc_conf_str(w->conf, "azure", "cert", NULL);
    size_t i, n = sizeof(usual_apps) / sizeof(usual_apps[0]);

    w->app_count = list != NULL ? fc_conf_len(list, "azure.apps") : n;
    w->apps = fc_alloc(w->app_count * sizeof(*w->apps));
    for (i = 0; i < w->app_count; i++) {
        if (list != NULL) {
            read_app(&w->apps[i], json_object_array_get_idx(list, i));
        } else {
            w->apps[i] = usual_apps[i];
        }
        az_guid(fc_hash_bytes(w->seed, w->apps[i].id, strlen(w->apps[i].id)), 9,
                w->apps[i].object_id);
    }
    w->cert = cert != NULL ? az_cert_read(cert) : NULL;
    w->verify = fc_conf_bool(w->conf, "azure", "verify", false);
    w->token_ttl_s = fc_conf_int(w->conf, "azure", "token_ttl_s", 3599);
    w->identity_header = fc_conf_str(w->conf, "azure", "identity_header", "fake-identity-header");
    w->arc_dir = fc_conf_str(w->conf, "azure", "arc_dir", NULL);
    read_denials(w);
}

void az_access_close(struct az_world *w)
{
    az_cert_free(w->cert);
    free(w->apps);
    free(w->denials);
}

const struct az_app *az_access_app(const struct az_world *w, struct fc_str client_id)
{
    size_t i;

    for (i = 0; i < w->app_count; i++) {
        if (az_str_same(client_id, w->apps[i].id)) {
            return &w->apps[i];
        }
    }
    return NULL;
}

static void seal(const struct az_world *w, const char *p, size_t n, struct fc_text *out)
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned length = 0;

    HMAC(EVP_sha256(), &w->seed, sizeof(w->seed), (const unsigned char *)p, n, mac, &length);
    fc_text_base64(out, mac, length, true);
}

/* "https://management.azure.com/.default" -> "https://management.azure.com". */
static struct fc_str audience(struct fc_str scope)
{
    static const char tail[] = "/.default";
    size_t n = sizeof(tail) - 1;

    if (scope.n > n && memcmp(scope.p + scope.n - n, tail, n) == 0) {
        scope.n -= n;
    }
    return scope;
}

void az_token_make(const struct az_world *w, const struct az_app *app, struct fc_str scope,
                   int64_t now_s, struct fc_text *out)
{
    static const char header[] = "{\"typ\":\"JWT\",\"alg\":\"RS256\",\"kid\":\"fakecloud\"}";
    struct fc_text claims = {0};
    int64_t until_s = now_s + w->token_ttl_s;
    size_t start = out->len;

    fc_text_puts(&claims, "{\"aud\":");
    fc_text_json(&claims, audience(scope));
    fc_text_printf(
        &claims,
        ",\"iss\":\"https://sts.windows.net/%s/\",\"iat\":%lld,\"nbf\":%lld,\"exp\":%lld,"
        "\"appid\":\"%s\",\"appidacr\":\"1\",\"idtyp\":\"app\",\"oid\":\"%s\",\"sub\":"
        "\"%s\",\"tid\":\"%s\",\"ver\":\"1.0\",\"app_displayname\":\"%s\"}",
        w->tenant, (long long)now_s, (long long)now_s, (long long)until_s, app->id, app->object_id,
        app->object_id, w->tenant, app->name);
    fc_text_base64(out, header, sizeof(header) - 1, true);
    fc_text_puts(out, ".");
    fc_text_base64(out, claims.data, claims.len, true);
    claims.len = 0;
    seal(w, out->data + start, out->len - start, &claims);
    fc_text_printf(out, ".%s", claims.data);
    fc_text_fini(&claims);
}

static void refuse(const struct az_world *w, const struct fc_request *rq, struct fc_reply *reply,
                   const char *code, const char *message)
{
    struct fc_text base = {0};

    fc_request_base(rq, &base);
    az_error(reply, 401, code, "%s", message);
    fc_reply_header(reply, "WWW-Authenticate",
                    "Bearer authorization_uri=\"%s/azure/login/%s\", error=\"invalid_token\", "
                    "error_description=\"%s\"",
                    base.data, w->tenant, message);
    fc_text_fini(&base);
}

/* The claims of a token we sealed; NULL: it is not ours. */
static struct json_object *unseal(const struct az_world *w, struct fc_str token)
{
    const char *last = memrchr(token.p, '.', token.n);
    const char *first = memchr(token.p, '.', token.n);
    struct json_object *claims = NULL;
    struct fc_text mac = {0};
    char *raw;
    size_t n;

    if (last == NULL || first == last) {
        return NULL;
    }
    seal(w, token.p, (size_t)(last - token.p), &mac);
    if (mac.len == (size_t)(token.p + token.n - last - 1) &&
        memcmp(mac.data, last + 1, mac.len) == 0) {
        raw = fc_alloc(token.n + 1);
        if (fc_base64_decode((struct fc_str){first + 1, (size_t)(last - first - 1)}, raw, token.n,
                             &n)) {
            raw[n] = '\0';
            claims = json_tokener_parse(raw);
        }
        free(raw);
    }
    fc_text_fini(&mac);
    return claims;
}

/* What a token of ours says. */
static enum az_token read_claims(const struct az_world *w, const struct fc_request *rq,
                                 struct json_object *claims, const char *audience_want,
                                 struct az_principal *who)
{
    const char *host = fc_request_header(rq, "Host");
    const char *aud = fc_conf_str(claims, "token", "aud", "");
    const char *app = fc_conf_str(claims, "token", "appid", "");
    const struct az_app *known = az_access_app(w, fc_str_of(app));

    if (fc_conf_int(claims, "token", "exp", 0) <= fc_clock_s()) {
        return AZ_TOKEN_EXPIRED;
    }
    if (strstr(aud, audience_want) == NULL && (host == NULL || strstr(aud, host) == NULL)) {
        return AZ_TOKEN_OTHER;
    }
    snprintf(who->object_id, sizeof(who->object_id), "%s", fc_conf_str(claims, "token", "oid", ""));
    snprintf(who->name, sizeof(who->name), "%s", known != NULL ? known->name : app);
    return AZ_TOKEN_GOOD;
}

enum az_token az_token_read(const struct az_world *w, const struct fc_request *rq,
                            const char *audience_want, struct az_principal *who)
{
    const char *header = fc_request_header(rq, "Authorization");
    struct json_object *claims;
    struct fc_str token;
    enum az_token found;

    if (header == NULL || strncasecmp(header, "Bearer ", 7) != 0) {
        return AZ_TOKEN_NONE;
    }
    token = fc_str_of(header + 7);
    claims = unseal(w, token);
    if (claims != NULL) {
        found = read_claims(w, rq, claims, audience_want, who);
        json_object_put(claims);
        return found;
    }
    if (w->verify || token.n == 0) {
        return AZ_TOKEN_BAD;
    }
    az_guid(fc_hash_bytes(1, token.p, token.n), 3, who->object_id);
    snprintf(who->name, sizeof(who->name), "bearer");
    return AZ_TOKEN_GOOD;
}

bool az_access_who(const struct az_world *w, const struct fc_request *rq, struct az_principal *who,
                   struct fc_reply *reply)
{
    switch (az_token_read(w, rq, "://management.", who)) {
    case AZ_TOKEN_GOOD:
        return true;
    case AZ_TOKEN_NONE:
        refuse(w, rq, reply, "AuthenticationFailed",
               "Authentication failed. The 'Authorization' header is missing.");
        break;
    case AZ_TOKEN_BAD:
        refuse(w, rq, reply, "InvalidAuthenticationToken", "The access token is invalid.");
        break;
    case AZ_TOKEN_EXPIRED:
        refuse(w, rq, reply, "ExpiredAuthenticationToken",
               "The access token expiry UTC time is earlier than current UTC time. Please make "
               "sure to refresh the access token before its expiry.");
        break;
    case AZ_TOKEN_OTHER:
        refuse(w, rq, reply, "InvalidAuthenticationTokenAudience",
               "The access token has been obtained for wrong audience or resource. It should "
               "exactly match with one of the allowed audiences "
               "'https://management.core.windows.net/','https://management.azure.com/'.");
        break;
    }
    return false;
}

static bool hits(const char *pattern, const char *value)
{
    char p[512], v[1024];
    size_t i;

    if (pattern == NULL) {
        return true;
    }
    for (i = 0; pattern[i] != '\0' && i + 1 < sizeof(p); i++) {
        p[i] = (char)(pattern[i] >= 'A' && pattern[i] <= 'Z' ? pattern[i] + 32 : pattern[i]);
    }
    p[i] = '\0';
    for (i = 0; value[i] != '\0' && i + 1 < sizeof(v); i++) {
        v[i] = (char)(value[i] >= 'A' && value[i] <= 'Z' ? value[i] + 32 : value[i]);
    }
    v[i] = '\0';
    return fc_glob(p, (struct fc_str){v, i});
}

/* A scope holds for what is in it. */
static bool scope_hits(const char *pattern, const char *scope)
{
    char below[512];

    if (pattern == NULL || hits(pattern, scope)) {
        return true;
    }
    snprintf(below, sizeof(below), "%s/*", pattern);
    return hits(below, scope);
}

bool az_access_denied(const struct az_world *w, const struct az_principal *who, const char *action,
                      const char *scope)
{
    size_t i;

    for (i = 0; i < w->denial_count; i++) {
        const struct az_denial *d = &w->denials[i];

        if (hits(d->action, action) && scope_hits(d->scope, scope) &&
            (hits(d->user, who->name) || hits(d->user, who->object_id))) {
            return true;
        }
    }
    return false;
}

void az_access_refuse(const struct az_principal *who, const char *action, const char *scope,
                      struct fc_reply *reply)
{
    az_error(reply, 403, "AuthorizationFailed",
             "The client '%s' with object id '%s' does not have authorization to perform action "
             "'%s' over scope '%s' or the scope is invalid. If access was recently granted, please "
             "refresh your credentials.",
             who->object_id, who->object_id, action, scope);
}
