#include "base/json_write.h"
#include "cli/command.h"
#include "cli/masked.h"

#include <stdio.h>

/* "flag", "environment WGO_X", "FILE:12", "default". */
static void origin_text(const struct wgo_settings *settings, enum wgo_option_id id,
                        struct wgo_buf *out)
{
    const struct wgo_option *option = wgo_option_at(id);
    const struct wgo_setting *setting = &settings->items[id];
    switch (setting->origin) {
    case WGO_FROM_FLAG:
        wgo_buf_format(out, "command line");
        break;
    case WGO_FROM_ENVIRONMENT:
        wgo_buf_format(out, "environment %s", option->env);
        break;
    case WGO_FROM_FILE:
        wgo_buf_format(out, "%s:%u", settings->config.path, setting->line);
        break;
    case WGO_FROM_DEFAULT:
        wgo_buf_format(out, "default");
        break;
    }
}

static const char *const origin_names[] = {
    [WGO_FROM_DEFAULT] = "default",
    [WGO_FROM_FILE] = "file",
    [WGO_FROM_ENVIRONMENT] = "environment",
    [WGO_FROM_FLAG] = "flag",
};

static struct wgo_str value_text(const struct wgo_setting *setting, const struct wgo_option *option)
{
    if (!setting->known) {
        return wgo_str(option->shown_fallback ? option->shown_fallback : "");
    }
    if (option->kind == WGO_OPTION_SWITCH) {
        return wgo_str(setting->value.on ? "true" : "false");
    }
    return setting->value.text;
}

/* Numbers and switches keep their kind. */
static void json_value(struct wgo_json_writer *w, const struct wgo_setting *setting,
                       const struct wgo_option *option)
{
    if (!setting->known) {
        wgo_json_put_null(w);
    } else if (option->kind == WGO_OPTION_SWITCH) {
        wgo_json_put_bool(w, setting->value.on);
    } else if (option->kind == WGO_OPTION_COUNT) {
        wgo_json_put_u64(w, setting->value.number);
    } else {
        wgo_json_put_str(w, setting->value.text);
    }
}

/* A node as it may be shown. */
static const struct wgo_yaml *shown(const struct wgo_yaml *node, struct wgo_arena *arena,
                                    struct wgo_buf *out)
{
    static const struct wgo_yaml nothing = {.kind = WGO_YAML_NULL};
    const struct wgo_yaml *masked = wgo_masked(node, arena);
    if (!masked) {
        out->failed = WGO_E_NOMEM;
    }
    return masked ? masked : &nothing;
}

/* The next section of the file after 'at' (NULL: the first) that no option stands for: retry,
 * limits ... */
static const struct wgo_yaml *next_section(const struct wgo_settings *settings,
                                           const struct wgo_yaml *at)
{
    const struct wgo_yaml *root = settings->config.root;
    at = at ? at->next : (root ? root->first : NULL);
    while (at && (at->kind == WGO_YAML_SCALAR || wgo_str_is(at->key, "providers"))) {
        at = at->next;
    }
    return at;
}

static void write_json(const struct wgo_settings *settings, struct wgo_arena *arena,
                       struct wgo_buf *out)
{
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, out);
    wgo_json_open_object(&w);
    wgo_json_key(&w, "file");
    if (settings->config.path) {
        wgo_json_put_cstr(&w, settings->config.path);
    } else {
        wgo_json_put_null(&w);
    }
    wgo_json_key(&w, "settings");
    wgo_json_open_object(&w);
    for (int i = 0; i < WGO_OPT_COUNT; i++) {
        const struct wgo_option *option = wgo_option_at((enum wgo_option_id)i);
        const struct wgo_setting *setting = &settings->items[i];
        if (!option->key) {
            continue;
        }
        wgo_json_key(&w, option->key);
        wgo_json_open_object(&w);
        wgo_json_key(&w, "value");
        json_value(&w, setting, option);
        wgo_json_member_str(&w, "origin", wgo_str(origin_names[setting->origin]));
        if (setting->origin == WGO_FROM_FILE) {
            wgo_json_key(&w, "line");
            wgo_json_put_u64(&w, setting->line);
        }
        wgo_json_close_object(&w);
    }
    wgo_json_close_object(&w);
    wgo_json_key(&w, "providers");
    wgo_json_open_object(&w);
    for (size_t i = 0; i < settings->config.provider_count; i++) {
        wgo_json_key(&w, settings->config.providers[i].builtin->type->name);
        wgo_yaml_put_json(shown(settings->config.providers[i].node, arena, out), &w);
    }
    wgo_json_close_object(&w);
    for (const struct wgo_yaml *at = next_section(settings, NULL); at;
         at = next_section(settings, at)) {
        wgo_json_key_str(&w, at->key);
        wgo_yaml_put_json(shown(at, arena, out), &w);
    }
    wgo_json_close_object(&w);
    wgo_buf_char(out, '\n');
}

