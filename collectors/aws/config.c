/* config.c: the files, and the profile that is used. */
#include "aws/config.h"

#include "base/file.h"
#include "base/secret.h"

#include <stdio.h>
#include <stdlib.h>

enum { LARGEST_FILE = 4 << 20 };

static enum wgo_status no_memory(struct wgo_error *err)
{
    return wgo_fail(err, WGO_E_NOMEM, "out of memory");
}

const char *wgo_aws_expand(struct wgo_arena *arena, const char *home, struct wgo_str path)
{
    if (path.len > 0 && path.ptr[0] == '~' && (path.len == 1 || path.ptr[1] == '/')) {
        return wgo_str_format(arena, "%s%.*s", home, WGO_FMT(wgo_str_slice(path, 1, path.len))).ptr;
    }
    return wgo_str_cstr(arena, path);
}

/* ---- sections by name ---- */

const struct wgo_aws_section *wgo_aws_section_named(const struct wgo_aws_section *list,
                                                    struct wgo_str name)
{
    while (list && !wgo_str_eq(list->name, name)) {
        list = list->next;
    }
    return list;
}

static struct wgo_aws_section *section_for(struct wgo_aws_config *config,
                                           struct wgo_aws_section **list, struct wgo_str name)
{
    while (*list && !wgo_str_eq((*list)->name, name)) {
        list = &(*list)->next;
    }
    if (!*list) {
        *list = WGO_NEW(&config->arena, struct wgo_aws_section);
        if (*list) {
            (*list)->name = name;
        }
    }
    return *list;
}

/* "profile prod", "sso-session corp", "services local": a kind and a name, quoted or not. */
static enum wgo_status add_named(struct wgo_aws_config *config,
                                 const struct wgo_aws_ini_section *section)
{
    const struct {
        const char *kind;
        struct wgo_aws_section **list;
    } kinds[] = {
        {"profile", &config->profiles},
        {"sso-session", &config->sso_sessions},
        {"services", &config->services},
    };
    const char **words;
    size_t count;
    if (wgo_aws_split(&config->arena, section->name, &words, &count, NULL) != WGO_OK ||
        count != 2) {
        return WGO_OK; /* some other tool's */
    }
    for (size_t i = 0; i < WGO_COUNT(kinds); i++) {
        if (strcmp(words[0], kinds[i].kind) == 0) {
            struct wgo_aws_section *named = section_for(config, kinds[i].list, wgo_str(words[1]));
            if (!named) {
                return WGO_E_NOMEM;
            }
            named->config = section;
        }
    }
    return WGO_OK;
}

static enum wgo_status add_config(struct wgo_aws_config *config, const struct wgo_aws_ini *ini)
{
    enum wgo_status status = WGO_OK;
    for (const struct wgo_aws_ini_section *section = ini->first; section && status == WGO_OK;
         section = section->next) {
        if (wgo_str_is(section->name, "default")) {
            struct wgo_aws_section *named = section_for(config, &config->profiles, section->name);
            status = named ? WGO_OK : WGO_E_NOMEM;
            if (named) {
                named->config = section;
            }
        } else {
            status = add_named(config, section);
        }
    }
    return status;
}

static enum wgo_status add_credentials(struct wgo_aws_config *config, const struct wgo_aws_ini *ini)
{
    for (const struct wgo_aws_ini_section *section = ini->first; section; section = section->next) {
        struct wgo_aws_section *named = section_for(config, &config->profiles, section->name);
        if (!named) {
            return WGO_E_NOMEM;
        }
        named->credentials = section;
    }
    return WGO_OK;
}

/* ---- settings ---- */

const struct wgo_aws_ini_key *wgo_aws_setting(const struct wgo_aws_section *section,
                                              const char *name)
{
    const struct wgo_aws_ini_key *found =
        section->credentials ? wgo_aws_ini_find(section->credentials->first, wgo_str(name)) : NULL;
    if (!found && section->config) {
        found = wgo_aws_ini_find(section->config->first, wgo_str(name));
    }
    return found;
}

struct wgo_str wgo_aws_text(const struct wgo_aws_section *section, const char *name)
{
    const struct wgo_aws_ini_key *found = wgo_aws_setting(section, name);
    return found ? found->value : WGO_STR("");
}

bool wgo_aws_from_credentials(const struct wgo_aws_section *section, const char *name)
{
    return section->credentials &&
           wgo_aws_ini_find(section->credentials->first, wgo_str(name)) != NULL;
}

struct wgo_str wgo_aws_env(const struct wgo_aws_config *config, const char *name)
{
    const char *value = config->getenv(name);
    return value ? wgo_str(value) : WGO_STR("");
}

struct wgo_str wgo_aws_either(const struct wgo_aws_config *config, const char *variable,
                              const char *setting)
{
    struct wgo_str value = variable ? wgo_aws_env(config, variable) : WGO_STR("");
    return value.len > 0 || !setting ? value : wgo_aws_text(config->profile, setting);
}

