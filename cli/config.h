/* config.h: the configuration file.
 *
 * YAML: the global options by key, `providers: NAME: {...}` with a provider's own options and
 * max_workers, timeout and retry, `retry:`, `limits:`, and sections that belong to a collector.
 * Strict: a key that nobody knows is an error with its line.
 *
 * Ownership: everything lives in the arena given.
 * Threads:   one while it is read, then read-only.
 * Failure:   CONFIG "FILE: line L: ...", NOT_FOUND for a file that was named. */
#ifndef WGO_CLI_CONFIG_H
#define WGO_CLI_CONFIG_H

#include "cli/options.h"
#include "flow/backoff.h"
#include "flow/limits.h"
#include "lib/providers.h"

/* `providers: NAME:` */
struct wgo_config_provider {
    const struct wgo_builtin *builtin;
    const struct wgo_yaml *node;
    struct wgo_provider_options options; /* scoped ones only */
    unsigned scoped;                     /* bits of those that are there */
    unsigned max_workers;                /* 0 = the scan's */
    int64_t timeout_ns;                  /* 0 = the scan's, -1 = none */
    bool has_retry;
    struct wgo_backoff retry;
};

struct wgo_config {
    const char *path; /* of the file that was read; NULL when there is none */
    const struct wgo_yaml *root;
    struct wgo_config_provider *providers;
    size_t provider_count;
    bool has_retry;
    struct wgo_backoff retry;
    struct wgo_limit_rule *limits;
    size_t limit_count;
    struct wgo_quota *quotas;
    size_t quota_count;
};

/* Where the file is by default: $XDG_CONFIG_HOME/wgo/config.yaml, else ~/.config/wgo/config.yaml;
 * NULL without a home. */
const char *wgo_config_default_path(struct wgo_arena *arena);
/* 'bytes' is what the file 'path' holds. What its `collectors:` describe is added to 'providers'.
 */
WGO_NODISCARD enum wgo_status wgo_config_parse(const char *path, struct wgo_str bytes,
                                               struct wgo_providers *providers,
                                               struct wgo_arena *arena, struct wgo_config *out,
                                               struct wgo_error *err);
/* 'named': the user named the file, so it must be there. */
WGO_NODISCARD enum wgo_status wgo_config_read(const char *path, bool named,
                                              struct wgo_providers *providers,
                                              struct wgo_arena *arena, struct wgo_config *out,
                                              struct wgo_error *err);
const struct wgo_config_provider *wgo_config_of(const struct wgo_config *config,
                                                const struct wgo_builtin *builtin);

#endif
