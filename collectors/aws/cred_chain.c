/* cred_chain.c: which source a profile's credentials come from, in the AWS CLI's order. */
#include "aws/cred_private.h"
#include "aws/cred_sources.h"

enum { DEEPEST = 32 };

enum wgo_status wgo_aws_make(struct wgo_aws_chain *chain, wgo_aws_fetch_fn *fetch,
                             const struct wgo_aws_section *profile, const char *how,
                             struct wgo_aws_provider **out)
{
    struct wgo_aws_provider *made = wgo_aws_provider_new(chain->config);
    if (!made) {
        return wgo_aws_no_memory(chain->err);
    }
    made->fetch = fetch;
    made->process_timeout_ns = chain->process_timeout_ns;
    made->source = how;
    if (profile) {
        made->source = wgo_str_format(&made->arena, "profile %.*s (%s)",
                                      WGO_FMT(wgo_str_slice(profile->name, 0, 100)), how)
                           .ptr;
        made->profile = wgo_str_cstr(&made->arena, profile->name);
    }
    if (!made->source || (profile && !made->profile)) {
        wgo_aws_provider_close(made);
        return wgo_aws_no_memory(chain->err);
    }
    *out = made;
    return WGO_OK;
}

/* ---- a profile's role ---- */

static bool has_role(const struct wgo_aws_section *profile)
{
    return wgo_aws_setting(profile, "role_arn") &&
           !wgo_aws_setting(profile, "web_identity_token_file");
}

static bool has_keys(const struct wgo_aws_section *profile)
{
    return wgo_aws_setting(profile, "aws_access_key_id") ||
           wgo_aws_setting(profile, "aws_secret_access_key");
}

static enum wgo_status refuse_loop(struct wgo_aws_chain *chain,
                                   const struct wgo_aws_section *profile)
{
    struct wgo_buf names = {.limit = 200};
    for (size_t i = 0; i < chain->depth; i++) {
        wgo_buf_format(&names, "%.*s -> ", WGO_FMT(chain->visited[i]->name));
    }
    enum wgo_status status = wgo_aws_config_refuse(
        chain->config, profile, "source_profile", chain->err,
        "source_profile goes round in a circle: %.*s%.*s", WGO_FMT(wgo_buf_view(&names)),
        WGO_FMT(wgo_str_slice(wgo_aws_text(profile, "source_profile"), 0, 60)));
    wgo_error_hint(chain->err, "the last profile of the chain needs keys or a login of its own");
    wgo_buf_fini(&names);
    return status;
}

static enum wgo_status base_from_profile(struct wgo_aws_chain *chain,
                                         const struct wgo_aws_section *profile,
                                         struct wgo_aws_provider **out)
{
    struct wgo_str name = wgo_aws_text(profile, "source_profile");
    const struct wgo_aws_section *source = wgo_aws_section_named(chain->config->profiles, name);
    bool visited = source == profile, itself = source == profile;
    if (!source) {
        wgo_aws_config_refuse(chain->config, profile, "source_profile", chain->err,
                              "there is no profile \"%.*s\"", WGO_FMT(wgo_str_slice(name, 0, 100)));
        wgo_aws_config_suggest(chain->config->profiles, name, "profiles", chain->err);
        return WGO_E_CONFIG;
    }
    for (size_t i = 0; i < chain->depth; i++) {
        visited = visited || chain->visited[i] == source;
    }
    /* A profile may hold both the role and the keys that assume it. */
    if (chain->depth == DEEPEST || (visited && !(itself && has_keys(source)))) {
        return refuse_loop(chain, profile);
    }
    if (has_role(source) && !has_keys(source)) {
        return wgo_aws_open_role(chain, source, out);
    }
    enum wgo_status status = wgo_aws_open_own(chain, source, false, out);
    if (status == WGO_OK && !*out) {
        status = wgo_aws_config_refuse(chain->config, profile, "source_profile", chain->err,
                                       "profile \"%.*s\" has no credentials",
                                       WGO_FMT(wgo_str_slice(name, 0, 100)));
    }
    return status;
}