/* ---- refusals ---- */

enum wgo_status wgo_aws_config_refuse(const struct wgo_aws_config *config,
                                      const struct wgo_aws_section *profile, const char *setting,
                                      struct wgo_error *err, const char *format, ...)
{
    char text[360];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    const struct wgo_aws_ini_key *key = setting ? wgo_aws_setting(profile, setting) : NULL;
    bool secret_file =
        key ? wgo_aws_from_credentials(profile, setting) : profile->credentials && !profile->config;
    const char *file = secret_file ? config->credentials_file : config->config_file;
    const struct wgo_aws_ini_section *section =
        secret_file ? profile->credentials : profile->config;
    if (!section) {
        return wgo_fail(err, WGO_E_CONFIG, "%s", text);
    }
    return wgo_fail(err, WGO_E_CONFIG, "%.140s: line %u: %s", file, key ? key->line : section->line,
                    text);
}

void wgo_aws_config_suggest(const struct wgo_aws_section *list, struct wgo_str wanted,
                            const char *what, struct wgo_error *err)
{
    const struct wgo_aws_section *nearest = NULL;
    char names[256];
    size_t len = 0, left_out = 0;
    unsigned best = wanted.len < 4 ? 2 : 3;
    names[0] = '\0';
    for (const struct wgo_aws_section *at = list; at; at = at->next) {
        unsigned distance = wgo_str_distance(at->name, wanted);
        if (distance < best) {
            best = distance;
            nearest = at;
        }
        if (len + at->name.len + 3 < sizeof(names) - 24) {
            len += (size_t)snprintf(names + len, sizeof(names) - len, "%s%.*s", len ? ", " : "",
                                    WGO_FMT(at->name));
        } else {
            left_out++;
        }
    }
    if (left_out > 0) {
        snprintf(names + len, sizeof(names) - len, " and %zu more", left_out);
    }
    if (nearest) {
        wgo_error_hint(err, "did you mean \"%.*s\"?", WGO_FMT(nearest->name));
    } else if (names[0]) {
        wgo_error_hint(err, "the %s are: %s", what, names);
    } else {
        wgo_error_hint(err, "there are no %s; `aws configure` makes one", what);
    }
}

bool wgo_aws_is_region(struct wgo_str region)
{
    for (size_t i = 0; i < region.len; i++) {
        char c = region.ptr[i];
        bool inner = i > 0 && i + 1 < region.len;
        if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
              (c == '-' && inner))) {
            return false;
        }
    }
    return region.len > 0 && region.len < 64;
}

/* ---- loading ---- */

static enum wgo_status load_file(struct wgo_aws_config *config, const char *path,
                                 struct wgo_buf *bytes, struct wgo_aws_ini *out_ini,
                                 struct wgo_error *err)
{
    if (!path) {
        return WGO_OK;
    }
    enum wgo_status status = wgo_file_read(path, LARGEST_FILE, bytes, err);
    if (status == WGO_E_NOT_FOUND) {
        if (err) {
            *err = (struct wgo_error){0};
        }
        return WGO_OK; /* as the AWS CLI has it */
    }
    if (status == WGO_OK) {
        status = wgo_aws_ini_parse(&config->arena, path, wgo_buf_view(bytes), out_ini, err);
    }
    if (status != WGO_OK && status != WGO_E_NOMEM) {
        status = WGO_E_CONFIG;
        if (err) {
            err->status = status;
        }
    }
    return status;
}

static const char *file_name(struct wgo_aws_config *config, struct wgo_str given,
                             const char *variable, const char *usual)
{
    struct wgo_str path = given.len > 0 ? given : wgo_aws_env(config, variable);
    if (path.len == 0 && !config->home[0]) {
        return NULL;
    }
    return wgo_aws_expand(&config->arena, config->home, path.len > 0 ? path : wgo_str(usual));
}

static enum wgo_status load(struct wgo_aws_config *config,
                            const struct wgo_aws_config_options *options, struct wgo_error *err)
{
    struct wgo_aws_ini ini = {0}, secrets = {0};
    config->config_file =
        file_name(config, options->config_file, "AWS_CONFIG_FILE", "~/.aws/config");
    config->credentials_file = file_name(config, options->credentials_file,
                                         "AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials");
    enum wgo_status status =
        load_file(config, config->config_file, &config->config_bytes, &ini, err);
    if (status == WGO_OK) {
        status =
            load_file(config, config->credentials_file, &config->credentials_bytes, &secrets, err);
    }
    if (status == WGO_OK &&
        (add_config(config, &ini) != WGO_OK || add_credentials(config, &secrets) != WGO_OK)) {
        status = no_memory(err);
    }
    return status;
}

/* ---- the profile ---- */

