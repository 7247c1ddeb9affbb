/* auth.c: `auth:`: how calls prove who makes them, and where that proof comes from. */
#include "rest/description.h"
#include "rest/session.h"

/* Which members a kind has, and which of them each of its keys may have. */
static const struct {
    const char *word;
    enum wgo_rest_auth_kind kind;
    const char *user, *secret;  /* members that hold a credential */
    const char *const *members; /* beside them, up to a NULL */
} KINDS[] = {
    {"none", WGO_REST_AUTH_NONE, NULL, NULL, (const char *const[]){NULL}},
    {"bearer", WGO_REST_AUTH_BEARER, NULL, "token", (const char *const[]){NULL}},
    {"header", WGO_REST_AUTH_HEADER, NULL, "value",
     (const char *const[]){"header", "prefix", NULL}},
    {"basic", WGO_REST_AUTH_BASIC, "user", "password", (const char *const[]){NULL}},
    {"query", WGO_REST_AUTH_QUERY, NULL, "value", (const char *const[]){"parameter", NULL}},
    {"oauth2", WGO_REST_AUTH_OAUTH2, "client_id", "client_secret",
     (const char *const[]){"token_url", "scope", "audience", "resource", "in", NULL}},
};

enum { MEMBERS_MOST = 12 };

static void read_command(struct wgo_rest_reading *r, const struct wgo_yaml *node,
                         struct wgo_rest_value *out)
{
    if (!wgo_yaml_is_list(node) || node->count == 0 || node->count > 64) {
        wgo_rest_refuse(r, node, "command: [pass, show, forge]",
                        "command must be a list: the program and its arguments");
        return;
    }
    const char **argv = WGO_NEW_ARRAY(&r->rest->arena, const char *, node->count + 1);
    size_t count = 0;
    for (const struct wgo_yaml *at = node->first; at && argv; at = at->next) {
        if (at->kind != WGO_YAML_SCALAR || (count == 0 && at->text.len == 0)) {
            wgo_rest_refuse(r, at, NULL, "an argument of a command must be text");
        }
        argv[count] = wgo_str_cstr(&r->rest->arena, at->text);
        argv = argv[count++] ? argv : NULL;
    }
    if (!argv) {
        wgo_rest_no_memory(r);
    }
    *out = (struct wgo_rest_value){.source = WGO_REST_COMMAND, .argv = argv};
}

void wgo_rest_read_value(struct wgo_rest_reading *r, const struct wgo_yaml *node, const char *what,
                         struct wgo_rest_value *out)
{
    static const char *const forms[] = {"env", "file", "command"};
    static const struct {
        struct wgo_str prefix;
        enum wgo_rest_source source;
    } SOURCES[] = {{{"env:", 4}, WGO_REST_ENV}, {{"file:", 5}, WGO_REST_FILE}};
    if (wgo_yaml_is_map(node)) {
        if (!wgo_rest_is_map(r, node, what, forms, WGO_COUNT(forms))) {
            return;
        }
        struct wgo_str env = wgo_rest_text(r, node, "env"), file = wgo_rest_text(r, node, "file");
        const struct wgo_yaml *command = wgo_rest_member(node, "command");
        if ((env.len > 0) + (file.len > 0) + (command != NULL) != 1) {
            wgo_rest_refuse(r, node, "env:NAME, file:PATH, or { command: [...] }",
                            "%s needs one of env, file and command", what);
        } else if (command) {
            read_command(r, command, out);
        } else {
            *out = (struct wgo_rest_value){.source = env.len ? WGO_REST_ENV : WGO_REST_FILE,
                                           .text = env.len ? env.ptr : file.ptr};
        }
        return;
    }
    if (!node || node->kind != WGO_YAML_SCALAR || node->text.len == 0 ||
        !wgo_rest_is_one_line(node->text)) {
        wgo_rest_refuse(r, node, "env:NAME, file:PATH, or { command: [...] }",
                        "%s must be one line of text, or say where it is", what);
        return;
    }
    enum wgo_rest_source source = WGO_REST_LITERAL;
    struct wgo_str text = node->text;
    for (size_t i = 0; i < WGO_COUNT(SOURCES); i++) {
        if (wgo_str_starts(node->text, SOURCES[i].prefix)) {
            source = SOURCES[i].source;
            text = wgo_str_slice(node->text, SOURCES[i].prefix.len, node->text.len);
        }
    }
    const char *copy = wgo_str_cstr(&r->rest->arena, text);
    if (!copy) {
        wgo_rest_no_memory(r);
    } else if (text.len == 0) {
        wgo_rest_refuse(r, node, NULL, "%s: what is its name?", what);
    }
    *out = (struct wgo_rest_value){.source = source, .text = copy};
}

