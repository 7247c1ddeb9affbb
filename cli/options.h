/* options.h: every flag of every command, in one table.
 *
 * The table feeds the parser, the help, the man pages, the completions, the configuration file's
 * keys and the environment's variables: what is not in it does not exist, and what is in it is
 * documented.
 *
 * Ownership: static. Threads: read-only. Failure: wgo_option_check() says USAGE with a hint. */
#ifndef WGO_CLI_OPTIONS_H
#define WGO_CLI_OPTIONS_H

#include "lib/scoped.h"

#include <stdint.h>

enum wgo_command_bit {
    WGO_CMD_SCAN = 1 << 0,
    WGO_CMD_VALIDATE = 1 << 1,
    WGO_CMD_PROVIDERS = 1 << 2,
    WGO_CMD_RESOURCES = 1 << 3,
    WGO_CMD_CONFIG = 1 << 4,
    WGO_CMD_COMPLETION = 1 << 5,
    WGO_CMD_VERSION = 1 << 6,
    WGO_CMD_HELP = 1 << 7,
    WGO_CMD_PERMISSIONS = 1 << 8,
    WGO_CMD_CACHE = 1 << 9,
    WGO_CMD_QUOTA = 1 << 10,
    WGO_CMD_HEALTH = 1 << 11,
    WGO_CMD_CATALOG = 1 << 12,
};

enum wgo_option_kind {
    WGO_OPTION_SWITCH, /* --x, --x=BOOL, --no-x */
    WGO_OPTION_TEXT,
    WGO_OPTION_COUNT,    /* least..most */
    WGO_OPTION_DURATION, /* 30s, 5m; 0 */
    WGO_OPTION_SIZE,     /* 96M; least..most bytes */
    WGO_OPTION_CHOICE,
    WGO_OPTION_FILE,
    WGO_OPTION_FOLDER,
    WGO_OPTION_PATTERN,
    WGO_OPTION_NUMBER,    /* of something that is known by one */
    WGO_OPTION_PROVIDER,  /* a built-in's name or alias */
    WGO_OPTION_PROVIDERS, /* names with commas between them */
};

/* Headings of the help, in this order. */
enum wgo_option_group {
    WGO_GROUP_SELECT,
    WGO_GROUP_SCOPED,
    WGO_GROUP_READ,
    WGO_GROUP_WRITE,
    WGO_GROUP_PLACES,
    WGO_GROUP_TALK,
    WGO_GROUP_COUNT
};

enum wgo_option_id {
    WGO_OPT_ALL,
    WGO_OPT_PROVIDER,
    WGO_OPT_SCOPED, /* the first of WGO_SCOPED_COUNT, in the order of lib/scoped.def */
    WGO_OPT_CONCURRENT = WGO_OPT_SCOPED + WGO_SCOPED_COUNT,
    WGO_OPT_MAX_WORKERS,
    WGO_OPT_MAX_BUILD_THREADS, /* --max-workers, as others call it */
    WGO_OPT_BATCH_MODE,        /* what is always so */
    WGO_OPT_CALLS_PER_WORKER,
    WGO_OPT_MAX_PARALLEL_SCANS,
    WGO_OPT_HOST_CONNECTIONS,
    WGO_OPT_QUOTA,
    WGO_OPT_QUOTA_SHARE,
    WGO_OPT_MAX_CALLS_PER_HOUR,
    WGO_OPT_MAX_BATCHES_PER_HOUR,
    WGO_OPT_SCAN_TIMEOUT,
    WGO_OPT_FAIL_ON_ERROR,
    WGO_OPT_PREFERRED_ORDER,
    WGO_OPT_MEMORY_BUDGET,
    WGO_OPT_DRY_RUN,
    WGO_OPT_HEALTH, /* before a large scan */
    WGO_OPT_OUTPUT_FILE,
    WGO_OPT_FORMAT,      /* of a snapshot */
    WGO_OPT_LIST_FORMAT, /* of what other commands print; also spelled --format */
    WGO_OPT_STREAM,
    WGO_OPT_SKIP_MERGING,
    WGO_OPT_ALLOW_PARTIAL,
    WGO_OPT_METRICS_FILE,
    WGO_OPT_EVENTS,
    WGO_OPT_CONFIG,
    WGO_OPT_CATALOG,
    WGO_OPT_CATALOG_DIR,
    WGO_OPT_STATE_DIR,
    WGO_OPT_WINDOW,
    WGO_OPT_MAX_AGE,
    WGO_OPT_INCREMENTAL,
    WGO_OPT_SINCE,
    WGO_OPT_RESUME,
    WGO_OPT_CHECKPOINTS,
    WGO_OPT_CACHE,
    WGO_OPT_REDACT_KEY_FILE,
    WGO_OPT_QUIET,
    WGO_OPT_DASHBOARD,
    WGO_OPT_COLOR,
    WGO_OPT_SHARE, /* of `wgo quota set` */
    WGO_OPT_MAN,
    WGO_OPT_HELP,
    WGO_OPT_COUNT
};

struct wgo_option {
    const char *name; /* without dashes */
    char letter;      /* -x, or 0 */
    enum wgo_option_kind kind;
    enum wgo_option_group group;
    const char *argument;       /* NULL for a switch */
    const char *fallback;       /* value when nobody says anything; NULL = none */
    const char *shown_fallback; /* in the help, when 'fallback' says too little */
    const char *sample;         /* a good value for a hint, where there is no 'fallback' */
    const char *env;            /* variable, or NULL */
    const char *key;            /* of the configuration file, or NULL */
    unsigned commands;          /* bits of enum wgo_command_bit */
    bool repeat;                /* may be given several times, each adding to the others */
    bool scoped;                /* belongs to one provider */
    uint64_t least, most;
    const char *const *choices; /* up to a NULL; of a scoped one: wgo_option_choices() */
    const char *const *misread; /* what is no FILE's name unless a folder stands before it */
    const char *help;
};

const struct wgo_option *wgo_option_at(enum wgo_option_id id);
enum wgo_option_id wgo_option_id(const struct wgo_option *option);
const char *wgo_option_group_title(enum wgo_option_group group);
/* By long name, among those of the commands in 'commands'; NULL when there is none. */
const struct wgo_option *wgo_option_find(unsigned commands, struct wgo_str name);
const struct wgo_option *wgo_option_by_letter(unsigned commands, char letter);
/* By key of the configuration file ('-' stands for '_'). */
const struct wgo_option *wgo_option_by_key(struct wgo_str key);
/* What a CHOICE is one of, up to a NULL. */
const char *const *wgo_option_choices(const struct wgo_option *option);
/* How a switch is shown: one that is on by itself is documented by its --no- form. */
bool wgo_option_shown_negated(const struct wgo_option *option);

/* A checked value. */
struct wgo_option_value {
    struct wgo_str text;
    bool on;         /* SWITCH */
    uint64_t number; /* COUNT, SIZE */
    int64_t ns;      /* DURATION */
    unsigned choice; /* CHOICE: index */
};

/* Checks 'text' and reads it. The message says what is wrong with the value but not where it
 * stands: the caller puts that before it. */
/* 'known' is whose names may be given for a provider; NULL: they are not known yet, so any is. */
struct wgo_providers;
WGO_NODISCARD enum wgo_status wgo_option_check(const struct wgo_option *option, struct wgo_str text,
                                               const struct wgo_providers *known,
                                               struct wgo_option_value *out, struct wgo_error *err);

#endif
