#include "cli/select.h"

#include "base/log.h"

#include <stdio.h>
#include <stdlib.h>

/* configured() looks at files and environment only; what it has to say besides is for open() to
 * say. */
static void keep_quiet(void *engine, const char *format, ...) WGO_PRINTF(2, 3);
static void keep_quiet(void *engine, const char *format, ...)
{
    (void)engine;
    (void)format;
}

bool wgo_select_configured(const struct wgo_builtin *builtin,
                           const struct wgo_provider_options *options, char reason[256])
{
    struct wgo_services services = {.clock = wgo_clock_system(), .warn = keep_quiet};
    struct wgo_collector_env env = {.type = builtin->type,
                                    .options = options,
                                    .services = &services,
                                    .getenv = (const char *(*)(const char *))getenv};
    reason[0] = '\0';
    return builtin->type->configured(&env, reason) == WGO_CONFIGURED;
}

/* ---- options ---- */

static enum wgo_status add_given(const struct wgo_args *args, const struct wgo_builtin *builtin,
                                 int index, struct wgo_arena *arena,
                                 struct wgo_provider_options *options, unsigned *out_given,
                                 struct wgo_error *err)
{
    for (size_t i = 0; i < args->given_count; i++) {
        const struct wgo_given *given = &args->given[i];
        if (!given->option->scoped || (given->provider != -1 && given->provider != index)) {
            continue;
        }
        enum wgo_scoped id = (enum wgo_scoped)(wgo_option_id(given->option) - WGO_OPT_SCOPED);
        if (!wgo_builtin_takes(builtin, id)) {
            continue; /* before the first --provider: for those who understand it */
        }
        *out_given |= 1u << id;
        enum wgo_status status = wgo_scoped_add(arena, options, id, given->value.text, err);
        if (status != WGO_OK) {
            return status;
        }
    }
    return WGO_OK;
}

static void add_values(const struct wgo_yaml *node, enum wgo_scoped id, struct wgo_arena *arena,
                       struct wgo_provider_options *options)
{
    struct wgo_error error;
    const struct wgo_yaml *value = wgo_yaml_is_list(node) ? node->first : node;
    for (; value; value = wgo_yaml_is_list(node) ? value->next : NULL) {
        /* Checked when the file was read. */
        (void)!wgo_scoped_add(arena, options, id, value->text, &error);
    }
}

/* What the file says and the command line does not. */
static void add_from_file(const struct wgo_config_provider *file, unsigned given,
                          struct wgo_arena *arena, struct wgo_provider_options *options)
{
    for (int i = 0; i < WGO_SCOPED_COUNT; i++) {
        enum wgo_scoped id = (enum wgo_scoped)i;
        const char *key = wgo_scoped_option(id)->key;
        if (!(file->scoped >> i & 1) || (given >> i & 1)) {
            continue;
        }
        for (const struct wgo_yaml *at = file->node->first; at; at = at->next) {
            enum wgo_scoped found;
            if (wgo_scoped_find(at->key, &found) && found == id) {
                add_values(at, id, arena, options);
            }
        }
        wgo_log_debug("option", "provider=%s key=%s from=file", file->builtin->type->name, key);
    }
}

enum wgo_status wgo_select_options(const struct wgo_args *args, const struct wgo_settings *settings,
                                   const struct wgo_builtin *builtin, int index,
                                   struct wgo_arena *arena, struct wgo_provider_options *out,
                                   struct wgo_error *err)
{
    const struct wgo_config_provider *file = wgo_config_of(&settings->config, builtin);
    struct wgo_provider_options options = {
        .settings = file ? file->node : NULL,
        .configuration = settings->config.root,
        .working_directory = "",
        .named = index >= 0,
    };
    unsigned given = 0;
    enum wgo_status status = add_given(args, builtin, index, arena, &options, &given, err);
    if (status == WGO_OK && file) {
        add_from_file(file, given, arena, &options);
    }
    if (status == WGO_OK) {
        *out = options;
    }
    return status;
}

/* ---- who is read ---- */

struct selecting {
    const struct wgo_args *args;
    const struct wgo_settings *settings;
    struct wgo_arena *arena;
    struct wgo_selection selection;
    char reasons[590]; /* why those that --all looked at are not configured; room in a hint */
    bool more_reasons; /* some had no room there */
    struct wgo_error *err;
};

/* A reason is there whole or not at all: half of one would be read as all of it. */
static void add_reason(struct selecting *s, const char *provider, const char *reason)
{
    size_t len = strlen(s->reasons), room = sizeof(s->reasons) - len;
    int more = snprintf(s->reasons + len, room, "%s%s: %s", len > 0 ? "; " : "", provider, reason);
    if (more < 0 || (size_t)more >= room) {
        s->reasons[len] = '\0';
        s->more_reasons = true;
    }
}

/* "kubernetes", and "kubernetes#2" for the second time. */
static const char *label_for(struct selecting *s, const struct wgo_builtin *builtin)
{
    unsigned before = 0;
    for (size_t i = 0; i < s->selection.count; i++) {
        before += s->selection.providers[i].type == builtin->type;
    }
    const char *name = builtin->type->name;
    return before ? wgo_str_format(s->arena, "%s#%u", name, before + 1).ptr : name;
}

