/* description.c: `api:`, from YAML to its checked form. */
#include "rest/description.h"

#include "base/members.h"
#include "rest/session.h"

#include <stdlib.h>

static const char *const API[] = {"base",       "auth",       "headers",  "timeout",
                                  "page_delay", "cache",      "compress", "check",
                                  "errors",     "plain_http", "ca_file"};
static const char *const BASE[] = {"name", "url"};

#define DEFAULT_TIMEOUT_NS (60 * WGO_S)
#define TIMEOUT_MOST_NS (3600 * WGO_S)

/* ---- reading ---- */

static void sink(struct wgo_rest_reading *r)
{
    wgo_error_at(r->err, NULL, NULL, NULL);
    r->problems++;
    if (r->each) {
        r->each(r->state, r->err);
        *r->err = (struct wgo_error){0};
    } else {
        r->status = WGO_E_CONFIG;
    }
}

void wgo_rest_refuse(struct wgo_rest_reading *r, const struct wgo_yaml *node, const char *hint,
                     const char *format, ...)
{
    if (r->status != WGO_OK) {
        return;
    }
    va_list args;
    va_start(args, format);
    (void)!wgo_fail_v(r->err, WGO_E_CONFIG, format, args);
    va_end(args);
    wgo_error_prefix(r->err, "%s: line %u", r->file,
                     !node            ? 1
                     : node->key_line ? node->key_line
                                      : node->line);
    if (hint) {
        wgo_error_hint(r->err, "%s", hint);
    }
    sink(r);
}

void wgo_rest_no_memory(struct wgo_rest_reading *r)
{
    if (r->status == WGO_OK) {
        r->status = wgo_fail(r->err, WGO_E_NOMEM, "out of memory");
    }
}

const struct wgo_yaml *wgo_rest_member(const struct wgo_yaml *map, const char *key)
{
    const struct wgo_yaml *node = wgo_yaml_get(map, key);
    return node && node->kind != WGO_YAML_NULL ? node : NULL;
}

bool wgo_rest_is_map(struct wgo_rest_reading *r, const struct wgo_yaml *node, const char *what,
                     const char *const *known, size_t count)
{
    if (!node) {
        return false;
    }
    if (!wgo_yaml_is_map(node)) {
        wgo_rest_refuse(r, node, NULL, "%s must be a map", what);
        return false;
    }
    if (known && r->status == WGO_OK &&
        wgo_members_check(node, known, count, r->file, r->err) != WGO_OK) {
        sink(r);
    }
    return r->status == WGO_OK;
}

struct wgo_str wgo_rest_text(struct wgo_rest_reading *r, const struct wgo_yaml *map,
                             const char *key)
{
    const struct wgo_yaml *node = wgo_rest_member(map, key);
    if (!node) {
        return (struct wgo_str){0};
    }
    if (node->kind != WGO_YAML_SCALAR) {
        wgo_rest_refuse(r, node, NULL, "%s must be text", key);
        return (struct wgo_str){0};
    }
    const char *copy = wgo_str_cstr(&r->rest->arena, node->text);
    if (!copy) {
        wgo_rest_no_memory(r);
    }
    return wgo_str_from(copy, copy ? node->text.len : 0);
}

bool wgo_rest_truth(struct wgo_rest_reading *r, const struct wgo_yaml *map, const char *key)
{
    const struct wgo_yaml *node = wgo_rest_member(map, key);
    bool truth = false;
    if (node && (node->kind != WGO_YAML_SCALAR || !wgo_str_to_bool(node->text, &truth))) {
        wgo_rest_refuse(r, node, NULL, "%s must be true or false", key);
    }
    return truth;
}

/* ---- servers ---- */

bool wgo_rest_may_be_plain(const struct wgo_rest *rest, const struct wgo_url *url)
{
    return url->tls || url->loopback || rest->plain_http;
}

