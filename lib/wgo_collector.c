/* wgo_collector.c: collectors of the caller's own, behind the contract of model/collector.h. */
#include "lib/wgo_private.h"

#include "base/json_write.h"
#include "lib/type_counts.h"

#include <stdio.h>
#include <stdlib.h>

struct wgo_context {
    const struct wgo_own *own;
    const struct wgo_services *services;
    struct wgo_type_counts counts; /* by place and type: what the rows will say */
    struct wgo_arena arena;        /* of one resource */
    struct wgo_buf configuration, tags, dependencies;
};

/* ---- the type ---- */

static enum wgo_configured own_configured(const struct wgo_collector_env *env, char reason[256])
{
    (void)env;
    snprintf(reason, 256, "added by the program");
    return WGO_CONFIGURED;
}

static enum wgo_status own_open(const struct wgo_collector_env *env, void **out_self,
                                struct wgo_error *err)
{
    struct wgo_context *context = calloc(1, sizeof(*context));
    if (!context) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    context->own = (const struct wgo_own *)env->type; /* its first member */
    *out_self = context;
    return WGO_OK;
}

static void own_close(void *self)
{
    struct wgo_context *context = self;
    if (!context) {
        return;
    }
    wgo_type_counts_fini(&context->counts);
    wgo_arena_fini(&context->arena);
    wgo_buf_fini(&context->configuration);
    wgo_buf_fini(&context->tags);
    wgo_buf_fini(&context->dependencies);
    free(context);
}

static enum wgo_status status_of(const struct wgo_problem *problem, enum wgo_code code)
{
    for (int i = 1; i < WGO_STATUS_COUNT; i++) {
        if (strcmp(problem->kind, wgo_status_name((enum wgo_status)i)) == 0) {
            return (enum wgo_status)i;
        }
    }
    return code == WGO_REFUSED       ? WGO_E_AUTH
           : code == WGO_MISUSED     ? WGO_E_CONFIG
           : code == WGO_INTERRUPTED ? WGO_E_CANCELLED
                                     : WGO_E_SERVER;
}

static enum wgo_status error_from(const struct wgo_problem *problem, enum wgo_code code,
                                  struct wgo_error *err)
{
    enum wgo_status status = status_of(problem, code);
    wgo_fail(err, status, "%s", problem->message[0] ? problem->message : wgo_status_text(status));
    wgo_error_hint(err, "%s", problem->hint);
    wgo_error_at(err, NULL, problem->scope, problem->operation);
    err->http_status = problem->http_status;
    return status;
}

/* The place is "account\x1fregion". 'error' NULL: all of it was seen. */
static void write_rows(struct wgo_context *context, const struct wgo_error *error)
{
    struct wgo_type_count *list = wgo_type_counts_list(&context->counts);
    for (size_t i = 0; list && i < context->counts.used; i++) {
        struct wgo_str region = list[i].provider;
        struct wgo_str account = wgo_str_split(&region, '\x1f');
        struct wgo_row row = {
            .provider = wgo_str(context->own->type.name),
            .account = account,
            .region = region,
            .type = list[i].type,
            .count = (int64_t)list[i].count,
            .seen = error ? wgo_status_seen(error->status) : WGO_SEEN_OK,
        };
        if (error) {
            row.error = wgo_str(error->message);
            row.hint = wgo_str(error->hint);
        }
        wgo_rows_add(context->services->rows, &row);
    }
    free(list);
}

static enum wgo_status own_collect(void *self, const struct wgo_services *services,
                                   struct wgo_error *err)
{
    struct wgo_context *context = self;
    struct wgo_problem problem = {.code = WGO_COMPLETE};
    struct wgo_error error = {0};
    context->services = services;
    const struct wgo_collector *collector = &context->own->collector;
    enum wgo_code code = collector->collect(context, collector->user, &problem);
    if (code == WGO_COMPLETE) {
        write_rows(context, NULL);
        return WGO_OK;
    }
    enum wgo_status status = error_from(&problem, code, &error);
    write_rows(context, &error);
    *err = error;
    return status;
}

