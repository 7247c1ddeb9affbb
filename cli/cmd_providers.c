#include "base/json_write.h"
#include "cli/command.h"
#include "cli/select.h"
#include "cli/suggest.h"

#include <stdio.h>

struct provider_view {
    const struct wgo_builtin *builtin;
    bool configured;
    char reason[256];
};

static void write_json(struct wgo_buf *out, const struct provider_view *views, size_t count)
{
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, out);
    wgo_json_open_array(&w);
    for (size_t i = 0; i < count; i++) {
        const struct wgo_collector_type *type = views[i].builtin->type;
        wgo_json_open_object(&w);
        wgo_json_member_str(&w, "name", wgo_str(type->name));
        wgo_json_member_str(&w, "alias", wgo_str(type->alias));
        wgo_json_member_str(&w, "summary", wgo_str(type->summary));
        wgo_json_key(&w, "configured");
        wgo_json_put_bool(&w, views[i].configured);
        wgo_json_member_str(&w, "reason", wgo_str(views[i].reason));
        wgo_json_key(&w, "options");
        wgo_json_open_array(&w);
        for (int id = 0; id < WGO_SCOPED_COUNT; id++) {
            if (wgo_builtin_takes(views[i].builtin, (enum wgo_scoped)id)) {
                wgo_json_put_cstr(&w, wgo_scoped_option((enum wgo_scoped)id)->name);
            }
        }
        wgo_json_close_array(&w);
        wgo_json_close_object(&w);
    }
    wgo_json_close_array(&w);
    wgo_buf_char(out, '\n');
}

static void write_text(const struct wgo_console *console, struct wgo_buf *out,
                       const struct provider_view *views, size_t count)
{
    bool color = console->out_color;
    for (size_t i = 0; i < count; i++) {
        const struct wgo_collector_type *type = views[i].builtin->type;
        char options[256];
        wgo_suggest_scoped(views[i].builtin, options, sizeof(options));
        wgo_buf_format(out, "%s%s%s%s%s%s: %s\n", wgo_style(color, WGO_BOLD), type->name,
                       wgo_style_end(color), type->alias ? " (" : "",
                       type->alias ? type->alias : "", type->alias ? ")" : "", type->summary);
        wgo_buf_format(out, "  %s%s%s  %s\n",
                       wgo_style(color, views[i].configured ? WGO_GREEN : WGO_YELLOW),
                       views[i].configured ? "configured" : "not configured", wgo_style_end(color),
                       views[i].reason);
        wgo_buf_format(out, "  takes %s\n", options);
    }
}

static int run(struct wgo_cli *cli)
{
    size_t count = wgo_providers_count(&cli->providers);
    struct provider_view *views = WGO_NEW_ARRAY(&cli->arena, struct provider_view, count);
    struct wgo_error error = {0};
    if (!views) {
        wgo_fail(&error, WGO_E_NOMEM, "out of memory");
        return wgo_cli_fail(cli, &error);
    }
    for (size_t i = 0; i < count; i++) {
        struct wgo_provider_options options;
        views[i].builtin = wgo_providers_at(&cli->providers, i);
        if (wgo_select_options(&cli->args, &cli->settings, views[i].builtin, -1, &cli->arena,
                               &options, &error) != WGO_OK) {
            return wgo_cli_fail(cli, &error);
        }
        views[i].configured = wgo_select_configured(views[i].builtin, &options, views[i].reason);
    }
    if (wgo_settings_choice(&cli->settings, WGO_OPT_LIST_FORMAT) == 1) {
        write_json(&cli->out, views, count);
    } else {
        write_text(&cli->console, &cli->out, views, count);
    }
    return 0;
}

static const struct wgo_example examples[] = {
    {"What would --all read here?", "wgo providers"},
    {"The names of those that are configured",
     "wgo providers --format json | jq -r '.[] | select(.configured) | .name'"},
    {NULL, NULL},
};

const struct wgo_command wgo_command_providers = {
    .name = "providers",
    .bit = WGO_CMD_PROVIDERS,
    .summary = "what is built in, what is configured here, and why not",
    .synopsis = "[FLAGS]",
    .description = "Lists the providers that this wgo can read, whether each is configured here "
                   "(looking at files and the environment, never at the network), and the flags "
                   "that each takes.",
    .examples = examples,
    .configured = true,
    .run = run,
};