static enum wgo_status base_from_place(struct wgo_aws_chain *chain,
                                       const struct wgo_aws_section *profile,
                                       struct wgo_aws_provider **out)
{
    static const struct {
        const char *name;
        enum wgo_status (*open)(struct wgo_aws_chain *chain, struct wgo_aws_provider **out);
    } places[] = {
        {"Environment", wgo_aws_open_environment},
        {"EcsContainer", wgo_aws_open_container},
        {"Ec2InstanceMetadata", wgo_aws_open_machine},
    };
    struct wgo_str name = wgo_aws_text(profile, "credential_source");
    for (size_t i = 0; i < WGO_COUNT(places); i++) {
        if (wgo_str_eq_nocase(name, wgo_str(places[i].name))) {
            chain->place_asked = true;
            enum wgo_status status = places[i].open(chain, out);
            if (status == WGO_OK && !*out) {
                wgo_aws_config_refuse(chain->config, profile, "credential_source", chain->err,
                                      "%s has no credentials", places[i].name);
                status = WGO_E_CONFIG;
            }
            return status;
        }
    }
    wgo_aws_config_refuse(chain->config, profile, "credential_source", chain->err,
                          "there is no credential_source \"%.*s\"",
                          WGO_FMT(wgo_str_slice(name, 0, 60)));
    wgo_error_hint(chain->err, "it is Environment, EcsContainer or Ec2InstanceMetadata");
    return WGO_E_CONFIG;
}

static enum wgo_status read_role(struct wgo_aws_chain *chain, const struct wgo_aws_section *profile,
                                 struct wgo_aws_role *out)
{
    struct wgo_str duration = wgo_aws_text(profile, "duration_seconds");
    *out = (struct wgo_aws_role){
        .arn = wgo_aws_text(profile, "role_arn"),
        .external_id = wgo_aws_text(profile, "external_id"),
        .session_name = wgo_aws_text(profile, "role_session_name"),
    };
    if (duration.len > 0 && (!wgo_str_to_i64(duration, &out->duration_s) || out->duration_s < 1)) {
        return wgo_aws_config_refuse(chain->config, profile, "duration_seconds", chain->err,
                                     "duration_seconds is no number of seconds");
    }
    if (out->arn.len == 0) {
        return wgo_aws_config_refuse(chain->config, profile, "role_arn", chain->err,
                                     "role_arn is empty");
    }
    if (wgo_aws_setting(profile, "mfa_serial")) {
        wgo_aws_config_refuse(chain->config, profile, "mfa_serial", chain->err,
                              "this role wants a code from a device, and wgo asks no questions");
        wgo_error_hint(chain->err,
                       "`aws configure export-credentials --profile %.60s --format env` "
                       "gives keys for the environment",
                       wgo_str_cstr(&chain->scratch, profile->name));
        return WGO_E_CONFIG;
    }
    return WGO_OK;
}

enum wgo_status wgo_aws_open_role(struct wgo_aws_chain *chain,
                                  const struct wgo_aws_section *profile,
                                  struct wgo_aws_provider **out)
{
    struct wgo_aws_role role;
    struct wgo_aws_provider *base = NULL;
    bool source = wgo_aws_setting(profile, "source_profile");
    bool place = wgo_aws_setting(profile, "credential_source");
    enum wgo_status status = read_role(chain, profile, &role);
    if (status != WGO_OK) {
        return status;
    }
    if (source == place) {
        return wgo_aws_config_refuse(chain->config, profile, "role_arn", chain->err,
                                     source ? "a role with both source_profile and "
                                              "credential_source"
                                            : "a role without source_profile or "
                                              "credential_source");
    }
    chain->visited[chain->depth++] = profile;
    status =
        source ? base_from_profile(chain, profile, &base) : base_from_place(chain, profile, &base);
    if (status == WGO_OK) {
        status = wgo_aws_provider_assume(base, &role, WGO_STR(""), out, chain->err);
    }
    if (status != WGO_OK) {
        wgo_aws_provider_close(base);
        return status;
    }
    (*out)->owns_base = true;
    return WGO_OK;
}

