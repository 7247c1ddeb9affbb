#include "cli/help.h"

#include <stdio.h>

#define WIDTH 80
#define TEXT_AT 28

const struct wgo_exit_code wgo_scan_exit_codes[] = {
    {0, "complete"},
    {1, "failed: nothing could be collected or the result could not be written, or "
        "--fail-on-error stopped the scan"},
    {2, "wrong usage or configuration: flags, configuration file, kubeconfig, an input that cannot "
        "be read, no provider configured"},
    {3, "a snapshot was written, but it is partial (--allow-partial makes this 0)"},
    {4, "every provider asked refused the credentials"},
    {130, "interrupted; what was collected was written"},
};
const size_t wgo_scan_exit_code_count = WGO_COUNT(wgo_scan_exit_codes);

const struct wgo_variable wgo_variables[] = {
    {"WGO_DEBUG", "true: a debug log on stderr, one line per call"},
    {"WGO_REDACT_KEY", "the key itself under which sensitive values are digested"},
    {"NO_COLOR", "when set, no colors unless --color=always"},
    {"XDG_CONFIG_HOME", "where wgo/config.yaml is looked for; ~/.config"},
    {"XDG_STATE_HOME", "where wgo/ keeps its redaction key and cache; ~/.local/state"},
    {"TMPDIR", "where temporary files go; they have no name there"},
    {"AWS_PROFILE, AWS_REGION, AWS_ENDPOINT_URL ...", "what the AWS CLI reads, and in its order"},
    {"GOOGLE_APPLICATION_CREDENTIALS, CLOUDSDK_CORE_PROJECT ...",
     "what Google's own clients read; WGO_GCP_ENDPOINT is another address of its services"},
    {"AZURE_TENANT_ID, AZURE_CLIENT_ID, ARM_CLIENT_SECRET ...",
     "what Microsoft's own clients and Terraform read; WGO_AZURE_ENDPOINT is another Resource "
     "Manager; WGO_POWERBI_ENDPOINT another address of Power BI"},
    {"KUBECONFIG", "kubeconfig files, with colons between them"},
    {"WGO_TERRAFORM_PATH", "folders with Terraform states, with colons between them"},
    {"HTTPS_PROXY, http_proxy, NO_PROXY", "proxies, as curl reads them"},
    {"SSL_CERT_FILE, CURL_CA_BUNDLE", "certificates to trust instead of the system's"},
};
const size_t wgo_variable_count = WGO_COUNT(wgo_variables);

void wgo_help_flag(const struct wgo_option *option, struct wgo_buf *out)
{
    if (option->letter) {
        wgo_buf_format(out, "-%c, ", option->letter);
    }
    wgo_buf_format(out, "--%s%s", wgo_option_shown_negated(option) ? "no-" : "", option->name);
    if (option->argument) {
        wgo_buf_format(out, " %s", option->argument);
    } else if (option == wgo_option_at(WGO_OPT_FAIL_ON_ERROR)) {
        wgo_buf_cstr(out, "[=BOOL]");
    }
}

const char *wgo_help_fallback(const struct wgo_option *option)
{
    if (option->shown_fallback) {
        return option->shown_fallback;
    }
    return option->kind == WGO_OPTION_SWITCH ? NULL : option->fallback;
}