static void read_base(struct wgo_rest_reading *r, const struct wgo_yaml *node)
{
    static const char says[] = "such as https://api.example.com/v2";
    struct wgo_rest *rest = r->rest;
    struct wgo_rest_base *base = &rest->bases[rest->base_count];
    bool map = wgo_yaml_is_map(node);
    if (map && !wgo_rest_is_map(r, node, "base", BASE, WGO_COUNT(BASE))) {
        return;
    }
    struct wgo_str text = map ? wgo_yaml_text(node, "url") : node->text;
    while (text.len > 0 && text.ptr[text.len - 1] == '/') {
        text.len--;
    }
    *base = (struct wgo_rest_base){.url = wgo_str_dup(&rest->arena, text)};
    if (!wgo_url_parse(base->url, &base->parts) || base->parts.path.len != base->parts.target.len ||
        base->url.len !=
            (base->parts.tls ? 8 : 7) + base->parts.authority.len + base->parts.target.len) {
        wgo_rest_refuse(r, node, says, "base must be an http or https URL without query or user");
        return;
    }
    if (!wgo_rest_may_be_plain(rest, &base->parts)) {
        wgo_rest_refuse(r, node, "use https, or say `plain_http: true` if the way there is safe",
                        "base is plain http to another machine");
        return;
    }
    base->name = map ? wgo_rest_text(r, node, "name") : (struct wgo_str){0};
    base->name = base->name.len > 0 ? base->name : base->parts.authority;
    for (unsigned i = 0; i < rest->base_count; i++) {
        if (wgo_str_eq(rest->bases[i].name, base->name)) {
            wgo_rest_refuse(r, node, "give them names: {name: a, url: ...}",
                            "two bases are called %.*s", WGO_FMT(base->name));
            return;
        }
    }
    rest->base_count++;
}

static void read_bases(struct wgo_rest_reading *r, const struct wgo_yaml *api)
{
    struct wgo_rest *rest = r->rest;
    const struct wgo_yaml *node = wgo_rest_member(api, "base");
    bool several = wgo_yaml_is_list(node);
    if (!node || (several && node->count == 0)) {
        wgo_rest_refuse(r, node ? node : api, "base: https://api.example.com",
                        "api needs base, the URL that its paths follow");
        return;
    }
    if (several && node->count > WGO_REST_BASES) {
        wgo_rest_refuse(r, node, NULL, "more than %d bases", WGO_REST_BASES);
        return;
    }
    rest->bases = WGO_NEW_ARRAY(&rest->arena, struct wgo_rest_base, several ? node->count : 1);
    if (!rest->bases) {
        wgo_rest_no_memory(r);
        return;
    }
    for (const struct wgo_yaml *at = several ? node->first : node; at;
         at = several ? at->next : NULL) {
        read_base(r, at);
    }
}

/* ---- manners ---- */

bool wgo_rest_is_header_name(struct wgo_str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && c != '-' && c != '_') {
            return false;
        }
    }
    return name.len > 0;
}

bool wgo_rest_is_one_line(struct wgo_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if ((c < ' ' && c != '\t') || c == 127) {
            return false;
        }
    }
    return true;
}

static void read_headers(struct wgo_rest_reading *r, const struct wgo_yaml *node)
{
    struct wgo_rest *rest = r->rest;
    if (!wgo_rest_is_map(r, node, "headers", NULL, 0)) {
        return;
    }
    rest->headers = WGO_NEW_ARRAY(&rest->arena, struct wgo_header, node->count + 1);
    rest->header_values = WGO_NEW_ARRAY(&rest->arena, struct wgo_rest_value, node->count + 1);
    if (!rest->headers || !rest->header_values) {
        wgo_rest_no_memory(r);
        return;
    }
    for (const struct wgo_yaml *at = node->first; at; at = at->next) {
        struct wgo_rest_value value = {.source = WGO_REST_NOTHING};
        if (rest->header_count == WGO_REST_HEADERS) {
            wgo_rest_refuse(r, node, NULL, "more than %d headers", WGO_REST_HEADERS);
            return;
        }
        bool text = at->kind == WGO_YAML_SCALAR && wgo_rest_is_one_line(at->text);
        if (!wgo_rest_is_header_name(at->key) || !(text || wgo_yaml_is_map(at))) {
            wgo_rest_refuse(r, at, NULL, "\"%.*s\" is no header with one line of text",
                            WGO_FMT(wgo_str_slice(at->key, 0, 60)));
            continue;
        }
        if (wgo_str_eq_nocase(at->key, WGO_STR("Authorization"))) {
            wgo_rest_refuse(r, at, "auth: { kind: header, header: Authorization, value: ... }",
                            "credentials belong to auth");
            continue;
        }
        if (!text || at->text.len > 0) {
            wgo_rest_read_value(r, at, "a header", &value);
        }
        bool literal = value.source == WGO_REST_LITERAL;
        rest->headers[rest->header_count] =
            (struct wgo_header){wgo_str_dup(&rest->arena, at->key),
                                literal ? wgo_str(value.text) : (struct wgo_str){0}};
        rest->header_values[rest->header_count++] = literal ? (struct wgo_rest_value){0} : value;
    }
}

