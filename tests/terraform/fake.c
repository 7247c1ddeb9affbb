#include "fake.h"

#include "base/json_write.h"
#include "terraform/terraform.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fake_record_json(const struct wgo_record *record, struct wgo_buf *out)
{
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, out);
    wgo_json_open_object(&w);
    wgo_json_member_str(&w, "id", record->id);
    wgo_json_member_str(&w, "part", record->part);
    wgo_json_member_str(&w, "type", record->type);
    wgo_json_member_str(&w, "name", record->name);
    wgo_json_member_str(&w, "provider", record->provider);
    wgo_json_member_str(&w, "account", record->account);
    wgo_json_member_str(&w, "region", record->region);
    wgo_json_member_str(&w, "namespace", record->namespace_name);
    wgo_json_member_str(&w, "native_id", record->native_id);
    wgo_json_member_str(&w, "native_type", record->native_type);
    wgo_json_member_str(&w, "created_at", record->created_at);
    wgo_json_member_str(&w, "source_provider", record->source_provider);
    wgo_json_member_str(&w, "source_type", record->source_type);
    wgo_json_member_str(&w, "state_file", record->state_file);
    wgo_json_member_str(&w, "state_address", record->state_address);
    if (record->tags.len) {
        wgo_json_key(&w, "tags");
        wgo_json_put_raw(&w, record->tags);
    }
    if (record->dependencies.len) {
        wgo_json_key(&w, "dependencies");
        wgo_json_put_raw(&w, record->dependencies);
    }
    wgo_json_key(&w, "configuration");
    wgo_json_put_raw(&w, record->configuration);
    wgo_json_close_object(&w);
}

static enum wgo_status fake_emit(void *engine, const struct wgo_record *record,
                                 struct wgo_error *err)
{
    struct fake *fake = engine;
    (void)err;
    fake->record_count++;
    if (fake->each) {
        fake->each(record);
    } else if (!fake->quiet) {
        fake_record_json(record, &fake->records);
        wgo_buf_char(&fake->records, '\n');
    }
    return WGO_OK;
}

static bool fake_cancelled(void *engine)
{
    struct fake *fake = engine;
    return fake->cancel_after && fake->record_count >= fake->cancel_after;
}

static void fake_warn(void *engine, const char *format, ...) WGO_PRINTF(2, 3);
static void fake_warn(void *engine, const char *format, ...)
{
    struct fake *fake = engine;
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    wgo_buf_format(&fake->warnings, "%s\n", text);
}

static void fake_report(void *engine, const struct wgo_error *error)
{
    struct fake *fake = engine;
    char text[1400];
    wgo_error_format(error, text, sizeof(text));
    wgo_buf_format(&fake->problems, "%s\n", text);
}

static bool carries(const struct wgo_request *request, const char *header)
{
    char line[1024];
    for (unsigned i = 0; i < request->header_count; i++) {
        snprintf(line, sizeof(line), "%.*s: %.*s", WGO_FMT(request->headers[i].name),
                 WGO_FMT(request->headers[i].value));
        if (strcmp(line, header) == 0) {
            return true;
        }
    }
    return false;
}

static enum wgo_status fake_fetch(void *engine, const struct wgo_request *request,
                                  struct wgo_response *out_response, struct wgo_error *err)
{
    struct fake *fake = engine;
    (void)err;
    wgo_buf_format(&fake->requests, "%s %.*s\n", request->method, WGO_FMT(request->url));
    wgo_response_init(out_response);
    out_response->http_status = 404;
    for (size_t i = 0; i < fake->answer_count; i++) {
        struct fake_answer *answer = &fake->answers[i];
        if (!wgo_str_is(request->url, answer->url) || (answer->once && answer->asked)) {
            continue;
        }
        answer->asked++;
        if (answer->header && !carries(request, answer->header)) {
            out_response->http_status = 401;
            break;
        }
        out_response->http_status = answer->http_status ? answer->http_status : 200;
        size_t len =
            answer->body_len ? answer->body_len : (answer->body ? strlen(answer->body) : 0);
        wgo_buf_append(&out_response->body, answer->body ? answer->body : "", len);
        out_response->body_size = len;
        if (answer->location) {
            wgo_buf_format(&out_response->headers, "location: %s\n", answer->location);
        }
        if (answer->headers) {
            wgo_buf_cstr(&out_response->headers, answer->headers);
        }
        break;
    }
    return WGO_OK;
}

static enum wgo_status fake_cache_get(void *engine, struct wgo_str key, struct wgo_buf *out)
{
    (void)engine;
    (void)key;
    (void)out;
    return WGO_E_ABSENT;
}

static void fake_cache_put(void *engine, struct wgo_str key, struct wgo_str value, int64_t ns)
{
    (void)engine;
    (void)key;
    (void)value;
    (void)ns;
}

void fake_init(struct fake *fake)
{
    *fake = (struct fake){.record_count = 0};
    if (wgo_redactor_init(&fake->redactor, WGO_STR("a key that only tests know"), NULL) != WGO_OK) {
        abort();
    }
    fake->services = (struct wgo_services){
        .clock = wgo_clock_system(),
        .redactor = &fake->redactor,
        .rows = wgo_rows_new(),
        .engine = fake,
        .fetch = fake_fetch,
        .cancelled = fake_cancelled,
        .emit = fake_emit,
        .warn = fake_warn,
        .report = fake_report,
        .cache_get = fake_cache_get,
        .cache_put = fake_cache_put,
    };
}

void fake_fini(struct fake *fake)
{
    wgo_rows_free(fake->services.rows);
    wgo_redactor_fini(&fake->redactor);
    wgo_buf_fini(&fake->records);
    wgo_buf_fini(&fake->warnings);
    wgo_buf_fini(&fake->problems);
    wgo_buf_fini(&fake->requests);
}

enum wgo_status fake_collect(struct fake *fake, const struct wgo_provider_options *options,
                             const char *(*getenv_fn)(const char *), struct wgo_error *err)
{
    const struct wgo_collector_type *type = &wgo_terraform_collector;
    const struct wgo_collector_env env = {
        .options = options, .services = &fake->services, .getenv = getenv_fn, .auth = fake->auth};
    void *self = NULL;
    enum wgo_status status = type->open(&env, &self, err);
    if (status == WGO_OK) {
        status = type->collect(self, &fake->services, err);
        type->close(self);
    }
    return status;
}

void fake_rows(struct fake *fake, struct wgo_buf *out)
{
    struct wgo_json_writer w;
    wgo_json_writer_init(&w, out);
    wgo_rows_write(fake->services.rows, WGO_STR(""), &w);
}
