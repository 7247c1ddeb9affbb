#include "terraform/cloud_token.h"

#include "base/file.h"

enum { LARGEST_FILE = 1 << 20, MOST_NODES = 20000 };

static struct wgo_str from_environment(struct wgo_tf_backend *backend, struct wgo_str host)
{
    struct wgo_buf name = {.limit = 4096};
    wgo_buf_cstr(&name, "TF_TOKEN_");
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        if (c == '-') {
            wgo_buf_cstr(&name, "__");
        } else {
            wgo_buf_char(&name, c == '.' || c == ':' ? '_' : c);
        }
    }
    const char *variable = wgo_buf_terminated(&name);
    const char *value = variable && backend->getenv ? backend->getenv(variable) : NULL;
    wgo_buf_fini(&name);
    return value ? wgo_str(value) : WGO_STR("");
}

static struct wgo_str from_json(struct wgo_tf_backend *backend, struct wgo_str host)
{
    struct wgo_buf text = {0};
    struct wgo_yaml *root = NULL;
    const char *path =
        wgo_tf_backend_path(backend, WGO_STR("~/.terraform.d/credentials.tfrc.json"));
    struct wgo_str token = WGO_STR("");
    /* A file that is not there or not readable is no token. */
    if (path && wgo_file_read(path, LARGEST_FILE, &text, NULL) == WGO_OK &&
        wgo_yaml_parse(&backend->arena, path, wgo_buf_view(&text), MOST_NODES, &root, NULL) ==
            WGO_OK) {
        const char *name = wgo_str_cstr(&backend->arena, host);
        const struct wgo_yaml *hosts = wgo_yaml_get(root, "credentials");
        token = name ? wgo_yaml_text(wgo_yaml_get(hosts, name), "token") : token;
    }
    if (text.ptr) {
        wgo_wipe(text.ptr, text.cap);
    }
    wgo_buf_fini(&text);
    return token;
}

/* ---- credentials "HOST" { token = "..." } ---- */

/* HCL as far as the CLI configuration needs it: words, quoted strings, punctuation; comments gone.
 */
static struct wgo_str next_token(struct wgo_str *rest)
{
    for (;;) {
        *rest = wgo_str_trim(*rest);
        bool line = wgo_str_starts(*rest, WGO_STR("#")) || wgo_str_starts(*rest, WGO_STR("//"));
        bool block = wgo_str_starts(*rest, WGO_STR("/*"));
        if (!line && !block) {
            break;
        }
        size_t at = line ? wgo_str_find_char(*rest, '\n') : wgo_str_find(*rest, WGO_STR("*/")) + 2;
        *rest = wgo_str_slice(*rest, at, rest->len);
    }
    size_t len = 0;
    if (rest->len && rest->ptr[0] == '"') {
        for (len = 1; len < rest->len && rest->ptr[len] != '"'; len++) {
            len += rest->ptr[len] == '\\';
        }
        len++;
    } else {
        while (len < rest->len) {
            char c = rest->ptr[len];
            bool word = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                        (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
            if (!word) {
                break;
            }
            len++;
        }
        len = len || !rest->len ? len : 1;
    }
    struct wgo_str token = wgo_str_slice(*rest, 0, len);
    *rest = wgo_str_slice(*rest, len, rest->len);
    return token;
}

static struct wgo_str unquoted(struct wgo_str token)
{
    bool quoted = token.len >= 2 && token.ptr[0] == '"' && token.ptr[token.len - 1] == '"';
    return quoted ? wgo_str_slice(token, 1, token.len - 1) : token;
}

/* Within the braces of the host's block. */
static struct wgo_str token_in_block(struct wgo_str *rest)
{
    struct wgo_str found = WGO_STR(""), word;
    while ((word = next_token(rest)).len && !wgo_str_is(word, "}")) {
        if (wgo_str_is(word, "token")) {
            word = next_token(rest);
            found = wgo_str_is(word, "=") ? unquoted(next_token(rest)) : found;
        }
    }
    return found;
}

struct wgo_str wgo_tf_cli_token(struct wgo_str text, struct wgo_str host)
{
    struct wgo_str token = WGO_STR(""), word;
    while (!token.len && (word = next_token(&text)).len) {
        if (!wgo_str_is(word, "credentials")) {
            continue;
        }
        struct wgo_str block = unquoted(next_token(&text));
        if (wgo_str_is(next_token(&text), "{")) {
            struct wgo_str found = token_in_block(&text);
            token = wgo_str_eq_nocase(block, host) ? found : token;
        }
    }
    return token;
}

static struct wgo_str from_cli_config(struct wgo_tf_backend *backend, struct wgo_str host)
{
    struct wgo_str path = wgo_tf_setting(backend, "", "TF_CLI_CONFIG_FILE");
    const char *name = wgo_tf_backend_path(backend, path.len ? path : WGO_STR("~/.terraformrc"));
    struct wgo_str token = WGO_STR("");
    struct wgo_buf text = {0};
    if (name && wgo_file_read(name, LARGEST_FILE, &text, NULL) == WGO_OK) {
        token = wgo_str_dup(&backend->arena, wgo_tf_cli_token(wgo_buf_view(&text), host));
    }
    if (text.ptr) {
        wgo_wipe(text.ptr, text.cap);
    }
    wgo_buf_fini(&text);
    return token;
}

struct wgo_str wgo_tf_cloud_token(struct wgo_tf_backend *backend, struct wgo_str host)
{
    struct wgo_str token = wgo_tf_setting(backend, "token", NULL);
    token = token.len ? token : from_environment(backend, host);
    token = token.len ? token : from_cli_config(backend, host);
    return token.len ? token : from_json(backend, host);
}
