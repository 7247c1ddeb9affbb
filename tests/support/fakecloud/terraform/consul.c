/* consul.c: Consul's key-value store, reading only, with the chunked states Terraform writes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/conf.h"
#include "core/file.h"
#include "core/md5.h"
#include "terraform/terraform.h"

/* 'conf' is {token, keys: {"PATH": "FILE" or {file, chunk_bytes, gzip}}}. */
void tf_consul_check(struct json_object *conf)
{
    static const char *const keys[] = {"token", "keys", NULL};

    fc_conf_only(conf, "terraform.consul", keys);
}

static bool let_in(struct json_object *conf, struct fc_request *rq)
{
    const char *token = fc_conf_str(conf, "terraform.consul", "token", NULL);
    const char *got = fc_request_header(rq, "X-Consul-Token");
    const char *bearer = fc_request_header(rq, "Authorization");

    if (got == NULL && bearer != NULL && strncasecmp(bearer, "bearer ", 7) == 0) {
        got = bearer + 7;
    }
    if (token == NULL || (got != NULL && strcmp(got, token) == 0)) {
        rq->user_name = token != NULL ? "consul" : NULL;
        return true;
    }
    return false;
}

/* False when the file cannot be read. */
static bool load(struct json_object *key, struct fc_text *out, int64_t *chunk_bytes)
{
    const char *file;
    bool gzip = false;
    struct fc_source source;
    int64_t length;

    *chunk_bytes = 0;
    if (json_object_is_type(key, json_type_string)) {
        file = json_object_get_string(key);
    } else {
        file = fc_conf_str(key, "terraform.consul.keys", "file", "");
        gzip = fc_conf_bool(key, "terraform.consul.keys", "gzip", false);
        *chunk_bytes = fc_conf_int(key, "terraform.consul.keys", "chunk_bytes", 0);
    }
    if (!fc_file_source(file, &source, &length)) {
        return false;
    }
    fc_source_drain(&source, out);
    if (gzip) {
        struct fc_text packed = {0};
        struct fc_source s = fc_source_gzip(fc_source_static(out->data, out->len));

        fc_source_drain(&s, &packed);
        fc_text_fini(out);
        *out = packed;
    }
    return true;
}

/* What a chunked state's own key holds: the list of its chunks. */
static void chunk_index(const char *path, struct fc_text *state, int64_t chunk_bytes)
{
    struct fc_text t = {0};
    char md5[33];
    size_t i, n = (state->len + (size_t)chunk_bytes - 1) / (size_t)chunk_bytes;

    fc_md5_hex(state->data, state->len, md5);
    fc_text_printf(&t, "{\"current-hash\":\"%s\",\"chunks\":[", md5);
    for (i = 0; i < n; i++) {
        fc_text_printf(&t, "%s\"%s/tfstate.%s/%zu\"", i > 0 ? "," : "", path, md5, i);
    }
    fc_text_puts(&t, "]}");
    fc_text_fini(state);
    *state = t;
}

/* One chunk, when 'wanted' is the path of one: "<key>/tfstate.<md5>/<i>". */
static bool chunk(const char *path, const char *wanted, struct fc_text *state, int64_t chunk_bytes)
{
    size_t n = strlen(path);
    unsigned long i, begin, len;
    char md5[33];

    if (strncmp(wanted, path, n) != 0 || strncmp(wanted + n, "/tfstate.", 9) != 0) {
        return false;
    }
    fc_md5_hex(state->data, state->len, md5);
    if (strncmp(wanted + n + 9, md5, 32) != 0 || wanted[n + 41] != '/') {
        return false;
    }
    i = strtoul(wanted + n + 42, NULL, 10);
    begin = i * (unsigned long)chunk_bytes;
    if (begin >= state->len) {
        return false;
    }
    len = state->len - begin < (size_t)chunk_bytes ? state->len - begin : (size_t)chunk_bytes;
    memmove(state->data, state->data + begin, len);
    state->len = len;
    return true;
}

/* The value of a key, whole, index or chunk. */
static bool find_value(struct json_object *keys, const char *wanted, struct fc_text *out)
{
    if (keys == NULL) {
        return false;
    }
    json_object_object_foreach(keys, path, key)
    {
        int64_t chunk_bytes;
        bool own = strcmp(path, wanted) == 0;

        if (!own && strncmp(wanted, path, strlen(path)) != 0) {
            continue;
        }
        if (!load(key, out, &chunk_bytes)) {
            continue;
        }
        if (own && chunk_bytes > 0 && out->len > (size_t)chunk_bytes) {
            chunk_index(path, out, chunk_bytes);
            return true;
        }
        if (own || (chunk_bytes > 0 && chunk(path, wanted, out, chunk_bytes))) {
            return true;
        }
        fc_text_fini(out);
    }
    return false;
}

static void print_entry(const char *key, const struct fc_text *value, struct fc_text *out)
{
    fc_text_puts(out, "{\"LockIndex\":0,\"Key\":");
    fc_text_json(out, fc_str_of(key));
    fc_text_puts(out, ",\"Flags\":0,\"Value\":\"");
    fc_text_base64(out, value->data, value->len, false);
    fc_text_puts(out, "\",\"CreateIndex\":12,\"ModifyIndex\":34}");
}

/* ?keys and ?recurse: all keys with a prefix. False: there are none. */
static bool print_prefix(struct json_object *keys, const char *prefix, bool with_values,
                         struct fc_text *out)
{
    bool any = false;

    fc_text_puts(out, "[");
    if (keys != NULL) {
        json_object_object_foreach(keys, path, key)
        {
            struct fc_text value = {0};
            int64_t chunk_bytes;

            if (strncmp(path, prefix, strlen(prefix)) != 0 || !load(key, &value, &chunk_bytes)) {
                continue;
            }
            fc_text_puts(out, any ? "," : "");
            any = true;
            if (with_values) {
                print_entry(path, &value, out);
            } else {
                fc_text_json(out, fc_str_of(path));
            }
            fc_text_fini(&value);
        }
    }
    fc_text_puts(out, "]");
    return any;
}

void tf_consul_get(struct json_object *conf, struct fc_request *rq, struct fc_reply *reply)
{
    struct json_object *keys = fc_conf_get(conf, "keys");
    char *path = fc_strndup(rq->tail.p != NULL ? rq->tail.p : "", rq->tail.n);
    bool recurse = fc_request_has(rq, "recurse");
    struct fc_text value = {0}, body = {0};
    bool found;

    if (!let_in(conf, rq)) {
        fc_reply_string(reply, 403, "text/plain; charset=utf-8", "ACL not found");
        free(path);
        return;
    }
    if (recurse || fc_request_has(rq, "keys")) {
        found = print_prefix(keys, path, recurse, &body);
    } else {
        found = find_value(keys, path, &value);
        if (found && !fc_request_has(rq, "raw")) {
            fc_text_puts(&body, "[");
            print_entry(path, &value, &body);
            fc_text_puts(&body, "]");
        }
    }
    if (!found) {
        fc_reply_string(reply, 404, NULL, "");
    } else if (value.len > 0 && fc_request_has(rq, "raw")) {
        fc_reply_text(reply, 200, "application/octet-stream", &value);
    } else {
        fc_reply_text(reply, 200, "application/json", &body);
    }
    fc_reply_header(reply, "X-Consul-Index", "34");
    fc_text_fini(&value);
    fc_text_fini(&body);
    free(path);
}
