/* http.c: Terraform's http backend: a state behind an address, maybe with basic auth. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/conf.h"
#include "core/file.h"
#include "terraform/terraform.h"

static bool let_in(struct json_object *state, struct fc_request *rq)
{
    const char *user = fc_conf_str(state, "terraform.http", "user", NULL);
    const char *password = fc_conf_str(state, "terraform.http", "password", "");
    const char *got = fc_request_header(rq, "Authorization");
    struct fc_text want = {0};
    bool same;

    if (user == NULL) {
        return true;
    }
    fc_text_printf(&want, "%s:%s", user, password);
    if (got != NULL && strncasecmp(got, "basic ", 6) == 0) {
        struct fc_text encoded = {0};

        fc_text_base64(&encoded, want.data, want.len, false);
        same = strcmp(encoded.data, got + 6) == 0;
        fc_text_fini(&encoded);
    } else {
        same = false;
    }
    fc_text_fini(&want);
    rq->user_name = same ? user : NULL;
    return same;
}

/* 'conf' is {"NAME": "FILE" or {file, user, password, status}}. */
void tf_http_get(struct json_object *conf, struct fc_request *rq, struct fc_reply *reply)
{
    char *name = fc_strndup(rq->tail.p != NULL ? rq->tail.p : "", rq->tail.n);
    struct json_object *state = fc_conf_get(conf, name);
    struct fc_source body;
    const char *file;
    int64_t length;
    unsigned status = 200;

    free(name);
    if (state == NULL) {
        fc_reply_string(reply, 404, "text/plain; charset=utf-8", "no such state\n");
        return;
    }
    if (json_object_is_type(state, json_type_string)) {
        file = json_object_get_string(state);
    } else {
        file = fc_conf_str(state, "terraform.http", "file", NULL);
        status = (unsigned)fc_conf_int(state, "terraform.http", "status", 200);
        if (!let_in(state, rq)) {
            fc_reply_string(reply, 401, "text/plain; charset=utf-8", "unauthorized\n");
            fc_reply_header(reply, "WWW-Authenticate", "Basic realm=\"states\"");
            return;
        }
    }
    if (status == 204) {
        fc_reply_string(reply, 204, NULL, "");
    } else if (status == 200 && file != NULL && fc_file_source(file, &body, &length)) {
        fc_reply_source(reply, 200, "application/json", body, length);
    } else {
        fc_reply_string(reply, status == 200 ? 404 : status, "text/plain; charset=utf-8",
                        "no state\n");
    }
}
