/* wgo_result.c: what a scan of libwgo leaves behind. */
#include "lib/wgo_private.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

struct wgo_result *wgo_result_new(struct wgo_plan *plan, const struct wgo_events *events)
{
    struct wgo_result *result = calloc(1, sizeof(*result));
    if (result) {
        result->provider_json = calloc(plan->provider_count, sizeof(*result->provider_json));
    }
    if (!result || !result->provider_json) {
        free(result);
        return NULL;
    }
    atomic_fetch_add(&plan->references, 1);
    result->plan = plan;
    atomic_init(&result->forwarding.over, false);
    if (events) {
        result->forwarding.events = *events;
    }
    return result;
}

void wgo_result_free(struct wgo_result *result)
{
    if (!result) {
        return;
    }
    for (size_t i = 0; i < result->plan->provider_count; i++) {
        wgo_buf_fini(&result->provider_json[i]);
    }
    wgo_buf_fini(&result->json);
    free(result->provider_json);
    result->provider_json = NULL;
    if (wgo_session_free(result->session)) {
        return; /* a collector that was abandoned may still look at its settings and speak */
    }
    wgo_buf_fini(&result->forwarding.json);
    wgo_plan_release(result->plan);
    free(result);
}

enum wgo_code wgo_result_code(const struct wgo_result *result)
{
    return result->code;
}

int64_t wgo_result_duration_ns(const struct wgo_result *result)
{
    return wgo_session_result(result->session)->total_ns;
}

bool wgo_result_changes(const struct wgo_result *result, struct wgo_changes *out_changes)
{
    const struct wgo_session_result *session = wgo_session_result(result->session);
    const struct wgo_renewal *renewal = &session->renewal;
    if (session->compared) {
        *out_changes = (struct wgo_changes){renewal->added, renewal->changed, renewal->deleted,
                                            renewal->unchanged};
    }
    return session->compared;
}

size_t wgo_result_provider_count(const struct wgo_result *result)
{
    return result->plan->provider_count;
}

static enum wgo_code provider_code(const struct wgo_provider_result *provider)
{
    switch (provider->outcome) {
    case WGO_PROVIDER_COMPLETE:
        return WGO_COMPLETE;
    case WGO_PROVIDER_PARTIAL:
        return WGO_PARTIAL;
    case WGO_PROVIDER_WAITING:
    case WGO_PROVIDER_RUNNING:
        return WGO_INTERRUPTED;
    case WGO_PROVIDER_FAILED:
        break;
    }
    return provider->error.status == WGO_E_AUTH        ? WGO_REFUSED
           : provider->error.status == WGO_E_CANCELLED ? WGO_INTERRUPTED
                                                       : WGO_FAILED;
}

bool wgo_result_provider(const struct wgo_result *result, size_t index,
                         struct wgo_report_of_provider *out_report)
{
    struct wgo_provider_result provider;
    if (index >= result->plan->provider_count) {
        return false;
    }
    wgo_scanner_provider(wgo_session_scanner(result->session), index, &provider);
    *out_report = (struct wgo_report_of_provider){
        .name = provider.label,
        .code = provider_code(&provider),
        .duration_ns = provider.duration_ns,
        .records = provider.records,
        .calls = provider.calls,
        .retries = provider.retries,
        .throttles = provider.throttles,
        .timed_out = provider.timed_out,
    };
    wgo_problem_set(&out_report->problem, &provider.error);
    return true;
}

/* ---- documents ---- */

static enum wgo_status buf_write(void *self, struct wgo_str bytes, struct wgo_error *err)
{
    struct wgo_buf *buf = self;
    return wgo_buf_str(buf, bytes) ? WGO_OK : wgo_fail(err, buf->failed, "out of memory");
}

static enum wgo_status buf_patch(void *self, uint64_t at, struct wgo_str bytes,
                                 struct wgo_error *err)
{
    struct wgo_buf *buf = self;
    if (at > buf->len || bytes.len > buf->len - at) {
        return wgo_fail(err, WGO_E_INTERNAL, "a patch outside the document");
    }
    memcpy(buf->ptr + at, bytes.ptr, bytes.len);
    return WGO_OK;
}

static uint64_t buf_written(void *self)
{
    return ((struct wgo_buf *)self)->len;
}

/* The document in 'buf', made when it is not there yet. */
static const char *text_of(struct wgo_result *result, int provider, struct wgo_buf *buf,
                           size_t *out_len, struct wgo_problem *problem)
{
    struct wgo_error error = {0};
    enum wgo_status status = WGO_OK;
    if (buf->len == 0) {
        struct wgo_output output = {
            .self = buf, .write = buf_write, .patch = buf_patch, .written = buf_written};
        status =
            wgo_session_document(result->session, provider, WGO_FORMAT_JSON, &output, NULL, &error);
    }
    const char *text = status == WGO_OK ? wgo_buf_terminated(buf) : NULL;
    if (!text) {
        if (status == WGO_OK) {
            wgo_fail(&error, WGO_E_NOMEM, "out of memory");
        }
        wgo_buf_fini(buf);
        wgo_problem_set(problem, &error);
        return NULL;
    }
    if (out_len) {
        *out_len = buf->len;
    }
    return text;
}

const char *wgo_result_json(struct wgo_result *result, size_t *out_len, struct wgo_problem *problem)
{
    return text_of(result, -1, &result->json, out_len, problem);
}

const char *wgo_result_provider_json(struct wgo_result *result, size_t index, size_t *out_len,
                                     struct wgo_problem *problem)
{
    if (index >= result->plan->provider_count) {
        struct wgo_error error = {0};
        wgo_fail(&error, WGO_E_USAGE, "there is no provider %zu", index);
        wgo_problem_set(problem, &error);
        return NULL;
    }
    return text_of(result, (int)index, &result->provider_json[index], out_len, problem);
}

static enum wgo_status write_file(struct wgo_result *result, const char *path,
                                  enum wgo_snapshot_format format, struct wgo_error *err)
{
    struct wgo_new_file file = {.fd = -1};
    struct wgo_fd_output *fd_output = NULL;
    enum wgo_status status = wgo_new_file_open(&file, path, err);
    if (status != WGO_OK) {
        return status;
    }
    status = wgo_fd_output_new(file.fd, path, &fd_output, err);
    if (status == WGO_OK) {
        struct wgo_output output = wgo_fd_output(fd_output);
        status = wgo_session_document(result->session, -1, format, &output, NULL, err);
    }
    if (status == WGO_OK) {
        status = wgo_fd_output_flush(fd_output, err);
    }
    if (status == WGO_OK) {
        status = wgo_new_file_commit(&file, err);
    }
    wgo_fd_output_free(fd_output);
    wgo_new_file_abort(&file);
    return status;
}

enum wgo_code wgo_result_write(struct wgo_result *result, const char *path, enum wgo_format format,
                               struct wgo_problem *problem)
{
    struct wgo_error error = {0};
    enum wgo_status status = write_file(
        result, path, format == WGO_NDJSON ? WGO_FORMAT_NDJSON : WGO_FORMAT_JSON, &error);
    if (status == WGO_OK) {
        return WGO_COMPLETE;
    }
    wgo_problem_set(problem, &error);
    if (problem) {
        problem->code = WGO_FAILED; /* whatever stands in the way of writing */
    }
    return WGO_FAILED;
}

uint64_t wgo_result_resource_count(struct wgo_result *result)
{
    struct wgo_error error = {0};
    if (!result->counted) {
        result->counted =
            wgo_session_count(result->session, &result->resource_count, &error) == WGO_OK;
    }
    return result->resource_count;
}
