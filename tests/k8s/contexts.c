/* contexts.c: what wgo makes of $KUBECONFIG, for comparison with kubectl: one JSON object per
 * context.
 *
 *   contexts [CONTEXT]    all of them, or those that match; what fails is told on stderr, with code
 * 2 */
#include "k8s/kubeconfig.h"

#include "base/base64.h"
#include "base/json_write.h"

#include <stdio.h>
#include <stdlib.h>

static void put(struct wgo_json_writer *w, const char *key, const char *value)
{
    wgo_json_member_str(w, key, wgo_str(value));
}

static void put_data(struct wgo_json_writer *w, const char *key, const char *pem)
{
    struct wgo_buf text = {0};
    if (pem && wgo_base64_encode(&text, wgo_str(pem))) {
        wgo_json_member_str(w, key, wgo_buf_view(&text));
    }
    wgo_buf_fini(&text);
}

static void print(const struct wgo_kube_context *context)
{
    struct wgo_buf out = {0};
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, &out);
    wgo_json_open_object(&w);
    put(&w, "name", context->name);
    put(&w, "cluster", context->cluster_name);
    put(&w, "user", context->user_name);
    put(&w, "namespace", context->default_namespace);
    put(&w, "server", context->server);
    put(&w, "certificate-authority", context->ca_file);
    put_data(&w, "certificate-authority-data", context->ca_pem);
    put(&w, "tls-server-name", context->tls_server_name);
    put(&w, "proxy-url", context->proxy_url);
    put(&w, "client-certificate", context->cert_file);
    put_data(&w, "client-certificate-data", context->cert_pem);
    put(&w, "client-key", context->key_file);
    put_data(&w, "client-key-data", context->key_pem);
    put(&w, "token", context->token);
    put(&w, "tokenFile", context->token_file);
    put(&w, "username", context->basic_user);
    put(&w, "password", context->basic_password);
    put(&w, "command", context->exec ? context->exec->argv[0] : NULL);
    if (context->insecure) {
        wgo_json_key(&w, "insecure-skip-tls-verify");
        wgo_json_put_bool(&w, true);
    }
    wgo_json_key(&w, "impersonation");
    wgo_json_open_array(&w);
    for (size_t i = 0; i < context->impersonation_count; i++) {
        wgo_json_put_str(&w, context->impersonation[i].name);
        wgo_json_put_str(&w, context->impersonation[i].value);
    }
    wgo_json_close_array(&w);
    wgo_json_close_object(&w);
    puts(wgo_buf_terminated(&out));
    wgo_buf_fini(&out);
}

static const char *get_environment(const char *name)
{
    return getenv(name);
}

int main(int argc, char **argv)
{
    struct wgo_arena arena = {0};
    struct wgo_kubeconfig config;
    struct wgo_error error = {0};
    struct wgo_kube_context *contexts = NULL;
    size_t count = 0;
    struct wgo_str pattern = wgo_str(argc > 1 ? argv[1] : "all");
    struct wgo_str_list patterns = {&pattern, 1};
    enum wgo_status status = wgo_kubeconfig_load(&arena, get_environment, &config, &error);
    if (status == WGO_OK) {
        status = wgo_kubeconfig_select(&arena, &config, &patterns, &contexts, &count, &error);
    }
    for (size_t i = 0; i < count; i++) {
        print(&contexts[i]);
    }
    if (status != WGO_OK) {
        fprintf(stderr, "%s\n", error.message);
    }
    wgo_arena_fini(&arena);
    return status == WGO_OK ? 0 : 2;
}
