#include "cli/args.h"

#include "cli/suggest.h"

#include <stdio.h>

struct parser {
    unsigned command;
    int argc, at;
    char *const *argv;
    const struct wgo_providers *known;
    struct wgo_args args;
    struct wgo_error *err;
};

/* A flag as it was found: "--name=value", or "-xvalue". */
struct flag {
    const struct wgo_option *option;
    char shown[64]; /* as the user wrote it, for messages */
    bool negated;
    bool has_value;
    struct wgo_str value;
};

/* The commands that have a flag of that name, or of that letter; a name may be several flags, of
 * different commands. */
static unsigned commands_with(struct wgo_str name, char letter)
{
    unsigned commands = 0;
    for (int i = 0; i < WGO_OPT_COUNT; i++) {
        const struct wgo_option *option = wgo_option_at((enum wgo_option_id)i);
        bool is_it = letter ? option->letter == letter : wgo_str_is(name, option->name);
        commands |= is_it ? option->commands : 0;
    }
    return commands;
}

/* -o is a file where it is known; elsewhere "-o json" means a form. */
static bool means_format(const struct parser *p, struct wgo_str name)
{
    return (wgo_str_is(name, "o") || wgo_str_is(name, "output")) &&
           wgo_option_find(p->command, WGO_STR("format"));
}

static enum wgo_status unknown_flag(const struct parser *p, struct wgo_str name)
{
    wgo_fail(p->err, WGO_E_USAGE, "--%.*s: there is no such flag", WGO_FMT(name));
    unsigned elsewhere = commands_with(name, '\0');
    const char *nearest = wgo_suggest_option(p->command, name);
    if (means_format(p, name)) {
        wgo_error_hint(p->err, "did you mean --format?");
    } else if (elsewhere) {
        wgo_error_hint(p->err, "it belongs to %s", wgo_suggest_commands(elsewhere));
    } else if (nearest) {
        wgo_error_hint(p->err, "did you mean %s?", nearest);
    } else {
        wgo_error_hint(p->err, "`wgo help %s` lists the flags",
                       wgo_suggest_command_name(p->command));
    }
    return WGO_E_USAGE;
}

static enum wgo_status read_long(const struct parser *p, const char *text, struct flag *out)
{
    struct wgo_str whole = wgo_str(text + 2);
    size_t equals = wgo_str_find_char(whole, '=');
    struct wgo_str name = wgo_str_slice(whole, 0, equals);
    *out = (struct flag){.has_value = equals < whole.len,
                         .value = wgo_str_slice(whole, equals + 1, whole.len)};
    snprintf(out->shown, sizeof(out->shown), "--%.*s", WGO_FMT(name));
    out->option = wgo_option_find(p->command, name);
    if (!out->option && wgo_str_starts(name, WGO_STR("no-"))) {
        const struct wgo_option *option =
            wgo_option_find(p->command, wgo_str_slice(name, 3, name.len));
        if (option && option->kind == WGO_OPTION_SWITCH) {
            out->option = option;
            out->negated = true;
        }
    }
    return out->option ? WGO_OK : unknown_flag(p, name);
}

static enum wgo_status read_short(const struct parser *p, const char *text, struct flag *out)
{
    *out = (struct flag){.option = wgo_option_by_letter(p->command, text[1])};
    snprintf(out->shown, sizeof(out->shown), "-%c", text[1]);
    if (!out->option || (out->option->kind == WGO_OPTION_SWITCH && text[2] != '\0')) {
        wgo_fail(p->err, WGO_E_USAGE, "%.40s: there is no such flag", text);
        const char *nearest = wgo_suggest_option(p->command, wgo_str(text + 1));
        unsigned elsewhere = out->option ? 0 : commands_with(WGO_STR(""), text[1]);
        if (means_format(p, wgo_str(text + 1))) {
            wgo_error_hint(p->err, "did you mean --format?");
        } else if (elsewhere) {
            wgo_error_hint(p->err, "it belongs to %s", wgo_suggest_commands(elsewhere));
        } else if (nearest) {
            wgo_error_hint(p->err, "did you mean %s?", nearest);
        } else {
            wgo_error_hint(p->err, "`wgo help %s` lists the flags",
                           wgo_suggest_command_name(p->command));
        }
        return WGO_E_USAGE;
    }
    if (text[2] != '\0') {
        out->has_value = true;
        out->value = wgo_str(text + 2);
    }
    return WGO_OK;
}