enum wgo_status wgo_aws_provider_assume(struct wgo_aws_provider *base,
                                        const struct wgo_aws_role *role, struct wgo_str region,
                                        struct wgo_aws_provider **out_provider,
                                        struct wgo_error *err)
{
    struct wgo_aws_provider *made = wgo_aws_provider_new(base->config);
    if (!made) {
        return wgo_aws_no_memory(err);
    }
    struct wgo_arena *arena = &made->arena;
    made->fetch = wgo_aws_fetch_role;
    made->base = base;
    made->profile = base->profile;
    made->role = (struct wgo_aws_role){
        .arn = wgo_str_dup(arena, role->arn),
        .external_id = wgo_str_dup(arena, role->external_id),
        .session_name = wgo_str_dup(arena, role->session_name),
        .source_identity = wgo_str_dup(arena, role->source_identity),
        .policy = wgo_str_dup(arena, role->policy),
        .duration_s = role->duration_s,
    };
    made->sts_region = wgo_str_dup(arena, region);
    made->source = wgo_str_format(arena, "role %.*s by %s",
                                  WGO_FMT(wgo_str_slice(role->arn, 0, 160)), base->source)
                       .ptr;
    if (!made->role.arn.ptr || !made->role.external_id.ptr || !made->role.session_name.ptr ||
        !made->role.source_identity.ptr || !made->role.policy.ptr || !made->sts_region.ptr ||
        !made->source) {
        wgo_aws_provider_close(made);
        return wgo_aws_no_memory(err);
    }
    *out_provider = made;
    return WGO_OK;
}

/* ---- the order ---- */

static enum wgo_status open_profile(struct wgo_aws_chain *chain, struct wgo_aws_provider **out)
{
    const struct wgo_aws_config *config = chain->config;
    const struct wgo_aws_section *profile = config->profile;
    enum wgo_status status = WGO_OK;
    if (!config->profile_asked) {
        status = wgo_aws_open_environment(chain, out);
    }
    if (status == WGO_OK && !*out && has_role(profile)) {
        return wgo_aws_open_role(chain, profile, out);
    }
    if (status == WGO_OK && !*out) {
        status = wgo_aws_open_own(chain, profile, !config->profile_asked, out);
    }
    if (status == WGO_OK && !*out) {
        status = wgo_aws_open_container(chain, out);
    }
    if (status == WGO_OK && !*out) {
        status = wgo_aws_open_machine(chain, out);
    }
    return status;
}

/* A role on top of what the profile gives. */
static enum wgo_status wrap(const struct wgo_aws_role *role, struct wgo_aws_provider **provider,
                            struct wgo_error *err)
{
    struct wgo_aws_provider *child = NULL;
    enum wgo_status status = wgo_aws_provider_assume(*provider, role, WGO_STR(""), &child, err);
    if (status == WGO_OK) {
        child->owns_base = true;
        *provider = child;
    }
    return status;
}

enum wgo_status wgo_aws_provider_open(const struct wgo_aws_config *config,
                                      const struct wgo_aws_provider_options *options,
                                      struct wgo_aws_provider **out_provider, struct wgo_error *err)
{
    static const struct wgo_aws_provider_options none = {0};
    const struct wgo_aws_provider_options *o = options ? options : &none;
    struct wgo_aws_chain chain = {
        .config = config, .process_timeout_ns = o->process_timeout_ns, .err = err};
    struct wgo_aws_provider *made = NULL;
    enum wgo_status status = o->access_key_id.len > 0
                                 ? wgo_aws_open_keys(&chain, "given keys", o->access_key_id,
                                                     o->secret_access_key, o->session_token, &made)
                                 : open_profile(&chain, &made);
    if (status == WGO_OK && o->role.arn.len > 0) {
        status = wrap(&o->role, &made, err);
    }
    wgo_arena_fini(&chain.scratch);
    if (status != WGO_OK) {
        wgo_aws_provider_close(made);
        return status;
    }
    *out_provider = made;
    return WGO_OK;
}
