/* rest_lanes.c: many workers share three keys and two servers' worth of quota, to the last call. */
#include "http_script.h"
#include "lib/wgo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { KEYS = 3 };

struct meter {
    int left[KEYS];
    int asked, refused;
};

static void answer(void *state, const struct http_request *request, struct http_answer *out)
{
    struct meter *meter = state;
    char name[32];
    int key = 0;
    for (int i = 0; i < KEYS; i++) {
        snprintf(name, sizeof(name), "key-%d", i);
        key = wgo_str_find(request->headers, wgo_str(name)) < request->headers.len ? i : key;
    }
    meter->asked++;
    if (meter->left[key] <= 0) {
        meter->refused++;
        out->status = 429;
        wgo_buf_cstr(&out->headers, "Retry-After: 3600\r\n");
        return;
    }
    meter->left[key]--;
    wgo_buf_format(&out->headers, "X-RateLimit-Remaining: %d\r\nX-RateLimit-Reset: 3600\r\n",
                   meter->left[key]);
    if (!wgo_str_is(request->path, "/things")) {
        wgo_buf_cstr(&out->body, "{\"detail\":1}");
        return;
    }
    wgo_buf_cstr(&out->body, "{\"things\":[");
    for (int i = 0; i < 199; i++) {
        wgo_buf_format(&out->body, "%s{\"id\":\"t%d\"}", i ? "," : "", i);
    }
    wgo_buf_cstr(&out->body, "]}");
}

static void must(bool good, const char *what)
{
    if (!good) {
        fprintf(stderr, "failed: %s\n", what);
        exit(1);
    }
}

int main(void)
{
    struct meter meter = {.left = {20, 130, 50}};
    char folder[] = "/tmp/wgo-rest-XXXXXX", path[80], command[80];
    must(mkdtemp(folder) != NULL, "a folder");
    struct http_script *server = http_script_start(answer, &meter, NULL);
    snprintf(path, sizeof(path), "%s/forge.yaml", folder);
    FILE *file = fopen(path, "w");
    must(file != NULL, "the description");
    fprintf(file,
            "provider: forge\n"
            "api: { base: \"http://127.0.0.1:%u\", auth: { kind: bearer, keys: [key-0, key-1, "
            "key-2] } }\n"
            "entries:\n"
            "  - { name: things, request: { path: /things }, items: \"things[]\", id: "
            "\"forge://{item.id}\", children: [{ entry: detail, vars: { id: \"{item.id}\" } }] }\n"
            "  - { name: detail, part: detail, request: { path: \"/things/{id}\" }, items: \".\", "
            "id: \"{parent}\" }\n",
            http_script_port(server));
    fclose(file);
    const char *catalogs[] = {path, NULL};
    struct wgo_problem problem = {0};
    struct wgo_result *result = NULL;
    struct wgo_options options = {.state_dir = folder,
                                  .max_workers = 8,
                                  .timeout_ms = 60000,
                                  .without_cache = true,
                                  .catalogs = catalogs};
    struct wgo *wgo = wgo_open(&options, &problem);
    must(wgo != NULL, problem.message);
    must(wgo_add(wgo, &(struct wgo_provider){.name = "forge"}, &problem) == WGO_COMPLETE,
         problem.message);
    must(wgo_scan(wgo, NULL, &result, &problem) == WGO_COMPLETE, problem.message);
    must(wgo_result_resource_count(result) == 199, "every resource");
    wgo_result_free(result);
    wgo_close(wgo);
    http_script_stop(server);
    printf("%d calls, %d refused\n", meter.asked, meter.refused);
    must(meter.refused == 0 && meter.asked == 200, "every call, and none too many");
    snprintf(command, sizeof(command), "rm -rf '%s'", folder);
    must(system(command) == 0, "tidy");
    return 0;
}