static enum wgo_status choose(struct wgo_aws_config *config, struct wgo_str given,
                              struct wgo_error *err)
{
    static const char *const variables[] = {"AWS_DEFAULT_PROFILE", "AWS_PROFILE"};
    const char *from = NULL;
    struct wgo_str name = given;
    for (size_t i = 0; i < WGO_COUNT(variables) && name.len == 0; i++) {
        name = wgo_aws_env(config, variables[i]);
        from = variables[i];
    }
    config->profile_asked = given.len > 0;
    if (name.len > 0) {
        config->profile = wgo_aws_section_named(config->profiles, name);
        if (!config->profile) {
            wgo_fail(err, WGO_E_CONFIG, "there is no profile \"%.*s\"%s%s%s",
                     WGO_FMT(wgo_str_slice(name, 0, 100)), given.len > 0 ? "" : ", which ",
                     given.len > 0 ? "" : from, given.len > 0 ? "" : " names");
            wgo_aws_config_suggest(config->profiles, name, "profiles", err);
            return WGO_E_CONFIG;
        }
        return WGO_OK;
    }
    config->profile = wgo_aws_section_named(config->profiles, WGO_STR("default"));
    if (!config->profile) {
        struct wgo_aws_section *empty = WGO_NEW(&config->arena, struct wgo_aws_section);
        if (!empty) {
            return no_memory(err);
        }
        empty->name = WGO_STR("default");
        config->profile = empty;
    }
    return WGO_OK;
}

static bool flag(const struct wgo_aws_config *config, const char *variable, const char *setting)
{
    return wgo_str_eq_nocase(wgo_aws_either(config, variable, setting), WGO_STR("true"));
}

static enum wgo_status read_region(struct wgo_aws_config *config, struct wgo_str given,
                                   struct wgo_error *err)
{
    struct wgo_str region = given;
    if (region.len == 0) {
        region = wgo_aws_env(config, "AWS_REGION");
    }
    if (region.len == 0) {
        region = wgo_aws_env(config, "AWS_DEFAULT_REGION");
    }
    bool own = region.len == 0;
    region = own ? wgo_aws_text(config->profile, "region") : region;
    if (region.len > 0 && !wgo_aws_is_region(region)) {
        wgo_aws_config_refuse(config, config->profile, own ? "region" : NULL, err,
                              "\"%.*s\" is no region", WGO_FMT(wgo_str_slice(region, 0, 60)));
        wgo_error_hint(err, "a region looks like eu-west-1");
        return WGO_E_CONFIG;
    }
    config->region = wgo_str_dup(&config->arena, region);
    return region.len == 0 || config->region.ptr ? WGO_OK : no_memory(err);
}

static enum wgo_status read_settings(struct wgo_aws_config *config, struct wgo_str region,
                                     struct wgo_error *err)
{
    struct wgo_str bundle = wgo_aws_either(config, "AWS_CA_BUNDLE", "ca_bundle");
    struct wgo_str services = wgo_aws_text(config->profile, "services");
    config->fips = flag(config, "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint");
    config->dualstack = flag(config, "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint");
    config->ignore_endpoint_urls =
        flag(config, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "ignore_configured_endpoint_urls");
    if (bundle.len > 0) {
        config->ca_bundle = wgo_aws_expand(&config->arena, config->home, bundle);
        if (!config->ca_bundle) {
            return no_memory(err);
        }
    }
    config->service_urls = wgo_aws_section_named(config->services, services);
    if (services.len > 0 && !config->service_urls && !config->ignore_endpoint_urls) {
        wgo_aws_config_refuse(config, config->profile, "services", err,
                              "there is no section [services %.*s]",
                              WGO_FMT(wgo_str_slice(services, 0, 100)));
        wgo_aws_config_suggest(config->services, services, "services sections", err);
        return WGO_E_CONFIG;
    }
    return read_region(config, region, err);
}

enum wgo_status wgo_aws_config_new(const struct wgo_aws_config_options *options,
                                   struct wgo_aws_config **out_config, struct wgo_error *err)
{
    struct wgo_aws_config *config = calloc(1, sizeof(*config));
    if (!config) {
        return no_memory(err);
    }
    config->getenv = options->getenv;
    const char *home = wgo_str_cstr(&config->arena, wgo_aws_env(config, "HOME"));
    config->home = home ? home : "";
    enum wgo_status status = load(config, options, err);
    if (status == WGO_OK) {
        status = choose(config, options->profile, err);
    }
    if (status == WGO_OK) {
        status = read_settings(config, options->region, err);
    }
    if (status != WGO_OK) {
        wgo_aws_config_free(config);
        return status;
    }
    *out_config = config;
    return WGO_OK;
}

static void wipe(struct wgo_buf *bytes)
{
    if (bytes->ptr) {
        wgo_wipe(bytes->ptr, bytes->cap);
    }
    wgo_buf_fini(bytes);
}

void wgo_aws_config_free(struct wgo_aws_config *config)
{
    if (config) {
        wipe(&config->config_bytes);
        wipe(&config->credentials_bytes);
        wgo_arena_fini(&config->arena);
        free(config);
    }
}
