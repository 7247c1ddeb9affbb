/* completion.c: scripts that make bash, zsh and fish complete, from the table of options. */
#include "cli/help.h"

/* Of the lines that do not begin with a blank, up to the first blank or colon. */
#define FIRST_WORD "'s/^\\([^ :]\\{1,\\}\\)[ :].*/\\1/p'"

/* What may follow an option, besides a fixed list of words. */
static bool is_file(const struct wgo_option *option)
{
    return option->kind == WGO_OPTION_FILE;
}

static bool is_folder(const struct wgo_option *option)
{
    return option->kind == WGO_OPTION_FOLDER;
}

/* Providers are asked of the program: users describe some of their own. */
static bool is_provider(const struct wgo_option *option)
{
    return option->kind == WGO_OPTION_PROVIDER || option->kind == WGO_OPTION_PROVIDERS;
}

/* For where the program cannot say, as with a configuration file that is wrong. */
static void builtin_names(struct wgo_buf *out)
{
    for (size_t i = 0; i < wgo_builtin_count(); i++) {
        wgo_buf_format(out, "%s%s", i ? " " : "", wgo_builtin_at(i)->type->name);
    }
}

/* The words that may follow, with blanks between them; false when they are not known. */
static bool words_of(const struct wgo_option *option, struct wgo_buf *out)
{
    if (option->kind == WGO_OPTION_CHOICE) {
        const char *const *choices = wgo_option_choices(option);
        for (size_t i = 0; choices[i]; i++) {
            wgo_buf_format(out, "%s%s", i ? " " : "", choices[i]);
        }
        return true;
    }
    return false;
}

static const char *shown_name(const struct wgo_option *option, char out[64])
{
    size_t len = 0;
    const char *prefix = wgo_option_shown_negated(option) ? "no-" : "";
    while (*prefix) {
        out[len++] = *prefix++;
    }
    for (const char *at = option->name; *at && len + 1 < 64; at++) {
        out[len++] = *at;
    }
    out[len] = '\0';
    return out;
}

/* Calls 'each' for every option of 'command', in the table's order. */
typedef void option_fn(const struct wgo_command *command, const struct wgo_option *option,
                       struct wgo_buf *out);
static void each_option(const struct wgo_command *command, option_fn *each, struct wgo_buf *out)
{
    for (int i = 0; i < WGO_OPT_COUNT; i++) {
        const struct wgo_option *option = wgo_option_at((enum wgo_option_id)i);
        if (option->commands & command->bit) {
            each(command, option, out);
        }
    }
}

/* ---- bash ---- */

static void bash_flag(const struct wgo_command *command, const struct wgo_option *option,
                      struct wgo_buf *out)
{
    char name[64];
    (void)command;
    wgo_buf_format(out, " --%s", shown_name(option, name));
}

static void bash_value(const struct wgo_command *command, const struct wgo_option *option,
                       struct wgo_buf *out)
{
    if (!option->argument) {
        return;
    }
    wgo_buf_format(out, "    %s:--%s", command->name, option->name);
    if (option->letter) {
        wgo_buf_format(out, " | %s:-%c", command->name, option->letter);
    }
    struct wgo_buf words = {0};
    if (is_provider(option)) {
        wgo_buf_cstr(out, ") _wgo_words \"$(_wgo_providers)\" ;;\n");
    } else if (words_of(option, &words)) {
        wgo_buf_format(out, ") _wgo_words \"%.*s\" ;;\n", WGO_FMT(wgo_buf_view(&words)));
    } else if (is_file(option) || is_folder(option)) {
        wgo_buf_format(out, ") _wgo_paths %s ;;\n", is_folder(option) ? "-d" : "-f");
    } else {
        wgo_buf_cstr(out, ") COMPREPLY=() ;;\n");
    }
    wgo_buf_fini(&words);
}

