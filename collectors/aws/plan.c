/* plan.c: who we are, and where reading begins. */
#include "aws/session.h"
#include "base/digest.h"

#include <stdio.h>

/* Of the first question: a wrong clock, a throttle or half an answer may stand in its way. */
enum { ATTEMPTS = 4 };

static enum wgo_status ask_identity(struct wgo_aws *aws, struct wgo_aws_login *login,
                                    struct wgo_arena *arena, struct wgo_error *err)
{
    const struct wgo_services *services = aws->services;
    const struct wgo_aws_service_facts *sts = wgo_aws_service_named(&aws->table, WGO_STR("sts"));
    struct wgo_aws_address address;
    struct wgo_request request = {
        .method = "POST",
        .body = wgo_aws_sts_caller_identity(),
        .endpoint = &login->endpoint,
        .operation = WGO_STR("sts.GetCallerIdentity"),
    };
    enum wgo_status status = wgo_aws_endpoint(login->config, sts->endpoint, sts->id,
                                              login->home_region, arena, &address, err);
    if (status != WGO_OK) {
        return status;
    }
    request.url = wgo_str_format(arena, "%.*s/", WGO_FMT(address.url));
    struct wgo_signing signing = {.request = &request,
                                  .arena = arena,
                                  .now = wgo_clock_wall(services->clock),
                                  .service = sts->signing,
                                  .region = address.region};
    status = wgo_request_header(&request, WGO_STR("Content-Type"),
                                WGO_STR("application/x-www-form-urlencoded"));
    if (status == WGO_OK) {
        status = wgo_aws_provider_sign(login->provider, &signing, err);
    }
    struct wgo_response response;
    if (status == WGO_OK) {
        status = services->fetch(services->engine, &request, &response, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    struct wgo_aws_refusal refusal = {.code = ""};
    status = wgo_aws_sts_read_caller(response.http_status, wgo_buf_view(&response.body),
                                     &login->caller, &refusal, err);
    struct wgo_wall theirs;
    if (status != WGO_OK && wgo_aws_clock_is_off(wgo_str(refusal.code), wgo_str(refusal.message)) &&
        wgo_wall_parse_http(wgo_response_header(&response, "date"), &theirs)) {
        wgo_aws_provider_set_skew(login->provider, theirs.ns - wgo_clock_wall(services->clock).ns);
        status = WGO_E_EXPIRED; /* once more, by the server's clock */
    }
    wgo_response_fini(&response);
    return status;
}

/* Everybody who has assumed a role sees the same, and many name their sessions anew each time. */
static uint64_t whose_is(const struct wgo_aws_caller *caller)
{
    struct wgo_digest digest = {0};
    struct wgo_str arn = wgo_str(caller->arn), user = wgo_str(caller->user_id);
    struct wgo_str role = WGO_STR(":assumed-role/");
    size_t at = wgo_str_find(arn, role);
    if (at < arn.len) {
        size_t begin = at + role.len;
        size_t end = wgo_str_find_char(wgo_str_slice(arn, begin, arn.len), '/');
        arn = wgo_str_slice(arn, 0, begin + end);
        user = wgo_str_slice(user, 0, wgo_str_find_char(user, ':'));
    }
    wgo_digest_add(&digest, arn);
    wgo_digest_add(&digest, user);
    return wgo_digest_fold(&digest);
}

enum wgo_status wgo_aws_login_identify(struct wgo_aws *aws, struct wgo_aws_login *login,
                                       struct wgo_error *err)
{
    struct wgo_arena arena = {0};
    enum wgo_status status = wgo_aws_provider_refresh(login->provider, aws->services, err);
    bool loaded = status == WGO_OK, again = loaded;
    for (unsigned attempt = 0; attempt < ATTEMPTS && again; attempt++) {
        status = ask_identity(aws, login, &arena, err);
        again = status == WGO_E_EXPIRED || wgo_aws_sts_may_repeat(status);
    }
    wgo_arena_fini(&arena);
    if (status == WGO_OK) {
        const struct wgo_aws_partition *partition =
            wgo_aws_partition_named(wgo_aws_arn_partition(wgo_str(login->caller.arn)));
        login->partition = partition ? partition : login->partition;
        login->whose = whose_is(&login->caller);
    } else if (loaded) { /* else it is said already whose they are */
        wgo_error_prefix(err, "%s", wgo_aws_provider_source(login->provider));
    }
    return status;
}

/* Whether --resource-type lets anything through that an organisation's manager is asked. */
static bool organization_needed(const struct wgo_aws *aws)
{
    const struct wgo_services *services = aws->services;
    const struct wgo_entry_view *entry;
    for (size_t i = 0; (entry = services->entry_at(services->engine, i)) != NULL; i++) {
        if (entry->needed && !entry->is_child && wgo_str_is(entry->scope, "organization")) {
            return true;
        }
    }
    return false;
}

enum wgo_status wgo_aws_account_begin(struct wgo_aws *aws, struct wgo_aws_account *account,
                                      struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_task task = {.entry = WGO_STR("session.regions"),
                            .account = account->id,
                            .region = account->login->home_region,
                            .priority = WGO_PRIORITY_USUAL};
    if (!wgo_aws_account_claim(aws, account)) {
        return WGO_OK;
    }
    enum wgo_status status = wgo_aws_regions_are_known(aws, account->login)
                                 ? wgo_aws_regions_take(aws, account, emitter, err)
                                 : emitter->task(emitter, &task, err);
    /* Members of an organisation may not ask about it; who was logged in to may be its manager. */
    if (status == WGO_OK && !account->own_provider && organization_needed(aws)) {
        task.entry = WGO_STR("session.organization");
        task.region = wgo_str(account->login->partition->global_region);
        status = emitter->task(emitter, &task, err);
    }
    return status;
}

/* A login that fails does not keep the others from theirs. */
static void say_failed(struct wgo_aws *aws, const struct wgo_aws_login *login,
                       const struct wgo_error *error, struct wgo_emitter *emitter)
{
    struct wgo_row row = {.account = wgo_str(wgo_aws_provider_source(login->provider)),
                          .told = true,
                          .seen = wgo_status_seen(error->status),
                          .error = wgo_str(error->message),
                          .hint = wgo_str(error->hint)};
    emitter->row(emitter, &row);
    aws->services->report(aws->services->engine, error);
}

static enum wgo_status begin(struct wgo_aws *aws, struct wgo_aws_login *login,
                             struct wgo_emitter *emitter, struct wgo_error *err)
{
    bool known = false;
    struct wgo_aws_account *account =
        wgo_aws_account_add(aws, wgo_str(login->caller.account), (struct wgo_str){0}, login,
                            login->provider, false, &known);
    if (known) {
        struct wgo_row row = {.account = wgo_str(wgo_aws_provider_source(login->provider)),
                              .seen = WGO_SEEN_SKIPPED,
                              .error = wgo_str_format(emitter->arena,
                                                      "account %s is read by another profile",
                                                      login->caller.account)};
        emitter->row(emitter, &row);
        return WGO_OK;
    }
    if (!account) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    return aws->options->org ? wgo_aws_organization_begin(aws, login, emitter, err)
                             : wgo_aws_account_begin(aws, account, emitter, err);
}

enum wgo_status wgo_aws_plan(struct wgo_aws *aws, struct wgo_emitter *emitter,
                             struct wgo_error *err)
{
    struct wgo_error first = {0};
    size_t good = 0;
    for (size_t i = 0; i < aws->login_count; i++) {
        struct wgo_aws_login *login = &aws->logins[i];
        struct wgo_error error = {0};
        enum wgo_status status = wgo_aws_login_identify(aws, login, &error);
        if (status == WGO_OK) {
            good++;
            status = begin(aws, login, emitter, &error);
            if (status != WGO_OK) {
                *err = error;
                return status;
            }
        } else if (aws->login_count > 1) {
            error.status = status;
            say_failed(aws, login, &error, emitter);
        }
        if (status != WGO_OK && first.status == WGO_OK) {
            first = error;
            first.status = status;
        }
    }
    if (good == 0 && err) {
        *err = first;
    }
    return good == 0 ? first.status : WGO_OK;
}
