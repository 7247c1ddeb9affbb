/* identity.c: managed identities: on a virtual machine, in App Service, on an Arc machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "azure/login.h"
#include "core/clock.h"

/* The identity that a request names; the first application is the system's. */
static const struct az_app *identity(const struct az_world *w, const struct fc_request *rq,
                                     struct fc_reply *reply)
{
    struct fc_str id = fc_request_param(rq, "client_id");
    struct fc_str object = fc_request_param(rq, "object_id");
    struct fc_str resource = fc_request_param(rq, "resource");
    const struct az_app *app = w->app_count > 0 ? &w->apps[0] : NULL;
    size_t i;

    if (object.p == NULL) {
        object = fc_request_param(rq, "principal_id");
    }
    if (id.p != NULL) {
        app = az_access_app(w, id);
    } else if (object.p != NULL) {
        app = NULL;
        for (i = 0; i < w->app_count; i++) {
            app = az_str_same(object, w->apps[i].object_id) ? &w->apps[i] : app;
        }
    }
    if (resource.n == 0) {
        fc_reply_string(reply, 400, AZ_JSON,
                        "{\"error\":\"invalid_request\",\"error_description\":"
                        "\"Required query variable 'resource' is missing\"}");
        return NULL;
    }
    if (app == NULL) {
        fc_reply_string(reply, 400, AZ_JSON,
                        "{\"error\":\"invalid_request\",\"error_description\":"
                        "\"Identity not found\"}");
    }
    return app;
}

static void grant_identity(const struct az_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    const struct az_app *app = identity(w, rq, reply);
    struct fc_str resource = fc_request_param(rq, "resource");
    struct fc_text t = {0};
    int64_t now_s = fc_clock_s();

    if (app == NULL) {
        return;
    }
    rq->user_name = app->name;
    fc_text_puts(&t, "{\"access_token\":\"");
    az_token_make(w, app, resource, now_s, &t);
    fc_text_printf(&t,
                   "\",\"client_id\":\"%s\",\"expires_in\":\"%lld\",\"expires_on\":\"%lld\","
                   "\"ext_expires_in\":\"%lld\",\"not_before\":\"%lld\",\"resource\":",
                   app->id, (long long)w->token_ttl_s, (long long)(now_s + w->token_ttl_s),
                   (long long)w->token_ttl_s, (long long)now_s);
    fc_text_json(&t, resource);
    fc_text_puts(&t, ",\"token_type\":\"Bearer\"}");
    fc_reply_text(reply, 200, AZ_JSON, &t);
}

static bool has_metadata(const struct fc_request *rq, struct fc_reply *reply)
{
    const char *metadata = fc_request_header(rq, "Metadata");

    if (metadata != NULL && az_str_same(fc_str_of(metadata), "true")) {
        return true;
    }
    fc_reply_string(reply, 400, AZ_JSON,
                    "{\"error\":\"invalid_request\",\"error_description\":"
                    "\"Required metadata header not specified\"}");
    return false;
}

static bool has_version(const struct fc_request *rq, struct fc_reply *reply)
{
    if (fc_request_has(rq, "api-version")) {
        return true;
    }
    fc_reply_string(reply, 400, AZ_JSON,
                    "{\"error\":\"invalid_request\",\"error_description\":"
                    "\"Required query variable 'api-version' is missing\"}");
    return false;
}

void az_login_imds(const struct az_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    if (has_metadata(rq, reply) && has_version(rq, reply)) {
        grant_identity(w, rq, reply);
    }
}

void az_login_app_service(const struct az_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    const char *header = fc_request_header(rq, "X-IDENTITY-HEADER");

    if (header == NULL || strcmp(header, w->identity_header) != 0) {
        fc_reply_string(reply, 401, AZ_JSON,
                        "{\"statusCode\":401,\"message\":\"The header X-IDENTITY-HEADER is not "
                        "valid.\"}");
        return;
    }
    if (has_version(rq, reply)) {
        grant_identity(w, rq, reply);
    }
}

/* The challenge file's name and what is in it. */
static void arc_key(const struct az_world *w, struct fc_text *path, char secret[AZ_GUID])
{
    char name[AZ_GUID];

    az_guid(w->seed, 31, name);
    az_guid(w->seed, 32, secret);
    fc_text_printf(path, "%s/%s.key", w->arc_dir, name);
}

void az_login_arc(const struct az_world *w, struct fc_request *rq, struct fc_reply *reply)
{
    const char *header = fc_request_header(rq, "Authorization");
    struct fc_text path = {0};
    char secret[AZ_GUID];
    FILE *f;

    if (w->arc_dir == NULL) {
        fc_reply_string(reply, 404, AZ_JSON, "{\"error\":\"not_found\"}");
        return;
    }
    if (!has_metadata(rq, reply) || !has_version(rq, reply)) {
        return;
    }
    arc_key(w, &path, secret);
    if (header != NULL && strncmp(header, "Basic ", 6) == 0 && strcmp(header + 6, secret) == 0) {
        grant_identity(w, rq, reply);
    } else if (header != NULL) {
        fc_reply_string(reply, 401, AZ_JSON,
                        "{\"error\":\"unauthorized_client\",\"error_description\":"
                        "\"The key does not match\"}");
    } else {
        f = fopen(path.data, "w");
        if (f == NULL || fputs(secret, f) == EOF || fclose(f) != 0) {
            fc_die("azure.arc_dir: %s cannot be written", path.data);
        }
        fc_reply_string(reply, 401, AZ_JSON,
                        "{\"error\":\"unauthorized_client\",\"error_description\":"
                        "\"Missing Basic Authorization header\",\"error_codes\":[401]}");
        fc_reply_header(reply, "WWW-Authenticate", "Basic realm=%s", path.data);
    }
    fc_text_fini(&path);
}

void az_login_close(const struct az_world *w)
{
    struct fc_text path = {0};
    char secret[AZ_GUID];

    if (w->arc_dir != NULL) {
        arc_key(w, &path, secret);
        remove(path.data);
        fc_text_fini(&path);
    }
}
