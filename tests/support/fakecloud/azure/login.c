#include "azure/login.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "azure/assertion.h"
#include "core/clock.h"

#define MAX_FIELDS 16

/* A form's fields, decoded. */
struct form {
    char *buf;
    struct fc_pair fields[MAX_FIELDS];
    size_t count;
};

static void form_read(const struct fc_text *body, struct form *f)
{
    const char *at = body->data, *end = at != NULL ? at + body->len : NULL;
    char *to;

    *f = (struct form){.buf = fc_alloc(body->len + 1)};
    to = f->buf;
    while (at != NULL && at < end && f->count < MAX_FIELDS) {
        const char *next = memchr(at, '&', (size_t)(end - at));
        const char *eq = memchr(at, '=', (size_t)(end - at));
        struct fc_pair *p = &f->fields[f->count];

        next = next != NULL ? next : end;
        eq = eq != NULL && eq < next ? eq : next;
        p->key.p = to;
        p->key.n = fc_percent_decode((struct fc_str){at, (size_t)(eq - at)}, to, true);
        to += p->key.n;
        p->value.p = to;
        if (eq < next) {
            p->value.n =
                fc_percent_decode((struct fc_str){eq + 1, (size_t)(next - eq - 1)}, to, true);
        }
        to += p->value.n;
        f->count++;
        at = next + 1;
    }
}

static struct fc_str field(const struct form *f, const char *key)
{
    size_t i;

    for (i = 0; i < f->count; i++) {
        if (fc_str_eq(f->fields[i].key, key)) {
            return f->fields[i].value;
        }
    }
    return (struct fc_str){"", 0};
}

static bool tenant_known(const struct az_world *w, const struct fc_request *rq, struct fc_str name,
                         struct fc_reply *reply)
{
    if (az_str_same(name, w->tenant) || az_str_same(name, w->domain)) {
        return true;
    }
    az_login_error(
        w, rq, reply, 400, "invalid_request", 90002,
        "Tenant '%.*s' not found. Check to make sure you have the correct tenant ID and "
        "are signing into the correct cloud. Check with your subscription administrator, "
        "this may happen if there are no active subscriptions for the tenant.",
        (int)name.n, name.p);
    return false;
}

static bool proves(const struct az_world *w, const struct fc_request *rq, const struct az_app *app,
                   const struct form *f, struct fc_reply *reply)
{
    struct fc_str secret = field(f, "client_secret"), jwt = field(f, "client_assertion");

    if (jwt.n > 0) {
        return az_assertion_check(w, rq, app, jwt, (int64_t)time(NULL), reply);
    }
    if (secret.n == 0) {
        az_login_error(w, rq, reply, 401, "invalid_client", 7000216,
                       "'client_assertion', 'client_secret' or 'request' is required for the "
                       "'client_credentials' grant type.");
        return false;
    }
    if (app->expired != NULL && fc_str_eq(secret, app->expired)) {
        az_login_error(w, rq, reply, 401, "invalid_client", 7000222,
                       "The provided client secret keys for app '%s' are expired. Visit the Azure "
                       "portal to create new keys for your app: https://aka.ms/NewClientSecret, or "
                       "consider using certificate credentials for added security: "
                       "https://aka.ms/certCreds.",
                       app->id);
        return false;
    }
    if (app->secret == NULL || !fc_str_eq(secret, app->secret)) {
        az_login_error(
            w, rq, reply, 401, "invalid_client", 7000215,
            "Invalid client secret provided. Ensure the secret being sent in the request "
            "is the client secret value, not the client secret ID, for a secret added to "
            "app '%s'.",
            app->id);
        return false;
    }
    return true;
}

static void grant(const struct az_world *w, const struct az_app *app, struct fc_str scope,
                  bool old_endpoint, struct fc_reply *reply)
{
    struct fc_text t = {0};
    int64_t now_s = fc_clock_s();

    fc_text_printf(&t,
                   old_endpoint ? "{\"token_type\":\"Bearer\",\"expires_in\":\"%lld\","
                                  "\"ext_expires_in\":\"%lld\","
                                : "{\"token_type\":\"Bearer\",\"expires_in\":%lld,"
                                  "\"ext_expires_in\":%lld,",
                   (long long)w->token_ttl_s, (long long)w->token_ttl_s);
    if (old_endpoint) {
        fc_text_printf(&t, "\"expires_on\":\"%lld\",\"not_before\":\"%lld\",\"resource\":",
                       (long long)(now_s + w->token_ttl_s), (long long)now_s);
        fc_text_json(&t, scope);
        fc_text_puts(&t, ",");
    }
    fc_text_puts(&t, "\"access_token\":\"");
    az_token_make(w, app, scope, now_s, &t);
    fc_text_puts(&t, "\"}");
    fc_reply_text(reply, 200, AZ_JSON, &t);
    fc_reply_header(reply, "Cache-Control", "no-store, no-cache");
}

static void answer(const struct az_world *w, struct fc_request *rq, const struct form *f,
                   struct fc_reply *reply)
{
    struct fc_str id = field(f, "client_id"), type = field(f, "grant_type");
    struct fc_str scope = field(f, "scope"), resource = field(f, "resource");
    const struct az_app *app = az_access_app(w, id);
    bool old_endpoint =
        rq->segment_count > 0 && !fc_str_eq(rq->segments[rq->segment_count - 2], "v2.0");

