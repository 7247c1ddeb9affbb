/* man.c: manual pages in roff, from the same tables as the help. */
#include "cli/help.h"

/* Roff reads a leading dot or apostrophe as a command, a backslash as an escape, and turns '-' into
 * a hyphen that cannot be searched for or pasted. */
static void escaped(struct wgo_buf *out, const char *text)
{
    bool line_start = true;
    for (const char *at = text; *at; at++) {
        if (line_start && (*at == '.' || *at == '\'')) {
            wgo_buf_cstr(out, "\\&");
        }
        switch (*at) {
        case '\\':
            wgo_buf_cstr(out, "\\e");
            break;
        case '-':
            wgo_buf_cstr(out, "\\-");
            break;
        case '~':
            wgo_buf_cstr(out, "\\(ti");
            break;
        case '^':
            wgo_buf_cstr(out, "\\(ha");
            break;
        case '\'':
            wgo_buf_cstr(out, "\\(aq");
            break;
        case '`':
            wgo_buf_cstr(out, "\\(ga");
            break;
        default:
            wgo_buf_char(out, *at);
        }
        line_start = *at == '\n';
    }
}

static void bold(struct wgo_buf *out, const char *text)
{
    wgo_buf_cstr(out, "\\fB");
    escaped(out, text);
    wgo_buf_cstr(out, "\\fR");
}

static void paragraphs(struct wgo_buf *out, const char *text)
{
    struct wgo_str rest = wgo_str(text);
    while (rest.ptr) {
        struct wgo_str line = wgo_str_split(&rest, '\n');
        if (line.len == 0) {
            wgo_buf_cstr(out, ".PP\n");
            continue;
        }
        char copy[1024];
        size_t len = line.len < sizeof(copy) - 1 ? line.len : sizeof(copy) - 1;
        memcpy(copy, line.ptr, len);
        copy[len] = '\0';
        escaped(out, copy);
        wgo_buf_char(out, '\n');
    }
}

static void title(struct wgo_buf *out, const char *name)
{
    wgo_buf_cstr(out, ".TH \"");
    for (const char *at = name; *at; at++) {
        if (*at == '-') {
            wgo_buf_cstr(out, "\\-");
        } else {
            wgo_buf_char(out, (char)(*at >= 'a' && *at <= 'z' ? *at - 32 : *at));
        }
    }
    wgo_buf_format(out, "\" 1 \"\" \"wgo %s\" \"wgo\"\n", WGO_VERSION);
}

static void option_item(struct wgo_buf *out, const struct wgo_option *option)
{
    wgo_buf_cstr(out, ".TP\n");
    if (option->letter) {
        wgo_buf_format(out, "\\fB\\-%c\\fR, ", option->letter);
    }
    wgo_buf_cstr(out, "\\fB\\-\\-");
    escaped(out, wgo_option_shown_negated(option) ? "no-" : "");
    escaped(out, option->name);
    wgo_buf_cstr(out, "\\fR");
    if (option->argument) {
        wgo_buf_cstr(out, " \\fI");
        escaped(out, option->argument);
        wgo_buf_cstr(out, "\\fR");
    } else if (option == wgo_option_at(WGO_OPT_FAIL_ON_ERROR)) {
        wgo_buf_cstr(out, "[=\\fIBOOL\\fR]");
    }
    wgo_buf_char(out, '\n');
    escaped(out, option->help);
    wgo_buf_cstr(out, ".\n");
    const char *fallback = wgo_help_fallback(option);
    if (fallback) {
        wgo_buf_cstr(out, "Default: ");
        escaped(out, fallback);
        wgo_buf_cstr(out, ".\n");
    }
    if (option->repeat) {
        wgo_buf_cstr(out, "May be given several times.\n");
    }
    if (option->env) {
        wgo_buf_cstr(out, "Environment: ");
        bold(out, option->env);
        wgo_buf_cstr(out, option->key ? "; " : ".\n");
    }
    if (option->key) {
        wgo_buf_cstr(out, "configuration file: ");
        bold(out, option->key);
        wgo_buf_cstr(out, ".\n");
    }
}

static void options(struct wgo_buf *out, unsigned command)
{
    wgo_buf_cstr(out, ".SH OPTIONS\n");
    for (int group = 0; group < WGO_GROUP_COUNT; group++) {
        bool titled = false;
        for (int i = 0; i < WGO_OPT_COUNT; i++) {
            const struct wgo_option *option = wgo_option_at((enum wgo_option_id)i);
            if ((int)option->group != group || !(option->commands & command)) {
                continue;
            }
            if (!titled) {
                wgo_buf_cstr(out, ".SS \"");
                escaped(out, wgo_option_group_title((enum wgo_option_group)group));
                wgo_buf_cstr(out, "\"\n");
                titled = true;
            }
            option_item(out, option);
        }
    }
}

static void exit_codes(struct wgo_buf *out)
{
    wgo_buf_cstr(out, ".SH EXIT STATUS\n");
    for (size_t i = 0; i < wgo_scan_exit_code_count; i++) {
        wgo_buf_format(out, ".TP\n\\fB%d\\fR\n", wgo_scan_exit_codes[i].code);
        escaped(out, wgo_scan_exit_codes[i].text);
        wgo_buf_cstr(out, ".\n");
    }
}

