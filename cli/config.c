#include "cli/config.h"

#include "catalog/quotas.h"

#include "base/file.h"
#include "catalog/catalog.h"
#include "cli/suggest.h"

#include <stdlib.h>

#define LARGEST_FILE (4u << 20)
#define MOST_NODES 50000

/* Keys beyond the options'. */
static const char *const sections[] = {"providers", "retry", "limits", "quotas", "collectors"};

struct reading {
    const char *path;
    struct wgo_providers *providers;
    struct wgo_arena *arena;
    struct wgo_config config;
    struct wgo_error *err;
};

static enum wgo_status refuse(struct reading *r, const struct wgo_yaml *node, const char *format,
                              ...) WGO_PRINTF(3, 4);
static enum wgo_status refuse(struct reading *r, const struct wgo_yaml *node, const char *format,
                              ...)
{
    va_list args;
    va_start(args, format);
    wgo_fail_v(r->err, WGO_E_CONFIG, format, args);
    va_end(args);
    wgo_error_prefix(r->err, "%s: line %u", r->path, node->key_line ? node->key_line : node->line);
    return WGO_E_CONFIG;
}

/* An error that an option's check has made, put where it stands. */
static enum wgo_status refuse_value(struct reading *r, const struct wgo_yaml *node)
{
    r->err->status = WGO_E_CONFIG;
    r->err->hint[0] = '\0'; /* it speaks of flags */
    wgo_error_prefix(r->err, "%s: line %u: %.*s", r->path, node->line, WGO_FMT(node->key));
    return WGO_E_CONFIG;
}

/* ---- one provider ---- */

static enum wgo_status add_scoped(struct reading *r, struct wgo_config_provider *provider,
                                  const struct wgo_yaml *node, enum wgo_scoped id)
{
    const struct wgo_yaml *value = wgo_yaml_is_list(node) ? node->first : node;
    provider->scoped |= 1u << id;
    for (; value; value = wgo_yaml_is_list(node) ? value->next : NULL) {
        if (value->kind != WGO_YAML_SCALAR) {
            return refuse(r, node, "%.*s must be a text or a list of texts", WGO_FMT(node->key));
        }
        if (wgo_scoped_add(r->arena, &provider->options, id, value->text, r->err) != WGO_OK) {
            r->err->status = WGO_E_CONFIG;
            wgo_error_prefix(r->err, "%s: line %u", r->path, value->line);
            return WGO_E_CONFIG;
        }
    }
    return WGO_OK;
}

static bool is_own_setting(const struct wgo_builtin *builtin, struct wgo_str key)
{
    for (size_t i = 0; builtin->settings && builtin->settings[i]; i++) {
        if (wgo_str_is(key, builtin->settings[i])) {
            return true;
        }
    }
    return false;
}

static enum wgo_status unknown_provider_key(struct reading *r,
                                            const struct wgo_config_provider *provider,
                                            const struct wgo_yaml *node)
{
    static const char *const common[] = {"max_workers", "timeout", "retry"};
    const struct wgo_builtin *builtin = provider->builtin;
    struct wgo_suggestion s;
    wgo_suggest_begin(&s, node->key);
    for (size_t i = 0; i < WGO_COUNT(common); i++) {
        wgo_suggest_consider(&s, common[i]);
    }
    for (size_t i = 0; builtin->settings && builtin->settings[i]; i++) {
        wgo_suggest_consider(&s, builtin->settings[i]);
    }
    for (int i = 0; i < WGO_SCOPED_COUNT; i++) {
        if (wgo_builtin_takes(builtin, (enum wgo_scoped)i)) {
            wgo_suggest_consider(&s, wgo_scoped_option((enum wgo_scoped)i)->key);
        }
    }
    refuse(r, node, "%s has no setting \"%.*s\"", builtin->type->name, WGO_FMT(node->key));
    if (s.nearest) {
        wgo_error_hint(r->err, "did you mean %s?", s.nearest);
    }
    return WGO_E_CONFIG;
}