    if (!fc_str_eq(type, "client_credentials")) {
        az_login_error(w, rq, reply, 400, "unsupported_grant_type", 70003,
                       "The app requested an unsupported grant type '%.*s'.", (int)type.n, type.p);
    } else if (app == NULL) {
        az_login_error(
            w, rq, reply, 400, "unauthorized_client", 700016,
            "Application with identifier '%.*s' was not found in the directory '%s'. This "
            "can happen if the application has not been installed by the administrator of "
            "the tenant or consented to by any user in the tenant. You may have sent your "
            "authentication request to the wrong tenant.",
            (int)id.n, id.p, w->tenant_name);
    } else if (proves(w, rq, app, f, reply)) {
        rq->user_name = app->name;
        if (!old_endpoint && (scope.n < 9 || memcmp(scope.p + scope.n - 9, "/.default", 9) != 0)) {
            az_login_error(
                w, rq, reply, 400, "invalid_scope", 1002012,
                "The provided value for scope %.*s is not valid. Client credential flows "
                "must have a scope value with /.default suffixed to the resource "
                "identifier (application ID URI).",
                (int)scope.n, scope.p);
            return;
        }
        grant(w, app, old_endpoint && resource.n > 0 ? resource : scope, old_endpoint, reply);
    }
}

void az_login_token(const struct az_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct form f;

    if (!tenant_known(w, rq, rq->args[0], reply)) {
        return;
    }
    form_read(&rq->body, &f);
    answer(w, rq, &f, reply);
    free(f.buf);
}

/* Where logins are, as the client called it. */
static void put_base(const struct fc_request *rq, struct fc_text *out)
{
    const char *proto = fc_request_header(rq, "X-Forwarded-Proto");
    const char *host = fc_request_header(rq, "Host");

    fc_text_printf(
        out, "%s://%s%s", proto != NULL ? proto : "http", host != NULL ? host : "127.0.0.1",
        rq->segment_count > 0 && fc_str_eq(rq->segments[0], "azure") ? "/azure/login" : "");
}

void az_login_openid(const struct az_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    struct fc_text t = {0}, base = {0};
    struct fc_str name = rq->args[0];

    if (!az_str_same(name, "common") && !az_str_same(name, "organizations") &&
        !tenant_known(w, rq, name, reply)) {
        return;
    }
    put_base(rq, &base);
    fc_text_printf(&base, "/%s", w->tenant);
    fc_text_printf(
        &t,
        "{\"token_endpoint\":\"%s/oauth2/v2.0/token\","
        "\"token_endpoint_auth_methods_supported\":[\"client_secret_post\","
        "\"private_key_jwt\",\"client_secret_basic\"],\"jwks_uri\":"
        "\"%s/discovery/v2.0/keys\",\"response_modes_supported\":[\"query\",\"fragment\","
        "\"form_post\"],\"subject_types_supported\":[\"pairwise\"],"
        "\"id_token_signing_alg_values_supported\":[\"RS256\"],"
        "\"response_types_supported\":[\"code\",\"id_token\"],\"scopes_supported\":"
        "[\"openid\",\"profile\",\"email\",\"offline_access\"],\"issuer\":\"%s/v2.0\","
        "\"authorization_endpoint\":\"%s/oauth2/v2.0/authorize\","
        "\"device_authorization_endpoint\":\"%s/oauth2/v2.0/devicecode\","
        "\"end_session_endpoint\":\"%s/oauth2/v2.0/logout\",\"tenant_region_scope\":"
        "\"EU\",\"cloud_instance_name\":\"microsoftonline.com\"}",
        base.data, base.data, base.data, base.data, base.data, base.data);
    fc_reply_text(reply, 200, AZ_JSON, &t);
    fc_text_fini(&base);
}

void az_login_instance(const struct az_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    const char *host = fc_request_header(rq, "Host");
    struct fc_text t = {0}, base = {0};

    host = host != NULL ? host : "127.0.0.1";
    put_base(rq, &base);
    fc_text_printf(
        &t,
        "{\"tenant_discovery_endpoint\":\"%s/%s/v2.0/.well-known/"
        "openid-configuration\",\"api-version\":\"1.1\",\"metadata\":["
        "{\"preferred_network\":\"login.microsoftonline.com\",\"preferred_cache\":"
        "\"login.windows.net\",\"aliases\":[\"login.microsoftonline.com\","
        "\"login.windows.net\",\"login.microsoft.com\",\"sts.windows.net\"]},"
        "{\"preferred_network\":\"%s\",\"preferred_cache\":\"%s\",\"aliases\":[\"%s\"]}]}",
        base.data, w->tenant, host, host, host);
    fc_reply_text(reply, 200, AZ_JSON, &t);
    fc_text_fini(&base);
}

void az_login_keys(const struct az_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    (void)w;
    (void)rq;
    fc_reply_string(reply, 200, AZ_JSON, "{\"keys\":[]}");
}
