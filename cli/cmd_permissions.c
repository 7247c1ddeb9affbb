#include "cli/catalogs.h"
#include "cli/types.h"

#include <stdio.h>

/* Providers that can say it, with commas between them. */
static void name_capable(char *out, size_t size)
{
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < wgo_builtin_count(); i++) {
        const struct wgo_collector_type *type = wgo_builtin_at(i)->type;
        if (type->permissions) {
            int more = snprintf(out + len, size - len, "%s%s", len ? ", " : "", type->name);
            len += more > 0 && (size_t)more < size - len ? (size_t)more : 0;
        }
    }
}

static enum wgo_status find_provider(const struct wgo_cli *cli, const struct wgo_builtin **out,
                                     struct wgo_error *err)
{
    char capable[160];
    name_capable(capable, sizeof(capable));
    if (cli->args.positional_count == 0) {
        wgo_fail(err, WGO_E_USAGE, "whose permissions? a provider is to be named");
        wgo_error_hint(err, "`wgo permissions PROVIDER`, with one of: %s", capable);
        return WGO_E_USAGE;
    }
    struct wgo_str name = wgo_str(cli->args.positional[0]);
    struct wgo_option_value value;
    enum wgo_status status =
        wgo_option_check(wgo_option_at(WGO_OPT_PROVIDER), name, &cli->providers, &value, err);
    if (status != WGO_OK) {
        return status;
    }
    const struct wgo_builtin *builtin = wgo_providers_find(&cli->providers, name);
    if (!builtin->type->permissions) {
        wgo_fail(err, WGO_E_USAGE, "%s: wgo cannot print what it needs there as a policy or role",
                 builtin->type->name);
        wgo_error_hint(err, "it can for: %s; `wgo validate --provider %s` shows what is allowed",
                       capable, builtin->type->name);
        return WGO_E_USAGE;
    }
    *out = builtin;
    return WGO_OK;
}

/* A flag that this provider does not know would change nothing without a word. */
static enum wgo_status check_flags(const struct wgo_cli *cli, const struct wgo_builtin *builtin,
                                   struct wgo_error *err)
{
    for (size_t i = 0; i < cli->args.given_count; i++) {
        const struct wgo_given *given = &cli->args.given[i];
        if (given->option->scoped &&
            !wgo_builtin_takes(builtin,
                               (enum wgo_scoped)(wgo_option_id(given->option) - WGO_OPT_SCOPED))) {
            return wgo_fail(err, WGO_E_USAGE, "--%s: %s does not take it", given->option->name,
                            builtin->type->name);
        }
    }
    return WGO_OK;
}

static enum wgo_status print(struct wgo_cli *cli, const struct wgo_scan_provider *provider,
                             struct wgo_error *err)
{
    struct wgo_permission_request request = {.options = &provider->options};
    struct wgo_catalog *catalog = NULL;
    char note[256] = "";
    enum wgo_status status = wgo_cli_take_catalog(cli, provider->type, &catalog, err);
    if (status != WGO_OK) {
        return status;
    }
    wgo_catalog_want(catalog, &provider->options.resource_types);
    status = wgo_catalog_called(catalog, &cli->arena, &request.called, &request.own, err);
    if (status == WGO_OK) {
        status = provider->type->permissions(&request, &cli->out, note, err);
    }
    if (status == WGO_OK && note[0]) {
        wgo_console_write(
            wgo_str_format(&cli->arena, "wgo: permissions: %s: %s\n", provider->type->name, note));
    }
    wgo_cli_put_back_catalog(cli, provider->type, catalog);
    return status;
}

static int run(struct wgo_cli *cli)
{
    struct wgo_error error = {0};
    const struct wgo_builtin *builtin = NULL;
    struct wgo_scan_provider provider = {0};
    enum wgo_status status = find_provider(cli, &builtin, &error);
    if (status == WGO_OK) {
        status = check_flags(cli, builtin, &error);
    }
    if (status == WGO_OK) {
        provider.type = builtin->type;
        status = wgo_select_options(&cli->args, &cli->settings, builtin, -1, &cli->arena,
                                    &provider.options, &error);
    }
    if (status == WGO_OK) {
        struct wgo_selection selection = {.providers = &provider, .count = 1};
        status = wgo_types_check(cli, &selection, &error);
    }
    if (status == WGO_OK) {
        status = print(cli, &provider, &error);
    }
    return status == WGO_OK ? 0 : wgo_cli_fail(cli, &error);
}

static const struct wgo_example examples[] = {
    {"What a scan of buckets and roles needs",
     "wgo permissions aws --resource-type 'aws_s3_*' --resource-type aws_iam_role"},
    {"Everything, with an organisation's accounts, one file a policy",
     "wgo permissions aws --org | jq -c 'if type == \"array\" then .[] else . end' | split -l 1"},
    {"What the description of an API says that its calls need",
     "wgo permissions forge --catalog forge.yaml"},
    {NULL, NULL},
};

static const char *const words[] = {"aws", "azure", "gcp", "powerbi", NULL};

const struct wgo_command wgo_command_permissions = {
    .name = "permissions",
    .bit = WGO_CMD_PERMISSIONS,
    .summary = "the least permissions that a scan needs, as a policy",
    .synopsis = "PROVIDER [FLAGS]",
    .description =
        "Prints the least permissions for what a scan with the same flags would call, from the "
        "catalogs that the scan works by, in the provider's own form; nothing is asked of the "
        "provider.\n\n"
        "For AWS that is an IAM policy. One that is longer than a managed policy may be (6,144 "
        "characters) is split: an array of policies is printed, and a line on standard error says "
        "so. With --org, the calls that list the organisation's accounts and assume a role in "
        "each are among them; they are for the identity that starts the scan, the rest is for "
        "the roles too.\n\n"
        "For an API of your own it is what the entries of its description have for `permission`, "
        "one to a line.",
    .examples = examples,
    .words = words,
    .most_arguments = 1,
    .configured = true,
    .run = run,
};