static void write_bash(struct wgo_buf *out)
{
    wgo_buf_cstr(out, "# bash completion for wgo; load with: source <(wgo completion bash)\n\n"
                      "_wgo_words() {\n"
                      "  mapfile -t COMPREPLY < <(compgen -W \"$1\" -- \"$cur\")\n"
                      "}\n\n"
                      "_wgo_paths() {\n"
                      "  compopt -o filenames 2>/dev/null\n"
                      "  mapfile -t COMPREPLY < <(compgen \"$1\" -- \"$cur\")\n"
                      "}\n\n"
                      "_wgo_providers() {\n"
                      "  local names\n"
                      "  names=\"$(wgo providers 2>/dev/null | sed -n " FIRST_WORD ")\"\n"
                      "  printf '%s' \"${names:-");
    builtin_names(out);
    wgo_buf_cstr(out,
                 "}\"\n"
                 "}\n\n"
                 "_wgo() {\n"
                 "  local cur=\"${COMP_WORDS[COMP_CWORD]}\" prev=\"${COMP_WORDS[COMP_CWORD-1]}\"\n"
                 "  # --flag=value comes as three words\n"
                 "  if [[ $prev == \"=\" ]]; then\n"
                 "    prev=\"${COMP_WORDS[COMP_CWORD-2]}\"\n"
                 "  elif [[ $cur == \"=\" ]]; then\n"
                 "    cur=\"\"\n"
                 "  fi\n"
                 "  if (( COMP_CWORD == 1 )); then\n"
                 "    _wgo_words \"");
    for (size_t i = 0; i < wgo_command_count(); i++) {
        wgo_buf_format(out, "%s ", wgo_command_at(i)->name);
    }
    wgo_buf_cstr(out, "--help --version\"\n    return\n  fi\n"
                      "  case \"${COMP_WORDS[1]}:$prev\" in\n");
    for (size_t i = 0; i < wgo_command_count(); i++) {
        each_option(wgo_command_at(i), bash_value, out);
    }
    wgo_buf_cstr(out, "    *)\n      case \"${COMP_WORDS[1]}\" in\n");
    for (size_t i = 0; i < wgo_command_count(); i++) {
        const struct wgo_command *command = wgo_command_at(i);
        wgo_buf_format(out, "      %s) ", command->name);
        if (command->takes_files) {
            wgo_buf_cstr(out,
                         "(( COMP_CWORD > 2 )) && [[ $cur != -* ]] && _wgo_paths -f && return\n"
                         "        ");
        }
        wgo_buf_cstr(out, "_wgo_words \"");
        for (size_t k = 0; command->words && command->words[k]; k++) {
            wgo_buf_format(out, "%s ", command->words[k]);
        }
        each_option(command, bash_flag, out);
        wgo_buf_cstr(out, "\" ;;\n");
    }
    wgo_buf_cstr(out, "      esac ;;\n  esac\n}\n\ncomplete -F _wgo wgo\n");
}

/* ---- zsh ---- */

/* Inside single quotes, and inside the brackets of a specification. */
static void zsh_text(struct wgo_buf *out, const char *text)
{
    for (const char *at = text; *at; at++) {
        if (*at == '\'') {
            wgo_buf_cstr(out, "'\\''");
        } else {
            if (*at == '[' || *at == ']' || *at == ':' || *at == '\\') {
                wgo_buf_char(out, '\\');
            }
            wgo_buf_char(out, *at);
        }
    }
}

static void zsh_option(const struct wgo_command *command, const struct wgo_option *option,
                       struct wgo_buf *out)
{
    char name[64];
    (void)command;
    wgo_buf_format(out, " \\\n        '%s--%s%s[", option->repeat ? "*" : "",
                   shown_name(option, name), option->argument ? "=" : "");
    zsh_text(out, option->help);
    wgo_buf_char(out, ']');
    if (option->argument) {
        struct wgo_buf words = {0};
        wgo_buf_char(out, ':');
        zsh_text(out, option->argument);
        if (is_provider(option)) {
            wgo_buf_cstr(out, ":_wgo_providers");
        } else if (words_of(option, &words)) {
            wgo_buf_format(out, ":(%.*s)", WGO_FMT(wgo_buf_view(&words)));
        } else {
            wgo_buf_cstr(out, is_file(option)     ? ":_files"
                              : is_folder(option) ? ":_files -/"
                                                  : ": ");
        }
        wgo_buf_fini(&words);
    }
    wgo_buf_char(out, '\'');
}

