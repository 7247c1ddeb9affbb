#include "cli/settings.h"

#include <stdlib.h>

static enum wgo_status take(struct wgo_settings *settings, enum wgo_option_id id,
                            struct wgo_str text, enum wgo_origin origin, struct wgo_error *err)
{
    struct wgo_setting *setting = &settings->items[id];
    enum wgo_status status =
        wgo_option_check(wgo_option_at(id), text, settings->providers, &setting->value, err);
    if (status == WGO_OK) {
        setting->origin = origin;
        setting->known = true;
    }
    return status;
}

/* Texts are handed to C functions later: they end with a NUL. */
static struct wgo_str terminated(struct wgo_arena *arena, struct wgo_str text)
{
    const char *copy = wgo_str_cstr(arena, text);
    return copy ? wgo_str_from(copy, text.len) : (struct wgo_str){0};
}

static struct wgo_str text_of_node(const struct wgo_yaml *node, struct wgo_arena *arena)
{
    if (!wgo_yaml_is_list(node)) {
        return node->text;
    }
    struct wgo_buf joined = {0};
    for (const struct wgo_yaml *at = node->first; at; at = at->next) {
        wgo_buf_format(&joined, "%s%.*s", at == node->first ? "" : ",", WGO_FMT(at->text));
    }
    struct wgo_str text = wgo_str_dup(arena, wgo_buf_view(&joined));
    wgo_buf_fini(&joined);
    return text;
}

static enum wgo_status take_from_file(struct wgo_settings *settings, enum wgo_option_id id,
                                      struct wgo_arena *arena, struct wgo_error *err)
{
    const struct wgo_option *option = wgo_option_at(id);
    const struct wgo_yaml *node = wgo_yaml_get(settings->config.root, option->key);
    if (!node || node->kind == WGO_YAML_NULL) {
        return WGO_OK;
    }
    bool fits = node->kind == WGO_YAML_SCALAR ||
                (wgo_yaml_is_list(node) && option->kind == WGO_OPTION_PROVIDERS);
    enum wgo_status status = WGO_OK;
    if (!fits) {
        status = wgo_fail(err, WGO_E_CONFIG, "one value is wanted here");
    } else if (option->kind == WGO_OPTION_SWITCH && node->text.len == 0) {
        status = wgo_fail(err, WGO_E_CONFIG, "an empty value");
    } else {
        struct wgo_str text = terminated(arena, text_of_node(node, arena));
        status = take(settings, id, text, WGO_FROM_FILE, err);
    }
    if (status != WGO_OK) {
        wgo_error_prefix(err, "%s: line %u: %s", settings->config.path, node->line, option->key);
        err->status = WGO_E_CONFIG;
        return WGO_E_CONFIG;
    }
    settings->items[id].line = node->line;
    return WGO_OK;
}

static enum wgo_status take_from_environment(struct wgo_settings *settings, enum wgo_option_id id,
                                             struct wgo_error *err)
{
    const struct wgo_option *option = wgo_option_at(id);
    const char *value = getenv(option->env);
    if (!value || value[0] == '\0') {
        return WGO_OK;
    }
    enum wgo_status status = take(settings, id, wgo_str(value), WGO_FROM_ENVIRONMENT, err);
    if (status != WGO_OK) {
        wgo_error_prefix(err, "%s", option->env);
    }
    return status;
}

static enum wgo_status resolve(struct wgo_settings *settings, const struct wgo_args *args,
                               enum wgo_option_id id, struct wgo_arena *arena,
                               struct wgo_error *err)
{
    const struct wgo_option *option = wgo_option_at(id);
    enum wgo_status status = WGO_OK;
    if (option->fallback) {
        status = take(settings, id, wgo_str(option->fallback), WGO_FROM_DEFAULT, err);
    }
    if (status == WGO_OK && option->key && settings->config.root) {
        status = take_from_file(settings, id, arena, err);
    }
    if (status == WGO_OK && option->env) {
        status = take_from_environment(settings, id, err);
    }
    const struct wgo_given *given = wgo_args_last(args, id);
    if (status == WGO_OK && given) {
        settings->items[id].value = given->value;
        settings->items[id].origin = WGO_FROM_FLAG;
        settings->items[id].known = true;
    }
    return status;
}

enum wgo_status wgo_settings_begin(const struct wgo_args *args, struct wgo_providers *providers,
                                   struct wgo_arena *arena, struct wgo_settings *out,
                                   struct wgo_error *err)
{
    *out = (struct wgo_settings){.providers = providers};
    enum wgo_status status = resolve(out, args, WGO_OPT_CONFIG, arena, err);
    if (status != WGO_OK) {
        return status;
    }
    for (size_t i = 0; i < args->given_count && status == WGO_OK; i++) {
        if (args->given[i].option == wgo_option_at(WGO_OPT_CATALOG)) {
            status = wgo_providers_add_file(providers, args->given[i].value.text.ptr, err);
        }
    }
    const char *named = wgo_settings_text(out, WGO_OPT_CONFIG);
    const char *path = named ? named : wgo_config_default_path(arena);
    if (status == WGO_OK && path) {
        status = wgo_config_read(path, named != NULL, providers, arena, &out->config, err);
    }
    return status;
}

enum wgo_status wgo_settings_load(const struct wgo_args *args,
                                  const struct wgo_providers *providers, struct wgo_arena *arena,
                                  struct wgo_settings *in_out, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    in_out->providers = providers;
    for (int i = 0; i < WGO_OPT_COUNT && status == WGO_OK; i++) {
        const struct wgo_option *option = wgo_option_at((enum wgo_option_id)i);
        if (!option->scoped && i != WGO_OPT_CONFIG) {
            status = resolve(in_out, args, (enum wgo_option_id)i, arena, err);
        }
    }
    return status;
}

bool wgo_settings_on(const struct wgo_settings *settings, enum wgo_option_id id)
{
    return settings->items[id].known && settings->items[id].value.on;
}

uint64_t wgo_settings_number(const struct wgo_settings *settings, enum wgo_option_id id)
{
    return settings->items[id].value.number;
}

unsigned wgo_settings_choice(const struct wgo_settings *settings, enum wgo_option_id id)
{
    return settings->items[id].value.choice;
}

const char *wgo_settings_text(const struct wgo_settings *settings, enum wgo_option_id id)
{
    return settings->items[id].known ? settings->items[id].value.text.ptr : NULL;
}

int64_t wgo_settings_ns(const struct wgo_settings *settings, enum wgo_option_id id)
{
    return settings->items[id].value.ns;
}