static bool same_list(const struct wgo_str_list *a, const struct wgo_str_list *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; i < a->count && same; i++) {
        same = wgo_str_eq(a->items[i], b->items[i]);
    }
    return same;
}

/* Whether states are named there, and nothing but their choice of types is said of them. */
static bool names_states(const struct wgo_provider_options *options)
{
    return options->state_files.count + options->paths.count > 0 &&
           options->resource_limits.count == 0;
}

/* The provider read already whose states these may join. States are counted once, and told apart
 * where they share a lineage, among those of one provider only. */
static struct wgo_scan_provider *host_of(const struct selecting *s,
                                         const struct wgo_builtin *builtin,
                                         const struct wgo_provider_options *options)
{
    bool may = wgo_builtin_takes(builtin, WGO_SCOPED_STATE_FILE) && names_states(options);
    for (size_t i = 0; i < s->selection.count && may; i++) {
        struct wgo_scan_provider *host = &s->selection.providers[i];
        if (host->type == builtin->type && names_states(&host->options) &&
            host->options.include_data_sources == options->include_data_sources &&
            same_list(&host->options.resource_types, &options->resource_types)) {
            return host;
        }
    }
    return NULL;
}

static enum wgo_status add_missing(struct selecting *s, struct wgo_provider_options *to,
                                   enum wgo_scoped id, const struct wgo_str_list *there,
                                   const struct wgo_str_list *more)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < more->count && status == WGO_OK; i++) {
        if (!wgo_str_list_has(there, more->items[i])) {
            status = wgo_scoped_add(s->arena, to, id, more->items[i], s->err);
        }
    }
    return status;
}

static enum wgo_status join(struct selecting *s, struct wgo_scan_provider *host,
                            const struct wgo_provider_options *options)
{
    struct wgo_provider_options *to = &host->options;
    enum wgo_status status =
        add_missing(s, to, WGO_SCOPED_STATE_FILE, &to->state_files, &options->state_files);
    return status == WGO_OK ? add_missing(s, to, WGO_SCOPED_PATH, &to->paths, &options->paths)
                            : status;
}

static enum wgo_status add_provider(struct selecting *s, const struct wgo_builtin *builtin,
                                    int index)
{
    struct wgo_scan_provider *provider = &s->selection.providers[s->selection.count];
    struct wgo_provider_options options;
    char reason[256];
    enum wgo_status status =
        wgo_select_options(s->args, s->settings, builtin, index, s->arena, &options, s->err);
    if (status != WGO_OK) {
        return status;
    }
    bool configured = wgo_select_configured(builtin, &options, reason);
    wgo_log_debug("configured", "provider=%s found=%s reason=\"%s\"", builtin->type->name,
                  configured ? "true" : "false", reason);
    if (!configured && index >= 0) {
        wgo_fail(s->err, WGO_E_CONFIG, "%s is not configured here", builtin->type->name);
        wgo_error_hint(s->err, "%s", reason);
        return WGO_E_CONFIG;
    }
    if (!configured) {
        add_reason(s, builtin->type->name, reason);
        return WGO_OK;
    }
    struct wgo_scan_provider *host = host_of(s, builtin, &options);
    if (host) {
        return join(s, host, &options);
    }
    *provider = (struct wgo_scan_provider){.type = builtin->type,
                                           .label = label_for(s, builtin),
                                           .options = options,
                                           .named = index >= 0};
    provider->quotas =
        wgo_providers_quotas(s->settings->providers, builtin->type, &provider->quota_count);
    const struct wgo_config_provider *file = wgo_config_of(&s->settings->config, builtin);
    if (file) {
        provider->max_workers = file->max_workers;
        provider->timeout_ns = file->timeout_ns;
        provider->retry = file->has_retry ? &file->retry : NULL;
    }
    s->selection.count++;
    return WGO_OK;
}

static int index_of(const struct wgo_args *args, const struct wgo_builtin *builtin)
{
    for (size_t i = 0; i < args->provider_count; i++) {
        if (args->providers[i] == builtin) {
            return (int)i;
        }
    }
    return -1;
}

static enum wgo_status add_providers(struct selecting *s)
{
    enum wgo_status status = WGO_OK;
    for (size_t i = 0; i < s->args->provider_count && status == WGO_OK; i++) {
        status = add_provider(s, s->args->providers[i], (int)i);
    }
    for (size_t i = 0; i < wgo_providers_count(s->settings->providers) && status == WGO_OK; i++) {
        const struct wgo_builtin *builtin = wgo_providers_at(s->settings->providers, i);
        if (wgo_settings_on(s->settings, WGO_OPT_ALL) && index_of(s->args, builtin) < 0) {
            status = add_provider(s, builtin, -1);
        }
    }
    return status;
}

