/* roles.c: a role in each account of an organisation. */
#include "aws/session.h"

#include <stdio.h>

/* What Organizations makes in accounts that it creates. */
#define DEFAULT_ROLE "OrganizationAccountAccessRole"
#define SESSION_NAME "wgo"

static struct wgo_str last_of(const struct wgo_str_list *list, const char *otherwise)
{
    return list->count > 0 ? list->items[list->count - 1] : wgo_str(otherwise);
}

enum wgo_status wgo_aws_role_begin(struct wgo_aws *aws, struct wgo_aws_login *login,
                                   struct wgo_str id, struct wgo_str name,
                                   struct wgo_emitter *emitter, bool *out_begun,
                                   struct wgo_error *err)
{
    struct wgo_arena *arena = emitter->arena;
    struct wgo_str external_id = last_of(&aws->options->external_ids, "");
    struct wgo_str role_name = last_of(&aws->options->org_roles, DEFAULT_ROLE);
    struct wgo_aws_role role = {
        .arn = wgo_str_format(arena, "arn:%s:iam::%.*s:role/%.*s", login->partition->name,
                              WGO_FMT(id), WGO_FMT(role_name)),
        .external_id = external_id,
        .session_name = WGO_STR(SESSION_NAME),
    };
    struct wgo_aws_provider *provider = NULL;
    enum wgo_status status =
        wgo_aws_provider_assume(login->provider, &role, login->home_region, &provider, err);
    if (status != WGO_OK) {
        return status;
    }
    bool known = false;
    struct wgo_aws_account *account =
        wgo_aws_account_add(aws, id, name, login, provider, true, &known);
    if (!account) {
        wgo_aws_provider_close(provider);
        return known ? WGO_OK : wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    struct wgo_task task = {.entry = WGO_STR("session.role"),
                            .account = account->id,
                            .region = login->home_region,
                            .priority = WGO_PRIORITY_USUAL};
    bool good = wgo_task_set(&task, WGO_STR("role_arn"), role.arn) &&
                wgo_task_set(&task, WGO_STR("session_name"), role.session_name) &&
                wgo_task_set(&task, WGO_STR("external_id"), external_id) &&
                wgo_task_set(&task, WGO_STR("login"), wgo_str(login->caller.account));
    *out_begun = true;
    wgo_aws_queue_mark(aws, account); /* before anybody can answer */
    return good ? emitter->task(emitter, &task, err)
                : wgo_fail(err, WGO_E_INTERNAL, "too many variables");
}

/* One line with the account, the role and what to do. */
static enum wgo_status refused(struct wgo_aws *aws, const struct wgo_aws_account *account,
                               const struct wgo_page *page, struct wgo_emitter *emitter)
{
    struct wgo_error error = {0};
    struct wgo_str role = wgo_task_var(page->task, WGO_STR("role_arn"));
    enum wgo_status status = page->verdict->status;
    wgo_fail(&error, status, "account %.*s%s%.*s%s: cannot assume %.*s: %.200s",
             WGO_FMT(account->id), account->name.len ? " (" : "", WGO_FMT(account->name),
             account->name.len ? ")" : "", WGO_FMT(role), page->verdict->message);
    if (status == WGO_E_DENIED) {
        wgo_error_hint(&error,
                       "does the role exist, and does its trust policy name %.160s? --org-role and "
                       "--external-id say which and how; --exclude-account leaves accounts out",
                       account->login->caller.arn);
    } else {
        wgo_error_hint(&error, "%s", page->verdict->hint);
    }
    struct wgo_row row = {.account = account->id,
                          .told = true,
                          .seen = wgo_status_seen(status),
                          .error = wgo_str(error.message),
                          .hint = wgo_str(error.hint)};
    emitter->row(emitter, &row);
    snprintf(error.scope, sizeof(error.scope), "%.*s", WGO_FMT(account->id));
    aws->services->report(aws->services->engine, &error);
    return WGO_E_SKIPPED;
}

static enum wgo_status assumed(struct wgo_aws *aws, struct wgo_aws_account *account,
                               const struct wgo_page *page, struct wgo_emitter *emitter,
                               struct wgo_error *err)
{
    struct wgo_aws_credentials credentials = {0};
    struct wgo_wall expires = {0}, now = wgo_clock_wall(aws->services->clock);
    enum wgo_status status = wgo_aws_sts_read_credentials(
        page->response->http_status, page->document, &credentials, &expires, NULL, err);
    wgo_wipe((char *)(uintptr_t)page->document.ptr, page->document.len);
    if (status != WGO_OK) {
        return status;
    }
    wgo_aws_provider_store(account->provider, &credentials, now, expires);
    wgo_aws_credentials_fini(&credentials);
    return wgo_aws_account_begin(aws, account, emitter, err);
}

enum wgo_status wgo_aws_decode_role(struct wgo_aws *aws, const struct wgo_page *page,
                                    struct wgo_emitter *emitter, struct wgo_error *err)
{
    struct wgo_aws_account *account = wgo_aws_account_find(aws, page->task->account);
    if (page->fallback) {
        enum wgo_status status = refused(aws, account, page, emitter);
        return wgo_aws_queue_after(aws, account, page, status, emitter, err);
    }
    enum wgo_status status = assumed(aws, account, page, emitter, err);
    bool regions_next = status == WGO_OK && !wgo_aws_regions_are_known(aws, account->login);
    return regions_next ? status : wgo_aws_queue_after(aws, account, page, status, emitter, err);
}