static enum wgo_status make_plan(struct wgo_own *own, const char *const *sensitive,
                                 struct wgo_error *err)
{
    struct wgo_json_rule rules[64];
    size_t count = 0;
    for (; sensitive && sensitive[count]; count++) {
        if (count == WGO_COUNT(rules)) {
            return wgo_fail(err, WGO_E_USAGE, "%s: more than %zu sensitive paths", own->type.name,
                            WGO_COUNT(rules));
        }
        rules[count] =
            (struct wgo_json_rule){.path = wgo_str(sensitive[count]), .action = WGO_JSON_REDACT};
    }
    return count > 0 ? wgo_json_plan_new(rules, count, &own->plan, err) : WGO_OK;
}

enum wgo_status wgo_own_init(struct wgo_own *own, struct wgo_arena *arena,
                             const struct wgo_collector *collector,
                             const struct wgo_provider *provider, struct wgo_error *err)
{
    struct wgo_setting *settings =
        WGO_NEW_ARRAY(arena, struct wgo_setting, provider->setting_count + 1);
    const char *name = wgo_str_cstr(arena, wgo_str(collector->name));
    if (!settings || !name) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < provider->setting_count; i++) {
        settings[i].key = wgo_str_cstr(arena, wgo_str(provider->settings[i].key));
        settings[i].value = wgo_str_cstr(arena, wgo_str(provider->settings[i].value));
        if (!settings[i].key || !settings[i].value) {
            return wgo_fail(err, WGO_E_NOMEM, "out of memory");
        }
    }
    *own = (struct wgo_own){
        .type = {.name = name,
                 .summary = name,
                 .configured = own_configured,
                 .open = own_open,
                 .close = own_close,
                 .collect = own_collect},
        .collector = *collector,
        .settings = settings,
        .setting_count = provider->setting_count,
    };
    own->collector.name = name;
    return make_plan(own, collector->sensitive, err);
}

void wgo_own_fini(struct wgo_own *own)
{
    if (own) {
        wgo_json_plan_free(own->plan);
        own->plan = NULL;
    }
}

/* ---- what collect() may call ---- */

bool wgo_cancelled(struct wgo_context *context)
{
    return context->services->cancelled(context->services->engine);
}

void wgo_warn(struct wgo_context *context, const char *text)
{
    context->services->warn(context->services->engine, "%s", text);
}

const char *wgo_setting_value(struct wgo_context *context, const char *key, size_t index)
{
    for (size_t i = 0; i < context->own->setting_count; i++) {
        if (strcmp(context->own->settings[i].key, key) == 0 && index-- == 0) {
            return context->own->settings[i].value;
        }
    }
    return NULL;
}

void wgo_report(struct wgo_context *context, const struct wgo_problem *problem)
{
    struct wgo_error error = {0};
    error_from(problem, problem->code, &error);
    struct wgo_row row = {
        .provider = wgo_str(context->own->type.name),
        .account = wgo_str(problem->scope),
        .type = wgo_str(problem->operation),
        .seen = wgo_status_seen(error.status),
        .error = wgo_str(error.message),
        .hint = wgo_str(error.hint),
    };
    wgo_rows_add(context->services->rows, &row);
    context->services->report(context->services->engine, &error);
}

/* ---- emitting ---- */

static struct wgo_str text(const char *s)
{
    return s ? wgo_str(s) : (struct wgo_str){0};
}

static int by_key(const void *a, const void *b)
{
    return strcmp(((const struct wgo_setting *)a)->key, ((const struct wgo_setting *)b)->key);
}

/* Sorted by key, each once, the last one given. */
static bool write_tags(struct wgo_context *context, const struct wgo_resource *resource,
                       struct wgo_record *record)
{
    struct wgo_json_writer w;
    size_t count = resource->tag_count;
    if (count == 0) {
        return true;
    }
    struct wgo_setting *sorted = WGO_NEW_ARRAY(&context->arena, struct wgo_setting, count);
    if (!sorted) {
        return false;
    }
    memcpy(sorted, resource->tags, count * sizeof(*sorted));
    qsort(sorted, count, sizeof(*sorted), by_key);
    wgo_buf_reset(&context->tags);
    wgo_json_writer_init(&w, &context->tags);
    wgo_json_open_object(&w);
    for (size_t i = 0; i < count; i++) {
        if (i + 1 == count || strcmp(sorted[i].key, sorted[i + 1].key) != 0) {
            wgo_json_key(&w, sorted[i].key);
            wgo_json_put_cstr(&w, sorted[i].value ? sorted[i].value : "");
        }
    }
    wgo_json_close_object(&w);
    record->tags = wgo_buf_view(&context->tags);
    return context->tags.failed == WGO_OK;
}