static void read_key(struct wgo_rest_reading *r, const struct wgo_yaml *auth,
                     const struct wgo_yaml *node, size_t kind)
{
    struct wgo_rest *rest = r->rest;
    struct wgo_rest_key *key = &rest->auth.keys[rest->auth.key_count];
    bool map = wgo_yaml_is_map(node) && !wgo_yaml_get(node, "command") &&
               !wgo_yaml_get(node, "env") && !wgo_yaml_get(node, "file");
    const char *user = KINDS[kind].user, *secret = KINDS[kind].secret;
    const char *known[] = {"name", secret, user};
    *key = (struct wgo_rest_key){.name = {0}};
    if (map && node != auth && !wgo_rest_is_map(r, node, "a key", known, user ? 3 : 2)) {
        return;
    }
    /* What the keys have in common stands in `auth:` itself. */
    const struct wgo_yaml *value = map ? wgo_rest_member(node, secret) : node;
    value = value ? value : wgo_rest_member(auth, secret);
    if (!value) {
        wgo_rest_refuse(r, node, NULL, "%s needs %s", KINDS[kind].word, secret);
        return;
    }
    bool no_password = KINDS[kind].kind == WGO_REST_AUTH_BASIC && value->kind == WGO_YAML_SCALAR &&
                       value->text.len == 0;
    if (!no_password) { /* of many the user is the key */
        wgo_rest_read_value(r, value, secret, &key->secret);
    }
    if (user) {
        const struct wgo_yaml *who = map ? wgo_rest_member(node, user) : NULL;
        who = who ? who : wgo_rest_member(auth, user);
        if (!who) {
            wgo_rest_refuse(r, node, NULL, "%s needs %s", KINDS[kind].word, user);
            return;
        }
        wgo_rest_read_value(r, who, user, &key->user);
    }
    key->name = map && node != auth ? wgo_rest_text(r, node, "name") : (struct wgo_str){0};
    if (key->name.len == 0) {
        key->name = wgo_str_format(&rest->arena, "%u", rest->auth.key_count + 1);
    }
    for (unsigned i = 0; i < rest->auth.key_count; i++) {
        if (wgo_str_eq(rest->auth.keys[i].name, key->name)) {
            wgo_rest_refuse(r, node, NULL, "two keys are called %.*s", WGO_FMT(key->name));
        }
    }
    rest->auth.key_count++;
}

static void read_keys(struct wgo_rest_reading *r, const struct wgo_yaml *auth, size_t kind)
{
    struct wgo_rest *rest = r->rest;
    const struct wgo_yaml *list = wgo_rest_member(auth, "keys");
    if (list && (!wgo_yaml_is_list(list) || list->count == 0 || list->count > WGO_REST_KEYS)) {
        wgo_rest_refuse(r, list, "keys: [env:FIRST, env:SECOND]",
                        "keys must be a list of one to %d", WGO_REST_KEYS);
        return;
    }
    rest->auth.keys = WGO_NEW_ARRAY(&rest->arena, struct wgo_rest_key, list ? list->count : 1);
    if (!rest->auth.keys) {
        wgo_rest_no_memory(r);
        return;
    }
    for (const struct wgo_yaml *at = list ? list->first : auth; at; at = list ? at->next : NULL) {
        read_key(r, auth, at, kind);
    }
}

static void read_names(struct wgo_rest_reading *r, const struct wgo_yaml *auth)
{
    struct wgo_rest_auth *out = &r->rest->auth;
    if (out->kind == WGO_REST_AUTH_HEADER) {
        out->name = wgo_rest_text(r, auth, "header");
        out->prefix = wgo_rest_text(r, auth, "prefix");
        if (!wgo_rest_is_header_name(out->name) || !wgo_rest_is_one_line(out->prefix)) {
            wgo_rest_refuse(r, auth, "{ kind: header, header: X-Api-Key, value: env:KEY }",
                            "auth needs header, the name of one");
        }
    }
    if (out->kind == WGO_REST_AUTH_QUERY) {
        out->name = wgo_rest_text(r, auth, "parameter");
        if (!wgo_rest_is_header_name(out->name)) {
            wgo_rest_refuse(r, auth, "{ kind: query, parameter: api_key, value: env:KEY }",
                            "auth needs parameter, the name of one");
        }
    }
}

