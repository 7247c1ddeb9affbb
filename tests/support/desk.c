#include "desk.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

struct desk desk;

void desk_set(const char *name, const char *value)
{
    size_t i = 0;
    while (desk.variables[i].name && strcmp(desk.variables[i].name, name) != 0) {
        i++;
    }
    desk.variables[i].name = name;
    snprintf(desk.variables[i].value, sizeof(desk.variables[i].value), "%s", value);
}

const char *desk_env(const char *name)
{
    for (size_t i = 0; i < DESK_VARIABLES && desk.variables[i].name; i++) {
        if (strcmp(desk.variables[i].name, name) == 0) {
            return desk.variables[i].value;
        }
    }
    return NULL;
}

static void write_down(const struct wgo_request *request)
{
    wgo_buf_format(&desk.asked, "%s %.*s\n", request->method, WGO_FMT(request->url));
    for (unsigned i = 0; i < request->header_count; i++) {
        wgo_buf_format(&desk.asked, "%.*s: %.*s\n", WGO_FMT(request->headers[i].name),
                       WGO_FMT(request->headers[i].value));
    }
    wgo_buf_format(&desk.asked, "\n%.*s\n", WGO_FMT(request->body));
}

static enum wgo_status fetch(void *engine, const struct wgo_request *request,
                             struct wgo_response *out, struct wgo_error *why)
{
    (void)engine;
    if (!desk.forgetful) {
        write_down(request);
    }
    desk.through = request->endpoint ? *request->endpoint : (struct wgo_endpoint){.identity = ""};
    if (desk.silent) {
        enum wgo_status status = desk.silence == WGO_OK ? WGO_E_TIMEOUT : desk.silence;
        return wgo_fail(why, status, "nobody answers");
    }
    size_t nth = desk.count++, last = 0;
    while (last + 1 < DESK_ANSWERS && desk.answers[last + 1].body) {
        last++;
    }
    const struct desk_answer *answer = &desk.answers[nth < last ? nth : last];
    wgo_response_init(out);
    out->status = WGO_OK;
    out->http_status = answer->http_status ? answer->http_status : 200;
    wgo_buf_cstr(&out->body, answer->body);
    out->body_size = out->body.len;
    wgo_buf_cstr(&out->headers, answer->headers ? answer->headers : "");
    return WGO_OK;
}

static bool cancelled(void *engine)
{
    (void)engine;
    return false;
}

const char *desk_path(const char *name)
{
    static char paths[4][256];
    static unsigned next;
    char *out = paths[next++ % 4];
    snprintf(out, sizeof(paths[0]), "%s/%s", desk.home, name);
    return out;
}

void desk_write(const char *name, const char *text, mode_t mode)
{
    FILE *file = fopen(desk_path(name), "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
    chmod(desk_path(name), mode);
}

void desk_open(const char *body)
{
    struct wgo_wall now;
    memset(&desk, 0, sizeof(desk));
    desk.answers[0].body = body;
    cr_assert(wgo_wall_parse(WGO_STR("2026-02-01T12:00:00Z"), &now));
    wgo_clock_init_manual(&desk.clock, now);
    desk.services =
        (struct wgo_services){.clock = &desk.clock, .fetch = fetch, .cancelled = cancelled};
    snprintf(desk.home, sizeof(desk.home), "/tmp/wgo-desk-XXXXXX");
    cr_assert_not_null(mkdtemp(desk.home));
    desk_set("HOME", desk.home);
}

void desk_close(void)
{
    char command[128];
    wgo_buf_fini(&desk.asked);
    snprintf(command, sizeof(command), "rm -r '%s'", desk.home);
    cr_assert_eq(system(command), 0);
}
