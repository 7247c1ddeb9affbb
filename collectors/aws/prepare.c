/* prepare.c: where a request goes, and who signs it. */
#include "aws/session.h"

#include <stdio.h>

struct wgo_aws_provider *wgo_aws_task_provider(struct wgo_aws *aws, const struct wgo_task *task)
{
    struct wgo_aws_account *account = wgo_aws_account_find(aws, task->account);
    if (!account) {
        return NULL;
    }
    /* A role is assumed by the login, not by what it gives. */
    return wgo_str_is(task->entry, "session.role") ? account->login->provider : account->provider;
}

/* The first segment of "/bucket?policy", or of "/bucket/key". */
static struct wgo_str bucket_of(struct wgo_str path)
{
    size_t end = 1;
    while (end < path.len && path.ptr[end] != '/' && path.ptr[end] != '?') {
        end++;
    }
    return path.len > 1 ? wgo_str_slice(path, 1, end) : (struct wgo_str){0};
}

/* A bucket is asked in its own region: as its list said, or as an answer has taught. */
static struct wgo_str region_of(struct wgo_aws *aws, const struct wgo_task *task,
                                const struct wgo_aws_service_facts *service,
                                const struct wgo_request *request)
{
    struct wgo_str bucket =
        wgo_str_is(service->name, "s3") ? bucket_of(request->url) : (struct wgo_str){0};
    struct wgo_str region = bucket.len > 0 ? wgo_aws_bucket_region(aws, bucket) : bucket;
    if (bucket.len > 0 && region.len == 0) {
        region = wgo_task_var(task, WGO_STR("bucket_region"));
    }
    return region.len > 0 ? region : task->region;
}

static enum wgo_status not_asked(struct wgo_aws *aws, struct wgo_aws_account *account,
                                 struct wgo_str place, struct wgo_error *err)
{
    enum wgo_status status = WGO_OK;
    if (wgo_aws_account_closed(aws, account, place)) {
        status =
            wgo_fail(err, WGO_E_DENIED,
                     "not asked: everything before it was denied here, as by a service control "
                     "policy");
        wgo_error_hint(err, "leave the region out with --region, or ask who governs the account");
    } else if (!wgo_aws_account_asks(aws, account)) {
        status = wgo_fail(err, WGO_E_TIMEOUT, "not asked: account %.*s has not answered for %lld s",
                          WGO_FMT(account->id),
                          (long long)(atomic_load(&aws->account_timeout_ns) / WGO_S));
    }
    return status;
}

/* S3 Control has the account in its host's name, unless somebody said where it is. */
static struct wgo_str url_of(const struct wgo_aws_service_facts *service,
                             const struct wgo_task *task, const struct wgo_aws_address *address,
                             struct wgo_str path, struct wgo_arena *arena)
{
    struct wgo_str https = WGO_STR("https://");
    if (wgo_str_is(service->name, "s3control") && !address->configured &&
        wgo_str_starts(address->url, https)) {
        struct wgo_str host = wgo_str_slice(address->url, https.len, address->url.len);
        return wgo_str_format(arena, "https://%.*s.%.*s%.*s", WGO_FMT(task->account), WGO_FMT(host),
                              WGO_FMT(path));
    }
    return wgo_str_format(arena, "%.*s%.*s", WGO_FMT(address->url), WGO_FMT(path));
}

enum wgo_status wgo_aws_prepare(struct wgo_aws *aws, const struct wgo_task *task,
                                struct wgo_arena *arena, struct wgo_request *request,
                                struct wgo_error *err)
{
    const struct wgo_entry_view *entry = aws->services->entry(aws->services->engine, task->entry);
    const struct wgo_aws_service_facts *service =
        entry ? wgo_aws_service_named(&aws->table, entry->service) : NULL;
    struct wgo_aws_account *account = wgo_aws_account_find(aws, task->account);
    if (!service || !account) {
        return wgo_fail(err, WGO_E_INTERNAL, "entry %.*s: no service \"%.*s\" or account \"%.*s\"",
                        WGO_FMT(task->entry), WGO_FMT(entry ? entry->service : task->entry),
                        WGO_FMT(task->account));
    }
    struct wgo_str place = service->global ? (struct wgo_str){0} : task->region;
    enum wgo_status status = not_asked(aws, account, place, err);
    struct wgo_aws_address address = {0};
    if (status == WGO_OK) {
        status = wgo_aws_endpoint(account->login->config, service->endpoint, service->id,
                                  region_of(aws, task, service, request), arena, &address, err);
    }
    if (status != WGO_OK) {
        return status;
    }
    request->url = url_of(service, task, &address, request->url, arena);
    request->endpoint = &account->login->endpoint;
    if (!request->url.ptr) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    struct wgo_signing signing = {
        .request = request,
        .arena = arena,
        .now = wgo_clock_wall(aws->services->clock),
        .service = service->signing,
        .region = address.region,
    };
    return wgo_aws_provider_sign(wgo_aws_task_provider(aws, task), &signing, err);
}