/* The value behind "=" or, failing that, the next argument. */
static enum wgo_status find_value(struct parser *p, struct flag *flag)
{
    const struct wgo_option *option = flag->option;
    if (option->kind == WGO_OPTION_SWITCH) {
        if (flag->negated && flag->has_value) {
            return wgo_fail(p->err, WGO_E_USAGE, "%s: takes no value", flag->shown);
        }
        if (flag->has_value && flag->value.len == 0) {
            return wgo_fail(p->err, WGO_E_USAGE, "%s: an empty value", flag->shown);
        }
        flag->value = flag->negated ? WGO_STR("false") : flag->value;
        return WGO_OK;
    }
    if (flag->has_value) {
        return WGO_OK;
    }
    const char *next = p->at < p->argc ? p->argv[p->at] : NULL;
    struct wgo_str rest = next ? wgo_str(next) : WGO_STR("");
    /* The name of a flag where a value should be: the value was forgotten. */
    bool is_flag = wgo_str_starts(rest, WGO_STR("--")) && rest.len > 2;
    if (!next || is_flag) {
        return wgo_fail(p->err, WGO_E_USAGE, "%s: needs a value: %s %s", flag->shown, flag->shown,
                        option->argument);
    }
    p->at++;
    flag->value = rest;
    return WGO_OK;
}

/* A provider that is named again is read once more, with the flags that follow: two clusters, each
 * with its own pool. Named twice with nothing between, it is one. */
static int select_provider(struct wgo_args *args, const struct wgo_builtin *builtin)
{
    int last = (int)args->provider_count - 1;
    bool bare = last >= 0 && args->providers[last] == builtin;
    for (size_t i = 0; i < args->given_count && bare; i++) {
        bare = args->given[i].provider != last;
    }
    if (bare) {
        return last;
    }
    args->providers[args->provider_count] = builtin;
    return (int)args->provider_count++;
}

static enum wgo_status not_for_provider(const struct parser *p, const struct flag *flag,
                                        const struct wgo_builtin *builtin)
{
    char words[200];
    wgo_suggest_scoped(builtin, words, sizeof(words));
    wgo_fail(p->err, WGO_E_USAGE, "%s: %s does not take it", flag->shown, builtin->type->name);
    wgo_error_hint(p->err, "%s takes %s", builtin->type->name, words);
    return WGO_E_USAGE;
}

static enum wgo_status take_flag(struct parser *p, const struct flag *flag, int *current)
{
    struct wgo_args *args = &p->args;
    struct wgo_given *given = &args->given[args->given_count];
    *given = (struct wgo_given){.option = flag->option, .provider = -1};
    enum wgo_status status =
        wgo_option_check(flag->option, flag->value, p->known, &given->value, p->err);
    if (status != WGO_OK) {
        wgo_error_prefix(p->err, "%s", flag->shown);
        return status;
    }
    args->given_count++;
    if (p->known && flag->option == wgo_option_at(WGO_OPT_PROVIDER)) {
        *current = select_provider(args, wgo_providers_find(p->known, given->value.text));
    }
    if (flag->option == wgo_option_at(WGO_OPT_HELP)) {
        args->help = given->value.on;
    }
    if (flag->option->scoped) {
        enum wgo_scoped id = (enum wgo_scoped)(wgo_option_id(flag->option) - WGO_OPT_SCOPED);
        given->provider = *current;
        if (*current >= 0 && !wgo_builtin_takes(args->providers[*current], id)) {
            return not_for_provider(p, flag, args->providers[*current]);
        }
    }
    return WGO_OK;
}

enum wgo_status wgo_args_parse(unsigned command, int argc, char *const *argv,
                               const struct wgo_providers *known, struct wgo_arena *arena,
                               struct wgo_args *out, struct wgo_error *err)
{
    struct parser p = {.command = command, .argc = argc, .argv = argv, .known = known, .err = err};
    struct wgo_args *args = &p.args;
    size_t most = (size_t)argc + 1;
    args->given = WGO_NEW_ARRAY(arena, struct wgo_given, most);
    args->positional = WGO_NEW_ARRAY(arena, const char *, most);
    args->providers = WGO_NEW_ARRAY(arena, const struct wgo_builtin *, most);
    if (!args->given || !args->positional || !args->providers) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    int current = -1;
    bool flags = true;
    while (p.at < argc && !args->help) {
        const char *text = argv[p.at++];
        struct flag flag;
        if (!flags || text[0] != '-' || text[1] == '\0') {
            args->positional[args->positional_count++] = text;
            continue;
        }
        if (strcmp(text, "--") == 0) {
            flags = false;
            continue;
        }
        enum wgo_status status =
            text[1] == '-' ? read_long(&p, text, &flag) : read_short(&p, text, &flag);
        if (status == WGO_OK) {
            status = find_value(&p, &flag);
        }
        if (status == WGO_OK) {
            status = take_flag(&p, &flag, &current);
        }
        if (status != WGO_OK) {
            return status;
        }
    }
    *out = *args;
    return WGO_OK;
}

const struct wgo_given *wgo_args_last(const struct wgo_args *args, enum wgo_option_id id)
{
    for (size_t i = args->given_count; i-- > 0;) {
        if (args->given[i].option == wgo_option_at(id)) {
            return &args->given[i];
        }
    }
    return NULL;
}