static void environment(struct wgo_buf *out)
{
    wgo_buf_cstr(out, ".SH ENVIRONMENT\nEvery option of a scan that names a variable takes its "
                      "value from there unless the command line says otherwise. Besides:\n");
    for (size_t i = 0; i < wgo_variable_count; i++) {
        wgo_buf_cstr(out, ".TP\n");
        bold(out, wgo_variables[i].name);
        wgo_buf_char(out, '\n');
        escaped(out, wgo_variables[i].text);
        wgo_buf_cstr(out, ".\n");
    }
}

static void files(struct wgo_buf *out)
{
    wgo_buf_cstr(out, ".SH FILES\n.TP\n\\fI\\(ti/.config/wgo/config.yaml\\fR\n"
                      "Configuration: the options' keys at the top, \\fBproviders\\fR: with a map "
                      "per provider (its own options with _ for \\-, \\fBmax_workers\\fR, "
                      "\\fBtimeout\\fR, \\fBretry\\fR), \\fBretry\\fR:, \\fBlimits\\fR: and "
                      "\\fBterraform\\fR: \\fBclusters\\fR:. An unknown key is an error.\n"
                      ".TP\n\\fI\\(ti/.aws/config\\fR, \\fI\\(ti/.aws/credentials\\fR\n"
                      "Profiles, as the AWS CLI has them.\n"
                      ".TP\n\\fI\\(ti/.config/gcloud/application_default_credentials.json\\fR, "
                      "\\fI\\(ti/.azure/\\fR\n"
                      "The logins of gcloud and of the Azure CLI.\n"
                      ".TP\n\\fI\\(ti/.kube/config\\fR\n"
                      "Clusters, as kubectl has them.\n"
                      ".TP\n\\fI\\(ti/.local/state/wgo/\\fR\n"
                      "The redaction key and the cache; mode 0700.\n");
}

static void examples(struct wgo_buf *out, const struct wgo_example *list)
{
    wgo_buf_cstr(out, ".SH EXAMPLES\n");
    for (const struct wgo_example *e = list; e->command; e++) {
        wgo_buf_cstr(out, ".PP\n");
        escaped(out, e->text);
        wgo_buf_cstr(out, ":\n.PP\n.RS 4\n.nf\n");
        escaped(out, e->command);
        wgo_buf_cstr(out, "\n.fi\n.RE\n");
    }
}

static void see_also(struct wgo_buf *out, const struct wgo_command *command)
{
    wgo_buf_cstr(out, ".SH SEE ALSO\n");
    bool any = false;
    if (command) {
        wgo_buf_cstr(out, "\\fBwgo\\fR(1)");
        any = true;
    }
    for (size_t i = 0; i < wgo_command_count(); i++) {
        const struct wgo_command *other = wgo_command_at(i);
        if (other != command) {
            wgo_buf_format(out, "%s\\fBwgo\\-%s\\fR(1)", any ? ",\n" : "", other->name);
            any = true;
        }
    }
    wgo_buf_char(out, '\n');
}

static void page_of_command(const struct wgo_command *command, struct wgo_buf *out)
{
    char name[64] = "wgo-";
    strncat(name, command->name, sizeof(name) - sizeof("wgo-"));
    title(out, name);
    wgo_buf_cstr(out, ".SH NAME\n");
    escaped(out, name);
    wgo_buf_cstr(out, " \\- ");
    escaped(out, command->summary);
    wgo_buf_cstr(out, "\n.SH SYNOPSIS\n\\fBwgo ");
    escaped(out, command->name);
    wgo_buf_cstr(out, "\\fR ");
    escaped(out, command->synopsis);
    wgo_buf_cstr(out, "\n.SH DESCRIPTION\n");
    paragraphs(out, command->description);
    options(out, command->bit);
    if (command->scans) {
        exit_codes(out);
    }
    if (command->configured) {
        environment(out);
        files(out);
    }
    if (command->examples) {
        examples(out, command->examples);
    }
    see_also(out, command);
}

static void page_of_wgo(struct wgo_buf *out)
{
    title(out, "wgo");
    wgo_buf_cstr(out, ".SH NAME\nwgo \\- one snapshot of what is running in your infrastructure\n"
                      ".SH SYNOPSIS\n\\fBwgo\\fR \\fICOMMAND\\fR [\\fIFLAGS\\fR]\n"
                      ".SH DESCRIPTION\n"
                      "\\fBwgo\\fR reads everything a team runs on the providers it knows, all of "
                      "them at once, and writes one deduplicated JSON snapshot. It only reads, it "
                      "says of every list whether it was seen whole, and the same infrastructure "
                      "gives the same resources, byte for byte.\n"
                      ".SH COMMANDS\n");
    for (size_t i = 0; i < wgo_command_count(); i++) {
        const struct wgo_command *command = wgo_command_at(i);
        wgo_buf_cstr(out, ".TP\n");
        bold(out, command->name);
        wgo_buf_char(out, '\n');
        escaped(out, command->summary);
        wgo_buf_cstr(out, ".\n");
    }
    exit_codes(out);
    environment(out);
    files(out);
    examples(out, wgo_command_scan.examples);
    see_also(out, NULL);
}

void wgo_help_man(const struct wgo_command *command, struct wgo_buf *out)
{
    if (command) {
        page_of_command(command, out);
    } else {
        page_of_wgo(out);
    }
}
