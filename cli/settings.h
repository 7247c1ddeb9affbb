/* settings.h: what counts, and who said so: command line, environment, file, default, in this
 * order.
 *
 * Ownership: wgo_settings_load() puts everything into the arena.
 * Threads:   one.
 * Failure:   USAGE or CONFIG; the message begins with the flag, the variable or file and line. */
#ifndef WGO_CLI_SETTINGS_H
#define WGO_CLI_SETTINGS_H

#include "cli/args.h"
#include "cli/config.h"

enum wgo_origin {
    WGO_FROM_DEFAULT,
    WGO_FROM_FILE,
    WGO_FROM_ENVIRONMENT,
    WGO_FROM_FLAG,
};

struct wgo_setting {
    enum wgo_origin origin;
    bool known; /* somebody said something, or there is a default */
    struct wgo_option_value value;
    unsigned line; /* FROM_FILE */
};

struct wgo_settings {
    struct wgo_setting
        items[WGO_OPT_COUNT]; /* options with a key or a variable; others stay unknown */
    struct wgo_config config;
    const struct wgo_providers *providers;
};

/* Reads the configuration file, and into 'providers' what it and --catalog describe. */
WGO_NODISCARD enum wgo_status wgo_settings_begin(const struct wgo_args *args,
                                                 struct wgo_providers *providers,
                                                 struct wgo_arena *arena, struct wgo_settings *out,
                                                 struct wgo_error *err);
/* Everything else. */
WGO_NODISCARD enum wgo_status wgo_settings_load(const struct wgo_args *args,
                                                const struct wgo_providers *providers,
                                                struct wgo_arena *arena,
                                                struct wgo_settings *in_out, struct wgo_error *err);

bool wgo_settings_on(const struct wgo_settings *settings, enum wgo_option_id id);
uint64_t wgo_settings_number(const struct wgo_settings *settings, enum wgo_option_id id);
unsigned wgo_settings_choice(const struct wgo_settings *settings, enum wgo_option_id id);
/* NULL when it is not known. */
const char *wgo_settings_text(const struct wgo_settings *settings, enum wgo_option_id id);
int64_t wgo_settings_ns(const struct wgo_settings *settings, enum wgo_option_id id);

#endif