static enum wgo_status read_provider_key(struct reading *r, struct wgo_config_provider *provider,
                                         const struct wgo_yaml *node)
{
    enum wgo_scoped id;
    struct wgo_option_value value;
    if (wgo_str_is(node->key, "max_workers")) {
        if (wgo_option_check(wgo_option_at(WGO_OPT_MAX_WORKERS), node->text, NULL, &value,
                             r->err) != WGO_OK) {
            return refuse_value(r, node);
        }
        provider->max_workers = (unsigned)value.number;
        return WGO_OK;
    }
    if (wgo_str_is(node->key, "timeout")) {
        if (wgo_option_check(wgo_option_at(WGO_OPT_SCAN_TIMEOUT), node->text, NULL, &value,
                             r->err) != WGO_OK) {
            return refuse_value(r, node);
        }
        provider->timeout_ns = value.ns > 0 ? value.ns : -1;
        return WGO_OK;
    }
    if (wgo_str_is(node->key, "retry")) {
        provider->retry = wgo_backoff_default();
        provider->has_retry = true;
        return wgo_retry_from_yaml(node, r->path, &provider->retry, r->err);
    }
    if (is_own_setting(provider->builtin, node->key)) {
        return WGO_OK; /* the collector reads and checks it */
    }
    if (wgo_scoped_find(node->key, &id) && wgo_builtin_takes(provider->builtin, id) &&
        !is_own_setting(provider->builtin, wgo_str(wgo_scoped_option(id)->key))) {
        return add_scoped(r, provider, node, id);
    }
    return unknown_provider_key(r, provider, node);
}

static enum wgo_status read_providers(struct reading *r, const struct wgo_yaml *node)
{
    if (node->kind == WGO_YAML_NULL) {
        return WGO_OK;
    }
    if (!wgo_yaml_is_map(node)) {
        return refuse(r, node, "providers must be a map of provider names");
    }
    r->config.providers = WGO_NEW_ARRAY(r->arena, struct wgo_config_provider, node->count + 1);
    if (!r->config.providers) {
        return wgo_fail(r->err, WGO_E_NOMEM, "out of memory");
    }
    for (const struct wgo_yaml *at = node->first; at; at = at->next) {
        const struct wgo_builtin *builtin = wgo_providers_find(r->providers, at->key);
        if (!builtin) {
            const char *nearest = wgo_providers_nearest(r->providers, at->key);
            refuse(r, at, "there is no provider \"%.*s\"", WGO_FMT(at->key));
            if (nearest) {
                wgo_error_hint(r->err, "did you mean %s?", nearest);
            } else {
                wgo_error_hint(r->err, "`wgo providers` lists them");
            }
            return WGO_E_CONFIG;
        }
        if (wgo_config_of(&r->config, builtin)) {
            return refuse(r, at, "%s is there already, under its other name", builtin->type->name);
        }
        struct wgo_config_provider *provider = &r->config.providers[r->config.provider_count++];
        *provider = (struct wgo_config_provider){.builtin = builtin, .node = at};
        if (at->kind != WGO_YAML_NULL && !wgo_yaml_is_map(at)) {
            return refuse(r, at, "%.*s must be a map of settings", WGO_FMT(at->key));
        }
        for (const struct wgo_yaml *key = at->first; key; key = key->next) {
            enum wgo_status status = read_provider_key(r, provider, key);
            if (status != WGO_OK) {
                return status;
            }
        }
    }
    return WGO_OK;
}

/* ---- the file ---- */

/* A section named after a provider is its collector's: `terraform: clusters:`. */
static const struct wgo_builtin *owner_of_section(struct wgo_str key)
{
    const struct wgo_builtin *builtin = wgo_builtin_find(key);
    return builtin && builtin->sections ? builtin : NULL;
}

static enum wgo_status check_section(struct reading *r, const struct wgo_builtin *owner,
                                     const struct wgo_yaml *node)
{
    if (node->kind != WGO_YAML_NULL && !wgo_yaml_is_map(node)) {
        return refuse(r, node, "%.*s must be a map", WGO_FMT(node->key));
    }
    for (const struct wgo_yaml *at = node->first; at; at = at->next) {
        struct wgo_suggestion s;
        wgo_suggest_begin(&s, at->key);
        bool known = false;
        for (size_t i = 0; owner->sections[i]; i++) {
            known = known || wgo_str_is(at->key, owner->sections[i]);
            wgo_suggest_consider(&s, owner->sections[i]);
        }
        if (!known) {
            refuse(r, at, "%.*s has no key \"%.*s\"", WGO_FMT(node->key), WGO_FMT(at->key));
            wgo_error_hint(r->err, "%s %s", s.nearest ? "did you mean" : "it takes",
                           s.nearest ? s.nearest : owner->sections[0]);
            return WGO_E_CONFIG;
        }
    }
    return WGO_OK;
}