static void read_oauth2(struct wgo_rest_reading *r, const struct wgo_yaml *auth)
{
    struct wgo_rest_auth *out = &r->rest->auth;
    struct wgo_url url;
    struct wgo_str in = wgo_rest_text(r, auth, "in");
    out->token_url = wgo_rest_text(r, auth, "token_url");
    out->scope = wgo_rest_text(r, auth, "scope");
    out->audience = wgo_rest_text(r, auth, "audience");
    out->resource = wgo_rest_text(r, auth, "resource");
    out->in_header = wgo_str_is(in, "header");
    if (in.len > 0 && !out->in_header && !wgo_str_is(in, "body")) {
        wgo_rest_refuse(r, wgo_rest_member(auth, "in"), NULL, "in may say header or body");
    }
    if (!wgo_url_parse(out->token_url, &url)) {
        wgo_rest_refuse(r, auth, "token_url: https://login.example.com/oauth2/token",
                        "auth needs token_url, an http or https URL");
    } else if (!wgo_rest_may_be_plain(r->rest, &url)) {
        wgo_rest_refuse(r, wgo_rest_member(auth, "token_url"),
                        "use https, or say `plain_http: true` if the way there is safe",
                        "token_url is plain http to another machine");
    }
}

/* Every member that the kind has, or another would. */
static void check_members(struct wgo_rest_reading *r, const struct wgo_yaml *auth, size_t kind)
{
    const char *known[MEMBERS_MOST] = {"kind", "keys"};
    size_t count = 2;
    for (size_t i = 0; KINDS[kind].members[i]; i++) {
        known[count++] = KINDS[kind].members[i];
    }
    if (KINDS[kind].secret) {
        known[count++] = KINDS[kind].secret;
    }
    if (KINDS[kind].user) {
        known[count++] = KINDS[kind].user;
    }
    wgo_rest_is_map(r, auth, "auth", known, count);
}

static void nobody(struct wgo_rest_reading *r)
{
    struct wgo_rest_auth *auth = &r->rest->auth;
    auth->keys = WGO_NEW(&r->rest->arena, struct wgo_rest_key);
    if (!auth->keys) {
        wgo_rest_no_memory(r);
        return;
    }
    auth->keys[0].name = WGO_STR("none");
    auth->key_count = 1;
}

void wgo_rest_read_auth(struct wgo_rest_reading *r, const struct wgo_yaml *auth)
{
    struct wgo_rest *rest = r->rest;
    size_t kind = 0;
    if (auth && !wgo_rest_is_map(r, auth, "auth", NULL, 0)) {
        return;
    }
    struct wgo_str word = auth ? wgo_rest_text(r, auth, "kind") : WGO_STR("none");
    while (kind < WGO_COUNT(KINDS) && !wgo_str_is(word, KINDS[kind].word)) {
        kind++;
    }
    if (kind == WGO_COUNT(KINDS)) {
        const struct wgo_yaml *node = wgo_rest_member(auth, "kind");
        wgo_rest_refuse(r, node ? node : auth, "bearer, header, basic, query, oauth2 or none",
                        "auth: \"%.*s\" is no kind", WGO_FMT(wgo_str_slice(word, 0, 40)));
        return;
    }
    rest->auth.kind = KINDS[kind].kind;
    if (rest->auth.kind == WGO_REST_AUTH_NONE) {
        nobody(r);
    } else {
        check_members(r, auth, kind);
        read_keys(r, auth, kind);
        read_names(r, auth);
    }
    if (rest->auth.kind == WGO_REST_AUTH_OAUTH2) {
        read_oauth2(r, auth);
    }
    for (unsigned i = 0; i < rest->auth.key_count; i++) {
        struct wgo_rest_key *key = &rest->auth.keys[i];
        struct wgo_str identity =
            wgo_str_format(&rest->arena, "%s/%.*s", rest->type.name, WGO_FMT(key->name));
        key->identity = wgo_str_cstr(&rest->arena, identity);
        if (!key->identity) {
            wgo_rest_no_memory(r);
        }
    }
}
