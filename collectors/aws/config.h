/* config.h: what the AWS CLI's files and the environment say.
 *
 * Read once for one profile: AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE, or ~/.aws/config and
 * ~/.aws/credentials; files that are not there say nothing. A profile has settings of both files,
 * those of the credentials file first. The profile is the one given, else AWS_DEFAULT_PROFILE, else
 * AWS_PROFILE, else "default", which need not exist. Region: given, AWS_REGION,
 * AWS_DEFAULT_REGION, the profile's.
 * Source: docs.aws.amazon.com/sdkref (shared config and credentials files); where that and the AWS
 * CLI differ, the CLI.
 *
 * Ownership: wgo_aws_config_new/_free; strings and profiles live as long as the configuration. The
 *            files' bytes, which may hold keys, are wiped when it goes.
 * Threads:   read-only once made.
 * Failure:   CONFIG with file, line and hint. Never quotes a secret. */
#ifndef WGO_AWS_CONFIG_H
#define WGO_AWS_CONFIG_H

#include "aws/ini.h"
#include "base/buf.h"
#include "model/collector.h"

/* A named section of the files: a profile, an sso-session, services. */
struct wgo_aws_section {
    struct wgo_str name;
    const struct wgo_aws_ini_section *config, *credentials; /* either may be NULL */
    struct wgo_aws_section *next;
};

struct wgo_aws_config_options {
    const char *(*getenv)(const char *name);
    struct wgo_str profile; /* "": what the environment says */
    struct wgo_str region;  /* likewise */
    /* "": what the environment says. */
    struct wgo_str config_file, credentials_file;
};

struct wgo_aws_config {
    struct wgo_arena arena;
    struct wgo_buf config_bytes, credentials_bytes;
    const char *config_file, *credentials_file; /* their names; NULL without a home */
    const char *(*getenv)(const char *name);
    const char *home; /* "" when unknown */
    struct wgo_aws_section *profiles, *sso_sessions, *services;
    const struct wgo_aws_section *profile; /* never NULL */
    bool profile_asked;                    /* given, not from the environment */
    struct wgo_str region;                 /* "" when nothing names one */
    const char *ca_bundle;                 /* file, or NULL */
    bool fips, dualstack, ignore_endpoint_urls;
    const struct wgo_aws_section *service_urls; /* of the profile's `services`, or NULL */
};

WGO_NODISCARD enum wgo_status wgo_aws_config_new(const struct wgo_aws_config_options *options,
                                                 struct wgo_aws_config **out_config,
                                                 struct wgo_error *err);
void wgo_aws_config_free(struct wgo_aws_config *config);

/* A setting, or NULL; its text, or "". */
const struct wgo_aws_ini_key *wgo_aws_setting(const struct wgo_aws_section *section,
                                              const char *name);
struct wgo_str wgo_aws_text(const struct wgo_aws_section *section, const char *name);
/* True when the setting is there and comes from the credentials file. */
bool wgo_aws_from_credentials(const struct wgo_aws_section *section, const char *name);
/* The environment's value, "" when unset. */
struct wgo_str wgo_aws_env(const struct wgo_aws_config *config, const char *name);
/* Environment, else the profile's setting; either name may be NULL. */
struct wgo_str wgo_aws_either(const struct wgo_aws_config *config, const char *variable,
                              const char *setting);
/* The section of that name in one of the lists, or NULL. */
const struct wgo_aws_section *wgo_aws_section_named(const struct wgo_aws_section *list,
                                                    struct wgo_str name);
/* CONFIG: "~/.aws/config: line 12: profile "prod": <problem>", at the setting or the section. */
enum wgo_status wgo_aws_config_refuse(const struct wgo_aws_config *config,
                                      const struct wgo_aws_section *profile, const char *setting,
                                      struct wgo_error *err, const char *format, ...)
    WGO_PRINTF(5, 6);
/* Adds "did you mean" or the names there are as a hint. */
void wgo_aws_config_suggest(const struct wgo_aws_section *list, struct wgo_str wanted,
                            const char *what, struct wgo_error *err);
/* Letters, digits and hyphens: what can be part of a host's name. */
bool wgo_aws_is_region(struct wgo_str region);
/* '~' made the home folder; NULL when out of memory. */
const char *wgo_aws_expand(struct wgo_arena *arena, const char *home, struct wgo_str path);

/* Looks in files and environment only. 'reason' says what was found, or what is missing. */
bool wgo_aws_configured(const char *(*getenv)(const char *name), char reason[256]);
/* What the firmware says of this machine. */
enum wgo_aws_machine {
    WGO_AWS_MACHINE_UNKNOWN,
    WGO_AWS_MACHINE_EC2,
    WGO_AWS_MACHINE_OTHER,
};
enum wgo_aws_machine wgo_aws_machine(void);

#endif
