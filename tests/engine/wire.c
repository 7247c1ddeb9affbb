#include "wire.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

struct wgo_scope wire_place = {.kind = {"place", 5}, .account = {"acme", 4}, .region = {"here", 4}};

static void line_of(const struct http_request *request, struct wgo_buf *out)
{
    wgo_buf_format(out, "%.*s %.*s", WGO_FMT(request->method), WGO_FMT(request->target));
    if (request->body.len > 0) {
        struct wgo_str type = http_request_header(request, "content-type");
        wgo_buf_format(out, " [%.*s] %.*s", WGO_FMT(type), WGO_FMT(request->body));
    }
}

static void reply(const char *text, struct http_answer *answer)
{
    char *end;
    long status = strtol(text, &end, 10);
    answer->status = end > text ? (int)status : 200;
    wgo_buf_cstr(&answer->body, end > text && *end == ' ' ? end + 1 : end);
}

void wire_script(void *state, const struct http_request *request, struct http_answer *answer)
{
    struct wire *wire = state;
    struct wgo_buf line = {0};
    line_of(request, &line);
    bool known = false;
    for (size_t i = 0; i < wire->count && !known; i++) {
        known = wgo_str_is(wgo_buf_view(&line), wire->lines[i].request);
        if (known) {
            wire->asked[i]++;
            reply(wire->lines[i].answer, answer);
        }
    }
    if (!known) {
        if (wire->strangers++ == 0) {
            snprintf(wire->stranger, sizeof(wire->stranger), "%.*s", WGO_FMT(wgo_buf_view(&line)));
        }
        answer_text(answer, 400, "{}");
    }
    wgo_buf_fini(&line);
}

void wire_check(const struct wire *wire)
{
    cr_assert_eq(wire->strangers, 0, "%u requests like: %s", wire->strangers, wire->stranger);
    for (size_t i = 0; i < wire->count; i++) {
        cr_assert_eq(wire->asked[i], 1, "%u times: %s", wire->asked[i], wire->lines[i].request);
    }
}

void wire_run(struct rig *rig, struct wire *wire, const char *catalog,
              const struct wire_line *lines, size_t count, const char *type)
{
    struct wgo_str glob = wgo_str(type ? type : "");
    cr_assert_leq(count, WIRE_MOST);
    *wire = (struct wire){.lines = lines, .count = count};
    rig_init(rig);
    rig->options.resource_types = (struct wgo_str_list){&glob, type != NULL};
    wire_start(rig, wire, catalog);
}

void wire_start(struct rig *rig, struct wire *wire, const char *catalog)
{
    shop_use(&rig->shop, catalog);
    rig->shop.scopes = &wire_place;
    rig->shop.scope_count = 1;
    struct rig_options options = {.script = wire_script, .state = wire};
    rig_start(rig, &options);
    rig_end(rig);
}

void wire_row(struct rig *rig, const char *type, enum wgo_completeness seen, int64_t count,
              const char *error)
{
    struct wgo_row row = rig_row(rig, type);
    cr_assert_eq(row.seen, seen, "%s: %s: %.*s", type, wgo_completeness_name(row.seen),
                 WGO_FMT(row.error));
    cr_assert_eq(row.count, count, "%s: %lld items", type, (long long)row.count);
    bool says = wgo_str_find(row.error, wgo_str(error)) < row.error.len;
    cr_assert(error[0] ? says : row.error.len == 0, "%.*s", WGO_FMT(row.error));
}