static const struct {
    const char *word;
    enum wgo_verdict_kind kind;
    enum wgo_status status;
} MEANINGS[] = {
    {"absent", WGO_VERDICT_NONE, WGO_OK},
    {"auth", WGO_VERDICT_FAILED, WGO_E_AUTH},
    {"denied", WGO_VERDICT_FAILED, WGO_E_DENIED},
    {"expired", WGO_VERDICT_RESTART, WGO_E_EXPIRED},
    {"failed", WGO_VERDICT_FAILED, WGO_E_REJECTED},
    {"retry", WGO_VERDICT_RETRY, WGO_E_SERVER},
    {"throttled", WGO_VERDICT_THROTTLED, WGO_E_THROTTLED},
};

static void read_errors(struct wgo_rest_reading *r, const struct wgo_yaml *node)
{
    struct wgo_rest *rest = r->rest;
    if (!wgo_rest_is_map(r, node, "errors", NULL, 0)) {
        return;
    }
    rest->codes = WGO_NEW_ARRAY(&rest->arena, struct wgo_rest_code, node->count + 1);
    if (!rest->codes) {
        wgo_rest_no_memory(r);
        return;
    }
    for (const struct wgo_yaml *at = node->first; at; at = at->next) {
        struct wgo_rest_code code = {.code = wgo_str_dup(&rest->arena, at->key)};
        bool known = false;
        for (size_t i = 0; i < WGO_COUNT(MEANINGS) && !known; i++) {
            known = wgo_str_is(at->text, MEANINGS[i].word);
            code.kind = MEANINGS[i].kind;
            code.status = MEANINGS[i].status;
        }
        if (!known) {
            wgo_rest_refuse(r, at, "absent, auth, denied, expired, failed, retry or throttled",
                            "errors: \"%.*s\" is no meaning of a code",
                            WGO_FMT(wgo_str_slice(at->text, 0, 40)));
        }
        rest->codes[rest->code_count++] = code;
    }
}

static void read_timeout(struct wgo_rest_reading *r, const struct wgo_yaml *api)
{
    const struct wgo_yaml *node = wgo_rest_member(api, "timeout");
    int64_t *timeout = &r->rest->timeout_ns;
    *timeout = DEFAULT_TIMEOUT_NS;
    if (node && (!wgo_str_to_duration(node->text, timeout) || *timeout <= 0 ||
                 *timeout > TIMEOUT_MOST_NS)) {
        wgo_rest_refuse(r, node, "as in 30s or 2m",
                        "timeout must be a duration of an hour at most");
    }
}

static void read_api(struct wgo_rest_reading *r, const struct wgo_yaml *root)
{
    struct wgo_rest *rest = r->rest;
    const struct wgo_yaml *api = wgo_rest_member(root, "api");
    if (!api) {
        wgo_rest_refuse(r, root, "api: { base: https://api.example.com }",
                        "a description needs api");
        return;
    }
    if (!wgo_rest_is_map(r, api, "api", API, WGO_COUNT(API))) {
        return;
    }
    rest->plain_http = wgo_rest_truth(r, api, "plain_http");
    read_bases(r, api);
    read_headers(r, wgo_rest_member(api, "headers"));
    read_timeout(r, api);
    read_errors(r, wgo_rest_member(api, "errors"));
    struct wgo_str ca_file = wgo_rest_text(r, api, "ca_file");
    rest->ca_file = ca_file.len > 0 ? ca_file.ptr : NULL;
    rest->check = wgo_rest_text(r, api, "check");
    if (rest->check.len > 0 && rest->check.ptr[0] != '/') {
        wgo_rest_refuse(r, wgo_rest_member(api, "check"), "check: /v1/me",
                        "check must be a path that begins with /");
    }
    wgo_rest_read_auth(r, wgo_rest_member(api, "auth"));
}