static bool write_dependencies(struct wgo_context *context, const struct wgo_resource *resource,
                               struct wgo_record *record)
{
    struct wgo_json_writer w;
    size_t count = resource->dependency_count;
    if (count == 0) {
        return true;
    }
    struct wgo_str *ids = WGO_NEW_ARRAY(&context->arena, struct wgo_str, count);
    if (!ids) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        ids[i] = wgo_str(resource->dependencies[i]);
    }
    qsort(ids, count, sizeof(*ids), wgo_str_cmp_ptr);
    wgo_buf_reset(&context->dependencies);
    wgo_json_writer_init(&w, &context->dependencies);
    wgo_json_open_array(&w);
    for (size_t i = 0; i < count; i++) {
        if (i == 0 || !wgo_str_eq(ids[i], ids[i - 1])) {
            wgo_json_put_str(&w, ids[i]);
        }
    }
    wgo_json_close_array(&w);
    record->dependencies = wgo_buf_view(&context->dependencies);
    return context->dependencies.failed == WGO_OK;
}

static enum wgo_status write_configuration(struct wgo_context *context,
                                           const struct wgo_resource *resource,
                                           struct wgo_record *record, struct wgo_error *err)
{
    struct wgo_str document = text(resource->configuration);
    struct wgo_str picks[WGO_JSON_PICKS];
    if (document.len == 0) {
        return WGO_OK;
    }
    enum wgo_status status = wgo_json_check(document, err);
    if (status == WGO_OK && wgo_json_kind_of(wgo_str_trim(document)) != WGO_JSON_OBJECT) {
        status = wgo_fail(err, WGO_E_USAGE, "a configuration must be a JSON object");
    }
    if (status != WGO_OK) {
        return status;
    }
    wgo_buf_reset(&context->configuration);
    if (context->own->plan) {
        status =
            wgo_json_plan_item(context->own->plan, document, picks, NULL, wgo_redact_json,
                               (void *)context->services->redactor, &context->configuration, err);
    } else if (!wgo_json_compact(document, &context->configuration)) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    record->configuration = wgo_buf_view(&context->configuration);
    record->fingerprint = status == WGO_OK ? wgo_json_fingerprint(record->configuration) : 0;
    return status;
}

static bool count_it(struct wgo_context *context, const struct wgo_record *record)
{
    struct wgo_str place = wgo_str_format(&context->arena, "%.*s\x1f%.*s", WGO_FMT(record->account),
                                          WGO_FMT(record->region));
    return place.ptr && wgo_type_counts_add(&context->counts, place, record->type, 1);
}

