#include "cli/options.h"

#define SCANS WGO_CMD_SCAN
#define COLLECTS (WGO_CMD_SCAN | WGO_CMD_VALIDATE | WGO_CMD_HEALTH)
/* `wgo config show` takes what has a key, to show what would count. */
#define SCANS_SHOWN (WGO_CMD_SCAN | WGO_CMD_CONFIG)
#define COLLECTS_SHOWN (COLLECTS | WGO_CMD_CONFIG)
#define LISTS                                                                                      \
    (WGO_CMD_PROVIDERS | WGO_CMD_RESOURCES | WGO_CMD_CONFIG | WGO_CMD_VALIDATE | WGO_CMD_CACHE |   \
     WGO_CMD_QUOTA | WGO_CMD_HEALTH)
#define CONFIGURED                                                                                 \
    (COLLECTS | WGO_CMD_PROVIDERS | WGO_CMD_RESOURCES | WGO_CMD_CONFIG | WGO_CMD_PERMISSIONS |     \
     WGO_CMD_CACHE | WGO_CMD_QUOTA)
#define EVERY (CONFIGURED | WGO_CMD_CATALOG | WGO_CMD_COMPLETION | WGO_CMD_VERSION | WGO_CMD_HELP)

static const char *const snapshot_formats[] = {"json", "ndjson", NULL};
/* What -o says to other programs: kubectl, the Azure CLI and their like. */
static const char *const others_formats[] = {
    "json",  "jsonc", "jsonl", "ndjson", "yaml", "yamlc", "yml",
    "table", "wide",  "csv",   "tsv",    "text", NULL,
};
static const char *const list_formats[] = {"text", "json", NULL};
static const char *const colors[] = {"auto", "always", "never", NULL};

/* What decides which calls a scan makes. */
#define BIT(id) (1u << WGO_SCOPED_##id)
#define DECIDES_CALLS                                                                              \
    (BIT(RESOURCE_TYPE) | BIT(ORG) | BIT(OU) | BIT(ACCOUNT_TAG) | BIT(GCP_SOURCE) | BIT(FOLDER) |  \
     BIT(ORGANIZATION) | BIT(AZURE_SOURCE))

#define SCOPED_KIND_TEXT WGO_OPTION_TEXT
#define SCOPED_KIND_FILE WGO_OPTION_FILE
#define SCOPED_KIND_FOLDER WGO_OPTION_FOLDER
#define SCOPED_KIND_PATTERN WGO_OPTION_PATTERN
#define SCOPED_KIND_NUMBER WGO_OPTION_NUMBER
#define SCOPED_KIND_CHOICE WGO_OPTION_CHOICE
#define SCOPED_KIND_SWITCH WGO_OPTION_SWITCH