static enum wgo_status unknown_key(struct reading *r, const struct wgo_yaml *node)
{
    struct wgo_suggestion s;
    wgo_suggest_begin(&s, node->key);
    for (size_t i = 0; i < WGO_COUNT(sections); i++) {
        wgo_suggest_consider(&s, sections[i]);
    }
    for (int i = 0; i < WGO_OPT_COUNT; i++) {
        const char *key = wgo_option_at((enum wgo_option_id)i)->key;
        if (key) {
            wgo_suggest_consider(&s, key);
        }
    }
    refuse(r, node, "there is no setting \"%.*s\"", WGO_FMT(node->key));
    if (s.nearest) {
        wgo_error_hint(r->err, "did you mean %s?", s.nearest);
    } else {
        wgo_error_hint(r->err, "`wgo config show` lists the settings");
    }
    return WGO_E_CONFIG;
}

static enum wgo_status read_root(struct reading *r, const struct wgo_yaml *root)
{
    if (root->kind == WGO_YAML_NULL) {
        return WGO_OK;
    }
    if (!wgo_yaml_is_map(root)) {
        return refuse(r, root, "a configuration file is a map of settings");
    }
    const struct wgo_yaml *collectors = wgo_yaml_get(root, "collectors");
    if (collectors) { /* first: the rest may speak of them */
        enum wgo_status status = wgo_providers_add_list(r->providers, r->path, collectors, r->err);
        if (status != WGO_OK) {
            return status;
        }
    }
    for (const struct wgo_yaml *at = root->first; at; at = at->next) {
        enum wgo_status status = WGO_OK;
        const struct wgo_builtin *owner = owner_of_section(at->key);
        if (wgo_str_is(at->key, "providers")) {
            status = read_providers(r, at);
        } else if (wgo_str_is(at->key, "retry")) {
            r->config.retry = wgo_backoff_default();
            r->config.has_retry = true;
            status = wgo_retry_from_yaml(at, r->path, &r->config.retry, r->err);
        } else if (wgo_str_is(at->key, "limits")) {
            status = wgo_limits_from_yaml(at, r->path, r->arena, &r->config.limits,
                                          &r->config.limit_count, r->err);
        } else if (wgo_str_is(at->key, "quotas")) {
            status = wgo_quotas_from_yaml(at, r->path, r->arena, &r->config.quotas,
                                          &r->config.quota_count, r->err);
        } else if (owner) {
            status = check_section(r, owner, at);
        } else if (at != collectors && !wgo_option_by_key(at->key)) {
            status = unknown_key(r, at);
        } /* the options' values are read where the other origins are: settings.c */
        if (status != WGO_OK) {
            return status;
        }
    }
    return WGO_OK;
}

const char *wgo_config_default_path(struct wgo_arena *arena)
{
    const char *xdg = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    struct wgo_str path = {0};
    if (xdg && xdg[0] == '/') { /* the specification wants relative ones ignored */
        path = wgo_str_format(arena, "%s/wgo/config.yaml", xdg);
    } else if (home && home[0]) {
        path = wgo_str_format(arena, "%s/.config/wgo/config.yaml", home);
    }
    return path.len > 0 ? wgo_str_cstr(arena, path) : NULL;
}

enum wgo_status wgo_config_parse(const char *path, struct wgo_str bytes,
                                 struct wgo_providers *providers, struct wgo_arena *arena,
                                 struct wgo_config *out, struct wgo_error *err)
{
    struct reading r = {.path = path, .providers = providers, .arena = arena, .err = err};
    struct wgo_yaml *root = NULL;
    enum wgo_status status = wgo_yaml_parse(arena, path, bytes, MOST_NODES, &root, err);
    if (status == WGO_OK) {
        r.config.path = path;
        r.config.root = root;
        status = read_root(&r, root);
    }
    if (status == WGO_OK) {
        *out = r.config;
    }
    return status;
}

enum wgo_status wgo_config_read(const char *path, bool named, struct wgo_providers *providers,
                                struct wgo_arena *arena, struct wgo_config *out,
                                struct wgo_error *err)
{
    struct wgo_buf bytes = {0};
    enum wgo_status status = wgo_file_read(path, LARGEST_FILE, &bytes, err);
    if (status == WGO_E_NOT_FOUND && !named) {
        *out = (struct wgo_config){0};
        status = WGO_OK;
    } else if (status == WGO_OK) {
        status = wgo_config_parse(path, wgo_buf_view(&bytes), providers, arena, out, err);
    }
    wgo_buf_fini(&bytes);
    if (status != WGO_OK && status != WGO_E_NOMEM) {
        /* However it is wrong, it is the configuration that is wrong. */
        status = err->status = WGO_E_CONFIG;
    }
    return status;
}

const struct wgo_config_provider *wgo_config_of(const struct wgo_config *config,
                                                const struct wgo_builtin *builtin)
{
    for (size_t i = 0; i < config->provider_count; i++) {
        if (config->providers[i].builtin == builtin) {
            return &config->providers[i];
        }
    }
    return NULL;
}