static enum wgo_status nothing_selected(struct selecting *s)
{
    if (wgo_settings_on(s->settings, WGO_OPT_ALL)) {
        wgo_fail(s->err, WGO_E_CONFIG, "no provider is configured here");
        wgo_error_hint(s->err, "%s%s", s->reasons,
                       s->more_reasons ? "; of the others `wgo providers` tells" : "");
        return WGO_E_CONFIG;
    }
    char words[160] = "";
    size_t len = 0;
    for (size_t i = 0; i < wgo_providers_count(s->settings->providers); i++) {
        int more = snprintf(words + len, sizeof(words) - len, "%s%s", i ? ", " : "",
                            wgo_providers_at(s->settings->providers, i)->type->name);
        len += more > 0 && (size_t)more < sizeof(words) - len ? (size_t)more : 0;
    }
    wgo_fail(s->err, WGO_E_USAGE, "nothing to read was named");
    wgo_error_hint(s->err, "give --all, or --provider with one of: %s", words);
    return WGO_E_USAGE;
}

/* A provider's own option that came before any --provider and that nobody here understands. */
static enum wgo_status check_unclaimed(const struct selecting *s)
{
    for (size_t i = 0; i < s->args->given_count; i++) {
        const struct wgo_given *given = &s->args->given[i];
        if (!given->option->scoped || given->provider != -1) {
            continue;
        }
        enum wgo_scoped id = (enum wgo_scoped)(wgo_option_id(given->option) - WGO_OPT_SCOPED);
        bool claimed = false;
        for (size_t k = 0; k < s->selection.count && !claimed; k++) {
            const char *name = s->selection.providers[k].type->name;
            claimed =
                wgo_builtin_takes(wgo_providers_find(s->settings->providers, wgo_str(name)), id);
        }
        if (!claimed) {
            wgo_fail(s->err, WGO_E_USAGE, "--%s: none of the providers that are read takes it",
                     given->option->name);
            wgo_error_hint(s->err, "`wgo providers` shows what each provider takes");
            return WGO_E_USAGE;
        }
    }
    return WGO_OK;
}

/* ---- their order ---- */

static enum wgo_status read_order(struct selecting *s)
{
    const char *text = wgo_settings_text(s->settings, WGO_OPT_PREFERRED_ORDER);
    struct wgo_str rest = text ? wgo_str(text) : (struct wgo_str){0};
    struct wgo_str *names = WGO_NEW_ARRAY(s->arena, struct wgo_str, rest.len + 1);
    size_t count = 0;
    if (!names) {
        return wgo_fail(s->err, WGO_E_NOMEM, "out of memory");
    }
    while (rest.ptr) {
        const struct wgo_builtin *builtin =
            wgo_providers_find(s->settings->providers, wgo_str_trim(wgo_str_split(&rest, ',')));
        names[count++] = wgo_str(builtin->type->name);
    }
    s->selection.preferred_order = (struct wgo_str_list){.items = names, .count = count};
    return WGO_OK;
}

static size_t rank_of(const struct wgo_selection *selection, const char *name)
{
    for (size_t i = 0; i < selection->preferred_order.count; i++) {
        if (wgo_str_is(selection->preferred_order.items[i], name)) {
            return i;
        }
    }
    return selection->preferred_order.count;
}

/* Stable, and there are few. */
static void sort_by_preference(struct wgo_selection *selection)
{
    for (size_t i = 1; i < selection->count; i++) {
        struct wgo_scan_provider moving = selection->providers[i];
        size_t rank = rank_of(selection, moving.type->name), at = i;
        while (at > 0 && rank_of(selection, selection->providers[at - 1].type->name) > rank) {
            selection->providers[at] = selection->providers[at - 1];
            at--;
        }
        selection->providers[at] = moving;
    }
}

/* Who shares words of --resource-type with another one that is read. */
static void note_shared_types(struct wgo_selection *selection)
{
    for (size_t i = 0; i < selection->count; i++) {
        struct wgo_provider_options *options = &selection->providers[i].options;
        for (size_t k = 0; k < options->resource_types.count; k++) {
            for (size_t other = 0; other < selection->count; other++) {
                const struct wgo_str_list *theirs =
                    &selection->providers[other].options.resource_types;
                options->shared_types |=
                    other != i && wgo_str_list_has(theirs, options->resource_types.items[k]);
            }
        }
    }
}

enum wgo_status wgo_select_providers(const struct wgo_args *args,
                                     const struct wgo_settings *settings, struct wgo_arena *arena,
                                     struct wgo_selection *out, struct wgo_error *err)
{
    struct selecting s = {.args = args, .settings = settings, .arena = arena, .err = err};
    s.selection.providers =
        WGO_NEW_ARRAY(arena, struct wgo_scan_provider,
                      args->provider_count + wgo_providers_count(settings->providers));
    if (!s.selection.providers) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    enum wgo_status status = add_providers(&s);
    if (status == WGO_OK && s.selection.count == 0) {
        status = nothing_selected(&s);
    }
    if (status == WGO_OK) {
        status = check_unclaimed(&s);
    }
    if (status == WGO_OK) {
        status = read_order(&s);
    }
    if (status == WGO_OK) {
        sort_by_preference(&s.selection);
        note_shared_types(&s.selection);
        *out = s.selection;
    }
    return status;
}