/* ---- the whole ---- */

static bool is_provider_name(struct wgo_str name)
{
    bool good = name.len > 0 && name.len < 31 && name.ptr[0] >= 'a' && name.ptr[0] <= 'z';
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        good = good && ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-');
    }
    return good;
}

static void read_all(struct wgo_rest_reading *r, const struct wgo_yaml *root)
{
    struct wgo_rest *rest = r->rest;
    if (!wgo_yaml_is_map(root)) {
        wgo_rest_refuse(r, root, "docs/your-own-api.md has an example",
                        "a description is a map with provider, api and entries");
        return;
    }
    struct wgo_str name = wgo_rest_text(r, root, "provider");
    if (!is_provider_name(name)) {
        const struct wgo_yaml *node = wgo_rest_member(root, "provider");
        wgo_rest_refuse(r, node ? node : root, "provider: forge", "%s",
                        name.len > 0 ? "provider must be a word of at most 30 lower-case "
                                       "letters, digits and dashes"
                                     : "a description needs provider, a name of its own");
        name = WGO_STR("described"); /* for what a linter reads on */
    }
    rest->type = wgo_rest_callbacks;
    rest->type.name = name.ptr;
    rest->type.catalogs = &rest->file;
    rest->type.catalog_count = 1;
    rest->summary = wgo_rest_text(r, root, "summary");
    read_api(r, root);
    wgo_rest_read_scopes(r, wgo_rest_member(root, "scopes"));
    if (rest->summary.len == 0 && rest->base_count > 0) {
        rest->summary = wgo_str_format(&rest->arena, "%.*s, as %s describes it",
                                       WGO_FMT(rest->bases[0].name), r->file);
    }
    rest->type.summary = rest->summary.ptr ? rest->summary.ptr : "";
}

static struct wgo_rest *new_rest(const char *name, const struct wgo_yaml *root)
{
    struct wgo_rest *rest = calloc(1, sizeof(*rest));
    if (rest) {
        rest->file = (struct wgo_embedded_file){.name = name, .tree = root};
    }
    return rest;
}

enum wgo_status wgo_rest_new(const char *name, const struct wgo_yaml *root,
                             struct wgo_rest **out_rest, struct wgo_error *err)
{
    struct wgo_error scrap;
    struct wgo_rest_reading r = {
        .rest = new_rest(name, root), .file = name, .err = err ? err : &scrap};
    if (!r.rest) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    read_all(&r, root);
    if (r.status != WGO_OK) {
        wgo_rest_free(r.rest);
        return r.status;
    }
    *out_rest = r.rest;
    return WGO_OK;
}

size_t wgo_rest_lint(const char *name, const struct wgo_yaml *root, wgo_rest_problem_fn *each,
                     void *state)
{
    struct wgo_error error = {0};
    struct wgo_rest_reading r = {
        .rest = new_rest(name, root), .file = name, .err = &error, .each = each, .state = state};
    if (r.rest) {
        read_all(&r, root);
    }
    if (!r.rest || r.status != WGO_OK) {
        (void)!wgo_fail(&error, WGO_E_NOMEM, "out of memory");
        each(state, &error);
        r.problems++;
    }
    wgo_rest_free(r.rest);
    return r.problems;
}

void wgo_rest_free(struct wgo_rest *rest)
{
    if (rest) {
        wgo_arena_fini(&rest->arena);
        free(rest);
    }
}

const struct wgo_collector_type *wgo_rest_type(const struct wgo_rest *rest)
{
    return &rest->type;
}
