/* kubeconfig_fuzzer.c: any bytes as a kubeconfig, or as two that are merged (parted by a NUL), and
 * as the answer of an exec plugin. Whatever is accepted must be of use: every context has a server,
 * every string that becomes a header is one line. */
#include "fuzz.h"
#include "k8s/kube_context.h"
#include "k8s/kube_exec.h"

static bool one_line(struct wgo_str s)
{
    return wgo_str_find_char(s, '\n') == s.len && wgo_str_find_char(s, '\r') == s.len;
}

static void look(const struct wgo_kube_context *context)
{
    must(context->name && context->server && context->cluster_name, "a context without a server");
    must(strncmp(context->server, "http", 4) == 0, "a server that is none");
    must(one_line(wgo_str(context->server)), "a server of two lines");
    must(one_line(wgo_str(context->token)), "a token of two lines");
    for (size_t i = 0; i < context->impersonation_count; i++) {
        must(one_line(context->impersonation[i].name) && one_line(context->impersonation[i].value),
             "a header of two lines");
    }
    if (context->exec) {
        must(context->exec->argv[0] != NULL, "a plugin without a command");
        must(!context->token && !context->basic_user, "a plugin beside a token");
    }
    must(!context->in_the_clear || (!context->token && !context->exec && !context->cert_file),
         "credentials in the clear");
}

static void read_kubeconfig(struct wgo_str bytes)
{
    static const struct wgo_str PATTERNS[] = {{"all", 3}, {"*a*", 3}, {NULL, 0}};
    struct wgo_arena arena = {0};
    struct wgo_kubeconfig config = {0};
    struct wgo_str rest = bytes;
    while (rest.ptr) {
        struct wgo_error error = {0};
        struct wgo_str one = wgo_str_split(&rest, '\0');
        if (wgo_kubeconfig_add(&arena, "folder/fuzz", one, &config, &error) != WGO_OK) {
            must(error.message[0] != '\0', "a failure without a word");
        }
    }
    for (size_t i = 0; config.files && i < WGO_COUNT(PATTERNS); i++) {
        struct wgo_str_list patterns = {&PATTERNS[i], PATTERNS[i].ptr ? 1 : 0};
        struct wgo_kube_context *contexts = NULL;
        struct wgo_error error = {0};
        size_t count = 0;
        if (wgo_kubeconfig_select(&arena, &config, &patterns, &contexts, &count, &error) !=
            WGO_OK) {
            must(error.message[0] != '\0' && count == 0, "a failure without a word");
        }
        for (size_t k = 0; k < count; k++) {
            look(&contexts[k]);
        }
    }
    wgo_arena_fini(&arena);
}

static void read_answer(struct wgo_str bytes)
{
    struct wgo_exec_answer answer = {0};
    struct wgo_error error = {0};
    if (wgo_kube_exec_parse(bytes, "client.authentication.k8s.io/v1", &answer, &error) == WGO_OK) {
        must(answer.token.len > 0 || (answer.cert_pem.len > 0 && answer.key_pem.len > 0),
             "credentials that are none");
        must(one_line(wgo_secret_reveal(&answer.token)), "a token of two lines");
        wgo_kube_exec_fini(&answer);
    } else {
        must(error.status == WGO_E_AUTH && error.message[0] != '\0', "a failure without a word");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_str bytes = wgo_str_from((const char *)data, size);
    if (size > 0 && data[0] == '{') {
        read_answer(bytes);
    }
    read_kubeconfig(bytes);
    return 0;
}
