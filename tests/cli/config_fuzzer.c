/* config_fuzzer.c: what a configuration file may hold. */
#include "cli/config.h"
#include "fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_arena arena = {0};
    struct wgo_config config;
    struct wgo_providers providers = {0};
    struct wgo_error error = {0};
    enum wgo_status status = wgo_config_parse("config.yaml", wgo_str_from((const char *)data, size),
                                              &providers, &arena, &config, &error);
    if (status != WGO_OK && error.message[0] == '\0') {
        abort();
    }
    for (size_t i = 0; status == WGO_OK && i < config.provider_count; i++) {
        if (!config.providers[i].builtin || !config.providers[i].node) {
            abort();
        }
    }
    wgo_providers_fini(&providers);
    wgo_arena_fini(&arena);
    return 0;
}
