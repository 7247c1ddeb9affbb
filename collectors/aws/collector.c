/* collector.c: the contract of model/collector.h, for AWS. */
#include "aws/aws.h"
#include "aws/embedded.h"
#include "aws/permissions.h"
#include "aws/session.h"
#include "aws/tuning.h"
#include "aws/xml_json.h"
#include "base/json.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>

/* An account that has not answered for so long is left alone. */
#define ACCOUNT_TIMEOUT_NS (60 * WGO_S)

/* ---- opening ---- */

static enum wgo_configured aws_configured(const struct wgo_collector_env *env, char reason[256])
{
    const struct wgo_str_list *profiles = &env->options->profiles;
    if (profiles->count > 0) { /* whether it is any good, open() says */
        snprintf(reason, 256, "profile %.*s", WGO_FMT(wgo_str_slice(profiles->items[0], 0, 200)));
        return WGO_CONFIGURED;
    }
    return wgo_aws_configured(env->getenv, reason) ? WGO_CONFIGURED : WGO_NOT_CONFIGURED;
}

static enum wgo_status open_login(struct wgo_aws *aws, struct wgo_str profile,
                                  struct wgo_aws_login *login, struct wgo_error *err)
{
    struct wgo_aws_config_options options = {.getenv = aws->getenv, .profile = profile};
    enum wgo_status status = wgo_aws_config_new(&options, &login->config, err);
    if (status == WGO_OK) {
        status = wgo_aws_provider_open(login->config, NULL, &login->provider, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    login->partition = wgo_aws_partition_of(login->config->region);
    login->home_region = login->config->region.len > 0 ? login->config->region
                                                       : wgo_str(login->partition->global_region);
    /* A named region decides where an unconfigured login begins: its partition's STS knows us. */
    for (size_t i = 0; i < aws->options->regions.count && login->config->region.len == 0; i++) {
        struct wgo_str region = aws->options->regions.items[i];
        if (wgo_aws_is_region(region) && wgo_str_find_char(region, '-') < region.len) {
            login->partition = wgo_aws_partition_of(region);
            login->home_region = region;
            break;
        }
    }
    login->endpoint = (struct wgo_endpoint){
        .identity =
            wgo_str_cstr(&aws->arena, wgo_str_format(&aws->arena, "aws %s",
                                                     wgo_aws_provider_source(login->provider))),
        .ca_file = login->config->ca_bundle,
    };
    return WGO_OK;
}

static enum wgo_status check_patterns(struct wgo_aws *aws, const struct wgo_str_list *list,
                                      const char *flag, struct wgo_error *err)
{
    for (size_t i = 0; i < list->count; i++) {
        struct wgo_str text = list->items[i];
        regex_t regex;
        if (text.len < 3 || text.ptr[0] != '/' || text.ptr[text.len - 1] != '/') {
            continue;
        }
        const char *expression = wgo_str_cstr(&aws->arena, wgo_str_slice(text, 1, text.len - 1));
        if (!expression || regcomp(&regex, expression, REG_EXTENDED | REG_NOSUB) != 0) {
            wgo_fail(err, WGO_E_CONFIG, "%s \"%.*s\" is no regular expression", flag,
                     WGO_FMT(wgo_str_slice(text, 0, 100)));
            wgo_error_hint(err, "extended regular expressions stand between slashes; anything else "
                                "is a pattern with * and ?");
            return WGO_E_CONFIG;
        }
        regfree(&regex);
    }
    return WGO_OK;
}

static enum wgo_status check_options(struct wgo_aws *aws, struct wgo_error *err)
{
    const struct wgo_provider_options *o = aws->options;
    bool needs_org = o->org_roles.count + o->external_ids.count + o->accounts.count +
                         o->exclude_accounts.count + o->ous.count + o->account_tags.count >
                     0;
    if (needs_org && !o->org) {
        wgo_fail(err, WGO_E_CONFIG,
                 "--org-role, --external-id, --account, --exclude-account, --ou "
                 "and --account-tag choose among an organisation's accounts");
        wgo_error_hint(err, "add --org");
        return WGO_E_CONFIG;
    }
    const struct wgo_yaml *timeout = wgo_yaml_get(o->settings, "account_timeout");
    int64_t said = ACCOUNT_TIMEOUT_NS;
    aws->timeout_said = timeout && timeout->kind != WGO_YAML_NULL;
    if (aws->timeout_said && (!wgo_str_to_duration(timeout->text, &said) || said <= 0)) {
        wgo_fail(err, WGO_E_CONFIG,
                 "configuration: line %u: account_timeout \"%.*s\" is no "
                 "duration",
                 timeout->line, WGO_FMT(wgo_str_slice(timeout->text, 0, 40)));
        wgo_error_hint(err, "as in 60s or 2m");
        return WGO_E_CONFIG;
    }
    atomic_init(&aws->account_timeout_ns, said);
    enum wgo_status status = check_patterns(aws, &o->accounts, "--account", err);
    return status == WGO_OK ? check_patterns(aws, &o->exclude_accounts, "--exclude-account", err)
                            : status;
}

static enum wgo_status open_logins(struct wgo_aws *aws, struct wgo_error *err)
{
    static const struct wgo_str whatever = {0};
    const struct wgo_str_list *profiles = &aws->options->profiles;
    const struct wgo_str *names = profiles->count > 0 ? profiles->items : &whatever;
    size_t count = profiles->count > 0 ? profiles->count : 1;
    enum wgo_status status = WGO_OK;
    aws->logins = calloc(count, sizeof(*aws->logins));
    if (!aws->logins) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < count && status == WGO_OK; i++) {
        aws->login_count++;
        status = open_login(aws, names[i], &aws->logins[i], err);
    }
    return status;
}

static void aws_close(void *self)
{
    struct wgo_aws *aws = self;
    if (!aws) {
        return;
    }
    wgo_aws_accounts_close(aws);
    for (size_t i = 0; i < aws->login_count; i++) {
        wgo_aws_provider_close(aws->logins[i].provider);
        wgo_aws_config_free(aws->logins[i].config);
        wgo_buf_fini(&aws->logins[i].organization.list);
    }
    free(aws->logins);
    wgo_aws_shapes_free(aws->shapes);
    wgo_arena_fini(&aws->arena);
    wgo_lock_fini(&aws->lock);
    free(aws);
}

static enum wgo_status aws_open(const struct wgo_collector_env *env, void **out_self,
                                struct wgo_error *err)
{
    struct wgo_aws *aws = calloc(1, sizeof(*aws));
    if (!aws) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    aws->options = env->options;
    aws->services = env->services;
    aws->getenv = env->getenv;
    wgo_lock_init(&aws->lock);
    enum wgo_status status = check_options(aws, err);
    if (status == WGO_OK) {
        status = wgo_aws_services_load(&aws->arena, &aws->table, err);
    }
    if (status == WGO_OK) {
        status = wgo_aws_shapes_new(&aws->shapes, err);
    }
    if (status == WGO_OK) {
        status = open_logins(aws, err);
    }
    if (status != WGO_OK) {
        aws_close(aws);
        return status;
    }
    if (aws->options->org) {
        struct wgo_aws_tuning tuning = wgo_aws_tune(1); /* the same for any number of accounts */
        struct wgo_pace pace = {.max_retries = tuning.retries,
                                .retry_base_ns = tuning.retry_base_ns};
        aws->services->set_pace(aws->services->engine, &pace);
    }
    *out_self = aws;
    return WGO_OK;
}

/* ---- working ---- */

static enum wgo_status aws_plan(void *self, struct wgo_emitter *emitter, struct wgo_error *err)
{
    return wgo_aws_plan(self, emitter, err);
}

static enum wgo_status aws_prepare(void *self, const struct wgo_task *task, struct wgo_arena *arena,
                                   struct wgo_request *request, struct wgo_error *err)
{
    return wgo_aws_prepare(self, task, arena, request, err);
}

static void aws_classify(void *self, const struct wgo_task *task,
                         const struct wgo_response *response, struct wgo_verdict *out)
{
    wgo_aws_classify(self, task, response, out);
}

/* XML becomes the JSON that the AWS CLI shows; JSON stays what it is. STS's answers hold
 * credentials: their decoder reads them where they lie. */
static enum wgo_status aws_document(void *self, const struct wgo_task *task,
                                    const struct wgo_response *response, struct wgo_str body,
                                    struct wgo_buf *out, struct wgo_str *out_document,
                                    struct wgo_error *err)
{
    struct wgo_aws *aws = self;
    const struct wgo_entry_view *entry = aws->services->entry(aws->services->engine, task->entry);
    const struct wgo_aws_service_facts *service =
        entry ? wgo_aws_service_named(&aws->table, entry->service) : NULL;
    const struct wgo_aws_output *output = NULL;
    if (!service || !service->xml || wgo_str_is(task->entry, "session.role")) {
        *out_document = body;
        return WGO_OK;
    }
    enum wgo_status status =
        wgo_aws_shapes_find(aws->shapes, entry->service, entry->call, &output, err);
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_response view = *response; /* the body may have been too large for memory */
    view.body.ptr = (char *)(uintptr_t)body.ptr;
    view.body.len = body.len;
    status = wgo_aws_xml_to_json(output, &view, out, err);
    if (status == WGO_OK) {
        *out_document = wgo_buf_view(out);
    }
    return status;
}

/* What is asked only to see whether it may be: its answer leads to no resource. */
static enum wgo_status decode_nothing(struct wgo_aws *aws, const struct wgo_page *page,
                                      struct wgo_emitter *emitter, struct wgo_error *err)
{
    (void)aws;
    (void)emitter;
    return wgo_json_check(page->document, err);
}

static const struct {
    const char *name;
    wgo_aws_decode_fn *decode;
} DECODERS[] = {
    {"nothing", decode_nothing},
    {"regions", wgo_aws_decode_regions},
    {"role", wgo_aws_decode_role},
    {"accounts", wgo_aws_decode_accounts},
    {"units", wgo_aws_decode_units},
    {"roots", wgo_aws_decode_roots},
    {"account_tags", wgo_aws_decode_account_tags},
    {"organization", wgo_aws_decode_organization},
};

static enum wgo_status aws_decode(void *self, struct wgo_str decoder, const struct wgo_page *page,
                                  struct wgo_emitter *emitter, struct wgo_error *err)
{
    for (size_t i = 0; i < WGO_COUNT(DECODERS); i++) {
        if (wgo_str_is(decoder, DECODERS[i].name)) {
            return DECODERS[i].decode(self, page, emitter, err);
        }
    }
    return wgo_fail(err, WGO_E_INTERNAL, "no decoder \"%.*s\"", WGO_FMT(decoder));
}

/* By a role in each account, its members are read for the login: which role is configuration. */
static bool aws_whose(void *self, const struct wgo_task *task, uint64_t *out)
{
    const struct wgo_aws_account *account = wgo_aws_account_find(self, task->account);
    *out = account ? account->login->whose : 0;
    return account != NULL;
}

/* Credentials are renewed by account; the role of an account is assumed with its login's. */
static struct wgo_str aws_stale(void *self, const struct wgo_task *task, bool refused)
{
    struct wgo_aws *aws = self;
    struct wgo_aws_provider *provider = wgo_aws_task_provider(aws, task);
    struct wgo_wall now = wgo_clock_wall(aws->services->clock);
    if (!provider || !wgo_aws_provider_stale(provider, now, refused)) {
        return (struct wgo_str){0};
    }
    struct wgo_str login = wgo_task_var(task, WGO_STR("login"));
    return wgo_str_is(task->entry, "session.role") && login.len > 0 ? login : task->account;
}

static enum wgo_status aws_refresh(void *self, struct wgo_str key, struct wgo_error *err)
{
    struct wgo_aws *aws = self;
    struct wgo_aws_account *account = wgo_aws_account_find(aws, key);
    if (!account) {
        return wgo_fail(err, WGO_E_INTERNAL, "credentials of an unknown account");
    }
    return wgo_aws_provider_refresh(account->provider, aws->services, err);
}

static enum wgo_status aws_validate(void *self, const struct wgo_services *services,
                                    wgo_finding_fn *each, void *state, struct wgo_error *err)
{
    return wgo_aws_validate(self, services, each, state, err);
}

const struct wgo_collector_type wgo_aws_collector = {
    .name = "aws",
    .summary = "Amazon Web Services: accounts, organisations, all regions",
    .configured = aws_configured,
    .open = aws_open,
    .close = aws_close,
    .whose = aws_whose,
    .catalogs = wgo_aws_catalogs,
    .catalog_count = WGO_AWS_CATALOGS_COUNT,
    .plan = aws_plan,
    .prepare = aws_prepare,
    .classify = aws_classify,
    .document = aws_document,
    .decode = aws_decode,
    .stale = aws_stale,
    .refresh = aws_refresh,
    .validate = aws_validate,
    .permissions = wgo_aws_permissions,
};
