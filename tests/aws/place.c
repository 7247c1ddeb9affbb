#include "place.h"

#include "base/file.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MOST_VARIABLES = 64 };

struct place place;

static struct {
    char *name, *value;
} variables[MOST_VARIABLES];

static void must(bool good, const char *what)
{
    if (!good) {
        perror(what);
        abort();
    }
}

/* ---- environment and files ---- */

void place_env(const char *name, const char *value)
{
    size_t i = 0;
    while (variables[i].name && strcmp(variables[i].name, name) != 0) {
        i++;
        must(i < MOST_VARIABLES, "too many variables");
    }
    if (!variables[i].name) {
        variables[i].name = strdup(name);
    }
    free(variables[i].value);
    variables[i].value = value ? strdup(value) : NULL;
}

const char *place_getenv(const char *name)
{
    for (size_t i = 0; i < MOST_VARIABLES && variables[i].name; i++) {
        if (strcmp(variables[i].name, name) == 0) {
            return variables[i].value;
        }
    }
    return NULL;
}

const char *place_path(const char *path)
{
    static char paths[4][512];
    static unsigned next;
    char *out = paths[next++ % 4];
    snprintf(out, sizeof(paths[0]), "%s/%s", place.home, path);
    return out;
}

void place_file(const char *path, const char *text)
{
    char folder[512];
    snprintf(folder, sizeof(folder), "%s", place_path(path));
    *strrchr(folder, '/') = '\0';
    must(wgo_dir_make(folder, NULL) == WGO_OK, folder);
    FILE *file = fopen(place_path(path), "w");
    must(file != NULL, path);
    fputs(text, file);
    fclose(file);
}

void place_read(const char *path, struct wgo_buf *out)
{
    must(wgo_file_read(place_path(path), 1 << 20, out, NULL) == WGO_OK, path);
}

/* ---- services ---- */

static enum wgo_status fetch(void *engine, const struct wgo_request *request,
                             struct wgo_response *out_response, struct wgo_error *err)
{
    struct wgo_request copy = *request;
    (void)engine;
    if (place.unreachable) {
        return wgo_fail(err, WGO_E_TIMEOUT, "nobody answered");
    }
    copy.deadline = (struct wgo_mono){0}; /* of a clock that stands */
    enum wgo_status status = wgo_net_fetch(place.net, place.group, &copy, out_response);
    if (status == WGO_OK && out_response->status != WGO_OK) {
        status = out_response->status;
    }
    if (status != WGO_OK) {
        wgo_fail(err, status, "%s", out_response->problem);
        wgo_response_fini(out_response);
    }
    return status;
}

static bool cancelled(void *engine)
{
    (void)engine;
    return place.cancelled;
}

static void warn(void *engine, const char *format, ...) WGO_PRINTF(2, 3);
static void warn(void *engine, const char *format, ...)
{
    char text[1024];
    va_list args;
    (void)engine;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    wgo_buf_format(&place.warnings, "%s\n", text);
}

/* ---- the server ---- */

static bool has(struct wgo_str text, const char *part)
{
    return wgo_str_find(text, wgo_str(part)) < text.len || part[0] == '\0';
}

static bool fits(const struct place_rule *rule, const struct http_request *request)
{
    return (!rule->times || rule->asked < rule->times) &&
           (!rule->method || wgo_str_is(request->method, rule->method)) &&
           (!rule->target || wgo_str_starts(request->target, wgo_str(rule->target))) &&
           (!rule->body_has || has(request->body, rule->body_has)) &&
           (!rule->header || wgo_str_is(http_request_header(request, rule->header), rule->value));
}

static void script(void *state, const struct http_request *request, struct http_answer *answer)
{
    (void)state;
    wgo_buf_reset(&place.last_headers);
    wgo_buf_reset(&place.last_body);
    wgo_buf_str(&place.last_headers, request->headers);
    wgo_buf_str(&place.last_body, request->body);
    answer->status = 404;
    for (size_t i = 0; i < place.rule_count; i++) {
        struct place_rule *rule = &place.rules[i];
        if (fits(rule, request)) {
            rule->asked++;
            answer->status = rule->status ? rule->status : 200;
            wgo_buf_cstr(&answer->body, rule->body ? rule->body : "");
            if (rule->headers) {
                wgo_buf_cstr(&answer->headers, rule->headers);
            }
            return;
        }
    }
}

void place_serve(struct place_rule *rules, size_t count)
{
    place.rules = rules;
    place.rule_count = count;
    if (!place.server) {
        struct wgo_net_options net = {.shards = 1};
        must(wgo_net_new(&net, &place.net, NULL) == WGO_OK, "net");
        must(wgo_net_group_new(place.net, &place.group) == WGO_OK, "group");
        place.server = http_script_start(script, NULL, NULL);
        snprintf(place.url, sizeof(place.url), "http://127.0.0.1:%u",
                 http_script_port(place.server));
    }
    place_env("AWS_ENDPOINT_URL", place.url);
}

/* ---- */

void place_init(void)
{
    struct wgo_wall now;
    place = (struct place){.unreachable = false};
    must(wgo_wall_parse(WGO_STR(PLACE_NOW), &now), "now");
    wgo_clock_init_manual(&place.clock, now);
    place.services = (struct wgo_services){
        .clock = &place.clock, .fetch = fetch, .cancelled = cancelled, .warn = warn};
    snprintf(place.home, sizeof(place.home), "/tmp/wgo-aws-XXXXXX");
    must(mkdtemp(place.home) != NULL, "mkdtemp");
    place_env("HOME", place.home);
}

void place_fini(void)
{
    char command[256];
    http_script_stop(place.server);
    wgo_net_group_free(place.group);
    wgo_net_free(place.net);
    for (size_t i = 0; i < MOST_VARIABLES; i++) {
        free(variables[i].name);
        free(variables[i].value);
        variables[i].name = variables[i].value = NULL;
    }
    wgo_buf_fini(&place.last_headers);
    wgo_buf_fini(&place.last_body);
    wgo_buf_fini(&place.warnings);
    snprintf(command, sizeof(command), "rm -r '%s'", place.home);
    must(system(command) == 0, "rm");
}

struct wgo_aws_config *place_config(const char *profile)
{
    const struct wgo_aws_config_options options = {.getenv = place_getenv,
                                                   .profile = wgo_str(profile ? profile : "")};
    struct wgo_aws_config *config = NULL;
    struct wgo_error err = {0};
    if (wgo_aws_config_new(&options, &config, &err) != WGO_OK) {
        fprintf(stderr, "configuration: %s\n", err.message);
        abort();
    }
    return config;
}