/* One setting a line: a word as it is, anything else as JSON. */
static void text_member(const struct wgo_yaml *node, const char *path, struct wgo_buf *out)
{
    struct wgo_buf text = {0};
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, &text);
    if (node->kind == WGO_YAML_SCALAR) {
        wgo_buf_str(&text, node->text);
    } else {
        wgo_yaml_put_json(node, &w);
    }
    wgo_buf_format(out, "  %-18.*s  %-24.*s  %s:%u\n", WGO_FMT(node->key),
                   WGO_FMT(wgo_buf_view(&text)), path, node->line);
    wgo_buf_fini(&text);
}

static void text_section(const struct wgo_yaml *node, const char *path, struct wgo_buf *out)
{
    for (const struct wgo_yaml *at = node->first; at; at = at->next) {
        text_member(at, path, out);
    }
}

static void write_text(const struct wgo_settings *settings, struct wgo_arena *arena,
                       struct wgo_buf *out)
{
    const char *path = settings->config.path;
    wgo_buf_format(out, "# configuration file: %s\n", path ? path : "none");
    for (int i = 0; i < WGO_OPT_COUNT; i++) {
        const struct wgo_option *option = wgo_option_at((enum wgo_option_id)i);
        if (!option->key) {
            continue;
        }
        struct wgo_str value = value_text(&settings->items[i], option);
        wgo_buf_format(out, "%-20s  %-24.*s  ", option->key,
                       WGO_FMT(value.len ? value : WGO_STR("-")));
        origin_text(settings, (enum wgo_option_id)i, out);
        wgo_buf_char(out, '\n');
    }
    for (size_t i = 0; i < settings->config.provider_count; i++) {
        const struct wgo_config_provider *provider = &settings->config.providers[i];
        wgo_buf_format(out, "\nproviders: %s:\n", provider->builtin->type->name);
        text_section(shown(provider->node, arena, out), path, out);
    }
    for (const struct wgo_yaml *at = next_section(settings, NULL); at;
         at = next_section(settings, at)) {
        wgo_buf_format(out, "\n%.*s:\n", WGO_FMT(at->key));
        text_section(shown(at, arena, out), path, out);
    }
}

static int run(struct wgo_cli *cli)
{
    struct wgo_error error = {0};
    if (cli->args.positional_count != 1 || strcmp(cli->args.positional[0], "show") != 0) {
        wgo_fail(&error, WGO_E_USAGE, "what to do with the configuration?");
        wgo_error_hint(&error, "wgo config show");
        return wgo_cli_fail(cli, &error);
    }
    if (wgo_settings_choice(&cli->settings, WGO_OPT_LIST_FORMAT) == 1) {
        write_json(&cli->settings, &cli->arena, &cli->out);
    } else {
        write_text(&cli->settings, &cli->arena, &cli->out);
    }
    return 0;
}

static const struct wgo_example examples[] = {
    {"Where does each value come from?", "wgo config show"},
    {"What would count with this flag", "wgo config show --max-workers 16"},
    {NULL, NULL},
};

static const char *const words[] = {"show", NULL};

const struct wgo_command wgo_command_config = {
    .name = "config",
    .bit = WGO_CMD_CONFIG,
    .summary = "show each setting and where it comes from",
    .synopsis = "show [FLAGS]",
    .description = "Shows the value of every setting and who said so: the command line, an "
                   "environment variable, a line of the configuration file, or the default, in "
                   "this order of precedence.",
    .examples = examples,
    .words = words,
    .most_arguments = 1,
    .configured = true,
    .run = run,
};
