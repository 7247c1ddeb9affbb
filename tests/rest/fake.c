#include "fake.h"

#include <stdlib.h>

static const struct wgo_entry_view *any_entry(void *engine, struct wgo_str name)
{
    static const struct wgo_entry_view things = {.items = {"items[]", 7}},
                                       one = {.items = {".", 1}};
    (void)engine;
    return wgo_str_is(name, "one") ? &one : &things;
}

static void warn(void *engine, const char *format, ...) WGO_PRINTF(2, 3);
static void warn(void *engine, const char *format, ...)
{
    (void)engine;
    (void)format;
}

static const char *variable(const char *name)
{
    return strcmp(name, "FORGE_KEY") == 0 ? "from-the-environment" : NULL;
}

bool fake_open(struct fake *fake, const char *text, struct wgo_error *err)
{
    static const struct wgo_redactor without_key;
    struct wgo_yaml *root = NULL;
    *fake = (struct fake){.services = {.clock = wgo_clock_system(),
                                       .redactor = &without_key,
                                       .entry = any_entry,
                                       .warn = warn}};
    if (wgo_yaml_parse(&fake->arena, "forge.yaml", wgo_str(text), 10000, &root, err) != WGO_OK ||
        wgo_rest_new("forge.yaml", root, &fake->rest, err) != WGO_OK) {
        return false;
    }
    struct wgo_collector_env env = {.type = wgo_rest_type(fake->rest),
                                    .options = &fake->options,
                                    .services = &fake->services,
                                    .getenv = variable};
    return wgo_rest_open(&env, &fake->session, err) == WGO_OK;
}

void fake_close(struct fake *fake)
{
    wgo_rest_close(fake->session);
    wgo_rest_free(fake->rest);
    wgo_arena_fini(&fake->arena);
}