static enum wgo_status emit(struct wgo_context *context, const struct wgo_resource *resource,
                            struct wgo_error *err)
{
    struct wgo_str provider = wgo_str(context->own->type.name);
    struct wgo_record record = {
        .id = text(resource->id),
        .type = text(resource->type),
        .name = text(resource->name),
        .provider = provider,
        .account = text(resource->account),
        .region = text(resource->region),
        .namespace_name = text(resource->namespace_name),
        .native_id = text(resource->native_id),
        .native_type = text(resource->native_type),
        .created_at = text(resource->created_at),
        .updated_at = text(resource->updated_at),
        .version = text(resource->version),
        .source_provider = provider,
        .source_type = WGO_STR("list"),
        .live = true,
    };
    wgo_arena_reset(&context->arena);
    if (record.id.len == 0 || record.type.len == 0) {
        return wgo_fail(err, WGO_E_USAGE, "a resource needs an id and a type");
    }
    enum wgo_status status = write_configuration(context, resource, &record, err);
    if (status != WGO_OK) {
        wgo_error_at(err, provider.ptr, NULL, resource->id);
        return status;
    }
    if (!write_tags(context, resource, &record) ||
        !write_dependencies(context, resource, &record)) {
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    status = context->services->emit(context->services->engine, &record, err);
    if (status == WGO_OK && !count_it(context, &record)) {
        status = wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    return status;
}

enum wgo_code wgo_emit(struct wgo_context *context, const struct wgo_resource *resource,
                       struct wgo_problem *problem)
{
    struct wgo_error error = {0};
    enum wgo_status status = emit(context, resource, &error);
    return status == WGO_OK ? WGO_COMPLETE : wgo_problem_set(problem, &error);
}

/* ---- fetching ---- */

struct kept_answer {
    struct wgo_http_answer answer; /* first: what the caller sees */
    struct wgo_response response;
};

static enum wgo_status fill_request(const struct wgo_http_request *asked,
                                    struct wgo_request *request, struct wgo_endpoint *endpoint,
                                    struct wgo_error *err)
{
    *endpoint = (struct wgo_endpoint){.identity = asked->identity ? asked->identity : "",
                                      .plain_http_allowed = asked->plain_http};
    *request = (struct wgo_request){
        .method = asked->method ? asked->method : "GET",
        .url = text(asked->url),
        .body = {.ptr = asked->body, .len = asked->body ? asked->body_len : 0},
        .endpoint = endpoint,
    };
    for (size_t i = 0; asked->headers && asked->headers[i]; i++) {
        struct wgo_str line = wgo_str(asked->headers[i]);
        size_t colon = wgo_str_find_char(line, ':');
        if (colon == line.len) {
            return wgo_fail(err, WGO_E_USAGE, "\"%s\" is not a header", asked->headers[i]);
        }
        enum wgo_status status =
            wgo_request_header(request, wgo_str_slice(line, 0, colon),
                               wgo_str_trim(wgo_str_slice(line, colon + 1, line.len)));
        if (status != WGO_OK) {
            return wgo_fail(err, WGO_E_USAGE, "more than %d headers", WGO_REQUEST_HEADERS);
        }
    }
    return WGO_OK;
}

static enum wgo_status fetch(struct wgo_context *context, const struct wgo_http_request *asked,
                             struct kept_answer *kept, struct wgo_error *err)
{
    struct wgo_request request;
    struct wgo_endpoint endpoint;
    enum wgo_status status = fill_request(asked, &request, &endpoint, err);
    if (status != WGO_OK) {
        return status;
    }
    status = context->services->fetch(context->services->engine, &request, &kept->response, err);
    if (status != WGO_OK) {
        wgo_error_at(err, context->own->type.name, NULL, asked->url);
        return status;
    }
    const char *body = wgo_buf_terminated(&kept->response.body);
    const char *headers = wgo_buf_terminated(&kept->response.headers);
    if (!body || !headers) {
        wgo_response_fini(&kept->response);
        return wgo_fail(err, WGO_E_NOMEM, "out of memory");
    }
    kept->answer = (struct wgo_http_answer){
        .status = kept->response.http_status,
        .body = body,
        .body_len = kept->response.body.len,
        .headers = headers,
    };
    return WGO_OK;
}

enum wgo_code wgo_fetch(struct wgo_context *context, const struct wgo_http_request *request,
                        struct wgo_http_answer **out_answer, struct wgo_problem *problem)
{
    struct wgo_error error = {0};
    struct kept_answer *kept = calloc(1, sizeof(*kept));
    enum wgo_status status = kept ? fetch(context, request, kept, &error)
                                  : wgo_fail(&error, WGO_E_NOMEM, "out of memory");
    if (status != WGO_OK) {
        free(kept);
        return wgo_problem_set(problem, &error);
    }
    *out_answer = &kept->answer;
    return WGO_COMPLETE;
}

void wgo_answer_free(struct wgo_http_answer *answer)
{
    struct kept_answer *kept = (struct kept_answer *)answer;
    if (kept) {
        wgo_response_fini(&kept->response);
        free(kept);
    }
}