static void write_zsh(struct wgo_buf *out)
{
    wgo_buf_cstr(out, "#compdef wgo\n# zsh completion for wgo; load with: source <(wgo completion "
                      "zsh)\n\n"
                      "_wgo_providers() {\n"
                      "  local -a names\n"
                      "  names=(${(f)\"$(wgo providers 2>/dev/null | sed -n " FIRST_WORD ")\"})\n"
                      "  (( $#names )) || names=(");
    builtin_names(out);
    wgo_buf_cstr(out, ")\n  compadd \"$@\" -a names\n}\n\n"
                      "_wgo() {\n  local state line\n  local -a commands\n"
                      "  typeset -A opt_args\n  commands=(\n");
    for (size_t i = 0; i < wgo_command_count(); i++) {
        const struct wgo_command *command = wgo_command_at(i);
        wgo_buf_format(out, "    '%s:", command->name);
        zsh_text(out, command->summary);
        wgo_buf_cstr(out, "'\n");
    }
    wgo_buf_cstr(out, "  )\n  _arguments -C '1:command:->command' '*::argument:->argument'\n"
                      "  case $state in\n"
                      "  command) _describe command commands ;;\n"
                      "  argument)\n    case $line[1] in\n");
    for (size_t i = 0; i < wgo_command_count(); i++) {
        const struct wgo_command *command = wgo_command_at(i);
        wgo_buf_format(out, "    %s)\n      _arguments", command->name);
        if (command->words) {
            wgo_buf_cstr(out, " \\\n        '1:argument:(");
            for (size_t k = 0; command->words[k]; k++) {
                wgo_buf_format(out, "%s%s", k ? " " : "", command->words[k]);
            }
            wgo_buf_cstr(out, ")'");
        }
        if (command->takes_files) {
            wgo_buf_cstr(out, " \\\n        '*:file:_files'");
        }
        each_option(command, zsh_option, out);
        wgo_buf_cstr(out, "\n      ;;\n");
    }
    wgo_buf_cstr(out, "    esac ;;\n  esac\n}\n\n"
                      "if [[ $funcstack[1] == _wgo ]]; then\n  _wgo \"$@\"\nelse\n"
                      "  compdef _wgo wgo\nfi\n");
}

/* ---- fish ---- */

static void fish_text(struct wgo_buf *out, const char *text)
{
    wgo_buf_char(out, '\'');
    for (const char *at = text; *at; at++) {
        if (*at == '\'' || *at == '\\') {
            wgo_buf_char(out, '\\');
        }
        wgo_buf_char(out, *at);
    }
    wgo_buf_char(out, '\'');
}

static void fish_option(const struct wgo_command *command, const struct wgo_option *option,
                        struct wgo_buf *out)
{
    char name[64];
    wgo_buf_format(out, "complete -c wgo -n '__fish_seen_subcommand_from %s' -l %s", command->name,
                   shown_name(option, name));
    if (option->letter) {
        wgo_buf_format(out, " -s %c", option->letter);
    }
    if (option->argument) {
        struct wgo_buf words = {0};
        if (is_provider(option)) {
            wgo_buf_cstr(out, " -x -a '(__wgo_providers)'");
        } else if (words_of(option, &words)) {
            wgo_buf_format(out, " -x -a '%.*s'", WGO_FMT(wgo_buf_view(&words)));
        } else if (is_folder(option)) {
            wgo_buf_cstr(out, " -x -a '(__fish_complete_directories)'");
        } else {
            wgo_buf_cstr(out, is_file(option) ? " -r -F" : " -x");
        }
        wgo_buf_fini(&words);
    }
    wgo_buf_cstr(out, " -d ");
    fish_text(out, option->help);
    wgo_buf_char(out, '\n');
}

static void write_fish(struct wgo_buf *out)
{
    wgo_buf_cstr(out, "# fish completion for wgo\n"
                      "function __wgo_providers\n"
                      "    set -l names (wgo providers 2>/dev/null | sed -n " FIRST_WORD ")\n"
                      "    test (count $names) -gt 0; or set names ");
    builtin_names(out);
    wgo_buf_cstr(out, "\n    printf '%s\\n' $names\n"
                      "end\n"
                      "complete -c wgo -f\n");
    for (size_t i = 0; i < wgo_command_count(); i++) {
        const struct wgo_command *command = wgo_command_at(i);
        wgo_buf_format(out, "complete -c wgo -n __fish_use_subcommand -a %s -d ", command->name);
        fish_text(out, command->summary);
        wgo_buf_char(out, '\n');
        for (size_t k = 0; command->words && command->words[k]; k++) {
            wgo_buf_format(out, "complete -c wgo -n '__fish_seen_subcommand_from %s' -a %s\n",
                           command->name, command->words[k]);
        }
        if (command->takes_files) {
            wgo_buf_format(out, "complete -c wgo -n '__fish_seen_subcommand_from %s' -F\n",
                           command->name);
        }
        each_option(command, fish_option, out);
    }
}

bool wgo_help_completion(struct wgo_str shell, struct wgo_buf *out)
{
    static const struct {
        const char *shell;
        void (*write)(struct wgo_buf *out);
    } shells[] = {{"bash", write_bash}, {"zsh", write_zsh}, {"fish", write_fish}};
    for (size_t i = 0; i < WGO_COUNT(shells); i++) {
        if (wgo_str_is(shell, shells[i].shell)) {
            shells[i].write(out);
            return true;
        }
    }
    return false;
}