static const struct wgo_option table[WGO_OPT_COUNT] = {
    [WGO_OPT_ALL] = {.name = "all",
                     .kind = WGO_OPTION_SWITCH,
                     .group = WGO_GROUP_SELECT,
                     .fallback = "false",
                     .env = "WGO_ALL",
                     .key = "all",
                     .commands = COLLECTS_SHOWN,
                     .help = "read every provider that has configuration here, in files or in "
                             "the environment"},
    [WGO_OPT_PROVIDER] = {.name = "provider",
                          .letter = 'p',
                          .kind = WGO_OPTION_PROVIDER,
                          .group = WGO_GROUP_SELECT,
                          .argument = "NAME",
                          .commands = COLLECTS,
                          .repeat = true,
                          .help = "read this provider; the provider's own options that follow "
                                  "belong to it"},
#define WGO_SCOPED(id, name_, kind_, member, argument_, help_)                                     \
    [WGO_OPT_SCOPED + WGO_SCOPED_##                                                                \
        id] = {.name = (name_),                                                                    \
               .kind = SCOPED_KIND_##kind_,                                                        \
               .group = WGO_GROUP_SCOPED,                                                          \
               .argument = (argument_),                                                            \
               .commands = COLLECTS | ((BIT(id) & DECIDES_CALLS) ? WGO_CMD_PERMISSIONS : 0u),      \
               .repeat = SCOPED_KIND_##kind_ != WGO_OPTION_SWITCH,                                 \
               .scoped = true,                                                                     \
               .help = (help_)},
#include "lib/scoped.def"
#undef WGO_SCOPED
    [WGO_OPT_CONCURRENT] = {.name = "concurrent",
                            .kind = WGO_OPTION_SWITCH,
                            .group = WGO_GROUP_READ,
                            .fallback = "false",
                            .env = "WGO_CONCURRENT",
                            .key = "concurrent",
                            .commands = SCANS_SHOWN,
                            .help = "read all providers at once, each with its own workers, "
                                    "instead of one after another"},
    [WGO_OPT_MAX_WORKERS] = {.name = "max-workers",
                             .kind = WGO_OPTION_COUNT,
                             .group = WGO_GROUP_READ,
                             .argument = "N",
                             .fallback = "4",
                             .env = "WGO_MAX_WORKERS",
                             .key = "max_workers",
                             .commands = COLLECTS_SHOWN,
                             .least = 1,
                             .most = 256,
                             .help = "threads of each provider's pool"},
    [WGO_OPT_MAX_BUILD_THREADS] = {.name = "max-build-threads",
                                   .kind = WGO_OPTION_COUNT,
                                   .group = WGO_GROUP_READ,
                                   .argument = "N",
                                   .sample = "4",
                                   .commands = COLLECTS,
                                   .least = 1,
                                   .most = 256,
                                   .help = "another name of --max-workers"},
    [WGO_OPT_BATCH_MODE] = {.name = "batch-mode",
                            .kind = WGO_OPTION_SWITCH,
                            .group = WGO_GROUP_READ,
                            .fallback = "false",
                            .commands = COLLECTS,
                            .help = "understood, and needless: what can be asked for in batches "
                                    "always is"},
    [WGO_OPT_CALLS_PER_WORKER] = {.name = "calls-per-worker",
                                  .kind = WGO_OPTION_COUNT,
                                  .group = WGO_GROUP_READ,
                                  .argument = "N",
                                  .fallback = "8",
                                  .env = "WGO_CALLS_PER_WORKER",
                                  .key = "calls_per_worker",
                                  .commands = COLLECTS_SHOWN,
                                  .least = 1,
                                  .most = 256,
                                  .help = "calls that each worker may keep in flight; the window "
                                          "adapts below that to what the provider bears"},
    [WGO_OPT_MAX_PARALLEL_SCANS] = {.name = "max-parallel-scans",
                                    .kind = WGO_OPTION_COUNT,
                                    .group = WGO_GROUP_READ,
                                    .argument = "N",
                                    .sample = "4",
                                    .env = "WGO_MAX_PARALLEL_SCANS",
                                    .key = "max_parallel_scans",
                                    .commands = COLLECTS,
                                    .least = 1,
                                    .most = 256,
                                    .help = "jobs that a provider's server works on for us at "
                                            "once, where what is read is submitted and polled; "
                                            "otherwise as its catalog says"},
    [WGO_OPT_HOST_CONNECTIONS] = {.name = "host-connections",
                                  .kind = WGO_OPTION_COUNT,
                                  .group = WGO_GROUP_READ,
                                  .argument = "N",
                                  .fallback = "10",
                                  .env = "WGO_HOST_CONNECTIONS",
                                  .key = "host_connections",
                                  .commands = COLLECTS_SHOWN,
                                  .least = 1,
                                  .most = 1000,
                                  .help = "connections to one host at most; of all hosts 100, "
                                          "or N where that is more"},
    [WGO_OPT_QUOTA] = {.name = "quota",
                       .kind = WGO_OPTION_TEXT,
                       .group = WGO_GROUP_READ,
                       .argument = "N/TIME",
                       .env = "WGO_QUOTA",
                       .key = "quota",
                       .commands = SCANS_SHOWN,
                       .help = "calls of each provider that its owner allows all its callers "
                               "together, such as 500/h or 500/h,10000/d; windows slide, and all "
                               "scans of this machine count"},
    [WGO_OPT_QUOTA_SHARE] = {.name = "quota-share",
                             .kind = WGO_OPTION_TEXT,
                             .group = WGO_GROUP_READ,
                             .argument = "SHARE",
                             .fallback = "100%",
                             .env = "WGO_QUOTA_SHARE",
                             .key = "quota_share",
                             .commands = SCANS_SHOWN,
                             .help = "our share of --quota, such as 24%; without it of the "
                                     "quotas that providers know, as Power BI does"},
    [WGO_OPT_MAX_CALLS_PER_HOUR] = {.name = "max-calls-per-hour",
                                    .kind = WGO_OPTION_COUNT,
                                    .group = WGO_GROUP_READ,
                                    .argument = "N",
                                    .sample = "500",
                                    .env = "WGO_MAX_CALLS_PER_HOUR",
                                    .key = "max_calls_per_hour",
                                    .commands = SCANS_SHOWN,
                                    .least = 1,
                                    .most = 1000000000,
                                    .help = "no more calls an hour to each provider, evenly "
                                            "spaced"},
    [WGO_OPT_MAX_BATCHES_PER_HOUR] = {.name = "max-batches-per-hour",
                                      .kind = WGO_OPTION_COUNT,
                                      .group = WGO_GROUP_READ,
                                      .argument = "N",
                                      .sample = "15",
                                      .env = "WGO_MAX_BATCHES_PER_HOUR",
                                      .key = "max_batches_per_hour",
                                      .commands = SCANS_SHOWN,
                                      .least = 1,
                                      .most = 1000000000,
                                      .help = "start no more jobs an hour on a provider's server, "
                                              "evenly spaced: batches of a hundred workspaces of "
                                              "Power BI"},
    [WGO_OPT_SCAN_TIMEOUT] = {.name = "scan-timeout",
                              .kind = WGO_OPTION_DURATION,
                              .group = WGO_GROUP_READ,
                              .argument = "DURATION",
                              .fallback = "5m",
                              .env = "WGO_SCAN_TIMEOUT",
                              .key = "scan_timeout",
                              .commands = COLLECTS_SHOWN,
                              .help = "deadline of each provider, such as 30s, 5m or 1h30m; what "
                                      "was read by then is kept and marked; 0 is none, as is the "
                                      "default with --org and with a quota"},
    [WGO_OPT_FAIL_ON_ERROR] = {.name = "fail-on-error",
                               .kind = WGO_OPTION_SWITCH,
                               .group = WGO_GROUP_READ,
                               .fallback = "false",
                               .env = "WGO_FAIL_ON_ERROR",
                               .key = "fail_on_error",
                               .commands = SCANS_SHOWN,
                               .help = "the first provider that fails stops the others; what was "
                                       "collected is still written. One that --resource-limit "
                                       "stops has not failed"},
    [WGO_OPT_PREFERRED_ORDER] = {.name = "preferred-order",
                                 .kind = WGO_OPTION_PROVIDERS,
                                 .group = WGO_GROUP_READ,
                                 .argument = "A,B",
                                 .env = "WGO_PREFERRED_ORDER",
                                 .key = "preferred_order",
                                 .commands = SCANS_SHOWN,
                                 .help = "which providers start first (otherwise those that took "
                                         "longest before), and whose values win when two describe "
                                         "the same resource"},
    [WGO_OPT_MEMORY_BUDGET] = {.name = "memory-budget",
                               .kind = WGO_OPTION_SIZE,
                               .group = WGO_GROUP_READ,
                               .argument = "SIZE",
                               .fallback = "96M",
                               .env = "WGO_MEMORY_BUDGET",
                               .key = "memory_budget",
                               .commands = SCANS_SHOWN,
                               .least = UINT64_C(4) << 20,
                               .most = UINT64_C(1) << 50,
                               .help = "memory for answers and resources together, such as 96M or "
                                       "2G; what exceeds it goes through a temporary file"},
    [WGO_OPT_DRY_RUN] = {.name = "dry-run",
                         .kind = WGO_OPTION_SWITCH,
                         .group = WGO_GROUP_READ,
                         .fallback = "false",
                         .commands = SCANS,
                         .help =
                             "print what would be read (accounts, regions, types, list calls, "
                             "time) and collect nothing; who we are, accounts and regions are "
                             "asked for; with --format json as JSON. The exit code is a scan's, by "
                             "what was asked"},
    [WGO_OPT_HEALTH] = {.name = "health",
                        .kind = WGO_OPTION_SWITCH,
                        .group = WGO_GROUP_READ,
                        .fallback = "true",
                        .env = "WGO_HEALTH",
                        .key = "health",
                        .commands = SCANS_SHOWN,
                        .help = "begin a scan of more than 10,000 calls without asking first, as "
                                "`wgo health` does, whether the provider bears it now"},
    [WGO_OPT_OUTPUT_FILE] = {.name = "output-file",
                             .letter = 'o',
                             .kind = WGO_OPTION_FILE,
                             .group = WGO_GROUP_WRITE,
                             .argument = "FILE",
                             .shown_fallback = "wgo-<UTC time>.json",
                             .env = "WGO_OUTPUT_FILE",
                             .key = "output_file",
                             .commands = SCANS_SHOWN,
                             .misread = others_formats,
                             .help = "where the snapshot goes; '-' is standard output; a file "
                                     "appears whole or not at all; one that is named here is "
                                     "replaced, by default nothing is"},
    [WGO_OPT_FORMAT] = {.name = "format",
                        .kind = WGO_OPTION_CHOICE,
                        .group = WGO_GROUP_WRITE,
                        .argument = "FORMAT",
                        .fallback = "json",
                        .env = "WGO_FORMAT",
                        .key = "format",
                        .commands = SCANS,
                        .choices = snapshot_formats,
                        .help = "json: one document; ndjson: first the snapshot without its "
                                "resources, then one resource a line"},
    [WGO_OPT_LIST_FORMAT] = {.name = "format",
                             .kind = WGO_OPTION_CHOICE,
                             .group = WGO_GROUP_WRITE,
                             .argument = "FORMAT",
                             .fallback = "text",
                             .commands = LISTS,
                             .choices = list_formats,
                             .help = "text for people, json for programs"},
    [WGO_OPT_STREAM] = {.name = "stream",
                        .kind = WGO_OPTION_SWITCH,
                        .group = WGO_GROUP_WRITE,
                        .fallback = "false",
                        .env = "WGO_STREAM",
                        .key = "stream",
                        .commands = SCANS_SHOWN,
                        .help = "write resources as ndjson while they are read, unmerged and "
                                "unsorted; what was seen whole comes last"},
    [WGO_OPT_SKIP_MERGING] = {.name = "skip-merging",
                              .kind = WGO_OPTION_SWITCH,
                              .group = WGO_GROUP_WRITE,
                              .fallback = "false",
                              .env = "WGO_SKIP_MERGING",
                              .key = "skip_merging",
                              .commands = SCANS_SHOWN,
                              .help = "one snapshot per provider, in one document: "
                                      "{\"snapshots\":[...]}"},
    [WGO_OPT_ALLOW_PARTIAL] = {.name = "allow-partial",
                               .kind = WGO_OPTION_SWITCH,
                               .group = WGO_GROUP_WRITE,
                               .fallback = "false",
                               .env = "WGO_ALLOW_PARTIAL",
                               .key = "allow_partial",
                               .commands = SCANS_SHOWN,
                               .help = "exit with 0 instead of 3 when the snapshot is partial"},
    [WGO_OPT_METRICS_FILE] = {.name = "metrics-file",
                              .kind = WGO_OPTION_FILE,
                              .group = WGO_GROUP_WRITE,
                              .argument = "FILE",
                              .env = "WGO_METRICS_FILE",
                              .key = "metrics_file",
                              .commands = SCANS_SHOWN,
                              .help = "write at the end what the calls cost, as text for "
                                      "Prometheus"},
    [WGO_OPT_EVENTS] = {.name = "events",
                        .kind = WGO_OPTION_FILE,
                        .group = WGO_GROUP_WRITE,
                        .argument = "FILE",
                        .env = "WGO_EVENTS",
                        .key = "events",
                        .commands = SCANS_SHOWN,
                        .help = "append a line of JSON for each call as it is answered: "
                                "operation, principal, request id, time"},
    [WGO_OPT_CONFIG] = {.name = "config",
                        .kind = WGO_OPTION_FILE,
                        .group = WGO_GROUP_PLACES,
                        .argument = "FILE",
                        .shown_fallback = "~/.config/wgo/config.yaml",
                        .env = "WGO_CONFIG",
                        .commands = CONFIGURED,
                        .help = "the configuration file"},
    [WGO_OPT_CATALOG] = {.name = "catalog",
                         .kind = WGO_OPTION_FILE,
                         .group = WGO_GROUP_PLACES,
                         .argument = "FILE",
                         .commands =
                             COLLECTS | WGO_CMD_PROVIDERS | WGO_CMD_RESOURCES | WGO_CMD_PERMISSIONS,
                         .repeat = true,
                         .help = "the description of an API that is a provider of its own; more "
                                 "of them under `collectors:` in the configuration file"},
    [WGO_OPT_CATALOG_DIR] = {.name = "catalog-dir",
                             .kind = WGO_OPTION_FOLDER,
                             .group = WGO_GROUP_PLACES,
                             .argument = "DIR",
                             .env = "WGO_CATALOG_DIR",
                             .key = "catalog_dir",
                             .commands = COLLECTS_SHOWN | WGO_CMD_RESOURCES | WGO_CMD_PERMISSIONS,
                             .help = "catalogs (*.yaml) that add to the built-in ones or replace "
                                     "their entries"},
    [WGO_OPT_STATE_DIR] = {.name = "state-dir",
                           .kind = WGO_OPTION_FOLDER,
                           .group = WGO_GROUP_PLACES,
                           .argument = "DIR",
                           .shown_fallback = "~/.local/state/wgo",
                           .env = "WGO_STATE_DIR",
                           .key = "state_dir",
                           .commands = COLLECTS_SHOWN | WGO_CMD_CACHE | WGO_CMD_QUOTA,
                           .help =
                               "where the redaction key, the cache and the quota ledger are kept"},
    [WGO_OPT_WINDOW] = {.name = "window",
                        .kind = WGO_OPTION_TEXT,
                        .group = WGO_GROUP_READ,
                        .argument = "HOURS",
                        .env = "WGO_WINDOW",
                        .key = "window",
                        .commands = SCANS_SHOWN,
                        .help = "make calls in these hours of the local week only, and sleep "
                                "between them: \"Mon-Fri 20:00-06:00,Fri 18:00-Mon 06:00\""},
    [WGO_OPT_MAX_AGE] = {.name = "max-age",
                         .kind = WGO_OPTION_DURATION,
                         .group = WGO_GROUP_READ,
                         .argument = "D",
                         .sample = "24h",
                         .env = "WGO_MAX_AGE",
                         .key = "max_age",
                         .commands = SCANS_SHOWN,
                         .help = "take what an earlier scan like this one has read from the state "
                                 "folder, where it is younger than this; its age is in the "
                                 "snapshot's completeness"},
    [WGO_OPT_INCREMENTAL] = {.name = "incremental",
                             .kind = WGO_OPTION_SWITCH,
                             .group = WGO_GROUP_READ,
                             .fallback = "false",
                             .env = "WGO_INCREMENTAL",
                             .key = "incremental",
                             .commands = SCANS_SHOWN,
                             .help = "ask only for what changed since the last scan like this one; "
                                     "the snapshot is whole all the same"},
    [WGO_OPT_SINCE] = {.name = "since",
                       .kind = WGO_OPTION_DURATION,
                       .group = WGO_GROUP_READ,
                       .argument = "D",
                       .sample = "24h",
                       .env = "WGO_SINCE",
                       .key = "since",
                       .commands = SCANS_SHOWN,
                       .help = "with --incremental: look back at least so far, as \"24h\", for "
                               "providers that tell of changes late"},
    [WGO_OPT_RESUME] = {.name = "resume",
                        .kind = WGO_OPTION_SWITCH,
                        .group = WGO_GROUP_READ,
                        .fallback = "false",
                        .commands = SCANS_SHOWN,
                        .help = "go on where an interrupted scan like this one was: what it had "
                                "read is not asked for again. On a terminal that is asked when "
                                "the flag is left out"},
    [WGO_OPT_CHECKPOINTS] = {.name = "checkpoints",
                             .kind = WGO_OPTION_SWITCH,
                             .group = WGO_GROUP_READ,
                             .fallback = "true",
                             .env = "WGO_CHECKPOINTS",
                             .key = "checkpoints",
                             .commands = SCANS_SHOWN,
                             .help = "do not keep what is read for --resume"},
    [WGO_OPT_CACHE] = {.name = "cache",
                       .kind = WGO_OPTION_SWITCH,
                       .group = WGO_GROUP_PLACES,
                       .fallback = "true",
                       .env = "WGO_CACHE",
                       .key = "cache",
                       .commands = COLLECTS_SHOWN,
                       .help = "neither use nor fill the cache of answers that hardly change"},
    [WGO_OPT_REDACT_KEY_FILE] = {.name = "redact-key-file",
                                 .kind = WGO_OPTION_FILE,
                                 .group = WGO_GROUP_PLACES,
                                 .argument = "FILE",
                                 .shown_fallback = "the state folder's own",
                                 .env = "WGO_REDACT_KEY_FILE",
                                 .key = "redact_key_file",
                                 .commands = COLLECTS_SHOWN,
                                 .help = "key under which sensitive values are digested"},
    [WGO_OPT_QUIET] = {.name = "quiet",
                       .letter = 'q',
                       .kind = WGO_OPTION_SWITCH,
                       .group = WGO_GROUP_TALK,
                       .fallback = "false",
                       .env = "WGO_QUIET",
                       .key = "quiet",
                       .commands = SCANS_SHOWN,
                       .help = "neither progress nor summary; what keeps a snapshot from being "
                               "written is still said"},
    [WGO_OPT_DASHBOARD] = {.name = "dashboard",
                           .kind = WGO_OPTION_SWITCH,
                           .group = WGO_GROUP_TALK,
                           .fallback = "true",
                           .env = "WGO_DASHBOARD",
                           .key = "dashboard",
                           .commands = SCANS_SHOWN,
                           .help = "plain progress lines, also on a terminal"},
    [WGO_OPT_COLOR] = {.name = "color",
                       .kind = WGO_OPTION_CHOICE,
                       .group = WGO_GROUP_TALK,
                       .argument = "WHEN",
                       .fallback = "auto",
                       .env = "WGO_COLOR",
                       .key = "color",
                       .commands = CONFIGURED,
                       .choices = colors,
                       .help = "auto: on terminals, unless NO_COLOR is set; always; never"},
    [WGO_OPT_SHARE] = {.name = "share",
                       .kind = WGO_OPTION_TEXT,
                       .group = WGO_GROUP_WRITE,
                       .argument = "SHARE",
                       .commands = WGO_CMD_QUOTA,
                       .help = "of `quota set`: our share from now on, such as 10%; own: the "
                               "configuration's"},
    [WGO_OPT_MAN] = {.name = "man",
                     .kind = WGO_OPTION_SWITCH,
                     .group = WGO_GROUP_WRITE,
                     .fallback = "false",
                     .commands = WGO_CMD_HELP,
                     .help = "print the manual page as roff, for `man -l -`"},
    [WGO_OPT_HELP] = {.name = "help",
                      .letter = 'h',
                      .kind = WGO_OPTION_SWITCH,
                      .group = WGO_GROUP_TALK,
                      .fallback = "false",
                      .commands = EVERY,
                      .help = "explain the command"},
};