/* Appends words with line breaks; 'column' is where the cursor stands. */
static void wrap(struct wgo_buf *out, const char *text, size_t column, size_t indent)
{
    struct wgo_str rest = wgo_str(text);
    bool first = true;
    while (rest.ptr) {
        struct wgo_str word = wgo_str_split(&rest, ' ');
        size_t width = 0;
        for (size_t i = 0; i < word.len; i++) {
            width += (word.ptr[i] & 0xc0) != 0x80;
        }
        if (!first && column + 1 + width > WIDTH) {
            wgo_buf_format(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            wgo_buf_char(out, ' ');
            column++;
        }
        wgo_buf_str(out, word);
        column += width;
        first = false;
    }
    wgo_buf_char(out, '\n');
}

/* "  LABEL      text", the text in its own column. */
static void entry(struct wgo_buf *out, const char *label, const char *text)
{
    size_t len = strlen(label) + 2;
    wgo_buf_format(out, "  %s", label);
    if (len + 2 > TEXT_AT) {
        wgo_buf_format(out, "\n%*s", TEXT_AT, "");
    } else {
        wgo_buf_format(out, "%*s", (int)(TEXT_AT - len), "");
    }
    wrap(out, text, TEXT_AT, TEXT_AT);
}

void wgo_help_overview(struct wgo_buf *out)
{
    wgo_buf_cstr(out, "wgo - what is going on in my infrastructure?\n\n"
                      "Reads everything a team runs, all providers at once, and writes one\n"
                      "deduplicated JSON snapshot. It only reads.\n\n"
                      "usage: wgo COMMAND [FLAGS]\n\ncommands:\n");
    for (size_t i = 0; i < wgo_command_count(); i++) {
        const struct wgo_command *command = wgo_command_at(i);
        char label[64];
        snprintf(label, sizeof(label), "%s", command->name);
        entry(out, label, command->summary);
    }
    wgo_buf_cstr(out, "\nstart with:\n"
                      "  wgo providers                     what is configured here\n"
                      "  wgo scan --all --concurrent       read all of it\n"
                      "\n`wgo help COMMAND` explains a command, `man wgo` the whole.\n");
}

static void option_entry(struct wgo_buf *out, const struct wgo_option *option)
{
    struct wgo_buf label = {0}, text = {0};
    wgo_help_flag(option, &label);
    wgo_buf_cstr(&text, option->help);
    const char *fallback = wgo_help_fallback(option);
    if (fallback) {
        wgo_buf_format(&text, " [%s]", fallback);
    }
    const char *label_text = wgo_buf_terminated(&label), *help_text = wgo_buf_terminated(&text);
    if (label_text && help_text) {
        entry(out, label_text, help_text);
    }
    wgo_buf_fini(&label);
    wgo_buf_fini(&text);
}

static void option_groups(struct wgo_buf *out, unsigned command)
{
    for (int group = 0; group < WGO_GROUP_COUNT; group++) {
        bool titled = false;
        for (int i = 0; i < WGO_OPT_COUNT; i++) {
            const struct wgo_option *option = wgo_option_at((enum wgo_option_id)i);
            if ((int)option->group != group || !(option->commands & command)) {
                continue;
            }
            if (!titled) {
                const char *title = wgo_option_group_title((enum wgo_option_group)group);
                wgo_buf_format(out, "\n%s:\n", title);
                titled = true;
            }
            option_entry(out, option);
        }
    }
}

void wgo_help_command(const struct wgo_command *command, struct wgo_buf *out)
{
    wgo_buf_format(out, "wgo %s - %s\n\nusage: wgo %s%s%s\n\n", command->name, command->summary,
                   command->name, command->synopsis[0] ? " " : "", command->synopsis);
    struct wgo_str rest = wgo_str(command->description);
    while (rest.ptr) {
        struct wgo_str line = wgo_str_split(&rest, '\n');
        char text[1024];
        snprintf(text, sizeof(text), "%.*s", WGO_FMT(line));
        if (line.len > 0) {
            wrap(out, text, 0, 0);
        } else {
            wgo_buf_char(out, '\n');
        }
    }
    option_groups(out, command->bit);
    if (command->scans) {
        wgo_buf_cstr(out, "\nExit codes:\n");
        for (size_t i = 0; i < wgo_scan_exit_code_count; i++) {
            char label[16];
            snprintf(label, sizeof(label), "%d", wgo_scan_exit_codes[i].code);
            entry(out, label, wgo_scan_exit_codes[i].text);
        }
    }
    if (command->examples) {
        wgo_buf_cstr(out, "\nExamples:\n");
        for (const struct wgo_example *e = command->examples; e->command; e++) {
            wgo_buf_format(out, "  # %s\n  %s\n", e->text, e->command);
        }
    }
}
