/* description_fuzzer.c: descriptions of APIs: read, or refused in words with a place; and whatever
 * is refused a linter finds fault with. */
#include "fuzz.h"
#include "lib/providers.h"
#include "rest/rest.h"

static void count(void *state, const struct wgo_error *problem)
{
    size_t *seen = state;
    if (problem->message[0] == '\0' || problem->status == WGO_OK) {
        abort();
    }
    ++*seen;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct wgo_arena arena = {0};
    struct wgo_yaml *root = NULL;
    struct wgo_error error = {0};
    struct wgo_providers providers = {0};
    if (wgo_yaml_parse(&arena, "fuzz.yaml", wgo_str_from((const char *)data, size), 20000, &root,
                       NULL) == WGO_OK) {
        size_t seen = 0, said = wgo_rest_lint("fuzz.yaml", root, count, &seen);
        enum wgo_status status = wgo_providers_add_tree(&providers, "fuzz.yaml", root, &error);
        bool placed =
            wgo_str_find(wgo_str(error.message), WGO_STR("line ")) < wgo_str(error.message).len;
        if (seen != said || (status == WGO_OK && said > 0) || (status == WGO_E_CONFIG && !placed) ||
            (status == WGO_OK && wgo_providers_count(&providers) != wgo_builtin_count() + 1)) {
            abort();
        }
    }
    wgo_providers_fini(&providers);
    wgo_arena_fini(&arena);
    return 0;
}