static const char *const group_titles[WGO_GROUP_COUNT] = {
    [WGO_GROUP_SELECT] = "What to read",
    [WGO_GROUP_SCOPED] = "A provider's own (after its --provider, or before the first for all)",
    [WGO_GROUP_READ] = "How to read",
    [WGO_GROUP_WRITE] = "What to write",
    [WGO_GROUP_PLACES] = "Files and folders",
    [WGO_GROUP_TALK] = "What to say",
};

const struct wgo_option *wgo_option_at(enum wgo_option_id id)
{
    return &table[id];
}

enum wgo_option_id wgo_option_id(const struct wgo_option *option)
{
    return (enum wgo_option_id)(option - table);
}

const char *wgo_option_group_title(enum wgo_option_group group)
{
    return group_titles[group];
}

const struct wgo_option *wgo_option_find(unsigned commands, struct wgo_str name)
{
    for (size_t i = 0; i < WGO_OPT_COUNT; i++) {
        if ((table[i].commands & commands) && wgo_str_is(name, table[i].name)) {
            return &table[i];
        }
    }
    return NULL;
}

const struct wgo_option *wgo_option_by_letter(unsigned commands, char letter)
{
    for (size_t i = 0; i < WGO_OPT_COUNT; i++) {
        if ((table[i].commands & commands) && letter && table[i].letter == letter) {
            return &table[i];
        }
    }
    return NULL;
}

const struct wgo_option *wgo_option_by_key(struct wgo_str key)
{
    for (size_t i = 0; i < WGO_OPT_COUNT; i++) {
        if (table[i].key && wgo_str_is(key, table[i].key)) {
            return &table[i];
        }
    }
    return NULL;
}

const char *const *wgo_option_choices(const struct wgo_option *option)
{
    return option->scoped
               ? wgo_scoped_choices((enum wgo_scoped)(wgo_option_id(option) - WGO_OPT_SCOPED))
               : option->choices;
}

bool wgo_option_shown_negated(const struct wgo_option *option)
{
    return option->kind == WGO_OPTION_SWITCH && option->fallback &&
           strcmp(option->fallback, "true") == 0;
}
